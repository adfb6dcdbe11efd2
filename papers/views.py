"""The pages that need no session. Those of papers say which sessions read them: see sessions/views.py."""

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe
from django.views.defaults import page_not_found

from papers.keyset import NoPlaceError
from papers.models import Paper, Resource


@require_safe
def resources(request: HttpRequest) -> HttpResponseBase:
    """Everything else to read or run, by kind, with the papers that each belongs to."""
    papers = Prefetch("papers", Paper.objects.public())
    listed = Resource.objects.public().by_kind().prefetch_related(papers)
    return TemplateResponse(request, "papers/resources.html", {"resources": listed})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 (handler404); of a list that has no such page with why, and the way to its first one."""
    if isinstance(exception, NoPlaceError):
        return render(request, "papers/no_place.html", {"why": str(exception)}, status=404)
    return page_not_found(request, exception)
