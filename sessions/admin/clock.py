"""When a session starts, as it is typed: a day and a time on the clock of the zone that the form was made in."""

from __future__ import annotations

from datetime import date, datetime, time, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from papers.adminbase import DayInput
from sessions.dates import DateOutOfRangeError, moment


class ClockInput(forms.TimeInput):
    """A time of day, by the browser's own clock; seconds are shown only where there are some."""

    input_type = "time"

    def format_value(self, value: Any) -> str | None:
        if not isinstance(value, time):
            return super().format_value(value)
        return value.isoformat("auto" if value.second or value.microsecond else "minutes")


class DayAndClock(forms.SplitDateTimeWidget):
    template_name = "admin/widgets/split_datetime.html"

    def __init__(self) -> None:
        forms.MultiWidget.__init__(self, [DayInput(), ClockInput()])

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        return super().get_context(name, value, attrs) | {"date_label": "Date:", "time_label": "Time:"}


def typed_moment(text: str) -> list[date | time | None] | None:
    """The day, and the time of day if there is one, of a text such as 2026-01-31 or 2026-01-31T18:00; else None."""
    try:
        day = parse_date(text)
        found = parse_datetime(text) if day is None else None
    except ValueError:
        return None
    if found is not None and timezone.is_naive(found):
        return [found.date(), found.time()]
    return [day, None] if day else None


class MomentField(forms.SplitDateTimeField):
    """A day and a time in `zone`, which is the current one unless a form says otherwise.

    Of a time that the clock shows twice the first is meant; one that it skips is refused.
    """

    widget = DayAndClock
    zone: tzinfo | None = None

    def compress(self, data_list: Any) -> datetime | None:
        if not data_list:
            return None
        day, clock = data_list
        if day in self.empty_values:
            raise ValidationError("Say on which day, too.", code="invalid_date")
        if clock in self.empty_values:
            raise ValidationError("Say at what time, too.", code="invalid_time")
        try:
            found = moment(day, clock, self._zone)
        except DateOutOfRangeError as error:
            raise ValidationError(str(error)) from error
        if found.at.replace(tzinfo=None) != datetime.combine(day, clock):
            raise ValidationError(
                f"The clocks skip {clock:%H:%M} that day. Choose another time, such as {found.at:%H:%M}."
            )
        return found.at

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether another moment is typed than is shown: the second of two equal times is shown like the first."""
        if not isinstance(initial, datetime) or not data or len(data) != 2:
            return super().has_changed(initial, data)
        shown = initial.astimezone(self._zone)
        return [self._as_typed(*field) for field in zip(self.fields, data, strict=True)] != [
            shown.date(),
            shown.time(),
        ]

    @property
    def _zone(self) -> tzinfo:
        return self.zone or timezone.get_current_timezone()

    def _as_typed(self, field: forms.Field, value: Any) -> date | time | None:
        try:
            typed: date | time | None = field.to_python(value)
        except ValidationError:
            return None
        return typed


class ClockForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form with the field `starts_at` that says in which zone its time is meant: the group may get another meanwhile."""

    zone = forms.CharField(
        required=False,
        max_length=100,
        widget=forms.HiddenInput,
        help_text="The zone in which the time above is meant.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["zone"] = str(timezone.get_current_timezone())
        field = self.fields.get("starts_at")
        posted = self.data.get(self.add_prefix("zone")) if self.is_bound else None
        if isinstance(field, MomentField) and posted and posted != self.initial["zone"]:
            try:
                field.zone = ZoneInfo(str(posted))
            except (ZoneInfoNotFoundError, ValueError, OSError):
                return
            field.help_text = f"In the time zone {posted}, which was the group's when you opened this."

    def clean_starts_at(self) -> Any:
        """A moment that nobody changed stays the one that it was."""
        untouched = self.instance.pk and "starts_at" not in self.changed_data
        return self.instance.starts_at if untouched else self.cleaned_data["starts_at"]
