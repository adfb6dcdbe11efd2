"""The front door."""

from django.db.models import F
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from sessions.mapping import whole_spine
from sessions.models import BacklogEntry, Group, Material, Session
from sessions.strip import strip

LATEST = 3
# As many as there is room for on a phone.
SESSIONS_IN_PICTURE = 40


@require_safe
def home(request: HttpRequest) -> HttpResponseBase:
    """What this is, what comes next, what was held last, and how far the group has come."""
    now = timezone.now()
    scheduled = Session.objects.scheduled(now).with_brief()
    # The next one that takes place, else the next of those that were to: both stand on the schedule.
    first = scheduled.order_by(F("state").desc(), F("starts_at").asc(nulls_last=True), "number").first()
    is_cancelled = first is not None and first.state == Session.State.CANCELLED
    group = Group.objects.current()
    latest = list(Session.objects.held(now).with_brief()[:LATEST])
    context = {
        "group": group,
        "strip": strip(whole_spine(group, now).latest(SESSIONS_IN_PICTURE)),
        "now": now,
        "next": None if is_cancelled else first,
        "cancelled": first if is_cancelled else None,
        "latest": latest,
        "recorded": next(filter(has_recording, latest), None),
        "coverage": BacklogEntry.objects.coverage(now),
    }
    return TemplateResponse(request, "home.html", context)


def has_recording(session: Session) -> bool:
    """Of a session found `with_brief`."""
    return any(material.kind == Material.Kind.RECORDING for material in session.materials.all())
