"""What is said while something that the site needs is out of reach."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

UNAVAILABLE = 503
# Worth another try in a minute, and kept by nobody.
TRY_AGAIN = {"Retry-After": "60", "Cache-Control": "no-store"}


def unavailable(request: HttpRequest) -> HttpResponse:
    """503 in plain words, asking nothing of the database."""
    page = render_to_string("503.html", {"sent": request.method not in ("GET", "HEAD")})
    return HttpResponse(page, status=UNAVAILABLE, headers=TRY_AGAIN)
