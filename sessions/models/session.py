"""Sessions: one meeting each, or one that stands for several weeks."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import IntegerRangeField, RangeOperators
from django.contrib.postgres.functions import RandomUUID
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.urls import reverse

from papers.history import recorded
from papers.slugs import unused_slug
from papers.tex import to_text
from papers.titles import slug_of
from sessions.dates import EARLIEST, LATEST
from sessions.models.group import LONGEST_DURATION, Group
from sessions.models.outline import Reading
from sessions.models.session_queryset import SessionQuerySet
from sessions.models.session_slug import SessionSlug
from sessions.models.states import SessionState
from sessions.ticks import session_tick

HIGHEST_NUMBER = 99_999


class Session(models.Model):
    """One meeting of the group, or one that stands for several weeks (a range of numbers)."""

    State = SessionState

    number = models.PositiveIntegerField(
        validators=[MinValueValidator(0), MaxValueValidator(HIGHEST_NUMBER)],
        help_text="Its place in the group's count; no two sessions share one.",
    )
    last_number = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(HIGHEST_NUMBER)],
        help_text="Only where one session stands for several: the last of its numbers, such as 17 for “16 & 17”.",
    )
    title = models.CharField(max_length=300, help_text="Without the number.")
    slug = models.SlugField(
        max_length=120,
        unique=True,
        blank=True,
        validators=[
            RegexValidator(r"[^0-9]", "An address of digits alone leads to the session of that number.")
        ],
        help_text="The end of the session's address, made of number and title until it is first published. "
        "When you change it later, the old address leads to the new one.",
    )
    state = models.CharField(
        max_length=10,
        choices=State,
        default=State.DRAFT,
        help_text="Drafts are seen by organizers only; cancelled sessions stay on the schedule, marked, until their date.",
    )
    starts_at = models.DateTimeField(
        "starts at",
        null=True,
        blank=True,
        validators=[MinValueValidator(EARLIEST), MaxValueValidator(LATEST)],
        help_text="With a date, the session moves from schedule to archive by itself.",
    )
    duration = models.DurationField(
        null=True,
        blank=True,
        validators=[MinValueValidator(timedelta(minutes=1)), MaxValueValidator(LONGEST_DURATION)],
        help_text="Left empty, the group's usual one (hours:minutes:seconds).",
    )
    date_to_come = models.BooleanField(
        "date to be announced",
        default=False,
        help_text="Shows a session without a date on the schedule; otherwise it counts as held.",
    )
    nothing_more = models.BooleanField(
        "nothing more will come",
        default=False,
        help_text="A recording or slides that are missing do not exist: the front desk stops asking for them.",
    )
    summary = models.TextField(
        blank=True, max_length=20_000, help_text="Shown on the session's page. Markdown."
    )
    presenters = models.ManyToManyField(
        "reading_sessions.Person",
        blank=True,
        related_name="sessions",
        help_text="Who presents the session as a whole.",
    )
    join_url = models.URLField(
        "meeting room",
        max_length=500,
        blank=True,
        help_text="Left empty, the group's own is shown until the session ends.",
    )
    revision = models.PositiveIntegerField(
        default=0, editable=False, help_text="Grows by one with every save."
    )

    # What calendars know it by, whatever becomes of its number, its address and the site's host.
    uid = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)

    is_upcoming: bool  # asked for by `with_time`
    has_recording: bool  # asked for by `with_leavings`
    has_slides: bool

    objects = SessionQuerySet.as_manager()
    history = recorded("presenters")

    class Meta:
        ordering = ("number",)
        constraints = (
            ExclusionConstraint(
                name="session_numbers_never_overlap",
                expressions=[
                    (
                        models.Func(
                            F("number"),
                            Coalesce(F("last_number"), F("number")),
                            Value("[]"),
                            function="int4range",
                            output_field=IntegerRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    )
                ],
                # An import that swaps the numbers of two sessions has them compared at its end.
                deferrable=models.Deferrable.IMMEDIATE,
                violation_error_message="Another session already has one of these numbers. Choose numbers that are free.",
            ),
            models.CheckConstraint(
                condition=Q(last_number__isnull=True) | Q(last_number__gt=F("number")),
                name="a_last_number_is_above_the_first",
                violation_error_message="The last number has to be above the first; leave it empty for a single session.",
            ),
            models.CheckConstraint(
                condition=Q(number__lte=HIGHEST_NUMBER)
                & (Q(last_number__isnull=True) | Q(last_number__lte=HIGHEST_NUMBER)),
                name="session_numbers_are_small",
            ),
            models.CheckConstraint(
                condition=Q(date_to_come=False) | Q(starts_at__isnull=True),
                name="a_date_to_come_is_not_yet_a_date",
                violation_error_message="It has a date: either remove the date, or untick “date to be announced”.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "published", "cancelled"]),
                name="a_session_is_draft_published_or_cancelled",
            ),
            models.CheckConstraint(
                condition=Q(duration__isnull=True) | Q(duration__gt=timedelta()),
                name="a_duration_is_positive",
            ),
            models.CheckConstraint(
                condition=Q(duration__isnull=True) | Q(duration__lte=LONGEST_DURATION),
                name="a_duration_is_1000_days_at_most",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(starts_at__range=(EARLIEST, LATEST)),
                name="a_session_starts_between_1900_and_2200",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="a_session_has_a_title"),
            models.CheckConstraint(condition=Q(slug__regex="[^0-9]"), name="a_slug_is_not_a_number"),
        )

    def __str__(self) -> str:
        return f"{self.numbers}: {to_text(self.title)}"

    def get_absolute_url(self) -> str:
        return reverse("session", args=[self.slug])

    @property
    def numbers(self) -> str:
        """Its number or range as people write it: 15, 16 & 17, 18–20."""
        if self.last_number is None:
            return str(self.number)
        return f"{self.number}{' & ' if self.last_number == self.number + 1 else '–'}{self.last_number}"

    @property
    def tick(self) -> str:
        """The key under which a browser remembers that its visitor is done with it."""
        return session_tick(self.pk)

    @property
    def is_public(self) -> bool:
        """Whether it has a page of its own."""
        return self.state != self.State.DRAFT

    @property
    def is_filed_undated(self) -> bool:
        """Whether, published, it counts as held although nobody said when."""
        return self.starts_at is None and not self.date_to_come

    def called(self, word: str) -> str:
        """Its number under the group's word for a session: Week 16 & 17, #15."""
        return f"{word}{self.numbers}" if word == "#" else f"{word} {self.numbers}".strip()

    def lines(self) -> Iterator[Reading]:
        """What its page lists: “same as” is resolved once. No query where it was found `with_outline`."""
        for reading in self.readings.all():
            yield from reading.repeats.readings.all() if reading.repeats else [reading]

    def with_neighbours(self, now: datetime) -> dict[str, object]:
        """What its page shows: itself (`session`, found `with_time`), the published ones before (`previous`) and after it
        (`next`), which others read what it reads (`company`), and, once it was held, its `place` among all of those:
        3 queries."""
        beside = {other.number > self.number: other for other in Session.objects.with_time(now).beside(self)}
        return {
            "session": self,
            "previous": beside.get(False),
            "next": beside.get(True),
            "place": Session.objects.place_in_course(self, now),
            "company": self.papers_read.all().company(self, now),
        }

    def room(self, group: Group) -> str:
        """Where to join: the session's own meeting room, else the group's."""
        return self.join_url or group.join_url

    @property
    def saved_at(self) -> datetime | None:
        """When it was last saved; None where that is older than its history. One query."""
        record = self.history.order_by("-history_id").only("saved_at").first()
        return record.saved_at if record else None

    def ends_at(self, usual_duration: timedelta) -> datetime | None:
        """The end, when its start is known: the same rule as `is_upcoming`."""
        return self.starts_at + (self.duration or usual_duration) if self.starts_at else None

    def clean(self) -> None:
        # Made here already: the rule that a slug is no number is checked before anything is saved.
        self.slug = self.slug or self._slug_from_title()
        if self.last_number is not None and self.number is not None and self.last_number <= self.number:
            # Said here, since PostgreSQL cannot even compare a range that ends before it begins.
            raise ValidationError(
                {
                    "last_number": "The last number has to be above the first; leave it empty for a single session."
                }
            )
        taken = (
            SessionSlug.objects.filter(slug=self.slug)
            .exclude(session=self.pk)
            .select_related("session")
            .first()
        )
        if self.slug and taken:
            raise ValidationError(
                {"slug": f"This address leads to session {taken.session} already. Choose another."}
            )

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, one revision on. The slug follows number and title until the first publication."""
        if self._slug_follows_title():
            self.slug = self._slug_from_title()
        # Counted by the database, which gives the number back: two saves at the same time are two revisions.
        self.revision = self.revision + 1 if self._state.adding else F("revision") + 1
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "slug", "revision"}
        super().save(*args, **kwargs)
        if self.state != self.State.DRAFT:
            SessionSlug.objects.get_or_create(slug=self.slug, session=self)

    def _slug_follows_title(self) -> bool:
        if not self.slug:
            return True
        if self.pk is None or self.slugs.exists():
            return False
        before = Session.objects.filter(pk=self.pk).first()
        if before is None or before.slug != self.slug:
            return False
        return re.fullmatch(rf"{re.escape(before.slug_base())}(-\d+)?", self.slug) is not None

    def slug_base(self) -> str:
        """Numbers and title: the slug, unless another session has or had it."""
        numbers = f"{self.number}-{self.last_number}" if self.last_number else str(self.number)
        return f"{numbers}-{slug_of(self.title, fallback='session')}"

    def _slug_from_title(self) -> str:
        base = self.slug_base()
        taken = {
            *Session.objects.filter(slug__startswith=base).exclude(pk=self.pk).values_list("slug", flat=True),
            *SessionSlug.objects.filter(slug__startswith=base)
            .exclude(session=self.pk)
            .values_list("slug", flat=True),
        }
        return unused_slug(base, taken)
