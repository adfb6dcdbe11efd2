"""The icon: a session on the spine, and the lines of a contents page beside it."""

from __future__ import annotations

import io
from functools import lru_cache

from PIL import Image, ImageDraw

from readinggroup.colours import shades

SIZE = 180  # what iOS asks for
FINER = 4  # drawn larger and made smaller, which smooths the edges


@lru_cache(maxsize=4)
def icon_png(accent: str) -> bytes:
    """The picture of templates/icon.svg as a PNG, on a ground of its own, since iOS makes what is empty black."""
    colours = shades(accent)
    image = Image.new("RGB", (SIZE * FINER, SIZE * FINER), colours.link)
    draw = ImageDraw.Draw(image)
    unit = SIZE * FINER / 32

    def knot(x: float, y: float, radius: float) -> None:
        draw.circle((x * unit, y * unit), radius * unit, fill=colours.paper)

    draw.line([(10 * unit, 0), (10 * unit, 32 * unit)], fill=colours.paper, width=round(1.6 * unit))
    for y in (9, 23):
        knot(10, y, 3.6)
    for y, end in ((9, 26), (16, 21), (23, 26)):
        draw.line(
            [(16.5 * unit, y * unit), (end * unit, y * unit)], fill=colours.paper, width=round(2.2 * unit)
        )
        knot(17.5, y, 1.1)
        knot(end, y, 1.1)
    file = io.BytesIO()
    image.resize((SIZE, SIZE), Image.Resampling.LANCZOS).quantize(32).save(file, "PNG", optimize=True)
    return file.getvalue()
