"""People as one line of text: their names, with commas between them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from papers.duplicates import bare
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
    return ", ".join(write_name(person.name) for person in people)


def write_name(name: str) -> str:
    """A name as it stands among others."""
    name = " ".join(name.split())
    if name.startswith('"') or re.search("[,;]", name):
        return '"' + name.replace('"', '""') + '"'
    return name


def like(
    typed: str, people: Iterable[tuple[int, Sequence[str]]], most: int = 20
) -> list[tuple[int, str, str]]:
    """Who goes by a name with what is `typed` in it: key, name, and the name that was meant where it is another one.

    Of each person the first name is the present one. Those whose name begins with it come first, then those of whom
    a word does; case, accents and punctuation make no difference.
    """
    found = []
    for pk, names in people:
        ranks = [(rank, name) for name in names if (rank := _rank(bare(typed), bare(name))) is not None]
        if ranks:
            rank, meant = min(ranks, key=lambda each: each[0])
            found.append((rank, names[0].casefold(), pk, names[0], meant if meant != names[0] else ""))
    return [(pk, name, meant) for _, _, pk, name, meant in sorted(found)[:most]]


def _rank(typed: str, name: str) -> int | None:
    if not typed or typed not in name:
        return None
    return 0 if name.startswith(typed) else 1 if f" {typed}" in name else 2


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
