"""Compressed pages, where no proxy in front does it.

The admin's stay as they are: they hold tokens and what a visitor sent, in one text, and its compressed length would say
something of the tokens (BREACH, https://breachattack.com). Public pages hold no secret, and see no cookie.
"""

import re

from django.http import HttpRequest
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

from readinggroup.middleware import ADMIN, TEXT, GetResponse

# “Not acceptable” (RFC 9110, section 12.4.2), which Django takes for a yes.
_REFUSED = re.compile(r"\bgzip\s*;\s*q=0(?:\.0*)?\s*(?:,|$)", re.IGNORECASE)


class Compression(GZipMiddleware):
    """The same text always makes the same bytes, so that they have an ETag: there is no secret to hide its length of."""

    max_random_bytes = 0


def compressed_public_pages(get_response: GetResponse) -> GetResponse:
    """Text goes out in gzip to whoever reads that; pictures and uploaded files are small or compressed already."""
    compression = Compression(get_response)

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        is_text = response.get("Content-Type", "").startswith(TEXT)
        if isinstance(response, StreamingHttpResponse) or not is_text or request.path_info.startswith(ADMIN):
            return response
        if _REFUSED.search(request.headers.get("Accept-Encoding", "")):
            patch_vary_headers(response, ("Accept-Encoding",))
            return response
        return compression.process_response(request, response)

    return answer
