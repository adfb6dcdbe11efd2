"""A document into the database: three-way, in one transaction."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected
from pydantic import ValidationError

from papers.history import because
from readinggroup.interchange.details import as_stored
from readinggroup.interchange.document import GroupDocument
from readinggroup.interchange.dump import dump, one_moment
from readinggroup.interchange.errors import UnreadableError
from readinggroup.interchange.fields import MEMO
from readinggroup.interchange.merge import merge
from readinggroup.interchange.plan import Report
from readinggroup.interchange.stored import without_lost_files
from readinggroup.interchange.write import write
from readinggroup.models import Import

# Writers wait for an import, and an import for writers, so that what it compares is what it changes. Readers do not.
LOCK = """
LOCK TABLE reading_sessions_group, reading_sessions_session, reading_sessions_reading, reading_sessions_material,
    reading_sessions_person, reading_sessions_backlogentry, papers_paper, papers_papertitle, papers_paperalias,
    papers_resource, readinggroup_import
IN SHARE ROW EXCLUSIVE MODE
"""


def load(
    document: GroupDocument,
    *,
    file_name: str,
    user: User | None = None,
    prune: bool = False,
    dry_run: bool = False,
) -> Report:
    """Bring a document into the database and say what changed; all of it, or, on any error, nothing.

    With `prune`, what an earlier import made, this document no longer has and nobody edited is removed. With
    `dry_run`, everything is done, reported and undone.
    """
    for attempt in (1, 2):
        try:
            return _load(document, file_name=file_name, user=user, prune=prune, dry_run=dry_run)
        except OperationalError as error:
            # Somebody deleted rows that this one was about to lock, and PostgreSQL chose this one to give way.
            if attempt == 2 or not isinstance(error.__cause__, DeadlockDetected):
                raise
    raise AssertionError("the loop returns or raises")


def _load(
    document: GroupDocument, *, file_name: str, user: User | None, prune: bool, dry_run: bool
) -> Report:
    with transaction.atomic(), because(f"import of {file_name}", user):
        with connection.cursor() as cursor:
            cursor.execute(LOCK)
        current = dump()
        plan = merge(last_base(), without_lost_files(document, current), current, prune=prune)
        write(plan)
        Import.objects.create(
            user=user,
            file_name=file_name[-300:],
            document=plan.base.model_dump(mode="json", exclude_unset=True),
            report=as_stored(plan.report),
        )
        if dry_run:
            transaction.set_rollback(True)
    return plan.report


def foresee(document: GroupDocument, *, prune: bool = False) -> Report:
    """What `load` would say of the document now. Only reads: nothing is locked or written.

    Raises UnreadableError as `last_base` does.
    """
    with one_moment():
        return merge(last_base(), document, dump(), prune=prune).report


def last_base() -> GroupDocument:
    """What earlier files said; an empty document before the first import.

    Raises UnreadableError where another version wrote it by other rules: to guess would undo what organizers did.
    """
    last = Import.objects.first()
    if last is None:
        return GroupDocument()
    try:
        return GroupDocument.model_validate(last.document, context=MEMO)
    except ValidationError as error:
        raise UnreadableError(
            f"what the last import said (number {last.pk} among the imports) cannot be read by this version: "
            f"{error.errors()[0]['msg']}. Nothing was imported; remove that record to import without it"
        ) from None
