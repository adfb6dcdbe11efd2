"""Filters of the list of sessions."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from sessions.models import Session
from sessions.models.session_queryset import LACKING


class LacksFilter(admin.SimpleListFilter):
    """The lists that the front desk shows the beginning of."""

    title = "what it lacks"
    parameter_name = "lacks"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(LACKING.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        what = self.value()
        if what not in LACKING:
            return queryset
        return queryset.filter(pk__in=Session.objects.lacking(what, timezone.now()).order_by().values("pk"))
