"""Titles by their initials: “ddim” is Denoising Diffusion Implicit Models. Pure: no database.

Three letters or more are the initials of a title if words that stand side by side begin with them (small ones such as
“of” may be skipped), or if they are the first one's, the last one's, and those of a few in between: “cfg” is
Classifier-Free Diffusion Guidance. The index has the same (`readinggroup_initials` in migration 0005).

Where nothing has them, their order counts no more, for a title of those words and one other at most: “vae” is
Auto-Encoding Variational Bayes, and who typed “cgf” meant “cfg”. Of longer titles, most would be found by chance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from readinggroup.search.words import Term

SHORTEST, LONGEST, LONGEST_WITH_GAPS = 3, 6, 4  # letters
MOST_WORDS = 24  # of a title
MOST_WORDS_WITH_GAPS = 12
# In the index a letter that no plain word has stands before initials: no word is taken for them, nor its beginning.
MARK = "ø"
SKIPPED = frozenset(
    [
        "a",
        "an",
        "and",
        "as",
        "at",
        "by",
        "for",
        "from",
        "in",
        "into",
        "is",
        "of",
        "on",
        "or",
        "the",
        "through",
        "to",
        "via",
        "with",
    ]
)
_LETTERS = re.compile(f"[a-z0-9]{{{SHORTEST},{LONGEST + 1}}}")


def letters_of(term: Term) -> list[str]:
    """The initials that this may be: “ddims” may be those of models too."""
    if term.exactly or term.is_stop or len(term.words) > 1:
        return []
    word = term.words[0]
    if not _LETTERS.fullmatch(word) or word.isdecimal():
        return []
    found = [word, word[:-1]] if word.endswith("s") else [word]
    return [letters for letters in found if SHORTEST <= len(letters) <= LONGEST]


def as_indexed(term: Term) -> list[str]:
    return [f"{MARK}{letters}" for letters in letters_of(term)]


def places(letters: str, words: Sequence[str]) -> tuple[int, ...]:
    """The places of the words of a title that these are the initials of; none where there are not such words."""
    every = list(enumerate(words[:MOST_WORDS]))
    content = [(place, word) for place, word in every if word not in SKIPPED]
    for line in (every, content):
        at = "".join(word[0] for _, word in line).find(letters)
        if at >= 0:
            return tuple(place for place, _ in line[at : at + len(letters)])
    if len(letters) > LONGEST_WITH_GAPS or not len(letters) <= len(content) <= MOST_WORDS_WITH_GAPS:
        return ()
    if content[0][1][0] != letters[0] or content[-1][1][0] != letters[-1]:
        return ()
    between = tuple(_in_turn(letters[1:-1], content[1:-1]))
    return (content[0][0], *between, content[-1][0]) if len(between) == len(letters) - 2 else ()


def places_in_any_order(letters: str, words: Sequence[str]) -> tuple[int, ...]:
    """The same for letters in any order, and for words that are a whole title, or all of it but one."""
    content = [(place, word) for place, word in enumerate(words) if word not in SKIPPED]
    if len(content) not in {len(letters), len(letters) + 1}:
        return ()
    left = list(letters)
    found = []
    for place, word in content:
        if word[0] in left:
            left.remove(word[0])
            found.append(place)
    return () if left else tuple(found)


def _in_turn(letters: str, words: Sequence[tuple[int, str]]) -> Iterator[int]:
    """The places of the first words that begin with these letters, in this order."""
    left = list(letters)
    for place, word in words:
        if left and word[0] == left[0]:
            del left[0]
            yield place
