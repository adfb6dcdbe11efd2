"""Sessions, with their readings and materials."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from papers.adminbase import CarefulAdmin, TabularInline
from sessions.admin.materials import MaterialInline, UploadingAdmin
from sessions.admin.readings import ReadingInline
from sessions.models import Session, SessionSlug


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
class SessionAdmin(UploadingAdmin, CarefulAdmin):
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
