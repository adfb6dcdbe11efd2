"""Every format in and out: a new one is one reader or one writer here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from readinggroup.interchange.document import GroupDocument
from readinggroup.interchange.errors import UnreadableError
from readinggroup.interchange.fields import Address
from readinggroup.interchange.limits import MOST_BYTES, decode
from readinggroup.interchange.markdown.reader import read_markdown
from readinggroup.interchange.markdown.writer import write_markdown
from readinggroup.interchange.serial import read_json, read_yaml, write_json, write_yaml

READERS: dict[str, Callable[[str], GroupDocument]] = {
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".yaml": read_yaml,
    ".yml": read_yaml,
    ".json": read_json,
}
WRITERS: dict[str, Callable[[GroupDocument], str]] = {
    "md": write_markdown,
    "yaml": write_yaml,
    "json": write_json,
}


def read_file(path: Path, *, base_url: str = "") -> GroupDocument:
    """The document in a file. Raises UnreadableError, in words for people, for whatever keeps it from being one."""
    if path.is_dir():
        raise UnreadableError("is a folder; name the file in it")
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise UnreadableError("is of no known kind; its name has to end in .md, .yaml or .json")
    return read(_bytes(path), reader, base_url=base_url)


def read(data: bytes, reader: Callable[[str], GroupDocument], *, base_url: str = "") -> GroupDocument:
    """The document in some bytes, its relative links starting at `base_url` where that is given."""
    document = reader(decode(data))
    if base_url:
        try:
            document.group.source_url = TypeAdapter(Address).validate_python(base_url.rstrip("/") + "/")
        except ValidationError:
            raise UnreadableError(
                f"--base-url {base_url[:80]} is not an address that starts with https://"
            ) from None
    return document


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            # One byte more than allowed is enough to know: a device or a pipe may have no end.
            return file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise UnreadableError("does not exist") from None
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror}") from None
