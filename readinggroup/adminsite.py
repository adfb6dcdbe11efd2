"""The admin as a whole: under the group's name, in the group's time zone."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import DataError
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from papers.adminbase import AnswerableList
from papers.adminhistory import as_key
from readinggroup.desk import Visitor, desk
from readinggroup.links import dead_links
from sessions.models import Group, Session
from sessions.models.group import THE_GROUP

# Where Django's names and the reading group's would be confused, by model: what the list of all pages says.
NAMES = {"auth.Group": "Roles"}
APPS = {"auth": "Logins"}


class GroupAdminSite(AdminSite):
    """Times are shown and typed in the group's zone, whatever the machine's."""

    index_title = "Front desk"
    # With a name, so that lists on phones, which have no columns, can leave it out.
    empty_value_display = '<span class="no-value">-</span>'

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        """The view in the group's zone, rendered while that holds.

        What an address asks of the database and no database can answer (a pattern that is none, a NUL) is
        the asker's mistake: 400.
        """
        inner = super().admin_view(view, cacheable)

        def in_the_groups_zone(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            group = Group.objects.current()
            request.reading_group = group  # type: ignore[attr-defined]  # asked for once a page
            with timezone.override(group.zone):
                try:
                    response: HttpResponseBase = inner(request, *args, **kwargs)
                    if isinstance(response, SimpleTemplateResponse):
                        response.render()
                except DataError as error:
                    raise BadRequest("The database cannot answer this.") from error
                return response

        return update_wrapper(in_the_groups_zone, inner)

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Every list is one that answers, those of logins too."""
        admin_class = admin_class or ModelAdmin
        if not issubclass(admin_class, AnswerableList):
            admin_class = type(admin_class.__name__, (AnswerableList, admin_class), {})
        super().register(model_or_iterable, admin_class, **options)

    def get_urls(self) -> list[Any]:
        return [
            path(
                "r/<path:content_type_id>/<path:object_id>/",
                self.admin_view(self.view_on_site),
                name="view_on_site",
            ),
            *super().get_urls(),
        ]

    def view_on_site(self, request: HttpRequest, content_type_id: str, object_id: str) -> HttpResponse:
        """To a row's page on the site: for who may see the row here, and only where it has such a page.

        Django's own would tell anybody with a login where a draft will be, and so its title.
        """
        kind = ContentType.objects.filter(pk=as_key(content_type_id)).first()
        pages: Any = self._registry.get(kind.model_class()) if kind else None  # type: ignore[arg-type]
        row = pages.get_object(request, object_id) if pages else None
        if pages and not pages.has_view_permission(request, row):
            raise PermissionDenied
        address = pages.view_on_site(row) if row and callable(pages.view_on_site) else None
        if not address:
            raise Http404("no page on the site")
        return HttpResponseRedirect(address)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        name = _group(request).name
        return {**super().each_context(request), "site_header": name, "site_title": name}

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """All pages, by what they are about. The one group has no list: its line leads to its form."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["name"] = APPS.get(app["app_label"], app["name"])
            for model in app["models"]:
                label = model["model"]._meta.label
                model["name"] = NAMES.get(label, model["name"])
                if model["model"] is Group and model["admin_url"] and _group(request).pk:
                    model["admin_url"] = reverse("admin:reading_sessions_group_change", args=[THE_GROUP])
        # What is done each week comes first.
        order = {"reading_sessions": 0, "papers": 1, "readinggroup": 2}
        return sorted(apps, key=lambda app: order.get(app["app_label"], len(order)))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The front desk; below it, all pages. Who may do nothing here is told so, kindly."""
        sessions: Any = self._registry[Session]
        visitor = Visitor(
            may_see=lambda model: self._may("view", request, model),
            may_change=lambda model: self._may("change", request, model),
            buttons=lambda session: list(sessions.chores_of(request, session)),
        )
        group, now = _group(request), timezone.now()
        found = desk(group, now, visitor, dead_links(now, group))
        return super().index(request, {"desk": found, **(extra_context or {})})

    def _may(self, what: str, request: HttpRequest, model: type[Model]) -> bool:
        pages: Any = self._registry.get(model)
        return pages is not None and getattr(pages, f"has_{what}_permission")(request)


def _group(request: HttpRequest) -> Group:
    group: Group | None = getattr(request, "reading_group", None)
    return group or Group.objects.current()
