"""What is found for a query: the database says what has the words, `scoring` what of it comes first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import and_, or_

from django.contrib.postgres.search import SearchQuery, SearchQueryCombinable, SearchRank, TrigramDistance
from django.db.models import Case, F, QuerySet, Value, When

from readinggroup.search.filters import Narrowing
from readinggroup.search.index import SearchEntry, SearchWord
from readinggroup.search.matching import also_written
from readinggroup.search.scoring import Score
from readinggroup.search.spellings import SHORTEST_MISSPELT, nearest
from readinggroup.search.words import Query, Term

MOST = 200  # the most that is put in order; of more, the database's rougher order says which
PAGE = 30  # answers on a page
NEIGHBOURS = 40  # words like a misspelt one that are looked at
SHORTEST_HALF = 3  # letters of each of two words that were written as one


@dataclass(frozen=True)
class Found:
    """A row of the index that answers a query."""

    kind: int
    thing: int
    title: str
    names: str
    lines: list[list[str]]


@dataclass(frozen=True)
class Spelling:
    """A word that nothing has, and those that were looked for instead."""

    typed: str
    instead: tuple[str, ...]


@dataclass(frozen=True)
class Findings:
    """The answers of a page, best first; `goes_on` if there are more. `query` is what was looked for in the end."""

    answers: list[Found] = field(default_factory=list)
    query: Query = field(default_factory=Query)
    goes_on: bool = False
    count: int = 0  # of all that was put in order
    spellings: tuple[Spelling, ...] = ()
    is_partial: bool = False  # nothing has all of the words: these have some


def find(query: Query, narrowing: Narrowing, page: int = 1) -> Findings:
    """The answers to the words; where nothing has them all, to words like them, else to some of them."""
    entries = narrowing.entries()
    if not query:
        return Findings() if query.without else _everything(entries, page)
    if found := _ranked(entries, query, all_of(query)):
        return _page(found, query, page)
    mended, spellings = mend(query)
    if spellings and (found := _ranked(entries, mended, all_of(mended))):
        return replace(_page(found, mended, page), spellings=spellings)
    may_be_partial = len(mended.asked) > 1 and not narrowing and not any(term.exactly for term in query.terms)
    if may_be_partial and (found := _ranked(entries, mended, any_of(mended))):
        return replace(_page(found, mended, page), spellings=spellings, is_partial=True)
    return Findings(query=query)


def _everything(entries: QuerySet[SearchEntry], page: int) -> Findings:
    """All that passes the filters: sessions, newest first, papers, resources, people."""
    start = (page - 1) * PAGE
    rows = entries.filter(paper=0).order_by("kind", "-number", "heading", "thing")
    found = [Found(*row) for row in rows.values_list(*FIELDS)[start : start + PAGE + 1]]
    return Findings(found[:PAGE], goes_on=len(found) > PAGE, count=start + min(len(found), PAGE))


FIELDS = ("kind", "thing", "title", "names", "lines")


def _page(found: list[Found], query: Query, page: int) -> Findings:
    start = (page - 1) * PAGE
    return Findings(found[start : start + PAGE], query, goes_on=len(found) > start + PAGE, count=len(found))


def _ranked(entries: QuerySet[SearchEntry], query: Query, matching: SearchQueryCombinable) -> list[Found]:
    """What matches, best first, each thing once."""
    score = Score(query)
    everything, anything = all_of(query, without=False), any_of(query, without=False)
    roughly = (
        entries.filter(vector=matching)
        .annotate(
            in_title=Case(
                When(heading=score.wording, then=Value(2)),
                When(heading_vector=everything, then=Value(1)),
                default=Value(0),
            ),
            title_rank=SearchRank(F("heading_vector"), anything, normalization=Value(2)),
        )
        .order_by("-in_title", "-title_rank", "kind", "-number", "heading", "thing", "paper")
    )
    # The rank by all words is asked of the best only: it has to read their texts.
    best = SearchEntry.objects.filter(pk__in=roughly.values("pk")[:MOST]).annotate(
        rank=SearchRank(F("vector"), anything, normalization=Value(32))
    )
    found: dict[tuple[int, int], tuple[tuple[float, int, int, str, int], Found]] = {}
    for kind, thing, title, names, lines, number, heading, rank in best.values_list(
        *FIELDS, "number", "heading", "rank"
    ):
        points = score.of(heading, names, lines, rank)
        order = (-points, kind, -number, heading, thing)
        if (kind, thing) not in found or order < found[kind, thing][0]:
            found[kind, thing] = (order, Found(kind, thing, title, names, lines))
    return [each for _, each in sorted(found.values(), key=lambda pair: pair[0])]


def all_of(query: Query, *, without: bool = True) -> SearchQueryCombinable:
    """That every group is found of which it is asked, and nothing of what is left out."""
    weights = "AB" if query.only_stops else ""
    groups = [reduce(or_, (of_term(term, weights) for term in group)) for group in query.asked]
    return _but_not(reduce(and_, groups), query.without if without else ())


def any_of(query: Query, *, without: bool = True) -> SearchQueryCombinable:
    terms = [of_term(term) for group in query.asked for term in group]
    return _but_not(reduce(or_, terms), query.without if without else ())


def _but_not(found: SearchQueryCombinable, without: Iterable[Term]) -> SearchQueryCombinable:
    for term in without:
        for way in ways(replace(term, open_ended=False)):
            found &= ~way
    return found


def of_term(term: Term, weights: str = "") -> SearchQueryCombinable:
    """That a term is found, in whatever way."""
    return reduce(or_, ways(term, weights))


def ways(term: Term, weights: str = "") -> list[SearchQuery]:
    """The ways to find a term: as it is, or as the beginning of a word; with other endings; in other spellings.

    `weights` says which parts of an entry are looked at; all where it is empty.
    """
    beginning = f"{weights}*" if term.open_ended else weights
    found = [_side_by_side(term.words, "simple", weights, beginning)]
    if not term.exactly:
        others = (term.words, *also_written(term))
        # English drops words such as “the”, and a query of nothing would join all.
        found += [_side_by_side(words, "english", weights, weights) for words in others if not term.is_stop]
    return found


def _side_by_side(words: Sequence[str], config: str, weights: str, weights_of_last: str) -> SearchQuery:
    """Plain words, which have no quote in them, as PostgreSQL's to_tsquery reads them."""
    marks = [*[weights] * (len(words) - 1), weights_of_last]
    operands = (f"'{word}':{mark}" if mark else f"'{word}'" for word, mark in zip(words, marks, strict=True))
    return SearchQuery(" <-> ".join(operands), config=config, search_type="raw")


# --- Words that nothing has -------------------------------------------------------------------------------
def mend(query: Query) -> tuple[Query, tuple[Spelling, ...]]:
    """The query with the words that nothing public has replaced by the most likely ones, and what was replaced."""
    public = Narrowing().entries()
    single = [term for term in query.terms if len(term.words) == 1 and not term.exactly and not term.is_stop]
    long_enough = [
        term for term in single if len(term.words[0]) >= SHORTEST_MISSPELT and not term.words[0].isdecimal()
    ]
    missing = _missing(public, long_enough)
    if not missing:
        return query, ()
    near = _neighbours([term.words[0] for term in missing])
    candidates = {
        term: nearest(term.words[0], near[term.words[0]], begins=term.open_ended) for term in missing
    }
    words = sorted({word for found in candidates.values() for _, word in found})
    as_terms = {word: Term((word,), word) for word in words}
    unknown = {term.words[0] for term in _missing(public, list(as_terms.values()))}
    instead: dict[Term, tuple[Term, ...]] = {}
    for term, found in candidates.items():
        known = [(distance, word) for distance, word in found if word not in unknown]
        best = [word for distance, word in known if distance == known[0][0]]
        if best:
            instead[term] = tuple(as_terms[word] for word in best[:3])
    instead |= _in_two(public, [term for term in missing if term not in instead])
    groups = tuple(
        tuple(new for term in group for new in instead.get(term, (term,))) for group in query.groups
    )
    said = tuple(Spelling(term.typed, tuple(new.typed for new in news)) for term, news in instead.items())
    return replace(query, groups=groups), said


def _in_two(public: QuerySet[SearchEntry], missing: Sequence[Term]) -> dict[Term, tuple[Term, ...]]:
    """For those that are two known words written as one, which stand side by side somewhere: the two."""
    halves = {
        term: [(word[:at], word[at:]) for at in range(SHORTEST_HALF, len(word) - SHORTEST_HALF + 1)]
        for term in missing
        for word in term.words
    }
    asked = {half for pairs in halves.values() for pair in pairs for half in pair}
    known = set(SearchWord.objects.filter(word__in=asked).values_list("word", flat=True)) if asked else set()
    pairs = {
        term: [Term(pair, " ".join(pair)) for pair in pairs if known.issuperset(pair)]
        for term, pairs in halves.items()
    }
    unknown = _missing(public, [pair for found in pairs.values() for pair in found])
    return {
        term: there for term, found in pairs.items() if (there := tuple(p for p in found if p not in unknown))
    }


def _missing(public: QuerySet[SearchEntry], terms: Sequence[Term]) -> list[Term]:
    """Those of the terms that nothing public has, in one query."""
    if not terms:
        return []
    first, *others = (
        public.filter(vector=of_term(term)).annotate(place=Value(place)).order_by().values_list("place")[:1]
        for place, term in enumerate(terms)
    )
    there = {place for (place,) in first.union(*others, all=True)}
    return [term for place, term in enumerate(terms) if place not in there]


def _neighbours(words: Sequence[str]) -> dict[str, list[str]]:
    """The known words that share most letters in a row with each of these, in one query."""
    first, *others = (
        SearchWord.objects.annotate(to=Value(word), distance=TrigramDistance("word", word))
        .order_by("distance")
        .values_list("to", "word")[:NEIGHBOURS]
        for word in words
    )
    found: dict[str, list[str]] = {word: [] for word in words}
    for to, word in first.union(*others, all=True):
        found[to].append(word)
    return found
