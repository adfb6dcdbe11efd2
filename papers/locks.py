"""Waiting for who writes many tables at once: an import comes wholly before or after what somebody saves."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, models


def lock_for_writing(written: Iterable[type[models.Model]]) -> None:
    """Take now the lock that writing rows takes later, so that what is read from here on is what is written.

    An import locks the same tables against it. Two who save do not hinder each other:
    https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES (ROW EXCLUSIVE).
    """
    tables = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in written)
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {tables} IN ROW EXCLUSIVE MODE")
