"""What is said while something that the site needs is out of reach."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

READ = {"GET", "HEAD"}


def unavailable(request: HttpRequest) -> HttpResponse:
    """503 in plain words: asks nothing of the database, is kept by nobody, and worth another try in a minute."""
    page = render_to_string("503.html", {"sent": request.method not in READ})
    return HttpResponse(page, status=503, headers={"Retry-After": "60", "Cache-Control": "no-store"})
