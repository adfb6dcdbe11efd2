"""A request that was cut off is not taken for a whole one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import BadRequest

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def whole_bodies(application: Application) -> Application:
    """Have reading fail where a body ends before its announced length.

    gunicorn, like other servers, ends the body where the connection ends; a form, or a file in it, cut off there
    would look complete. Django answers such a request with 403 and saves nothing.
    """

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or ""
        if length.isdigit():
            environ["wsgi.input"] = _Whole(environ["wsgi.input"], int(length))
        try:
            return application(environ, start_response)
        except (
            BadRequest
        ) as error:  # a Content-Type that Django cannot read, before it has a request to answer
            start_response("400 Bad Request", [("Content-Type", "text/plain; charset=utf-8")])
            return [f"{error}\n".encode()]

    return answer


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
