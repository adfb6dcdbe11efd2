"""What is found for a query: the database says what has the words, `scoring` what of it comes first."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from django.contrib.postgres.search import SearchQueryCombinable, SearchRank
from django.db.models import Case, F, QuerySet, Value, When

from readinggroup.search.asking import FIRST_HAND, all_of, any_of
from readinggroup.search.filters import Narrowing
from readinggroup.search.index import SearchEntry
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
