"""The admin as a whole: under the group's name, in the group's time zone."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import BadRequest
from django.db import DataError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.utils import timezone

from sessions.models import Group


class GroupAdminSite(AdminSite):
    """Times are shown and typed in the group's zone, whatever the machine's."""

    index_title = "Administration"

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        """The view in the group's zone, rendered while that holds.

        What an address asks of the database and no database can answer (a pattern that is none, a NUL) is
        the asker's mistake: 400.
        """
        inner = super().admin_view(view, cacheable)

        def in_the_groups_zone(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            with timezone.override(Group.objects.current().zone):
                try:
                    response: HttpResponseBase = inner(request, *args, **kwargs)
                    if isinstance(response, SimpleTemplateResponse):
                        response.render()
                except DataError as error:
                    raise BadRequest("The database cannot answer this.") from error
                return response

        return update_wrapper(in_the_groups_zone, inner)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        name = Group.objects.current().name
        return {**super().each_context(request), "site_header": name, "site_title": name}
