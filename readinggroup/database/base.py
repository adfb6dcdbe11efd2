"""While the database cannot be reached, one thread at a time finds out; all others are told what the last one was.

A server that does not even refuse keeps whoever asks it waiting for as long as `connect_timeout`. If every thread waited
for it, none would be left for the pages that need no database, nor for /healthz.
https://docs.djangoproject.com/en/6.1/ref/databases/#subclassing-the-built-in-database-backends
"""

from __future__ import annotations

from threading import Lock
from typing import Any

import psycopg
from django.db.backends.postgresql import base

MOMENT = 0.2  # seconds


class DatabaseWrapper(base.DatabaseWrapper):
    """One thread's connection; what all threads of a process know of the server is the class's."""

    _turn = Lock()
    _reason = ""  # why it could not be reached the last time; empty since it was

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Raises psycopg.OperationalError, at once where somebody else is finding out."""
        if not self._reason:
            return self._asked(conn_params)
        # A database that is back, or refuses, says so at once: this is long enough for whoever asks it now.
        if not self._turn.acquire(timeout=MOMENT):
            raise psycopg.OperationalError(self._reason)
        try:
            return self._asked(conn_params)
        finally:
            self._turn.release()

    def _asked(self, conn_params: dict[str, Any]) -> Any:
        try:
            connection = super().get_new_connection(conn_params)
        except psycopg.OperationalError as error:
            DatabaseWrapper._reason = str(error)
            raise
        DatabaseWrapper._reason = ""
        return connection
