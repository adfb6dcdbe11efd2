"""Which words of a text are those that are looked for. Pure: no database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from readinggroup.search import initials
from readinggroup.search.spellings import spellings
from readinggroup.search.words import Query, Term, stem

SAME, SAME_STEM, BY_INITIALS = 1.0, 0.9, 0.4
MOST_SPELLINGS = 8  # other ways to write a term


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
        others.insert(0, (joined,))
    return tuple(others[:MOST_SPELLINGS])


@dataclass(frozen=True)
class _Sought:
    """Words that a term is found by, the first of which is asked for."""

    place: int  # of the term and the way to write it: the first that fits is taken
    group: int
    term: Term
    words: tuple[str, ...]

    def may_begin(self, word: str) -> bool:
        return len(self.words) == 1 and self.term.open_ended and word.startswith(self.words[0])


class Wanted:
    """All that a query looks for, to be held against texts; `in_any_order` is for initials."""

    def __init__(self, query: Query, *, in_any_order: bool = False) -> None:
        self._places = initials.places_in_any_order if in_any_order else initials.places
        self.terms = [(number, term) for number, group in enumerate(query.groups) for term in group]
        self._sought = [
            _Sought(place, group, term, words)
            for place, (group, term) in enumerate(self.terms)
            for words in (term.words, *also_written(term))
        ]
        self._by_stem: dict[str, list[_Sought]] = {}
        for sought in self._sought:
            self._by_stem.setdefault(stem(sought.words[0]), []).append(sought)
        self._open_ended = [sought for sought in self._sought if sought.may_begin(sought.words[0])]
        self._first: dict[str, tuple[_Sought, ...]] = {}  # by word: what it may be the first word of
        self._initials = [
            (group, letters) for group, term in self.terms for letters in initials.letters_of(term)
        ]

    def spans(self, words: Sequence[str]) -> Iterator[Span]:
        """Where in these words, which are plain, what is looked for stands."""
        for start, word in enumerate(words):
            found = self._first.get(word)
            if found is None:
                found = self._first[word] = self._beginning_with(word)
            done = -1
            for sought in found:
                if sought.place == done:
                    continue
                end = start + len(sought.words)
                if likeness := _like(words[start:end], sought.words, sought.term):
                    done = sought.place
                    yield Span(start, end, sought.group, likeness)

    def spans_of_title(self, words: Sequence[str]) -> Iterator[Span]:
        """The same, and the words whose initials are looked for."""
        yield from self.spans(words)
        for group, letters in self._initials:
            for place in self._places(letters, words):
                yield Span(place, place + 1, group, BY_INITIALS)

    def _beginning_with(self, word: str) -> tuple[_Sought, ...]:
        same = self._by_stem.get(stem(word), [])
        begun = [sought for sought in self._open_ended if sought.may_begin(word)]
        if not (same or begun):
            return ()
        either = {id(sought) for sought in (*same, *begun)}
        return tuple(sought for sought in self._sought if id(sought) in either)


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
