"""A request that was cut off is not taken for a whole one; what it says that it brings can be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.http import parse_header_parameters

# In the place of what nobody can read; refused as every charset but UTF-8 is (`middleware.only_utf_8`).
UNREADABLE = "application/octet-stream; charset=unreadable"
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def whole_bodies(application: Application) -> Application:
    """Have reading fail where a body ends before its announced length, and a Content-Type that makes no sense refused.

    gunicorn, like other servers, ends the body where the connection ends; a form, or a file in it, cut off there
    would look complete. Django answers such a request with 403 and saves nothing.
    """

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or ""
        if length.isdigit():
            environ["wsgi.input"] = _Whole(environ["wsgi.input"], int(length))
        if not _is_readable(environ.get("CONTENT_TYPE") or ""):
            environ["CONTENT_TYPE"] = UNREADABLE
        return application(environ, start_response)

    return answer


def _is_readable(content_type: str) -> bool:
    """Whether Django can make a request of it. Where not, it would fail before it has one to answer.

    A value may be written in percents (RFC 2231), and so have a NUL in it, or half of a surrogate pair: Python looks for
    no charset of such a name.
    """
    try:
        _, parameters = parse_header_parameters(content_type)
    except ValueError:
        return False
    return parameters.get("charset", "").isprintable()


class _Whole:
    """Reads as the body does, and raises OSError where it ends too early."""

    def __init__(self, body: Any, length: int) -> None:
        self.body, self.missing = body, length

    def read(self, size: int = -1) -> bytes:
        return self._checked(self.body.read(size), size)

    def readline(self, size: int = -1) -> bytes:
        return self._checked(self.body.readline(size), size)

    def _checked(self, data: bytes, size: int) -> bytes:
        self.missing -= len(data)
        if not data and size and self.missing > 0:
            raise OSError(f"the connection ended {self.missing} bytes before the request did")
        return data
