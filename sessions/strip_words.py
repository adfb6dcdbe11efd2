"""The words of the picture of the whole spine: numerals and years along the line, and what it says. Pure."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from sessions.spine import Spine, Stop

# So many sessions and threads have names of their own in the picture; of more, the years lead on.
MOST_NAMED = 60
MOST_NUMERALS, FEW_NUMERALS = 24, 9
ROUND = (1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000)
SAID_WIDTH = 40  # in letters: as many as a phone has room for
SAID_LINES = 2


@dataclass(frozen=True)
class Label:
    """A numeral or year below the line. Where there is little room, those that are not `main` are left out."""

    x: float
    text: str
    main: bool


@dataclass(frozen=True)
class Year:
    """The room of a year, and its first and last session."""

    label: Label
    left: float
    width: float
    first: Stop
    last: Stop


def _step(count: int, most: int) -> int:
    return next((step for step in ROUND if ceil(count / step) <= most), ROUND[-1])


def numerals(spine: Spine, xs: list[float]) -> Iterator[Label]:
    """The sessions' numbers, of a range the first; so few that they have room, none where years tell enough."""
    if len(xs) > MOST_NAMED and spine.years:
        return
    step, few = _step(len(xs), MOST_NUMERALS), _step(len(xs), FEW_NUMERALS)
    for place, (stop, x) in enumerate(zip(spine.stops, xs, strict=True)):
        if place % step == 0:
            yield Label(x, stop.numbers.partition(" ")[0].partition("–")[0], place % few == 0)


def years(spine: Spine, xs: list[float], end: float) -> Iterator[Year]:
    """The years of a spine that has dates, each up to the next; the last up to `end`."""
    starts = [*spine.years, len(xs)]
    edges = [*(xs[place] for place in spine.years), end]
    few = _step(len(spine.years), 6)
    for index, year in enumerate(spine.years.values()):
        # Before the first year with a date, there may be sessions without one.
        left = edges[index]
        first, last = spine.stops[starts[index]], spine.stops[starts[index + 1] - 1]
        label = Label(left, str(year), index % few == 0)
        yield Year(label, left, round(edges[index + 1] - left, 3), first, last)


def said(words: str) -> list[str]:
    """Some words in lines that a phone has room for; what is too much ends in an ellipsis.

    The width is an estimate: wide letters, such as Chinese ones, count twice.
    """
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in words)
    most = round(SAID_WIDTH / (1 + wide / max(len(words), 1)))
    return textwrap.wrap(words, most, max_lines=SAID_LINES, placeholder=" …")


def in_words(spine: Spine) -> str:
    """What can be seen, in a sentence or two."""
    coming = sum(stop.is_upcoming and not stop.is_cancelled for stop in spine.stops)
    counts = [
        (
            len(spine.stops) - sum(stop.is_upcoming for stop in spine.stops),
            "session held",
            "sessions held",
        ),
        (coming, "session to come", "sessions to come"),
        (len(spine.threads), "paper that several of them read", "papers that several of them read"),
        (
            sum(map(len, spine.reads_once.values())),
            "paper that one of them read",
            "papers that one of them read",
        ),
        (len(spine.to_cover), "paper still to cover", "papers still to cover"),
    ]
    said = [f"{count:,} {one if count == 1 else many}" for count, one, many in counts if count]
    if len(said) > 1:
        return f"{', '.join(said[:-1])} and {said[-1]}."
    return f"{said[0]}." if said else "Nothing yet."


def to_cover_in_words(spine: Spine) -> str:
    """How many papers the field at the end stands for."""
    count = len(spine.to_cover)
    return f"{count} paper{'' if count == 1 else 's'} still to cover"
