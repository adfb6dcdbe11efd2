"""Two rows of the admin that turn out to be one: found, looked at side by side, merged, taken apart again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.html import format_html

from papers.adminbase import CarefulAdmin
from papers.adminhistory import BIGGEST_KEY, is_key, told
from papers.merging import MergeRefusedError
from papers.moments import Moment
from papers.refusals import RefusedError, refusals_in_words
from sessions.apart import MergeDone, find, take_apart, what_goes_back, what_stays
from sessions.merging import MERGED, Merged, newest_record

APART = "Take this merge apart"


class FindForm(forms.Form):
    """Which other one it is."""

    other = forms.CharField(max_length=500, strip=True)


class MergingAdmin(CarefulAdmin):
    """An admin whose rows can be merged. What is particular about them is asked of the methods at the end."""

    actions: Any = ("merge_selected",)
    merge: Callable[..., Merged]
    called = "name"  # the field that says what a row is called
    find_help = ""

    def has_merge_permission(self, request: HttpRequest) -> bool:
        """A merge changes one row and removes the other."""
        return self.has_change_permission(request) and self.has_delete_permission(request)

    @admin.action(description="Merge the two selected…", permissions=["merge"])
    def merge_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        chosen = self.by_use(queryset.values("pk"))[:3]
        if len(chosen) == 2:
            return HttpResponseRedirect(self.merge_url(*chosen))
        said = "one" if len(chosen) == 1 else "more than two"
        self.message_user(request, f"You chose {said}: choose exactly two to merge.", messages.WARNING)
        return None

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        more = {"has_merge_permission": self.has_merge_permission(request)}
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        return [
            path("merge/", view(self.merge_view), name=f"{name}_merge"),
            path("<int:pk>/merge/", view(self.find_view), name=f"{name}_merge_with"),
            path("<int:pk>/apart/<int:record>/", view(self.apart_view), name=f"{name}_apart"),
            *super().get_urls(),
        ]

    def merge_url(self, keep: Any, lose: Any) -> str:
        return f"{self.address('merge')}?keep={keep.pk}&lose={lose.pk}"

    def by_use(self, keys: Any) -> Any:
        """The rows of these keys; the one that is most used comes first, since that is the one to keep."""
        return self.model._default_manager.filter(pk__in=keys).by_use()

    def context(self, request: HttpRequest, title: str, **more: Any) -> dict[str, Any]:
        if not self.has_merge_permission(request):
            raise PermissionDenied
        return {**self.admin_site.each_context(request), "opts": self.opts, "title": title, **more}

    def both(self, given: Any, one: str, other: str) -> tuple[Any, Any]:
        """The two rows that a request names. Raises MergeRefusedError where they are not two, or not here."""
        keys = [given.get(name, "") for name in (one, other)]
        numbers = [int(key) if key.isdecimal() and len(key) < 19 else 0 for key in keys]
        rows = self.model._default_manager.in_bulk(numbers)
        if len(rows) == 1 and numbers[0] == numbers[1]:
            raise MergeRefusedError("That is one and the same: choose two. Nothing was changed.")
        if len(rows) < 2:
            raise MergeRefusedError("One of the two is not here (any more). Nothing was changed.")
        return rows[numbers[0]], rows[numbers[1]]

    def find_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Which other one to merge it with, found by anything that it is known by."""
        row = self.model._default_manager.filter(pk=pk).first()
        context = self.context(request, f"Merge “{row}” with…", row=row, find_help=self.find_help)
        if row is None:
            raise Http404
        form = FindForm(request.GET) if "other" in request.GET else FindForm()
        form.fields["other"].label = f"The other {self.opts.verbose_name}"
        form.fields["other"].help_text = self.find_help
        if form.is_bound and form.is_valid():
            text = form.cleaned_data["other"]
            other = None if "\0" in text else self.known(text)
            if other is None:
                form.add_error("other", f"Nothing here is known by “{text[:80]}”. {self.find_help}")
            elif other.pk == row.pk:
                form.add_error("other", "That is this one itself. Name the other one.")
            else:
                return HttpResponseRedirect(self.merge_url(*self.by_use([row.pk, other.pk])))
        return TemplateResponse(request, "admin/merging/find.html", {**context, "form": form})

    def merge_view(self, request: HttpRequest) -> HttpResponse:
        """Both side by side and what becomes of them; merged when that is confirmed."""
        context = self.context(request, f"Merge two {self.opts.verbose_name_plural}")
        try:
            keep, lose = self.both(request.POST if request.method == "POST" else request.GET, "keep", "lose")
        except MergeRefusedError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(self.address("changelist"))
        if request.method == "POST":
            return self._merge(request, keep, lose)
        context |= {
            "keep": keep,
            "lose": lose,
            "called": {
                "label": self.called,
                "keep": getattr(keep, self.called),
                "lose": getattr(lose, self.called),
            },
            "seen": {"keep": newest_record(keep) or 0, "lose": newest_record(lose) or 0},
            "fields": self.side_by_side(keep, lose),
            "moves": self.moves(lose),
            "caution": self.caution(keep, lose),
            "other_way": self.merge_url(lose, keep),
        }
        return TemplateResponse(request, "admin/merging/merge.html", context)

    def _merge(self, request: HttpRequest, keep: Any, lose: Any) -> HttpResponse:
        lost, kept, seen = str(lose), str(keep), {}
        for row, name in ((keep, "keep_seen"), (lose, "lose_seen")):
            said = request.POST.get(name, "")
            seen[row.pk] = int(said) or None if said.isdecimal() and len(said) < 19 else -1
        again = HttpResponseRedirect(self.merge_url(keep, lose))
        called_as_lost = request.POST.get("called") == str(lose.pk)
        try:
            with refusals_in_words():
                merged = type(self).merge(
                    keep, lose, called_as_lost=called_as_lost, user=request.user, seen=seen
                )
        except MergeRefusedError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return again
        except RefusedError as refusal:
            self.message_user(request, f"Nothing was merged. {refusal}", messages.ERROR)
            return again
        name = f" and called “{lost}”" if called_as_lost else ""
        said = f"“{lost}” is now one with “{kept}”{name}: {self.brought(merged)}. Its history has both as they were."
        if self.has_add_permission(request):
            address = self.address("apart", keep.pk, newest_record(merged.kept))
            said = format_html('{} <a href="{}">{}</a>', said, address, APART)
        self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(self.address("change", merged.kept.pk))

    def brought(self, merged: Merged) -> str:
        counts = [
            _count(merged.sessions, "session"),
            _count(merged.readings, "reading"),
            _count(merged.materials, "material"),
        ]
        if merged.dropped:
            counts.append(f"{_count(merged.dropped, 'reading')} dropped that said the same")
        if merged.backlog:
            counts.append("its place on the backlog")
        return ", ".join(count for count in counts if count) or "nothing else pointed at it"

    # --- Taking it apart again ---------------------------------------------------------------------------------

    def ways(self, request: HttpRequest, moment: Moment) -> list[tuple[str, str]]:
        """From the moment of a merge to taking it apart."""
        _, key = moment.root
        is_of_it = moment.is_there and moment.record.saved_at == moment.saved_at
        if not (is_of_it and moment.reason.startswith(MERGED)) or not (
            self.has_merge_permission(request) and self.has_add_permission(request)
        ):
            return super().ways(request, moment)
        return [(APART, self.address("apart", key, moment.record.pk))]

    def apart_view(self, request: HttpRequest, pk: int, record: int) -> HttpResponse:
        """What taking a merge apart would do, and what stays; done when that is confirmed."""
        context = self.context(request, "Take a merge apart")
        if not self.has_add_permission(request):
            raise PermissionDenied
        done = find(self.model, min(pk, BIGGEST_KEY), min(record, BIGGEST_KEY))
        if done is None:
            raise Http404
        if done.refusal:
            self.message_user(request, done.refusal, messages.ERROR)
            return HttpResponseRedirect(self.address("history", pk))
        if request.method == "POST" and (response := self._take_apart(request, done)):
            return response
        context |= {
            "done": done,
            "keep": done.kept.now.instance,
            "lines": what_goes_back(done),
            "stays": what_stays(done),
        }
        return TemplateResponse(request, "admin/merging/apart.html", context)

    def _take_apart(self, request: HttpRequest, done: MergeDone) -> HttpResponse | None:
        """None where it is refused, which is said."""
        said = request.POST.get("seen", "")
        seen = int(said) if is_key(said) else 0
        try:
            with refusals_in_words():
                row, stays = take_apart(done, user=request.user, seen=seen)  # type: ignore[arg-type]
        except ValidationError as refusal:
            self.message_user(request, " ".join(told(self.model, refusal)), messages.ERROR)
            return None
        except (MergeRefusedError, RefusedError) as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return None
        self.message_user(request, f"“{row}” is one of its own again.", messages.SUCCESS)
        for line in stays:
            self.message_user(request, line, messages.WARNING)
        return HttpResponseRedirect(self.address("change", row.pk))

    # --- What is particular of a model -----------------------------------------------------------------------

    def known(self, text: str) -> Any:
        """The row that is known by what somebody typed, or None."""
        raise NotImplementedError

    def side_by_side(self, keep: Any, lose: Any) -> list[tuple[str, Any, Any, Any]]:
        """Field by field, but for what they are called: its name, what each says, and what will stand there."""
        raise NotImplementedError

    def moves(self, lose: Any) -> list[str]:
        """What points at the one that goes, in words."""
        raise NotImplementedError

    def caution(self, keep: Any, lose: Any) -> str:
        """What to think of before, if anything."""
        return ""


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}" if number else ""
