"""Who asks, and over which scheme, when a proxy stands in front: see "Behind a proxy" in docs/operations.md.

A proxy adds what it saw to the end of what came in (RFC 7239, section 4), and everything before that may have
been written by the client (section 8.1). So only the last word of a header is our own proxy's; the first, which
is often taken for the client's address, is whatever the client likes.
https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/X-Forwarded-For#selecting_an_ip_address
"""

from collections.abc import Callable
from ipaddress import ip_address

from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]


class TrustedProxyMiddleware:
    """Take scheme and client address from the proxy; the host stays that of the Host header, which it passes on.

    Comes first, and only where every request comes through exactly one proxy (BEHIND_PROXY). What it does not
    understand it leaves as the connection says.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        scheme = last(request.META.get("HTTP_X_FORWARDED_PROTO", "")).lower()
        if scheme in {"http", "https"}:
            request.META["wsgi.url_scheme"] = scheme
        address = address_in(last(request.META.get("HTTP_X_FORWARDED_FOR", "")))
        if address:
            request.META["REMOTE_ADDR"] = address
        return self.get_response(request)


def last(value: str) -> str:
    """The last word of a list in one or more header lines, which the server has joined with commas."""
    return value.rpartition(",")[2].strip()


def address_in(text: str) -> str:
    """The IP address in 192.0.2.1, 192.0.2.1:47011, 2001:db8::1 or [2001:db8::1]:47011; "" if there is none."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    if "%" in text:  # a zone means something on the proxy's machine only
        return ""
    try:
        return str(ip_address(text))
    except ValueError:
        return ""
