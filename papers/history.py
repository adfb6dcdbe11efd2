"""Who changed what when: every save of every row that people edit is kept, by django-simple-history.

A save is one transaction; its records share `saved_at`. `recorded` gives a model its `history`; `record_new`
writes it where rows are made in bulk, which sends no signals.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.utils import timezone
from simple_history.models import HistoricalRecords
from simple_history.utils import get_history_manager_for_model


class Saved(models.Model):
    """What a record knows besides the row: when its transaction began, by the database's clock."""

    saved_at = models.DateTimeField(db_default=TransactionNow(), editable=False)

    class Meta:
        abstract = True


_reason: ContextVar[str | None] = ContextVar("reason", default=None)
_user: ContextVar[AbstractBaseUser | None] = ContextVar("user", default=None)


@contextmanager
def because(reason: str, user: AbstractBaseUser | None = None) -> Iterator[None]:
    """Whatever is saved here is recorded with this reason, as done by `user` (else by who sent the request)."""
    said, who = _reason.set(reason[:100]), _user.set(user)
    try:
        yield
    finally:
        _reason.reset(said)
        _user.reset(who)


def who_is(user: Any) -> str:
    """A user by name, as text: an organizer may not look at users. What no user did, the site did by itself."""
    return str(user.get_full_name() or user.get_username()) if user else "the site"


def _who(request: Any, **_: Any) -> Any:
    return _user.get() or getattr(request, "user", None)


class Records(HistoricalRecords):  # type: ignore[misc]
    """Records that know the reason given by `because`."""

    def get_change_reason_for_object(self, instance: Any, history_type: str, using: Any) -> str | None:
        return super().get_change_reason_for_object(instance, history_type, using) or _reason.get()


def recorded(*many: str) -> Any:
    """A model's `history`: one record a save, with the many-to-many fields named in `many`."""
    return Records(bases=(Saved,), m2m_fields=many, get_user=_who)


def record_new(rows: Sequence[models.Model], **links: Sequence[Any]) -> None:
    """Record rows made in bulk. `links` are, by many-to-many field, the rows of its table that were made with them."""
    if not rows:
        return
    model = type(rows[0])
    records = get_history_manager_for_model(model).bulk_history_create(
        rows, default_date=timezone.now(), default_change_reason=_reason.get()
    )
    record_of = {row.pk: record for row, record in zip(rows, records, strict=True)}
    for name, linked in links.items():
        field: Any = model._meta.get_field(name)
        recorded_link = HistoricalRecords.m2m_models[field]
        owner = field.m2m_column_name()
        columns = [column.attname for column in field.remote_field.through._meta.fields]
        recorded_link.objects.bulk_create(
            recorded_link(
                history=record_of[getattr(link, owner)],
                **{column: getattr(link, column) for column in columns},
            )
            for link in linked
        )
