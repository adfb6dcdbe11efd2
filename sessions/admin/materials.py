"""What a session left behind, below it: links, and files that are uploaded here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.widgets import AdminFileWidget
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, re_path
from django.utils.functional import cached_property
from django.views.decorators.http import require_safe

from papers.admin_links import said_of
from papers.adminbase import ModelAdmin
from sessions.admin.lines import LineForm, LineFormSet, LineInline
from sessions.admin.names import NamesField
from sessions.file_types import ALLOWED, NOTEBOOK, PDF, RefusedError, clean_name, type_of
from sessions.files import file_response
from sessions.models import Group, Material
from sessions.models.outline import LINK_OR_FILE, MOST_MATERIALS
from sessions.models.stored import NotStoredError
from sessions.uploads import largest_file, too_large, undone_unless_saved

CHOOSE_AGAIN = (
    "Choose the file again: a browser does not keep it when a form comes back. Nothing was saved yet."
)
# What a file makes of a material whose kind nobody chose.
KIND_OF = {PDF.suffix: Material.Kind.SLIDES, NOTEBOOK.suffix: Material.Kind.NOTEBOOK}


class ShownFile:
    """A stored file as the form shows it: its name and size, and a link to it."""

    def __init__(self, material: Material) -> None:
        self.url = material.file.url
        self.words = material.file_name
        if material.file_size:
            self.words += f" ({filesizeformat(material.file_size)})"

    def __str__(self) -> str:
        return self.words


class FileWidget(AdminFileWidget):
    initial_text = "Now"
    input_text = "To replace it, choose another"
    clear_checkbox_label = "Remove this file from the session"

    def is_initial(self, value: Any) -> bool:
        return bool(value and getattr(value, "_committed", False))

    def format_value(self, value: Any) -> Any:
        return ShownFile(value.instance) if self.is_initial(value) else None


class CheckedFileField(forms.FileField):
    """A file that is what it may be, under a name that says so."""

    widget = FileWidget

    def to_python(self, data: Any) -> Any:
        if data in self.empty_values:
            return None
        if refusal := getattr(data, "refusal", ""):
            raise ValidationError(refusal, code="not_kept")
        if data.size > largest_file():
            raise ValidationError(too_large(data.name), code="too_large")
        try:
            data.file_type = type_of(data, data.size)
        except RefusedError as refused:
            raise ValidationError(f"“{clean_name(data.name)}” {refused}", code="wrong_type") from refused
        data.name = clean_name(data.name, data.file_type)
        data.seek(0)
        return data


class MaterialForm(LineForm):
    chief = "href"
    more = ("label", "presenters", "chapters")

    presenters = NamesField(help_text="Who presented it.")

    class Meta:
        model = Material
        fields = ("position", "kind", "label", "href", "file", "presenters", "chapters")
        field_classes = {"file": CheckedFileField}  # noqa: RUF012  (as Django declares it)

    def clean(self) -> dict[str, Any] | None:
        """A PDF is slides and a notebook a notebook, unless somebody says otherwise."""
        cleaned = super().clean()
        chosen = self.cleaned_data.get("file")
        if "kind" not in self.changed_data and self.cleaned_data.get("kind") == Material.Kind.OTHER:
            suffix = getattr(getattr(chosen, "file_type", None), "suffix", "")
            self.cleaned_data["kind"] = KIND_OF.get(suffix, Material.Kind.OTHER)
        return cleaned

    def full_clean(self) -> None:
        """Where the file was refused, that is what there is to say: not also that it is missing."""
        super().full_clean()
        if "file" in self.errors and list(self.errors.get("href", ())) == [LINK_OR_FILE]:
            del self.errors["href"]


class MaterialFormSet(LineFormSet):
    """Materials, each with what the last check of its link said: asked once for all of them."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.said_of_link = self.said_of_links.get(form.instance.pk, "")

    @cached_property
    def said_of_links(self) -> dict[int, str]:
        source_url = Group.objects.current().source_url
        return said_of({each.pk: each.web_address(source_url) for each in self.get_queryset()})


class MaterialInline(LineInline):
    model = Material
    form = MaterialForm
    formset = MaterialFormSet
    max_num = MOST_MATERIALS
    fieldsets = (
        (None, {"fields": (("position", "kind", "href"), "file")}),
        ("Label, presenters, chapters", {"fields": (("label", "presenters"), "chapters")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("presenters")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "file":
            kwargs |= {"form_class": CheckedFileField, "widget": FileWidget, "max_length": None}
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name == "file":
            field.help_text = f"Instead of a link. {ALLOWED} At most {settings.MAX_UPLOAD_MB} MB."
        return field


class UploadingAdmin(ModelAdmin):
    """An admin of sessions that takes files: a save that fails leaves none behind, and drafts' files are shown here."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        with undone_unless_saved():
            try:
                return super().changeform_view(request, object_id, form_url, extra_context)
            except NotStoredError:
                # Everything was rolled back. The file knows that it was not taken, so now its field says so.
                return super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        """Say beside every file that was chosen in vain that it has to be chosen again."""
        for inline in context.get("inline_admin_formsets", ()) if request.method == "POST" else ():
            for form in inline.formset.forms:
                if (
                    "file" in form.fields
                    and form.files.get(form.add_prefix("file"))
                    and "file" not in form.errors
                ):
                    form.add_error("file", CHOOSE_AGAIN)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        show = self.admin_site.admin_view(require_safe(self.file_view))
        name = r"^file/(?P<name>materials/[^\x00-\x1f\x7f]{1,290})$"
        return [re_path(name, show, name="reading_sessions_session_file"), *super().get_urls()]

    def file_view(self, request: HttpRequest, name: str) -> HttpResponseBase:
        """The file of any session, drafts included, for those who may see that session here."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        materials = Material.objects.filter(file=name).select_related("session")
        if not any(self.has_view_permission(request, material.session) for material in materials):
            raise Http404("no session has this file")
        return file_response(request, name, "private, no-store")
