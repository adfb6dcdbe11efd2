"""The words of a query that nothing public has, and what was probably meant by them; in three queries of the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.contrib.postgres.aggregates import BoolOr
from django.contrib.postgres.search import TrigramDistance
from django.db.models import Q, Value

from readinggroup.search.asking import one_of
from readinggroup.search.filters import Narrowing
from readinggroup.search.index import SearchWord
from readinggroup.search.spellings import SHORTEST_MISSPELT, nearest
from readinggroup.search.words import Query, Term

MOST_MENDED = 5  # words of a query for which others are tried
NEIGHBOURS = 40  # words like a misspelt one that are looked at
SHORTEST_HALF = 3  # letters of each of two words that were written as one
LONGEST_HALVED = 40  # letters of what may be two words


@dataclass(frozen=True)
class Spelling:
    """A word that nothing has, and those that were looked for instead."""

    typed: str
    instead: tuple[str, ...]


def mend(query: Query) -> tuple[Query, tuple[Spelling, ...]]:
    """The query with the words that nothing public has replaced by the most likely ones, and what was replaced."""
    single = [term for term in query.terms if _may_be_misspelt(term)]
    known = _public(single)
    missing = [term for term in single if term not in known][:MOST_MENDED]
    if not missing:
        return query, ()
    halves = {term: _halves(term.words[0]) for term in missing}
    near, words = _known_words([term.words[0] for term in missing], _each(halves.values()))
    likely = {
        term: [
            (slips, Term((word,), word))
            for slips, word in nearest(term.words[0], near[term.words[0]], begins=term.open_ended)
        ]
        for term in missing
    }
    pairs = {
        term: [Term(pair, " ".join(pair)) for pair in found if words.issuperset(pair)]
        for term, found in halves.items()
    }
    there = _public([*(word for found in likely.values() for _, word in found), *_each(pairs.values())])
    instead: dict[Term, tuple[Term, ...]] = {}
    for term in missing:
        public = [(slips, word) for slips, word in likely[term] if word in there]
        best = [word for slips, word in public if slips == public[0][0]][:3]
        if news := best or [pair for pair in pairs[term] if pair in there]:
            instead[term] = tuple(news)
    groups = tuple(
        tuple(new for term in group for new in instead.get(term, (term,))) for group in query.groups
    )
    said = tuple(Spelling(term.typed, tuple(new.typed for new in news)) for term, news in instead.items())
    return replace(query, groups=groups), said


def _may_be_misspelt(term: Term) -> bool:
    word = term.words[0]
    return (
        len(term.words) == 1
        and not (term.exactly or term.is_stop or word.isdecimal())
        and len(word) >= SHORTEST_MISSPELT
    )


def _halves(word: str) -> list[tuple[str, str]]:
    """The ways to read it as two words; those have to stand side by side somewhere."""
    if len(word) > LONGEST_HALVED:
        return []
    return [(word[:at], word[at:]) for at in range(SHORTEST_HALF, len(word) - SHORTEST_HALF + 1)]


def _each[T](lists: Iterable[Iterable[T]]) -> list[T]:
    return [each for some in lists for each in some]


def _public(terms: Sequence[Term]) -> set[Term]:
    """Those of the terms that something public has. However many they are, the texts are gone through once."""
    if not terms:
        return set()
    found: Mapping[str, bool | None] = (
        Narrowing()
        .entries()
        .filter(vector=one_of(terms))
        .aggregate(**{f"has_{place}": BoolOr(Q(vector=one_of([term]))) for place, term in enumerate(terms)})
    )
    return {term for place, term in enumerate(terms) if found[f"has_{place}"]}


def _known_words(
    words: Sequence[str], halves: Sequence[tuple[str, str]]
) -> tuple[dict[str, list[str]], set[str]]:
    """The known words that share most letters in a row with each of these; and which of the halves are known words."""
    near: dict[str, list[str]] = {word: [] for word in words}
    alike = (
        SearchWord.objects.annotate(to=Value(word), distance=TrigramDistance("word", word))
        .order_by("distance")
        .values_list("to", "word")[:NEIGHBOURS]
        for word in near
    )
    asked = {half for pair in halves for half in pair} or {""}  # never none: an empty list asks nothing
    known: set[str] = set()
    just_those = SearchWord.objects.annotate(to=Value("")).filter(word__in=asked).values_list("to", "word")
    for to, word in just_those.union(*alike, all=True):
        if to:
            near[to].append(word)
        else:
            known.add(word)
    return near, known
