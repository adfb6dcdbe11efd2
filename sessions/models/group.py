"""The group itself: one row."""

from __future__ import annotations

import zoneinfo
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.urls import reverse

from papers.history import recorded

# The one row's primary key: a constraint lets no other in.
THE_GROUP = 1
# What a session lasts until the group says otherwise.
USUAL_DURATION = timedelta(hours=1)
# Start and duration have to add up to a time that PostgreSQL and Python know, or no page could tell the two halves.
LONGEST_DURATION = timedelta(days=1000)


def zone_names() -> set[str]:
    """The IANA time zones that this machine knows, less two names that tell nobody which zone is meant."""
    return zoneinfo.available_timezones() - {"Factory", "localtime"}


def time_zones() -> list[tuple[str, str]]:
    """The same as choices."""
    return [(name, name.replace("_", " ")) for name in sorted(zone_names())]


class GroupQuerySet(models.QuerySet["Group"]):
    def current(self) -> Group:
        """The group this site is for; one with the defaults, not saved, while nobody has moved in."""
        return self.first() or self.model()


class Group(models.Model):
    """The reading group this site is for."""

    class Activity(models.TextChoices):
        RUNNING = "running", "Running"
        PAUSED = "paused", "Paused"
        ENDED = "ended", "Ended"

    name = models.CharField(max_length=200, default="Reading group", help_text="The title of the site.")
    introduction = models.TextField(
        blank=True, max_length=20_000, help_text="What newcomers read first on the home page. Markdown."
    )
    chat_url = models.URLField(
        "chat",
        max_length=500,
        blank=True,
        help_text="Where the group talks; the button “Join the group” on the home page leads there.",
    )
    playlist_url = models.URLField(
        "playlist",
        max_length=500,
        blank=True,
        help_text="All recordings in one place; linked on home and archive.",
    )
    join_url = models.URLField(
        "meeting room",
        max_length=500,
        blank=True,
        help_text="Where sessions are held; shown with every session to come.",
    )
    source_url = models.URLField(
        "home of the README",
        max_length=500,
        blank=True,
        help_text="The folder that the README lives in, ending in a slash; relative links of materials start there.",
    )
    time_zone = models.CharField(
        max_length=64,
        default="UTC",
        choices=time_zones,
        help_text="Dates and times are shown and typed in this zone.",
    )
    usual_duration = models.DurationField(
        default=USUAL_DURATION,
        validators=[MinValueValidator(timedelta(minutes=1)), MaxValueValidator(LONGEST_DURATION)],
        help_text="How long a session lasts that does not say otherwise (hours:minutes:seconds).",
    )
    session_word = models.CharField(
        max_length=30,
        default="Week",
        help_text="What one session is called: Week, Session, Meeting, or # for a bare number. Addresses do not change with it.",
    )
    activity = models.CharField(
        max_length=10,
        choices=Activity,
        default=Activity.RUNNING,
        help_text="What the home page says when no session is planned.",
    )
    accent = models.CharField(
        max_length=7,
        default="#8c2f1b",
        validators=[
            RegexValidator(r"^#[0-9a-f]{6}$", "Write a colour as # and six of 0-9 and a-f, such as #8c2f1b.")
        ],
        help_text="The site's one colour, as #rrggbb; shades for light and dark derive from it.",
    )

    objects = GroupQuerySet.as_manager()
    history = recorded()

    class Meta:
        verbose_name_plural = "group"
        constraints = (
            models.CheckConstraint(condition=models.Q(pk=THE_GROUP), name="there_is_one_group"),
            models.CheckConstraint(
                condition=models.Q(usual_duration__gt=timedelta()), name="a_usual_duration_is_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(usual_duration__lte=LONGEST_DURATION),
                name="a_usual_duration_is_1000_days_at_most",
            ),
            models.CheckConstraint(
                condition=models.Q(activity__in=["running", "paused", "ended"]),
                name="a_group_runs_pauses_or_has_ended",
            ),
            models.CheckConstraint(
                condition=models.Q(accent__regex=r"^#[0-9a-f]{6}$"), name="an_accent_is_a_colour"
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="a_group_has_a_name"),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("home")

    def saves(self) -> tuple[int, datetime | None]:
        """How often it was saved, as far as its history goes, and when last. One query."""
        found = type(self).history.aggregate(count=models.Count("pk"), last=models.Max("saved_at"))
        return found["count"], found["last"]

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The time zone to show times in; UTC where a newer machine knew a zone that this one does not."""
        try:
            return zoneinfo.ZoneInfo(self.time_zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            return zoneinfo.ZoneInfo("UTC")

    def clean(self) -> None:
        self.accent = self.accent.lower()
        if self.source_url and not self.source_url.endswith("/"):
            raise ValidationError({"source_url": "End it in a slash: relative links are joined to a folder."})

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pk = THE_GROUP
        super().save(*args, **kwargs)
