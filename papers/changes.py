"""What changed between two records of a row, in an organizer's words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import takewhile
from typing import Any

from django.db import models
from django.utils import formats, timezone
from simple_history.models import HistoricalRecords

from papers.tex import to_text

NOTHING = "nothing"
# Of a long text only what changed is shown, with so many letters before and after it.
LONG, AROUND, MOST = 160, 40, 600


@dataclass(frozen=True)
class Change:
    """A field of a row, and what it said before and after."""

    field: str
    old: str
    new: str


def linked_keys(records: Iterable[Any]) -> dict[tuple[type[Any], int, str], list[int]]:
    """What the records' many-to-many fields named: by kind of record, `history_id` and field. A query a field."""
    found: dict[tuple[type[Any], int, str], list[int]] = {}
    by_kind: dict[type[Any], list[int]] = defaultdict(list)
    for record in records:
        by_kind[type(record)].append(record.pk)
    for kind, keys in by_kind.items():
        for field in kind._history_m2m_fields:
            found |= {(kind, key, field.name): [] for key in keys}
            links = HistoricalRecords.m2m_models[field].objects.filter(history__in=keys)
            for key, linked in links.order_by("pk").values_list("history_id", field.m2m_reverse_name()):
                found[kind, key, field.name].append(linked)
    return found


class Words:
    """How the values of records are said: what they point at by its name, gone or not. A few queries for all."""

    def __init__(self, records: Iterable[Any]) -> None:
        records = list(records)
        self._linked = linked_keys(records)
        self._names: dict[tuple[type[models.Model], Any], str] = {}
        wanted: dict[type[models.Model], set[Any]] = defaultdict(set)
        for record in records:
            for field in record.tracked_fields:
                if field.is_relation and getattr(record, field.attname) is not None:
                    wanted[field.related_model].add(getattr(record, field.attname))
        for (kind, _, name), keys in self._linked.items():
            wanted[kind.instance_type._meta.get_field(name).related_model] |= set(keys)
        for model, ids in wanted.items():
            self._names |= {(model, key): name for key, name in _names(model, ids).items()}

    def links(self, record: Any, field: Any) -> list[int]:
        """The keys that a many-to-many field of a record named."""
        return self._linked.get((type(record), record.pk, field.name), [])

    def know(self, model: Any, key: Any, name: str) -> None:
        """Call a row so from now on."""
        self._names[model, key] = name

    def name(self, model: Any, key: Any) -> str:
        return self._names.get((model, key), f"a {model._meta.verbose_name} that is gone")

    def value(self, field: Any, value: Any) -> str:
        """One value of one field, as it is shown."""
        if value is None or value == "":
            return NOTHING
        if field.is_relation:
            return self.name(field.related_model, value)
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(field, models.FileField):
            return str(value).rpartition("/")[2]  # the folder is nobody's business
        if field.choices:
            return str(dict(field.flatchoices).get(value, value))
        if isinstance(value, datetime):
            return formats.date_format(timezone.localtime(value), "D j M Y, H:i")
        return formats.date_format(value, "j M Y") if isinstance(value, date) else str(value)

    def values(self, record: Any, field: Any) -> str:
        """What a many-to-many field of a record named."""
        names = sorted(self.name(field.related_model, key) for key in self.links(record, field))
        return ", ".join(names) or NOTHING

    def called(self, record: Any) -> str:
        """What a row was called, without asking the database for what it points at."""
        for name in ("label", "title", "name", "key", "slug", "value"):
            if said := getattr(record, name, ""):
                return to_text(str(said))
        for field in record.tracked_fields:
            value = getattr(record, field.attname)
            if field.is_relation and value is not None and field.name != "session":
                return self.name(field.related_model, value)
        for name in ("kind", "number"):
            if said := getattr(record, name, ""):
                return self.value(record._meta.get_field(name), said)
        return f"number {record.id}"


def _names(model: type[Any], keys: Collection[Any]) -> dict[Any, str]:
    """Rows by name; those that are gone by what they were called last."""
    names = {row.pk: str(row) for row in model._base_manager.filter(pk__in=keys)}
    gone = set(keys) - names.keys()
    if gone and hasattr(model, "history"):
        for record in model.history.filter(id__in=gone, history_type="-").order_by("history_id"):
            names[record.id] = f"{record.instance} (deleted)"
    return names


def changes(old: Any, new: Any, words: Words, *, apart_from: Collection[str] = ()) -> list[Change]:
    """What `new` says differently from `old`, two records of a row; `old` may be None: the row was new then."""
    found = []
    for field in new.tracked_fields:
        if field.primary_key or not field.editable or field.name in apart_from:
            continue
        before = getattr(old, field.attname) if old else None
        after = getattr(new, field.attname)
        if before == after or (old is None and after in (None, "", False)):
            continue
        found.append(_change(field, words.value(field, before), words.value(field, after)))
    if "-" not in (new.history_type, old and old.history_type):  # of a deleted row nobody recorded the links
        for field in new._history_m2m_fields:
            before = set(words.links(old, field)) if old else set()
            if field.name not in apart_from and before != set(words.links(new, field)):
                said = words.values(old, field) if old else NOTHING
                found.append(_change(field, said, words.values(new, field)))
    return found


def _change(field: Any, old: str, new: str) -> Change:
    name = str(field.verbose_name)
    return Change(name[:1].upper() + name[1:], *apart(old, new))


def apart(old: str, new: str) -> tuple[str, str]:
    """Two texts, cut to where they differ."""
    if max(len(old), len(new)) > LONG and NOTHING not in (old, new):
        start = _alike(old, new)
        end = _alike(old[start:][::-1], new[start:][::-1])
        start, end = max(0, start - AROUND), max(0, end - AROUND)
        old, new = (
            f"{'…' if start else ''}{text[start : len(text) - end]}{'…' if end else ''}"
            for text in (old, new)
        )
    return tuple(text if len(text) <= MOST else f"{text[:MOST]}…" for text in (old, new))  # type: ignore[return-value]


def _alike(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
