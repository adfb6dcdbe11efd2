"""The spine: the group's history as a line of sessions, with papers as threads through them. Pure: data in, places out.

A paper that two sessions or more read is a thread; it runs in a lane beside the line from the first of them to the last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import pairwise
from statistics import median
from string import ascii_lowercase

# Beside the line, for more threads at a time there is no room on a phone: those are told in words alone.
MOST_LANES = 5
# A pause is this much longer than what is usual between two sessions, and this many days at least.
PAUSE_FACTOR = 3
SHORTEST_PAUSE = 28

# More readings than these make a wall of the table: there, papers read once are counted, not named.
MOST_LISTED = 300
# So many papers are named for a session, and so many sessions for a paper, whatever is read again and again.
MOST_PAPERS, MOST_SESSIONS = 8, 6


@dataclass(frozen=True)
class Work:
    """A paper: its title as written, and its address among the papers."""

    pk: int
    title: str
    slug: str


@dataclass(frozen=True)
class Stop:
    """A session: its number in the group's words and alone, its title as written, its page, its day if known."""

    name: str
    numbers: str
    title: str
    url: str
    day: date | None = None
    is_upcoming: bool = False
    is_cancelled: bool = False
    works: tuple[Work, ...] = ()

    @property
    def kind(self) -> str:
        """What it is besides held, in a word."""
        return "cancelled" if self.is_cancelled else "coming" if self.is_upcoming else ""

    @property
    def when(self) -> str:
        """What is said behind its name among sessions that read the same paper: this one has not yet."""
        return " (to come)" if self.is_upcoming else ""


@dataclass(frozen=True)
class Thread:
    """A paper and the places on the line (from 0, ascending) of the sessions that read it.

    `key` is the letter by which picture, list and table call it, empty where others were read more and the alphabet
    has an end; `lane` counts from the line outwards, and is None where there is no room.
    """

    work: Work
    at: tuple[int, ...]
    key: str = ""
    lane: int | None = None

    def crosses(self, other: Thread) -> bool:
        """Whether the two would touch in one lane."""
        return self.at[0] <= other.at[-1] and other.at[0] <= self.at[-1]


@dataclass(frozen=True)
class Told:
    """A thread in words: the first sessions that read it, and how many more there are."""

    thread: Thread
    stops: tuple[Stop, ...]
    more: int


@dataclass(frozen=True)
class Spine:
    """The whole line. `to_cover` are the papers at its end that no session has or plans."""

    stops: tuple[Stop, ...]
    threads: tuple[Thread, ...]
    to_cover: tuple[Work, ...] = ()

    def latest(self, count: int) -> Spine:
        """The end of the line: so many sessions, and the threads that only these have."""
        return spine(self.stops[-count:], self.to_cover) if len(self.stops) > count else self

    @cached_property
    def is_dated(self) -> bool:
        """Whether the day of any session is known."""
        return any(stop.day or stop.is_upcoming for stop in self.stops)

    @cached_property
    def is_long(self) -> bool:
        return sum(len(stop.works) for stop in self.stops) > MOST_LISTED

    @cached_property
    def years(self) -> dict[int, int]:
        """The years, by the place of the first session in each."""
        found: dict[int, int] = {}
        latest = 0
        for place, stop in enumerate(self.stops):
            if stop.day and stop.day.year > latest:
                found[place] = latest = stop.day.year
        return found

    @cached_property
    def pauses(self) -> dict[int, int]:
        """How many days the group paused before a session, by its place, where that is far more than usual."""
        days = {
            place: (after.day - before.day).days
            for place, (before, after) in enumerate(pairwise(self.stops), 1)
            if before.day and after.day
        }
        usual = median([gap for gap in days.values() if gap > 0] or [0])
        least = max(SHORTEST_PAUSE, PAUSE_FACTOR * usual)
        return {place: gap for place, gap in days.items() if gap > least}

    @cached_property
    def lanes(self) -> int:
        """How many lanes are in use."""
        return max((thread.lane + 1 for thread in self.threads if thread.lane is not None), default=0)

    @cached_property
    def threads_at(self) -> dict[int, list[Thread]]:
        """The threads that a session reads, by its place."""
        found = defaultdict(list)
        for thread in self.threads:
            for place in thread.at:
                found[place].append(thread)
        return dict(found)

    def told(self, thread: Thread, *, but: int = -1) -> Told:
        """The sessions of a thread, but for the one at this place."""
        places = [place for place in thread.at[: MOST_SESSIONS + 1] if place != but][:MOST_SESSIONS]
        others = len(thread.at) - (but in thread.at)
        return Told(thread, tuple(self.stops[place] for place in places), others - len(places))

    @cached_property
    def legend(self) -> list[Told]:
        """The threads that have a letter."""
        return [self.told(thread) for thread in self.threads if thread.key]

    @cached_property
    def plans_again(self) -> bool:
        """Whether a thread is none yet, since but for plans its paper was not read more than once."""
        return any(
            sum(not self.stops[place].is_upcoming for place in thread.at) < 2 for thread in self.threads
        )

    @cached_property
    def reads_once(self) -> dict[int, list[Work]]:
        """The papers that only this session reads, by its place, in its own order."""
        threaded = {thread.work.pk for thread in self.threads}
        return {
            place: [work for work in stop.works if work.pk not in threaded]
            for place, stop in enumerate(self.stops)
        }


def spine(stops: Iterable[Stop], to_cover: Iterable[Work] = ()) -> Spine:
    """The line of these sessions, in the order given. A cancelled session stands on it, and reads nothing."""
    line = tuple(
        replace(
            stop, works=() if stop.is_cancelled else tuple({work.pk: work for work in stop.works}.values())
        )
        for stop in stops
    )
    return Spine(line, _in_lanes(_keyed(_threads(line))), tuple(to_cover))


def _threads(stops: Sequence[Stop]) -> list[Thread]:
    places = defaultdict(list)
    for place, stop in enumerate(stops):
        for work in stop.works:
            places[work].append(place)
    return [Thread(work, tuple(at)) for work, at in places.items() if len(at) > 1]


def _keyed(threads: list[Thread]) -> list[Thread]:
    """The letters go to those read most, of equals to the longest, and stand in the order of the line."""
    by_use = sorted(
        threads, key=lambda thread: (-len(thread.at), thread.at[0] - thread.at[-1], thread.work.pk)
    )
    called = {thread.work.pk for thread in by_use[: len(ascii_lowercase)]}
    letters = iter(ascii_lowercase)
    return [replace(each, key=next(letters)) if each.work.pk in called else each for each in threads]


def _in_lanes(threads: list[Thread]) -> tuple[Thread, ...]:
    """The shortest first, as near to the line as may be: so the most of them find room, and the long go around."""
    taken: list[list[Thread]] = [[] for _ in range(MOST_LANES)]
    placed = {}
    for thread in sorted(
        threads, key=lambda thread: (thread.at[-1] - thread.at[0], thread.at, thread.work.pk)
    ):
        free = (lane for lane, others in enumerate(taken) if not any(map(thread.crosses, others)))
        lane = next(free, None)
        placed[thread.work.pk] = replace(thread, lane=lane)
        if lane is not None:
            taken[lane].append(thread)
    return tuple(placed[thread.work.pk] for thread in threads)
