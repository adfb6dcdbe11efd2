"""The uploaded files that a document names: a document holds their names, not the files."""

from __future__ import annotations

from django.core.files.storage import storages

from readinggroup.interchange.document import GroupDocument, MaterialPart
from readinggroup.interchange.errors import Notice
from sessions.models.stored import lock_files


def without_lost_files(document: GroupDocument, current: GroupDocument) -> GroupDocument:
    """The document without materials whose file the site does not have, each with a warning.

    A material that is on the site already stays, whatever became of its file. To be called in a transaction: what is
    found stays until its end.
    """
    known = _files(current)
    if not _files(document) - known:
        return document
    lock_files()
    has = {name: storages["default"].exists(name) for name in _files(document) - known}
    warnings, sessions = list(document.warnings), []
    for session in document.sessions:
        lost = [material for material in session.materials if not has.get(material.file, True)]
        warnings += [_lost(session.number, material) for material in lost]
        kept = [material for material in session.materials if has.get(material.file, True)]
        sessions.append(session.model_copy(update={"materials": kept}) if lost else session)
    return document.model_copy(update={"sessions": sessions}).warned(warnings)


def stored_size(name: str) -> int | None:
    """How many bytes a file has that the site has."""
    return storages["default"].size(name) if name and storages["default"].exists(name) else None


def _files(document: GroupDocument) -> set[str]:
    return {material.file for session in document.sessions for material in session.materials if material.file}


def _lost(number: int, material: MaterialPart) -> Notice:
    return Notice(
        material.line or 1,
        f"session {number}: the site does not have the file {material.file}; left out."
        " Put the files into place first, then import again",
    )
