"""A database that is gone, or too slow, is no fault of the site: visitors are told to come back, the log gets one line."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.utils.log import log_response
from django.views import defaults

from papers.refusals import gave_way
from sessions.unavailable import unavailable

# By the first two characters of its code (https://www.postgresql.org/docs/current/errcodes-appendix.html): no connection,
# nothing left to work with, an operator's hand or a time limit, the machine below it.
_AWAY = ("08", "53", "57", "58")


def server_error(request: HttpRequest) -> HttpResponse:
    """The site's answer to whatever broke (handler500): 503 while the database is out of reach, else 500."""
    error = sys.exception()
    if not is_outage(error):
        return defaults.server_error(request)
    response = unavailable(request)
    # Said here, so that Django does not say it again with a traceback for each visitor.
    reason = " ".join(str(error).split())
    log_response(
        "%s: %s: %s", response.reason_phrase, request.path, reason, response=response, request=request
    )
    return response


def is_outage(error: BaseException | None) -> bool:
    """Whether the same may succeed later: not what a wrong query, or a table that is missing, brings about."""
    if isinstance(error, OperationalError):
        code = getattr(error.__cause__, "sqlstate", None)
        return code is None or code.startswith(_AWAY) or gave_way(error)
    if isinstance(error, InterfaceError):  # a connection that was lost, or one that was misused
        return connection.connection is None or bool(connection.connection.closed)
    return False
