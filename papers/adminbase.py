"""What every page of the admin has in common: whatever is wrong is said in the form, and nothing is half saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import AdminSite
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.core.exceptions import BadRequest, FieldError
from django.core.validators import URLValidator
from django.db import NotSupportedError, ProgrammingError, connection, models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from papers.adminhistory import HistoryPages, is_key
from papers.invisible import TURNS_AROUND
from papers.meanwhile import Meanwhile
from papers.refusals import RefusedError, refusals_in_words

if TYPE_CHECKING:  # at run time these take no type parameters
    ModelAdmin = admin.ModelAdmin[Any]
    StackedInline = admin.StackedInline[Any, Any]
    TabularInline = admin.TabularInline[Any, Any]
    InlineFormSet = forms.BaseInlineFormSet[Any, Any, Any]
else:
    ModelAdmin, StackedInline, TabularInline = admin.ModelAdmin, admin.StackedInline, admin.TabularInline
    InlineFormSet = forms.BaseInlineFormSet


# What comes of a lookup that its field or the database does not have, or not for this value: the year 0, say.
NOT_TO_BE_ASKED = (
    ArithmeticError,
    FieldError,
    LookupError,
    NotSupportedError,
    ProgrammingError,
    TypeError,
    ValueError,
)


class LineField(forms.CharField):
    """Text without what nobody sees and what turns around the text beside it: it comes along from PDFs and file managers."""

    def to_python(self, value: Any) -> Any:
        # No clipboard brings a null character: Django says that it may not be.
        if isinstance(value, str) and "\0" not in value:
            value = TURNS_AROUND.sub("", value)
        return super().to_python(value)


class WebAddressField(forms.URLField):
    """An address that starts with https:// or http://, since only those become links."""

    default_validators = [URLValidator(schemes=["http", "https"])]  # noqa: RUF012  (as Django declares it)


class ProseField(LineField):
    """The same of several lines. An end of line counts as one character, as browsers count it against `maxlength`."""

    def to_python(self, value: Any) -> Any:
        return (super().to_python(value) or "").replace("\r\n", "\n")


class DayInput(forms.DateInput):
    """A day, with the browser's own calendar: the phone's on a phone."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class OnlyNumbers:
    """Drops what is no key: shown again, Django's own widget would look for a row “abc” and crash."""

    def optgroups(self, name: str, value: list[str], attr: Any = None) -> Any:
        return super().optgroups(name, [key for key in value if is_key(str(key))], attr)  # type: ignore[misc]


class SelectOne(OnlyNumbers, AutocompleteSelect):  # type: ignore[misc]
    """One row, found by typing."""


class SelectSeveral(OnlyNumbers, AutocompleteSelectMultiple):  # type: ignore[misc]
    """Several rows, found by typing."""


class SharedFields:
    """How fields look, in forms and in the rows below them."""

    admin_site: AdminSite

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Beside a time stands the zone it is typed in: the group's."""
        if isinstance(db_field, models.URLField):
            kwargs["form_class"] = WebAddressField
        if type(db_field) is models.CharField:
            kwargs.setdefault("form_class", LineField)
        if isinstance(db_field, models.TextField):
            kwargs["form_class"] = ProseField
        if isinstance(db_field, models.DateField) and not isinstance(db_field, models.DateTimeField):
            kwargs["widget"] = DayInput
        if db_field.name in getattr(self, "autocomplete_fields", ()):
            widget = SelectSeveral if db_field.many_to_many else SelectOne
            kwargs["widget"] = widget(db_field, self.admin_site)
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if field and isinstance(db_field, models.DateTimeField):
            field.help_text = f"{field.help_text} Time zone: {timezone.get_current_timezone()}.".strip()
        return field


class AnswerableList(ModelAdmin):
    """A list that whoever asks it oddly can ask without breaking it.

    A row is chosen by a key, else the answer is 400. What an address asks for and the database cannot answer leads to
    the list as it is, as Django has it for most of it; asked again, to 400.
    """

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if not all(map(is_key, request.POST.getlist(ACTION_CHECKBOX_NAME))):
            raise BadRequest("A row of the list was chosen by what is no key.")
        with transaction.atomic():
            return super().changelist_view(request, extra_context)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        try:
            return super().get_changelist_instance(request)
        except (IncorrectLookupParameters, *NOT_TO_BE_ASKED) as error:
            if not request.GET:
                raise
            if connection.in_atomic_block:
                transaction.set_rollback(True)  # the database takes no further question after one that failed
            if ERROR_FLAG in request.GET:
                raise BadRequest("This cannot be asked of the list.") from error
            raise IncorrectLookupParameters from error


class CarefulAdmin(SharedFields, AnswerableList, Meanwhile, HistoryPages):
    """What the database refuses becomes a message in the form, and nothing of it is saved.

    Most of it is found by validation before. The database has the last word where rows break a rule only
    together, and where somebody else was faster.
    """

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        try:
            with refusals_in_words():
                return super().changeform_view(request, object_id, form_url, extra_context)
        except RefusedError as refusal:
            if hasattr(request, "refusal"):
                raise
            request.refusal = str(refusal)  # type: ignore[attr-defined]
        # Everything was rolled back: show the form again, as it was filled in.
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm[Any]]:
        form_class = super().get_form(request, obj, change, **kwargs)
        refusal: str | None = getattr(request, "refusal", None)
        if refusal is None:
            return form_class

        def clean(form: forms.ModelForm[Any]) -> dict[str, Any] | None:
            form.add_error(None, refusal)
            return super(form_class, form).clean()

        return type(form_class.__name__, (form_class,), {"clean": clean})

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save what hangs on it, then have the database check it all, before anybody reads that it is saved."""
        super().save_related(request, form, formsets, change)
        connection.check_constraints()

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            with refusals_in_words():
                return super().delete_view(request, object_id, extra_context)
        except RefusedError as refusal:
            return self._refused(request, refusal)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if request.method != "POST":
            return super().changelist_view(request, extra_context)
        try:
            with refusals_in_words():
                return super().changelist_view(request, extra_context)
        except RefusedError as refusal:
            return self._refused(request, refusal)

    def _refused(self, request: HttpRequest, refusal: RefusedError) -> HttpResponse:
        self.message_user(request, str(refusal), messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())
