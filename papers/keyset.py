"""Pages of a long list without OFFSET and COUNT: each starts where a value ends, however far in it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import models
from django.http import Http404
from django.utils.text import Truncator

PAGE_SIZE = 100  # rows


class NoPlaceError(Http404):
    """A list has no such page; the words say why."""


@dataclass(frozen=True)
class Page[M: models.Model]:
    """Some rows in the list's order, and the values that lead on: `?before=` and `?after=`, None at an end."""

    rows: list[M]
    before: object | None
    after: object | None


def page_of[M: models.Model](
    rows: models.QuerySet[M],
    field: str,
    query: Mapping[str, str],
    *,
    newest_first: bool = False,
) -> Page[M]:
    """The page of `rows` that a query string asks for, by a unique `field` that gives the list its order.

    `before` asks for rows with smaller values, `after` for rows with greater ones, whichever way the list
    runs; `from` for this one and greater ones. Raises NoPlaceError for a value that the field cannot have, and for a
    page with nothing on it.
    """
    before, after, start = query.get("before"), query.get("after"), query.get("from")
    comes_in = before is None and after is None and start is None
    backwards = newest_first if comes_in else before is not None
    if before is not None:
        rows = rows.filter(**{f"{field}__lt": _value(rows, field, before)})
    elif after is not None:
        rows = rows.filter(**{f"{field}__gt": _value(rows, field, after)})
    elif start is not None:
        rows = rows.filter(**{f"{field}__gte": _value(rows, field, start)})
    found = list(rows.order_by(f"-{field}" if backwards else field)[: PAGE_SIZE + 1])
    goes_on, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    if not found:
        if not comes_in:
            raise NoPlaceError("There is nothing on this page of the list.")
        return Page([], None, None)
    if backwards:
        found.reverse()
    smallest, greatest = getattr(found[0], field), getattr(found[-1], field)
    if newest_first:
        found.reverse()
    return Page(
        found,
        before=smallest if (goes_on if backwards else not comes_in) else None,
        after=greatest if (before is not None if backwards else goes_on) else None,
    )


def _value(rows: models.QuerySet[models.Model], field: str, text: str) -> object:
    try:
        return rows.model._meta.get_field(field).clean(text, None)  # type: ignore[union-attr]  # a plain field
    except ValidationError as error:
        raise NoPlaceError(f"The list has no place “{Truncator(text).chars(40)}”.") from error
