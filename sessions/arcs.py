"""Threads as arcs above the line, and the letters that call them. Pure: a spine in, geometry out.

Across, places are in percent of the picture's width; down, in CSS pixels from the line, above it less than 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from math import cos, radians, sin, sqrt

from papers.tex import to_text
from sessions.spine import Spine, Thread, Told
from sessions.strip_words import Said, listed, said

HIGHEST_ARC, LOWEST_ARC = 150.0, 20.0
RIBBON = 20.0  # at most, between arcs from and to the same two sessions
# More arcs than these would be a surface.
MOST_ARCS = 600
# A distance of so many sessions has the highest arc even where no other is longer.
FAR = 6

# How wide the picture is at least, in pixels: on a phone, and where there is more room than that.
PHONE, WIDER = 284, 590
# So many arcs more than one for each thread may have their letter.
MOST_KEYS = 60
# Of a letter, with a little air. It stands on its arc, at the top or beside it; above an arc that is hardly wider.
LETTER_WIDTH, LETTER_HEIGHT = 13.0, 17.0
WAYS_UP = (90, 65, 115, 45, 135, 30, 150)  # degrees along the arc
NARROW = 12.0
ABOVE = 11.0
NEAREST = -15.0  # to the line, or sessions would be covered


@dataclass(frozen=True)
class Arc:
    """From one session to the next that reads the paper: half an ellipse."""

    x: float
    rx: float
    ry: float
    is_upcoming: bool


@dataclass(frozen=True)
class Strand:
    """A thread as it is drawn. `weight` is 2, 3 or 4: how often the paper is read, 4 for more."""

    told: Told
    arcs: tuple[Arc, ...]
    weight: int

    @property
    def thread(self) -> Thread:
        return self.told.thread

    @cached_property
    def name(self) -> str:
        """Its link's: Attention Is All You Need, read in Week 1, Week 5 and 3 more."""
        more = [f"{self.told.more} more"] if self.told.more else []
        readers = listed([*(f"{stop.name}{stop.when}" for stop in self.told.stops), *more])
        return f"{to_text(self.thread.work.title)}, read in {readers}"

    @cached_property
    def said(self) -> Said:
        """Below the highest of its arcs, as far as that is in the picture."""
        highest = max(self.arcs, key=lambda arc: arc.ry)
        return said(to_text(self.thread.work.title), min(max(highest.x, 0), 100))


@dataclass(frozen=True)
class Key:
    """A letter with its middle at a place. One that is not `main` has no room on a phone."""

    text: str
    x: float
    y: float
    main: bool

    def is_clear_of(self, other: Key, width: float) -> bool:
        """Whether the two do not touch in a picture of so many pixels; then nor do they in a wider one."""
        across = abs(self.x - other.x) * width / 100
        return across >= LETTER_WIDTH or abs(self.y - other.y) >= LETTER_HEIGHT


def strands(spine: Spine, xs: list[float]) -> tuple[Strand, ...]:
    """The threads, with those that have no letter first: the others are drawn over them."""
    threads = _drawn(spine)
    longest = max([FAR, *(b - a for thread in threads for a, b in pairwise(thread.at))])
    together: Counter[tuple[int, int]] = Counter()
    several = Counter(pair for thread in threads for pair in pairwise(thread.at))
    found = []
    for thread in threads:
        arcs = []
        for start, end in pairwise(thread.at):
            height = LOWEST_ARC + (HIGHEST_ARC - LOWEST_ARC) * sqrt((end - start - 1) / max(longest - 1, 1))
            # Papers that the same two sessions read are a ribbon: evenly apart, and below the highest arc.
            number, of = together[start, end], several[start, end]
            together[start, end] += 1
            apart = min(RIBBON, (HIGHEST_ARC - LOWEST_ARC / 2) / of)
            lowest = min(height, HIGHEST_ARC - apart * (of - 1))
            arcs.append(
                Arc(
                    x=round((xs[start] + xs[end]) / 2, 3),
                    rx=round((xs[end] - xs[start]) / 2, 3),
                    ry=round(lowest + apart * number, 1),
                    is_upcoming=spine.stops[end].is_upcoming,
                )
            )
        found.append(Strand(spine.told(thread), tuple(arcs), min(len(thread.at), 4)))
    return tuple(sorted(found, key=lambda strand: bool(strand.thread.key)))


def _drawn(spine: Spine) -> list[Thread]:
    """All threads, or as many as there is room for, those with letters first: none of them in part."""
    by_use = sorted(spine.threads, key=lambda thread: (not thread.key, -len(thread.at)))
    ends = accumulate(len(thread.at) - 1 for thread in by_use)
    chosen = {thread.work.pk for thread, arcs in zip(by_use, ends, strict=True) if arcs <= MOST_ARCS}
    return [thread for thread in spine.threads if thread.work.pk in chosen]


def keys(strands: Iterable[Strand], *, left: float = 0, right: float = 100) -> tuple[Key, ...]:
    """The letters, none of which touches another: first one for each thread, then for each other arc that has room.

    Threads of few and low arcs choose first. Where there is no room on a phone, there may be on a larger screen; a
    thread that has none there either is found by its name in the list.
    """
    called = sorted(
        (strand for strand in strands if strand.thread.key),
        key=lambda strand: (len(strand.arcs), max(arc.ry for arc in strand.arcs)),
    )
    placed: list[Key] = []
    later: list[tuple[str, Arc]] = []
    for strand in called:
        arcs = sorted(strand.arcs, key=lambda arc: -arc.ry)
        places = [(arc, spot) for arc in arcs for spot in _spots(arc) if left < spot[0] < right]
        free = _free(strand.thread.key, [spot for _, spot in places], placed)
        if free:
            placed.append(free)
        used = next((arc for arc, spot in places if free and spot == (free.x, free.y)), None)
        later += [(strand.thread.key, arc) for arc in arcs if arc is not used]
    for key, arc in sorted(later, key=lambda each: -each[1].rx)[:MOST_KEYS]:
        spots = [spot for spot in _spots(arc) if left < spot[0] < right]
        is_narrow = arc.rx * PHONE / 100 < NARROW
        if free := _free(key, spots, placed, (WIDER,) if is_narrow else (PHONE, WIDER)):
            placed.append(free)
    return tuple(placed)


def _free(
    text: str, spots: list[tuple[float, float]], placed: list[Key], widths: tuple[int, ...] = (PHONE, WIDER)
) -> Key | None:
    for width in widths:
        for x, y in spots:
            key = Key(text, x, y, main=width == PHONE)
            if all(key.is_clear_of(other, width) for other in placed):
                return key
    return None


def _spots(arc: Arc) -> Iterator[tuple[float, float]]:
    """Where a letter may stand: at the top, or on the arc's shoulders."""
    if arc.rx * PHONE / 100 < NARROW:
        yield arc.x, round(-arc.ry - ABOVE, 1)
    for degrees in WAYS_UP:
        x, y = arc.x + arc.rx * cos(radians(degrees)), -arc.ry * sin(radians(degrees))
        if y <= NEAREST:
            yield round(x, 2), round(y, 1)
