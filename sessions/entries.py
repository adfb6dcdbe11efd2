"""What calendars are told of a session: `calendar` writes it, as a file and as links."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from papers.links import safe_url
from papers.tex import to_text
from sessions.announcement import Facts, facts_of, one_line
from sessions.calendar import LONG_AGO, Entry
from sessions.models import Group, Session


def entry_of(session: Session, group: Group, site: str, now: datetime) -> Entry | None:
    """What a link into a calendar can hold of a session; None without a date. No query.

    `site` is the site's address, without a last slash. As on the pages, the meeting room closes when the session ends.
    """
    ends_at = session.ends_at(group.usual_duration)
    if session.starts_at is None or ends_at is None:
        return None
    is_open = session.state == Session.State.PUBLISHED and ends_at > now
    return Entry(
        uid=session.uid,
        title=one_line(f"{group.name}, {session.called(group.session_word)}: {to_text(session.title)}"),
        starts_at=session.starts_at,
        ends_at=ends_at,
        page=site + session.get_absolute_url(),
        room=(safe_url(session.room(group)) or "") if is_open else "",
        is_cancelled=session.state == Session.State.CANCELLED,
    )


def whole_entry_of(session: Session, group: Group, site: str, now: datetime) -> Entry | None:
    """What a file says of a session that was found `with_outline`; None without a date. Two queries.

    The group says how long sessions usually last and where they meet, so that a save of it is another SEQUENCE for
    each of them. Neither of the two that are added ever gets less.
    """
    entry = entry_of(session, group, site, now)
    if entry is None:
        return None
    saves, saved_at = group.saves()
    return replace(
        entry,
        text=text_of(facts_of(session, group, site, now)),
        sequence=session.revision + saves,
        changed_at=max(session.saved_at or LONG_AGO, saved_at or LONG_AGO),
    )


def text_of(facts: Facts) -> str:
    """Who presents, where to join, what to read first: what stands below the title in a calendar."""
    lines = [f"Presented by {', '.join(facts.presenters)}"] if facts.presenters else []
    is_open = facts.state == Session.State.PUBLISHED and not facts.is_over
    lines += [f"Join: {facts.room}"] if facts.room and is_open else []
    lines += [f"Page: {facts.page}"] if facts.page else []
    if facts.readings:
        lines += ["", "Readings:"]
    for line in facts.readings:
        lines.append(f"{'  ' * line.indent}- {line.text}{f' {line.url}' if line.url else ''}")
    return "\n".join(lines)
