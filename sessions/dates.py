"""Dates of sessions on the group's clock, to reckon with and in words. Pure: no database, no clock of the machine.

A group meets “Saturdays at 19:00”, whatever the clocks do in between: what stays the same from one session to
the next is the time on the wall, not the hours between them.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import count

# A slip of the keyboard, such as the year 20026, must not be kept: no zone could show the year 10000.
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def long_date(day: date) -> str:
    """12 December 2026. Of a moment, the day that its own zone shows."""
    return f"{day.day} {day:%B %Y}"


def full_date(day: date) -> str:
    """Saturday, 12 December 2026."""
    return f"{day:%A}, {long_date(day)}"


def offset(moment: datetime) -> str:
    """UTC+1, UTC+5:30, UTC−3: how far the clock at that moment is from UTC."""
    minutes = round((moment.utcoffset() or timedelta()).total_seconds() / 60)
    sign = "−" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    if not minutes:
        return "UTC"
    return f"UTC{sign}{hours}:{rest:02}" if rest else f"UTC{sign}{hours}"


def ends_next_day(start: datetime, end: datetime) -> bool:
    """Whether what ends at `end` goes on after the midnight that follows `start`, both on one clock."""
    return (end - timedelta(microseconds=1)).date() != start.date()


class DateOutOfRangeError(ValueError):
    """A date before 1900 or after 2199; says so to an organizer."""

    def __init__(self) -> None:
        super().__init__("Sessions start between 1900 and 2199: this would lead out of that.")


@dataclass(frozen=True)
class Moment:
    """A time that was asked for on a clock: when that is, and what is to be said where the clock was changed."""

    at: datetime
    note: str = ""


def moment(day: date, clock: time, zone: tzinfo) -> Moment:
    """When the clock in `zone` shows this time on this day.

    A time that the clock jumps over (https://peps.python.org/pep-0495/: a gap) becomes the one that it shows
    instead, so much later as it jumped; of a time that it shows twice (a fold) the first is meant. The note
    says so in both cases. Raises DateOutOfRangeError.
    """
    try:
        first = datetime.combine(day, clock.replace(fold=0, tzinfo=None), zone)
        found = first.astimezone(UTC)
        second = first.replace(fold=1).astimezone(UTC)
    except OverflowError:
        raise DateOutOfRangeError from None
    if not EARLIEST <= found <= LATEST:
        raise DateOutOfRangeError
    shown = found.astimezone(zone)
    if shown.replace(tzinfo=None) != first.replace(tzinfo=None):
        return Moment(shown, f"The clocks skip {clock:%H:%M} that day: {shown:%H:%M} is taken.")
    if found != second:
        return Moment(shown, f"The clocks show {clock:%H:%M} twice that day: the first is taken.")
    return Moment(shown)


def moved(start: datetime, days: int, zone: tzinfo) -> Moment:
    """The same time on the clock in `zone`, so many days later (or earlier). Raises DateOutOfRangeError."""
    local = start.astimezone(zone)
    try:
        day = local.date() + timedelta(days=days)
    except OverflowError:
        raise DateOutOfRangeError from None
    return moment(day, local.time(), zone)


def following(start: datetime, zone: tzinfo, taken: Container[date]) -> Moment:
    """The same time on the clock in the first later week whose day is not taken. Raises DateOutOfRangeError."""
    weeks = (moved(start, 7 * number, zone) for number in count(1))
    return next(week for week in weeks if week.at.astimezone(zone).date() not in taken)


def weekly(first: date, clock: time, zone: tzinfo, *, count: int, every: int) -> Iterator[Moment]:
    """`count` moments, `every` so many weeks, at the same time on the clock. Raises DateOutOfRangeError."""
    for index in range(count):
        try:
            day = first + timedelta(weeks=index * every)
        except OverflowError:
            raise DateOutOfRangeError from None
        yield moment(day, clock, zone)
