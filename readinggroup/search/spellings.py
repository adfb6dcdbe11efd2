"""Other ways to spell a word, and the word that was probably meant. Pure: no database."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

SHORTEST_MISSPELT = 4  # letters; of shorter words every other one is a neighbour
MOST_NEAREST = 6

# British and American, both ways; endings that English dictionaries of PostgreSQL do not take for the same.
_ISE = "(?=(?:e[ds]?|ing|ers?|ations?)$)"
_ENGLISH = [
    (re.compile(pattern), other)
    for pattern, other in (
        (f"is{_ISE}", "iz"),
        (f"iz{_ISE}", "is"),
        (f"ys{_ISE}", "yz"),
        (f"yz{_ISE}", "ys"),
        ("our(?=(?:s|ed|ing|al)?$)", "or"),
        ("(?:(?<=col)|(?<=behavi)|(?<=neighb)|(?<=fav)|(?<=lab)|(?<=hon))or", "our"),
        ("(?<=cen)tre", "ter"),
        ("(?<=cen)ter", "tre"),
    )
]
_WITHOUT_UMLAUTS = {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss"}
_UMLAUTS = (("ae", "a"), ("oe", "o"), ("ue", "u"))
# A Greek letter and its name are one word: “β-VAE” is “beta vae”.
_GREEK = {
    chr(code): unicodedata.name(chr(code)).rsplit(" ", 1)[-1].replace("LAMDA", "LAMBDA").lower()
    for code in range(0x3B1, 0x3CA)
    if code != 0x3C2
}
_LETTER_OF = {name: letter for letter, name in _GREEK.items()}


def spellings(word: str, typed: str = "") -> list[str]:
    """The other ways to write this word that mean the same, if any: British and American, ö as oe, α as alpha.

    `typed` is the word before its accents were taken away.
    """
    found = {pattern.sub(other, word) for pattern, other in _ENGLISH}
    for double, single in _UMLAUTS:
        found.add(word.replace(double, single))
    written = unicodedata.normalize("NFC", typed.lower())
    if any(letter in written for letter in "äöü"):
        found.add(written.translate(_WITHOUT_UMLAUTS))
    found.add(_GREEK.get(word, word))
    found.add(_LETTER_OF.get(word, word))
    return sorted(found - {word, ""})


def nearest(word: str, known: Iterable[str], *, begins: bool = False) -> list[tuple[int, str]]:
    """Which of the known words this may have been meant to be, with the number of slips, the fewest first.

    Where `begins`, the word may be the beginning of one, as it is while somebody types.
    """
    allowed = 1 if len(word) < 6 else 2 if len(word) < 10 else 3
    near = []
    for other in set(known) - {word}:
        distance = slips(word, other)
        if begins and distance > allowed and len(other) > len(word):
            distance = 1 + min(slips(word, other[:length]) for length in (len(word), len(word) + 1))
        if distance <= allowed:
            near.append((distance, other[:1] != word[:1], other))
    return [(distance, other) for distance, _, other in sorted(near)[:MOST_NEAREST]]


def slips(one: str, other: str) -> int:
    """How many letters were left out, added, mistaken or swapped with their neighbour between two words.

    Optimal string alignment: https://en.wikipedia.org/wiki/Damerau–Levenshtein_distance
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, letter_of_other in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != letter_of_other))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == letter_of_other:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
    return row[-1]
