"""Lines that stand in an order: readings, materials, the backlog."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django import forms
from django.db.models import Max, QuerySet
from django.http import HttpRequest

from papers.adminbase import InlineFormSet, SharedFields, StackedInline
from sessions.admin.names import NamesForm
from sessions.order import rearranged


def put_last(line: Any, lines: QuerySet[Any]) -> None:
    """Without a position, a line comes after the others."""
    if line.position is None:
        last = lines.aggregate(last=Max("position"))["last"]
        line.position = 0 if last is None else last + 1


def renumber(lines: QuerySet[Any], moved: Collection[int]) -> None:
    """Number the lines from 1. Those that were `moved` get the places they were given, the others close up."""
    rows = list(lines.order_by("position", "id"))
    number_from_1(rearranged(rows, {row.pk: row.position for row in rows if row.pk in moved}))


def number_from_1(rows: Iterable[Any]) -> int:
    """Give rows the positions 1, 2, … in this order; how many that changed. Row by row: each change is recorded."""
    changed = 0
    for position, row in enumerate(rows, 1):
        if row.position != position:
            row.position = position
            row.save(update_fields=["position"])
            changed += 1
    return changed


def was_moved(form: Any) -> bool:
    """Whether somebody typed a position, not just left it as it was or empty."""
    return "position" in form.changed_data and form.cleaned_data.get("position") is not None


def may_have_no_position(field: forms.Field | None) -> forms.Field | None:
    if field:
        field.required, field.initial = False, None
        field.help_text += " Left empty, it comes last."
    return field


def is_going(form: Any) -> bool:
    """Whether somebody ticked this line for removal."""
    return bool(getattr(form, "cleaned_data", {}).get("DELETE"))


class LineForm(NamesForm):
    """One line: what it is, and below that what most lines do without, folded away while it is empty."""

    chief = ""  # the field that says what the line is
    more: tuple[str, ...] = ()

    @property
    def has_more(self) -> bool:
        """Whether there is something to see among the fields that are folded away."""
        return any(self[name].value() or name in self.errors for name in self.more if name in self.fields)

    @property
    def lines(self) -> int:
        """How many lines the row stands for: none where it is new and nobody touched it."""
        return 1 if self.instance.pk or self.has_changed() else 0


class LineFormSet(InlineFormSet):
    """Lines in their order; new ones last, in the order they were written."""

    default_error_messages = {  # noqa: RUF012  (as Django declares it)
        "too_many_forms": "These are more rows than can be looked at: a session can have %(num)d. Spread them over several."
    }

    def clean(self) -> None:
        """Say at the first new row that is too much how many lines a session can have. What is there already may stay."""
        super().clean()
        lines = 0
        for form in self.forms:
            if is_going(form):
                continue
            lines += form.lines
            if lines > self.max_num and form.lines and not form.instance.pk:
                form.add_error(
                    form.chief,
                    f"A session can have {self.max_num} {form.instance._meta.verbose_name_plural}; with this it would"
                    f" have {lines}. Spread them over several sessions.",
                )
                break

    def save_new(self, form: Any, commit: bool = True) -> Any:
        put_last(form.instance, type(form.instance).objects.filter(session=self.instance))
        return super().save_new(form, commit=True)

    def save_existing(self, form: Any, obj: Any, commit: bool = True) -> Any:
        put_last(obj, type(obj).objects.filter(session=self.instance))
        return super().save_existing(form, obj, commit)

    def save(self, commit: bool = True) -> Any:
        saved = super().save(commit)
        renumber(self.get_queryset().model._default_manager.filter(session=self.instance), self.moved())
        return saved

    def moved(self) -> set[int]:
        """The lines that were given a place."""
        return {form.instance.pk for form in self.forms if was_moved(form)}


class LineInline(SharedFields, StackedInline):
    template = "admin/sessions/lines.html"
    formset = LineFormSet
    extra = 0
    max_num: int

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """An import may add lines to those that are here; more than twice as many are forged, and not looked at."""
        return super().get_formset(request, obj, absolute_max=2 * type(self).max_num, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        return may_have_no_position(field) if db_field.name == "position" else field
