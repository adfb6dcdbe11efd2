"""What a session is made of: its reading list, and what it left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import MD5

from papers.history import recorded
from papers.links import safe_url, validate_href
from papers.models import Paper, Resource
from papers.tex import to_text
from sessions.models.states import SessionState

if TYPE_CHECKING:
    from sessions.models.session import Session

INDENT_CHOICES = [(0, "a line of its own"), (1, "below the line before")]


class CountNonNulls(models.Func):
    """How many of its arguments are not NULL (PostgreSQL's num_nonnulls)."""

    function = "num_nonnulls"
    output_field = models.IntegerField()


def _of_public_sessions[Lines: models.QuerySet[Any]](lines: Lines) -> Lines:
    """With their sessions, in the sessions' order; lines of drafts are nobody's business."""
    public = lines.exclude(session__state=SessionState.DRAFT)
    return public.select_related("session").order_by("session__number", "position", "id")


class ReadingQuerySet(models.QuerySet["Reading"]):
    def of_public_sessions(self) -> Self:
        return _of_public_sessions(self)

    def with_targets(self) -> Self:
        """With the paper or resource that each line points at, in the same query."""
        return self.select_related("paper", "resource")


class Reading(models.Model):
    """A line of a session's reading list: a paper, a resource, another session's list, or only words."""

    session = models.ForeignKey("reading_sessions.Session", on_delete=models.CASCADE, related_name="readings")
    position = models.PositiveIntegerField(default=0, help_text="Lines stand in this order.")
    indent = models.PositiveSmallIntegerField(
        default=0, choices=INDENT_CHOICES, help_text="Code and posts about a paper stand below it."
    )
    # What a session read is not to vanish with a paper: Django refuses to delete what a reading points at.
    paper = models.ForeignKey(
        Paper,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="readings",
        help_text="The paper to read, or…",
    )
    resource = models.ForeignKey(
        Resource,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="readings",
        help_text="…anything else to read or run, or…",
    )
    same_as = models.ForeignKey(
        "reading_sessions.Session",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="repeated_by",
        help_text="…the session whose readings these are again.",
    )
    label = models.CharField(
        max_length=500,
        blank=True,
        help_text="What the line says. Left empty, it says the title of what it points at.",
    )
    presenters = models.ManyToManyField(
        "reading_sessions.Person",
        blank=True,
        related_name="readings",
        help_text="Who walks the group through it.",
    )
    note = models.CharField(
        max_length=500, blank=True, help_text="A few words shown after the line, such as “sections 1 to 3”."
    )

    objects = ReadingQuerySet.as_manager()
    history = recorded("presenters")

    class Meta:
        ordering = ("position", "id")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(
                    models.lookups.LessThanOrEqual(CountNonNulls("paper", "resource", "same_as"), 1)
                ),
                name="a_reading_has_at_most_one_target",
                violation_error_message="Choose one of paper, resource and “same as”; make another line for the other.",
            ),
            models.CheckConstraint(
                condition=Q(paper__isnull=False)
                | Q(resource__isnull=False)
                | Q(same_as__isnull=False)
                | ~Q(label=""),
                name="a_reading_without_a_target_has_a_label",
                violation_error_message="Choose what to read, or write what the line says.",
            ),
            models.CheckConstraint(
                condition=Q(same_as__isnull=True) | ~Q(same_as=models.F("session")),
                name="a_reading_is_the_same_as_another_session",
                violation_error_message="A session cannot have the same readings as itself. Choose another session.",
            ),
            models.CheckConstraint(condition=Q(indent__in=[0, 1]), name="a_reading_is_indented_once_at_most"),
        )

    def __str__(self) -> str:
        return to_text(self.text)

    @property
    def text(self) -> str:
        """What the line says, as written (TeX not yet resolved)."""
        if self.label:
            return self.label
        if self.paper:
            return self.paper.title
        if self.resource:
            return self.resource.title
        return f"Same as {self.same_as}" if self.same_as else ""

    @property
    def repeats(self) -> Session | None:
        """The session whose readings these are again, unless that is still a draft and so has no page."""
        return self.same_as if self.same_as and self.same_as.is_public else None

    def clean(self) -> None:
        """Refuse a circle with words an organizer understands; the database refuses it in any case."""
        if self.same_as_id and self.session_id and leads_back(self.same_as_id, self.session_id):
            raise ValidationError(
                {
                    "same_as": "That session's readings lead back to this one. Choose the session that lists them itself."
                }
            )


def leads_back(same_as: int, session: int) -> bool:
    """Whether “same as” lines lead from the session `same_as` to the session `session`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reading_sessions_leads_back(%s, %s)", [same_as, session])
        row = cursor.fetchone()
    return bool(row and row[0])


class MaterialQuerySet(models.QuerySet["Material"]):
    def of_public_sessions(self) -> Self:
        return _of_public_sessions(self)


class Material(models.Model):
    """What a session left behind: a recording, slides, a notebook."""

    class Kind(models.TextChoices):
        RECORDING = "recording", "Recording"
        SLIDES = "slides", "Slides"
        NOTEBOOK = "notebook", "Notebook"
        OTHER = "other", "Other"

    session = models.ForeignKey(
        "reading_sessions.Session", on_delete=models.CASCADE, related_name="materials"
    )
    position = models.PositiveIntegerField(default=0, help_text="Materials stand in this order.")
    kind = models.CharField(
        max_length=10, choices=Kind, default=Kind.OTHER, help_text="What it is; said beside the link."
    )
    label = models.CharField(
        max_length=500, blank=True, help_text="What the link says. Left empty, it says the kind."
    )
    href = models.CharField(
        "link",
        max_length=2000,
        blank=True,
        validators=[validate_href],
        help_text="An address, or a path that starts where the group's README lives.",
    )
    file = models.FileField(
        upload_to="materials/", blank=True, max_length=300, help_text="A file kept on this site."
    )
    presenters = models.ManyToManyField(
        "reading_sessions.Person", blank=True, related_name="materials", help_text="Who presented it."
    )

    objects = MaterialQuerySet.as_manager()
    history = recorded("presenters")

    class Meta:
        ordering = ("position", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(Q(href=""), ~Q(file="")) | Q(~Q(href=""), file=""),
                name="a_material_is_a_link_or_a_file",
                violation_error_message="Give a material a link.",
            ),
            models.UniqueConstraint(
                "session",
                MD5("href"),  # an address may be longer than an index takes
                condition=Q(kind="recording") & ~Q(href=""),
                name="a_session_has_a_recording_once",
                violation_error_message="This session already has a recording with this link. Remove one of the two.",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["recording", "slides", "notebook", "other"]),
                name="a_material_is_of_a_known_kind",
            ),
        )

    def __str__(self) -> str:
        return to_text(self.text)

    @property
    def text(self) -> str:
        """What the link says, as written (TeX not yet resolved)."""
        return self.label or self.get_kind_display()

    def clean(self) -> None:
        if not self.href and not self.file:
            raise ValidationError({"href": "Give a material a link."})
        if self.href and self.file:
            raise ValidationError(
                {"href": "This material is a file on this site already: leave the link empty."}
            )

    def link(self, source_url: str) -> str | None:
        """Where it leads, a relative link joined to the group's `source_url`; None where that is not known.

        None for a file too: nothing serves files yet.
        """
        return safe_url(self.href, base=source_url) if self.href else None
