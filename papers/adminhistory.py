"""The pages that show what became of a row: its history, going back to a record of it, and bringing it back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
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
from django.utils.text import capfirst
from simple_history.admin import SimpleHistoryAdmin

from papers.changes import Change, Words, changes
from papers.history import because
from papers.locks import lock_for_writing
from papers.putback import is_gone, last_alive, put_back
from papers.refusals import RefusedError, refusals_in_words

if TYPE_CHECKING:  # at run time these take no type parameters
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin

PER_PAGE = 50
BIGGEST_KEY = 2**63 - 1
SEEN_OTHERWISE = (
    "Somebody saved this after you opened this page. Below is what would change now; confirm once more."
)
KINDS = {"+": "Added", "~": "Changed", "-": "Deleted"}


@dataclass
class Save:
    """One save of a row: its last record, and what it changed."""

    record: Any
    before: Any
    kind: str
    reason: str
    changes: list[Change] = field(default_factory=list)

    @property
    def at(self) -> datetime:
        return self.record.history_date  # type: ignore[no-any-return]

    @property
    def who(self) -> str:
        return who(self.record)


def who(record: Any) -> str:
    """Who saved, as text: an organizer may not look at users."""
    return who_is(record.history_user)


def who_is(user: Any) -> str:
    """A user by name; what no user did, the site did by itself."""
    return str(user.get_full_name() or user.get_username()) if user else "the site"


def saves(records: Iterable[Any]) -> list[Save]:
    """The records of one row, oldest first, as saves, newest first; what they changed is not yet known."""
    found: list[Save] = []
    for record in records:
        reason = record.history_change_reason or ""
        if found and found[-1].record.saved_at == record.saved_at:
            same = found[-1]
            # Many-to-many fields are recorded after the row, and again.
            same.record, same.reason = record, reason or same.reason
            same.kind = KINDS["-"] if record.history_type == "-" else same.kind
            continue
        before = found[-1].record if found else None
        found.append(Save(record, before, KINDS[record.history_type], reason))
    return found[::-1]


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
        """Who changed what when, newest first."""
        if not self.has_history:
            return ModelAdmin.history_view(self, request, object_id, extra_context)
        if not is_key(unquote(object_id)):
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        key = as_key(unquote(object_id))
        row = self.get_object(request, str(key))
        records = self.model.history.filter(id=key).select_related("history_user")
        all_saves = saves(records.order_by("history_date", "history_id"))
        if row is None and not all_saves:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        shown = Paginator(all_saves, PER_PAGE).get_page(request.GET.get("p"))
        words = Words(record for save in shown for record in (save.record, save.before) if record)
        for save in shown:
            save.changes = changes(save.before, save.record, words)
        context = {
            "shown": shown,
            "is_gone": row is None,
            "may_go_back": self.may_put_back(request, row),
            "object": row,
            "name": str(row or all_saves[0].record.instance),
            "key": key,
        }
        title = f"History of {self.opts.verbose_name} {context['name']}"
        return self.page(
            request, "simple_history/object_history.html", title, **context | (extra_context or {})
        )

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
        """Going back to one record of a row: asked first, then done."""
        key, version = as_key(unquote(object_id)), as_key(version_id)
        record: Any = self.model.history.filter(id=key, history_id=version).first()
        if record is None:
            raise Http404
        row = self.get_object(request, str(key))
        if not self.may_put_back(request, row):
            raise PermissionDenied
        back = last_alive(record)
        refusals: list[str] = []
        if request.method == "POST" and (done := self.put_back(request, back, refusals)):
            return done
        newest = self._newest_record(key)
        now = None if row is None else newest
        context = {
            "object": row,
            "is_gone": row is None,
            "name": str(row or back.instance),
            "key": key,
            "at": record.history_date,
            "who": who(record),
            "changes": changes(now, back, Words([r for r in (now, back) if r])),
            "refusals": refusals,
            "seen": newest.pk,
        }
        title = f"{'Bring back' if row is None else 'Go back in'} {self.opts.verbose_name} {context['name']}"
        return self.page(
            request, "simple_history/object_history_form.html", title, **context | (extra_context or {})
        )

    def _newest_record(self, key: int) -> Any:
        return self.model.history.filter(id=key).order_by("history_date", "history_id").last()

    def put_back(self, request: HttpRequest, record: Any, refusals: list[str]) -> HttpResponse | None:
        """Do it, and lead on to the row; else say in `refusals` what stands in the way."""
        gone = is_gone(record)
        at = formats.date_format(timezone.localtime(record.history_date), "D j M Y, H:i")
        try:
            with (
                refusals_in_words(),
                transaction.atomic(),
                because(f"brought back as of {at}" if gone else f"back to {at}"),
            ):
                lock_for_writing([self.model])
                self.model._base_manager.select_for_update().filter(pk=record.id).first()
                if request.POST.get("seen") != str(self._newest_record(record.id).pk):
                    raise ValidationError(SEEN_OTHERWISE)
                row = put_back(record)
        except ValidationError as refused:
            refusals += told(self.model, refused)
            return None
        except RefusedError as refused:
            refusals.append(str(refused))
            return None
        said = f"“{row}” is back." if gone else f"“{row}” is as it was."
        self.log_change(request, row, [{"changed": {"fields": ["history"]}}])
        self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(self.address("change", row.pk))

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
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        shown = Paginator(self.deleted_records(), PER_PAGE).get_page(request.GET.get("p"))
        words = Words(shown.object_list)
        rows = [{"record": record, "who": who(record), "name": words.called(record)} for record in shown]
        title = f"Deleted {self.opts.verbose_name_plural}"
        may = self.has_add_permission(request)
        return self.page(
            request, "simple_history/deleted.html", title, shown=shown, rows=rows, may_bring_back=may
        )

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
