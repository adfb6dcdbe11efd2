"""What machines found out, kept apart from what people wrote: it can be found out again, and has no history."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import MD5, Now
from django.utils import timezone
from django.utils.dateformat import format as format_date

from papers.linkcheck import Finding, Kind
from papers.models.paper import Paper
from papers.spots import Spot

# A host that cannot be reached may be back tomorrow; only what fails for longer than this is called dead.
UNREACHABLE_FOR = timedelta(days=1)
# Trouble of the host's own (too slow, an error) is for its people to mend; after this long it is shown to ours.
TROUBLE_FOR = timedelta(days=14)


class ArxivRecord(models.Model):
    """What arXiv says of a paper, and how the last try to ask it went.

    Only what is empty in the paper is filled in by itself; the rest waits here for an organizer to take it over.
    """

    paper = models.OneToOneField(Paper, on_delete=models.CASCADE, related_name="arxiv_record")
    arxiv_id = models.CharField(
        "arXiv id", max_length=32, help_text="What was asked for; the paper may have another one by now."
    )
    title = models.CharField(max_length=500, blank=True, help_text="As arXiv has it.")
    authors = models.TextField(blank=True, help_text="One name a line.")
    abstract = models.TextField(blank=True, help_text="As arXiv has it, on one line a paragraph.")
    published_on = models.DateField(null=True, blank=True, help_text="Day of the first version, in UTC.")
    doi = models.CharField("DOI", max_length=200, blank=True, help_text="Of the journal's version.")
    fetched_at = models.DateTimeField(null=True, blank=True, help_text="When arXiv last answered for it.")
    tried_at = models.DateTimeField(help_text="When arXiv was last asked.")
    problem = models.CharField(
        max_length=300, blank=True, help_text="Why the last try brought nothing; empty when it went well."
    )

    class Meta:
        ordering = ("-tried_at", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(fetched_at__isnull=False) | ~Q(problem=""),
                name="an_arxiv_record_was_fetched_or_says_why_not",
            ),
        )

    def __str__(self) -> str:
        return f"arXiv:{self.arxiv_id}"


class ArxivTurn(models.Model):
    """The one row that says when arXiv may be asked next, by whichever process of the site: `papers.arxiv_turn`."""

    holder = models.UUIDField(null=True, help_text="Who is asking just now, if anybody.")
    free_at = models.DateTimeField(db_default=Now(), help_text="When the next request may start.")

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(id=1), name="there_is_one_turn_to_ask_arxiv"),)

    def __str__(self) -> str:
        return f"next at {self.free_at:%H:%M:%S}"


class LinkCheckQuerySet(models.QuerySet["LinkCheck"]):
    def dead(self, now: datetime) -> Self:
        """Those to be mended: dead ones, and those in trouble for more than two weeks."""
        return self.filter(Q(result="dead") | Q(result="unsure", failing_since__lte=now - TROUBLE_FOR))

    def of(self, addresses: Iterable[str | None]) -> dict[str, LinkCheck]:
        """The checks of these addresses, by address: one query. What was never checked is left out."""
        asked = {address for address in addresses if address}
        return {check.url: check for check in self.filter(url__in=asked)}


class LinkCheck(models.Model):
    """Whether an address answers, as `check_links` last saw it. One address is asked once, whoever links to it."""

    class Result(models.TextChoices):
        ALIVE = "alive", "Answers"
        MOVED = "moved", "Moved"
        DEAD = "dead", "Dead"
        UNSURE = "unsure", "Cannot be told"

    url = models.TextField("address", help_text="The absolute address that was asked.")
    result = models.CharField(max_length=10, choices=Result, help_text="What came of it.")
    status = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="The last HTTP status, where there was an answer."
    )
    reason = models.CharField(max_length=300, blank=True, help_text="What went wrong, in words.")
    moved_to = models.TextField(blank=True, help_text="Where permanent redirects led.")
    checked_at = models.DateTimeField(help_text="When it was last asked.")
    failing_since = models.DateTimeField(
        null=True, blank=True, help_text="Since when no check has reached it; empty while it answers."
    )

    objects = LinkCheckQuerySet.as_manager()

    class Meta:
        ordering = ("url",)
        verbose_name = "link"
        constraints = (
            models.UniqueConstraint(MD5("url"), name="an_address_is_checked_once"),
            models.CheckConstraint(
                condition=Q(result__in=["alive", "moved", "dead", "unsure"]),
                name="a_link_check_has_a_known_result",
            ),
        )

    def __str__(self) -> str:
        return f"{self.url}: {self.get_result_display()}"

    @property
    def words(self) -> str:
        """The result, its day in the current time zone, and the details."""
        day = format_date(timezone.localtime(self.checked_at), "j M Y")
        return f"{self.get_result_display()}, {day}. {self.details}".strip()

    @property
    def details(self) -> str:
        """What went wrong, or where it leads now; empty where all is well."""
        return self.reason or (f"To {self.moved_to}" if self.moved_to else "")

    def use(self, spot: Spot) -> str:
        """What the button sends that puts the address it moved to there; empty where it did not move for good."""
        has_moved = self.result == self.Result.MOVED and self.moved_to
        return f"{self.pk} {spot} {self.moved_to}" if has_moved else ""

    def learn(self, finding: Finding, now: datetime) -> None:
        """Take over what a check at `now` found; not saved.

        Gone is dead at once. A host that is unreachable is dead when it has been so for a day, since it may be
        our own network that is down. What is closed to machines fails no check: it is there.
        """
        self.status, self.reason = finding.status, finding.reason[:300]
        self.moved_to, self.checked_at = finding.moved_to, now
        if finding.kind in (Kind.GONE, Kind.UNREACHABLE, Kind.TROUBLE):
            self.failing_since = self.failing_since or now
        else:
            self.failing_since = None
        unreachable = self.failing_since is not None and now - self.failing_since >= UNREACHABLE_FOR
        match finding.kind:
            case Kind.ANSWERS:
                self.result = self.Result.ALIVE
            case Kind.MOVED:
                self.result = self.Result.MOVED
            case Kind.GONE:
                self.result = self.Result.DEAD
            case Kind.UNREACHABLE if unreachable:
                self.result = self.Result.DEAD
            case _:
                self.result = self.Result.UNSURE
