"""What is said of a session where the group talks: for Discord, as plain text and as e-mail.

`facts_of` takes from the session what can be said; the rest makes text of that. Pure: the session comes with its
outline (`with_outline`), and `now` is an argument.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import accumulate
from urllib.parse import quote

from papers.links import safe_url
from papers.tex import to_text
from sessions.dates import full_date, long_date, offset
from sessions.models import Group, Reading, Session

# https://discord.com/developers/docs/resources/message#create-message: a message's content, up to 2000 characters.
DISCORD_LIMIT = 2000
# Of what people hand to their mail program, https://www.rfc-editor.org/rfc/rfc6068 sets no limit; Windows cuts
# off after some 2,000 characters.
MAILTO_LIMIT = 1900
_NAMES_LIMIT = 200  # characters of presenters' names


@dataclass(frozen=True)
class Line:
    """A line that links somewhere; `url` is empty where it does not."""

    text: str
    url: str = ""
    indent: int = 0


@dataclass(frozen=True)
class Facts:
    """What can be said of a session. Texts are plain Unicode on one line, addresses absolute and safe to link."""

    group: str
    heading: str
    state: str
    is_over: bool
    date_to_come: bool
    starts_at: datetime | None  # on the group's clock
    ends_at: datetime | None
    zone: str
    presenters: list[str] = field(default_factory=list)
    readings: list[Line] = field(default_factory=list)
    materials: list[Line] = field(default_factory=list)
    room: str = ""
    chat: str = ""  # where the group talks: said where there is no room
    page: str = ""  # empty for drafts, which have none
    untitled: list[str] = field(default_factory=list)  # papers called by their arXiv id


@dataclass(frozen=True)
class Announcement:
    """The three forms, ready to be pasted."""

    discord: str
    left_out: int  # readings that Discord's limit left no place for
    plain: str
    subject: str
    mailto: str  # empty where it would be too long for some mail programs


def announce(facts: Facts) -> Announcement:
    """All forms of one announcement."""
    text, left_out = discord(facts)
    body = plain(facts)
    return Announcement(text, left_out, body, subject(facts), mailto(subject(facts), body))


def facts_of(session: Session, group: Group, site: str, now: datetime) -> Facts:
    """What can be said of a session; `site` is the address of the site, without a slash at its end."""
    start = session.starts_at.astimezone(group.zone) if session.starts_at else None
    end = session.ends_at(group.usual_duration)
    over = end <= now if end else not (session.date_to_come or session.state == Session.State.DRAFT)
    return Facts(
        group=one_line(group.name),
        heading=one_line(f"{session.called(group.session_word)}: {to_text(session.title)}"),
        state=session.state,
        is_over=over,
        date_to_come=session.date_to_come,
        starts_at=start,
        ends_at=end.astimezone(group.zone) if end else None,
        zone=str(group.zone).replace("_", " "),
        presenters=[one_line(person.name) for person in session.presenters.all()],
        readings=[_reading(reading, group, site) for reading in session.readings.all()],
        materials=[
            Line(one_line(str(material)), _absolute(material.link(group.source_url), site))
            for material in session.materials.all()
        ],
        room=safe_url(session.room(group)) or "",
        chat=safe_url(group.chat_url) or "",
        page=site + session.get_absolute_url() if session.is_public else "",
        untitled=[
            one_line(reading.paper.title)
            for reading in session.readings.all()
            if reading.paper and reading.paper.is_provisional and not reading.label
        ],
    )


@dataclass(frozen=True)
class Missing:
    """What should be mended before an announcement is sent, and the id of the field for it, or the page."""

    text: str
    place: str = ""
    page: str = "change"


def what_is_missing(facts: Facts) -> list[Missing]:
    """What should be mended before this is sent to anybody."""
    is_coming = facts.state != Session.State.CANCELLED and not facts.is_over
    no_room = "Neither the session nor the group has a meeting room, so the text "
    no_room += "leads to the chat instead." if facts.chat else "does not say where to join."
    said = [
        (
            Missing("It is a draft: publish it first. Until then it has no page to link to.", "id_state"),
            facts.state == Session.State.DRAFT,
        ),
        (
            Missing("It has no date yet, so the text says that it is to be announced.", "id_starts_at_0"),
            is_coming and facts.starts_at is None,
        ),
        (Missing("It has no readings yet.", "readings-group"), is_coming and not facts.readings),
        (
            Missing(
                f"Papers are called by their arXiv id: {', '.join(facts.untitled)}. Fetch their titles.",
                page="fetch",
            ),
            is_coming and bool(facts.untitled),
        ),
        (Missing(no_room, "id_join_url"), is_coming and not facts.room),
        (
            Missing("It has been held, so the text says what it left behind instead of where to join."),
            facts.is_over and facts.state == Session.State.PUBLISHED,
        ),
    ]
    return [missing for missing, is_so in said if is_so]


def one_line(text: str) -> str:
    """Without line breaks and other characters that show nothing: a title must not make lines of its own."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _reading(reading: Reading, group: Group, site: str) -> Line:
    url: str | None = None
    text = to_text(reading.public_text)
    if reading.paper:
        url = reading.paper.link
    elif reading.resource:
        url = reading.resource.url
    elif repeated := reading.repeats:
        text = to_text(reading.label) or f"Same as {repeated.called(group.session_word)}"
        url = site + repeated.get_absolute_url()
    text = text or "To be announced"  # “same as” a draft, which is nobody's business yet
    people = ", ".join(person.name for person in reading.presenters.all())
    aside = ", ".join(filter(None, [to_text(reading.note), f"with {people}" if people else ""]))
    return Line(one_line(f"{text} ({aside})" if aside else text), safe_url(url or "") or "", reading.indent)


def _absolute(url: str | None, site: str) -> str:
    """An address that may start at the root of this site, such as that of a file."""
    return site + url if url and url.startswith("/") else url or ""


# --- Plain text and e-mail -----------------------------------------------------------------------------------
def plain(facts: Facts) -> str:
    """Lines for a mailing list or a calendar: times on the group's clock and in UTC."""
    lines = [_marked(facts), *_who(facts.presenters), *_when(facts)]
    if facts.readings and not _is_cancelled(facts):
        lines += ["", "Readings:", *(_plain_line(line) for line in facts.readings)]
    if facts.is_over and facts.materials and not _is_cancelled(facts):
        lines += ["", "Recording and materials:", *(_plain_line(line) for line in facts.materials)]
    if facts.page or _where(facts):
        lines.append("")
    if where := _where(facts):
        lines.append(f"Join: {where}")
    if facts.page:
        lines.append(f"Page: {facts.page}")
    return "\n".join(lines)


def subject(facts: Facts) -> str:
    """The e-mail's subject: group, session, day and time."""
    mark = "Cancelled: " if _is_cancelled(facts) else ""
    when = ""
    if start := facts.starts_at:
        when = f", {long_date(start)} {start:%H:%M} ({offset(start)})"
    return f"[{facts.group}] {mark}{facts.heading}{when}"


def mailto(subject: str, body: str) -> str:
    """A link that opens the organizer's mail program with all of it (RFC 6068); empty where it is too long."""
    link = f"mailto:?subject={quote(subject, safe='')}&body={quote(body.replace('\n', '\r\n'), safe='')}"
    return link if len(link) <= MAILTO_LIMIT else ""


def _plain_line(line: Line) -> str:
    return f"{'  ' * line.indent}- {line.text}{f': {line.url}' if line.url else ''}"


def _when(facts: Facts) -> list[str]:
    start, end = facts.starts_at, facts.ends_at
    if start is None or end is None:
        return [] if facts.is_over or _is_cancelled(facts) else ["Date to be announced"]
    here = f"{full_date(start)}, {start:%H:%M}–{_clock(end, start)}"
    if facts.zone == "UTC":
        return [f"{here} (UTC)"]
    return [f"{here} ({facts.zone}, {offset(start)}), in UTC {_clock(start.astimezone(UTC), start)}"]


def _clock(moment: datetime, beside: datetime) -> str:
    """17:00, with the day where it is another one than that of the moment beside it."""
    clock = f"{moment:%H:%M}"
    return clock if moment.date() == beside.date() else f"{moment:%A}, {moment.day} {moment:%B}, {clock}"


def _is_cancelled(facts: Facts) -> bool:
    return facts.state == Session.State.CANCELLED


def _where(facts: Facts) -> str:
    """Where to join; empty where there is nothing to join, or no place is known."""
    return "" if facts.is_over or _is_cancelled(facts) else facts.room or facts.chat


def _marked(facts: Facts) -> str:
    return f"Cancelled: {facts.heading}" if _is_cancelled(facts) else facts.heading


def _who(presenters: Sequence[str]) -> list[str]:
    """“Presented by …”, as many names as fit in a line."""
    if not presenters:
        return []
    lengths = accumulate(len(name) + 2 for name in presenters)
    shown = max(1, sum(length <= _NAMES_LIMIT for length in lengths))
    others = len(presenters) - shown
    names = [*presenters[:shown], *([f"{others} other{'' if others == 1 else 's'}"] if others else [])]
    joined = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return [f"Presented by {joined}"]


# --- Discord -------------------------------------------------------------------------------------------------
def discord(facts: Facts) -> tuple[str, int]:
    """Markdown as Discord reads it, and how many lines its limit left no place for.

    Times are `<t:…>`, which each reader sees on their own clock. Addresses stand in <…>, which keeps Discord from
    unfolding each into a picture; that of the session's own page does not. What people wrote mentions nobody.
    """
    head = [f"**{escape(_marked(facts))}**", *map(escape, _who(facts.presenters))]
    if facts.starts_at is None:
        head += _when(facts)
    else:
        at = int(facts.starts_at.timestamp())
        head.append(f"<t:{at}:F> (<t:{at}:R>)")
    tail = []
    if where := _where(facts):
        tail.append(f"Join: {_quiet(where)}")
    if facts.page:
        tail.append(_safe(facts.page))
    parts: list[tuple[str, Sequence[Line]]] = []
    if not _is_cancelled(facts):
        if facts.is_over and facts.materials:
            parts.append(("Recording and materials", facts.materials))
        if facts.readings:
            parts.append(("Readings", facts.readings))
    return _fill(head, parts, tail)


def _fill(head: list[str], parts: list[tuple[str, Sequence[Line]]], tail: list[str]) -> tuple[str, int]:
    """The message with as many lines as fit, from the first on, and how many did not."""
    most = sum(len(lines) for _, lines in parts)
    for kept in range(most, -1, -1):
        body, left = [], kept
        for name, lines in parts:
            taken = lines[:left]
            left -= len(taken)
            if taken:
                body += ["", f"**{name}**", *map(_discord_line, taken)]
        more = [f"… and {most - kept} more"] if kept < most else []
        text = "\n".join([*head, *body, *more, *([""] if tail else []), *tail])
        if discord_length(text) <= DISCORD_LIMIT:
            return text, most - kept
    return _cut("\n".join([*head, "", *tail])), most


def _cut(text: str) -> str:
    while discord_length(text) > DISCORD_LIMIT:
        text = text[:-1]
    return text


def discord_length(text: str) -> int:
    """Its length as Discord counts at most: in UTF-16, where an emoji is two."""
    return len(text.encode("utf-16-le")) // 2


def _discord_line(line: Line) -> str:
    url = f": {_quiet(line.url)}" if line.url else ""
    return f"{'  ' * line.indent}- {_START.sub(r'\\\1', escape(line.text))}{url}"


_START = re.compile(r"^([#+-])")  # would begin a heading or another list
_MARKS = re.compile(r"([\\*_~`|<>\[\]])")
_ADDRESS = re.compile(r"https?://[^\s<>]+")


def escape(text: str) -> str:
    """Text that looks in Discord as it was written, and mentions nobody.

    A mention needs what follows the @ at once, so that a space of no width (U+200B) ends it before it begins.
    Addresses in it keep their characters, since a backslash would become a part of them.
    """
    parts, at = [], 0
    for address in _ADDRESS.finditer(text):
        parts += [_MARKS.sub(r"\\\1", text[at : address.start()]).replace("@", "@\u200b"), _quiet(address[0])]
        at = address.end()
    return "".join([*parts, _MARKS.sub(r"\\\1", text[at:]).replace("@", "@\u200b")])


def _safe(url: str) -> str:
    """An address that ends where it should and mentions nobody."""
    for mark, code in (("<", "%3C"), (">", "%3E"), ("@", "%40")):
        url = url.replace(mark, code)
    return url


def _quiet(url: str) -> str:
    return f"<{_safe(url)}>"
