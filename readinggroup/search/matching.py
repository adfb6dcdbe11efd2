"""Which words of a text are those that are looked for. Pure: no database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from readinggroup.search.spellings import spellings
from readinggroup.search.words import Query, Term, stem

SAME, SAME_STEM = 1.0, 0.9


@dataclass(frozen=True)
class Span:
    """Words of a text, from `start` up to `end`, that a group of the query looks for; `likeness` is 1 for the same words."""

    start: int
    end: int
    group: int
    likeness: float


@lru_cache(maxsize=2_000)
def also_written(term: Term) -> tuple[str, ...]:
    """Other single words that are the same as this term."""
    if term.exactly:
        return ()
    if len(term.words) > 1:
        joined = "".join(term.words)
        return () if joined.isdecimal() else (joined,)
    return tuple(spellings(term.words[0], term.typed))


class Wanted:
    """All that a query looks for, to be held against texts."""

    def __init__(self, query: Query) -> None:
        self.terms = [(number, term) for number, group in enumerate(query.groups) for term in group]

    def spans(self, words: Sequence[str]) -> Iterator[Span]:
        """Where in these words, which are plain, what is looked for stands."""
        for group, term in self.terms:
            length = len(term.words)
            for start, word in enumerate(words):
                if start + length <= len(words):
                    likeness = _like(words[start : start + length], term)
                    if likeness:
                        yield Span(start, start + length, group, likeness)
                        continue
                for other in also_written(term):
                    if word == other or stem(word) == stem(other):
                        yield Span(start, start + 1, group, SAME)
                        break


def _like(words: Sequence[str], term: Term) -> float:
    """How much these words, as many as the term has, are what it looks for; 0 where they are not."""
    least = SAME
    for place, (word, wanted) in enumerate(zip(words, term.words, strict=True)):
        if word == wanted:
            continue
        if term.exactly:
            return 0
        is_last = place == len(term.words) - 1
        if stem(word) == stem(wanted):
            least = min(least, SAME_STEM)
        elif is_last and term.open_ended and word.startswith(wanted):
            least = min(least, 0.4 + 0.5 * len(wanted) / len(word))
        else:
            return 0
    return least
