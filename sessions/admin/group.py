"""The group itself."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from papers.admin_links import TellsLinkChecks
from papers.adminbase import CarefulAdmin
from sessions.admin.durations import DurationField, write_duration
from sessions.models import Group


@admin.register(Group)
class GroupAdmin(TellsLinkChecks, CarefulAdmin):
    address_fields = ("chat_url", "join_url", "playlist_url", "source_url")
    list_display = ("name", "time_zone", "lasts", "activity")
    fieldsets = (
        (None, {"fields": ("name", "introduction", "activity", "session_word", "accent")}),
        ("Time", {"fields": ("time_zone", "usual_duration")}),
        ("Addresses", {"fields": address_fields}),
    )

    @admin.display(ordering="usual_duration", description="usual duration")
    def lasts(self, group: Group) -> str:
        return write_duration(group.usual_duration)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "usual_duration":
            kwargs["form_class"] = DurationField
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not Group.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def view_on_site(self, obj: Group) -> str:
        return obj.get_absolute_url()
