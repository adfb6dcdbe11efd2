"""A site of three pages in the site's own settings, for what only a running gunicorn can show."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from django.urls import path

from readinggroup.wsgi import application

__all__ = ["application"]


def who(request: HttpRequest) -> JsonResponse:
    """What the site takes the request for."""
    return JsonResponse(
        {
            "address": request.META["REMOTE_ADDR"],
            "link": request.build_absolute_uri(),
            "path": request.path,
            "secure": request.is_secure(),
        }
    )


def cookie(request: HttpRequest) -> HttpResponse:
    """Begin a session, as a login does."""
    request.session["at"] = "home"
    return HttpResponse("ok")


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken\non purpose")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Without the site's own page, which needs its addresses, its database and its collected files."""
    return HttpResponseNotFound("not found")


handler404 = not_found
urlpatterns = [path("who/", who), path("cookie/", cookie), path("broken/", broken)]
settings.ROOT_URLCONF = __name__
