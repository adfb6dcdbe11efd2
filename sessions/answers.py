"""What people ask of the map, answered from the spine: where to start, what comes next, what was read again. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from sessions.spine import MOST_SESSIONS, Spine, Stop, Told

# Of more papers that were read equally often, none stands out.
MOST_TOLD = 3


@dataclass(frozen=True)
class Before:
    """A session that reads papers of earlier ones, the latest of those, and how many more there are."""

    stop: Stop
    stops: tuple[Stop, ...]
    more: int


@dataclass(frozen=True)
class Answers:
    """`most` are the papers read most, `times` each; where too many are equal, `longest` is the one returned to latest."""

    start: Stop | None
    following: Stop | None
    before: Before | None
    most: tuple[Told, ...]
    times: int
    longest: Told | None


def answers(spine: Spine) -> Answers:
    stops = range(len(spine.stops))
    held = [place for place in stops if not spine.stops[place].is_upcoming]
    coming = next(
        (place for place in stops if spine.stops[place].is_upcoming and not spine.stops[place].is_cancelled),
        None,
    )
    times = max((len(thread.at) for thread in spine.threads), default=0)
    most = [thread for thread in spine.threads if len(thread.at) == times]
    stands_out = len(most) <= MOST_TOLD
    longest = max(
        spine.threads, key=lambda thread: (thread.at[-1] - thread.at[0], -thread.at[0]), default=None
    )
    return Answers(
        start=spine.stops[held[0]] if held else None,
        following=None if coming is None else spine.stops[coming],
        before=_before(spine, coming),
        most=tuple(map(spine.told, most)) if stands_out else (),
        times=times,
        longest=spine.told(longest) if longest and not stands_out else None,
    )


def _before(spine: Spine, coming: int | None) -> Before | None:
    """Of the session that comes next; where that builds on none, of the one that builds on the most."""
    earlier: dict[int, int] = {}  # a bit for each place before
    for thread in spine.threads:
        so_far = 0
        for place in thread.at:
            if so_far:
                earlier[place] = earlier.get(place, 0) | so_far
            so_far |= 1 << place
    if not earlier:
        return None
    place = max(earlier, key=lambda each: (each == coming, earlier[each].bit_count(), -each))
    found = [each for each in range(place) if earlier[place] >> each & 1]
    named = tuple(spine.stops[each] for each in found[-MOST_SESSIONS:])
    return Before(spine.stops[place], named, len(found) - len(named))
