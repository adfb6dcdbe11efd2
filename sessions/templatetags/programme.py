"""How sessions, their readings and materials are said on a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from papers.links import safe_url
from papers.markdown import plain
from papers.tex import to_text
from sessions import described as described_as
from sessions.dates import ends_next_day, full_date, long_date, offset
from sessions.models import Group, Material, Reading, Session

register = template.Library()


@register.filter
def called(session: Session, group: Group) -> str:
    """Week 16 & 17, in the group's own word."""
    return session.called(group.session_word)


@register.filter
def numeral(session: Session, group: Group) -> SafeString:
    """The same, its word set apart from its number: the beginning of a heading."""
    word = session.called(group.session_word).removesuffix(session.numbers)
    kind = "numeral range" if session.last_number else "numeral"
    return format_html('<span class="{}"><span class="word">{}</span>{}</span>', kind, word, session.numbers)


@register.filter
def described(session: Session, group: Group) -> str:
    """What the session is about, for who sees no more than a link to it; a session found `with_outline`."""
    day = long_date(session.starts_at.astimezone(group.zone)) if session.starts_at else ""
    titles = dict.fromkeys(to_text(line.public_text) for line in session.lines() if line.public_text)
    names = [person.name for person in session.presenters.all()]
    about = plain(session.summary) or f"A session of {group.name}"
    cancelled = "Cancelled" if session.state == Session.State.CANCELLED else ""
    return described_as.described(", ".join(filter(None, [cancelled, day])), names, list(titles), about)


@register.filter
def room(session: Session, group: Group) -> str:
    """The address of the meeting room; empty where there is none that may become a link."""
    return safe_url(session.room(group)) or ""


@dataclass
class Line:
    """A reading with the lines that stand below it."""

    reading: Reading
    below: list[Reading] = field(default_factory=list)


@register.filter
def nested(readings: Iterable[Reading]) -> list[Line]:
    """The readings as the source nests them. An indented line with nothing above it stands by itself."""
    lines: list[Line] = []
    for reading in readings:
        if reading.indent and lines:
            lines[-1].below.append(reading)
        else:
            lines.append(Line(reading))
    return lines


@register.filter
def ticked_as(reading: Reading) -> str:
    """What a reading is called where its session is not seen; code with whose it is, which all is called alike."""
    whose = reading.resource.whose if reading.resource else ""
    return ", ".join(filter(None, [to_text(reading.text), whose]))


@register.filter
def leads_to(material: Material, group: Group) -> str:
    """The address of a material, relative links starting at the group's README; empty where that is unknown."""
    return material.link(group.source_url) or ""


@register.filter
def names_its_kind(material: Material) -> bool:
    """Whether the label says already what it is ("Slides - EDM paper"), or there is no word for it."""
    kind = material.get_kind_display().lower()
    return material.kind == Material.Kind.OTHER or kind in material.text.lower()


@register.simple_tag
def when(session: Session, group: Group) -> SafeString:
    """Date and time of a session on the group's clock, with the zone in words and the offset from UTC.

    The script (js/time.js) puts the visitor's own clock before it, and how long it still is where the session takes
    place: `data-live`. Every visitor gets the same page, so the server says neither.
    """
    if session.starts_at is None:
        return SafeString("")
    start = session.starts_at.astimezone(group.zone)
    length = session.duration or group.usual_duration
    end = (session.starts_at + length).astimezone(group.zone)
    # Two where the clocks change meanwhile: between 01:30 and 01:30 may be an hour.
    offsets = ", then ".join(dict.fromkeys([offset(start), offset(end)]))
    zone = offsets if str(group.zone) == "UTC" else f"{offsets}, {group.zone}".replace("_", " ")
    last = format_html('<span class="day">{}, </span>', full_date(end)) if length >= timedelta(days=1) else ""
    return format_html(
        '<span class="moment"{}><span class="times"><time datetime="{}"><span class="day">{}, </span>{}</time>–'
        '<time datetime="{}">{}{}</time>{}</span> <span class="zone">({})</span></span>',
        SafeString(" data-live") if session.state == Session.State.PUBLISHED else "",
        start.isoformat(timespec="minutes"),
        full_date(start),
        f"{start:%H:%M}",
        end.isoformat(timespec="minutes"),
        last,
        f"{end:%H:%M}",
        "" if last or not ends_next_day(start, end) else " the next day",
        zone,
    )


@register.simple_tag
def day(session: Session, group: Group) -> SafeString:
    """The date of a session on the group's calendar: 12 December 2026.

    Of a session held, this is its name more than a time: what the recording is called, what others cite, what the
    README says. So it is the same for every visitor; only times of day, which `when` says, follow the visitor's zone.
    """
    if session.starts_at is None:
        return SafeString("")
    start = session.starts_at.astimezone(group.zone)
    return format_html('<time datetime="{}">{}</time>', f"{start:%Y-%m-%d}", long_date(start))
