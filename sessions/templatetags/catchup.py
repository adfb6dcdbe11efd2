"""How a session is caught up on and come to: recordings and their chapters, authors, calendars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.template import Context
from django.utils import timezone

from papers.models import Paper
from sessions import calendar
from sessions.addresses import site_of
from sessions.catchup import has_poster, is_shown_here
from sessions.entries import entry_of
from sessions.models import Group, Material, Session
from sessions.recordings import Chapter, at_second

register = template.Library()

register.filter(is_shown_here)
register.filter(has_poster)


@register.filter
def short_authors(paper: Paper, most: int = 3) -> str:
    """The first authors and how many more there are."""
    named, others = paper.first_authors(most)
    return ", ".join(named) + (f" and {len(others)} more" if others else "")


@dataclass(frozen=True)
class Mark:
    """A chapter, and where its link leads; nowhere where the recording's host has no such addresses."""

    chapter: Chapter
    url: str | None


@register.filter
def marks(material: Material, group: Group) -> list[Mark]:
    """The chapters of a recording as links into it."""
    url = material.web_address(group.source_url)
    return [Mark(each, at_second(url, each.second) if url else None) for each in material.chapter_list]


@register.simple_tag(takes_context=True)
def on_paper(context: Context, path: str) -> str:
    """A path of this site as it has to be written where nobody can click on it."""
    return f"{site_of(context['request'])}{path}"


@register.inclusion_tag("sessions/_calendar.html", takes_context=True)
def add_to_calendar(context: Context, session: Session) -> dict[str, Any]:
    """A menu of calendars, for a session with a date that takes place."""
    entry = entry_of(session, context["group"], site_of(context["request"]), timezone.now())
    if entry is None or session.state != Session.State.PUBLISHED:
        return {}
    links = {"google": calendar.google(entry), "live": calendar.outlook(entry)}
    return {"session": session, "office": calendar.outlook(entry, "outlook.office.com"), **links}
