"""The admin's page of links: every address that was checked, what came of it, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from papers.adminbase import ModelAdmin
from papers.links import safe_url
from papers.models import LinkCheck
from papers.refusals import RefusedError, refusals_in_words
from papers.spots import WrittenOtherwiseError
from readinggroup import link_checks
from readinggroup.link_checks import AT_ONCE
from readinggroup.links import Place, dead_links, linked
from readinggroup.moved_links import offered

# Of an address that stands in more places, the list shows the first; its own page shows all.
SHOWN = 3
NIGHTLY = "The nightly “check_links” asks for all of them."
LEVELS = {
    "alive": messages.SUCCESS,
    "moved": messages.SUCCESS,
    "dead": messages.ERROR,
    "unsure": messages.WARNING,
}


class ResultFilter(admin.SimpleListFilter):
    """By what came of it; first what the front desk shows the beginning of."""

    title = "result"
    parameter_name = "result"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        results = [(str(value), str(label)) for value, label in LinkCheck.Result.choices]
        return [("mend", "To be mended"), *results]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "mend":
            return queryset.filter(url__in=[dead.url for dead in dead_links(timezone.now())])
        if self.value() in LinkCheck.Result.values:
            return queryset.filter(result=self.value())
        return queryset


class LinkList(ChangeList):
    """A page of the list, each link with its places."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        pages: Any = self.model_admin
        self.result_list = pages.with_places(request, self.result_list)


@admin.register(LinkCheck)
class LinkCheckAdmin(ModelAdmin):
    """Nothing is edited here: a link is mended where it stands."""

    list_display = ("address", "outcome", "checked", "stands_in")
    list_display_links = ("outcome",)
    list_filter = (ResultFilter,)
    list_per_page = 50
    list_max_show_all = 100
    search_fields = ("url", "moved_to", "reason")
    search_help_text = "A part of the address, of the one it moved to, or of what went wrong."
    ordering = (F("failing_since").asc(nulls_last=True), "url")  # as on the front desk
    actions = ("check_again",)
    fields = readonly_fields = ("address", "outcome", "checked", "stands_everywhere")

    class Media:
        css = {"all": ["admin/links.css"]}  # noqa: RUF012  (as Django declares it)

    def get_urls(self) -> list[Any]:
        """The list and a page for each: what nobody may do with a link needs none."""
        names = {"papers_linkcheck_changelist", "papers_linkcheck_change"}
        view = self.admin_site.admin_view
        return [
            path("use/", view(require_POST(self.use_moved)), name="papers_linkcheck_use"),
            path("<int:pk>/again/", view(require_POST(self.again)), name="papers_linkcheck_again"),
            *(page for page in super().get_urls() if page.name in names),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    # --- What is shown -----------------------------------------------------------------------------------------
    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LinkList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        check = super().get_object(request, object_id, from_field)
        return self.with_places(request, [check])[0] if check else None

    def with_places(self, request: HttpRequest, checks: Iterable[Any]) -> list[Any]:
        """The checks, each with the `places` that whoever asks may see, and how many are `unseen`: three queries.

        A place comes with what its button sends, which is empty where there is none.
        """
        found = list(checks)
        places = linked({check.url for check in found}, getattr(request, "reading_group", None))
        for check in found:
            all_places = places.get(check.url, [])
            seen = [place for place in all_places if self._may(request, "view", place)]
            check.places = [(place, self._use(request, check, place)) for place in seen]
            check.unseen = len(all_places) - len(check.places)
        return found

    def _may(self, request: HttpRequest, what: str, place: Place) -> bool:
        pages = self.admin_site.get_model_admin(place.model)
        return bool(getattr(pages, f"has_{what}_permission")(request))

    def _use(self, request: HttpRequest, check: LinkCheck, place: Place) -> str:
        if place.spot is None or not self._may(request, "change", place):
            return ""
        return check.use(place.spot)

    @admin.display(ordering="url")
    def address(self, check: LinkCheck) -> str:
        """Leads to it: what cannot be told has to be looked at."""
        url = safe_url(check.url)
        return format_html('<a href="{}" rel="noreferrer">{}</a>', url, check.url) if url else check.url

    @admin.display(ordering="result", description="result")
    def outcome(self, check: LinkCheck) -> str:
        """In words, with what went wrong or where it leads now, and since when it fails."""
        failing = f"Failing since {_day(check.failing_since)}." if check.failing_since else ""
        more = " ".join(filter(None, [check.details, failing]))
        return f"{check.get_result_display()}. {more}" if more else str(check.get_result_display())

    @admin.display(ordering="checked_at")
    def checked(self, check: LinkCheck) -> str:
        return _day(check.checked_at)

    @admin.display(description="stands in")
    def stands_in(self, check: Any) -> str:
        return _places(check, SHOWN)

    @admin.display(description="stands in")
    def stands_everywhere(self, check: Any) -> str:
        return _places(check, len(check.places))

    # --- Again -------------------------------------------------------------------------------------------------
    def has_check_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("papers.change_linkcheck")

    @admin.action(description=f"Check again now (at most {AT_ONCE})", permissions=["check"])
    def check_again(self, request: HttpRequest, queryset: QuerySet[LinkCheck]) -> None:
        """Ask for those that were ticked, while whoever ticked them waits."""
        if (count := queryset.count()) > AT_ONCE:
            said = f"You chose {count} links: choose {AT_ONCE} at most. {NIGHTLY}"
            self.message_user(request, said, messages.ERROR)
            return
        self._ask(request, list(queryset.values_list("url", flat=True)))

    def again(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for one, from its own page."""
        if not self.has_check_permission(request):
            raise PermissionDenied
        check = get_object_or_404(LinkCheck, pk=pk)
        self._ask(request, [check.url])
        return HttpResponseRedirect(reverse("admin:papers_linkcheck_change", args=[check.pk]))

    def _ask(self, request: HttpRequest, urls: list[str]) -> None:
        try:
            checks = link_checks.check_again(urls)
        except link_checks.BusyError:
            said = f"Links are being checked already. {NIGHTLY}"
            self.message_user(request, said, messages.WARNING)
            return
        for url in urls:
            if url in checks:
                self.message_user(request, f"{url}: {checks[url].words}", LEVELS[checks[url].result])
        if late := [url for url in urls if url not in checks]:
            said = f"No answer in time, so the last result stays: {', '.join(late)}. {NIGHTLY}"
            self.message_user(request, said, messages.WARNING)

    # --- What moved --------------------------------------------------------------------------------------------
    def use_moved(self, request: HttpRequest) -> HttpResponse:
        """Put the address that another moved to in its place, then go back to where the button was."""
        try:
            move = offered(request.POST.get("use", ""))
            if not self._may(request, "change", move.place):
                raise PermissionDenied
            with refusals_in_words():
                row = move.carry_out()
        except WrittenOtherwiseError:
            said = "Nothing was changed: meanwhile somebody changed this address, or it moved elsewhere. Look again."
            self.message_user(request, said, messages.ERROR)
        except ValidationError as refused:
            self.message_user(request, f"Nothing was changed: {' '.join(refused.messages)}", messages.ERROR)
        except RefusedError as refused:
            self.message_user(request, f"Nothing was changed. {refused}", messages.ERROR)
        else:
            self.log_change(request, row, [{"changed": {"fields": [move.place.what]}}])
            place, now = move.place, move.check.moved_to
            said = format_html('<a href="{}">{}</a> is now {}', place.admin_url, place.title, now)
            self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(_back(request))


def _back(request: HttpRequest) -> str:
    """Where a form says that it was: a page of this site, or else the list."""
    asked = request.POST.get("next", "")
    is_here = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if is_here else reverse("admin:papers_linkcheck_changelist")


def _day(at: datetime) -> str:
    """In the group's zone."""
    return format_date(timezone.localtime(at), "j M Y")


def _places(check: Any, shown: int) -> str:
    context = {
        "places": check.places[:shown],
        "rest": check.places[shown:],
        "unseen": check.unseen,
        "check": check,
    }
    return render_to_string("admin/papers/linkcheck/_places.html", context)
