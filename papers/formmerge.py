"""Bringing a posted form up to what somebody else saved since it was made, so that nothing of either is lost."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.http import HttpRequest, QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.text import capfirst

from papers.adminhistory import is_key
from papers.changes import NOTHING, linked_keys
from papers.outlines import Line, State, there


@dataclass
class Conflict:
    """A field that both changed: where it is, what it is called, what each of them wrote."""

    where: str
    field: str
    theirs: str
    mine: str


@dataclass
class Report:
    """What the second to save is told."""

    who: str
    at: datetime
    lines: list[Line]
    conflicts: list[Conflict] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def as_posted(widget: Any, name: str, value: Any) -> dict[str, list[str]]:
    """What a browser sends for a field that shows this value; nothing for files, which it never sends unchosen."""
    if isinstance(widget, RelatedFieldWidgetWrapper):
        widget = widget.widget
    if isinstance(widget, forms.MultiWidget):
        values: Any = value if isinstance(value, (list, tuple)) else widget.decompress(value)
        sent: dict[str, list[str]] = {}
        for part, suffix, each in zip(widget.widgets, widget.widgets_names, values, strict=True):  # type: ignore[attr-defined]
            sent |= as_posted(part, name + suffix, each)
        return sent
    if isinstance(widget, forms.FileInput):
        return {}
    if isinstance(widget, forms.CheckboxInput):
        return {name: ["on"] if widget.check_test(value) else []}
    shown = widget.format_value(value)
    if isinstance(shown, (list, tuple)):
        return {name: [str(each) for each in shown if each not in (None, "")]}
    return {name: [] if shown is None else [str(shown)]}


def initially(form: Any, name: str) -> dict[str, list[str]]:
    """What a browser would send for a field of a form that nobody touched."""
    bound = form[name]
    return as_posted(bound.field.widget, bound.html_name, bound.field.prepare_value(bound.initial))


def without_blanks(sent: dict[str, list[str]]) -> dict[str, list[str]]:
    return {key: [value for value in values if value] for key, values in sent.items()}


def said(field_: Any, values: list[str]) -> str:
    """Values that a browser sent, in words."""
    values = [value for value in values if value]
    if isinstance(field_, forms.ModelChoiceField):
        keys = [value for value in values if is_key(value)]
        queryset: Any = field_.queryset
        return ", ".join(str(row) for row in queryset.filter(pk__in=keys)) or NOTHING
    if isinstance(field_, forms.ChoiceField):
        labels = {str(key): str(label) for key, label in field_.choices}  # type: ignore[misc, union-attr]
        return ", ".join(labels.get(value, value) for value in values) or NOTHING
    if isinstance(field_, forms.BooleanField):
        return "yes" if values else "no"
    return " ".join(values) or NOTHING


def linked_rows(records: Iterable[Any]) -> dict[tuple[type[Any], int, str], list[Any]]:
    """What the records' many-to-many fields named and what is still here: two queries a field."""
    keys = linked_keys(records)
    wanted: dict[Any, set[int]] = defaultdict(set)
    for (kind, _, name), found in keys.items():
        wanted[_linked_by(kind, name)].update(found)
    rows = {model: model._base_manager.in_bulk(found) for model, found in wanted.items()}
    return {
        (kind, record, name): [row for key in found if (row := rows[_linked_by(kind, name)].get(key))]
        for (kind, record, name), found in keys.items()
    }


def _linked_by(kind: type[Any], name: str) -> Any:
    """The model that a many-to-many field of a kind of record leads to."""
    return kind.instance_type._meta.get_field(name).related_model


class Merge:
    """Brings a posted form up to what was saved meanwhile.

    Fields that the second left alone take over what the first saved; those that both changed keep what the
    second wrote and are reported. Rows that the first added join; rows that the second added stay.
    """

    def __init__(
        self, model_admin: Any, request: HttpRequest, row: Any, before: State, report: Report
    ) -> None:
        self.admin, self.request, self.row, self.before, self.report = (
            model_admin,
            request,
            row,
            before,
            report,
        )
        self.data: QueryDict = request.POST.copy()
        self.files: MultiValueDict[str, Any] = request.FILES.copy()
        self.linked = linked_rows(record for record in before.values() if there(record))

    def run(self) -> None:
        form_class = self.admin.get_form(self.request, self.row, change=True)

        def make(instance: Any, initial: Any) -> Any:
            return form_class(self.request.POST, self.request.FILES, instance=instance, initial=initial)

        record = self.before.get((type(self.row), self.row.pk))
        # Made anew for the form, which writes into its instance.
        now = type(self.row)._base_manager.get(pk=self.row.pk)
        self._take(self.data, self._merged("", record, now, make))
        formsets, _ = self.admin._create_formsets(self.request, self.row, change=True)
        for formset in formsets:
            if formset.is_bound and formset.management_form.is_valid():
                FormSetMerge(self, formset).run()

    def _take(self, data: Any, sent: dict[str, list[str]]) -> None:
        for name, values in sent.items():
            data.setlist(name, values) if values else data.pop(name, None)

    def as_it_was(self, record: Any) -> tuple[Any, dict[str, Any]]:
        """The row that a record is of, and what its many-to-many fields named, as a form's initial values."""
        row = record.instance
        row._state.adding = False
        links = {
            field_.name: self.linked.get((type(record), record.pk, field_.name), [])
            for field_ in record._history_m2m_fields
        }
        return row, links

    def _merged(
        self, where: str, record: Any, now: Any, make: Any, skip: Collection[str] = ()
    ) -> dict[str, list[str]]:
        """What the form is to take over from the row as it is now; what both changed is reported."""
        of_now = make(now, None)
        of_base = make(*self.as_it_was(record)) if there(record) else None
        taken: dict[str, list[str]] = {}
        for name, field_ in of_now.fields.items():
            if name in skip or field_.disabled or field_.widget.is_hidden:
                continue
            theirs = initially(of_now, name)
            if of_base is not None:
                if without_blanks(initially(of_base, name)) == without_blanks(theirs):
                    continue  # only the second changed it, if anybody
                if name not in of_base.changed_data:
                    taken |= theirs
                    continue
            if name in of_now.changed_data and theirs:
                mine = [value for key in theirs for value in self.request.POST.getlist(key)]
                shown = [value for values in theirs.values() for value in values]
                label = capfirst(str(of_now[name].label))
                self.report.conflicts.append(Conflict(where, label, said(field_, shown), said(field_, mine)))
        return taken


class FormSetMerge:
    """The same for the rows below: their forms are numbered anew."""

    def __init__(self, merge: Merge, formset: Any) -> None:
        self.merge, self.formset, self.report = merge, formset, merge.report
        self.model = formset.model
        self.skip = {"id", formset.fk.name, "DELETE", "ORDER"}
        self.now = {row.pk: row for row in formset.get_queryset()}
        self.row_of = re.compile(rf"{re.escape(formset.prefix)}-(\d+)-(.+)", re.DOTALL)

    def run(self) -> None:
        sent = [self._sent(index) for index in range(self.formset.total_form_count())]
        there_already: list[tuple[dict[str, Any], dict[str, Any]]] = []
        new = []
        posted = set()
        for index, (data, files) in enumerate(sent):
            key = (data.get("id") or [""])[-1]
            if not is_key(key):
                new.append((index, data, files))
                continue
            posted.add(int(key))
            if int(key) in self.now:
                there_already.append((self._brought_up(index, int(key), data), files))
            elif self._is_worth_keeping(index, int(key), data):
                new.append((index, {name: values for name, values in data.items() if name != "id"}, files))
        joined = [row for key, row in self.now.items() if key not in posted and not there(self._before(key))]
        there_already += [(self._shown(row), {}) for row in joined]
        there_already.sort(key=lambda each: _place(each[0]))
        again = [(data, files) for index, data, files in new if not self._is_one_of(index, joined)]
        self._write([*there_already, *again], initial=len(there_already))

    def _before(self, key: int) -> Any:
        return self.merge.before.get((self.model, key))

    def _sent(self, index: int) -> tuple[dict[str, list[str]], dict[str, list[Any]]]:
        """What was posted for one row, by field."""
        start = f"{self.formset.prefix}-{index}-"
        data, files = self.merge.data, self.merge.files
        return (
            {name.removeprefix(start): data.getlist(name) for name in data if name.startswith(start)},
            {name.removeprefix(start): files.getlist(name) for name in files if name.startswith(start)},
        )

    def _form(self, index: int, instance: Any, initial: Any = None, *, bound: bool = True) -> Any:
        request = self.merge.request
        form = self.formset.form(
            request.POST if bound else None,
            request.FILES if bound else None,
            auto_id=self.formset.auto_id,
            prefix=self.formset.add_prefix(index),
            instance=instance,
            initial=initial,
            **self.formset.get_form_kwargs(index),
        )
        self.formset.add_fields(form, index)
        return form

    def _name(self, row: Any) -> str:
        return f"{capfirst(self.model._meta.verbose_name)} “{row}”"

    def _brought_up(self, index: int, key: int, data: dict[str, list[str]]) -> dict[str, list[str]]:
        """A row that both have, with what the first changed in it."""
        row = self.model._base_manager.get(pk=key)

        def make(instance: Any, initial: Any) -> Any:
            return self._form(index, instance, initial)

        taken = self.merge._merged(self._name(self.now[key]), self._before(key), row, make, self.skip)
        start = f"{self.formset.add_prefix(index)}-"
        if taken and "DELETE" in data and any(not name.endswith("-position") for name in taken):
            self.report.notes.append(
                f"{self._name(self.now[key])} was changed meanwhile, and you ticked it for removal."
            )
        return data | {name.removeprefix(start): values for name, values in taken.items()}

    def _is_worth_keeping(self, index: int, key: int, data: dict[str, list[str]]) -> bool:
        """Whether the second changed a row that the first removed."""
        record = self._before(key)
        if "DELETE" in data or not there(record):
            return False
        row, links = self.merge.as_it_was(record)
        name = self._name(row)
        if not set(self._form(index, row, links).changed_data) - self.skip - {"position"}:
            return False
        self.report.notes.append(f"{name} was removed meanwhile, but you changed it: saving adds it again.")
        return True

    def _shown(self, row: Any) -> dict[str, list[str]]:
        """A row that the first added, as the form would have shown it."""
        form = self._form(0, row, bound=False)
        start = f"{self.formset.add_prefix(0)}-"
        shown: dict[str, list[str]] = {}
        for name in form.fields.keys() - self.skip:
            shown |= {key.removeprefix(start): values for key, values in initially(form, name).items()}
        return shown | {"id": [str(row.pk)], self.formset.fk.name: [str(self.merge.row.pk)]}

    def _is_one_of(self, index: int, joined: list[Any]) -> bool:
        """Whether a new row says what a row that joined says already: the same form, sent twice."""
        own = self.skip | {"position"}
        return any(not set(self._form(index, row).changed_data) - own for row in joined)

    def _write(self, rows: list[tuple[dict[str, Any], dict[str, Any]]], initial: int) -> None:
        data, files = self.merge.data, self.merge.files
        for store in (data, files):
            for name in [name for name in store if self.row_of.fullmatch(name)]:
                del store[name]
        for index, (own, own_files) in enumerate(rows):
            for name, values in own.items():
                if values:
                    data.setlist(f"{self.formset.prefix}-{index}-{name}", values)
            for name, values in own_files.items():
                files.setlist(f"{self.formset.prefix}-{index}-{name}", values)
        data[f"{self.formset.prefix}-TOTAL_FORMS"] = str(len(rows))
        data[f"{self.formset.prefix}-INITIAL_FORMS"] = str(initial)


def _place(row: dict[str, list[str]]) -> float:
    position = (row.get("position") or [""])[-1]
    return int(position) if position.isdecimal() else float("inf")
