"""Uploads on their way in: written beside the place where they will stay, and only as far as the limit."""

from __future__ import annotations

import io
import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.storage import storages
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.db import DatabaseError
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from sessions.file_types import MEGABYTE
from sessions.models import Material
from sessions.models.stored import discard, newly_stored

logger = logging.getLogger(__name__)
# A form may bring several files. nginx.conf lets as much through, and the longest form besides.
FILES_A_FORM = 4
LONGEST_FORM = 4 * MEGABYTE
NO_ROOM = (
    "There is no room for “{}” just now. Nothing was saved; try again later, or tell whoever runs the site."
)


def largest_file() -> int:
    """The limit, in bytes."""
    return int(settings.MAX_UPLOAD_MB) * MEGABYTE


def largest_request() -> int:
    return FILES_A_FORM * largest_file() + LONGEST_FORM


def too_large(name: str) -> str:
    return (
        f"“{name}” has more than {settings.MAX_UPLOAD_MB} MB, which is the most that is kept here. Make it smaller,"
        " or put it elsewhere and give its link."
    )


def incoming() -> Path:
    """The folder of uploads under way: on the disk where they stay, so that moving them there is one step."""
    return Path(settings.MEDIA_ROOT) / "incoming"


class IncomingFile(TemporaryUploadedFile):
    """An upload in that folder. It goes when it is closed, unless it was moved into its place."""

    def __init__(self, name: str, content_type: str, charset: str, content_type_extra: Any) -> None:
        incoming().mkdir(mode=0o700, parents=True, exist_ok=True)
        file = tempfile.NamedTemporaryFile(suffix=".upload", dir=incoming())  # noqa: SIM115  (closed with the request)
        # Django's own would put it among the system's temporary files.
        super(TemporaryUploadedFile, self).__init__(file, name, content_type, 0, charset, content_type_extra)


class RefusedFile(UploadedFile):  # type: ignore[type-arg]
    """Stands in the form for a file that was not kept; `refusal` says why."""

    def __init__(self, name: str, refusal: str) -> None:
        super().__init__(io.BytesIO(), name, size=0)
        self.refusal = refusal


class UploadHandler(FileUploadHandler):
    """Writes uploads of organizers to disk, each up to the limit.

    Past it the file is removed at once, and the rest is read but not kept: a browser shows an answer only after it
    has sent everything. A request that cannot be honest is not read at all.
    """

    file: IncomingFile | None = None

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803  (Django's name)
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> None:
        if content_length > largest_request():
            raise RequestDataTooBig(f"{content_length} bytes were announced.")
        user = getattr(self.request, "user", None)
        # This runs before any view looks at who is asking.
        self.is_welcome = bool(user and user.is_active and user.is_staff)

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file, self.refusal = None, ""
        name = self.file_name or ""
        if not self.is_welcome:
            self.refusal = "Log in to upload files."
            return
        try:
            self.file = IncomingFile(
                name, self.content_type or "", self.charset or "", self.content_type_extra
            )
        except OSError:
            self._no_room()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self.file is None:
            return
        if start + len(raw_data) > largest_file():
            self._refuse(too_large(self.file_name or ""))
            return
        try:
            self.file.write(raw_data)
        except OSError:
            self._no_room()

    def file_complete(self, file_size: int) -> IncomingFile | RefusedFile:
        if self.file:
            try:
                self.file.flush()
                os.fsync(self.file.fileno())  # it must not be lost after the database says that it is there
            except OSError:
                self._no_room()
        if self.file is None:
            return RefusedFile(self.file_name or "", self.refusal)
        self.file.seek(0)
        self.file.size = file_size
        complete, self.file = self.file, None
        return complete

    def upload_interrupted(self) -> None:
        self._drop()

    def _drop(self) -> None:
        if self.file:
            self.file.close()
        self.file = None

    def _refuse(self, refusal: str) -> None:
        self.refusal = refusal
        try:
            self._drop()
        except OSError:  # what is buffered still does not fit
            self.file = None
            logger.info("what was left to write of an upload is given up")

    def _no_room(self) -> None:
        logger.exception("an upload could not be written to %s", incoming())
        self._refuse(NO_ROOM.format(self.file_name))


def no_upload_outlives_its_request(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: where a connection breaks, what had come is removed at once.

    Django closes the uploads that are complete, and tells handlers of none that was cut off.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        try:
            return get_response(request)
        finally:
            for handler in request.upload_handlers if request.method == "POST" else ():
                if isinstance(handler, UploadHandler):
                    handler.upload_interrupted()

    return answer


@contextmanager
def undone_unless_saved() -> Iterator[None]:
    """Files stored in this block are removed at its end, except those that a committed save names.

    To be put around the transaction. The history says what was saved: its records stand or fall with the rows.
    """
    stored: list[str] = []
    token = newly_stored.set(stored)
    try:
        yield
    finally:
        newly_stored.reset(token)
        if stored:
            _remove_unsaved(stored)


def _remove_unsaved(stored: list[str]) -> None:
    try:
        saved = set(Material.history.filter(file__in=stored).values_list("file", flat=True))
    except DatabaseError:
        # Whether it was saved cannot be known now: better a file too many, which clean_uploads finds.
        logger.warning("the database does not say whether these files are in use: %s", ", ".join(stored))
        return
    for name in set(stored) - saved:
        try:
            discard(storages["default"], name)
        except Exception:
            logger.exception("%s is not in use and could not be removed; clean_uploads will", name)
