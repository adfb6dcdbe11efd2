"""Serving the files of materials: by the site itself, wherever they are kept."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.files.storage import storages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, http_date, parse_http_date_safe
from django.views.decorators.http import require_safe

from sessions.file_types import PDF, type_named
from sessions.models import Material
from sessions.unavailable import unavailable

CHUNK = 64 * 1024
# A session turned back into a draft takes its files along: nobody goes on showing them for longer than this.
PUBLIC = "public, max-age=60"
# Nothing in a file may load or run. Chromium shows pictures and PDFs all the same (tests/test_files_browser.py). Only
# the site's own pages may frame one, and only a PDF.
POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
POLICY_OF_PDFS = POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")

logger = logging.getLogger(__name__)


@require_safe
def file(request: HttpRequest, name: str) -> HttpResponseBase:
    """The file of a public session's material. Every other name is as unknown as a mistyped one."""
    if not Material.objects.of_public_sessions().filter(file=name).exists():
        raise Http404("no public session has this file")
    return file_response(request, name, PUBLIC)


def file_response(request: HttpRequest, name: str, cache_control: str) -> HttpResponseBase:
    """A stored file, in whole or the part that was asked for (RFC 9110, sections 13 and 14); 503 if it is out of reach.

    Raises Http404 where the storage does not have it.
    """
    storage = storages["default"]
    try:
        size, modified = storage.size(name), storage.get_modified_time(name)
        unchanged = get_conditional_response(request, _etag(name, size), int(modified.timestamp()))
        if unchanged is not None:
            return _with_headers(unchanged, name, size, modified, cache_control)
        part = _part_asked_for(request, size, _etag(name, size), modified)
        if part is not None and not part:
            response: HttpResponseBase = HttpResponse(status=416)
            response["Content-Range"] = f"bytes */{size}"
            return _with_headers(response, name, size, modified, "no-store")
        content = _Part(storage.open(name, "rb"), part or range(size))
    except FileNotFoundError:
        logger.warning("%s is named by a material, but not in the storage", name)
        raise Http404("the storage does not have this file") from None
    except Exception:  # each storage has its own
        logger.exception("%s could not be read from the storage", name)
        return unavailable(request)
    response = StreamingHttpResponse(content, status=206 if part else 200)
    response["Content-Length"] = str(len(part or range(size)))
    if part:
        response["Content-Range"] = f"bytes {part[0]}-{part[-1]}/{size}"
    return _with_headers(response, name, size, modified, cache_control)


def _with_headers(
    response: HttpResponseBase, name: str, size: int, modified: datetime, cache_control: str
) -> HttpResponseBase:
    kind = type_named(name)
    if response.status_code != 416:
        response["Content-Type"] = kind.content_type
        response["Content-Disposition"] = content_disposition_header(
            not kind.inline, name.rpartition("/")[2]
        ) or ("inline" if kind.inline else "attachment")
    is_framed = kind == PDF
    response["Content-Security-Policy"] = POLICY_OF_PDFS if is_framed else POLICY
    response["X-Frame-Options"] = "SAMEORIGIN" if is_framed else "DENY"
    response["X-Content-Type-Options"] = "nosniff"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = _etag(name, size)
    response["Last-Modified"] = http_date(modified.timestamp())
    response["Cache-Control"] = cache_control
    return response


def _etag(name: str, size: int) -> str:
    """A file never changes under its name; its size tells of one that came from elsewhere."""
    return f'"{hashlib.sha256(name.encode()).hexdigest()[:32]}-{size:x}"'


def _part_asked_for(request: HttpRequest, size: int, etag: str, modified: datetime) -> range | None:
    """The one range of bytes asked for, empty where there is none such; None for the whole file.

    Several ranges, or what is no range, are answered with the whole file, as RFC 9110 (14.2) allows.
    """
    asked = re.fullmatch(
        r"bytes=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", request.headers.get("Range", ""), re.ASCII
    )
    if not asked or request.method != "GET" or not (asked[1] or asked[2]):
        return None
    condition = request.headers.get("If-Range", "").strip()
    if condition and condition != etag and parse_http_date_safe(condition) != int(modified.timestamp()):
        return None
    if not asked[1]:
        return range(max(0, size - int(asked[2])), size)
    first, last = int(asked[1]), int(asked[2]) if asked[2] else size - 1
    if asked[2] and last < first:
        return None
    return range(first, min(last + 1, size))


class _Part:
    """These bytes of an open file, a chunk at a time; closed with the response, read or not."""

    def __init__(self, content: Any, part: range) -> None:
        self.content, self.left = content, len(part)
        try:
            if part:
                content.seek(part[0])
        except BaseException:
            content.close()
            raise

    def __iter__(self) -> Iterator[bytes]:
        while self.left and (chunk := self.content.read(min(CHUNK, self.left))):
            self.left -= len(chunk)
            yield chunk

    def close(self) -> None:
        self.content.close()
