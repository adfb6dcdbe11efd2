"""What organizers do week after week: the next session, many at once, moving them, adding recording and slides.

First comes what is to be done, made of values alone, to be shown before it happens; then doing it: row by row,
so that history has it, and in one transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from django.db import transaction

from papers.history import because
from sessions.dates import Moment, following, moved, weekly
from sessions.models import Group, Material, Session
from sessions.models.session import HIGHEST_NUMBER
from sessions.models.states import SessionState

MOST_AT_ONCE = 52
A_TERM = timedelta(weeks=8)  # a group that has not met for longer does not meet weekly any more
UNDATED = (
    "Published without a date it would be filed as held, at once. Give it a date, tick “Date to be announced”, "
    "or, if it was held, “Held, nobody knows when”."
)
NUMBER = "{number}"  # in a title, stands for the session's number


def said_of_taken(taken: Iterable[Session], free: int) -> str:
    """Which sessions have a number that somebody wants, and which number is free."""
    names = ", ".join(f"“{session}”" for session in taken)
    free_one = f"; {free} is free" if free <= HIGHEST_NUMBER else ""
    return f"This number is taken by {names}. Choose another{free_one}."


class NumbersRunOutError(ValueError):
    """There is no number left for another session."""

    def __init__(self) -> None:
        super().__init__(f"Numbers end at {HIGHEST_NUMBER}: there are not enough left.")


class ChangedMeanwhileError(Exception):
    """What was shown before is no longer what would be done: somebody saved something in between."""


# --- What is to be done --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Draft:
    """A session that is not made yet."""

    number: int
    title: str
    starts: Moment


@dataclass(frozen=True)
class Series:
    """Sessions at the same time on the clock, `every` so many weeks."""

    first_on: date
    at: time
    count: int
    every: int
    title: str
    first_number: int


def plan(series: Series, zone: tzinfo, taken: Collection[int]) -> list[Draft]:
    """The series as drafts, numbered on without the numbers that are taken.

    `{number}` in the title becomes the number. Raises DateOutOfRangeError and NumbersRunOutError.
    """
    numbers = _free(series.first_number, taken)
    drafts = []
    for starts in weekly(series.first_on, series.at, zone, count=series.count, every=series.every):
        number = next(numbers, None)
        if number is None:
            raise NumbersRunOutError
        drafts.append(Draft(number, series.title.replace(NUMBER, str(number)), starts))
    return drafts


def _free(first: int, taken: Collection[int]) -> Iterator[int]:
    return (number for number in range(first, HIGHEST_NUMBER + 1) if number not in taken)


@dataclass(frozen=True)
class Shift:
    """How far sessions are to move, below zero to earlier days, and whether cancelled ones do."""

    days: int
    with_cancelled: bool


@dataclass(frozen=True)
class Move:
    """A session with a date, and the date that it is to get."""

    session: Session
    before: datetime
    after: Moment


def moves(sessions: Iterable[Session], days: int, zone: tzinfo) -> list[Move]:
    """Where each session goes, the time on the clock staying. Raises DateOutOfRangeError."""
    return [
        Move(session, session.starts_at.astimezone(zone), moved(session.starts_at, days, zone))
        for session in sessions
        if session.starts_at
    ]


def fingerprint(shown: Iterable[Draft] | Iterable[Move]) -> str:
    """Tells whether what is about to be done is what was shown: the same sessions, unchanged, and the same dates."""
    lines = [
        (line.number, line.title, line.starts.at.timestamp())
        if isinstance(line, Draft)
        else (line.session.pk, line.session.revision, line.after.at.timestamp())
        for line in shown
    ]
    return hashlib.sha256(repr(lines).encode()).hexdigest()[:32]


# --- Doing it ------------------------------------------------------------------------------------------------
def next_week(session: Session, group: Group) -> Moment | None:
    """The session's time in the first later week that has no session on that day; None where it has no date.

    Raises DateOutOfRangeError.
    """
    if session.starts_at is None:
        return None
    return following(session.starts_at, group.zone, Session.objects.days(group.zone))


def next_time(group: Group, now: datetime) -> Moment | None:
    """The week after the last session, at its time on the group's clock; None where the last one is long past."""
    dated = Session.objects.exclude(state=SessionState.CANCELLED).exclude(starts_at=None)
    last = dated.order_by("-starts_at").values_list("starts_at", flat=True).first()
    if last is None or not now - A_TERM < last < now + A_TERM:
        return None
    found = following(last, group.zone, ())
    while found.at <= now:
        found = following(found.at, group.zone, ())
    return found


@transaction.atomic
def make_next(session: Session, title: str, group: Group, *, with_presenters: bool) -> Session:
    """A draft like this session, in the next free week at the same time on the group's clock, with the next number.

    Without a date where this one has none; without readings and materials. Raises DateOutOfRangeError and
    NumbersRunOutError.
    """
    number = Session.objects.next_number()
    if number > HIGHEST_NUMBER:
        raise NumbersRunOutError
    with because(f"Next session like {session.called(group.session_word)}"):
        following = Session.objects.create(
            number=number,
            title=title,
            starts_at=starts.at if (starts := next_week(session, group)) else None,
            duration=session.duration,
            date_to_come=session.date_to_come,
            join_url=session.join_url,
        )
        if with_presenters:
            following.presenters.set(session.presenters.all())
    return following


@transaction.atomic
def make_drafts(drafts: Sequence[Draft], like: Session) -> list[Session]:
    """The drafts as sessions, all or none, as long as `like` and in its meeting room."""
    with because(f"Planned {len(drafts)} at once"):
        return [
            Session.objects.create(
                number=draft.number,
                title=draft.title,
                starts_at=draft.starts.at,
                duration=like.duration,
                join_url=like.join_url,
            )
            for draft in drafts
        ]


@transaction.atomic
def move(session: Session, shift: Shift, zone: tzinfo, now: datetime, shown: str) -> list[Move]:
    """Move the session and all later ones, if that is still what was `shown` (a fingerprint).

    The rows are locked first, so that nobody's edit in between is lost. Raises ChangedMeanwhileError, with
    nothing moved, and DateOutOfRangeError.
    """
    found = Session.objects.from_here(session, now, with_cancelled=shift.with_cancelled)
    # In the order of their keys: of two who do this at once, one waits for the other.
    list(Session.objects.filter(pk__in=[row.pk for row in found]).order_by("pk").select_for_update())
    done = moves(found.all(), shift.days, zone)
    if not done or fingerprint(done) != shown:
        raise ChangedMeanwhileError
    with because(f"Moved by {days_in_words(shift.days)}"):
        for line in done:
            line.session.starts_at = line.after.at
            line.session.save(update_fields=["starts_at"])
    return done


@transaction.atomic
def set_state(sessions: Iterable[Session], state: SessionState) -> tuple[list[Session], list[Session]]:
    """Give sessions a state, row by row; those that it changed, and those that it would file as held without a date."""
    changed, undated = [], []
    keys = [session.pk for session in sessions]
    for session in Session.objects.filter(pk__in=keys).order_by("pk").select_for_update():
        if session.state == state:
            continue
        if state == SessionState.PUBLISHED and session.is_filed_undated:
            undated.append(session)
            continue
        session.state = state
        session.save(update_fields=["state"])
        changed.append(session)
    return changed, undated


@transaction.atomic
def add_material(session: Session, kind: Material.Kind, *, href: str = "", file: Any = None) -> Material:
    """A link or a file as one of the session's materials, after others of its kind; the session is one revision on.

    The first recording comes before everything else, the first of another kind comes last. Raises IntegrityError
    where the session has this recording already, and NotStoredError, with nothing saved, where the file is not taken.
    """
    # Locked, so that of two who add one at the same time both find their place.
    session = Session.objects.select_for_update().get(pk=session.pk)
    lines = list(session.materials.order_by("position", "id"))
    alike = [index for index, line in enumerate(lines) if line.kind == kind]
    last = 0 if kind == Material.Kind.RECORDING else len(lines)
    with because(f"Added the {kind.label.lower()}"):
        added = Material(session=session, kind=kind, href=href)
        if file:
            added.file = file
        lines.insert(alike[-1] + 1 if alike else last, added)
        for position, line in enumerate(lines, start=1):
            if line is added:
                line.position = position
                line.save()
            elif line.position != position:
                line.position = position
                line.save(update_fields=["position"])
        session.save(update_fields=["revision"])
    return added


def days_in_words(days: int) -> str:
    """1 week, 10 days, −2 weeks: how far something moves."""
    weeks, rest = divmod(abs(days), 7)
    count, unit = (abs(days), "day") if rest else (weeks, "week")
    return f"{'−' if days < 0 else ''}{count} {unit}{'' if count == 1 else 's'}"
