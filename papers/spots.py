"""Where an address is written out: a field of a row, in which another address can take its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Model


class WrittenOtherwiseError(Exception):
    """The address that was to be replaced does not stand there any more."""


@dataclass(frozen=True)
class Spot:
    """A field with an address."""

    model: type[Model]
    pk: int
    field: str

    def __str__(self) -> str:
        return f"{self.model._meta.label_lower}-{self.pk}-{self.field}"

    def rewrite(self, old: str, new: str) -> Any:
        """Put `new` where `old` stands, and save nothing else; the row. In a transaction.

        Raises WrittenOtherwiseError where something else stands there by now, ValidationError where `new` cannot stand
        there, IntegrityError where it stands somewhere else already.
        """
        row: Any = self.model._base_manager.select_for_update().filter(pk=self.pk).first()
        if row is None or getattr(row, self.field) != old:
            raise WrittenOtherwiseError
        setattr(row, self.field, self.model._meta.get_field(self.field).clean(new, row))  # type: ignore[union-attr]
        row.save(update_fields=[self.field])
        return row
