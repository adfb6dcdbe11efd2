"""What every test stands on: settings that no file of this machine changes, and the private PostgreSQL.

The settings read their environment once, so it is set here, before pytest-django loads them.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
import pytest_django
from django.db import connection, connections

from readinggroup import devdb
from tests.browsers import close_all

FILES = Path(tempfile.mkdtemp(prefix="readinggroup-tests-"))
(FILES / "static").mkdir()

for name in ("BEHIND_PROXY", "CACHE_URL", "DATABASE_POOL", "LOG_FORMAT", "SITE_URL"):
    os.environ.pop(name, None)
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "readinggroup.settings",
    "ENV_FILE": os.devnull,
    "DEBUG": "off",
    "SECRET_KEY": "only-the-tests-use-this-key-and-it-is-as-long-as-a-real-one",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1,[::1]",
    "SECURE_SSL_REDIRECT": "off",
    # Playwright's loop runs in the thread of the tests as long as a browser is open, and Django takes them for coroutines.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
    "MEDIA_ROOT": str(FILES / "media"),
    "STATIC_ROOT": str(FILES / "static"),
    # Names without a hash, so that no test needs collectstatic first.
    "STORAGES": json.dumps(
        {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    ),
}


def pytest_configure() -> None:
    """Start the private PostgreSQL, once: parallel workers inherit its address and find it running."""
    try:
        devdb.provide()
    except devdb.DatabaseError as error:
        pytest.exit(f"error: {error}", returncode=1)
    django.setup()  # only now: the settings have just got their database


# Files that take longest, by a few runs' durations.
LONGEST = (
    "test_admin_axe", "test_public_axe", "test_progress_browser", "test_serve", "test_week_browser",
    "test_search_browser", "test_import_command", "test_map_browser", "test_makefile",
)  # fmt: skip


@pytest.hookimpl(trylast=True)  # after they were shuffled
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files come first, so that at the end no worker has one left to do alone."""
    items.sort(key=lambda item: item.path.stem not in LONGEST)


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker
) -> Iterator[None]:
    """The database the tests share: none that has to outlive a crash, and whose rows PostgreSQL never counts by itself.

    What it counts in tables that tests fill and roll back is what was there at that moment, mostly nothing, and a query
    planned by that can take hours. What has to work in spite of it says so with an ANALYZE of its own.
    """
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        name = connection.ops.quote_name(str(connection.settings_dict["NAME"]))
        cursor.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"ALTER TABLE {connection.ops.quote_name(table)} SET (autovacuum_enabled = off)")
    connection.ops.sql_flush = emptied_row_by_row  # type: ignore[method-assign, assignment]
    yield
    # Django keeps a connection of its own for a thread with a loop, and it would be in the way of the database's end.
    with django_db_blocker.unblock():
        connections.close_all()
    close_all()


def emptied_row_by_row(style: object, tables: list[str], **how: bool) -> list[str]:
    """What empties the tables after a test that committed: the few rows it left cost less to delete than the files of
    every table and index to make anew, as TRUNCATE does. In this role of PostgreSQL no trigger asks about the rows.
    """
    quoted = map(connection.ops.quote_name, tables)
    return ["SET LOCAL session_replication_role = replica", *(f"DELETE FROM {table}" for table in quoted)]


@pytest.fixture
def searched_at_once(db: None) -> None:
    """What a test writes is searched after each statement: a test in a transaction has no end at which it would be."""
    if connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS readinggroup_search_at_the_end IMMEDIATE")


def pytest_unconfigure() -> None:
    shutil.rmtree(FILES, ignore_errors=True)
