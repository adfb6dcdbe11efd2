"""A row with the rows below it, such as a session with its readings: its state by records, and how two states differ."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.text import capfirst

from papers.changes import Change, Words, changes

# The newest record of each row, by model and primary key; deleted rows are in it with their deletion.
State = dict[tuple[Any, int], Any]


@dataclass
class Line:
    """What happened to one row, or to the order of some (`how` is "put in order")."""

    what: str
    how: str
    name: str = ""
    changes: list[Change] = field(default_factory=list)


def there(record: Any) -> bool:
    """Whether a row was there after this record of it."""
    return record is not None and record.history_type != "-"


def state(records: Iterable[Any]) -> State:
    """The newest of records that come oldest first; each knows whether its row was added among them (`was_added`)."""
    found: State = {}
    for record in records:
        key = (record.instance_type, record.id)
        earlier = found.get(key)
        record.was_added = record.history_type == "+" or (earlier is not None and earlier.was_added)
        found[key] = record
    return found


def differences(before: State, after: State, words: Words, *, root: Any) -> list[Line]:
    """How a state became another: what was added, changed, removed, put in another order. `root` is the row's model.

    A row of which `before` has no record, and which was not added since, is older than its history: it is left out,
    since nobody knows what it was.
    """
    found = []
    for key, record in after.items():
        model, _ = key
        old = before.get(key)
        what = capfirst(model._meta.verbose_name)
        apart_from = ("position", root._meta.model_name) if model is not root else ()
        name = "" if model is root else words.called(record if there(record) else old or record)
        if record is old or (old is None and there(record) and not record.was_added):
            continue
        if there(record) and not there(old):
            said = changes(None, record, words, apart_from=apart_from)
            found.append(Line(what, "added", name, [change for change in said if change.new != name]))
        elif there(old) and not there(record):
            found.append(Line(what, "removed", name))
        elif there(record) and (changed := changes(old, record, words, apart_from=apart_from)):
            found.append(Line(what, "changed", name, changed))
    found += [
        Line(capfirst(before_key._meta.verbose_name), "removed", words.called(old))
        for (before_key, pk), old in before.items()
        if there(old) and (before_key, pk) not in after
    ]
    return found + _orders(before, after, words)


def _orders(before: State, after: State, words: Words) -> list[Line]:
    """For each kind of row whose rows stand in another order now: the new order."""
    found = []
    for model in {key[0]: None for key in after}:
        if not any(each.name == "position" for each in model._meta.fields):
            continue
        stayed = [key for key in after if key[0] is model and there(after[key]) and there(before.get(key))]
        was, now = (
            sorted(stayed, key=lambda key: (states[key].position, key[1])) for states in (before, after)
        )
        if was != now:
            names = " · ".join(words.called(after[key]) for key in now)
            found.append(Line(capfirst(model._meta.verbose_name_plural), "put in order", names))
    return found
