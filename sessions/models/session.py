"""Sessions: one meeting each, or one that stands for several weeks."""

from __future__ import annotations

import re
import uuid
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import IntegerRangeField, RangeOperators
from django.contrib.postgres.functions import RandomUUID
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models, transaction
from django.db.models import Case, Exists, F, Max, OuterRef, Prefetch, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan
from django.urls import reverse

from papers.history import recorded
from papers.models import LinkCheck
from papers.slugs import unused_slug
from papers.tex import to_text
from papers.titles import slug_of
from sessions.dates import EARLIEST, LATEST
from sessions.models.group import LONGEST_DURATION, USUAL_DURATION, Group
from sessions.models.outline import Material, Reading
from sessions.models.states import SessionState
from sessions.ticks import session_tick

HIGHEST_NUMBER = 99_999


def is_upcoming(now: datetime) -> Q:
    """Still to come or running, that is, it ends after `now`; or its date is yet to be announced.

    Its end is the start and its own duration, else the group's usual one. Schedule and archive are the two
    halves that this one condition makes of the published sessions.
    """
    usual = Subquery(Group.objects.values("usual_duration")[:1])
    ends_at = models.ExpressionWrapper(
        F("starts_at") + Coalesce(F("duration"), usual, Value(USUAL_DURATION)),
        output_field=models.DateTimeField(),
    )
    # A comparison with NULL is neither true nor false, so that `exclude` would lose the undated: say it in full.
    dated = Q(starts_at__isnull=False) & Q(
        GreaterThan(ends_at, Value(now, output_field=models.DateTimeField()))
    )
    return dated | Q(starts_at__isnull=True, date_to_come=True)


# What sessions may lack, as `lacking` knows it, and how that is said.
LACKING = {
    "leavings": "recording or slides",
    "recording": "recording",
    "slides": "slides",
    "readings": "readings",
    "date": "date",
}


def _has_left(kind: str) -> Exists:
    """Whether a session left behind a material of this kind."""
    return Exists(Material.objects.filter(session=OuterRef("pk"), kind=kind))


class SessionQuerySet(models.QuerySet["Session"]):
    def published(self) -> Self:
        return self.filter(state=Session.State.PUBLISHED)

    def public(self) -> Self:
        """Those with a page of their own: all but drafts."""
        return self.exclude(state=Session.State.DRAFT)

    def upcoming(self, now: datetime) -> Self:
        """Published sessions still to come, running, or with a date to be announced (those last)."""
        return (
            self.published().filter(is_upcoming(now)).order_by(F("starts_at").asc(nulls_last=True), "number")
        )

    def scheduled(self, now: datetime) -> Self:
        """The schedule: what is upcoming, and what was cancelled before it began, to be shown as such."""
        cancelled = Q(state=Session.State.CANCELLED, starts_at__gt=now)
        shown = Q(state=Session.State.PUBLISHED) & is_upcoming(now)
        return self.filter(shown | cancelled).order_by(F("starts_at").asc(nulls_last=True), "number")

    def held(self, now: datetime) -> Self:
        """The archive, newest first: every published session that is not upcoming, undated history included."""
        return self.published().exclude(is_upcoming(now)).order_by("-number")

    def course(self, now: datetime) -> Self:
        """The same sessions in the order of their numbers, for who follows them."""
        return self.held(now).order_by("number")

    def on_the_line(self, now: datetime) -> Self:
        """Archive and schedule as one line, with `is_upcoming`: held by number, then what is to come as scheduled."""
        cancelled = Q(state=Session.State.CANCELLED, starts_at__gt=now)
        shown = self.filter(Q(state=Session.State.PUBLISHED) | cancelled).with_time(now)
        starts_at = Case(When(is_upcoming=True, then=F("starts_at")))
        in_order = shown.order_by("is_upcoming", starts_at.asc(nulls_last=True), "number")
        return in_order.only("number", "last_number", "title", "slug", "state", "starts_at")

    def numbered(self, number: int) -> Self:
        """The session whose number, or range of numbers, has this one in it: at most one."""
        return self.filter(number__lte=number).filter(
            Q(last_number__gte=number) | Q(last_number__isnull=True, number=number)
        )

    def at(self, slug: str) -> Self:
        """The session that has this slug, or had it once in public: at most one among the public."""
        return self.filter(Q(slug=slug) | Q(pk__in=SessionSlug.objects.filter(slug=slug).values("session")))

    def beside(self, session: Session) -> Self:
        """The published sessions before and after this one, by number: at most two, in one query."""
        published = self.published()
        before = published.filter(number__lt=session.number).order_by("-number").values("pk")[:1]
        after = published.filter(number__gt=session.number).order_by("number").values("pk")[:1]
        return self.filter(Q(pk__in=before) | Q(pk__in=after)).order_by("number")

    def to_prepare(self, now: datetime) -> Self:
        """What organizers have before them, the next first: sessions to come, drafts with a date included."""
        return (
            self.exclude(state=Session.State.CANCELLED)
            .filter(is_upcoming(now))
            .order_by(F("starts_at").asc(nulls_last=True), "number")
        )

    def from_here(self, session: Session, now: datetime, *, with_cancelled: bool) -> Self:
        """The sessions with a date that start with this one or later and were not held, in their order."""
        if session.starts_at is None:
            return self.none()
        states = [Session.State.DRAFT, *([Session.State.CANCELLED] if with_cancelled else [])]
        open_ones = Q(state__in=states) | (Q(state=Session.State.PUBLISHED) & is_upcoming(now))
        return self.filter(open_ones, starts_at__gte=session.starts_at).order_by("starts_at", "number")

    def taking(self, number: int, last_number: int | None) -> Self:
        """The sessions that have one of these numbers, as the database compares them."""
        last = number if last_number is None else last_number
        return self.annotate(last=Coalesce("last_number", "number")).filter(
            number__lte=last, last__gte=number
        )

    def days(self, zone: tzinfo) -> dict[date, Session]:
        """The days on which there is a session, on the clock in `zone`; cancelled ones leave their day free."""
        dated = self.exclude(state=Session.State.CANCELLED).exclude(starts_at=None)
        return {
            session.starts_at.astimezone(zone).date(): session
            for session in dated.only("number", "last_number", "title", "starts_at")
            if session.starts_at
        }

    def next_number(self) -> int:
        """The number after the highest; it may be one too high to be used."""
        last = self.aggregate(last=Max(Coalesce("last_number", "number")))["last"]
        return 1 if last is None else last + 1

    def taken_numbers(self) -> dict[int, Session]:
        """Every number that a session has, or stands for, and which session it is."""
        return {
            number: session
            for session in self.only("number", "last_number", "title")
            for number in range(session.number, (session.last_number or session.number) + 1)
        }

    def with_leavings(self) -> Self:
        """With `has_recording` and `has_slides`."""
        return self.annotate(
            has_recording=_has_left(Material.Kind.RECORDING), has_slides=_has_left(Material.Kind.SLIDES)
        )

    def lacking(self, what: str, now: datetime) -> Self:
        """Those that lack what `LACKING` names: of the sessions held, or of those that are to be prepared."""
        held = Session.objects.held(now).exclude(nothing_more=True)
        prepared = Session.objects.exclude(state=Session.State.CANCELLED)
        to_come = Q(state=Session.State.DRAFT) | Q(date_to_come=True)
        found = {
            "recording": held.exclude(_has_left(Material.Kind.RECORDING)),
            "slides": held.exclude(_has_left(Material.Kind.SLIDES)),
            "leavings": held.exclude(_has_left(Material.Kind.RECORDING), _has_left(Material.Kind.SLIDES)),
            "readings": prepared.exclude(Exists(Reading.objects.filter(session=OuterRef("pk")))),
            "date": prepared.filter(to_come, starts_at__isnull=True),
        }[what]
        return self.filter(pk__in=found.order_by().values("pk"))

    def with_dead_links(self, now: datetime) -> Self:
        """Those whose meeting room or one of whose materials is at an address that is to be mended: 3 queries at most."""
        dead = set(LinkCheck.objects.dead(now).values_list("url", flat=True))
        if not dead:
            return self.none()
        source_url = Group.objects.current().source_url
        with_links = Material.objects.exclude(href="").order_by()
        left = {each.session_id for each in with_links if each.web_address(source_url) in dead}
        return self.filter(Q(pk__in=left) | Q(join_url__in=dead))

    def with_time(self, now: datetime) -> Self:
        """With `is_upcoming`: the same rule, asked of every session that is found."""
        return self.annotate(
            is_upcoming=models.ExpressionWrapper(is_upcoming(now), output_field=models.BooleanField())
        )

    def with_brief(self) -> Self:
        """With presenters, readings and materials as one line each: 4 queries in all."""
        return self.prefetch_related(
            "presenters",
            Prefetch("readings", Reading.objects.with_targets().select_related("same_as")),
            "materials",
        )

    def with_checklist(self) -> Self:
        """As `with_brief`, and “same as” resolved once: 6 queries in all."""
        lines = Reading.objects.with_targets().select_related("same_as")
        repeated = Session.objects.public().prefetch_related(Prefetch("readings", lines))
        own = Reading.objects.with_targets().prefetch_related(Prefetch("same_as", repeated))
        return self.prefetch_related("presenters", Prefetch("readings", own), "materials")

    def with_outline(self) -> Self:
        """With readings, their targets and presenters, “same as” resolved once, and materials: 8 queries in all.

        A “same as” that points at a draft leads nowhere: drafts are not public.
        """
        lines = Reading.objects.with_targets().select_related("same_as")
        own = Reading.objects.with_targets()
        repeated = Session.objects.public().prefetch_related(Prefetch("readings", lines))
        own = own.prefetch_related("presenters", Prefetch("same_as", repeated))
        return self.prefetch_related(
            "presenters",
            Prefetch("readings", own),
            Prefetch("materials", Material.objects.prefetch_related("presenters")),
        )


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

    def with_neighbours(self, now: datetime) -> dict[str, object]:
        """What its page shows: itself (`session`), the published ones before (`previous`) and after it (`next`), and
        which others read what it reads (`company`): 2 queries."""
        beside = {other.number > self.number: other for other in Session.objects.with_time(now).beside(self)}
        return {
            "session": self,
            "previous": beside.get(False),
            "next": beside.get(True),
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


class SessionSlug(models.Model):
    """A slug that a session had in public: it leads there for ever."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="slugs")
    slug = models.SlugField(max_length=120, unique=True)

    history = recorded()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.slug
