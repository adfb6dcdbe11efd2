"""The spine as it runs down beside the table of its sessions, a piece in each row. Pure: a spine in, rows out.

Across, places are in CSS pixels. Down, a row is as high as its words need, so that its piece of the line has only a
top, a place for the node and an end, wherever that is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sessions.spine import MOST_PAPERS, Spine, Stop, Thread, Told, Work

APART = 11  # from lane to lane
ROOM = 9  # for half a node


def width(lanes: int) -> int:
    """Of the lanes, and the line at their right."""
    return 2 * ROOM + APART * lanes + (3 if lanes else 0)


@dataclass(frozen=True)
class Row:
    """A session, or what stands between two: a year, a pause (in days).

    `through`, `starts`, `ends` and `beads` are places of lanes: those that run from top to bottom, begin or end at
    the node, or have one of its papers. `above` and `below` say how the line comes in and goes on: not at all (empty),
    solid or dashed.
    """

    width: int
    above: str
    below: str
    through: tuple[int, ...] = ()
    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    beads: tuple[int, ...] = ()
    stop: Stop | None = None
    year: int | None = None
    pause: int = 0
    reads: tuple[Told, ...] = ()
    once: tuple[Work, ...] = ()
    more: int = 0  # papers that are not named

    @property
    def line(self) -> int:
        return self.width - ROOM

    @property
    def passing(self) -> str:
        """The lanes that run through, as one path; the picture ends where its row does."""
        return "".join(f"M{x} 0V9999" for x in self.through)


def rows(spine: Spine, start: int = 0, end: int | None = None, *, years: bool = True) -> Iterator[Row]:
    """Row by row from one place up to another, pauses between, and years where they are asked for."""
    for place in range(len(spine.stops))[start:end]:
        if days := spine.pauses.get(place):
            yield _between(spine, place, pause=days)
        if years and (year := spine.years.get(place)):
            yield _between(spine, place, year=year)
        yield _row(spine, place)


def piece(spine: Spine, places: Sequence[int]) -> list[Row]:
    """The rows of some sessions next to each other; the line ends with them, and the threads lead on."""
    found = [_row(spine, place) for place in places]
    found[0] = replace(found[0], above="")
    found[-1] = replace(found[-1], below="")
    return found


def lane_at(spine: Spine, thread: Thread) -> int:
    """Where the lane of a thread is, across."""
    return width(spine.lanes) - ROOM - 3 - APART * ((thread.lane or 0) + 1)


def _xs(spine: Spine, threads: Sequence[Thread]) -> tuple[int, ...]:
    return tuple(sorted(lane_at(spine, thread) for thread in threads if thread.lane is not None))


def _way_to(spine: Spine, place: int) -> str:
    """How the line comes to this place."""
    if place == 0:
        return ""
    if place == len(spine.stops):
        return "dashed" if spine.to_cover else ""
    return "dashed" if spine.stops[place].is_upcoming else "solid"


def _between(spine: Spine, place: int, *, year: int | None = None, pause: int = 0) -> Row:
    way = _way_to(spine, place)
    across = [thread for thread in spine.threads if thread.at[0] < place <= thread.at[-1]]
    return Row(
        width=width(spine.lanes),
        above="dotted" if pause else way,
        below="dotted" if pause else way,
        through=_xs(spine, across),
        year=year,
        pause=pause,
    )


def _row(spine: Spine, place: int) -> Row:
    threads = spine.threads_at.get(place, [])
    once = [] if spine.is_long else spine.reads_once[place]
    return Row(
        width=width(spine.lanes),
        above=_way_to(spine, place),
        below=_way_to(spine, place + 1),
        through=_xs(spine, [each for each in spine.threads if each.at[0] < place < each.at[-1]]),
        starts=_xs(spine, [each for each in threads if each.at[0] == place]),
        ends=_xs(spine, [each for each in threads if each.at[-1] == place]),
        beads=_xs(spine, threads),
        stop=spine.stops[place],
        reads=tuple(spine.told(each, but=place) for each in threads[:MOST_PAPERS]),
        once=tuple(once),
        more=len(spine.reads_once[place]) - len(once) + len(threads[MOST_PAPERS:]),
    )
