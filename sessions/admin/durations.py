"""How long something lasts, as people write it: 1:30 is an hour and a half."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

_CLOCK = re.compile(
    r"(?P<sign>-?)(?:(?P<days>\d{1,9})(?: days?,?)? )?(?P<hours>\d{1,6}):(?P<minutes>\d\d)(?::(?P<seconds>\d\d(?:\.\d{1,6})?))?"
)
_UNITS = re.compile(
    r"(?:(?P<days>\d{1,4}) ?d(?:ays?)?)? ?(?:(?P<hours>\d{1,5}(?:[.,]\d{1,2})?) ?h(?:ours?|rs?)?)? ?"
    r"(?:(?P<minutes>\d{1,6}) ?m?(?:in(?:utes?|s)?)?)?",
    re.IGNORECASE,
)
HOW = "Hours and minutes, such as 1:30, or 90 min."


def read_duration(text: str) -> timedelta | None:
    """What is meant by “1:30” (an hour and a half), “1:30:00”, “90 min”, “2 h”, “1 h 30”, “2 days 1:30”; else None.

    Raises OverflowError for more days than Python counts.
    """
    text = " ".join(text.split())
    found = _CLOCK.fullmatch(text) or (None if text.isdecimal() else _UNITS.fullmatch(text))
    if not text or not found:
        return None
    given = {
        name: float((value or "0").replace(",", "."))
        for name, value in found.groupdict().items()
        if name != "sign"
    }
    lasts = timedelta(**given)
    return -lasts if found.groupdict().get("sign") else lasts


def write_duration(lasts: timedelta) -> str:
    """The text that `read_duration` reads as this: 1:30, 0:45, 2 days 1:00."""
    minutes, seconds = divmod(lasts.seconds, 60)
    text = f"{minutes // 60}:{minutes % 60:02}"
    if seconds or lasts.microseconds:
        text += f":{seconds:02}" + (f".{lasts.microseconds:06}" if lasts.microseconds else "")
    return f"{lasts.days} day{'' if lasts.days == 1 else 's'} {text}" if lasts.days else text


class DurationField(forms.DurationField):
    """Hours and minutes."""

    def __init__(self, *, help_text: str = "", **kwargs: Any) -> None:
        super().__init__(
            help_text=f"{help_text.replace(' (hours:minutes:seconds)', '')} {HOW}".strip(), **kwargs
        )

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "maxlength": 50}

    def prepare_value(self, value: Any) -> Any:
        return write_duration(value) if isinstance(value, timedelta) else value

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values or isinstance(value, timedelta):
            return value or None
        try:
            lasts = read_duration(str(value))
        except OverflowError:
            raise ValidationError(
                "This is far too long. Write hours and minutes, such as 1:30, or 90 min."
            ) from None
        if lasts is None:
            raise ValidationError("Write hours and minutes, such as 1:30, or 90 min.")
        return lasts
