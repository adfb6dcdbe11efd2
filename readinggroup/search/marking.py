"""The words found, marked in titles and texts, whatever accents and formulas they are written with. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from papers.tex import to_html, to_text
from readinggroup.search.matching import Span, Wanted
from readinggroup.search.words import folded

# A formula is one piece, as is its slanted letter, an entity, “++”, or a letter with the accents behind it. `to_html` makes no other elements.
_PIECE = re.compile(r"<math>.*?</math>|<i>.*?</i>|<[^>]*>|&[^;\s]{1,32};|\+\+|.[\u0300-\u036f]*", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_POSSESSIVE = re.compile("(?<=.)['\u2019\u02bc]s(?![A-Za-z0-9])")
AROUND = 90  # characters of an excerpt on either side of the first word found
MOST_PLACES = 200  # in a text, of which the best is chosen
MOST_READ = 12_000  # characters of a text that an excerpt is looked for in


@dataclass
class _Word:
    text: str
    first: int  # the pieces it is made of
    last: int


def mark_title(source: str, wanted: Wanted) -> SafeString:
    """A title as written, as safe HTML, the words found in `<mark>`, those too whose initials are looked for."""
    return _mark(to_html(source), wanted.spans_of_title)


def mark(safe: SafeString, wanted: Wanted) -> SafeString:
    """HTML that `to_html` or `escape` made, the words found in `<mark>`; without those marks it is what it was."""
    return _mark(safe, wanted.spans)


def _mark(safe: SafeString, spans: Callable[[list[str]], Iterable[Span]]) -> SafeString:
    pieces = _PIECE.findall(safe)
    words = list(_words(pieces))
    found = sorted({(span.start, span.end) for span in spans([word.text for word in words])})
    starts, ends, covered = set(), set(), -1
    for start, end in found:
        first, last = words[start].first, words[end - 1].last
        if first > covered:
            starts.add(first)
            ends.add(last)
            covered = last
        elif last > covered:  # overlaps the one before: one mark for both
            ends.discard(covered)
            ends.add(last)
            covered = last
    marked = (
        f"{'<mark>' if place in starts else ''}{piece}{'</mark>' if place in ends else ''}"
        for place, piece in enumerate(pieces)
    )
    return mark_safe("".join(marked))  # what came in was safe, and marks stand around whole pieces


def _words(pieces: list[str]) -> Iterator[_Word]:
    """The plain words that the pieces make, and which pieces those are."""
    text: list[str] = []
    first = last = 0
    shown = [_TAG.sub("", piece) if piece.startswith("<") else html.unescape(piece) for piece in pieces]
    silent = _silent(shown)
    for place, piece in enumerate(shown):
        parts = re.split("( )", "" if place in silent else _folded(piece))
        for part in parts:
            if part == " ":
                if text:
                    yield _Word("".join(text), first, last)
                    text = []
            elif part:
                if not text:
                    first = place
                text.append(part)
                last = place
    if text:
        yield _Word("".join(text), first, last)


@lru_cache(maxsize=4096)
def _folded(piece: str) -> str:
    """Most pieces are single letters, and those are few."""
    return folded(piece)


def _silent(shown: list[str]) -> set[int]:
    """The pieces of “'s”, which `plain` leaves out."""
    starts: dict[int, int] = {}
    at = 0
    for place, piece in enumerate(shown):
        for _ in piece:
            starts[at] = place
            at += 1
    whole = "".join(shown)
    return {
        starts[position]
        for match in _POSSESSIVE.finditer(whole)
        for position in range(match.start(), match.end())
    }


def excerpt(text: str, wanted: Wanted) -> SafeString:
    """A part of some prose around the first words found, those marked; empty where there are none.

    Where all is one text, the beginning that has the most of what is looked for is the best.
    """
    text = " ".join(to_text(text[:MOST_READ]).split())
    pieces = _PIECE.findall(escape(text))
    words = list(_words(pieces))
    spans = sorted(wanted.spans([word.text for word in words]), key=lambda span: span.start)
    if not spans:
        return mark_safe("")
    offsets = [0, *accumulate(len(html.unescape(piece)) for piece in pieces)]
    places = [(offsets[words[span.start].first], span.group) for span in spans[:MOST_PLACES]]
    best, _ = max(
        places,
        key=lambda place: (
            len({group for at, group in places if place[0] <= at <= place[0] + AROUND}),
            -place[0],
        ),
    )
    start = max(0, best - AROUND)
    end = min(len(text), best + 2 * AROUND)
    if start:
        start = text.find(" ", start, best) + 1 or best
    if end < len(text):
        end = text.rfind(" ", best, end)
        end = end if end > best else min(len(text), best + 2 * AROUND)
    cut = mark(escape(text[start:end]), wanted)
    return mark_safe(f"{'…' if start else ''}{cut}{'…' if end < len(text) else ''}")  # as above
