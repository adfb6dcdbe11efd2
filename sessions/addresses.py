"""Addresses of this site as other programs have to be told them: in full."""

from django.conf import settings
from django.http import HttpRequest


def site_of(request: HttpRequest) -> str:
    """The address of the site, without a slash at its end: the one that it was given, else the one it was asked at."""
    return settings.SITE_URL or request.build_absolute_uri("/").rstrip("/")
