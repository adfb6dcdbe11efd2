"""What is asked of sessions. `now` is the moment of asking."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Case, Count, Exists, F, Max, OuterRef, Prefetch, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan

from papers.models import LinkCheck
from sessions.models.group import USUAL_DURATION, Group
from sessions.models.outline import Material, Reading
from sessions.models.session_slug import SessionSlug
from sessions.models.states import SessionState

if TYPE_CHECKING:
    from sessions.models.session import Session


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
        return self.filter(state=SessionState.PUBLISHED)

    def public(self) -> Self:
        """Those with a page of their own: all but drafts."""
        return self.exclude(state=SessionState.DRAFT)

    def upcoming(self, now: datetime) -> Self:
        """Published sessions still to come, running, or with a date to be announced (those last)."""
        return (
            self.published().filter(is_upcoming(now)).order_by(F("starts_at").asc(nulls_last=True), "number")
        )

    def scheduled(self, now: datetime) -> Self:
        """The schedule: what is upcoming, and what was cancelled before it began, to be shown as such."""
        cancelled = Q(state=SessionState.CANCELLED, starts_at__gt=now)
        shown = Q(state=SessionState.PUBLISHED) & is_upcoming(now)
        return self.filter(shown | cancelled).order_by(F("starts_at").asc(nulls_last=True), "number")

    def held(self, now: datetime) -> Self:
        """The archive, newest first: every published session that is not upcoming, undated history included."""
        return self.published().exclude(is_upcoming(now)).order_by("-number")

    def course(self, now: datetime) -> Self:
        """The same sessions in the order of their numbers, for who follows them."""
        return self.held(now).order_by("number")

    def on_the_line(self, now: datetime) -> Self:
        """Archive and schedule as one line, with `is_upcoming`: held by number, then what is to come as scheduled."""
        cancelled = Q(state=SessionState.CANCELLED, starts_at__gt=now)
        shown = self.filter(Q(state=SessionState.PUBLISHED) | cancelled).with_time(now)
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

    def place_in_course(self, session: Session, now: datetime) -> dict[str, int] | None:
        """Which of the sessions of the course this one is (`number`, from 1 on), and how many there are (`count`).

        None where it is none of them. One query; none for a session that was found `with_time` and is to come.
        """
        if session.state != SessionState.PUBLISHED or session.is_upcoming:
            return None
        here = Count("pk", filter=Q(number__lte=session.number))
        return self.held(now).order_by().aggregate(number=here, count=Count("pk"))

    def nearest(self, number: int) -> Self:
        """The sessions that one may have meant by a number that none has: the one before and the one after it."""
        before = self.filter(number__lte=number).order_by("-number").values("pk")[:1]
        after = self.filter(number__gt=number).order_by("number").values("pk")[:1]
        return self.filter(Q(pk__in=before) | Q(pk__in=after)).order_by("number")

    def to_prepare(self, now: datetime) -> Self:
        """What organizers have before them, the next first: sessions to come, drafts with a date included."""
        return (
            self.exclude(state=SessionState.CANCELLED)
            .filter(is_upcoming(now))
            .order_by(F("starts_at").asc(nulls_last=True), "number")
        )

    def from_here(self, session: Session, now: datetime, *, with_cancelled: bool) -> Self:
        """The sessions with a date that start with this one or later and were not held, in their order."""
        if session.starts_at is None:
            return self.none()
        states = [SessionState.DRAFT, *([SessionState.CANCELLED] if with_cancelled else [])]
        open_ones = Q(state__in=states) | (Q(state=SessionState.PUBLISHED) & is_upcoming(now))
        return self.filter(open_ones, starts_at__gte=session.starts_at).order_by("starts_at", "number")

    def taking(self, number: int, last_number: int | None) -> Self:
        """The sessions that have one of these numbers, as the database compares them."""
        last = number if last_number is None else last_number
        return self.annotate(last=Coalesce("last_number", "number")).filter(
            number__lte=last, last__gte=number
        )

    def days(self, zone: tzinfo) -> dict[date, Session]:
        """The days on which there is a session, on the clock in `zone`; cancelled ones leave their day free."""
        dated = self.exclude(state=SessionState.CANCELLED).exclude(starts_at=None)
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
        held = self.model.objects.held(now).exclude(nothing_more=True)
        prepared = self.model.objects.exclude(state=SessionState.CANCELLED)
        to_come = Q(state=SessionState.DRAFT) | Q(date_to_come=True)
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
        repeated = self.model.objects.public().prefetch_related(Prefetch("readings", lines))
        own = Reading.objects.with_targets().prefetch_related(Prefetch("same_as", repeated))
        return self.prefetch_related("presenters", Prefetch("readings", own), "materials")

    def with_outline(self) -> Self:
        """With readings, their targets and presenters, “same as” resolved once, and materials: 8 queries in all.

        A “same as” that points at a draft leads nowhere: drafts are not public.
        """
        lines = Reading.objects.with_targets().select_related("same_as")
        own = Reading.objects.with_targets()
        repeated = self.model.objects.public().prefetch_related(Prefetch("readings", lines))
        own = own.prefetch_related("presenters", Prefetch("same_as", repeated))
        return self.prefetch_related(
            "presenters",
            Prefetch("readings", own),
            Prefetch("materials", Material.objects.prefetch_related("presenters")),
        )
