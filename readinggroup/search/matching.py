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
def also_written(term: Term) -> tuple[tuple[str, ...], ...]:
    """Other words that say the same as this term: another spelling of one of them, or all of them in one word."""
    if term.exactly:
        return ()
    others = [
        (*term.words[:place], other, *term.words[place + 1 :])
        for place, word in enumerate(term.words)
        for other in spellings(word, term.typed if len(term.words) == 1 else "")
    ]
    joined = "".join(term.words)
    if len(term.words) > 1 and not joined.isdecimal():
        others.append((joined,))
    return tuple(others)


class Wanted:
    """All that a query looks for, to be held against texts."""

    def __init__(self, query: Query) -> None:
        self.terms = [(number, term) for number, group in enumerate(query.groups) for term in group]

    def spans(self, words: Sequence[str]) -> Iterator[Span]:
        """Where in these words, which are plain, what is looked for stands."""
        for group, term in self.terms:
            for start in range(len(words)):
                for sought in (term.words, *also_written(term)):
                    likeness = _like(words[start : start + len(sought)], sought, term)
                    if likeness:
                        yield Span(start, start + len(sought), group, likeness)
                        break


def _like(words: Sequence[str], sought: tuple[str, ...], term: Term) -> float:
    """How much these words are those sought for the term; 0 where they are not."""
    if len(words) < len(sought):
        return 0
    least = SAME
    for place, (word, wanted) in enumerate(zip(words, sought, strict=True)):
        if word == wanted:
            continue
        if term.exactly:
            return 0
        is_last = place == len(sought) - 1
        if stem(word) == stem(wanted):
            least = min(least, SAME_STEM)
        elif is_last and term.open_ended and word.startswith(wanted):
            least = min(least, 0.4 + 0.5 * len(wanted) / len(word))
        else:
            return 0
    return least
