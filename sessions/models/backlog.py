"""The list of papers to cover, and what follows from the sessions about it."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Case, Exists, OuterRef, Prefetch, Q, Value, When

from papers.models import Paper
from papers.tex import to_text
from sessions.models.session import Session


class PaperReadQuerySet(models.QuerySet["PaperRead"]):
    def held(self, now: datetime) -> Self:
        """Papers read by sessions held."""
        return self.filter(session__in=Session.objects.held(now).order_by())

    def with_sessions(self) -> Self:
        """With the session, earliest first."""
        return self.select_related("session").order_by("session__number")


class PaperRead(models.Model):
    """That a session reads a paper, directly or through “same as” (followed as far as it leads, drafts apart).

    A view in the database, so that “covered” is one join wherever it is asked.
    """

    pk = models.CompositePrimaryKey("session", "paper")
    session = models.ForeignKey(Session, on_delete=models.DO_NOTHING, related_name="papers_read")
    paper = models.ForeignKey(Paper, on_delete=models.DO_NOTHING, related_name="reads")

    objects = PaperReadQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "reading_sessions_paperread"

    def __str__(self) -> str:
        return f"{self.paper_id} in {self.session_id}"


class BacklogQuerySet(models.QuerySet["BacklogEntry"]):
    def with_coverage(self, now: datetime) -> Self:
        """With `is_covered`: what the organizers say, else whether a held session read the paper."""
        read = Exists(PaperRead.objects.held(now).filter(paper=OuterRef("paper")))
        return self.annotate(
            is_covered=Case(
                When(override=BacklogEntry.Override.COVERED, then=Value(True)),
                When(override__isnull=False, then=Value(False)),
                default=read,
                output_field=models.BooleanField(),
            )
        )

    def covered(self, now: datetime) -> Self:
        return self.with_coverage(now).filter(is_covered=True)

    def to_cover(self, now: datetime) -> Self:
        """Neither covered nor dropped."""
        dropped = Q(override=BacklogEntry.Override.DROPPED)
        return self.with_coverage(now).filter(is_covered=False).exclude(dropped & Q(override__isnull=False))

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

    objects = BacklogQuerySet.as_manager()

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
