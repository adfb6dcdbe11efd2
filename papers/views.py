"""The pages that need no session. Those of papers say which sessions read them: see sessions/views.py."""

from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from papers.models import Resource


@require_safe
def resources(request: HttpRequest) -> HttpResponseBase:
    """Everything else to read or run, by kind."""
    return TemplateResponse(
        request, "papers/resources.html", {"resources": Resource.objects.by_kind().with_papers()}
    )
