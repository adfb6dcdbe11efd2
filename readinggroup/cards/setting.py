"""A title in lines, as large as it fits, never cut inside a word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from readinggroup.cards import fonts

# Characters that are looked at: above what titles of sessions and papers may have.
LONGEST = 600
# In which widths are measured; those in other sizes are in proportion, but for what fonts round.
MEASURED_AT = 64
ROUNDING = 1.02
LINE = 1.18  # a line's height, in proportion to the letters' size
# Scripts that write no space between words. Chinese and Japanese break between any two letters, but for these.
_ANYWHERE = {"CJK", "HIRAGANA", "KATAKANA"}
_NOT_FIRST = "、。，．：；！？）］｝」』】〉》〕・ーぁぃぅぇぉっゃゅょァィゥェォッャュョ"
_NOT_LAST = "（［｛「『【〈《〔"
_ONLY_IF_NEEDED = {"THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN", "JAVANESE", "BALINESE"}
# After a hyphen, a dash or a slash inside of a word, and where a zero-width space says so.
_BREAKS = re.compile(r"(?<=\w[-–—/])(?=\w)|\u200b")


class Piece(NamedTuple):
    """A part of a text between two places where a line may end."""

    text: str
    width: float  # in the size that is measured at
    space: float  # before it, unless it begins a line

    @property
    def joined(self) -> str:
        return f" {self.text}" if self.space else self.text


class Block(NamedTuple):
    """Lines, and the size of their letters in pixels."""

    lines: list[str]
    size: int

    @property
    def leading(self) -> float:
        return self.size * LINE


def tidied(text: str) -> str:
    """The beginning of a text as it can be set: no control characters, single spaces, no letter that no font has."""
    kept = (
        " " if character.isspace() else character
        for character in unicodedata.normalize("NFC", text[:LONGEST])
        if character.isspace() or unicodedata.category(character) not in {"Cc", "Cs", "Co", "Cn"}
        if unicodedata.bidirectional(character)
        not in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    )
    return fonts.settable(" ".join("".join(kept).split()))


def set_in(text: str, width: float, height: float, sizes: Sequence[int]) -> Block:
    """The text in the largest of the sizes (in pixels, descending) in which all of it fits into the space.

    A word too wide for the space even in the smallest gives way to an ellipsis: nobody reads a word of a hundred
    letters, and half of it says something else. What is too long in the smallest ends with an ellipsis after a word.
    """
    widest = _room(width, sizes[-1])
    pieces = _without_giants(_pieces(tidied(text)), widest)
    for size in sizes:
        room = _room(width, size)
        if all(piece.width <= room for piece in pieces):
            lines = _lines(pieces, room)
            if len(lines) * size * LINE <= height:
                return Block(_balanced(pieces, room, len(lines)), size)
    return Block(_as_much_as_fits(pieces, widest, int(height // (sizes[-1] * LINE))), sizes[-1])


def set_on_a_line(text: str, width: float, sizes: Sequence[int]) -> Block:
    """The same on a line of its own."""
    text = tidied(text)
    needed = fonts.width(text, MEASURED_AT)
    for size in sizes:
        if needed <= _room(width, size):
            return Block([text], size)
    return set_in(text, width, sizes[-1] * LINE, sizes[-1:])


def _room(width: float, size: int) -> float:
    """That width, in the size that is measured at."""
    return width * MEASURED_AT / size / ROUNDING


def _pieces(text: str) -> list[Piece]:
    return [
        Piece(part, fonts.width(part, MEASURED_AT), 0 if at else _space())
        for word in text.split()
        for at, part in enumerate(_parts(word))
    ]


@cache
def _space() -> float:
    return fonts.width("m m", MEASURED_AT) - fonts.width("mm", MEASURED_AT)


def _ellipsis() -> Piece:
    return Piece(fonts.OMITTED, fonts.width(fonts.OMITTED, MEASURED_AT), _space())


def _parts(word: str) -> list[str]:
    """A word in the parts between which a line may end; any two letters of Chinese or Japanese are two."""
    parts: list[str] = []
    for part in _BREAKS.split(word):
        goes_on = False
        for cluster in fonts.clusters(part):
            if goes_on and not _breaks_between(parts[-1][-1], cluster[0]):
                parts[-1] += cluster
            else:
                parts.append(cluster)
            goes_on = True
    return parts


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _breaks_between(before: str, after: str) -> bool:
    if before in _NOT_LAST or after in _NOT_FIRST:
        return False
    return _script(before) in _ANYWHERE or _script(after) in _ANYWHERE


def _lines(pieces: Sequence[Piece], room: float) -> list[str]:
    """As many pieces in each line as fit."""
    lines: list[str] = []
    used = 0.0
    for piece in pieces:
        if lines and used + piece.space + piece.width <= room:
            lines[-1] += piece.joined
            used += piece.space + piece.width
        else:
            lines.append(piece.text)
            used = piece.width
    return lines


def _balanced(pieces: Sequence[Piece], room: float, count: int) -> list[str]:
    """The same number of lines, as equal in length as they get."""
    narrow, wide = max((piece.width for piece in pieces), default=0.0), room
    for _ in range(10):
        middle = (narrow + wide) / 2
        if len(_lines(pieces, middle)) <= count:
            wide = middle
        else:
            narrow = middle
    return _lines(pieces, wide)


def _without_giants(pieces: Sequence[Piece], room: float) -> list[Piece]:
    fitting: list[Piece] = []
    for piece in pieces:
        for part in [piece] if piece.width <= room else _letters(piece):
            if part.width <= room:
                fitting.append(part)
            elif fitting[-1:] != [_ellipsis()]:
                fitting.append(_ellipsis())
    return fitting


def _as_much_as_fits(fitting: Sequence[Piece], room: float, count: int) -> list[str]:
    # Fewer pieces never take more lines: look for the most that leave room for the ellipsis.
    least, most = 0, len(fitting)
    while most - least > 1:
        middle = (least + most) // 2
        if len(_lines([*fitting[:middle], _ellipsis()], room)) <= count:
            least = middle
        else:
            most = middle
    while least > 1 and not (fitting[least].space or _is_spaceless(fitting[least])):
        least -= 1  # not after a hyphen in a word
    return _lines([*fitting[:least], _ellipsis()], room)


def _is_spaceless(piece: Piece) -> bool:
    return _script(piece.text[0]) in _ANYWHERE | _ONLY_IF_NEEDED


def _letters(piece: Piece) -> list[Piece]:
    """A piece of a script without spaces letter by letter; any other as it is."""
    if _script(piece.text[0]) not in _ONLY_IF_NEEDED:
        return [piece]
    return [
        Piece(cluster, fonts.width(cluster, MEASURED_AT), 0 if at else piece.space)
        for at, cluster in enumerate(fonts.clusters(piece.text))
    ]
