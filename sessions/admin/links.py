"""The list of sessions, by what `check_links` found."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from sessions.models import Session


class DeadLinkFilter(admin.SimpleListFilter):
    """Sessions whose own form mends a link: that of their meeting room, or of a material."""

    title = "links"
    parameter_name = "link"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("dead", "has a dead link")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "dead":
            return queryset
        return queryset.filter(pk__in=Session.objects.with_dead_links(timezone.now()).order_by().values("pk"))
