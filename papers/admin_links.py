"""What `check_links` found, where organizers see papers and resources: a column, a filter, a line in the form."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import MD5, JSONObject
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.dateparse import parse_datetime

from papers.adminbase import ModelAdmin
from papers.models import LinkCheck


class LinkFilter(admin.SimpleListFilter):
    """By the result of the last check; rows without any address are in none."""

    title = "link"
    parameter_name = "link"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            *((str(value), str(label)) for value, label in LinkCheck.Result.choices),
            ("no", "Not checked"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        field = self.model_admin.address_field
        if self.value() == "no":
            rows = queryset.exclude(**{f"{field}__isnull": True})
            return rows.exclude(**{f"{field}__in": LinkCheck.objects.values("url")})
        if self.value() in LinkCheck.Result.values:
            found = LinkCheck.objects.filter(result=self.value())
            return queryset.filter(**{f"{field}__in": found.values("url")})
        return queryset

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        self.model_admin = model_admin
        super().__init__(request, params, model, model_admin)


class ShowsLinkCheck(ModelAdmin):
    """Adds column, filter and line; for rows that have their address in `address_field`."""

    address_field = "url"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        if self.address_field == "address":
            rows = rows.with_address()  # type: ignore[attr-defined]
        address = OuterRef(self.address_field)
        # Found by the index, which has the addresses' MD5.
        checks = LinkCheck.objects.annotate(key=MD5("url")).filter(key=MD5(address), url=address)
        known = JSONObject(
            result=F("result"), reason=F("reason"), moved_to=F("moved_to"), checked_at=F("checked_at")
        )
        found: QuerySet[Any] = rows.annotate(last_check=Subquery(checks.values_list(known)[:1]))
        return found

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [*super().get_list_display(request), "link_check"]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [*super().get_list_filter(request), LinkFilter]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [*super().get_readonly_fields(request, obj), *(["link_check"] if obj else [])]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """With a last part for the line, where the form has parts."""
        parts = super().get_fieldsets(request, obj)
        if not obj or any("link_check" in part["fields"] for _, part in parts):
            return parts
        return [*parts, ("Link", {"fields": ("link_check",)})]

    @admin.display(description="link")
    def link_check(self, row: Any) -> str:
        """The result in words, its day in the group's zone, and what went wrong."""
        check = row.last_check
        if check is None:
            return "Not checked"
        result = LinkCheck.Result(check["result"]).label
        at = parse_datetime(check["checked_at"])
        day = format_date(timezone.localtime(at), "j M Y") if at else ""
        more = check["reason"] or (f"To {check['moved_to']}" if check["moved_to"] else "")
        return f"{result}, {day}. {more}".strip()
