"""A file brought to the admin: read, looked at in a dry run, then imported or put aside."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from pydantic import TypeAdapter
from pydantic import ValidationError as InvalidError

from papers.adminbase import WebAddressField
from readinggroup.interchange.details import as_stored
from readinggroup.interchange.document import GroupDocument
from readinggroup.interchange.errors import UnreadableError
from readinggroup.interchange.fields import Address
from readinggroup.interchange.limits import MOST_BYTES, decode
from readinggroup.interchange.load import foresee, load
from readinggroup.interchange.plan import Report
from readinggroup.interchange.readers import READERS, read
from readinggroup.models import PendingImport

KEPT_FOR = timedelta(days=1)
LONGEST_LINE_SHOWN = 300


class ImportForm(forms.Form):
    """A file or a text to import. Cleaned, it has read it once: `text`, `ending` and `file_name` are importable."""

    file = forms.FileField(
        required=False,
        allow_empty_file=True,
        help_text="A README in Markdown (.md), or .yaml or .json, up to 4 MB.",
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(READERS)}),
    )
    pasted = forms.CharField(
        required=False,
        strip=False,
        label="Or paste its text",
        help_text="All of it, as it stands in the file.",
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false", "class": "vLargeTextField"}),
    )
    ending = forms.ChoiceField(
        required=False,
        label="Format",
        choices=[
            ("", "Find out by itself"),
            (".md", "README in Markdown"),
            (".yaml", "YAML"),
            (".json", "JSON"),
        ],
        help_text="Told by the file's name, else by how the text begins, unless you say it here.",
    )
    base_url = WebAddressField(
        required=False,
        max_length=500,
        label="Where the file lives",
        help_text="The web address of the folder that holds it; relative links such as “slides.pdf” start there.",
        widget=forms.URLInput(attrs={"class": "vURLField"}),
    )
    prune = forms.BooleanField(
        required=False,
        label="Remove what the file no longer has",
        help_text="Removes only what an earlier import made and nobody edited here since. Left off, nothing is removed.",
    )

    def clean_file(self) -> UploadedFile[Any] | None:
        """The file; one that was not kept on its way in says why."""
        file: UploadedFile[Any] | None = self.cleaned_data["file"]
        if refusal := getattr(file, "refusal", ""):
            raise ValidationError(refusal)
        return file

    def clean_base_url(self) -> str:
        address: str = self.cleaned_data["base_url"]
        if not address:
            return ""
        try:
            return TypeAdapter(Address).validate_python(address.rstrip("/") + "/")
        except InvalidError:
            raise ValidationError(
                "Enter a web address of 500 characters at most that starts with https:// or http://."
            ) from None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        file: UploadedFile[Any] | None = data.get("file")
        pasted: str = data.get("pasted") or ""
        if self.errors:
            return data
        if file and pasted.strip():
            self.add_error("pasted", "You gave a file and a text. Empty one of the two.")
        elif file:
            # One byte more than allowed is enough to know.
            self._read("file", (file.name or "file")[-300:], file.read(MOST_BYTES + 1))
        elif pasted.strip():
            self._read("pasted", "pasted text", pasted.encode())
        else:
            self.add_error("file", "Choose a file, or paste its text below.")
        return data

    def _read(self, field: str, name: str, data: bytes) -> None:
        """Read it once, so that whatever cannot be imported is said here, at its field."""
        try:
            text = decode(data)
            ending = self.cleaned_data.get("ending") or _ending(name, text)
            read_text(text, ending)
        except UnreadableError as error:
            where = f"Line {error.line}: " if error.line else ""
            self.add_error(field, f"{name}: {where}{error.message}")
        else:
            self.cleaned_data |= {"text": text, "ending": ending, "file_name": name}


def _ending(name: str, text: str) -> str:
    """Which reader reads it: by the file's name, else by how the text begins."""
    dot = name.lower().rfind(".")
    if dot >= 0 and name.lower()[dot:] in READERS:
        return name.lower()[dot:]
    start = text.lstrip()
    if start.startswith("{"):
        return ".json"
    first = next((line for line in start.split("\n") if line.strip() and not line.startswith("#")), "")
    keys = ("group:", "sessions:", "papers:", "resources:", "people:", "backlog:", "---", "%YAML")
    return ".yaml" if first.startswith(keys) and "\nsessions:" in f"\n{text}" else ".md"


def read_text(text: str, ending: str, base_url: str = "") -> GroupDocument:
    """The document that a text says. Raises UnreadableError."""
    return read(text.encode(), READERS[ending], base_url=base_url)


def keep(form: ImportForm, user: User) -> PendingImport:
    """Keep what a valid form brought, and drop what was forgotten for a day."""
    PendingImport.objects.filter(brought_at__lt=timezone.now() - KEPT_FOR).delete()
    said = form.cleaned_data
    names = ("file_name", "ending", "text", "base_url", "prune")
    return PendingImport.objects.create(user=user, **{name: said[name] for name in names})


def waiting() -> Any:
    """Those that can still be looked at, newest first, without their texts."""
    return (
        PendingImport.objects.filter(brought_at__gte=timezone.now() - KEPT_FOR)
        .select_related("user")
        .defer("text")
    )


def dry_run(pending: PendingImport) -> dict[str, Any]:
    """What importing it now would do, as records of imports say it, each warning with its line of the file.

    Only reads. Raises UnreadableError where the site has changed its mind about what it can read.
    """
    document = read_text(pending.text, pending.ending, pending.base_url)
    report = foresee(document, prune=pending.prune)
    said = as_stored(report) | {"numbers": str(report)}
    lines = pending.text.split("\n")
    for part in (said["warnings"], said["kept"], said["changes"]):
        for each in part:
            if each["line"] and each["line"] <= len(lines):
                line = lines[each["line"] - 1].strip()
                each["text_of_line"] = (
                    line if len(line) <= LONGEST_LINE_SHOWN else line[: LONGEST_LINE_SHOWN - 1] + "…"
                )
    return said


def carry_out(pk: int, user: User) -> Report:
    """Import it, once, whoever else confirms it at the same time. On any error it is there still.

    Raises PendingImport.DoesNotExist, UnreadableError, and what the database refuses.
    """
    with transaction.atomic():
        pending = PendingImport.objects.select_for_update().get(pk=pk)
        document = read_text(pending.text, pending.ending, pending.base_url)
        report = load(document, file_name=pending.file_name, user=user, prune=pending.prune)
        pending.delete()
    return report
