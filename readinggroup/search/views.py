"""The page of the search, and the part of it that changes while somebody types."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from papers import arxiv
from papers.models import Paper
from readinggroup.search.answers import answers
from readinggroup.search.filters import ADDRESSES, HAS, KINDS, Narrowing, SearchForm
from readinggroup.search.finding import PAGE, Found, find
from readinggroup.search.index import SearchEntry
from readinggroup.search.matching import Wanted
from readinggroup.search.mending import Spelling
from readinggroup.search.words import Query, parse
from sessions.context_processors import current_or_default
from sessions.models import Group, Person

logger = logging.getLogger(__name__)


@require_safe
def search(request: HttpRequest) -> HttpResponseBase:
    """What was found; the paper itself where its arXiv id, DOI or address was pasted."""
    form = SearchForm(request.GET)
    form.is_valid()
    if paper := pasted(form.words, request):
        return redirect(paper)
    context = _results(form, None) | {
        "form": form,
        "kinds": KINDS,
        "has": HAS,
        "people": presenters(),
    }
    return TemplateResponse(request, "search.html", context)


@require_safe
def results(request: HttpRequest) -> HttpResponseBase:
    """The same without the page around it, and with a pasted paper as the first result; asked for by js/search.js."""
    form = SearchForm(request.GET)
    form.is_valid()
    context = _results(form, pasted(form.words, request))
    return TemplateResponse(request, "search.html#results", context, headers={"X-Robots-Tag": "noindex"})


def presenters() -> list[tuple[str, str]]:
    """Whom sessions can be asked by, as slug and name; nobody while the database is down, so that the form can be shown."""
    try:
        return list(Person.objects.public().order_by("name", "slug").values_list("slug", "name"))
    except (InterfaceError, OperationalError) as error:
        logger.warning("The filters name nobody: %s", " ".join(str(error).split()))
        return []


def pasted(words: str, request: HttpRequest) -> Paper | None:
    """The paper whose arXiv id, DOI, or address, there or on this site, is all that was typed."""
    papers = Paper.objects.public()
    if arxiv.arxiv_id(words) or arxiv.doi(words) or "://" in words:
        if slug := _slug_here(words, request):
            return papers.with_slug(slug).first()
        return papers.at(words).first()
    return None


def _slug_here(words: str, request: HttpRequest) -> str:
    """Of an address of a paper's page on this site: its slug."""
    try:
        link = urlsplit(words)
    except ValueError:
        return ""
    found = re.fullmatch(rf"{reverse('papers')}([-\w]+)/?", link.path)
    return (
        found[1] if found and link.netloc in {request.get_host(), urlsplit(settings.SITE_URL).netloc} else ""
    )


def _results(form: SearchForm, paper: Paper | None) -> dict[str, Any]:
    """All that the template says of what was found."""
    group, query, narrowing = current_or_default(), parse(form.words), form.narrowing()
    page = form.page_number
    findings = find(query, narrowing, page) if query or narrowing else None
    shown = list(findings.answers) if findings else []
    if "page" in form.errors or (page > 1 and not shown):
        raise Http404("There is nothing on this page of the results.")
    if paper:
        this = Found(SearchEntry.Kind.PAPER, paper.pk, paper.title, "", [])
        others = [each for each in shown if (each.kind, each.thing) != (this.kind, this.thing)]
        shown = [this, *others]
    wanted_query = findings.query if findings else Query()
    count = max(findings.count if findings else 0, len(shown))
    start = (page - 1) * PAGE
    return {
        "group": group,
        "words": form.words,
        "word": "number" if group.session_word == "#" else group.session_word.lower(),
        "query": query,
        "identifier": arxiv.arxiv_id(form.words) or arxiv.doi(form.words),
        "findings": findings,
        "answers": answers(shown, Wanted(wanted_query), group, timezone.now()) if findings or paper else [],
        "count": count,
        "first": start + 1 if page > 1 else 0,
        "last": start + len(shown),
        "narrowed": _narrowed(form, narrowing, group),
        "anywhere": _address(form.words, Narrowing()),
        "exactly": _address(_quoted(query, findings.spellings), narrowing) if findings else "",
        "next": _address(form.words, narrowing, page + 1) if findings and findings.goes_on else "",
        "previous": _address(form.words, narrowing, page - 1) if page > 1 else "",
    }


def _narrowed(form: SearchForm, narrowing: Narrowing, group: Group) -> list[tuple[str, str]]:
    """What narrows the list, in words, each with the address of the list without it."""
    word = "" if group.session_word == "#" else group.session_word.lower()
    first, last = narrowing.first, narrowing.last
    said = []
    if narrowing.kind:
        said.append((f"only {dict(KINDS)[narrowing.kind]}", replace(narrowing, kind="")))
    if first is not None or last is not None:
        weeks = (
            f"{word} {first}"
            if first == last
            else f"{word} {first} to {last}"
            if None not in (first, last)
            else f"from {word} {first}"
            if last is None
            else f"up to {word} {last}"
        )
        said.append((" ".join(weeks.split()), replace(narrowing, first=None, last=None)))
    if narrowing.person:
        said.append((f"with {narrowing.person}", replace(narrowing, person=None)))
    for each in narrowing.has:
        rest = tuple(other for other in narrowing.has if other != each)
        said.append((f"with {dict(HAS)[each]}", replace(narrowing, has=rest)))
    return [(text, _address(form.words, without)) for text, without in said]


def _address(words: str, narrowing: Narrowing, page: int = 1) -> str:
    """The address of a search."""
    query = QueryDict(mutable=True)
    query["q"] = words
    for name, value in (
        ("kind", narrowing.kind),
        ("first", narrowing.first),
        ("last", narrowing.last),
        ("presenter", narrowing.person.slug if narrowing.person else ""),
        ("page", page if page > 1 else None),
    ):
        if value not in ("", None):
            query[ADDRESSES.get(name, name)] = str(value)
    query.setlist("has", list(narrowing.has))
    return f"{reverse('search')}?{query.urlencode()}"


def _quoted(query: Query, spellings: tuple[Spelling, ...]) -> str:
    """The words as typed, those in quotes that nothing has: they are looked for exactly."""
    text = query.text
    for spelling in spellings:
        text = text.replace(spelling.typed, f'"{spelling.typed}"', 1)
    return text
