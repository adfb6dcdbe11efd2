"""From the database to the spine: the whole of it for the map, a piece of it for the page of a session."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from django.urls import reverse

from sessions.models import BacklogEntry, Group, PaperRead, Session
from sessions.spine import Spine, Stop, Work, spine


def whole_spine(group: Group, now: datetime) -> Spine:
    """Every session on schedule and in the archive, with the papers they read, and those still to cover: 3 queries."""
    works: dict[int, Work] = {}
    read = defaultdict(list)
    for session, paper, title, slug in PaperRead.objects.of_published_sessions().as_works():
        if paper not in works:
            works[paper] = work_at(paper, title, slug)
        read[session].append(works[paper])
    stops = [
        stop_of(session, group, tuple(read[session.pk])) for session in Session.objects.on_the_line(now)
    ]
    entries = BacklogEntry.objects.to_cover(now).as_works()
    to_cover = [work_at(paper, title, slug) for paper, title, slug in entries if paper not in works]
    return spine(stops, to_cover)


def stop_of(session: Session, group: Group, works: tuple[Work, ...] = ()) -> Stop:
    """A session on the line, its day on the group's calendar; asked for `with_time`."""
    return Stop(
        name=session.called(group.session_word),
        numbers=session.numbers,
        title=session.title,
        url=session.get_absolute_url(),
        day=session.starts_at.astimezone(group.zone).date() if session.starts_at else None,
        is_upcoming=session.is_upcoming,
        is_cancelled=session.state == Session.State.CANCELLED,
        works=works,
    )


def work_at(pk: int, title: str, slug: str) -> Work:
    return Work(pk, title, reverse("paper", args=[slug]))
