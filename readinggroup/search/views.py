"""The page of the search, and the part of it that changes while somebody types."""

from __future__ import annotations

import logging
import re
from urllib.parse import urlsplit

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from papers import arxiv
from papers.models import Paper
from readinggroup.search.answers import answers
from readinggroup.search.filters import SearchForm
from readinggroup.search.finding import Findings, Found, find
from readinggroup.search.index import SearchEntry
from readinggroup.search.matching import Wanted
from readinggroup.search.page import FEW, ResultsPage, results_page, unanswered
from readinggroup.search.patience import SearchError, patience
from readinggroup.search.words import parse
from sessions.context_processors import current_or_default
from sessions.models import Group, Person

logger = logging.getLogger(__name__)


@require_safe
def search(request: HttpRequest) -> HttpResponseBase:
    """What was found; the paper itself where its arXiv id, DOI or address was pasted."""
    form, group, people = SearchForm.of(request.GET), Group(), list[tuple[str, str]]()
    try:
        with patience():
            group = current_or_default()
            form.find_presenter()
            if paper := pasted(form.words, request):
                return redirect(paper)
            people = presenters()
            page = searched(form, group)
    except SearchError as error:
        page = unanswered(form, group, took_too_long=error.took_too_long)
    context = {"page": page, "group": group, "form": form, "people": people}
    return TemplateResponse(request, "search.html", context, headers=page.headers, status=page.status)


@require_safe
def results(request: HttpRequest) -> HttpResponseBase:
    """The same without the page around it, and with a pasted paper as the first result; asked for by js/search.js."""
    form, group = SearchForm.of(request.GET), Group()
    try:
        with patience():
            group = current_or_default()
            form.find_presenter()
            page = searched(form, group, pasted(form.words, request))
    except SearchError as error:
        page = unanswered(form, group, took_too_long=error.took_too_long)
    context = {"page": page, "group": group}
    headers = {"X-Robots-Tag": "noindex"} | page.headers
    return TemplateResponse(request, "search.html#results", context, headers=headers, status=page.status)


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


def searched(form: SearchForm, group: Group, paper: Paper | None = None) -> ResultsPage:
    """What was found for what the form asks, `paper` before all."""
    query, narrowing = parse(form.words), form.narrowing()
    if not (query or narrowing or paper):
        return results_page(form, Findings(), [], group)
    findings = find(query, narrowing, form.page_number)
    found = _with_first(paper, findings.answers)
    shown = found[:FEW] if form.wants_few else found
    wanted = Wanted(findings.query, in_any_order=findings.in_any_order)
    said = answers(shown, wanted, group, timezone.now())
    if "page" in form.errors or (form.page_number > 1 and not found):
        raise Http404("There is nothing on this page of the results.")
    return results_page(form, findings, said, group)


def _with_first(paper: Paper | None, found: list[Found]) -> list[Found]:
    """What was found, the paper at its head."""
    if paper is None:
        return found
    first = Found(SearchEntry.Kind.PAPER, paper.pk, paper.title, "", [])
    return [first, *(each for each in found if (each.kind, each.thing) != (first.kind, first.thing))]
