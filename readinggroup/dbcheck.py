"""Whether the database that DATABASE_URL names can be worked with, and in one line why not."""

from django.db import Error, NotSupportedError
from django.db.backends.base.base import BaseDatabaseWrapper

from readinggroup.devdb import DatabaseError


def check_database(connection: BaseDatabaseWrapper) -> str:
    """Connect, and say where to: host and port, never the password. Raises DatabaseError."""
    parameters = connection.settings_dict
    host, port = parameters["HOST"] or "the local socket", parameters["PORT"] or 5432
    place = f"{host}:{port}"
    try:
        connection.ensure_connection()
    except NotSupportedError as error:
        raise DatabaseError(f"the database at {place} is too old: {error}") from error
    except Error as error:
        reason = (str(error).splitlines() or ["no answer"])[0]
        raise DatabaseError(f"the database at {place} cannot be used (DATABASE_URL): {reason}") from error
    return place
