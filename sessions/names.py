"""People as one line of text: their names, with commas between them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sessions.models import Person
from sessions.models.people import name_key

LONGEST_NAME = 200
# A part in double quotes is one name, whatever is in it; a double quote in it is written twice.
_QUOTED = r'"(?:[^"]|"")*"'
_OUTSIDE = re.compile(rf"(?:^|(?<=[,;\n]))\s*{_QUOTED}\s*(?=[,;\n]|$)")


def read_names(text: str) -> list[str]:
    """The names in a text, each once. Commas part them; or semicolons and lines, for names with a comma in them."""
    apart = ";\n" if re.search(r"[;\n]", _OUTSIDE.sub("", text)) else ","
    names: dict[str, str] = {}
    for quoted, plain in re.findall(rf"\s*({_QUOTED})\s*(?=[{apart}]|$)|([^{apart}]+)", text):
        name = " ".join((quoted[1:-1].replace('""', '"') or plain).split())
        if key := name_key(name):
            names.setdefault(key, name)
    return list(names.values())


def write_names(people: Iterable[Person]) -> str:
    """The text that `read_names` reads as these people."""
    return ", ".join(_written(" ".join(person.name.split())) for person in people)


def _written(name: str) -> str:
    if name.startswith('"') or re.search("[,;]", name):
        return '"' + name.replace('"', '""') + '"'
    return name


def why_no_name(name: str) -> str:
    """Why somebody new cannot be called that, and what to do; empty for a name."""
    said = f"“{name[:80]}”"
    if len(name) > LONGEST_NAME:
        return (
            f"“{name[:40]}…” has more than {LONGEST_NAME} characters. Write names with commas between them."
        )
    if re.search(r"[;\n\r]", name):
        return f"{said} would be read as several people: write it without semicolons and line breaks."
    if "://" in name:
        return f"{said} is an address. Write the name of whose it is."
    if not any(character.isalnum() for character in name_key(name)):
        return f"{said} is no name: write at least one letter or digit."
    return ""
