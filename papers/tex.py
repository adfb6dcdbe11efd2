r"""Titles as people write them, with TeX and Markdown in them, as plain text and as safe HTML.

Groups copy titles out of arXiv, BibTeX and READMEs, so one title may hold TeX accents (`Schr\"odinger`),
maths (`I$^2$SB`), braces that protect capitals (`{BERT}`), Markdown escapes (`\*`) and HTML entities
(`&amp;`). Whatever is not one of these stays exactly as written: "$5 and $10", "100% faster" and "C:\new" are
titles too.

The names of macros come from pylatexenc's tables. Its conversion of whole texts is not used: it reads "%" as
a comment and drops the rest of the title.

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

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from latex2mathml.converter import convert
from pylatexenc.latex2text import get_default_latex_context_db
from pylatexenc.latex2text._defaultspecs import (
    unicode_accents_list,
)  # the one place that names the combining marks

FORMULA_LIMIT = 300  # characters; longer than any formula in a title
DEPTH_LIMIT = 12  # braces and scripts within each other
MATHML_LIMIT = 2000  # characters; in a longer text formulas are shown as text, to bound the work
PROTECTED_LIMIT = 80  # characters between braces that may be there to protect capitals

_macros = get_default_latex_context_db().filter_context(
    keep_categories=["latex-base", "latex-approximations", "advanced-symbols"]
)
_combining: dict[str, str] = dict(unicode_accents_list)

# Text accents of LaTeX: control symbols (\"o, \"{o}) and control words (\c{c}, \c c).
_SYMBOL_ACCENTS = {mark: _combining[mark] for mark in "'`\"^~=."}
_WORD_ACCENTS = {mark: _combining[mark] for mark in ("c", "H", "k", "b", "d", "r", "u", "v")}
_ACCENTS = _SYMBOL_ACCENTS | _WORD_ACCENTS
_LETTERS = frozenset(
    [
        "oe", "OE", "ae", "AE", "aa", "AA", "o", "O", "ss", "L", "l", "i", "j", "DH", "TH", "dh",
        "th", "DJ", "dj", "NG", "ng",
    ]
)  # fmt: skip
_DOTLESS = {"ı": "i", "ȷ": "j"}
_TEXT_STYLES = frozenset(
    [
        "emph", "textbf", "textit", "textmd", "textnormal", "textrm", "textsc", "textsf", "textsl",
        "texttt", "textup", "mbox",
    ]
)  # fmt: skip

_MATHS_ACCENTS = {
    name: _combining[name]
    for name in ("vec", "dot", "hat", "check", "breve", "acute", "grave", "tilde", "bar", "ddot")
} | {"widehat": _combining["hat"], "widetilde": _combining["tilde"], "overline": _combining["bar"]}
_MATHS_STYLES = _TEXT_STYLES | frozenset(
    [
        "bm", "boldsymbol", "mathbf", "mathcal", "mathfrak", "mathit", "mathnormal", "mathrm",
        "mathscr", "mathsf", "mathtt", "operatorname", "text",
    ]
)  # fmt: skip
_INVISIBLE = frozenset(
    [
        "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "left", "right",
        "displaystyle", "textstyle", "limits", "nolimits",
    ]
)  # fmt: skip
_FRACTIONS = frozenset(["frac", "dfrac", "tfrac", "nicefrac"])
_SPACES = frozenset([",", ";", ":", " ", "quad", "qquad"])


def _scripts(kind: str, *ranges: tuple[int, int]) -> dict[str, str]:
    """The characters of these ranges that Unicode decomposes to `kind` and one other, by that other."""
    found: dict[str, str] = {}
    for first, last in ranges:
        for code in range(first, last + 1):
            tag, _, base = unicodedata.decomposition(chr(code)).partition(" ")
            if tag == kind and " " not in base:
                found.setdefault(chr(int(base, 16)), chr(code))
    return found


_SUPERSCRIPT = {"-": "⁻", "′": "′", "*": "*", "∗": "*", "∘": "°", "†": "†"} | _scripts(
    "<super>",
    (0xB2, 0xB3),
    (0xB9, 0xB9),
    (0x2070, 0x207F),
    (0x2B0, 0x2B8),
    (0x2E1, 0x2E3),
    (0x1D2C, 0x1DBF),
    (0x2C7D, 0x2C7D),
)
_SUBSCRIPT = {"-": "₋"} | _scripts("<sub>", (0x1D62, 0x1D6A), (0x2080, 0x209C), (0x2C7C, 0x2C7C))


class _NotUnderstoodError(Exception):
    """The formula holds something that this module does not know how to show."""


@lru_cache(maxsize=1024)
def _symbol(name: str) -> str | None:
    """What a control word without arguments (`alpha`, `log`, `textendash`) stands for in pylatexenc's tables."""
    if name == "today":
        return None
    spec = _macros.get_macro_spec(name)
    meaning = spec.simplify_repl if spec else None
    if not isinstance(meaning, str) or not meaning.strip() or "%" in meaning or "<" in meaning:
        return None
    return meaning


def _double_struck(letters: str) -> str:
    """ℝ for R; what Unicode does not have stays as it is."""
    known = []
    for letter in letters:
        try:
            known.append(unicodedata.lookup(f"DOUBLE-STRUCK CAPITAL {letter}"))
        except KeyError:
            try:
                known.append(unicodedata.lookup(f"MATHEMATICAL DOUBLE-STRUCK CAPITAL {letter}"))
            except KeyError:
                known.append(letter)
    return "".join(known)


# --- Formulas ---------------------------------------------------------------------------------------------
_FORMULA_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)


class _Formula:
    """A formula read into plain Unicode, by recursive descent with a bounded depth."""

    def __init__(self, source: str) -> None:
        self.tokens: list[str] = _FORMULA_TOKEN.findall(source)
        self.at = 0

    def text(self) -> str:
        """Raises _NotUnderstoodError."""
        return " ".join(self.group("", 0).split())

    def group(self, end: str, depth: int) -> str:
        """Everything up to the token `end` ("" is the end of the formula)."""
        if depth > DEPTH_LIMIT:
            raise _NotUnderstoodError
        pieces: list[str] = []
        after_operator = after_tight_command = False
        while self.at < len(self.tokens):
            item = self.tokens[self.at]
            if item == end:
                self.at += 1
                return "".join(pieces)
            if item in ("^", "_"):
                self.at += 1
                while pieces and pieces[-1].isspace():
                    pieces.pop()
                pieces.append(_script(item, self.argument(depth)))
                after_operator = after_tight_command = False
                continue
            if item.isspace() and after_tight_command:
                self.at += 1
                continue
            start = self.at
            piece = self.argument(depth, spaces=True)
            # TeX skips the space behind a control word; it is kept where it balances one before ("n \times n").
            command_alone = item[0] == "\\" and item[1:].isalpha() and self.at == start + 1
            after_tight_command = command_alone and not (pieces and pieces[-1].isspace())
            operator = item.startswith("\\") and len(piece) > 1 and piece.isalpha()
            # TeX sets "n\log n" with thin spaces; without any it would read "nlog n".
            if piece[:1].isalnum() and (
                after_operator or (operator and pieces and pieces[-1][-1:].isalnum())
            ):
                pieces.append(" ")
            if piece:
                pieces.append(piece)
                after_operator = operator
        if end:
            raise _NotUnderstoodError
        return "".join(pieces)

    def argument(self, depth: int, *, spaces: bool = False) -> str:
        """One character, command or group in braces; leading white space counts only where `spaces`."""
        while not spaces and self.at < len(self.tokens) and self.tokens[self.at].isspace():
            self.at += 1
        if self.at >= len(self.tokens) or depth > DEPTH_LIMIT:
            raise _NotUnderstoodError
        item = self.tokens[self.at]
        self.at += 1
        if item == "{":
            return self.group("}", depth + 1)
        if item in ("}", "&", "#", "^", "_", "\\", "$"):
            raise _NotUnderstoodError
        if item.startswith("\\"):
            return self.command(item[1:], depth + 1)
        if item.isspace() or item == "~":
            return " "
        return "′" if item == "'" else item

    def command(self, name: str, depth: int) -> str:
        if name in _SPACES:
            return " "
        if name in "%$&#_{}":
            return name
        if name == "!":
            return ""
        if name in _INVISIBLE:
            if name in ("left", "right") and self.tokens[self.at : self.at + 1] == ["."]:
                self.at += 1
            return ""
        if name in _MATHS_STYLES:
            return self.argument(depth)
        if name == "mathbb":
            return _double_struck(self.argument(depth))
        if name in _MATHS_ACCENTS:
            base = self.argument(depth)
            return unicodedata.normalize("NFC", base + _MATHS_ACCENTS[name]) if len(base) == 1 else base
        if name in _FRACTIONS:
            return f"{_operand(self.argument(depth))}/{_operand(self.argument(depth))}"
        if name == "sqrt" and self.tokens[self.at : self.at + 1] != ["["]:
            return f"√{_operand(self.argument(depth))}"
        meaning = _symbol(name) if name.isalpha() else None
        if meaning is None:
            raise _NotUnderstoodError
        return meaning


def _operand(text: str) -> str:
    return text if len(text) == 1 or text.isdecimal() else f"({text})"


def _script(sign: str, text: str) -> str:
    """Raised or lowered letters where Unicode has all of them, else `^x` or `^(x+y)`."""
    table = _SUPERSCRIPT if sign == "^" else _SUBSCRIPT
    tight = "".join(text.split())
    if all(character in table for character in tight):
        return "".join(table[character] for character in tight)
    return f"{sign}{text}" if len(text) == 1 else f"{sign}({text})"


_WORD = re.compile(r"[^\W\d_]{3}")


def _looks_like_maths(formula: str) -> bool:
    """Whether dollars around this are TeX's, as in "$n$" and "$x_0$", and no money or name ("$AP and KE$")."""
    if not formula or len(formula) > FORMULA_LIMIT or formula[0].isspace() or formula[-1].isspace():
        return False
    return any(sign in formula for sign in "\\^_") or not _WORD.search(formula)


@lru_cache(maxsize=1024)
def _formula_text(formula: str) -> str | None:
    """The formula in plain Unicode; None where it is not understood."""
    try:
        return _Formula(formula).text() or None
    except _NotUnderstoodError:
        return None


# --- Text -------------------------------------------------------------------------------------------------
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
        return _symbol(control[1]) or "", end.end() if end else control.end()
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
        if closing is None or not _looks_like_maths(closing[1]):
            self.add(sign)
            return token.end()
        formula = _ENTITIES.sub(lambda entity: _unescape(entity[0]), closing[1])
        text = _formula_text(formula)
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
        if name in _TEXT_STYLES and braced:
            self.open(token.end(), drop=True, text=token[0] + "{")
            return token.end() + 1
        known = name in _LETTERS or name in ("dots", "ldots") or name.startswith("text")
        meaning = _symbol(name) if known and not in_a_path else None
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


# --- What the rest of the site calls -----------------------------------------------------------------------
@lru_cache(maxsize=4096)
def to_text(source: str) -> str:
    r"""A title as written, as plain Unicode (NFC) for search, slugs, feeds and `<title>`.

    `I$^2$SB: … Schr\"odinger Bridge` becomes "I²SB: … Schrödinger Bridge". A formula for which Unicode has no
    form stays readable (`x^(a,b)`); what is not understood stays as written. Never raises.
    """
    return unicodedata.normalize("NFC", "".join(piece.text for piece in _Title(source).pieces))


@lru_cache(maxsize=4096)
def to_html(source: str) -> SafeString:
    """A title as written, as HTML: `to_text` escaped, with formulas as MathML. Safe whatever comes in."""
    show = _mathml if len(source) <= MATHML_LIMIT else _plain
    parts = [show(piece) if piece.formula else _plain(piece) for piece in _Title(source).pieces]
    return mark_safe("".join(parts))  # every part is escaped by _plain or cleaned by nh3 in _mathml


def _plain(piece: _Piece) -> str:
    return escape(unicodedata.normalize("NFC", piece.text))


# MathML Core (https://www.w3.org/TR/mathml-core/) by name: no link, no style, no annotation, no script.
_CHILDREN = {"msup": 2, "msub": 2, "mfrac": 2, "mover": 2, "munder": 2, "msubsup": 3, "munderover": 3}
_ELEMENTS = {"math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "msqrt", *_CHILDREN}
_ATTRIBUTES = {
    "mi": {"mathvariant": {"normal"}},
    "mo": {"stretchy": {"false"}},
    "mover": {"accent": {"true"}},
}


def _mathml(piece: _Piece) -> str:
    """The formula as MathML, or its plain text where latex2mathml cannot convert it or gives anything odd."""
    # In a text from a person "%" is a percent sign, where latex2mathml reads the start of a comment.
    formula = re.sub(r"(\\.)|%", lambda found: found[1] or r"\%", piece.formula)
    # latex2mathml does not escape the text inside \text{}, so markup there would reach the cleaner as markup.
    if "<" in formula and "\\text" in formula:
        return _plain(piece)
    if formula.startswith(("^", "_")):
        formula = "{}" + formula
    try:
        markup = convert(formula)
    except Exception:  # noqa: BLE001  # latex2mathml raises its own, and IndexError, RecursionError …
        return _plain(piece)
    clean = nh3.clean(markup, tags=_ELEMENTS, attributes={}, tag_attribute_values=_ATTRIBUTES, link_rel=None)
    return clean if "\\" not in clean and _well_formed(clean) else _plain(piece)


_TAG = re.compile(r"<(/?)([a-z]+)[^>]*>")


def _well_formed(mathml: str) -> bool:
    """Whether it is one `<math>`, and each script and fraction in it has its number of children."""
    open_elements: list[list[str | int]] = []
    for tag in _TAG.finditer(mathml):
        if not tag[1]:
            if open_elements:
                open_elements[-1][1] = int(open_elements[-1][1]) + 1
            open_elements.append([tag[2], 0])
        elif not open_elements:
            return False
        else:
            name, children = open_elements.pop()
            if name != tag[2] or _CHILDREN.get(tag[2], children) != children:
                return False
    return not open_elements and mathml.startswith("<math>") and mathml.count("<math>") == 1
