"""Files that no material uses any more, and when each was last used."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.files.storage import Storage, storages
from django.db import DatabaseError, transaction
from django.utils import timezone

from sessions.models import Material
from sessions.models.stored import FOLDER, discard, lock_files
from sessions.uploads import incoming

# No upload is under way for longer, and none stands still for that long and then goes on.
AN_UPLOADS_TIME = timedelta(hours=1)

logger = logging.getLogger(__name__)


@dataclass
class Cleaning:
    """What was removed (or would be), in words and bytes, and what could not be."""

    removed: list[str] = field(default_factory=list)
    bytes: int = 0
    failed: list[str] = field(default_factory=list)


def clean(unused_since: datetime, *, dry_run: bool = False) -> Cleaning:
    """Remove the files that nothing has used since then, one by one, and what broken uploads left.

    What cannot be removed is named and logged; the rest goes on. Raises OSError where the storage does not even list its
    files.
    """
    cleaning = Cleaning()
    storage = storages["default"]
    in_use = set(Material.objects.exclude(file="").values_list("file", flat=True))
    for name in _listed(storage):
        if name in in_use:
            continue
        try:
            size = _remove(storage, name, unused_since, dry_run=dry_run)
        except DatabaseError:
            raise
        except Exception:  # each storage has its own
            logger.exception("%s could not be removed", name)
            cleaning.failed.append(name)
            continue
        if size is not None:
            cleaning.removed.append(name)
            cleaning.bytes += size
    _clean_incoming(cleaning, min(unused_since, timezone.now() - AN_UPLOADS_TIME), dry_run=dry_run)
    return cleaning


def last_use(name: str) -> datetime | None:
    """When the last material that had this file lost it, by the history; None where none ever had it."""
    records = Material.history.filter(file=name)
    ended = []
    for material in set(records.values_list("id", flat=True)):
        last = records.filter(id=material).latest("history_id")
        after = (
            Material.history.filter(id=material, history_id__gt=last.history_id)
            .order_by("history_id")
            .first()
        )
        ended.append((after or last).saved_at)
    return max(ended, default=None)


def _remove(storage: Storage, name: str, unused_since: datetime, *, dry_run: bool) -> int | None:
    """The size of what was removed; None where the file has to stay.

    Under the lock, nobody else is putting a file to use: neither a new one, nor this one by a revert.
    """
    with transaction.atomic():
        lock_files(alone=True)
        if Material.objects.filter(file=name).exists():
            return None
        if (last_use(name) or storage.get_modified_time(name)) > unused_since:
            return None
        size = storage.size(name)
        if not dry_run:
            discard(storage, name)
    return size


def _listed(storage: Storage) -> list[str]:
    try:
        return list(_files(storage, FOLDER))
    except Exception as error:  # each storage has its own
        raise OSError(" ".join(str(error).split())) from error


def _files(storage: Storage, folder: str) -> Iterator[str]:
    try:
        folders, names = storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in sorted(names):
        yield f"{folder}/{name}"
    for name in sorted(folders):
        yield from _files(storage, f"{folder}/{name}")


def _clean_incoming(cleaning: Cleaning, untouched_since: datetime, *, dry_run: bool) -> None:
    """A worker that was killed leaves the upload that it was writing."""
    for path in sorted(incoming().glob("*.upload")):
        try:
            found = path.stat()
            if found.st_mtime > untouched_since.timestamp():
                continue
            if not dry_run:
                path.unlink()
        except FileNotFoundError:
            continue  # its upload has just ended
        except OSError:
            logger.exception("%s could not be removed", path)
            cleaning.failed.append(f"incoming/{path.name}")
            continue
        cleaning.removed.append(f"incoming/{path.name}")
        cleaning.bytes += found.st_size
