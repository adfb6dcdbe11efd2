"""Undoing one save of many rows: row by row and field by field, as far as nobody changed them since.

Of each row that a save touched, history has what it was before, what the save made of it, and what it is now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import capfirst

from papers.changes import Words, changes, linked_keys
from papers.outlines import Line, there
from papers.putback import FOLLOWS, set_links

SINCE = "changed since"


@dataclass
class Piece:
    """One row that a save touched: its records before and after it, and its newest; and what of it goes back.

    `how` is what becomes of the row when it goes back: "added", "changed" or "removed". Of a changed one go back those `fields` and
    `links` (with the keys to name then) that still say what the save made of them. `stays` is why the rest does not.
    """

    before: Any
    after: Any
    now: Any
    how: str
    fields: list[models.Field[Any, Any]] = field(default_factory=list)
    links: dict[str, set[int]] = field(default_factory=dict)
    stays: str = ""

    @property
    def model(self) -> Any:
        return self.after.instance_type

    @property
    def key(self) -> int:
        return self.after.id  # type: ignore[no-any-return]

    @property
    def goes_back(self) -> bool:
        return bool(self.fields or self.links) if self.how == "changed" else not self.stays


def pieces(kinds: Iterable[Any], **of_it: Any) -> list[Piece]:
    """The rows of these models that have a record of a save, which `of_it` tells from others. A few queries a model."""
    rows: dict[tuple[Any, int], list[Any]] = defaultdict(list)
    for model in kinds:
        touched = model.history.filter(**of_it).values("id")
        records = model.history.filter(id__in=touched).select_related("history_user")
        for record in records.order_by("history_id"):
            rows[model, record.id].append(record)
    found = [_piece(records, of_it) for records in rows.values()]
    changed = [piece for piece in found if piece.how == "changed" and not piece.stays]
    linked = linked_keys(chain.from_iterable((each.before, each.after, each.now) for each in changed))
    for piece in changed:
        _compare(piece, linked)
    return found


def _piece(records: Sequence[Any], of_it: dict[str, Any]) -> Piece:
    def is_of_it(record: Any) -> bool:
        return all(getattr(record, name) == value for name, value in of_it.items())

    own = [index for index, record in enumerate(records) if is_of_it(record)]
    before, after, now = records[own[0] - 1] if own[0] else None, records[own[-1]], records[-1]
    how = "changed" if there(after) else "added"
    if records[own[0]].history_type == "+":
        how = "removed"
    piece = Piece(before, after, now, how)
    if how == "added" and there(now):
        piece.stays = "here again already"
    elif how != "added" and not there(now):
        piece.stays = "removed since"
    elif how == "removed" and _differ(after, now):
        piece.stays = SINCE
    elif how != "removed" and before is None:
        piece.stays = "nobody recorded what it was before"
    return piece


def _differ(one: Any, other: Any) -> bool:
    return any(getattr(one, each.attname) != getattr(other, each.attname) for each in one.tracked_fields)


def _compare(piece: Piece, linked: dict[tuple[type[Any], int, str], list[int]]) -> None:
    """What of a changed row goes back: what still says what the save made of it."""
    records = (piece.before, piece.after, piece.now)
    others = []
    for each in piece.after.tracked_fields:
        was, then, now = (getattr(record, each.attname) for record in records)
        if was != then == now and each.name not in FOLLOWS:
            piece.fields.append(each)
        elif was != then and now not in (was, then) and each.name not in FOLLOWS:
            others.append(each)
    for each in piece.after._history_m2m_fields:
        before, after, named = (set(linked[type(record), record.pk, each.name]) for record in records)
        if before != after and after - before <= named:
            piece.links[each.name] = named - (after - before) | (before - after)
        elif before != after:
            others.append(each)
    if others:
        piece.stays = f"{', '.join(str(each.verbose_name) for each in others)} {SINCE}"


def put_back(piece: Piece) -> None:
    """Undo what the save did to one row. Where the row may not be so any more it stays, and says why in `stays`."""
    is_new = piece.how == "added"
    row = as_it_was(piece) if is_new else piece.model._base_manager.get(pk=piece.key)
    if piece.how == "removed":
        row.delete()
        return
    for each in piece.fields:
        setattr(row, each.attname, getattr(piece.before, each.attname))
    try:
        row.full_clean()
    except ValidationError as refused:
        piece.stays, piece.fields, piece.links = _why_not(row, refused), [], {}
        return
    if is_new:
        # Not its own save, which would make anew what comes back by itself.
        models.Model.save(row, force_insert=True)
        set_links(row, piece.before)
    else:
        row.save()
    for name, keys in piece.links.items():
        getattr(row, name).set(keys)


def _why_not(row: Any, refused: ValidationError) -> str:
    for each in row._meta.fields:
        key = getattr(row, each.attname)
        if each.is_relation and key and not each.related_model._base_manager.filter(pk=key).exists():
            return f"its {each.verbose_name} is gone"
    return " ".join(refused.messages).removesuffix(".")


def as_it_was(piece: Piece) -> Any:
    """The row before the save, not in the database."""
    row = piece.before.instance
    row._state.adding = True
    return row


def line(piece: Piece, words: Words) -> Line:
    """What going back would do to the row."""
    said = []
    if piece.how == "changed":
        going = {each.name for each in piece.fields} | piece.links.keys()
        apart_from = {each.name for each in piece.model._meta.get_fields()} - going
        said = changes(piece.now, piece.before, words, apart_from=apart_from)
    return Line(capfirst(piece.model._meta.verbose_name), piece.how, called(piece, words), said)


def called(piece: Piece, words: Words) -> str:
    return words.called(piece.now if there(piece.now) else piece.before or piece.after)
