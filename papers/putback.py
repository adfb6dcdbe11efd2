"""Putting a row back to what a record says: with the care of any save, and itself recorded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, models, transaction

from papers.changes import linked_keys

# What follows from saving and is never taken from a record.
FOLLOWS = {"revision"}


def is_gone(record: Any) -> bool:
    return not record.instance_type._base_manager.filter(pk=record.id).exists()


def last_alive(record: Any) -> Any:
    """The record to take a row from: a deletion recorded no links, so that of the save before it."""
    if record.history_type != "-":
        return record
    before = record.instance_type.history.filter(id=record.id, history_id__lt=record.history_id)
    return before.exclude(history_type="-").order_by("-history_id").first() or record


def set_links(row: Any, record: Any) -> None:
    """Name in the many-to-many fields whom the record names, as far as they are still there."""
    linked = linked_keys([record])
    for field in record._history_m2m_fields:
        wanted = set(linked[type(record), record.pk, field.name])
        there = set(field.related_model._base_manager.filter(pk__in=wanted).values_list("pk", flat=True))
        if there != set(getattr(row, field.name).values_list("pk", flat=True)):
            getattr(row, field.name).set(there)


def fill(row: Any, record: Any) -> bool:
    """Write the record's values into the row, unsaved; whether any differs."""
    differs = False
    for field in record.tracked_fields:
        if field.primary_key or field.name in FOLLOWS:
            continue
        value = getattr(record, field.attname)
        if getattr(row, field.attname) != value:
            setattr(row, field.attname, value)
            differs = True
    return differs


@transaction.atomic
def put_back(record: Any, below: Iterable[Any] = ()) -> tuple[Any, list[str]]:
    """Make the row what the record says, and those below it what theirs say; with what could not be, in words.

    A deleted row comes back under its old key, with what went with it. What came below it since stays: it goes on
    finding the row. Raises ValidationError, or what the database refuses with, and then nothing has changed.
    """
    record = last_alive(record)
    model = record.instance_type
    row = model._base_manager.select_for_update().filter(pk=record.id).first()
    is_back = row is None
    row = row or bring_back(record)
    link = f"{model._meta.model_name}_id"
    lost = [said for each in below if (said := _put_below(each, link))]
    if not is_back:
        fill(row, record)
        row.full_clean()
        row.save()
        set_links(row, record)
    connection.check_constraints()
    return row, lost


def _put_below(record: Any, link: str) -> str:
    """A title, name or former identifier as it was; where it is another's by now, it stays there, which is said."""
    model = record.instance_type
    row = model._base_manager.filter(pk=record.id).first()
    is_new = row is None
    row = record.instance if is_new else row
    elsewhere = f"“{record.instance}” leads to another {link.removesuffix('_id')} now and stays there."
    if getattr(row, link) != getattr(record, link):
        return elsewhere
    row._state.adding = is_new
    if fill(row, record) or is_new:
        try:
            row.full_clean()
        except ValidationError:
            return elsewhere
        row.save(force_insert=is_new)
    return ""


def bring_back(record: Any) -> models.Model:
    """Make a deleted row again, with the rows that were deleted with it: titles, names, addresses."""
    row: models.Model = record.instance
    row._state.adding = True
    row.full_clean()
    # Not the model's own save, which would make titles and addresses anew that come back below.
    models.Model.save(row, force_insert=True)
    set_links(row, record)
    deleted = record.instance_type.history.filter(id=record.id, history_type="-").latest()
    for child in deleted_with(deleted):
        child._state.adding = True
        try:
            child.full_clean()
        except ValidationError:
            continue  # somebody else has this title, name or address by now: it stays theirs
        models.Model.save(child, force_insert=True)
    connection.check_constraints()
    return row


def deleted_with(deleted: Any) -> list[Any]:
    """The rows below a deleted one, as they were when they were deleted with it."""
    found = []
    for relation in deleted.instance_type._meta.related_objects:
        model: Any = relation.related_model
        if relation.many_to_many or relation.on_delete is not models.CASCADE or not hasattr(model, "history"):
            continue
        key = {relation.field.attname: deleted.id}
        records = model.history.filter(history_type="-", saved_at=deleted.saved_at, **key)
        found += [record.instance for record in records.order_by("id") if is_gone(record)]
    return found
