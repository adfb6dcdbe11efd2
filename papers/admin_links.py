"""What `check_links` found, where organizers see what links: a column and a filter, and a line in each form."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import MD5, JSONObject
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.dateparse import parse_datetime
from django.utils.html import escape, format_html

from papers.adminbase import ModelAdmin
from papers.models import LinkCheck
from papers.spots import Spot

NOT_CHECKED = "Not checked"


def said_of[Key: Hashable](addresses: Mapping[Key, str | None]) -> dict[Key, str]:
    """What the last checks of these addresses said, in words, by the same keys: one query. Nothing of no address."""
    checks = LinkCheck.objects.of(addresses.values())
    return {
        key: checks[address].words if address in checks else NOT_CHECKED
        for key, address in addresses.items()
        if address
    }


class LinkFilter(admin.SimpleListFilter):
    """By the result of the last check; rows without any address are in none."""

    title = "link"
    parameter_name = "link"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            *((str(value), str(label)) for value, label in LinkCheck.Result.choices),
            ("no", NOT_CHECKED),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        field = self.model_admin.address_field
        if self.value() == "no":
            rows = queryset.filter(**{f"{field}__gt": ""})
            return rows.exclude(**{f"{field}__in": LinkCheck.objects.values("url")})
        if self.value() in LinkCheck.Result.values:
            found = LinkCheck.objects.filter(result=self.value())
            return queryset.filter(**{f"{field}__in": found.values("url")})
        return queryset

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        self.model_admin = model_admin
        super().__init__(request, params, model, model_admin)


class ShowsLinkCheck(ModelAdmin):
    """Adds column, filter and line; for rows that have their address in `address_field`.

    In the form, beside what moved for good, is a button that takes over the new address: for what is written in `url`,
    not for what is made of an arXiv id or a DOI.
    """

    address_field = "url"

    class Media:
        css = {"all": ["admin/links.css"]}  # noqa: RUF012  (as Django declares it)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        if self.address_field == "address":
            rows = rows.with_address()  # type: ignore[attr-defined]
        address = OuterRef(self.address_field)
        # Found by the index, which has the addresses' MD5.
        checks = LinkCheck.objects.annotate(key=MD5("url")).filter(key=MD5(address), url=address)
        names = ("id", "result", "reason", "moved_to", "checked_at")
        known = JSONObject(**{name: F(name) for name in names})
        found: QuerySet[Any] = rows.annotate(last_check=Subquery(checks.values_list(known)[:1]))
        return found

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            row.may_be_rewritten = self.has_change_permission(request, row)
        return row

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
    def link_check(self, row: Any) -> str | None:
        if not getattr(row, self.address_field):
            return None
        check = _last_check(row)
        if check is None:
            return NOT_CHECKED
        may = getattr(row, "may_be_rewritten", False) and row.url == getattr(row, self.address_field)
        if not may or not (use := check.use(Spot(self.model, row.pk, "url"))):
            return check.words
        button = render_to_string("admin/papers/linkcheck/_use_button.html", {"use": use})
        return format_html("{} {}", check.words, button)


def _last_check(row: Any) -> LinkCheck | None:
    """What the row's query brought along of its address's check."""
    if (known := row.last_check) is None:
        return None
    return LinkCheck(**known | {"checked_at": parse_datetime(known["checked_at"])})


class TellsLinkChecks(ModelAdmin):
    """Says in the form, with each of `address_fields`, what the last check of its address said: one query."""

    address_fields: tuple[str, ...] = ()

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm[Any]]:
        form_class = super().get_form(request, obj, change, **kwargs)
        fields = form_class.base_fields
        shown = [name for name in self.address_fields if obj and name in fields]
        for name, said in said_of({name: getattr(obj, name) for name in shown}).items():
            fields[name].help_text = f"{fields[name].help_text} Last check: {escape(said)}"
        return form_class
