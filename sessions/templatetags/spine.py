"""How the spine is drawn and said on a page."""

from __future__ import annotations

from datetime import date

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from sessions import svg
from sessions.arcs import Strand
from sessions.lanes import Row
from sessions.legend import Sample, legend
from sessions.mapping import here
from sessions.strip import Node, Strip

register = template.Library()
# Nothing that these draw was written by anybody: sessions/svg.py.


@register.filter
def piece(row: Row) -> SafeString:
    return mark_safe(svg.piece(row))


@register.filter
def piece_here(row: Row) -> SafeString:
    return mark_safe(svg.piece(row, is_here=True))


@register.filter
def line(strip: Strip) -> SafeString:
    return mark_safe(svg.lines(strip))


@register.filter
def field(strip: Strip) -> SafeString:
    return mark_safe(svg.field(strip))


@register.filter
def nodes(strip: Strip) -> SafeString:
    return mark_safe(svg.nodes(strip))


@register.filter
def node(found: Node, strip: Strip) -> SafeString:
    return mark_safe(svg.node(found, strip))


@register.filter
def arcs(strand: Strand) -> SafeString:
    return mark_safe(svg.arcs(strand))


@register.filter
def arcs_within_reach(strand: Strand) -> SafeString:
    return mark_safe(svg.arcs(strand, within_reach=True))


@register.filter
def sample(found: Sample) -> SafeString:
    return mark_safe(svg.sample(found))


register.simple_tag(here)
register.filter(legend)


@register.filter
def short_date(day: date) -> SafeString:
    """Short enough for a column: 12 Dec 2026."""
    return format_html('<time datetime="{}">{}</time>', f"{day:%Y-%m-%d}", f"{day.day} {day:%b %Y}")


@register.filter
def pause(days: int) -> str:
    """How long it was: 6 weeks, 4 months, 2 years."""
    for least, unit, word in ((730, 365.25, "years"), (90, 30.44, "months")):
        if days >= least:
            return f"{round(days / unit)} {word}"
    return f"{round(days / 7)} weeks"
