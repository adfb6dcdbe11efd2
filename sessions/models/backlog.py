"""The list of papers to cover, and what follows from the sessions about it."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Prefetch, Q, Value, When, Window
from django.db.models.functions import Abs, RowNumber

from papers.history import recorded
from papers.models import Paper
from papers.tex import to_text
from sessions.models.outline import Reading
from sessions.models.session import Session
from sessions.models.states import SessionState

# On the page of a session; the map has them all.
MOST_COMPANY = 100


class PaperReadQuerySet(models.QuerySet["PaperRead"]):
    def held(self, now: datetime) -> Self:
        """Papers read by sessions held."""
        return self.filter(session__in=Session.objects.held(now).order_by())

    def shown(self, now: datetime) -> Self:
        """Papers read by the sessions on schedule and in the archive."""
        listed = Q(session__in=Session.objects.held(now).order_by())
        return self.filter(listed | Q(session__in=Session.objects.scheduled(now).order_by()))

    def with_sessions(self) -> Self:
        """With the session, earliest first."""
        return self.select_related("session").order_by("session__number")

    def of_published_sessions(self) -> Self:
        """Papers read by sessions held or to come, what was cancelled apart."""
        return self.filter(session__state=SessionState.PUBLISHED)

    def as_works(self) -> models.QuerySet[PaperRead, tuple[int, int, str, str]]:
        """Session, paper, its title and slug; papers in the order in which they came to the site."""
        return self.order_by("session", "paper").values_list(
            "session_id", "paper_id", "paper__title", "paper__slug"
        )

    def company(self, session: Session, now: datetime) -> PaperReadQuerySet:
        """Which other published sessions read these papers of a session, with paper, session and `is_upcoming`.

        Those nearest on the line come first, and of very many those far away are left out.
        """
        others = PaperRead.objects.of_published_sessions().exclude(session=session)
        found = others.filter(paper__in=self.values("paper")).with_manner(now)
        near = Abs(F("session__number") - session.number)
        return found.select_related("session", "paper").order_by(near, "session", "paper")[:MOST_COMPANY]

    def with_manner(self, now: datetime) -> Self:
        """With `is_upcoming`, and `is_direct`: listed by the session itself, not through “same as”."""
        coming = Session.objects.scheduled(now).filter(pk=OuterRef("session"))
        direct = Reading.objects.filter(session=OuterRef("session"), paper=OuterRef("paper"))
        return self.annotate(is_upcoming=Exists(coming), is_direct=Exists(direct))


class PaperRead(models.Model):
    """That a session reads a paper, directly or through “same as” (followed as far as it leads, drafts apart).

    A view in the database, so that “covered” is one join wherever it is asked.
    """

    pk = models.CompositePrimaryKey("session", "paper")
    session = models.ForeignKey(Session, on_delete=models.DO_NOTHING, related_name="papers_read")
    paper = models.ForeignKey(Paper, on_delete=models.DO_NOTHING, related_name="reads")

    is_upcoming: bool  # asked for by `with_manner`
    is_direct: bool

    objects = PaperReadQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "reading_sessions_paperread"

    def __str__(self) -> str:
        return f"{self.paper_id} in {self.session_id}"


class BacklogQuerySet(models.QuerySet["BacklogEntry"]):
    def kept(self) -> Self:
        """The list without what was dropped from it."""
        return self.exclude(override=BacklogEntry.Override.DROPPED)

    def with_coverage(self, now: datetime) -> Self:
        """With `is_covered`: what the organizers say, else whether a held session read the paper."""
        # Not EXISTS: the view would be worked out again for every entry.
        read = Q(paper__in=PaperRead.objects.held(now).values("paper"))
        return self.annotate(
            is_covered=Case(
                When(override=BacklogEntry.Override.COVERED, then=Value(True)),
                When(override__isnull=False, then=Value(False)),
                When(read, then=Value(True)),
                default=Value(False),
                output_field=models.BooleanField(),
            )
        )

    def covered(self, now: datetime) -> Self:
        return self.with_coverage(now).filter(is_covered=True)

    def to_cover(self, now: datetime) -> Self:
        """Neither covered nor dropped."""
        return self.kept().with_coverage(now).filter(is_covered=False)

    def as_works(self) -> models.QuerySet[BacklogEntry, tuple[int, str, str]]:
        """Paper, the title that the list has for it, and slug; in order."""
        title = Case(When(label="", then=F("paper__title")), default=F("label"))
        return self.order_by("position", "id").values_list("paper_id", title, "paper__slug")

    def listed(self, now: datetime) -> Self:
        """The list as people read it: in order, numbered from 1 (`number`), with coverage, what was dropped apart."""
        return (
            self.kept()
            .with_coverage(now)
            .annotate(number=Window(RowNumber(), order_by=["position", "id"]))
            .order_by("position", "id")
        )

    def coverage(self, now: datetime) -> dict[str, int]:
        """How many papers are on the list (`listed`), and how many of them are covered (`covered`)."""
        entries = self.kept().with_coverage(now)
        return entries.aggregate(listed=Count("pk"), covered=Count("pk", filter=Q(is_covered=True)))

    def with_reads(self, now: datetime) -> Self:
        """With the paper, and the held sessions that read it (`entry.paper.reads.all()`)."""
        reads = PaperRead.objects.held(now).with_sessions()
        return self.select_related("paper").prefetch_related(Prefetch("paper__reads", reads))


class BacklogEntry(models.Model):
    """A line of the list of papers to cover. Covered lines stay on it, crossed out."""

    class Override(models.TextChoices):
        COVERED = "covered", "Covered"
        TO_COVER = "to_cover", "To cover"
        DROPPED = "dropped", "Dropped"

    paper = models.ForeignKey(
        Paper,
        on_delete=models.CASCADE,
        related_name="backlog_entries",
        help_text="The paper to cover; it stands on the list once.",
    )
    position = models.PositiveIntegerField(default=0, help_text="Lines stand in this order.")
    label = models.CharField(
        max_length=500, blank=True, help_text="The title as listed, where the list has its own."
    )
    override = models.CharField(
        max_length=10,
        choices=Override,
        null=True,
        blank=True,
        help_text="Left empty, a paper is covered once a session that reads it was held. “Dropped” takes it off the page.",
    )

    is_covered: bool  # asked for by `with_coverage`
    number: int  # asked for by `listed`

    objects = BacklogQuerySet.as_manager()
    history = recorded()

    class Meta:
        ordering = ("position", "id")
        verbose_name_plural = "backlog"
        constraints = (
            models.UniqueConstraint(
                fields=["paper"],
                name="a_paper_is_on_the_backlog_once",
                violation_error_message="This paper is on the list already.",
            ),
            models.CheckConstraint(
                condition=Q(override__isnull=True) | Q(override__in=["covered", "to_cover", "dropped"]),
                name="an_override_covers_reopens_or_drops",
            ),
        )

    def __str__(self) -> str:
        return to_text(self.text)

    @property
    def text(self) -> str:
        """The title as listed, as written (TeX not yet resolved)."""
        return self.label or self.paper.title
