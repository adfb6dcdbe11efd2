"""What a session is made of: its reading list, and what it left behind."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Self

from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.db.models import Q
from django.db.models.functions import MD5

from papers.history import recorded
from papers.links import safe_url, validate_href
from papers.models import Paper, Resource
from papers.tex import to_text
from sessions.file_types import FileType, type_named
from sessions.models.states import SessionState
from sessions.models.stored import StoredFileField, lock_files, place
from sessions.recordings import HOW, LONGEST_CHAPTERS, Chapter, ChapterError, YouTube, read_chapters, youtube
from sessions.ticks import line_tick

if TYPE_CHECKING:
    from sessions.models.session import Session

LINK_OR_FILE = "Give a material a link or a file."
NO_RECORDING = "Only a recording has chapters: choose that kind, or leave them out."
logger = logging.getLogger(__name__)
# Above what any meeting reads and leaves behind; the settings say how many fields a form of so many lines has.
MOST_READINGS = 200
MOST_MATERIALS = 100
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

    def as_listed(self) -> models.QuerySet[Reading, tuple[int, int | None, int | None, int | None, str]]:
        """What can be ticked is made of: session, paper, resource, same_as and label, of every public session."""
        public = self.exclude(session__state=SessionState.DRAFT).order_by("session", "position", "id")
        return public.values_list("session_id", "paper_id", "resource_id", "same_as_id", "label")


class ReadingPeers(models.Manager["Reading"]):
    """For what Django itself asks, such as what goes with a session: targets come in one query for all lines."""

    def get_queryset(self) -> models.QuerySet[Reading]:
        return super().get_queryset().fetch_mode(models.FETCH_PEERS)


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
    peers = ReadingPeers()
    history = recorded("presenters")

    class Meta:
        base_manager_name = "peers"
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
    def public_text(self) -> str:
        """The same as far as visitors may know it: nothing where it would name a draft."""
        names_a_draft = not self.label and self.same_as and not self.repeats
        return "" if names_a_draft else self.text

    @property
    def tick(self) -> str | None:
        """The key under which a browser remembers that its visitor read it; None where that cannot be."""
        return line_tick(self.session_id, self.paper_id, self.resource_id, self.same_as_id, self.label)

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


def validate_chapters(text: str) -> None:
    """Accept what can be read as chapters; say which line cannot."""
    try:
        read_chapters(text)
    except ChapterError as error:
        raise ValidationError(str(error), code="no_chapters") from None


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
        help_text="An address, or a path that starts where the group's README lives. Or choose a file.",
    )
    file = StoredFileField(
        upload_to=place,
        blank=True,
        max_length=300,
        help_text="Or a file: PDF, notebook, picture or zip archive.",
    )
    file_size = models.PositiveBigIntegerField(
        null=True, editable=False
    )  # bytes; asking the storage takes time
    chapters = models.TextField(
        blank=True,
        max_length=LONGEST_CHAPTERS,
        validators=[validate_chapters],
        help_text=f"Of a recording: what begins when, one a line. {HOW}. Each starts the recording there.",
    )
    presenters = models.ManyToManyField(
        "reading_sessions.Person", blank=True, related_name="materials", help_text="Who presented it."
    )

    objects = MaterialQuerySet.as_manager()
    history = recorded("presenters")
    file_as_loaded = ""  # what the database had in `file` when this row was read

    class Meta:
        ordering = ("position", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(Q(href=""), ~Q(file="")) | Q(~Q(href=""), file=""),
                name="a_material_is_a_link_or_a_file",
                violation_error_message=LINK_OR_FILE,
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
            models.CheckConstraint(
                condition=Q(chapters="") | Q(kind="recording"),
                name="only_recordings_have_chapters",
                violation_error_message=NO_RECORDING,
            ),
        )
        indexes = (models.Index(fields=["file"], condition=~Q(file=""), name="materials_by_file"),)

    def __str__(self) -> str:
        return to_text(self.text)

    @property
    def text(self) -> str:
        """What the link says, as written (TeX not yet resolved)."""
        return self.label or self.get_kind_display()

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Collection[str], values: Collection[Any], *, fetch_mode: Any = None
    ) -> Self:
        row = super().from_db(db, field_names, values, fetch_mode=fetch_mode)
        row.file_as_loaded = str(row.__dict__.get("file", ""))
        return row

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises NotStoredError where a new file cannot be kept."""
        if not self.file:
            self.file_size = None
            super().save(*args, **kwargs)
            return
        with transaction.atomic():
            lock_files()
            if self._has_new_file():
                self.file_size = self.file.size
            super().save(*args, **kwargs)

    def clean(self) -> None:
        self.chapters = self.chapters.strip()
        if self.chapters and self.kind != self.Kind.RECORDING:
            raise ValidationError({"chapters": NO_RECORDING})
        if not self.href and not self.file:
            raise ValidationError({"href": LINK_OR_FILE})
        if self.href and self.file:
            raise ValidationError(
                {"href": "A material is a link or a file: leave the link empty, or remove the file."}
            )
        if self.file and not self._has_new_file() and self.file.name != self.file_as_loaded:
            self._check_that_the_file_is_there()

    def _has_new_file(self) -> bool:
        return not getattr(self.file, "_committed", True)  # as Django's own FileField asks

    def _check_that_the_file_is_there(self) -> None:
        """For a file that this material had before: it may have been cleaned away.

        Inside of a transaction, what is found stays so until its end.
        """
        lock_files()
        name = self.file_name
        try:
            is_there = self.file.storage.exists(str(self.file.name))
        except Exception as error:  # each storage has its own
            logger.exception("the storage does not say whether it has %s", self.file.name)
            raise ValidationError(
                {"file": f"Whether “{name}” is still kept cannot be found out now. Try again later."}
            ) from error
        if not is_there:
            raise ValidationError({"file": f"“{name}” is no longer kept here. Choose it again."})

    @property
    def file_name(self) -> str:
        """The last part of where the file is kept: what it was called, cleaned."""
        return str(self.file.name or "").rpartition("/")[2]

    @property
    def file_type(self) -> FileType:
        """What its file is, by the ending that it got when its content was checked."""
        return type_named(self.file_name)

    def link(self, source_url: str) -> str | None:
        """Where it leads: to its file on this site, or to its link, a relative one joined to the group's `source_url`.

        None where that is not known.
        """
        if self.file:
            return self.file.url
        return safe_url(self.href, base=source_url) if self.href else None

    def web_address(self, source_url: str) -> str | None:
        """Where on the web its link leads, as the link checks know it; None for files and mail."""
        url = self.link(source_url) if self.href else None
        return url if url and url.lower().startswith(("http:", "https:")) else None

    @property
    def video(self) -> YouTube | None:
        """The video that can be played in the page, where it is a recording on YouTube."""
        return youtube(self.href) if self.kind == self.Kind.RECORDING and self.href else None

    @property
    def chapter_list(self) -> list[Chapter]:
        """Its chapters; those that came in unchecked and cannot be read are none."""
        try:
            return read_chapters(self.chapters)
        except ChapterError:
            return []
