"""What the pages of the week's chores ask for."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from papers.adminbase import DayInput
from sessions import chores
from sessions.admin.clock import ClockInput
from sessions.admin.materials import CheckedFileField
from sessions.file_types import ALLOWED
from sessions.models import Material, Session
from sessions.models.session import HIGHEST_NUMBER
from sessions.paste import NotReadableError, read_address

MOST_WEEKS_BETWEEN = 52
MOST_DAYS = 365 * 20


class NextForm(forms.Form):
    title = forms.CharField(
        max_length=300, help_text="Without the number; it can be changed as long as it is a draft."
    )
    with_presenters = forms.BooleanField(
        label="The same presenters", required=False, help_text="Else nobody presents it yet."
    )


class PlanForm(forms.Form):
    count = forms.IntegerField(
        label="How many",
        min_value=1,
        max_value=chores.MOST_AT_ONCE,
        help_text=f"1 to {chores.MOST_AT_ONCE}.",
        error_messages={
            "max_value": f"At most {chores.MOST_AT_ONCE} at once, a year of weeks. Plan the others after these."
        },
    )
    every = forms.IntegerField(
        label="Every … weeks",
        min_value=1,
        max_value=MOST_WEEKS_BETWEEN,
        initial=1,
        help_text="1 is every week, 2 every other week.",
    )
    first_on = forms.DateField(
        label="First on",
        widget=DayInput,
        help_text="The day of the first one.",
    )
    at = forms.TimeField(label="At", widget=ClockInput)
    first_number = forms.IntegerField(
        label="Numbers from",
        min_value=0,
        max_value=HIGHEST_NUMBER,
        help_text="Numbers that a session has already are skipped.",
    )
    title = forms.CharField(
        max_length=300,
        initial="To be announced",
        help_text=f"Of each; {chores.NUMBER} in it becomes the session's number.",
    )
    shown = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, zone: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["at"].help_text = f"Time zone: {zone}. It stays the same when clocks change."


class MoveForm(forms.Form):
    by = forms.IntegerField(
        label="Move by",
        required=False,
        min_value=-MOST_DAYS,
        max_value=MOST_DAYS,
        help_text="A number below zero moves them to earlier dates.",
    )
    unit = forms.ChoiceField(choices=[("7", "weeks"), ("1", "days")], initial="7")
    to = forms.DateField(
        label="Or move this one to",
        required=False,
        widget=DayInput,
        help_text="Its new day; all later ones move by as many days.",
    )
    with_cancelled = forms.BooleanField(
        label="Cancelled ones too", required=False, help_text="Else cancelled sessions keep their dates."
    )
    shown = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.day = day

    def clean(self) -> dict[str, Any]:
        """Adds `days`: how far, whichever way it was said."""
        given = super().clean() or {}
        if self.errors:
            return given
        by, to = given.get("by"), given.get("to")
        if (by is None) == (to is None):
            raise ValidationError("Say either by how much to move, or the new day; not both.")
        days = (to - self.day).days if to else (by or 0) * int(given["unit"])
        if not days:
            self.add_error(
                "to" if to else "by", "That moves nothing: choose another day, or a number that is not 0."
            )
        given["days"] = days
        return given


class RecordingForm(forms.Form):
    href = forms.CharField(
        label="Link to the recording",
        max_length=2000,
        # Not type=url: a browser would refuse “youtu.be/…”, which is understood here.
        widget=forms.TextInput({"inputmode": "url", "placeholder": "https://", "autocomplete": "off"}),
        help_text="Such as a YouTube link: paste it from the browser.",
        error_messages={"required": "Paste the link to the recording."},
    )

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session = session

    def clean_href(self) -> str:
        """An address of the web that this session does not have yet; a bare host gets its https://."""
        try:
            href = read_address(self.cleaned_data["href"])
        except NotReadableError as error:
            raise ValidationError(str(error)) from error
        if self.session.materials.filter(kind=Material.Kind.RECORDING, href=href).exists():
            raise ValidationError("This session has this recording already: nothing was added.")
        return href


class SlidesForm(forms.Form):
    """A file, or a link to one that is elsewhere."""

    file = CheckedFileField(required=False, widget=forms.FileInput)
    href = forms.CharField(
        label="Or their link",
        required=False,
        max_length=2000,
        widget=forms.TextInput({"inputmode": "url", "placeholder": "https://", "autocomplete": "off"}),
        help_text="Where they are already, such as a shared document.",
    )

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session = session
        self.fields["file"].help_text = f"{ALLOWED} At most {settings.MAX_UPLOAD_MB} MB."

    def clean_href(self) -> str:
        href: str = self.cleaned_data["href"]
        try:
            return read_address(href) if href else ""
        except NotReadableError as error:
            raise ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and bool(given.get("file")) == bool(given.get("href")):
            self.add_error("file", "Choose a file, or paste a link; one of the two.")
        return given
