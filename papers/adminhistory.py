"""The pages that show what became of a row: its history, going back to a record of it, and bringing it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from simple_history.admin import SimpleHistoryAdmin

from papers.changes import Words
from papers.history import because, who_is
from papers.locks import lock_for_writing
from papers.moments import Moment, describe, moments, preview
from papers.outlines import Line
from papers.putback import put_back
from papers.refusals import RefusedError, refusals_in_words

if TYPE_CHECKING:  # at run time these take no type parameters
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin

PER_PAGE = 25
BIGGEST_KEY = 2**63 - 1
SEEN_OTHERWISE = (
    "Somebody saved this after you opened this page. Below is what would change now; confirm once more."
)


def who(record: Any) -> str:
    """Who saved, as text."""
    return who_is(record.history_user)


def is_key(text: str) -> bool:
    """Whether a text from an address can be a primary key."""
    return text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= BIGGEST_KEY


def as_key(text: str) -> int:
    """A primary key from an address. Raises Http404 where it can be none."""
    if not is_key(text):
        raise Http404
    return int(text)


class HistoryPages(SimpleHistoryAdmin, ModelAdmin):  # type: ignore[misc]
    """History, going back, and the deleted, for every model that keeps its history."""

    below: Sequence[Any] = ()  # models whose rows are shown in the history of the one above them

    @property
    def has_history(self) -> bool:
        return hasattr(self.model, "history")

    def get_urls(self) -> list[Any]:
        if not self.has_history:
            return ModelAdmin.get_urls(self)
        name = f"{self.opts.app_label}_{self.opts.model_name}_deleted"
        deleted = path("deleted/", self.admin_site.admin_view(self.deleted_view), name=name)
        return [deleted, *super().get_urls()]

    def address(self, page: str, *args: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=args)

    def page(self, request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
        """A page of this model's, with what every page of the admin shows."""
        request.current_app = self.admin_site.name
        shared = self.admin_site.each_context(request)
        opts = {"opts": self.opts, "app_label": self.opts.app_label, "model_admin": self}
        return TemplateResponse(request, template, shared | opts | {"title": title} | context)

    # --- One row ------------------------------------------------------------------------------------------
    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Who changed what when, newest first, the rows below it included."""
        self.refuse_who_may_not_look(request)
        if not self.has_history:
            return ModelAdmin.history_view(self, request, object_id, extra_context)
        if not is_key(unquote(object_id)):
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        key = as_key(unquote(object_id))
        row = self.get_object(request, str(key))
        found = moments(self.model, self.below, key)
        if row is None and not found:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        shown = Paginator(found, PER_PAGE).get_page(request.GET.get("p"))
        describe(shown)
        for moment in shown if row is not None else ():
            moment.ways = self.ways(request, moment)
        context = {
            "shown": shown,
            "is_gone": row is None,
            "may_go_back": self.may_put_back(request, row),
            "object": row,
            "name": str(row or _last(found)),
            "key": key,
        }
        title = f"History of {self.opts.verbose_name} {context['name']}"
        return self.page(
            request, "simple_history/object_history.html", title, **context | (extra_context or {})
        )

    def ways(self, request: HttpRequest, moment: Moment) -> list[tuple[str, str]]:
        """Where else a moment of a row that is there leads: text and address of each."""
        return []

    def refuse_who_may_not_look(self, request: HttpRequest) -> None:
        """To be asked first: who may not see these rows is not told which there are. Raises PermissionDenied."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied

    def may_put_back(self, request: HttpRequest, row: Any) -> bool:
        if row is None:
            return bool(self.has_add_permission(request))
        return bool(self.has_change_permission(request, row))

    def history_form_view(
        self,
        request: HttpRequest,
        object_id: str,
        version_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Going back to a moment, which is named by its version or a record's key: asked first, then done."""
        self.refuse_who_may_not_look(request)
        key, version = as_key(unquote(object_id)), as_key(version_id)
        found = moments(self.model, self.below, key)
        moment = self._named(found, key, version)
        row = self.get_object(request, str(key))
        if not self.may_put_back(request, row):
            raise PermissionDenied
        if moment is not None and not moment.is_there:  # a deletion: back to what was there before it
            moment = next((each for each in found if each.at < moment.at and each.is_there), None)
        if moment is None:
            raise Http404
        refusals: list[str] = []
        if request.method == "POST":
            if done := self._go_back(request, row, moment, refusals):
                return done
            found = moments(self.model, self.below, key)  # somebody else may have saved it
        context = {
            "object": row,
            "is_gone": row is None,
            "name": str(row or _last(found)),
            "key": key,
            "at": moment.at,
            "who": moment.who,
            "lines": self.would_change(moment),
            "refusals": refusals,
            "seen": found[0].version,
        }
        title = f"{'Bring back' if row is None else 'Go back in'} {self.opts.verbose_name} {context['name']}"
        return self.page(
            request, "simple_history/object_history_form.html", title, **context | (extra_context or {})
        )

    def _named(self, found: list[Moment], key: int, version: int) -> Moment | None:
        record: Any = self.model.history.filter(id=key, history_id=version).first()
        return next(
            (
                moment
                for moment in found
                if moment.version == version or (record and moment.saved_at == record.saved_at)
            ),
            None,
        )

    def _go_back(
        self, request: HttpRequest, row: Any, moment: Moment, refusals: list[str]
    ) -> HttpResponse | None:
        """Do it, and lead on to the row; else say in `refusals` what stands in the way."""
        then = formats.date_format(timezone.localtime(moment.at), "D j M Y, H:i")
        try:
            with (
                refusals_in_words(),
                transaction.atomic(),
                because(f"{'brought back as of' if row is None else 'back to'} {then}"),
            ):
                self._check_that_it_is_as_seen(request.POST.get("seen"), moment.root[1])
                row, lost = self.go_back(moment)
        except ValidationError as refused:
            refusals += told(self.model, refused)
            return None
        except RefusedError as refused:
            refusals.append(str(refused))
            return None
        self.log_change(request, row, f"Went back to {then}.")
        self.message_user(request, f"“{row}” is as it was: {then}.", messages.SUCCESS)
        for said in lost:
            self.message_user(request, said, messages.WARNING)
        return HttpResponseRedirect(self.address("change", row.pk))

    def _check_that_it_is_as_seen(self, seen: str | None, key: int) -> None:
        """Raises ValidationError where somebody saved it since; from here on nobody does, until the transaction ends."""
        lock_for_writing([self.model, *self.below])
        self.model._base_manager.select_for_update().filter(pk=key).first()
        if seen != str(moments(self.model, self.below, key)[0].version):
            raise ValidationError(SEEN_OTHERWISE)

    def would_change(self, moment: Moment) -> list[Line]:
        """What going back to a moment would change."""
        return preview(moment, self.below)

    def go_back(self, moment: Moment) -> tuple[Any, list[str]]:
        """The row as it was then, and what could not be brought back, in words."""
        return put_back(moment.record, moment.records_below)

    # --- The deleted --------------------------------------------------------------------------------------
    def deleted_records(self) -> QuerySet[Any]:
        """The deletions of rows that are still gone, newest first."""
        there = self.model._base_manager.filter(pk=OuterRef("id"))
        later = self.model.history.filter(
            id=OuterRef("id"), history_type="-", history_id__gt=OuterRef("history_id")
        )
        deleted = self.model.history.filter(~Exists(there), ~Exists(later), history_type="-")
        return deleted.select_related("history_user").order_by("-history_date", "-history_id")  # type: ignore[no-any-return]

    def deleted_view(self, request: HttpRequest) -> HttpResponse:
        """What was deleted, with a way to bring each back."""
        self.refuse_who_may_not_look(request)
        shown = Paginator(self.deleted_records(), PER_PAGE).get_page(request.GET.get("p"))
        words = Words(shown.object_list)
        rows = [{"record": record, "who": who(record), "name": words.called(record)} for record in shown]
        title = f"Deleted {self.opts.verbose_name_plural}"
        may = self.has_add_permission(request)
        return self.page(
            request, "simple_history/deleted.html", title, shown=shown, rows=rows, may_bring_back=may
        )

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: Any) -> HttpResponse:
        """Says where it can be brought back."""
        response = super().response_delete(request, obj_display, obj_id)
        if self.has_history and "_popup" not in request.POST:
            link = 'Deleted by mistake? <a href="{}">Bring it back</a>'
            self.message_user(request, format_html(link, self.address("history", obj_id)), messages.INFO)
        return response

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> Any:
        """Who opens or saves what somebody deleted is told who, and led to where it can be brought back."""
        key = unquote(object_id)
        if self.has_history and is_key(key):
            deleted: Any = self.model.history.filter(id=int(key), history_type="-").first()
            if deleted is not None:
                said = f"{who(deleted)} deleted this {self.opts.verbose_name}. You can bring it back here."
                if request.method == "POST":
                    said += (
                        " Nothing of what you typed was saved; your browser's “back” button still shows it."
                    )
                self.message_user(request, said, messages.WARNING)
                return HttpResponseRedirect(self.address("history", key))
        return super()._get_obj_does_not_exist_redirect(request, opts, object_id)


def _last(found: list[Moment]) -> Any:
    """The row as it was last recorded."""
    return next(moment.record.instance for moment in found if moment.record)


def told(model: Any, refused: ValidationError) -> list[str]:
    """A refusal as lines, each with the field that it is about."""
    if not hasattr(refused, "error_dict"):
        return list(refused.messages)
    lines = []
    for name, said in refused.message_dict.items():
        names = {each.name: str(each.verbose_name) for each in model._meta.fields}
        prefix = f"{capfirst(names[name])}: " if name in names else ""
        lines += [f"{prefix}{message}" for message in said]
    return lines
