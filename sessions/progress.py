"""What a visitor has ticked stays in the browser; here is what it needs from the site, the same for everybody."""

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from sessions import syllabus as course
from sessions.models import Group

# May be kept, and is asked for again each time: by its ETag that costs no body.
REVALIDATED = {"Cache-Control": "public, no-cache"}
# Letters as they are, which is shorter, and lets the site look at what it says.
AS_LETTERS = {"ensure_ascii": False}


@require_safe
def syllabus(request: HttpRequest) -> HttpResponseBase:
    """The course as data: asked for only by browsers in which something is ticked."""
    found = course.as_document(course.syllabus(timezone.now()), Group.objects.current())
    return JsonResponse(found, headers=REVALIDATED, json_dumps_params=AS_LETTERS)


@require_safe
def tickable(request: HttpRequest) -> HttpResponseBase:
    """Everything that can be ticked, with its addresses: asked for by the page of one's progress."""
    found = {
        "format": course.FORMAT,
        "version": course.VERSION,
        "things": course.tickable(timezone.now(), Group.objects.current()),
        "moved": course.moved(),
    }
    return JsonResponse(found, headers=REVALIDATED, json_dumps_params=AS_LETTERS)


@require_safe
def progress(request: HttpRequest) -> HttpResponseBase:
    """What is kept where, and how to take it along."""
    return TemplateResponse(request, "sessions/progress.html")
