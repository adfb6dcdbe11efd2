"""What the backlog's pages ask for: papers to add, and the places of those that are there."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin.helpers import ActionForm

from papers.models import Paper
from sessions.admin.readings import MOST_LINES, find
from sessions.models import BacklogEntry
from sessions.paste import NotReadableError, Pasted, lines_of, read_line

if TYPE_CHECKING:  # at run time it takes no type parameter
    ModelForm = forms.ModelForm[BacklogEntry]
else:
    ModelForm = forms.ModelForm


class AddForm(ModelForm):
    """One paper or several for the list, pasted as readings are; each is found, or made."""

    own_hosts: Collection[str] = ()  # set by `BacklogEntryAdmin.get_form`

    what = forms.CharField(
        label="papers",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField reading-what"}),
        help_text="An arXiv link or id, a DOI, an address, or a title; each on a line of its own.",
        error_messages={"required": "Paste a link or an id, or write a title."},
    )

    class Meta:
        model = BacklogEntry
        fields = ("position",)

    def clean_what(self) -> list[tuple[Pasted, Paper | None]]:
        """What each line means, with the paper where the site has it. Nothing is made yet."""
        lines = lines_of(self.cleaned_data["what"])
        if len(lines) > MOST_LINES:
            raise forms.ValidationError(
                f"These are {len(lines)} lines; paste at most {MOST_LINES} at a time."
            )
        found, wrong = [], []
        for line in lines:
            try:
                found.append(self._understood(line))
            except NotReadableError as error:
                wrong.append(f"{line.strip()[:80]}: {error}" if len(lines) > 1 else str(error))
        if wrong:
            raise forms.ValidationError(wrong)
        return found

    def _understood(self, line: str) -> tuple[Pasted, Paper | None]:
        pasted = read_line(line, self.own_hosts)
        there = find(pasted)
        if there is not None and not isinstance(there, Paper):
            raise NotReadableError(f"This is no paper: the site has it as “{there}”.")
        if there and BacklogEntry.objects.filter(paper=there).exists():
            raise NotReadableError(f"“{there}” is on the list already.")
        return pasted, there

    def papers(self) -> list[Paper]:
        """The papers, each once; those that the site did not have are made."""
        found = [there or _made(pasted) for pasted, there in self.cleaned_data["what"]]
        return list(dict.fromkeys(found))


def _made(pasted: Pasted) -> Paper:
    """A new paper, unless a line before brought it."""
    if (there := find(pasted)) and isinstance(there, Paper):
        return there
    match pasted.kind:
        case "arxiv":
            return Paper.objects.create(title=pasted.label or f"arXiv:{pasted.value}", arxiv_id=pasted.value)
        case "doi":
            return Paper.objects.create(title=pasted.label or f"doi:{pasted.value}", doi=pasted.value)
        case "url":
            title = pasted.label or pasted.value.partition("://")[2].rstrip("/")
            return Paper.objects.create(title=title, url=pasted.value)
    return Paper.objects.create(title=pasted.value)


class PlaceForm(ModelForm):
    """A line's place, typed into the list, and the one it had when the page was made."""

    highest = 0  # set by `BacklogEntryAdmin.get_changelist_form`

    position = forms.CharField(
        required=False,
        label="Position",
        help_text="Type the place it should have in the whole list.",
        widget=forms.NumberInput(attrs={"min": 1, "class": "vPosition"}),
    )
    stood = forms.IntegerField(required=False, widget=forms.HiddenInput, help_text="Where it stood.")

    class Meta:
        model = BacklogEntry
        fields = ("position",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["stood"] = self.instance.position
        if self.instance.pk:  # else somebody removed the line meanwhile
            self.fields["position"].widget.attrs["aria-label"] = f"Position of {self.instance}"

    def has_changed(self) -> bool:
        """Whether somebody typed another place, whoever else moved the line meanwhile."""
        if not self.is_bound:
            return False
        typed, stood = (self.data.get(self.add_prefix(name)) for name in ("position", "stood"))
        return str(typed).strip() != str(stood)

    def clean_position(self) -> int:
        if not self.has_changed():
            return self.instance.position
        return place_of(self.cleaned_data["position"], self.highest)


def place_of(typed: object, highest: int) -> int:
    """The place somebody typed. Raises ValidationError for what is none in a list that ends at `highest`."""
    text = str(typed if typed is not None else "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= highest):
        raise forms.ValidationError(f"Type a whole number from 1 to {highest}; the list ends there.")
    return int(text)


class MoveForm(ActionForm):
    """The actions, with the place for “move to position”."""

    to = forms.CharField(
        required=False,
        label="Position:",
        widget=forms.TextInput(attrs={"size": 4, "inputmode": "numeric", "autocomplete": "off"}),
    )
