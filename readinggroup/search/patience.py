"""No search keeps the database for longer than a visitor waits for it, however many questions it asks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from psycopg.errors import QueryCanceled

LONGEST = 4000  # ms for all questions together; the worst known take a tenth of it or less (bench/search.py)

logger = logging.getLogger(__name__)


class SearchError(Exception):
    """The database was stopped while it searched, or cannot be reached; `took_too_long` says which."""

    def __init__(self, *, took_too_long: bool) -> None:
        super().__init__()
        self.took_too_long = took_too_long


@contextmanager
def patience() -> Iterator[None]:
    """What is asked of the database within has LONGEST from now on, altogether; raises SearchError where that is too little,
    and where there is no database.
    """
    try:
        with _kept(), connection.execute_wrapper(_until(monotonic() + LONGEST / 1000)):
            yield
    except (InterfaceError, OperationalError, TimeoutError) as error:
        logger.warning("A search has no answer: %s", " ".join(str(error).split()))
        took_too_long = isinstance(error, TimeoutError) or isinstance(error.__cause__, QueryCanceled)
        raise SearchError(took_too_long=took_too_long) from error


def _until(end: float) -> Callable[..., None]:
    """Gives each question what is left until `end`, in seconds of the monotonic clock.

    The limit goes to the database in one message with its question, so it takes no way there and back of its own. Such a
    message is a transaction where there is none yet, and the limit ends with it: whoever has this connection next has
    none of it, behind a pooler too.
    https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT
    """

    def ask(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> None:
        left = int(1000 * (end - monotonic()))
        if left <= 0:  # as a limit, 0 is none
            raise TimeoutError(f"its {LONGEST} ms were over before its last question")
        execute(f"SET LOCAL statement_timeout = {left}; {sql}", params, many, context)
        context["cursor"].nextset()  # from what SET says to what the question finds

    return ask


@contextmanager
def _kept() -> Iterator[None]:
    """Where this is a part of a transaction, as in tests, its own limit is there again afterwards."""
    if not connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        before = cursor.fetchone()
        yield
        cursor.execute("SET LOCAL statement_timeout = %s", before)
