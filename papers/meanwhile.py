"""Two organizers with the same form open: the second to save is told what the first saved, and overwrites nothing by accident.

The form carries what it was made from (`made_from`): the newest record of the row and of each kind of row below it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db import transaction
from django.db.models import Value
from django.http import HttpRequest

from papers.adminhistory import is_key, who
from papers.changes import Words
from papers.formmerge import Merge, Report
from papers.history import who_is
from papers.locks import lock_for_writing
from papers.outlines import State, differences, state

if TYPE_CHECKING:  # at run time these take no type parameters
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin

FIELD = "made_from"


@dataclass(frozen=True)
class Part:
    """A kind of row in the form: the row itself, or those below it; `link` leads to the row."""

    model: Any
    link: str

    @property
    def name(self) -> str:
        return str(self.model._meta.model_name)

    def records(self, key: int) -> Any:
        return self.model.history.filter(**{self.link: key})


class Meanwhile(ModelAdmin):
    """Compares what a form was made from with what there is now, before anything is saved."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        key = unquote(object_id or "")
        if not is_key(key) or not hasattr(self.model, "history") or "_saveasnew" in request.POST:
            return super().changeform_view(request, object_id, form_url, extra_context)
        if request.method != "POST":
            # Before the form is read: whatever is saved between the two is then noticed.
            token = {FIELD: write_token(self._newest(request, int(key)))}
            return super().changeform_view(request, object_id, form_url, token | (extra_context or {}))
        with transaction.atomic():
            # Held until all is saved, so that two saves of one row come one after the other, and an import
            # before or after both.
            lock_for_writing(part.model for part in self._parts(request))
            row = self.model._base_manager.select_for_update().filter(pk=int(key)).first()
            report = self._compare(request, row) if row is not None else None
            context: dict[str, Any] = {FIELD: request.POST.get(FIELD, ""), "meanwhile": report}
            return super().changeform_view(request, object_id, form_url, context | (extra_context or {}))

    def _parts(self, request: HttpRequest, row: Any = None) -> list[Part]:
        parts = {self.model: Part(self.model, "id")}
        for inline in self.get_inline_instances(request, row):
            if hasattr(inline.model, "history"):
                parts[inline.model] = Part(inline.model, self._link(inline).attname)
        return list(parts.values())

    def _link(self, inline: Any) -> Any:
        """The foreign key of an inline's rows to the row above them."""
        keys = [field for field in inline.model._meta.get_fields() if field.many_to_one and field.concrete]
        return next(
            field
            for field in keys
            if field.related_model is self.model and inline.fk_name in (None, field.name)
        )

    def _newest(self, request: HttpRequest, key: int) -> dict[str, int]:
        """The newest record of each part, 0 where it has none: older than its history, or made in bulk. One query."""
        parts = self._parts(request)
        first, *others = (
            part.records(key).order_by("-history_id").values_list(Value(part.name), "history_id")[:1]
            for part in parts
        )
        found = first.union(*others, all=True).order_by() if others else first
        return {part.name: 0 for part in parts} | dict(found)

    def _compare(self, request: HttpRequest, row: Any) -> Report | None:
        """What was saved since the form was made, if anything; then the form is brought up to it, and not saved."""
        token = read_token(request.POST.get(FIELD, ""))
        if token is None or not self.has_change_permission(request, row):
            return None
        newest = self._newest(request, row.pk)
        if all(number <= token.get(name, 0) for name, number in newest.items()):
            return None
        before: State = {}
        after: State = {}
        since = []
        for part in self._parts(request, row):
            records = part.records(row.pk).select_related("history_user").order_by("history_id")
            known = token.get(part.name, 0)
            before |= state(record for record in records if record.history_id <= known)
            after |= state(records)
            since += [record for record in records if record.history_id > known]
        last = max(since, key=lambda record: (record.history_date, record.history_id))
        names = dict.fromkeys(who(record) for record in since)
        words = Words([*before.values(), *after.values()])
        me = who_is(request.user)
        report = Report(
            " and ".join("you, in another window," if name == me else name for name in names),
            last.history_date,
            differences(before, after, words, root=self.model),
        )
        merge = Merge(self, request, row, before, report)
        merge.run()
        merge.data[FIELD] = write_token(newest)
        request.POST = merge.data  # type: ignore[assignment]
        request._files = merge.files  # type: ignore[attr-defined]
        request.refusal = (  # type: ignore[attr-defined]
            "Nothing is saved yet: this was changed since you opened it. Compare below, then save once more."
        )
        return report


def write_token(newest: dict[str, int]) -> str:
    return " ".join(f"{name}:{number}" for name, number in sorted(newest.items()))


def read_token(text: str) -> dict[str, int] | None:
    """What a form says that it was made from; None where it says nothing that could be understood."""
    found = re.findall(r"([a-z]+):(\d{1,18})(?!\S)", text[:1000], re.ASCII)
    return {name: int(number) for name, number in found} or None
