"""Files that organizers upload: where they are put, and that none is left behind by a save that failed.

A file is in the storage before the row that names it is committed, so that no row ever names a file that is not
there. What was stored for a save that came to nothing is in `newly_stored`, for whoever began the save to remove.
"""

from __future__ import annotations

import logging
import secrets
from contextvars import ContextVar
from typing import Any

from django.core.files.storage import FileSystemStorage, Storage
from django.db import connection, models
from django.db.models.fields.files import FieldFile
from django.urls import reverse

from sessions.file_types import clean_name
from sessions.models.states import SessionState

FOLDER = "materials"
NOT_STORED = "The place where files are kept did not take “{}”: it may be full or out of reach. Nothing was saved; try again."

logger = logging.getLogger(__name__)
newly_stored: ContextVar[list[str] | None] = ContextVar("newly_stored", default=None)


class NotStoredError(Exception):
    """The storage did not take a file. Why is in the log."""


def lock_files(*, alone: bool = False) -> None:
    """Until the transaction ends, no file is removed; with `alone`, none is put to use either.

    Whoever stores a file, or gives a material back a file that it had, takes this lock first; whoever removes
    unused files takes it alone.
    """
    function = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtext('a_material_has_its_file'))")


def place(_material: models.Model, name: str) -> str:
    """Where a file is put: an address that nobody guesses and that is never used twice."""
    return f"{FOLDER}/{secrets.token_hex(16)}/{clean_name(name)}"


def discard(storage: Storage, name: str) -> None:
    """Remove a file, with the folder that it alone was in. One that is not there is no error."""
    storage.delete(name)
    folder = name.rpartition("/")[0]
    if isinstance(storage, FileSystemStorage) and folder != FOLDER:
        try:
            storage.delete(folder)
        except OSError:
            logger.info("%s is not empty, so it stays", folder)


class StoredFile(FieldFile):
    """The file of a material, served by the site itself wherever it is kept."""

    def save(self, name: str, content: Any, save: bool = True) -> None:
        """Put it into the storage. Raises NotStoredError, having cleaned up."""
        name = self.field.generate_filename(self.instance, name)
        noted = newly_stored.get()
        if noted is not None:
            noted.append(name)
        try:
            self.name = self.storage.save(name, content, max_length=self.field.max_length)
        except Exception as error:  # each storage has its own
            logger.exception("%s could not be stored", name)
            try:
                discard(self.storage, name)
            except Exception:
                logger.exception("%s may be in the storage in part", name)
            content.refusal = NOT_STORED.format(content.name)
            raise NotStoredError(content.refusal) from error
        setattr(self.instance, self.field.attname, self.name)
        self._committed = True
        if save:
            self.instance.save()

    @property
    def url(self) -> str:
        """Its address on this site. Drafts have theirs inside of the admin: in public there is nothing of them."""
        material: Any = self.instance
        is_draft = material.session_id and material.session.state == SessionState.DRAFT
        return reverse("admin:reading_sessions_session_file" if is_draft else "file", args=[self.name])


class StoredFileField(models.FileField):
    attr_class = StoredFile
