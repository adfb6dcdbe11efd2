r"""A formula of a title, what stands between its dollars, as plain Unicode, as letters of HTML and as safe MathML.

The names of macros come from pylatexenc's tables. Its conversion of whole texts is not used: it reads "%" as
a comment and drops the rest of the title.
"""

import re
import unicodedata
from functools import lru_cache

import nh3
from django.utils.html import format_html
from django.utils.safestring import SafeString
from latex2mathml.converter import convert
from pylatexenc.latex2text import get_default_latex_context_db
from pylatexenc.latex2text._defaultspecs import (
    unicode_accents_list,
)  # the one place that names the combining marks

FORMULA_LIMIT = 300  # characters; longer than any formula in a title
DEPTH_LIMIT = 12  # braces and scripts within each other

_macros = get_default_latex_context_db().filter_context(
    keep_categories=["latex-base", "latex-approximations", "advanced-symbols"]
)
COMBINING: dict[str, str] = dict(unicode_accents_list)

TEXT_STYLES = frozenset(
    [
        "emph", "textbf", "textit", "textmd", "textnormal", "textrm", "textsc", "textsf", "textsl",
        "texttt", "textup", "mbox",
    ]
)  # fmt: skip

_MATHS_ACCENTS = {
    name: COMBINING[name]
    for name in ("vec", "dot", "hat", "check", "breve", "acute", "grave", "tilde", "bar", "ddot")
} | {"widehat": COMBINING["hat"], "widetilde": COMBINING["tilde"], "overline": COMBINING["bar"]}
_MATHS_STYLES = TEXT_STYLES | frozenset(
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
def symbol(name: str) -> str | None:
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
        meaning = symbol(name) if name.isalpha() else None
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


def looks_like_maths(formula: str) -> bool:
    """Whether dollars around this are TeX's, as in "$n$" and "$x_0$", and no money or name ("$AP and KE$")."""
    if not formula or len(formula) > FORMULA_LIMIT or formula[0].isspace() or formula[-1].isspace():
        return False
    return any(sign in formula for sign in "\\^_") or not _WORD.search(formula)


@lru_cache(maxsize=1024)
def formula_text(formula: str) -> str | None:
    """The formula in plain Unicode; None where it is not understood."""
    try:
        return _Formula(formula).text() or None
    except _NotUnderstoodError:
        return None


_SCRIPT = r"[\^_](?:[^\s\\{}^_]|\\[A-Za-z]+|\{[^{}^_]*\})"
_IN_LETTERS = re.compile(
    rf"(?P<base>[0-9]+|[A-Za-z]|\\[A-Za-z]+|\\mathbb *(?:[A-Z]|\{{[A-Z]\}}))?(?P<script>{_SCRIPT}|'+)?"
)


def formula_letters(formula: str) -> SafeString | None:
    r"""One number, letter or sign with at most one script, as in `$^2$`, `$x_0$` and `$\beta$`, as HTML.

    None where it is more, or Unicode lacks its script. Browsers set MathML as a block of its own among the letters: with
    a gap behind its script, and without the line below a link.
    """
    found = _IN_LETTERS.fullmatch(formula)
    base = found and formula_text(found["base"] or "")
    text = found and formula_text(formula)
    if not found or not text or (found["base"] and not base) or any(sign in text for sign in "^_"):
        return None
    base = base or ""
    # TeX slants what stands for something else, one letter each; what has a shape of its own (ℝ, ∞) stands upright.
    slanted = len(base) == 1 and base.isalpha() and unicodedata.normalize("NFKD", base) == base
    return format_html("<i>{}</i>{}" if slanted else "{}{}", base, text.removeprefix(base))


# MathML Core (https://www.w3.org/TR/mathml-core/) by name: no link, no style, no annotation, no script.
_CHILDREN = {"msup": 2, "msub": 2, "mfrac": 2, "mover": 2, "munder": 2, "msubsup": 3, "munderover": 3}
_ELEMENTS = {"math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "msqrt", *_CHILDREN}
_ATTRIBUTES = {
    "mi": {"mathvariant": {"normal"}},
    "mo": {"stretchy": {"false"}},
    "mover": {"accent": {"true"}},
}


def formula_mathml(formula: str) -> str | None:
    """The formula as MathML; None where latex2mathml cannot convert it or gives anything odd."""
    # In a text from a person "%" is a percent sign, where latex2mathml reads the start of a comment.
    formula = re.sub(r"(\\.)|%", lambda found: found[1] or r"\%", formula)
    # latex2mathml does not escape the text inside \text{}, so markup there would reach the cleaner as markup.
    if "<" in formula and "\\text" in formula:
        return None
    if formula.startswith(("^", "_")):
        formula = "{}" + formula
    try:
        markup = convert(formula)
    except Exception:  # noqa: BLE001  # latex2mathml raises its own, and IndexError, RecursionError …
        return None
    clean = nh3.clean(markup, tags=_ELEMENTS, attributes={}, tag_attribute_values=_ATTRIBUTES, link_rel=None)
    return clean if "\\" not in clean and _well_formed(clean) else None


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
