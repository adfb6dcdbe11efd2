"""The page of the search, and the part of it that changes while somebody types."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from papers.models import Paper
from readinggroup.search.answers import answers
from readinggroup.search.filters import SearchForm
from readinggroup.search.finding import Findings, Found, find
from readinggroup.search.index import SearchEntry
from readinggroup.search.matching import Wanted
from readinggroup.search.meant import (
    Thing,
    page_at,
    paper_among,
    query_of,
    reference,
    session_number,
    thing_at,
)
from readinggroup.search.page import FEW, ResultsPage, no_such_page, results_page, unanswered
from readinggroup.search.patience import SearchError, patience
from sessions.context_processors import current_or_default
from sessions.models import Group, Person, Session

OWN_PAGE = "That is a page of this site: press Enter to open it."
logger = logging.getLogger(__name__)


@require_safe
def search(request: HttpRequest) -> HttpResponseBase:
    """What was found; the page of what has the identifier or address that was pasted."""
    form, group, people = SearchForm.of(request.GET), Group(), list[tuple[str, str]]()
    try:
        with patience():
            group = current_or_default()
            form.find_presenter()
            if pasted := thing_at(form.words, request, group) or page_at(form.words, request):
                return redirect(pasted)
            people = presenters()
            page = searched(form, group)
    except SearchError as error:
        page = unanswered(form, group, took_too_long=error.took_too_long)
    context = {"page": page, "group": group, "form": form, "people": people}
    return TemplateResponse(request, "search.html", context, headers=page.headers, status=page.status)


@require_safe
def results(request: HttpRequest) -> HttpResponseBase:
    """The same without the page around it, so what is wrong with the form is said here; asked for by js/search.js.

    What has the identifier or address that was pasted is the first result.
    """
    form, group = SearchForm.of(request.GET), Group()
    try:
        with patience():
            group = current_or_default()
            form.find_presenter()
            page = searched(form, group, thing_at(form.words, request, group))
            if page.is_empty and page_at(form.words, request):
                page = replace(page, lead=OWN_PAGE, is_empty=False)
    except SearchError as error:
        page = unanswered(form, group, took_too_long=error.took_too_long)
    context = {"page": replace(page, notes=(*page.notes, *form.ignored)), "group": group}
    headers = {"X-Robots-Tag": "noindex"} | page.headers
    return TemplateResponse(request, "search.html#results", context, headers=headers, status=page.status)


def presenters() -> list[tuple[str, str]]:
    """Whom sessions can be asked by, as slug and name, in the order of /people/; nobody while the database is down, so that the form can be shown."""
    try:
        return list(Person.objects.public().order_by("slug").values_list("slug", "name"))
    except (InterfaceError, OperationalError) as error:
        logger.warning("The filters name nobody: %s", " ".join(str(error).split()))
        return []


def searched(form: SearchForm, group: Group, first: Thing | None = None) -> ResultsPage:
    """What was found for what the form asks, `first` before all."""
    query, narrowing = query_of(form.words), form.narrowing()
    if "page" in form.errors:
        return no_such_page(form, group)
    if not (query or narrowing or first):
        return results_page(form, Findings(), [], group)
    number = session_number(form.words, group)
    as_typed = number is not None or bool(reference(form.words))
    findings = find(query, narrowing, form.page_number, as_typed=as_typed)
    if not (first or narrowing) and form.page_number == 1:
        first = paper_among(form.words)
    found = _with_first(first, findings.answers)
    if form.page_number > 1 and not found:
        return no_such_page(form, group)
    missing = ""
    if (
        number is not None
        and not (found or narrowing)
        and not Session.objects.public().numbered(number).exists()
    ):
        missing = Session(number=number).called(group.session_word)
        found = list(map(_found, Session.objects.public().nearest(number)))
    shown = found[:FEW] if form.wants_few else found
    wanted = Wanted(findings.query, in_any_order=findings.in_any_order)
    return results_page(form, findings, answers(shown, wanted, group, timezone.now()), group, missing)


def _with_first(thing: Thing | None, found: Iterable[Found]) -> list[Found]:
    """What was found, the thing at its head."""
    if thing is None:
        return list(found)
    first = _found(thing)
    return [first, *(each for each in found if (each.kind, each.thing) != (first.kind, first.thing))]


def _found(thing: Thing) -> Found:
    """A thing as if its words had been found."""
    match thing:
        case Session():
            return Found(SearchEntry.Kind.SESSION, thing.pk, thing.title, "", [])
        case Paper():
            return Found(SearchEntry.Kind.PAPER, thing.pk, thing.title, "", [])
        case Person():
            return Found(SearchEntry.Kind.PERSON, thing.pk, thing.name, "", [])
