"""Whose turn it is to ask arXiv: one request at a time and one every few seconds, for the whole site.

https://info.arxiv.org/help/api/tou.html asks for that of everybody who uses its API, however many processes and
machines they have, so the database says when the next request may start. Nobody holds a transaction or a lock
while waiting or asking: whoever has the turn holds it on loan, and a process that dies gives it back by not
coming back.
"""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db.models.functions import Now

from papers.models import ArxivTurn

_THE_ROW = 1
_LOOK_AGAIN = 0.25  # seconds: others may give back their turn sooner than they said


class NotYetError(Exception):
    """The turn does not come within the time there is. `seconds`: how long it takes at most."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"not before {seconds:.0f} s")
        self.seconds = seconds


def take(deadline: float, loan: float) -> UUID:
    """Wait for the turn until `deadline` (of `time.monotonic`), and have it for at most `loan` seconds.

    Raises NotYetError, without waiting for it, where it is known not to come in time. Call it outside of a
    transaction: others see the turn taken once that is committed.
    """
    holder = uuid4()
    while True:
        free = ArxivTurn.objects.filter(pk=_THE_ROW, free_at__lte=Now())
        if free.update(holder=holder, free_at=Now() + timedelta(seconds=loan)):
            return holder
        row = ArxivTurn.objects.filter(pk=_THE_ROW).annotate(now=Now()).first()
        if row is None:
            ArxivTurn.objects.bulk_create([ArxivTurn(pk=_THE_ROW)], ignore_conflicts=True)
            continue
        wait = (row.free_at - row.now).total_seconds()
        left = deadline - time.monotonic()
        # Somebody who is asking just now will be done before the loan ends; a pause lasts as long as it says.
        if left <= 0 or (row.holder is None and wait > left):
            raise NotYetError(max(wait, 1))
        time.sleep(max(0.001, min(wait, left, _LOOK_AGAIN)))


def give_back(holder: UUID, pause: float = 0) -> None:
    """Let the next one ask after the usual pause, or after `pause` seconds where arXiv asked for more."""
    pause = max(pause, settings.ARXIV_DELAY)
    ArxivTurn.objects.filter(pk=_THE_ROW, holder=holder).update(
        holder=None, free_at=Now() + timedelta(seconds=pause)
    )
