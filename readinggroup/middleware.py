"""Rules for every answer, which no view has to think of."""

import codecs
from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.middleware.http import ConditionalGetMiddleware
from django.template.loader import render_to_string

from papers.invisible import TURNS_AROUND

GetResponse = Callable[[HttpRequest], HttpResponseBase]
ADMIN = "/admin/"
READ = {"GET", "HEAD"}
TEXT = ("text/", "image/svg+xml", "application/json", "application/atom+xml", "application/xml")


def no_body_for_head(get_response: GetResponse) -> GetResponse:
    """HEAD gets the headers of GET and no body: Django leaves that to the server, and gunicorn logs a warning."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.method == "HEAD":
            if isinstance(response, StreamingHttpResponse):
                response.streaming_content = []
            else:
                response.content = b""  # type: ignore[attr-defined]
        return response

    return answer


def only_utf_8(get_response: GetResponse) -> GetResponse:
    """Whoever announces a charset other than UTF-8 gets 400.

    Browsers send no other. Django would read a form, and even the address, by any of Python's codecs, some of which
    read no text at all.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        charset = (request.content_params or {}).get("charset")
        if charset is not None:
            request.encoding = "utf-8"  # also for the page that says so
            if not _is_utf_8(charset):
                raise BadRequest("The charset of a request has to be UTF-8.")
        return get_response(request)

    return answer


def _is_utf_8(charset: str) -> bool:
    """Whether it is a name of UTF-8, or of ASCII, which is a part of it."""
    try:
        return codecs.lookup(charset).name in {"utf-8", "ascii"}
    except LookupError:
        return False


def cookies_only_for_the_admin(get_response: GetResponse) -> GetResponse:
    """Public pages see no cookie, and so neither delete, renew nor vary on one: every visitor gets the same page."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(ADMIN):
            request.COOKIES = {}
        return get_response(request)

    return answer


def no_text_turns_the_rest_around(get_response: GetResponse) -> GetResponse:
    """What a public page says is without characters that cannot be seen and change what stands beside them.

    A title copied from a PDF may open an override (UAX #9, 2.2) that it never closes, or hold a control character that
    HTML forbids. What people wrote stays as it is, for exports; here all that anybody reads goes by, titles in the page's
    head, calendars and data included. Right-to-left titles need none of these: their letters say which way they run.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        is_text = response.get("Content-Type", "").startswith(TEXT)
        if isinstance(response, HttpResponse) and is_text and not request.path_info.startswith(ADMIN):
            text = response.content.decode()
            if TURNS_AROUND.search(text):
                response.content = TURNS_AROUND.sub("", text)
        return response

    return answer


class ConditionalReads(ConditionalGetMiddleware):
    """HEAD is told all that GET is, its ETag or a 304 included (RFC 9110, 9.3.2 and 13.1.2): Django looks at GET only."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        method = request.method
        request.method = "GET" if method == "HEAD" else method
        try:
            return super().process_response(request, response)
        finally:
            request.method = method


class PublicPagesAreOnlyRead:
    """Whoever sends something to a public page gets 405 and what is allowed: no form leads there, and none is checked.

    Comes before the check for forged forms, which would speak of cookies that a public page never set. An address that
    does not exist stays one.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponseBase | None:
        if request.path_info.startswith(ADMIN) or request.method in READ:
            return None
        return HttpResponseNotAllowed(sorted(READ), render_to_string("405.html"))
