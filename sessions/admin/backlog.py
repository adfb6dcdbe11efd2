"""The list of papers to cover."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from papers.adminbase import CarefulAdmin
from sessions.admin.lines import may_have_no_position, put_last, renumber, was_moved
from sessions.models import BacklogEntry


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
