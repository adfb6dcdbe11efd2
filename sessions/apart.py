"""Taking a merge apart: all that it did is undone, as far as nobody changed it since.

What a merge saved shares its moment and its reason, by which history finds it again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, models, transaction
from django.utils.text import capfirst

from papers.changes import Words
from papers.history import because, who_is
from papers.merging import MergeRefusedError, give_back_record, short
from papers.models import Paper, PaperAlias, PaperTitle, Resource, TwoPapers
from papers.outlines import Line, there
from papers.undo import Piece, as_it_was, called, line, pieces, put_back
from sessions.merging import MERGED, lock, locked, revise
from sessions.models import (
    BacklogEntry,
    Material,
    Person,
    PersonName,
    PersonSlug,
    Reading,
    Session,
    TwoPeople,
)

# What a merge touches besides the two: first what they are found by, which what points at them may ask for.
TOUCHED: dict[Any, tuple[Any, ...]] = {
    Paper: (PaperTitle, PaperAlias, Resource, Reading, Session, BacklogEntry),
    Person: (PersonName, PersonSlug, Session, Reading, Material),
}
TWO: dict[Any, Any] = {Paper: TwoPapers, Person: TwoPeople}


@dataclass
class MergeDone:
    """A merge that somebody did: the row that stayed, the one that went, and all else that it touched."""

    kept: Piece
    lost: Piece
    others: list[Piece]

    @property
    def who(self) -> str:
        return who_is(self.lost.after.history_user)

    @property
    def at(self) -> datetime:
        return self.lost.after.history_date  # type: ignore[no-any-return]

    @property
    def name(self) -> str:
        """What the row that went was called."""
        return str(self.lost.before.instance)

    @property
    def refusal(self) -> str:
        """Why it cannot be taken apart, if so."""
        if self.lost.stays:
            return f"“{self.name}” is {self.lost.stays}. Nothing was changed."
        return (
            ""
            if there(self.kept.now)
            else f"“{self.kept.before.instance}” is gone itself. Bring it back first."
        )

    @property
    def pieces(self) -> list[Piece]:
        return [self.lost, self.kept, *self.others]

    @property
    def seen(self) -> int:
        """The newest records of all these rows, added up: another number later means that somebody changed one."""
        return sum(int(piece.now.history_id) for piece in self.pieces)


def find(model: Any, keep: int, record: int) -> MergeDone | None:
    """The merge that this record of the row that stayed is of; None where it is of none."""
    saved: Any = model.history.filter(
        id=keep, history_id=record, history_change_reason__startswith=MERGED
    ).first()
    if saved is None:
        return None
    found = pieces(
        (model, *TOUCHED[model]),
        saved_at=saved.saved_at,
        history_change_reason=saved.history_change_reason,
    )
    kept = next(piece for piece in found if (piece.model, piece.key) == (model, keep))
    lost = next((piece for piece in found if piece.model is model and piece.how == "added"), None)
    if lost is None or kept is lost:
        return None
    return MergeDone(kept, lost, [piece for piece in found if piece is not kept and piece is not lost])


def take_apart(done: MergeDone, *, user: AbstractBaseUser | None, seen: int) -> tuple[Any, list[str]]:
    """Undo a merge in one transaction: the row that went, under its old key, and in words what stays as it is.

    `seen` is `MergeDone.seen` of what the organizer decided upon. Raises MergeRefusedError where anything of it was
    changed meanwhile, ValidationError where the row cannot come back; then nothing has changed.
    """
    model, kept = done.kept.model, done.kept
    reason = f"“{short(done.name)}” taken out of “{short(str(kept.now.instance))}”"
    with transaction.atomic(), because(reason, user):
        lock()
        list(locked(Session.objects.filter(pk__in=_sessions(done, lambda _: True))))
        list(locked(model._default_manager.filter(pk=kept.key)))
        again = find(model, kept.key, kept.after.history_id)
        if again is None or again.seen != seen:
            raise MergeRefusedError("Somebody changed something of it in the meantime. Look at it again.")
        row = _undo(again)
        TWO[model].objects.say(kept.key, row.pk, user)
        revise(_sessions(again, lambda piece: piece.goes_back))
        connection.check_constraints()
        return row, what_stays(again)


def _undo(done: MergeDone) -> Any:
    """First what is in the way of the row that comes back, then the row, then what belongs to it."""
    if done.refusal:
        raise MergeRefusedError(done.refusal)
    going = [piece for piece in done.others if piece.goes_back]
    for piece in going:
        if piece.how == "removed":
            put_back(piece)
    put_back(done.kept)
    row = as_it_was(done.lost)
    models.Model.save(row, force_insert=True)  # its titles and names are still the other one's
    for how in ("changed", "added"):
        for piece in going:
            if piece.how == how:
                put_back(piece)
    keep = done.kept.model._default_manager.get(pk=done.kept.key)
    for each in (keep, row):
        each.full_clean()
        each.save()
    if isinstance(row, Paper):
        give_back_record(keep, row)
    return row


def _sessions(done: MergeDone, matters: Callable[[Piece], bool]) -> set[int]:
    """The sessions that have to do with the pieces that matter."""
    return {pk for piece in done.others if matters(piece) and (pk := _session(piece))}


def _session(piece: Piece) -> int | None:
    return piece.key if piece.model is Session else getattr(piece.after, "session_id", None)


def what_goes_back(done: MergeDone) -> list[Line]:
    """What taking a merge apart would do, row by row."""
    words = _words(done)
    lines = []
    for piece in done.pieces:
        if piece.goes_back:
            lines.append(line(piece, words))
            if piece.model is not Session and (session := _session(piece)):
                lines[-1].what += f" of session {words.name(Session, session)}"
    return lines


def what_stays(done: MergeDone) -> list[str]:
    """What stays as it is, and why."""
    words = _words(done)
    return [
        f"{capfirst(piece.model._meta.verbose_name)} “{called(piece, words)}”: {piece.stays}."
        for piece in done.pieces
        if piece.stays
    ]


def _words(done: MergeDone) -> Words:
    records = chain.from_iterable((piece.before, piece.after, piece.now) for piece in done.pieces)
    words = Words(record for record in records if record is not None)
    words.know(done.lost.model, done.lost.key, done.name)
    return words
