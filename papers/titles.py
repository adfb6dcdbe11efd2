"""What a title is known by: the key under which two spellings meet, and the slug in an address."""

import re
import unicodedata
from functools import lru_cache

from django.utils.text import slugify

from papers.tex import to_text

SLUG_LENGTH = 80

_QUOTES = dict.fromkeys("‘’‚‛′ʼ´`", "'") | dict.fromkeys("“”„‟″«»", '"')
_DASHES = {"−": "-", "⁃": "-"} | {
    chr(code): "-" for code in range(0x10000) if unicodedata.category(chr(code)) == "Pd"
}
# Soft hyphens and zero-width characters come along when a title is copied from a page.
_UNSEEN = dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff")
# What is left of TeX and of HTML entities after to_text. A key without these is one that to_text leaves
# alone, so that the key of a key is the key itself.
_MARKUP = dict.fromkeys("\\${};")
_FOLDED = str.maketrans({"⁄": "/"} | _QUOTES | _DASHES | _UNSEEN | _MARKUP)


# Some characters fold into eighteen; an index of PostgreSQL takes 2,704 bytes.
LONGEST_KEY = 500


@lru_cache(maxsize=20_000)
def title_key(title: str) -> str:
    """The title normalized so that two spellings of it are equal: what PaperTitle stores.

    TeX and entities are resolved, then compatibility forms (ligatures, superscripts), case, kinds of quotes
    and dashes, white space and the final stop are folded: `I$^2$SB`, `I²SB` and `i2sb.` have one key. Accents
    count: "Schrodinger" is another title than "Schrödinger". Empty only where there is nothing to go by.

    Folding follows Unicode's compatibility caseless matching (definition D146 of chapter 3,
    https://www.unicode.org/versions/latest/core-spec/chapter-3/): decompose and fold twice, since the one may
    give the other new work.
    """
    text = to_text(title).translate(_FOLDED)
    for _ in range(2):
        text = unicodedata.normalize("NFKD", text).casefold()
    text = unicodedata.normalize("NFKD", text).translate(_FOLDED)
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"'{2,}", '"', text)  # TeX's closing quotes, and its opening ones, which are folded by now
    text = re.sub(r"-{2,}", "-", text)
    text = " ".join(text.split())[:LONGEST_KEY].strip()
    return text.rstrip(" .。") or text


# Letters that NFKD does not take apart, so that slugify would drop them.
_ASCII = str.maketrans(
    {
        "ß": "ss", "ẞ": "SS", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D",
        "þ": "th", "Þ": "TH", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ı": "i", "ȷ": "j",
        "ħ": "h", "Ħ": "H", "ŋ": "ng", "Ŋ": "NG", "ŧ": "t", "Ŧ": "T", "×": "x", "⁄": "-", "/": "-", "_": "-", "·": "-",
    }
    | _DASHES
)  # fmt: skip
# One Greek letter is a symbol with a name ("β-VAE"); several are a word in Greek.
_GREEK = "\u0370-\u03ff"
_GREEK_SYMBOL = re.compile(f"(?<![{_GREEK}])[α-ωΑ-Ω](?![{_GREEK}])")


def slug_of(text: str, fallback: str) -> str:
    """The ASCII slug of a title, at most 80 characters, cut between words.

    `fallback`, as given, where at least half of the letters have no ASCII form (a title in Japanese with one
    "3D" in it must not become "3d"), or nothing is left at all.
    """
    plain = unicodedata.normalize("NFKD", to_text(text)).translate(_ASCII)
    plain = _GREEK_SYMBOL.sub(_greek_name, plain)
    letters = [character for character in plain if character.isalpha()]
    if letters and 2 * sum(character.isascii() for character in letters) <= len(letters):
        return fallback
    slug = slugify(plain)
    if len(slug) > SLUG_LENGTH:
        head, boundary, _ = slug[: SLUG_LENGTH + 1].rpartition("-")
        slug = head if boundary else slug[:SLUG_LENGTH]
    return slug.strip("-") or fallback


def _greek_name(letter: re.Match[str]) -> str:
    """ "alpha" for α, set off from what stands beside it."""
    name = unicodedata.name(letter[0]).rsplit(" ", 1)[-1].replace("LAMDA", "LAMBDA").lower()
    return f" {name} "
