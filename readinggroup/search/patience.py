"""No question of a search keeps the database for longer than a visitor waits for it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

LONGEST = 4000  # ms for each question; the worst known take a tenth of it or less (bench/search.py)

logger = logging.getLogger(__name__)


class SearchError(Exception):
    """The database was stopped while it searched, or cannot be reached; `took_too_long` says which."""

    def __init__(self, *, took_too_long: bool) -> None:
        super().__init__()
        self.took_too_long = took_too_long


@contextmanager
def patience() -> Iterator[None]:
    """What is asked of the database within is stopped after LONGEST; raises SearchError then, and where there is no database.

    The limit is the transaction's own, so whoever has this connection next has none of it, behind a pooler too.
    """
    is_within_another = connection.in_atomic_block
    try:
        with transaction.atomic(savepoint=False), connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('statement_timeout'), set_config('statement_timeout', %s, true)",
                [str(LONGEST)],
            )
            before, _ = cursor.fetchone() or ("0", "")
            yield
            if is_within_another:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
    except (InterfaceError, OperationalError) as error:
        logger.warning("A search has no answer: %s", " ".join(str(error).split()))
        raise SearchError(took_too_long=isinstance(error.__cause__, QueryCanceled)) from error
