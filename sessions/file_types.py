"""What kinds of files are kept, how each is told by its content, and how its name is written.

Neither the name of a file nor what the browser calls it is believed: the first bytes say what it is, and the
name gets the ending that fits. So the ending of a stored name is the checked type.
"""

from __future__ import annotations

import codecs
import json
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any

import puremagic

HEAD = 4096
MEGABYTE = 2**20
# Measured: within these two limits the check of a notebook stays below 150 MB of memory.
LARGEST_NOTEBOOK = 20 * MEGABYTE
MOST_VALUES = 250_000
# A list of about 80,000 files; zipfile keeps half a kilobyte of memory for each.
LARGEST_ZIP_DIRECTORY = 4 * MEGABYTE
LONGEST_NAME = 100  # bytes, so that it fits any file system
ALLOWED = "Allowed are PDF, notebooks (.ipynb), pictures (PNG, JPEG, GIF, WebP) and zip archives."


class RefusedError(ValueError):
    """This file is not kept. The message is for the organizer: what was found, what is allowed."""


@dataclass(frozen=True)
class FileType:
    """A type of file: how it is called, how its name ends, how it is served."""

    word: str
    suffix: str
    content_type: str
    inline: bool = False  # shown by the browser; everything else is downloaded


PDF = FileType("PDF", ".pdf", "application/pdf", inline=True)
NOTEBOOK = FileType("notebook", ".ipynb", "application/x-ipynb+json")
ZIP = FileType("zip", ".zip", "application/zip")
PICTURES = {
    rb"\x89PNG\r\n\x1a\n.{4}IHDR": FileType("PNG", ".png", "image/png", inline=True),
    rb"\xff\xd8\xff": FileType("JPEG", ".jpg", "image/jpeg", inline=True),
    rb"GIF8[79]a": FileType("GIF", ".gif", "image/gif", inline=True),
    rb"RIFF.{4}WEBPVP8": FileType("WebP", ".webp", "image/webp", inline=True),
}
UNKNOWN = FileType("file", "", "application/octet-stream")
_BY_SUFFIX = {each.suffix: each for each in (PDF, NOTEBOOK, ZIP, *PICTURES.values())}


def type_named(name: str) -> FileType:
    """The type that the name of a stored file ends with; UNKNOWN for what came in unchecked."""
    return _BY_SUFFIX.get(PurePosixPath(name).suffix, UNKNOWN)


def type_of(file: IO[bytes] | Any, size: int) -> FileType:
    """What a file of `size` bytes is, by its content. It has to be seekable.

    Raises RefusedError for everything that is not kept.
    """
    if not size:
        raise RefusedError("is empty. Choose another file.")
    file.seek(0)
    head = file.read(HEAD)
    if re.match(rb"%PDF-\d", head):
        return PDF
    for signature, picture in PICTURES.items():
        if re.match(signature, head, re.DOTALL):
            return picture
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _archive(file)
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return _notebook(file, size)
    raise RefusedError(f"is {_found(head)}. {ALLOWED}")


def clean_name(name: str, file_type: FileType | None = None) -> str:
    """A name that is safe in a folder, an address and a header, and ends as the type does.

    Letters and digits of any script stay, and dots, dashes and underscores; whatever else there is (spaces, control and
    direction characters, parts of a path) becomes a dash or goes.
    """
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    name = "".join(each for each in name if unicodedata.category(each) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    stem, suffix = name, ""
    if ending := re.search(r"(?<=.)\.[A-Za-z][A-Za-z0-9]{0,7}$", name):
        stem, suffix = name[: ending.start()], ending[0].lower()
    if file_type:
        suffix = file_type.suffix
    stem = re.sub(r"-{2,}", "-", re.sub(r"[^\w.-]", "-", stem))
    stem = re.sub(r"\.{2,}", ".", stem).strip("-._") or "file"
    stem = stem.encode()[: LONGEST_NAME - len(suffix)].decode(errors="ignore").rstrip("-._") or "file"
    return stem + suffix


class _Sparing:
    """A file that is read in small pieces only: whoever asks for a huge list of an archive's files is refused."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def read(self, size: int = -1) -> bytes:
        if size > LARGEST_ZIP_DIRECTORY:
            raise RefusedError("is a zip archive of more files than can be looked through. Split it.")
        data: bytes = self.file.read(LARGEST_ZIP_DIRECTORY if size < 0 else size)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        self.file.seek(offset, whence)
        return self.tell()

    def tell(self) -> int:
        place: int = self.file.tell()
        return place

    def seekable(self) -> bool:
        return True


def _archive(file: Any) -> FileType:
    """Only the list of its files is read; nothing is unpacked."""
    try:
        with zipfile.ZipFile(_Sparing(file)) as archive:
            names = archive.namelist()
    except RefusedError:
        raise
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, OverflowError, IndexError):
        raise RefusedError(
            f"begins like a zip archive but cannot be read as one: it may be cut off. {ALLOWED}"
        ) from None
    if not names:
        raise RefusedError("is a zip archive without files. Choose another file.")
    if "[Content_Types].xml" in names:
        raise RefusedError(f"is an Office document. Save it as PDF, then choose that. {ALLOWED}")
    if names[0] == "mimetype":
        raise RefusedError(f"is an OpenDocument or e-book file. Save it as PDF, then choose that. {ALLOWED}")
    if {"META-INF/MANIFEST.MF", "AndroidManifest.xml"} & set(names):
        raise RefusedError(f"is a program. {ALLOWED}")
    return ZIP


def _notebook(file: Any, size: int) -> FileType:
    if size > LARGEST_NOTEBOOK:
        raise RefusedError("is a notebook of more than 20 MB. Clear its outputs, or put it in a zip archive.")
    file.seek(0)
    # What makes the structure of JSON is ASCII. So it is looked at as Latin-1, of one byte a character and not up to four.
    text = file.read().removeprefix(codecs.BOM_UTF8).decode("latin-1")
    if sum(map(text.count, "[{,")) > MOST_VALUES:
        raise RefusedError(
            f"is a notebook of more than {MOST_VALUES:,} values. Clear its outputs, or put it in a zip archive."
        )
    try:
        content = json.loads(text)
        file.seek(0)
        for _ in codecs.iterdecode(iter(lambda: file.read(MEGABYTE), b""), "utf-8"):
            pass  # decoded a piece at a time, and refused where it cannot be
    except (ValueError, RecursionError):
        raise RefusedError(f"begins like a notebook but cannot be read as JSON. {ALLOWED}") from None
    if not isinstance(content.get("nbformat"), int) or not isinstance(content.get("cells"), list):
        raise RefusedError(f"is JSON, but no notebook: it has no “nbformat” or no “cells”. {ALLOWED}")
    return NOTEBOOK


def _found(head: bytes) -> str:
    """A word for what is refused."""
    text = head.lower().removeprefix(b"\xef\xbb\xbf").lstrip()
    if b"<svg" in text:
        return "an SVG picture, which can hold scripts"
    if re.search(rb"<(!doctype html|html|head|body|script|iframe)\b", text):
        return "a web page (HTML)"
    if text.startswith((b"<?xml", b"<!--", b"<!doctype")):
        return "XML"
    if head.startswith((b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa")):
        return "a program"
    if head.startswith(b"%PDF-"):
        return "a PDF without a version, so it is damaged or not one"
    if b"%PDF-" in head:
        return "a PDF with something else before it"
    try:
        guesses = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        guesses = []
    if head.strip(b"\0") and guesses and guesses[0].confidence >= 0.5 and guesses[0].name:
        return f"of another kind ({guesses[0].name})"
    try:
        # The last letter may be cut in two.
        head[:-4].decode() if len(head) == HEAD else head.decode()
    except UnicodeDecodeError:
        return "of a kind that the site does not know"
    return "plain text" if b"\0" not in head else "of a kind that the site does not know"
