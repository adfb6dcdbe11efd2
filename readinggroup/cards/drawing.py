"""A card as a picture: what stands on it goes in, a PNG comes out."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import asdict, dataclass
from threading import Lock
from typing import NamedTuple

from PIL import Image, ImageDraw, features

from readinggroup.cards import fonts
from readinggroup.cards.setting import Block, set_in, set_on_a_line
from readinggroup.colours import RGB, Shades, shades

# What Open Graph asks for (1.91:1), and all that chats show.
WIDTH, HEIGHT = 1200, 630
# Grows with every change of the look, so that chats fetch the cards anew.
LOOK = 2
EDGE = 72
SPINE = 316  # where the line is, on a card with a number; without one it is at the edge
GAP = 52  # from the spine to the text
TITLE_SIZES = (120, 108, 96, 88, 80, 72, 65, 59, 53, 48, 43, 39, 35, 31, 27, 23, 20)
NUMBER_SIZES = (168, 132, 104, 84, 68, 56, 46, 38, 30)
SMALL_SIZES = (34, 30, 26)
KNOT = 13

_one_at_a_time = (
    Lock()
)  # fonts are not to be used by two threads at once; and no crowd takes the whole machine


@dataclass(frozen=True)
class Card:
    """What stands on a card, in plain text."""

    title: str
    group: str
    accent: str  # #rrggbb
    word: str = ""  # above the number: Week
    numbers: str = ""  # 16 & 17
    note: str = ""  # a line below the title

    @property
    def version(self) -> str:
        """Another one for whatever looks different."""
        content = json.dumps([LOOK, asdict(self)], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:12]


class Line(NamedTuple):
    """Words in a size, in pixels; `backwards` where they run from the right."""

    text: str
    size: int
    backwards: bool = False


def png(card: Card) -> bytes:
    """The card as a PNG of 1200 by 630 pixels, with the few colours that it has."""
    with _one_at_a_time:
        image = _drawn(card, shades(card.accent))
        file = io.BytesIO()
        # Not made as small as it gets, which takes three times as long for an eighth of its size.
        image.quantize(48, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(file, "PNG")
    return file.getvalue()


def _drawn(card: Card, colours: Shades) -> Image.Image:
    image = Image.new("RGB", (WIDTH, HEIGHT), colours.paper)
    draw = ImageDraw.Draw(image)
    spine = SPINE if card.numbers else EDGE + KNOT
    column = (spine + GAP, WIDTH - EDGE)
    room = column[1] - column[0]
    foot = HEIGHT - EDGE
    title, number, group = card.title, card.numbers, card.group
    block = set_in(title, room, 372, TITLE_SIZES)
    if not any(letter.isalnum() for line in block.lines for letter in line):
        # A title in letters that no font here has: say what can be said.
        block = set_in(f"{card.word} {number}" if number else group, room, 372, TITLE_SIZES)
    top = EDGE + 10
    first = top + round(block.size * 0.74)  # the first baseline: capitals reach some 0.7 above it
    draw.line([(spine, 0), (spine, HEIGHT)], fill=colours.rule, width=3)
    knot = first - round(block.size * 0.35)
    draw.rectangle((spine - 3, knot - KNOT - 9, spine + 3, knot + KNOT + 9), fill=colours.paper)
    image.paste(colours.link, (spine - KNOT, knot - KNOT), _disc(KNOT))
    if number:
        _number(draw, card, spine - GAP + 8, colours)
    _lines(draw, block, column, first, colours.ink)
    if card.note:
        below = first + round((len(block.lines) - 1) * block.leading + block.size * 0.32) + 56
        note = set_on_a_line(card.note, room, SMALL_SIZES)
        _lines(draw, note, column, min(below, foot - 62), colours.quiet)
    _lines(draw, set_on_a_line(group, room, SMALL_SIZES), column, foot, colours.quiet)
    return image


def _disc(radius: int) -> Image.Image:
    """A mask with smooth edges: drawn larger, then made smaller."""
    mask = Image.new("L", (8 * radius, 8 * radius))
    ImageDraw.Draw(mask).circle((4 * radius, 4 * radius), 4 * radius - 1, fill=255)
    return mask.resize((2 * radius, 2 * radius), Image.Resampling.LANCZOS)


def _number(draw: ImageDraw.ImageDraw, card: Card, right: int, colours: Shades) -> None:
    """The number at the end of the margin, and its word below it."""
    room = right - 28
    number = set_on_a_line(card.numbers, room, NUMBER_SIZES)
    height = round(number.size * 0.69)
    top = EDGE + 10
    bottom = top + height
    _at_end(draw, Line(number.lines[0], number.size), (right, bottom), colours.numeral)
    word = set_on_a_line(card.word.upper(), room, (28, 24, 20, 17))
    _at_end(draw, Line(word.lines[0], word.size), (right, bottom + 22 + word.size), colours.quiet)


def _lines(draw: ImageDraw.ImageDraw, block: Block, column: tuple[int, int], first: int, colour: RGB) -> None:
    """Lines in a column from its start to its end, in pixels; the baseline of the first is there.

    All of them run as their text does, whatever letters one of them happens to begin with (UAX #9, rule HL1).
    """
    start, end = column
    backwards = fonts.is_right_to_left("".join(block.lines))
    # What is white before a letter grows with it: so that large and small ones begin at one line.
    put, x = (_at_end, end) if backwards else (_at_start, start - block.size // 16)
    for at, line in enumerate(block.lines):
        put(draw, Line(line, block.size, backwards), (x, first + round(at * block.leading)), colour)


def _at_start(draw: ImageDraw.ImageDraw, line: Line, place: tuple[float, int], colour: RGB) -> None:
    """From that place to the right, its baseline there."""
    # Pillow knows of directions where it has Raqm.
    direction = ("rtl" if line.backwards else "ltr") if features.check("raqm") else None
    x, baseline = place
    runs = fonts.runs(line.text)
    for run in reversed(runs) if line.backwards else runs:
        font = fonts.at_size(run.font, line.size)
        draw.text((x, baseline), run.text, font=font, fill=colour, anchor="ls", direction=direction)
        x += font.getlength(run.text)


def _at_end(draw: ImageDraw.ImageDraw, line: Line, place: tuple[float, int], colour: RGB) -> None:
    """So that it ends at that place."""
    x, baseline = place
    _at_start(draw, line, (x - fonts.width(line.text, line.size), baseline), colour)
