"""What is found for a query: the database says what has the words, `scoring` what of it comes first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_

from django.contrib.postgres.search import SearchQueryCombinable, SearchRank
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Length

from readinggroup.search.asking import FIRST_HAND, all_of, any_of
from readinggroup.search.filters import Narrowing
from readinggroup.search.index import SearchEntry
from readinggroup.search.initials import letters_of, places_in_any_order
from readinggroup.search.mending import Spelling, mend
from readinggroup.search.scoring import Score
from readinggroup.search.words import Query

MOST = 200  # the most that is put in order; of more, the database's rougher order says which
PAGE = 30  # answers on a page


@dataclass(frozen=True)
class Found:
    """A row of the index that answers a query."""

    kind: int
    thing: int
    title: str
    names: str
    lines: list[list[str]]


@dataclass(frozen=True)
class Findings:
    """The answers of a page, best first; `goes_on` if there are more. `query` is what was looked for in the end."""

    answers: list[Found] = field(default_factory=list)
    query: Query = field(default_factory=Query)
    goes_on: bool = False
    count: int = 0  # of all that was put in order
    spellings: tuple[Spelling, ...] = ()
    is_partial: bool = False  # nothing has all of the words: these have some
    in_any_order: bool = False  # nothing has the word: these have its letters as initials, in another order


def find(query: Query, narrowing: Narrowing, page: int = 1, *, as_typed: bool = False) -> Findings:
    """The answers to the words; where nothing has them all, to words like them, else to some of them, or to initials.

    `as_typed` is for what is one thing, such as an address: nothing is like it, and a part of it is not it.
    """
    entries = narrowing.entries()
    if not query:
        return Findings() if query.without else _everything(entries, page)
    if found := _ranked(entries, query, all_of(query)):
        return _page(found, query, page)
    if as_typed:
        return Findings(query=query)
    mended, spellings = mend(query)
    if spellings and (found := _ranked(entries, mended, all_of(mended))):
        return replace(_page(found, mended, page), spellings=spellings)
    may_be_partial = len(mended.asked) > 1 and not narrowing and not any(term.exactly for term in query.terms)
    if may_be_partial and (found := _ranked(entries, mended, any_of(mended))):
        return replace(_page(found, mended, page), spellings=spellings, is_partial=True)
    if found := _by_initials_in_any_order(entries, query):
        return replace(_page(found, query, page), in_any_order=True)
    return Findings(query=query)


def _everything(entries: QuerySet[SearchEntry], page: int) -> Findings:
    """All that passes the filters: sessions, newest first, papers, resources, people."""
    start = (page - 1) * PAGE
    rows = entries.filter(paper=0).order_by("kind", "-number", "heading", "thing")
    found = [Found(*row) for row in rows.values_list(*FIELDS)[start : start + PAGE + 1]]
    return Findings(found[:PAGE], goes_on=len(found) > PAGE, count=start + min(len(found), PAGE))


def _by_initials_in_any_order(entries: QuerySet[SearchEntry], query: Query) -> list[Found]:
    """What has the letters of the only word as the initials of its title, the shortest first: no index knows, so the
    database says of which titles it may be.
    """
    terms = [term for group in query.asked for term in group]
    may_be = letters_of(terms[0]) if len(terms) == 1 and not query.without else []
    if not may_be:
        return []
    rows = entries.filter(reduce(or_, map(_may_have_initials, may_be)), paper=0)
    return [
        Found(*row)
        for *row, heading in rows.order_by(Length("heading"), "kind", "heading", "thing").values_list(
            *FIELDS, "heading"
        )[:MOST]
        if any(places_in_any_order(letters, heading.split()) for letters in may_be)
    ]


def _may_have_initials(letters: str) -> Q:
    """Whether a title has enough words that begin with each of the letters, and is not much longer."""
    found = Q(heading__regex=rf"^\S+( \S+){{{len(letters) - 1},{2 * len(letters)}}}$")
    for letter, times in Counter(letters).items():
        found &= Q(heading__regex=rf"(\m{letter}.*){{{times}}}")
    return found


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
    # Sessions that only read a paper by somebody come after what has all words itself.
    best = SearchEntry.objects.filter(pk__in=roughly.values("pk")[:MOST]).annotate(
        rank=SearchRank(F("vector"), anything, normalization=Value(32)),
        hand=Case(
            When(vector=all_of(query, weights=FIRST_HAND, without=False), then=Value(1)), default=Value(2)
        ),
    )
    found: dict[tuple[int, int], tuple[tuple[int, float, int, int, str, int], Found]] = {}
    for kind, thing, title, names, lines, number, heading, rank, hand in best.values_list(
        *FIELDS, "number", "heading", "rank", "hand"
    ):
        points = score.of(heading, names, lines, rank)
        order = (hand, -points, kind, -number, heading, thing)
        if (kind, thing) not in found or order < found[kind, thing][0]:
            found[kind, thing] = (order, Found(kind, thing, title, names, lines))
    return [each for _, each in sorted(found.values(), key=lambda pair: pair[0])]
