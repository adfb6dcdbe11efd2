"""The whole spine in one picture, as wide as there is room: where everything stands. Pure: a spine in, geometry out.

Across, places are in percent of the width; down, in CSS pixels from the line, above it less than 0. So one picture fits a phone and a wall: nothing in
it is scaled, only moved apart. Sessions stand on a line; arcs above it are the papers that lead from one to the other;
dots that hang from a session are the papers it alone read; dots at the end those still to cover.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil, sqrt

from papers.tex import to_text
from sessions.arcs import Key, Strand, keys, strands
from sessions.spine import Spine, Stop
from sessions.strip_words import (
    MOST_NAMED,
    SAID_LINES,
    Label,
    Said,
    in_words,
    numerals,
    said,
    to_cover_in_words,
    years,
)

# Percent of the width.
EDGE = 2.0
FIELD = 15.0
# A pause takes so much room as sessions do, the more the longer: one for so many days, up to the most.
PAUSE_UNIT, MOST_PAUSE = 90, 3
# Pixels.
TOP = 26.0  # for a letter above the highest arc
FIRST_BEAD, BEAD, DEEPEST = 17.0, 9.0, 81.0
FEWEST_DEEP = 12.0
FIELD_HEIGHT = 140.0
LETTERS = 19.0  # a line of numerals or years
SAID = 18.0  # a line of what is said of the session or thread that is pointed at
ROOM_ABOVE = 12.0  # of a session, to be pointed at
# So few have room for large nodes.
FEW = 24
RADIUS = {"few": 6.5, "some": 4.5, "many": 2}
FEWEST_ACROSS = 8
# A field of more dots has smaller ones.
DENSE = 120


@dataclass(frozen=True)
class Node:
    """A session on the line: its place, the room around it that leads to it, and the dots that hang from it."""

    stop: Stop
    x: float
    left: float
    width: float
    beads: int
    deep: float  # where the last dot hangs
    keys: tuple[str, ...] = ()  # letters of the threads through it

    @property
    def said(self) -> Said:
        return said(f"{self.stop.name}: {to_text(self.stop.title)}", self.x)

    @property
    def kind(self) -> str:
        return self.stop.kind

    @property
    def apart(self) -> float:
        """From dot to dot, less where many have to find room."""
        return min(BEAD, DEEPEST / max(self.beads - 1, 1))


@dataclass(frozen=True)
class Run:
    """A piece of the line between two pauses; dashed where it leads on to what is to come."""

    start: float
    end: float
    is_upcoming: bool

    @property
    def way(self) -> str:
        return "dashed" if self.is_upcoming else "solid"


@dataclass(frozen=True)
class Column:
    """Papers still to cover, one below the other: `x` is in percent of the field's width."""

    x: float
    top: float
    bottom: float
    dots: int


@dataclass(frozen=True)
class Strip:
    spine: Spine
    nodes: tuple[Node, ...]
    strands: tuple[Strand, ...]
    keys: tuple[Key, ...]
    runs: tuple[Run, ...]
    numerals: tuple[Label, ...]
    years: tuple[Label, ...]
    field: tuple[Column, ...]
    field_apart: float  # from dot to dot, downwards
    field_x: float
    field_width: float
    top: float
    floor: float  # below the dots that hang from sessions
    foot: float  # below the field

    @property
    def is_named(self) -> bool:
        """Whether each session has room to be pointed at."""
        return len(self.nodes) <= MOST_NAMED

    @property
    def size(self) -> str:
        """How crowded it is, in a word."""
        return "few" if len(self.nodes) <= FEW else "some" if self.is_named else "many"

    @property
    def count_y(self) -> float:
        """Above the field, how many papers it has."""
        return self.field[0].top - 11

    @property
    def in_field(self) -> str:
        return to_cover_in_words(self.spine)

    @property
    def is_dense(self) -> bool:
        return len(self.spine.to_cover) > DENSE

    @property
    def radius(self) -> float:
        return RADIUS[self.size]

    @property
    def numerals_y(self) -> float:
        return self.floor + LETTERS

    @property
    def years_y(self) -> float:
        return self.numerals_y + (LETTERS if self.numerals else 0)

    @property
    def tick(self) -> tuple[float, float]:
        """From where to where the stroke goes that begins a year."""
        return self.numerals_y + 5 if self.numerals else FIRST_BEAD, self.years_y

    @property
    def labels_y(self) -> float:
        """Below the last line of letters."""
        return max(self.years_y if self.years else self.numerals_y, self.foot) + 6

    @property
    def bottom(self) -> float:
        return self.labels_y + (SAID * SAID_LINES + 6 if self.is_named else 0)

    @property
    def down(self) -> float:
        """How far below the top the line is."""
        return -self.top

    @property
    def height(self) -> float:
        return round(self.bottom - self.top, 1)

    @property
    def bare_height(self) -> float:
        """Of the picture without its words."""
        return round(max(self.floor, self.foot) + 8 - self.top, 1)

    @property
    def room(self) -> tuple[float, float]:
        """From where and how far down a session can be pointed at."""
        return -ROOM_ABOVE, round(self.labels_y + ROOM_ABOVE, 1)

    @property
    def in_words(self) -> str:
        return in_words(self.spine)


def strip(spine: Spine) -> Strip:
    """Where everything in the picture of this spine stands."""
    places = _places(spine)
    width = 100 - 2 * EDGE - (FIELD if spine.to_cover else 0)
    unit = width / max(places[-1] + 1, 1) if places else width
    xs = [round(EDGE + (place + 0.5) * unit, 3) for place in places]
    nodes = tuple(
        replace(
            _node(stop, x, unit, len(spine.reads_once[place])),
            keys=tuple(thread.key for thread in spine.threads_at.get(place, []) if thread.key),
        )
        for place, (stop, x) in enumerate(zip(spine.stops, xs, strict=True))
    )
    floor = max([FEWEST_DEEP, *(node.deep for node in nodes)])
    apart, field = _field(len(spine.to_cover))
    drawn = strands(spine, xs)
    highest = max((arc.ry for strand in drawn for arc in strand.arcs), default=0)
    top = min(-highest - TOP, field[0].top - TOP if field else 0)
    return Strip(
        spine=spine,
        nodes=nodes,
        strands=drawn,
        keys=keys(drawn),
        runs=tuple(_runs(spine, xs)),
        # Where years tell enough, numbers would be too many.
        numerals=() if spine.years and len(xs) > MOST_NAMED else tuple(numerals(spine.stops, xs)),
        years=tuple(years(spine, xs, EDGE + width)),
        field=field,
        field_apart=apart,
        field_x=round(100 - FIELD - EDGE + 3, 3),
        field_width=FIELD - 3,
        top=round(top, 1),
        floor=round(floor + 4, 1),
        foot=field[0].bottom + 4 if field else 0,
    )


def _places(spine: Spine) -> list[float]:
    """In units of one session, from 0: pauses take room too."""
    places: list[float] = []
    at = -1.0
    for place in range(len(spine.stops)):
        at += 1 + min(spine.pauses.get(place, 0) / PAUSE_UNIT, MOST_PAUSE)
        places.append(at)
    return places


def _node(stop: Stop, x: float, unit: float, beads: int) -> Node:
    deep = FIRST_BEAD + min(BEAD * (beads - 1), DEEPEST) if beads else 0
    return Node(stop, x, round(x - unit / 2, 3), round(unit, 3), beads, round(deep, 1))


def _runs(spine: Spine, xs: list[float]) -> Iterator[Run]:
    """From session to session but over pauses, and from the last one on to the papers to cover."""
    upcoming = [stop.is_upcoming for stop in spine.stops]
    start = 0
    for place in range(1, len(xs)):
        if place in spine.pauses or upcoming[place] != upcoming[start]:
            if place - 1 > start:
                yield Run(xs[start], xs[place - 1], upcoming[start])
            if place not in spine.pauses:
                yield Run(xs[place - 1], xs[place], is_upcoming=True)
            start = place
    if xs and xs[start] < xs[-1]:
        yield Run(xs[start], xs[-1], upcoming[start])
    if xs and spine.to_cover:
        yield Run(xs[-1], 100 - FIELD - EDGE + 1, is_upcoming=True)


def _field(count: int) -> tuple[float, tuple[Column, ...]]:
    """How far the dots are apart downwards, and columns of them, about as many across as down, around the line.

    A few do not take all the width.
    """
    across = ceil(sqrt(count))
    down = ceil(count / max(across, 1))
    apart = round(min(12.0, FIELD_HEIGHT / max(down, 1)), 2)
    top = round(-(down - 1) / 2 * apart, 2)
    columns = []
    for column in range(across):
        dots = min(down, count - column * down)
        if dots > 0:
            x = 100 * column / (max(across, FEWEST_ACROSS) - 1)
            columns.append(Column(round(x, 2), top, round(top + (dots - 1) * apart, 2), dots))
    return apart, tuple(columns)
