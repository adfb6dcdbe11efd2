"""Which font has which letter, and what stands for a letter that none has.

FiraGO covers Latin, Greek, Cyrillic, Arabic, Hebrew, Devanagari, Thai and Georgian; Noto Sans the rest of Latin, and
its fonts of mathematics and symbols what formulas need. All come with the package pymupdf-fonts. For other scripts the
machine is asked for the Noto fonts that Debian has in fonts-noto-core and fonts-noto-cjk, and for the small one of
fonts-droid-fallback. A font that is missing or broken is logged once, and does without: a card then says less.
"""

from __future__ import annotations

import importlib
import io
import logging
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from fontTools.ttLib import TTFont
from PIL import ImageFont, features

PACKAGED = (
    "FiraGO_Regular",
    "NotoSans_Regular",
    "NotoSansMath_Regular",
    "NotoSansSymbols_Regular",
    "NotoSansSymbols2_Regular",
)
FOLDERS = (Path("/usr/share/fonts/opentype/noto"), Path("/usr/share/fonts/truetype/noto"))
CJK = {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "IDEOGRAPHIC", "BOPOMOFO", "FULLWIDTH", "HALFWIDTH"}
# A tenth of the size of Noto's, for Chinese and Japanese.
SMALL_CJK = Path("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf")
OMITTED = "…"
# Letters that a font draws as others: here “₌” and “⁼” as two minus signs.
WRONG = {"FiraGO_Regular": {0x207C, 0x208C}}

logger = logging.getLogger(__name__)


class Run(NamedTuple):
    """Text that one font sets."""

    font: str
    text: str


class _Source(NamedTuple):
    data: bytes | Path
    letters: frozenset[int]


@cache
def _source(name: str) -> _Source | None:
    """A font of the package by its name, or of the machine by its path; None where it is not there or broken."""
    try:
        data = _data(name)
        file = io.BytesIO(data) if isinstance(data, bytes) else data.open("rb")
        with file, TTFont(file, fontNumber=0, lazy=True) as font:
            return _Source(data, frozenset(font.getBestCmap()) - WRONG.get(name, set()))
    except Exception:  # whatever a broken file leads to
        logger.exception("Cards go without the font %s, which cannot be read", name)
        return None


def is_whole(name: str) -> bool:
    """Whether a font can be read: quickly, without its letters, and without a word in the log."""
    with suppress(Exception):
        _data(name)
        return True
    return False


def _data(name: str) -> bytes | Path:
    """A font of the package by its name, or the path that it is. Raises whatever a missing or broken one leads to."""
    path = Path(name)
    data: bytes | Path = path if "/" in name else importlib.import_module(f"pymupdf_fonts.{name}").fontbuffer
    _truetype(data, 20)  # what this cannot read, a card cannot use
    return data


def _truetype(data: bytes | Path, pixels: int) -> ImageFont.FreeTypeFont:
    """In that size; shaped by Raqm where Pillow has it, else letter by letter."""
    engine = ImageFont.Layout.RAQM if features.check("raqm") else ImageFont.Layout.BASIC
    return ImageFont.truetype(
        io.BytesIO(data) if isinstance(data, bytes) else data, pixels, layout_engine=engine
    )


@cache
def _of_the_machine(script: str) -> str:
    """The path of the machine's font for a script, by the first word of its letters' names in Unicode; else empty."""
    name = "CJK" if script in CJK else script.capitalize()
    for folder in FOLDERS:
        for ending in ("ttc", "ttf", "otf"):
            path = folder / f"NotoSans{name}-Regular.{ending}"
            if name.isalpha() and path.is_file():
                return str(path)
    return str(SMALL_CJK) if name == "CJK" and SMALL_CJK.is_file() else ""


@lru_cache(maxsize=4096)
def font_for(cluster: str) -> str:
    """The first font that has all of a letter and the marks on it; empty where there is none."""
    needed = {ord(character) for character in cluster if not _is_unseen(character)}
    script = unicodedata.name(cluster[0], "").partition(" ")[0]
    for name in (*PACKAGED, _of_the_machine(script)):
        source = _source(name) if name else None
        if source and needed <= source.letters:
            return name
    return ""


def _is_unseen(character: str) -> bool:
    """Joiners and variation selectors, which a font need not have."""
    return unicodedata.category(character) == "Cf" or 0xFE00 <= ord(character) <= 0xFE0F


def clusters(text: str) -> Iterator[str]:
    """Letters with the marks that sit on them, three at most: a pile of them would cover other lines."""
    cluster = ""
    for character in text:
        if cluster and (unicodedata.category(character).startswith("M") or _is_unseen(character)):
            if len(cluster) < 4:
                cluster += character
            continue
        if cluster:
            yield cluster
        cluster = character
    if cluster:
        yield cluster


def settable(text: str) -> str:
    """The text with nothing in it that would become an empty box.

    A letter that no font has is written in a simpler form where Unicode knows one. Else a “…” says that something is
    left out; pictures and other signs are left out without a word.
    """
    kept: list[str] = []
    for cluster in clusters(text):
        simpler = unicodedata.normalize("NFKC", cluster)
        if known := next((form for form in (cluster, simpler, _bare(cluster)) if _can_be_set(form)), None):
            kept.append(known)
        elif unicodedata.category(cluster[0])[0] in "LNM" and kept[-1:] != [OMITTED]:
            kept.append(OMITTED)
    words = "".join(kept).split()
    return " ".join(
        word for at, word in enumerate(words) if word != OMITTED or words[at - 1 : at] != [OMITTED]
    )


def _bare(cluster: str) -> str:
    """A letter without its marks. The parts of a Korean syllable are no marks: one of them says nothing."""
    decomposed = unicodedata.normalize("NFD", cluster)
    letter, marks = decomposed[:1], decomposed[1:]
    return letter if all(unicodedata.category(mark).startswith("M") for mark in marks) else cluster


def _can_be_set(text: str) -> bool:
    return all(font_for(cluster) for cluster in clusters(text))


@lru_cache(maxsize=2048)
def runs(text: str) -> tuple[Run, ...]:
    """The text in the pieces that one font each sets. A space stays with what is before it."""
    found: list[Run] = []
    for cluster in clusters(text):
        name = font_for(cluster)
        if found and (name == found[-1].font or cluster == " "):
            found[-1] = Run(found[-1].font, found[-1].text + cluster)
        elif name:
            found.append(Run(name, cluster))
    return tuple(found)


@lru_cache(maxsize=64)
def at_size(name: str, pixels: int) -> ImageFont.FreeTypeFont:
    """A font that `font_for` named, in a size."""
    source = _source(name)
    assert source is not None, name  # noqa: S101  # font_for found it
    return _truetype(source.data, pixels)


def width(text: str, pixels: int) -> float:
    """How wide the text is in that size."""
    return sum(at_size(run.font, pixels).getlength(run.text) for run in runs(text))


def is_right_to_left(text: str) -> bool:
    """Whether a line of it starts at the right: by its first letter of a strong direction (UAX #9, rule P2)."""
    strong = (unicodedata.bidirectional(character) for character in text)
    return next((kind for kind in strong if kind in {"L", "R", "AL"}), "L") != "L"
