"""Filters for titles as written: `{{ title|tex }}` on a page, `{{ title|tex_text }}` in <title> and the like."""

from django import template
from django.utils.safestring import SafeString

from papers.tex import to_html, to_text

register = template.Library()


@register.filter
def tex(source: object) -> SafeString:
    """The title as safe HTML, formulas as MathML."""
    return to_html(str(source))


@register.filter
def tex_text(source: object) -> str:
    """The title as plain text, which the template escapes as it does any other."""
    return to_text(str(source))
