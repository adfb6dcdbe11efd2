"""The words of the picture of the whole spine: numerals and years along the line, and what it says. Pure."""

from __future__ import annotations

import textwrap
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, inf

from sessions.spine import Spine, Stop

# So many sessions and threads have names of their own in the picture; of more, the years lead on.
MOST_NAMED = 60
MOST_NUMERALS, FEW_NUMERALS = 24, 9
ROUND = (1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000)
YEAR_ROOM = 4.5  # percent of the width
SAID_WIDTH = 40  # in letters: as many as a phone has room for
SAID_LINES = 2
# Percent of a picture that is no phone's: half of the longest line.
SAID_ROOM = 27
# Pixels, where ranges are told: how wide the picture is at least, and a digit at most.
WIDE, DIGIT, AIR = 760, 9, 6


@dataclass(frozen=True)
class Label:
    """A numeral or year below the line. Where there is little room, those that are not `main` are left out.

    `more` is the end of a range, for a window with room for it beside the labels around.
    """

    x: float
    text: str
    main: bool
    is_back: bool = False  # it ends at its place
    more: str = ""


@dataclass(frozen=True)
class Said:
    """What is said of what is pointed at, in lines: at `x` in percent, on this side of it.

    On a phone there is room for that only from the left edge on: it is written twice, and seen once.
    """

    lines: list[str]
    x: float

    @property
    def side(self) -> str:
        return "rightwards" if self.x < SAID_ROOM else "leftwards" if self.x > 100 - SAID_ROOM else "around"


def _step(count: int, most: int) -> int:
    return next((step for step in ROUND if ceil(count / step) <= most), ROUND[-1])


def numerals(stops: Sequence[Stop], xs: Sequence[float]) -> list[Label]:
    """The sessions' numbers, so few that they have room; of a range the first, and the last where that has room too."""
    step, few = _step(len(xs), MOST_NUMERALS), _step(len(xs), FEW_NUMERALS)
    found = []
    for place, (stop, x) in enumerate(zip(stops, xs, strict=True)):
        if place % step == 0:
            first, *last = stop.numbers.replace(" & ", "–").split("–")
            found.append(Label(x, first, place % few == 0, more="".join(f"–{each}" for each in last)))
    room = [inf, *((b.x - a.x) * WIDE / 100 for a, b in pairwise(found)), inf]
    widths = [0, *(DIGIT * len(label.text + label.more) for label in found), 0]
    return [
        label
        if all(
            (widths[place + 1] + widths[place + side]) / 2 + AIR <= room[place + side // 2] for side in (0, 2)
        )
        else replace(label, more="")
        for place, label in enumerate(found)
    ]


def years(spine: Spine, xs: Sequence[float], end: float) -> Iterator[Label]:
    """The years of a spine that has dates, each where it begins; one without room up to `end` stands before that."""
    few = _step(len(spine.years), 6)
    for index, (place, year) in enumerate(spine.years.items()):
        is_back = end - xs[place] < YEAR_ROOM
        yield Label(xs[place], str(year), index % few == 0 and not is_back, is_back)


def said(words: str, x: float) -> Said:
    """Some words at a place, in lines that a phone has room for; what is too much ends in an ellipsis.

    The width is an estimate: wide letters, such as Chinese ones, count twice.
    """
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in words)
    most = round(SAID_WIDTH / (1 + wide / max(len(words), 1)))
    return Said(textwrap.wrap(words, most, max_lines=SAID_LINES, placeholder=" …"), x)


def listed(words: Sequence[str]) -> str:
    """a, b and c."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def in_words(spine: Spine) -> str:
    """What can be seen, in a sentence or two."""
    held = [stop for stop in spine.stops if not stop.is_upcoming]
    coming = sum(stop.is_upcoming and not stop.is_cancelled for stop in spine.stops)
    times = Counter(work for stop in held for work in stop.works)
    again = sum(count > 1 for count in times.values())
    planned = {work for stop in spine.stops for work in stop.works} - set(times)
    sentences = (
        _counted("session", (len(held), "held"), (coming, "to come")),
        _counted(
            "paper",
            (len(times), f"read{_again(again, len(times))}"),
            (len(planned), "planned"),
            (len(spine.to_cover), "still to cover"),
        ),
    )
    return " ".join(filter(None, sentences)) or "Nothing yet."


def _again(again: int, times: int) -> str:
    if again == times == 1:
        return " more than once"
    return f", {'all' if again == times else again} of them more than once" if again else ""


def _counted(thing: str, *counts: tuple[int, str]) -> str:
    """3 papers read, 2 planned and 1 to come. What there is none of goes without saying."""
    said = [(count, what) for count, what in counts if count]
    first = [f"{count:,} {thing}{'' if count == 1 else 's'} {what}" for count, what in said[:1]]
    return f"{listed([*first, *(f'{count:,} {what}' for count, what in said[1:])])}." if said else ""


def to_cover_in_words(spine: Spine) -> str:
    """How many papers the field at the end stands for; begins with what is to be read above it."""
    count = len(spine.to_cover)
    return f"{count:,} to cover: {'the paper' if count == 1 else 'papers'} still on the list"
