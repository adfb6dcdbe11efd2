"""The pairs that may be one: listed until they are merged, or said to be two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path

from papers.duplicates import MOST, Pair
from papers.history import who_is
from papers.merging import MergeRefusedError
from papers.refusals import RefusedError, refusals_in_words
from sessions.admin.merging import MergingAdmin


class DuplicatesAdmin(MergingAdmin):
    """An admin of rows that may turn out to be one."""

    two: Any  # the model of the pairs that are told apart

    def likely(self) -> Sequence[Pair]:
        """The pairs that may be one, likeliest first."""
        raise NotImplementedError

    def get_urls(self) -> list[Any]:
        name, view = f"{self.opts.app_label}_{self.opts.model_name}", self.admin_site.admin_view
        return [
            path("duplicates/", view(self.duplicates_view), name=f"{name}_duplicates"),
            path("duplicates/two/", view(self.two_view), name=f"{name}_two"),
            *super().get_urls(),
        ]

    def duplicates_view(self, request: HttpRequest) -> HttpResponse:
        """The likely ones; posted, one of the pairs is said to be two."""
        context = self.context(request, "Likely duplicates")
        if request.method == "POST":
            return self._say(request, "duplicates", "are two", self._tell_apart)
        told_apart = self.two.objects.pairs()
        pairs = [pair for pair in self.likely() if (pair.first, pair.second) not in told_apart]
        listed = pairs[:MOST]
        context |= {
            "pairs": self._beside(listed),
            "more": len(pairs) - len(listed),
            "told_apart": len(told_apart),
        }
        return TemplateResponse(request, "admin/merging/duplicates.html", context)

    def _beside(self, pairs: Sequence[Pair]) -> list[dict[str, Any]]:
        """The two rows of each pair, the one to keep first, and where they are merged."""
        rows = {
            row.pk: row for row in self.by_use({pk for pair in pairs for pk in (pair.first, pair.second)})
        }
        places = {key: place for place, key in enumerate(rows)}
        found = []
        for pair in pairs:
            if pair.first in rows and pair.second in rows:
                keep, lose = (rows[key] for key in sorted((pair.first, pair.second), key=places.__getitem__))
                found.append(
                    {"first": keep, "second": lose, "why": pair.why, "url": self.merge_url(keep, lose)}
                )
        return found

    def two_view(self, request: HttpRequest) -> HttpResponse:
        """The pairs that somebody said to be two; posted, one of them may be one after all."""
        context = self.context(request, "Said to be two")
        if request.method == "POST":
            return self._say(request, "two", "may be one after all", self._no_longer_apart)
        told = self.two.objects.select_related("first", "second", "said_by")
        shown = Paginator(told, MOST).get_page(request.GET.get("p"))
        context |= {"shown": shown, "pairs": [(pair, who_is(pair.said_by)) for pair in shown]}
        return TemplateResponse(request, "admin/merging/two.html", context)

    def _tell_apart(self, one: Any, other: Any, user: Any) -> None:
        self.two.objects.say(one.pk, other.pk, user)

    def _no_longer_apart(self, one: Any, other: Any, user: Any) -> None:
        self.two.objects.of(one.pk, other.pk).delete()

    def _say(
        self, request: HttpRequest, page: str, words: str, say: Callable[[Any, Any, Any], None]
    ) -> HttpResponse:
        """Say something of the pair that a page names, and show that page again."""
        try:
            one, other = self.both(request.POST, "first", "second")
            with refusals_in_words():
                say(one, other, request.user)
        except (MergeRefusedError, RefusedError) as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            self.message_user(request, f"“{one}” and “{other}” {words}.", messages.SUCCESS)
        return HttpResponseRedirect(self.address(page))
