"""The reading list below a session: paste what to read, and the paper or resource is found or made."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from papers.kinds import resource_kind
from papers.models import Paper, Resource
from papers.refusals import EXPLANATIONS
from papers.titles import title_key
from sessions.admin.lines import LineForm, LineFormSet, LineInline, is_going
from sessions.admin.names import NamesField
from sessions.models import Reading, Session
from sessions.models.outline import MOST_READINGS, leads_back
from sessions.paste import NotReadableError, Pasted, lines_of, read_line

EXPLANATIONS["same_as_is_never_a_circle"] = (
    "A “same as” leads back to this session. Choose the session that lists the readings itself."
)
MOST_LINES = 50
TARGETS = ("paper", "resource", "same_as")
Target = Paper | Resource | Session


def own_words(reading: Reading) -> str:
    """What stands in the field of a saved line: its target in words, else its own."""
    target = reading.paper or reading.resource
    if target:
        return target.title
    return f"Same as {reading.same_as}" if reading.same_as else reading.label


def find(pasted: Pasted) -> Target | None:
    """What the site knows already by what was pasted. Raises NotReadableError where there has to be one."""
    value = pasted.value
    match pasted.kind:
        case "arxiv" | "doi":
            return Paper.objects.at(value).first()
        case "url":
            return Paper.objects.at(value).first() or Resource.objects.filter(url=value).first()
        case "paper":
            if paper := Paper.objects.with_slug(value).first():
                return paper
            raise NotReadableError("This site has no such paper.")
        case "number" | "session":
            sessions = Session.objects.all()
            found = (
                sessions.numbered(min(int(value), 10**6)) if pasted.kind == "number" else sessions.at(value)
            )
            if session := found.first():
                return session
            raise NotReadableError(f"There is no session {value}. Choose one that the site has.")
    if paper := Paper.objects.known_as(value).first():
        return paper
    resources = list(Resource.objects.filter(title__iexact=value)[:2])
    if len(resources) > 1:
        raise NotReadableError(
            f"Several resources are called “{value}”. Paste the address of the one you mean."
        )
    return resources[0] if resources else None


def make(pasted: Pasted, label: str) -> Target | None:
    """A new paper or resource; None for words. What has no title yet is called by its identifier."""
    match pasted.kind:
        case "arxiv":
            return Paper.objects.create(title=f"arXiv:{pasted.value}", arxiv_id=pasted.value)
        case "doi":
            return Paper.objects.create(title=f"doi:{pasted.value}", doi=pasted.value)
        case "url":
            title = label or pasted.value.partition("://")[2].rstrip("/")
            kind = resource_kind(title, pasted.value)
            return Resource.objects.create(title=title, url=pasted.value, kind=kind)
    return None


def point(reading: Reading, pasted: Pasted, target: Target | None, label: str) -> None:
    """Let the line lead to `target`, or be words. A label that only repeats the title is not kept."""
    kinds = {Paper: "paper", Resource: "resource", Session: "same_as"}
    for name in TARGETS:
        setattr(reading, name, target if target and kinds[type(target)] == name else None)
    if target is None:
        reading.label = pasted.value
        return
    label = label or pasted.label
    if (
        not label
        and pasted.kind == "words"
        and title_key(pasted.value) != title_key(getattr(target, "title", ""))
    ):
        label = pasted.value  # found by another title: the line says the one that was written
    reading.label = "" if label == getattr(target, "title", None) else label


class ReadingForm(LineForm):
    chief = "what"
    more = ("presenters", "label", "note")

    what = forms.CharField(
        label="What to read",
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 1, "class": "vLargeTextField reading-what"}),
        help_text="An arXiv link or id, a DOI, any address, a title that the site knows, “same as 13”, or plain words. "
        "Several lines in a new row become several readings.",
    )
    indent = forms.BooleanField(
        label="Below the line before",
        required=False,
        help_text="Code and posts about a paper stand below it.",
    )
    presenters = NamesField(help_text="Who walks the group through it.")

    own_hosts: Collection[str] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pasted: list[Pasted] = []
        self.made: list[Target] = []
        # A checkbox shows any number as ticked, 0 too.
        self.initial["indent"] = bool(self.initial.get("indent"))
        if self.instance.pk:
            self.initial["what"] = own_words(self.instance)
            if not self.has_target:
                self.initial["label"] = ""

    @property
    def lines(self) -> int:
        return max(super().lines, len(self.pasted))

    @property
    def has_target(self) -> bool:
        return any(getattr(self.instance, f"{name}_id") for name in TARGETS)

    @property
    def leads_to(self) -> str:
        """The admin's page of what the line points at; empty where it is only words."""
        pages = {
            "paper": "papers_paper",
            "resource": "papers_resource",
            "same_as": "reading_sessions_session",
        }
        for name, page in pages.items():
            if key := getattr(self.instance, f"{name}_id"):
                return reverse(f"admin:{page}_change", args=[key])
        return ""

    def clean_indent(self) -> int:
        return int(self.cleaned_data["indent"])

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        label = cleaned.get("label", "")
        if "what" in self.errors or self._is_unchanged():
            if not self.has_target:
                cleaned["label"] = label or cleaned.get("what", "")
            return cleaned
        lines = lines_of(cleaned.get("what", ""))
        if not lines:
            if not label and "label" not in self.errors:
                self.add_error("what", "Choose what to read, or write what the line says.")
            return cleaned
        if len(lines) > 1 and (self.instance.pk or label or cleaned.get("note")):
            self.add_error("what", "Paste one line here; several go into a new row, without label and note.")
        elif len(lines) > MOST_LINES:
            self.add_error("what", f"These are {len(lines)} lines; paste at most {MOST_LINES} at a time.")
        else:
            try:
                self.pasted = [read_line(line, self.own_hosts) for line in lines]
            except NotReadableError as error:
                self.add_error("what", str(error))
        return cleaned

    def _is_unchanged(self) -> bool:
        return bool(self.instance.pk) and "what" not in self.changed_data

    def check_targets(self, session: Session) -> None:
        """Say what the site does not have, or what would lead back to this session. Writes nothing."""
        for pasted in list(self.pasted):
            try:
                found = find(pasted)
            except NotReadableError as error:
                self.add_error("what", str(error))
                continue
            if isinstance(found, Session) and session.pk and found.pk == session.pk:
                self.add_error(
                    "what", "A session cannot have the same readings as itself. Choose another session."
                )
            elif isinstance(found, Session) and session.pk and leads_back(found.pk, session.pk):
                self.add_error(
                    "what",
                    "That session's readings lead back to this one. Choose the session that lists them itself.",
                )

    def resolve(self, reading: Reading, pasted: Pasted) -> None:
        """Let `reading` lead to what was pasted, which is made where the site does not know it yet."""
        label = self.cleaned_data.get("label", "")
        target = find(pasted)
        if target is None and pasted.kind == "words" and reading.pk and self.has_target:
            reading.label = label if "label" in self.changed_data else pasted.value
            return  # other words for the same thing
        if target is None and (target := make(pasted, label or pasted.label)):
            self.made.append(target)
        if target is None and label and label != pasted.value:
            reading.note = reading.note or label
        point(reading, pasted, target, label)

    def save(self, commit: bool = True) -> Any:
        if self.pasted:
            self.resolve(self.instance, self.pasted[0])
        return super().save(commit)


class ReadingFormSet(LineFormSet):
    """Readings; a new row with several lines is several readings."""

    def clean(self) -> None:
        super().clean()
        for form in self.forms:
            if form.is_bound and getattr(form, "pasted", None) and not is_going(form):
                form.check_targets(self.instance)

    def save_new(self, form: Any, commit: bool = True) -> Any:
        first = super().save_new(form, commit)
        people = list(first.presenters.all()) if len(form.pasted) > 1 else []
        for pasted in form.pasted[1:]:
            line = Reading(session=self.instance, indent=first.indent, position=first.position)
            form.resolve(line, pasted)
            line.save()
            line.presenters.set(people)
            self.further.append((form, line))
        return first

    def save_new_objects(self, commit: bool = True) -> Any:
        self.further: list[tuple[Any, Reading]] = []
        super().save_new_objects(commit)
        self.new_objects += [line for _, line in self.further]
        return self.new_objects

    def moved(self) -> set[int]:
        return super().moved() | {line.pk for form, line in self.further if "position" in form.changed_data}


class ReadingInline(LineInline):
    model = Reading
    fk_name = "session"
    form = ReadingForm
    formset = ReadingFormSet
    max_num = MOST_READINGS
    fieldsets = (
        (None, {"fields": ("what", ("position", "indent"))}),
        ("Presenters, label, note", {"fields": (ReadingForm.more,)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("paper", "resource", "same_as")
        return rows.prefetch_related("presenters")

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """A place to paste into where there is nothing yet."""
        if obj is None:
            return max(len(asked_for(request)), 1)
        return 0 if obj.readings.exists() else 1

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        kwargs["form"] = type("ReadingForm", (ReadingForm,), {"own_hosts": own_hosts(request)})
        return super().get_formset(request, obj, **kwargs)


def own_hosts(request: HttpRequest) -> set[str]:
    """The hosts of this site: links to its pages are to sessions and papers."""
    return {request.get_host().lower(), urlsplit(settings.SITE_URL).netloc.lower()} - {""}


def asked_for(request: HttpRequest) -> list[str]:
    """The lines that a new session's reading list is to begin with: `?readings=…&readings=…`."""
    return (
        [line[:2000] for line in request.GET.getlist("readings")[:MOST_LINES]]
        if request.method == "GET"
        else []
    )
