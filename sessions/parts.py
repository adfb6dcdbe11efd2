"""A long history in parts, a year each: what the picture of the whole has no room to name. Pure: a picture in, parts out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil, sqrt

from sessions.arcs import Arc, keys
from sessions.lanes import Row, rows
from sessions.spine import Stop
from sessions.strip import EDGE, FEWEST_DEEP, TOP, Strip
from sessions.strip_words import MOST_NAMED, numerals

# Fewer sessions are told by their rows alone.
FEWEST_DRAWN = 8


@dataclass(frozen=True)
class Part:
    """Some sessions of a long history: its address on the page, and the room that they have in the whole picture."""

    key: str
    name: str
    stops: tuple[Stop, ...]
    rows: tuple[Row, ...]
    left: float
    width: float
    strip: Strip | None

    @cached_property
    def span(self) -> str:
        """Its first and last session."""
        return _span(self.stops)


def parts(whole: Strip) -> list[Part]:
    """The parts of a history that is too long to be named in one picture; of another, none."""
    return [] if whole.is_named else [_part(whole, *cut) for cut in _cuts(whole)]


def _cuts(whole: Strip) -> Iterator[tuple[str, str, int, int]]:
    """Address, name, first place and the one after the last: years, and of those too long even pieces."""
    spine = whole.spine
    starts = sorted({0, *spine.years})
    for start, end in zip(starts, [*starts[1:], len(spine.stops)], strict=True):
        year = str(spine.years.get(start, ""))
        pieces = ceil((end - start) / MOST_NAMED)
        for piece in range(pieces):
            first, after = (start + (end - start) * each // pieces for each in (piece, piece + 1))
            span = _span(spine.stops[first:after])
            key = f"y{year}" if year and not piece else f"from-{first + 1}"
            yield key, year if year and pieces == 1 else ", ".join(filter(None, (year, span))), first, after


def _span(stops: tuple[Stop, ...]) -> str:
    return stops[0].name if len(stops) == 1 else f"{stops[0].name} to {stops[-1].name}"


def _part(whole: Strip, key: str, name: str, start: int, end: int) -> Part:
    first, last = whole.nodes[start], whole.nodes[end - 1]
    return Part(
        key=key,
        name=name,
        stops=whole.spine.stops[start:end],
        rows=tuple(rows(whole.spine, start, end, years=False)),
        left=first.left,
        width=round(last.left + last.width - first.left, 3),
        strip=_magnified(whole, start, end) if end - start >= FEWEST_DRAWN else None,
    )


def _magnified(whole: Strip, start: int, end: int) -> Strip:
    """The same picture, so wide that only these sessions are in it; arcs lead out of it to those before and after."""
    nodes = whole.nodes[start:end]
    left, right = nodes[0].left, nodes[-1].left + nodes[-1].width
    by = (100 - 2 * EDGE) / (right - left)

    def across(x: float) -> float:
        return round(EDGE + (x - left) * by, 3)

    def is_here(arc: Arc) -> bool:
        return any(left < end < right for end in (arc.x - arc.rx, arc.x + arc.rx))

    strands = [
        replace(
            strand,
            arcs=tuple(
                replace(arc, x=across(arc.x), rx=round(arc.rx * by, 3)) for arc in strand.arcs if is_here(arc)
            ),
        )
        for strand in whole.strands
    ]
    drawn = tuple(strand for strand in strands if strand.arcs)
    nodes = tuple(
        replace(node, x=across(node.x), left=across(node.left), width=round(node.width * by, 3))
        for node in nodes
    )
    runs = [
        replace(run, start=max(across(run.start), 0), end=min(across(run.end), 100))
        for run in whole.runs
        if run.start < right and run.end > left
    ]
    return replace(
        whole,
        nodes=nodes,
        strands=drawn,
        keys=keys(drawn, left=EDGE, right=100 - EDGE),
        runs=tuple(runs),
        numerals=tuple(numerals([node.stop for node in nodes], [node.x for node in nodes])),
        years=(),
        field=(),
        top=round(-max((_seen(arc) for strand in drawn for arc in strand.arcs), default=0) - TOP, 1),
        floor=round(max([FEWEST_DEEP, *(node.deep for node in nodes)]) + 4, 1),
        foot=0,
    )


def _seen(arc: Arc) -> float:
    """How high an arc rises inside of the picture."""
    out = max(arc.x - 100, -arc.x, 0) / arc.rx
    return arc.ry * sqrt(max(1 - out * out, 0))
