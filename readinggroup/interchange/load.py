"""A document into the database: three-way, in one transaction."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import connection, transaction
from pydantic import ValidationError

from readinggroup.interchange.document import GroupDocument
from readinggroup.interchange.dump import dump
from readinggroup.interchange.merge import merge
from readinggroup.interchange.plan import Report
from readinggroup.interchange.write import write
from readinggroup.models import Import

# Writers wait for an import, and an import for writers, so that what it compares is what it changes. Readers do not.
LOCK = """
LOCK TABLE reading_sessions_group, reading_sessions_session, reading_sessions_reading, reading_sessions_material,
    reading_sessions_person, reading_sessions_backlogentry, papers_paper, papers_papertitle, papers_resource,
    readinggroup_import
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
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LOCK)
        plan = merge(last_base(), document, dump(), prune=prune)
        write(plan)
        Import.objects.create(
            user=user,
            file_name=file_name[-300:],
            document=plan.base.model_dump(mode="json", exclude_unset=True),
            report={
                "created": plan.report.created,
                "updated": plan.report.updated,
                "unchanged": plan.report.unchanged,
                "removed": plan.report.removed,
                "warnings": [{"line": notice.line, "text": notice.text} for notice in plan.report.warnings],
            },
        )
        if dry_run:
            transaction.set_rollback(True)
    return plan.report


def last_base() -> GroupDocument:
    """What earlier files said; an empty document before the first import."""
    last = Import.objects.first()
    if last is None:
        return GroupDocument()
    try:
        return GroupDocument.model_validate(last.document)
    except ValidationError:
        # Written by another version with other rules: every difference is then taken for an organizer's.
        return GroupDocument()
