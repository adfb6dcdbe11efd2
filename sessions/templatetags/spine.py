"""How days and pauses are said on the map."""

from __future__ import annotations

from datetime import date

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def date_of(day: date) -> SafeString:
    """12 December 2026, short enough for a column: 12 Dec 2026."""
    return format_html('<time datetime="{}">{}</time>', f"{day:%Y-%m-%d}", f"{day.day} {day:%b %Y}")


@register.filter
def weeks(days: int) -> str:
    """How long a pause was: 6 weeks, 4 months, 2 years."""
    for length, word in ((730, "years"), (90, "months"), (0, "weeks")):
        if days >= length:
            number = round(days / {"years": 365.25, "months": 30.44, "weeks": 7}[word])
            return f"{number} {word}"
    return ""
