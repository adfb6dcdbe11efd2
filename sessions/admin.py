"""The admin's pages for the group, its sessions, people and backlog."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Max, Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from papers.adminbase import (
    EXPLANATIONS,
    CarefulAdmin,
    InlineFormSet,
    SharedFields,
    StackedInline,
    TabularInline,
)
from sessions.models import (
    BacklogEntry,
    Group,
    Material,
    Person,
    PersonName,
    Reading,
    Session,
    SessionSlug,
)

EXPLANATIONS["same_as_is_never_a_circle"] = (
    "A “same as” leads back to this session. Choose the session that lists the readings itself."
)


def put_last(line: Any, lines: QuerySet[Any]) -> None:
    """Without a position, a line comes after the others."""
    if line.position is None:
        last = lines.aggregate(last=Max("position"))["last"]
        line.position = 0 if last is None else last + 1


def renumber(lines: QuerySet[Any], moved: Collection[int]) -> None:
    """Number the lines from 1. Those that were `moved` get the places they were given, the others close up."""
    rows = list(lines.order_by("position", "id").only("position"))
    typed = deque(row for row in rows if row.pk in moved)
    others = deque(row for row in rows if row.pk not in moved)
    changed = []
    for position in range(1, len(rows) + 1):
        # The second condition is for positions that have gaps.
        typed_is_next = typed and (
            not others or typed[0].position <= position or typed[0].position < others[0].position
        )
        row = (typed if typed_is_next else others).popleft()
        if row.position != position:
            row.position = position
            changed.append(row)
    lines.bulk_update(changed, ["position"])


def was_moved(form: Any) -> bool:
    """Whether somebody typed a position, not just left it as it was or empty."""
    return "position" in form.changed_data and form.cleaned_data.get("position") is not None


def may_have_no_position(field: forms.Field | None) -> forms.Field | None:
    if field:
        field.required, field.initial = False, None
        field.help_text += " Left empty, it comes last."
    return field


@admin.register(Group)
class GroupAdmin(CarefulAdmin):
    list_display = ("name", "time_zone", "usual_duration", "activity")
    fieldsets = (
        (None, {"fields": ("name", "introduction", "activity", "session_word", "accent")}),
        ("Time", {"fields": ("time_zone", "usual_duration")}),
        ("Addresses", {"fields": ("chat_url", "join_url", "playlist_url", "source_url")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not Group.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def view_on_site(self, obj: Group) -> str:
        return obj.get_absolute_url()


class LineFormSet(InlineFormSet):
    """Lines in their order; new ones last, in the order they were written."""

    def save_new(self, form: Any, commit: bool = True) -> Any:
        put_last(form.instance, type(form.instance).objects.filter(session=self.instance))
        return super().save_new(form, commit=True)

    def save_existing(self, form: Any, obj: Any, commit: bool = True) -> Any:
        put_last(obj, type(obj).objects.filter(session=self.instance))
        return super().save_existing(form, obj, commit)

    def save(self, commit: bool = True) -> Any:
        saved = super().save(commit)
        moved = {form.instance.pk for form in self.forms if was_moved(form)}
        renumber(self.get_queryset().model._default_manager.filter(session=self.instance), moved)
        return saved


class LineInline(SharedFields, StackedInline):
    formset = LineFormSet
    extra = 0

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        return may_have_no_position(field) if db_field.name == "position" else field


class ReadingInline(LineInline):
    model = Reading
    fk_name = "session"
    autocomplete_fields = ("paper", "resource", "same_as", "presenters")
    fields = (("position", "indent"), ("paper", "resource", "same_as"), ("label", "note"), "presenters")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("paper", "resource", "same_as")


class MaterialInline(LineInline):
    model = Material
    autocomplete_fields = ("presenters",)
    fields = (("position", "kind"), ("label", "href"), "presenters")


class FormerAddressInline(TabularInline):
    """Every address that the session had in public; all lead to the present one."""

    model = SessionSlug
    verbose_name = "address"
    verbose_name_plural = "addresses that lead here"
    fields = readonly_fields = ("slug",)
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Session)
class SessionAdmin(CarefulAdmin):
    list_display = ("numbers", "name", "state", "starts_at", "date_to_come")
    list_display_links = ("numbers", "name")
    list_filter = ("state", "starts_at", "date_to_come", "presenters")
    search_fields = ("number", "last_number", "title", "presenters__name")
    search_help_text = "Number, title or presenter."
    autocomplete_fields = ("presenters",)
    inlines = (ReadingInline, MaterialInline, FormerAddressInline)
    fieldsets = (
        (None, {"fields": (("number", "last_number"), "title", "state", "presenters")}),
        ("Time and place", {"fields": ("starts_at", "duration", "date_to_come", "join_url")}),
        ("Page", {"fields": ("summary", "slug")}),
    )

    @admin.display(ordering="number")
    def numbers(self, session: Session) -> str:
        return session.numbers

    @admin.display(ordering="title", description="title")
    def name(self, session: Session) -> str:
        return str(session).partition(": ")[2]

    def view_on_site(self, obj: Session) -> str | None:
        return obj.get_absolute_url() if obj.is_public else None


class PersonNameInline(SharedFields, TabularInline):
    model = PersonName
    fields = ("name",)
    extra = 0


@admin.register(Person)
class PersonAdmin(CarefulAdmin):
    list_display = ("name", "url")
    search_fields = ("name", "names__name")
    search_help_text = "Any name that finds them."
    inlines = (PersonNameInline,)

    def view_on_site(self, obj: Person) -> str | None:
        return obj.get_absolute_url() if Person.objects.public().filter(pk=obj.pk).exists() else None


class CoverageFilter(admin.SimpleListFilter):
    title = "where it stands"
    parameter_name = "stands"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("covered", "covered"), ("to_cover", "to cover"), ("dropped", "dropped")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        now = timezone.now()
        match self.value():
            case "covered":
                return queryset.filter(pk__in=BacklogEntry.objects.covered(now).order_by().values("pk"))
            case "to_cover":
                return queryset.filter(pk__in=BacklogEntry.objects.to_cover(now).order_by().values("pk"))
            case "dropped":
                return queryset.filter(override=BacklogEntry.Override.DROPPED)
        return queryset


@admin.register(BacklogEntry)
class BacklogEntryAdmin(CarefulAdmin):
    list_display = ("__str__", "position", "covered", "override")
    list_filter = (CoverageFilter, "override")
    list_select_related = ("paper",)
    search_fields = ("label", "paper__title", "paper__titles__key", "paper__arxiv_id")
    autocomplete_fields = ("paper",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).with_coverage(timezone.now())  # type: ignore[attr-defined, no-any-return]

    @admin.display(boolean=True)
    def covered(self, entry: Any) -> bool:
        return bool(entry.is_covered)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        return may_have_no_position(field) if db_field.name == "position" else field

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        put_last(obj, BacklogEntry.objects.all())
        super().save_model(request, obj, form, change)
        renumber(BacklogEntry.objects.all(), {obj.pk} if was_moved(form) else ())
