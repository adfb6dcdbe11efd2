"""Filters for titles as written: `{{ title|tex }}` on a page, `{{ title|tex_text }}` in <title> and the like."""

from collections.abc import Iterable
from dataclasses import dataclass

from django import template
from django.utils.safestring import SafeString

from papers.models import Paper
from papers.tex import to_html, to_text
from papers.titles import slug_of

register = template.Library()


@register.filter
def tex(source: object) -> SafeString:
    """The title as safe HTML, formulas as letters or MathML."""
    return to_html(str(source))


@register.filter
def tex_text(source: object) -> str:
    """The title as plain text, which the template escapes as it does any other."""
    return to_text(str(source))


@dataclass(frozen=True)
class Listed:
    """A paper in a list by address: its letter where that is another than the one before, and what it opens.

    `opens` is an id for the first paper under a letter.
    """

    paper: Paper
    initial: str
    opens: str


@register.filter
def initials(papers: Iterable[Paper]) -> list[Listed]:
    """Papers in the order of their addresses, under their letters."""
    listed = []
    seen = {"–"}
    before = ""
    for paper in papers:
        letter = initial(paper)
        opens = "" if letter in seen else f"letter-{letter.lower()}"
        listed.append(Listed(paper, "" if letter == before else letter, opens))
        seen.add(letter)
        before = letter
    return listed


def initial(paper: Paper) -> str:
    """The letter under which a list by address has this paper; none where the address has nothing of its title."""
    letter = paper.slug[:1].upper()
    return letter if letter.isalpha() and letter in slug_of(paper.title, fallback="")[:1].upper() else "–"
