"""What the shapes of a picture mean: a sample of each shape that it has, and words. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sessions.strip import Strip

TIMES = {2: "paper read twice", 3: "paper read three times", 4: "paper read more often"}


@dataclass(frozen=True)
class Sample:
    """A shape by its name (sessions/svg.py draws it), in a picture so crowded, and what it stands for."""

    shape: str
    size: str
    words: str


def legend(strip: Strip) -> list[Sample]:
    return [Sample(shape, strip.size, words) for shape, words in _shapes(strip)]


def _shapes(strip: Strip) -> Iterator[tuple[str, str]]:
    spine = strip.spine
    kinds = {node.kind for node in strip.nodes}
    if "" in kinds:
        yield "node", "session"
    if "coming" in kinds:
        yield "coming", "session to come"
    if "cancelled" in kinds:
        yield "cancelled", "cancelled session"
    if spine.pauses:
        yield "pause", "a long break"
    if any(node.beads for node in strip.nodes):
        yield "bead", "paper read once, below its session"
    for weight in sorted({strand.weight for strand in strip.strands}):
        yield f"w{weight}", TIMES[weight]
    if any(arc.is_upcoming for strand in strip.strands for arc in strand.arcs):
        yield "dashed", "to be read again"
    if any(not strand.thread.key for strand in strip.strands):
        yield "faint", "read again, named in the table only"
    if spine.to_cover:
        yield "open", "paper still to cover, at the end"
