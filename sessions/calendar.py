"""One session as calendars take it: a file (RFC 5545), and links into Google's and Microsoft's. Pure.

Times are written in UTC. A session is one moment, not a rule that repeats; every calendar shows such a moment on its
owner's own clock, and a moved session is another moment under the same UID and a higher SEQUENCE. A local time with a
VTIMEZONE would say the same at the price of a second opinion about the zone: Outlook replaces it by the Windows zone
of that name, Apple and Google by their own table, each with the rules of its own year.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlencode
from uuid import UUID

from icalendar import Calendar, Event, vText, vUri

from papers.invisible import TURNS_AROUND

# When a session was last changed that is older than its history.
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
PRODUCT = "-//Reading group//Sessions//EN"
# Above this, servers of the calendars refuse an address; what is cut is the text, which has the page's address first.
_LONGEST_TEXT_IN_A_LINK = 600


@dataclass(frozen=True)
class Entry:
    """What a calendar is told of a session. Times are aware; `sequence` grows with every change of what is told."""

    uid: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    page: str
    sequence: int = 0
    changed_at: datetime = LONG_AGO
    room: str = ""
    text: str = ""
    is_cancelled: bool = False


def ics(entry: Entry) -> bytes:
    """The session as an iCalendar file: one VEVENT, lines folded and ended as RFC 5545 (3.1) asks.

    The UID is a UUID alone, as RFC 7986 (5.3) recommends: it says nothing of host, number or title, so that it stays
    when they change. DTSTAMP is when what it says was last changed, as the RFC (3.8.7.2) has it for what is no message.
    """
    event = Event()
    event.add("uid", str(entry.uid))
    event.add("dtstamp", entry.changed_at.astimezone(UTC).replace(microsecond=0))
    event.add("last-modified", entry.changed_at.astimezone(UTC).replace(microsecond=0))
    event.add("sequence", entry.sequence)
    event.add("dtstart", entry.starts_at.astimezone(UTC).replace(microsecond=0))
    event.add("dtend", entry.ends_at.astimezone(UTC).replace(microsecond=0))
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    event.add("summary", vText(_clean(f"Cancelled: {entry.title}" if entry.is_cancelled else entry.title)))
    event.add("url", vUri(entry.page))
    if entry.room:
        event.add("location", vText(_clean(entry.room)))
    if entry.text:
        event.add("description", vText(_clean(entry.text)))
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def google(entry: Entry) -> str:
    """A link that opens Google Calendar with the session filled in."""
    return _link(
        "https://calendar.google.com/calendar/render",
        action="TEMPLATE",
        text=entry.title,
        dates=f"{_compact(entry.starts_at)}/{_compact(entry.ends_at)}",
        details=_shorter(entry),
        location=entry.room,
    )


def outlook(entry: Entry, host: str = "outlook.live.com") -> str:
    """A link that opens Outlook on the web with the session filled in; `outlook.office.com` for work and school."""
    return _link(
        f"https://{host}/calendar/0/deeplink/compose",
        path="/calendar/action/compose",
        rru="addevent",
        subject=entry.title,
        startdt=_extended(entry.starts_at),
        enddt=_extended(entry.ends_at),
        body=_shorter(entry),
        location=entry.room,
    )


def _link(address: str, **values: str) -> str:
    """With spaces as %20: Outlook shows a plus as it stands."""
    given = {name: _clean(value) for name, value in values.items() if value}
    return f"{address}?{urlencode(given, quote_via=quote, safe='')}"


def _shorter(entry: Entry) -> str:
    text = f"{entry.page}\n\n{entry.text}".strip()
    return (
        text if len(text) <= _LONGEST_TEXT_IN_A_LINK else f"{text[: _LONGEST_TEXT_IN_A_LINK - 1].rstrip()}…"
    )


def _clean(text: str) -> str:
    """Without control characters, which no TEXT may hold (RFC 5545, 3.3.11) but for line breaks and tabs, and their like."""
    return TURNS_AROUND.sub("", re.sub("\r\n?|[\u2028\u2029]", "\n", text))


def _compact(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _extended(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
