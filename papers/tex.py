r"""Titles as people write them, with TeX and Markdown in them, as plain text and as safe HTML.

Groups copy titles out of arXiv, BibTeX and READMEs, so one title may hold TeX accents (`Schr\"odinger`),
maths (`I$^2$SB`), braces that protect capitals (`{BERT}`), Markdown escapes (`\*`) and HTML entities
(`&amp;`). Whatever is not one of these stays exactly as written: "$5 and $10", "100% faster" and "C:\new" are
titles too.

What stands between dollars is `papers.formula`'s.

Each text is read once from left to right, and whatever looks ahead or back does so within a fixed bound, so
the time taken is linear in the length.
"""

import html
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from html.entities import html5
from typing import NamedTuple

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from papers.formula import (
    COMBINING,
    TEXT_STYLES,
    formula_letters,
    formula_mathml,
    formula_text,
    looks_like_maths,
    symbol,
)

MATHML_LIMIT = 2000  # characters; in a longer text formulas are shown as text, to bound the work
PROTECTED_LIMIT = 80  # characters between braces that may be there to protect capitals

# Text accents of LaTeX: control symbols (\"o, \"{o}) and control words (\c{c}, \c c).
_SYMBOL_ACCENTS = {mark: COMBINING[mark] for mark in "'`\"^~=."}
_WORD_ACCENTS = {mark: COMBINING[mark] for mark in ("c", "H", "k", "b", "d", "r", "u", "v")}
_ACCENTS = _SYMBOL_ACCENTS | _WORD_ACCENTS
_LETTERS = frozenset(
    [
        "oe", "OE", "ae", "AE", "aa", "AA", "o", "O", "ss", "L", "l", "i", "j", "DH", "TH", "dh",
        "th", "DJ", "dj", "NG", "ng",
    ]
)  # fmt: skip
_DOTLESS = {"ı": "i", "ȷ": "j"}


class _Piece(NamedTuple):
    text: str
    formula: str = ""  # the TeX behind the text, where it is maths


class _Brace(NamedTuple):
    piece: int  # where in the pieces the opening brace stands
    length: int  # characters of text before it
    at: int  # where in the source
    drop: (
        bool | None
    )  # True: the braces of a style; False: of something unknown; None: to be judged by content


_ENTITY = r"&(?:\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
_TOKEN = re.compile(
    r"(?P<maths>\$\$?)"
    r"|\\(?P<word>[A-Za-z]+)"
    r"|\\(?P<symbol>[!-/:-@\[-`{-~])"
    rf"|(?P<entity>{_ENTITY})"
    r"|(?P<brace>[{}])"
)
_CONTROL = re.compile(r"\\([A-Za-z]+|[!-/:-@\[-`{-~])")
_CLOSING = {
    "$": re.compile(r"((?:[^$\\]|\\.)*+)\$(?![0-9])", re.DOTALL),
    "$$": re.compile(r"((?:[^$\\]|\\.)*+)\$\$", re.DOTALL),
}
# TeX skips the space behind a control word; "{}" or "\ " ends the word and keeps the space.
_END_OF_WORD = re.compile(r"(?:\{\}|\\(?=\s)|\s+)?")
_ENTITIES = re.compile(_ENTITY)
# What Markdown writers escape without need, and TeX would read as an accent: \"Attention\" and it\'s.
_QUOTED = re.compile(r'\\"[^"\\$]*[^\s"\\$]\\"(?![\w{\\])')
_CONTRACTION = re.compile(r"\\'(?:s|t|d|m|re|ve|ll)(?![\w\\{])")
_PROTECTED = re.compile(r"\w[\w.+'’/&:-]*(?: \w[\w.+'’/&:-]*)*")
_NOT_BEFORE_PROTECTION = "^_$}]#%@\\"


def _unescape(entity: str) -> str:
    """An HTML entity as its character; one that HTML does not know stays as written."""
    if not entity.startswith("&#") and entity[1:] not in html5:
        return entity
    return html.unescape(entity) or entity


def _letter(source: str, at: int, depth: int = 0) -> tuple[str, int] | None:
    r"""The letter that an accent at `at` would sit on, and where it ends: `o`, `{o}`, `\i`, `{\^e}`."""
    if at >= len(source) or depth > 4:
        return None
    if source[at] == "{":
        inner = _letter(source, at + 1, depth + 1)
        return (inner[0], inner[1] + 1) if inner and source[inner[1] : inner[1] + 1] == "}" else None
    if source[at] != "\\":
        return (source[at], at + 1) if source[at].isalpha() else None
    control = _CONTROL.match(source, at)
    if control and control[1] in _LETTERS:
        end = _END_OF_WORD.match(source, control.end())
        return symbol(control[1]) or "", end.end() if end else control.end()
    return _accented(source, control, depth + 1) if control else None


_WHITE = re.compile(r"\s{0,3}")


def _accented(source: str, control: re.Match[str], depth: int = 0) -> tuple[str, int] | None:
    """The accented letter that a control sequence starts, and where it ends; None where it is no accent."""
    name = control[0][1:]
    mark = _ACCENTS.get(name)
    if mark is None:
        return None
    start = control.end()
    if name.isalpha():
        start = _WHITE.match(source, start).end()  # type: ignore[union-attr]  # it matches everywhere
    letter = _letter(source, start, depth)
    if letter is None or not letter[0]:
        return None
    composed = unicodedata.normalize("NFC", _DOTLESS.get(letter[0], letter[0]) + mark)
    # Without braces the accent may well be a Markdown escape: then only letters that exist as one character.
    if len(composed) > 1 and source[start] != "{":
        return None
    return composed, letter[1]


class _Title:
    """A title cut into pieces of text and formulas, in one pass."""

    def __init__(self, source: str) -> None:
        self.source = unicodedata.normalize("NFC", source)
        self.pieces: list[_Piece] = []
        self.length = 0
        self.braces: list[_Brace] = []
        self.unknown_ends_at = -1
        at = 0
        readers: dict[str, Callable[[re.Match[str]], int]] = {
            "maths": self.maths,
            "word": self.word,
            "symbol": self.symbol,
            "entity": self.entity,
            "brace": self.brace,
        }
        while token := _TOKEN.search(self.source, at):
            self.add(self.source[at : token.start()])
            at = readers[token.lastgroup or ""](token)
        self.add(self.source[at:])

    def add(self, text: str, formula: str = "") -> None:
        if text:
            self.pieces.append(_Piece(text, formula))
            self.length += len(text)

    def maths(self, token: re.Match[str]) -> int:
        sign = token[0]
        closing = _CLOSING[sign].match(self.source, token.end())
        if closing is None or not looks_like_maths(closing[1]):
            self.add(sign)
            return token.end()
        formula = _ENTITIES.sub(lambda entity: _unescape(entity[0]), closing[1])
        text = formula_text(formula)
        if text is None:
            self.add(self.source[token.start() : closing.end()])
        else:
            self.add(text, formula)
        return closing.end()

    def word(self, token: re.Match[str]) -> int:
        name = token["word"]
        in_a_path = token.start() > 0 and self.source[token.start() - 1] in ":/"
        braced = self.source.startswith("{", token.end())
        accented = _accented(self.source, _control(self.source, token))
        if accented and (braced or not in_a_path):
            self.add(accented[0])
            return accented[1]
        if name in TEXT_STYLES and braced:
            self.open(token.end(), drop=True, text=token[0] + "{")
            return token.end() + 1
        known = name in _LETTERS or name in ("dots", "ldots") or name.startswith("text")
        meaning = symbol(name) if known and not in_a_path else None
        if meaning is None:
            self.add(token[0])
            self.unknown_ends_at = token.end()
            return token.end()
        self.add(meaning)
        end = _END_OF_WORD.match(self.source, token.end())
        return end.end() if end else token.end()

    def symbol(self, token: re.Match[str]) -> int:
        start = token.start()
        in_a_word = start > 0 and self.source[start - 1].isalnum()
        escaped = (not in_a_word and _QUOTED.match(self.source, start)) or (
            in_a_word and _CONTRACTION.match(self.source, start)
        )
        accented = None if escaped else _accented(self.source, _control(self.source, token))
        self.add(accented[0] if accented else token["symbol"])
        return accented[1] if accented else token.end()

    def entity(self, token: re.Match[str]) -> int:
        self.add(_unescape(token[0]))
        return token.end()

    def open(self, at: int, *, drop: bool | None, text: str) -> None:
        self.braces.append(_Brace(len(self.pieces), self.length, at, drop))
        self.add(text)

    def brace(self, token: re.Match[str]) -> int:
        at = token.start()
        if token[0] == "{":
            unknown = self.unknown_ends_at == at or (at > 0 and self.source[at - 1] in _NOT_BEFORE_PROTECTION)
            self.open(at, drop=False if unknown else None, text="{")
        elif not self.braces or not self.closes(self.braces.pop()):
            self.add("}")
        return token.end()

    def closes(self, brace: _Brace) -> bool:
        """Drops the opening brace, where it and the closing one that was just read are TeX's."""
        drop = brace.drop
        if drop is None:
            inside = self.pieces[brace.piece + 1 : brace.piece + 2 + PROTECTED_LIMIT]
            short = brace.piece + 1 + len(inside) == len(self.pieces)
            text = "".join(piece.text for piece in inside) if short else ""
            drop = self.length - brace.length <= PROTECTED_LIMIT and self.protects(brace, text)
        if drop:
            self.pieces[brace.piece] = _Piece("")
        return drop

    def protects(self, brace: _Brace, text: str) -> bool:
        r"""Whether braces around `text` are as in `{\"o}`, `{B}ayes`, `{BERT}` and `{Monte Carlo}`."""
        if self.source.startswith("\\", brace.at + 1) and len(text) == 1 and text.isalpha():
            return True
        if not _PROTECTED.fullmatch(text):
            return False
        return all(word != word.lower() for word in text.split(" "))


def _control(source: str, token: re.Match[str]) -> re.Match[str]:
    control = _CONTROL.match(source, token.start())
    assert control is not None  # noqa: S101  # the token was found by the same pattern
    return control


# --- What the rest of the site calls ---
@lru_cache(maxsize=4096)
def to_text(source: str) -> str:
    r"""A title as written, as plain Unicode (NFC) for search, slugs, feeds and `<title>`.

    `I$^2$SB: … Schr\"odinger Bridge` becomes "I²SB: … Schrödinger Bridge". A formula for which Unicode has no
    form stays readable (`x^(a,b)`); what is not understood stays as written. Never raises.
    """
    return unicodedata.normalize("NFC", "".join(piece.text for piece in _Title(source).pieces))


@lru_cache(maxsize=4096)
def to_html(source: str) -> SafeString:
    """A title as written, as HTML: `to_text` escaped, with formulas as letters, or as MathML. Safe whatever comes in."""
    show = _mathml if len(source) <= MATHML_LIMIT else _plain
    parts = [show(piece) if piece.formula else _plain(piece) for piece in _Title(source).pieces]
    return mark_safe("".join(parts))  # every part is escaped by _plain or cleaned by nh3 in _mathml


def _plain(piece: _Piece) -> str:
    return escape(unicodedata.normalize("NFC", piece.text))


def _mathml(piece: _Piece) -> str:
    return formula_letters(piece.formula) or formula_mathml(piece.formula) or _plain(piece)
