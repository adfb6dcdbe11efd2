"""A link that moved for good: the address that it moved to takes its place, where somebody says so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from papers.history import because
from papers.models import LinkCheck
from papers.spots import Spot, WrittenOtherwiseError
from readinggroup.links import Place, linked
from sessions.models import Material


@dataclass(frozen=True)
class Move:
    """One address, one place where it is written out, and where it moved to."""

    check: LinkCheck
    place: Place
    spot: Spot

    @transaction.atomic
    def carry_out(self) -> Any:
        """Write the new address there, and nothing else; the row. Raises as `Spot.rewrite` does."""
        # Whose form it is comes first, as when that form is saved.
        self.place.model._base_manager.select_for_update().filter(pk=self.place.pk).first()
        with because("its address moved"):
            row = self.spot.rewrite(self.check.url, self.check.moved_to)
            if isinstance(row, Material):
                row.session.save(update_fields=["revision"])
        return row


def offered(use: str) -> Move:
    """What `LinkCheck.use` offered.

    Raises WrittenOtherwiseError where the address does not stand there any more, or has moved elsewhere since.
    """
    key = re.match(r"[0-9]{1,18}(?= )", use)
    check = LinkCheck.objects.filter(pk=key[0]).first() if key else None
    for place in linked({check.url}).get(check.url, []) if check else []:
        if check and place.spot and check.use(place.spot) == use:
            return Move(check, place, place.spot)
    raise WrittenOtherwiseError
