"""The front door."""

from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from sessions.models import BacklogEntry, Session

LATEST = 3


@require_safe
def home(request: HttpRequest) -> HttpResponseBase:
    """What this is, what comes next, what was held last, and how far the group has come."""
    now = timezone.now()
    context = {
        "now": now,
        "next": Session.objects.upcoming(now).with_brief().first(),
        "latest": Session.objects.held(now).with_brief()[:LATEST],
        "coverage": BacklogEntry.objects.coverage(now),
    }
    return TemplateResponse(request, "home.html", context)
