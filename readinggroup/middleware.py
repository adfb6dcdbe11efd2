"""Two rules for every answer, which no view has to think of."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase, StreamingHttpResponse

GetResponse = Callable[[HttpRequest], HttpResponseBase]
ADMIN = "/admin/"


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


def cookies_only_for_the_admin(get_response: GetResponse) -> GetResponse:
    """Public pages see no cookie, and so neither delete, renew nor vary on one: every visitor gets the same page."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(ADMIN):
            request.COOKIES = {}
        return get_response(request)

    return answer
