"""A form that brings more than the site takes: in the admin, a page says what was too much, and what to do."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.views import defaults

from readinggroup.middleware import ADMIN
from sessions.uploads import FILES_A_FORM, largest_file, largest_request

TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """The site's answer to what cannot be taken (400), and to a form of the admin that is too large (413)."""
    if not (
        isinstance(exception, TOO_MUCH)
        and request.method == "POST"
        and request.path_info.startswith(ADMIN)
        and hasattr(request, "user")
    ):
        return defaults.bad_request(request, exception)
    context = {
        **admin.site.each_context(request),
        "title": "Too much for one form",
        "said": _said(request, exception),
        "is_nav_sidebar_enabled": False,
    }
    return TemplateResponse(request, "admin/too_much.html", context, status=413).render()


def _said(request: HttpRequest, exception: Exception) -> str:
    """What was too much."""
    if isinstance(exception, TooManyFieldsSent):
        most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
        return f"It has more than {most:,} fields. Save, or choose, fewer rows at a time."
    if isinstance(exception, TooManyFilesSent):
        return f"It has places for more than {settings.DATA_UPLOAD_MAX_NUMBER_FILES} files. Save fewer rows at a time."
    if int(request.META.get("CONTENT_LENGTH") or 0) > largest_request():
        each = filesizeformat(largest_file())
        return f"Its files are too large together. Choose fewer: up to {FILES_A_FORM} of {each} each."
    size = filesizeformat(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    return f"Its text has more than {size}. Shorten it, or put a part of it elsewhere and give the link."
