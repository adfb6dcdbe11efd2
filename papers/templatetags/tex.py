"""Filters for titles as written: `{{ title|tex }}` on a page, `{{ title|tex_text }}` in <title> and the like."""

from django import template
from django.utils.safestring import SafeString

from papers.models import Paper
from papers.tex import to_html, to_text
from papers.titles import slug_of

register = template.Library()


@register.filter
def tex(source: object) -> SafeString:
    """The title as safe HTML, formulas as MathML."""
    return to_html(str(source))


@register.filter
def tex_text(source: object) -> str:
    """The title as plain text, which the template escapes as it does any other."""
    return to_text(str(source))


@register.filter
def initial(paper: Paper) -> str:
    """The letter under which a list by address has this paper; none where the address has nothing of its title."""
    letter = paper.slug[:1].upper()
    return letter if letter.isalpha() and letter in slug_of(paper.title, fallback="")[:1].upper() else "–"
