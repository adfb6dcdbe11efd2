"""A query as PostgreSQL's search reads it. Pure: nothing is asked here.

However much is looked for, each part is two texts: the words as they are, and those that English may end otherwise. So
the question stays short, and Django and PostgreSQL take no time to read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import reduce
from operator import and_, or_

from django.contrib.postgres.search import SearchQuery, SearchQueryCombinable

from readinggroup.search.initials import as_indexed
from readinggroup.search.matching import also_written
from readinggroup.search.words import Query, Term

FIRST_HAND = "ABD"  # parts of an entry: all but the authors of what a session reads


class Stems(SearchQuery):
    """English words by their stems, which the index has apart from the words as written (migration 0006)."""

    def __init__(self, value: str) -> None:
        super().__init__(value)
        self.function = "readinggroup_stems"


def all_of(query: Query, *, weights: str = "", without: bool = True) -> SearchQueryCombinable:
    """That every group is found of which it is asked, and nothing of what is left out."""
    weights = "AB" if query.only_stops else weights
    found = reduce(and_, (one_of(group, weights) for group in query.asked))
    return _but_not(found, query.without if without else ())


def any_of(query: Query, *, without: bool = True) -> SearchQueryCombinable:
    found = one_of([term for group in query.asked for term in group])
    return _but_not(found, query.without if without else ())


def _but_not(found: SearchQueryCombinable, without: Iterable[Term]) -> SearchQueryCombinable:
    whole = [replace(term, open_ended=False) for term in without]
    for part in _parts(whole, by_initials=False) if whole else ():
        found &= ~part
    return found


def one_of(terms: Iterable[Term], weights: str = "") -> SearchQueryCombinable:
    """That one of the terms is found: as it is, or as the beginning of a word; with other endings; in other spellings.

    `weights` says which parts of an entry are looked at; all where it is empty.
    """
    return reduce(or_, _parts(terms, weights, by_initials=weights != "AB"))


def _parts(terms: Iterable[Term], weights: str = "", *, by_initials: bool) -> list[SearchQuery]:
    simple: list[str] = []
    english: list[str] = []
    for term in terms:
        beginning = f"{weights}*" if term.open_ended else weights
        simple.append(_side_by_side(term.words, weights, beginning))
        if by_initials:
            simple += (_side_by_side((word,), "", "") for word in as_indexed(term))
        # English drops words such as “the”.
        if not (term.exactly or term.is_stop):
            others = (term.words, *also_written(term))
            english += (_side_by_side(words, weights, weights) for words in others)
    as_written = SearchQuery(" | ".join(simple), config="simple", search_type="raw")
    return [as_written, Stems(" | ".join(english))] if english else [as_written]


def _side_by_side(words: Sequence[str], weights: str, weights_of_last: str) -> str:
    """Plain words, which have no quote in them, as PostgreSQL's to_tsquery reads them."""
    marks = [*[weights] * (len(words) - 1), weights_of_last]
    return " <-> ".join(
        f"'{word}':{mark}" if mark else f"'{word}'" for word, mark in zip(words, marks, strict=True)
    )
