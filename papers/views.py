"""The pages that need no session. Those of papers say which sessions read them: see sessions/views.py."""

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from papers.models import Paper, Resource


@require_safe
def resources(request: HttpRequest) -> HttpResponseBase:
    """Everything else to read or run, by kind, with the papers that each belongs to."""
    papers = Prefetch("papers", Paper.objects.public())
    listed = Resource.objects.public().by_kind().prefetch_related(papers)
    return TemplateResponse(request, "papers/resources.html", {"resources": listed})
