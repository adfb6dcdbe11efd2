"""Shades of the group's colour where no stylesheet reaches: pictures, icons, the browser's own frame.

The formulas are those of the OKLab colour space (https://bottosson.github.io/posts/oklab/), which CSS has as `oklch`;
the lightness and chroma of each shade are the ones in static/css/tokens.css.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

RGB = tuple[int, int, int]


class Shades(NamedTuple):
    """Colours by what they are for, as in the stylesheet; those of the dark page carry its name."""

    paper: RGB
    ink: RGB
    quiet: RGB
    numeral: RGB
    rule: RGB
    link: RGB
    dark_paper: RGB
    dark_link: RGB


@lru_cache(maxsize=16)
def shades(accent: str) -> Shades:
    """The shades of a colour written as #rrggbb."""
    lightness, chroma, hue = _oklch(accent)
    return Shades(
        paper=_rgb(0.99, min(chroma, 0.003), hue),
        ink=_rgb(0.23, min(chroma, 0.012), hue),
        quiet=_rgb(0.47, min(chroma, 0.016), hue),
        numeral=_rgb(0.55, min(chroma, 0.03), hue),
        rule=_rgb(0.88, min(chroma, 0.012), hue),
        link=_rgb(min(lightness, 0.46), chroma, hue),
        dark_paper=_rgb(0.205, min(chroma, 0.006), hue),
        dark_link=_rgb(max(lightness, 0.8), min(chroma, 0.1), hue),
    )


def as_hex(colour: RGB) -> str:
    """#rrggbb"""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _oklch(colour: str) -> tuple[float, float, float]:
    """Lightness from 0 to 1, chroma, and hue in radians."""
    r, g, b = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    medium = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    green_red = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    blue_yellow = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return lightness, math.hypot(green_red, blue_yellow), math.atan2(blue_yellow, green_red)


def _rgb(lightness: float, chroma: float, hue: float) -> RGB:
    """The colour on a screen; what no screen shows is clipped, as browsers do."""
    green_red, blue_yellow = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * green_red + 0.2158037573 * blue_yellow) ** 3
    medium = (lightness - 0.1055613458 * green_red - 0.0638541728 * blue_yellow) ** 3
    short = (lightness - 0.0894841775 * green_red - 1.2914855480 * blue_yellow) ** 3
    return (
        _byte(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _byte(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _byte(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _byte(value: float) -> int:
    value = 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
    return round(255 * min(max(value, 0), 1))
