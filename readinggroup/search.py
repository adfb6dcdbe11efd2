"""Search over sessions, papers, resources and people: PostgreSQL's full text, and parts of words as typed.

Case, accents and the TeX of accents make no difference on either side: “schrodinger” finds Schr\\"odinger.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector
from django.db import models
from django.db.models import F, Func, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce, Concat
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from papers import arxiv
from papers.models import Paper, PaperTitle, Resource
from papers.tex import to_text
from sessions.models import Group, Material, Person, PersonName, Reading, Session

LONGEST = 200  # characters of a query that are looked at
# Characters of heading, contents and prose each that are looked at: above any paper's or session's. PostgreSQL keeps a
# megabyte for the three together, and a character may take 10.5 bytes of it (“x-y” is kept whole and in its parts).
LONGEST_TEXT = 30_000
MOST = 30  # results of each kind
SHORTEST_PART = 3  # letters that are looked for inside words

# An accent's control sequence, and what else of TeX stands between letters: \" \c { } $ ^ _
_TEX = r"\\[cvuHkrbdt]\M\s*|\\[^a-zA-Z]|[\\{}$^_]"
_ACCENTS = r"[\u0300-\u036f]"


class Plain(Func):
    """Text without accents and their TeX, in small letters, as `plain` makes it of a query; its beginning, if it is long.

    It is cut before, to spare work, and after, since normalizing makes up to 18 characters of one.
    """

    function = "normalize"
    template = (
        f"left(regexp_replace(lower(normalize(regexp_replace(left(%(expressions)s, {LONGEST_TEXT}), "
        f"'{_TEX}', '', 'g'), NFKD)), '{_ACCENTS}', '', 'g'), {LONGEST_TEXT})"
    )
    output_field = TextField()


def plain(text: str) -> str:
    """The query as `Plain` would write it."""
    decomposed = unicodedata.normalize("NFKD", to_text(text).casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


@dataclass(frozen=True)
class Results:
    """What was found of each kind, best first; at most MOST + 1, the last of which says that there is more."""

    sessions: list[Session]
    papers: list[Paper]
    resources: list[Resource]
    people: list[Person]

    def __bool__(self) -> bool:
        return any((self.sessions, self.papers, self.resources, self.people))


def find(words: str, now: datetime) -> Results:
    """Everything public that has these words in it, in one query a kind."""
    return Results(
        _ranked(_sessions(now), words, "-number"),
        _ranked(_papers(), words, "slug"),
        _ranked(_resources(), words, "title"),
        _ranked(_people(), words, "slug", config="simple"),
    )


def _ranked[M: models.Model](rows: QuerySet[M], words: str, then: str, config: str = "english") -> list[M]:
    """The rows whose `heading` (most), `contents` or `prose` (least) match, best first."""
    vector = (
        SearchVector("heading", weight="A", config=config)
        + SearchVector("contents", weight="B", config=config)
        + SearchVector("prose", weight="D", config=config)
    )
    query = SearchQuery(plain(words), search_type="websearch", config=config)
    matches = Q(vector=query)
    if len(plain(words)) >= SHORTEST_PART:
        matches |= Q(heading__contains=plain(words))
    best = rows.annotate(vector=vector, rank=SearchRank(F("vector"), query)).filter(matches)
    return list(best.defer(*_unseen(rows)).order_by("-rank", then)[: MOST + 1])


def _unseen(rows: QuerySet[Any]) -> list[str]:
    """Long texts that a list of results does not show."""
    shown = {field.name for field in rows.model._meta.get_fields()}
    return sorted(shown & {"summary", "abstract"})


def _joined(rows: QuerySet[Any], value: str | Func) -> Func:
    """One text of many rows."""
    texts = ArraySubquery(rows.annotate(text=value if isinstance(value, Func) else F(value)).values("text"))
    return Func(texts, Value(" "), function="array_to_string", output_field=TextField())


def _sessions(now: datetime) -> QuerySet[Session]:
    line = Concat(
        "label",
        Value(" "),
        "note",
        Value(" "),
        "paper__title",
        Value(" "),
        "resource__title",
        output_field=TextField(),
    )
    lines = _joined(Reading.objects.order_by().filter(session=OuterRef("pk")), line)
    materials = _joined(Material.objects.order_by().filter(session=OuterRef("pk")), "label")
    # "week 8" finds week 8, and "week 17" the session that stands for weeks 16 and 17.
    word = Coalesce(Subquery(Group.objects.values("session_word")[:1]), Value(Group().session_word))
    numbers = Func(F("number"), Coalesce("last_number", "number"), function="generate_series")
    every = ArraySubquery(Session.objects.filter(pk=OuterRef("pk")).annotate(each=numbers).values("each"))
    numbered = Func(every, Value(" "), function="array_to_string", output_field=TextField())
    name = Concat(word, Value(" "), numbered, Value(" "), "title", output_field=TextField())
    return (
        Session.objects.public()
        .with_time(now)
        .annotate(
            heading=Plain(name),
            contents=Plain(Concat(lines, Value(" "), materials, output_field=TextField())),
            prose=Plain("summary"),
        )
    )


def _papers() -> QuerySet[Paper]:
    titles = _joined(PaperTitle.objects.order_by().filter(paper=OuterRef("pk")), "key")
    name = Concat("title", Value(" "), titles, output_field=TextField())
    return Paper.objects.public().annotate(
        heading=Plain(name), contents=Plain("authors"), prose=Plain("abstract")
    )


def _resources() -> QuerySet[Resource]:
    papers = ArraySubquery(
        Paper.objects.public().filter(resources=OuterRef("pk")).order_by("slug").values("title")
    )
    joined = Func(papers, Value(" "), function="array_to_string", output_field=TextField())
    return Resource.objects.public().annotate(
        paper_titles=papers, heading=Plain("title"), contents=Plain(joined), prose=Plain("url")
    )


def _people() -> QuerySet[Person]:
    names = _joined(PersonName.objects.order_by().filter(person=OuterRef("pk")), "name")
    name = Concat("name", Value(" "), names, output_field=TextField())
    nothing = Value("", output_field=TextField())
    return Person.objects.public().annotate(heading=Plain(name), contents=nothing, prose=nothing)


@require_safe
def search(request: HttpRequest) -> HttpResponseBase:
    """What was found; the paper itself where its arXiv id, DOI or address was pasted."""
    words = " ".join(request.GET.get("q", "").replace("\0", " ")[:LONGEST].split())
    identifier = arxiv.arxiv_id(words) or arxiv.doi(words)
    if words and (identifier or "://" in words) and (paper := Paper.objects.public().at(words).first()):
        return redirect(paper)
    context = {
        "words": words,
        "identifier": identifier,
        "results": find(words, timezone.now()) if words else None,
        "most": MOST,
    }
    return TemplateResponse(request, "search.html", context)
