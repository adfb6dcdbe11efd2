"""From the database to the spine: the whole of it for the map, a piece of it for the page of a session."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sessions.lanes import Row, piece
from sessions.models import BacklogEntry, Group, PaperRead, Session
from sessions.spine import MOST_PAPERS, MOST_SESSIONS, Spine, Stop, Told, Work, spine


def whole_spine(group: Group, now: datetime) -> Spine:
    """Every session on schedule and in the archive, with the papers they read, and those still to cover: 3 queries."""
    works: dict[int, Work] = {}
    read = defaultdict(list)
    for session, paper, title, slug in PaperRead.objects.of_published_sessions().as_works():
        if paper not in works:
            works[paper] = Work(paper, title, slug)
        read[session].append(works[paper])
    stops = [stop_of(session, group, tuple(read[session.pk])) for session in Session.objects.on_the_line(now)]
    entries = BacklogEntry.objects.to_cover(now).as_works()
    to_cover = [Work(paper, title, slug) for paper, title, slug in entries if paper not in works]
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


@dataclass(frozen=True)
class Here:
    """A session on the line between its neighbours: a row each, `row` its own, and how many threads run beside it.

    `others` are the sessions after it, or still to come, that read its papers too; the page names those before it
    elsewhere.
    """

    rows: list[Row]
    row: Row
    lanes: int
    others: list[Told]


def here(
    session: Session,
    previous: Session | None,
    following: Session | None,
    company: Iterable[PaperRead],
    group: Group,
) -> Here:
    """The piece of the spine around a session, of what `with_neighbours` found. No query but those."""
    sessions = {each.pk: each for each in (previous, session, following) if each}
    works = defaultdict(list)
    for read in company:
        read.session.is_upcoming = read.is_upcoming
        sessions.setdefault(read.session_id, read.session)
        work = Work(read.paper_id, read.paper.title, read.paper.slug)
        for reader in {session.pk, read.session_id}:
            works[reader].append(work)
    in_order = sorted(sessions.values(), key=lambda each: each.number)
    line = spine(stop_of(each, group, tuple(works[each.pk])) for each in in_order)
    places = [place for place, each in enumerate(in_order) if each in (previous, session, following)]
    found = piece(line, places)
    place = in_order.index(session)
    others = []
    for thread in line.threads_at.get(place, []):
        at = [
            line.stops[each]
            for each in thread.at
            if each > place or (line.stops[each].is_upcoming and each != place)
        ]
        others.append(Told(thread, tuple(at[:MOST_SESSIONS]), len(at[MOST_SESSIONS:])))
    told = [each for each in others if each.stops]
    return Here(found, found[places.index(place)], line.lanes, told[:MOST_PAPERS])
