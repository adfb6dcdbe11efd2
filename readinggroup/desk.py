"""The front desk: what waits for an organizer, each line leading to where it is done.

What is asked of the database is asked here, a constant number of times; `lacks` judges a session by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.urls import reverse

from papers.models import Paper
from readinggroup.changes import PARTS, THINGS, Save, recent_changes
from readinggroup.models import Import
from sessions.models import Group, Session

# Of each list so many lines are shown, and a link to all.
SHOWN = 8
SAVES = 15


@dataclass(frozen=True)
class Lack:
    """Something a session needs still, and where in its form that is given."""

    text: str
    address: str


@dataclass
class Listed:
    """The beginning of a list, how long it is, and where all of it is."""

    lines: list[Any]
    count: int
    address: str

    @property
    def rest(self) -> int:
        return self.count - len(self.lines)


@dataclass
class Desk:
    """What somebody finds on the desk. A part that they may not see is None, as is one with nothing to do."""

    next: Session | None = None
    lacks: list[Lack] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    sees_sessions: bool = False
    leavings: Listed | None = None
    may_add_recordings: bool = False
    papers: Listed | None = None
    dead_links: list[Any] = field(default_factory=list)
    drafts: Listed | None = None
    last: Session | None = None  # where nothing is to come: what the next one may be like
    last_import: Import | None = None
    warnings: Listed | None = None
    changes: list[Save] = field(default_factory=list)


@dataclass(frozen=True)
class Visitor:
    """Who comes to the desk: what they may see and change, and the chores that they may do with a session."""

    may_see: Callable[[type[Model]], bool]
    may_change: Callable[[type[Model]], bool]
    buttons: Callable[[Session], list[tuple[str, str]]]


def desk(group: Group, now: datetime, visitor: Visitor, dead_links: Iterable[Any] = ()) -> Desk:
    """What the visitor finds.

    Each of `dead_links` has `url`, `reason` and `places`, which have `model`, `title` and `admin_url`.
    """
    may_see = visitor.may_see
    found = Desk()
    if may_see(Session):
        found.sees_sessions = True
        found.next = Session.objects.to_prepare(now).with_brief().first()
        if found.next:
            found.lacks, found.buttons = lacks(found.next, group), visitor.buttons(found.next)
        else:
            found.last = Session.objects.held(now).first()
        without = Session.objects.held(now).with_leavings().lacking("leavings", now)
        found.leavings = _listed(without, _sessions("lacks=leavings"))
        found.drafts = _listed(
            Session.objects.filter(state=Session.State.DRAFT), _sessions("state__exact=draft")
        )
        found.may_add_recordings = visitor.may_change(Session)
    if may_see(Paper):
        bare = Paper.objects.without_metadata().order_by("-id")
        found.papers = _listed(bare, f"{reverse('admin:papers_paper_changelist')}?metadata=missing")
    found.dead_links = [dead for dead in dead_links if any(may_see(place.model) for place in dead.places)]
    if may_see(Import):
        found.last_import = Import.objects.defer("document").select_related("user").first()
        found.warnings = _warnings(found.last_import)
    found.changes = recent_changes(
        [model for model in (*THINGS, *PARTS) if may_see(_shown_with(model))], SAVES
    )
    return found


def lacks(session: Session, group: Group) -> list[Lack]:
    """What a session to come lacks, most urgent first; it comes with presenters and readings (`with_brief`)."""
    change = reverse("admin:reading_sessions_session_change", args=[session.pk])
    untitled = any(line.paper and line.paper.is_provisional for line in session.readings.all())
    missing = [
        ("A date and time", f"{change}#id_starts_at_0", session.starts_at is None),
        ("Readings", f"{change}#readings-group", not session.readings.all()),
        ("Titles of its papers, which arXiv knows", reverse("admin:papers_paper_fetch"), untitled),
        ("A presenter", f"{change}#id_presenters", not session.presenters.all()),
        ("A meeting room, or the group's usual one", f"{change}#id_join_url", not session.room(group)),
        ("A summary", f"{change}#id_summary", not session.summary.strip()),
        (
            "To be published: it is a draft, which only organizers see",
            f"{change}#id_state",
            not session.is_public,
        ),
    ]
    return [Lack(text, address) for text, address, is_so in missing if is_so]


def _shown_with(model: type[Model]) -> type[Model]:
    """Whose permission lets somebody read of it: parts have no page of their own."""
    return PARTS[model][0] if model in PARTS else model


def _sessions(query: str) -> str:
    return f"{reverse('admin:reading_sessions_session_changelist')}?{query}"


def _listed(rows: Any, address: str) -> Listed | None:
    """Two queries, however long the list; nothing is shown where it is empty."""
    lines = list(rows[:SHOWN])
    return Listed(lines, rows.count(), address) if lines else None


def _warnings(done: Import | None) -> Listed | None:
    if done is None:
        return None
    told = done.report.get("warnings") if isinstance(done.report, dict) else None
    lines = [line for line in told if isinstance(line, dict)] if isinstance(told, list) else []
    address = reverse("admin:readinggroup_import_change", args=[done.pk])
    return Listed(lines[:SHOWN], len(lines), address)
