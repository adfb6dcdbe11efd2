"""Putting lines into another order. Pure: rows in, rows out."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Protocol


class Placed(Protocol):
    """A line of a list: whatever has a key and a position."""

    pk: int
    position: int


def rearranged[Row: Placed](rows: Sequence[Row], places: Mapping[int, int]) -> list[Row]:
    """The rows, those named in `places` (primary key -> place, the first is 1) at their places, the others closing up.

    `rows` come in their present order. Where positions have gaps, a place is one among the positions as they are
    shown. Of two that want one place, the one that stands first has it.
    """
    moved = deque(sorted((row for row in rows if row.pk in places), key=lambda row: places[row.pk]))
    others = deque(row for row in rows if row.pk not in places)
    result: list[Row] = []
    while moved or others:
        if moved and (
            not others or places[moved[0].pk] <= len(result) + 1 or places[moved[0].pk] < others[0].position
        ):
            result.append(moved.popleft())
        else:
            result.append(others.popleft())
    return result
