"""What a session builds on: earlier sessions that read the same, and the code of its papers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Prefetch

from papers.models import Paper, Resource
from sessions.models.backlog import PaperRead
from sessions.models.session import Session

# A group may read one survey in every session: those nearest to this one say enough.
MOST_BEFORE = 12


class ResourceReadQuerySet(models.QuerySet["ResourceRead"]):
    def held_before(self, session: Session, now: datetime) -> Self:
        """Resources of this session, in the earlier sessions held that read them too."""
        return earlier(self, session, now).filter(
            resource__in=ResourceRead.objects.filter(session=session).values("resource")
        )

    def code_of_papers(self, session: Session) -> models.QuerySet[Resource]:
        """Codebases of the papers that the session reads, which it does not list itself; with those papers (`read_here`)."""
        papers = PaperRead.objects.filter(session=session).values("paper")
        read_here = Prefetch("papers", Paper.objects.filter(pk__in=papers), to_attr="read_here")
        listed = ResourceRead.objects.filter(session=session).values("resource")
        code = Resource.objects.public().filter(kind=Resource.Kind.CODE)
        belonging = Resource.papers.through.objects.filter(paper__in=papers).values("resource")
        return code.filter(pk__in=belonging).exclude(pk__in=listed).prefetch_related(read_here)


class ResourceRead(models.Model):
    """That a session reads a resource, directly or through “same as”: what `PaperRead` is for papers."""

    pk = models.CompositePrimaryKey("session", "resource")
    session = models.ForeignKey(Session, on_delete=models.DO_NOTHING, related_name="resources_read")
    resource = models.ForeignKey(Resource, on_delete=models.DO_NOTHING, related_name="reads")

    objects = ResourceReadQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "reading_sessions_resourceread"

    def __str__(self) -> str:
        return f"{self.resource_id} in {self.session_id}"


def earlier[Reads: models.QuerySet[Any]](reads: Reads, session: Session, now: datetime) -> Reads:
    """Of these reads, those of sessions held with a lower number."""
    held = Session.objects.held(now).filter(number__lt=session.number).order_by()
    return reads.filter(session__in=held)


@dataclass
class Before:
    """An earlier session, and the titles of what both read."""

    session: Session
    shared: list[str]


def read_before(session: Session, now: datetime) -> list[Before]:
    """Earlier sessions that cover what this one reads, in order; of more than 12 the nearest.

    What they share is in the order of this one's readings: 2 queries, if those were found `with_outline`.
    """
    same_papers = PaperRead.objects.filter(
        paper__in=PaperRead.objects.filter(session=session).values("paper")
    )
    papers = earlier(same_papers, session, now).select_related("session", "paper").order_by("paper__slug")
    papers = papers.defer("paper__abstract", "paper__authors", "session__summary")
    resources = (
        ResourceRead.objects.held_before(session, now)
        .select_related("session", "resource")
        .order_by("resource__title", "resource")
        .defer("session__summary")
    )
    shared: list[tuple[Session, Paper | Resource]] = [(read.session, read.paper) for read in papers]
    # Whoever read the same paper ran the same code: that goes without saying.
    with_papers = {read.session_id for read in papers}
    shared += [
        (read.session, read.resource)
        for read in resources
        if read.resource.kind != Resource.Kind.CODE or read.session_id not in with_papers
    ]
    works = dict.fromkeys(line.paper or line.resource for line in session.lines())
    place = {work: place for place, work in enumerate(works)}
    shared.sort(key=lambda each: place.get(each[1], len(place)))
    return together((other, work.title) for other, work in shared)


def together(shared: Iterable[tuple[Session, str]]) -> list[Before]:
    """Each session once, with all that is shared."""
    found: dict[int, Before] = {}
    for session, title in shared:
        found.setdefault(session.pk, Before(session, [])).shared.append(title)
    return sorted(found.values(), key=lambda before: before.session.number)[-MOST_BEFORE:]
