"""What was saved last, by whom: one line a save, however many rows it touched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db.models import (
    BigIntegerField,
    Count,
    F,
    Max,
    Min,
    Model,
    OuterRef,
    Q,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Concat, NullIf, Trim
from django.urls import reverse

from papers.models import Paper, PaperAlias, PaperTitle, Resource
from papers.tex import to_text
from sessions.models import (
    BacklogEntry,
    Group,
    Material,
    Person,
    PersonName,
    PersonSlug,
    Reading,
    Session,
    SessionSlug,
)

# How far back each model's records are looked through: more than any import writes at once into most.
RECORDS = 3000
# Whose rows have a page of their own in the admin, with the field that names them.
THINGS: dict[type[Model], str] = {
    Session: "title",
    Paper: "title",
    Person: "name",
    Resource: "title",
    Group: "name",
    BacklogEntry: "label",
}
# What belongs to them, with the column that says to which.
PARTS: dict[type[Model], tuple[type[Model], str]] = {
    Reading: (Session, "session_id"),
    Material: (Session, "session_id"),
    SessionSlug: (Session, "session_id"),
    PaperTitle: (Paper, "paper_id"),
    PaperAlias: (Paper, "paper_id"),
    PersonName: (Person, "person_id"),
    PersonSlug: (Person, "person_id"),
}
# They follow from other fields, and tell nobody anything.
SILENT_PARTS = {SessionSlug, PaperTitle, PersonName, PersonSlug, PaperAlias}
SILENT_FIELDS = {"revision", "slug", "id", "file_size"}


# As `papers.adminhistory.who_is` says it.
NAME_OF_THE_USER = Coalesce(
    NullIf(Trim(Concat("history_user__first_name", Value(" "), "history_user__last_name")), Value("")),
    F("history_user__username"),
)


@dataclass
class Touched:
    """What a save did to the rows of one model."""

    rows: int
    first: int  # the lowest key among them
    record: int  # the last record's key
    verb: str
    name: str
    number: int | None
    owners: tuple[int, int] | None  # the lowest and highest key of what they belong to


def verb_of(row: dict[str, Any]) -> str:
    """What a save did to rows, which it may have recorded several times: added, and then put in order."""
    if row["added"] == row["rows"] > row["removed"]:
        return "added"
    return "removed" if row["removed"] == row["rows"] else "changed"


@dataclass
class Save:
    """One save, as a line: “Ada changed Week 12: title, 2 readings”."""

    at: datetime
    who: str
    reason: str
    touched: dict[type[Model], Touched] = field(default_factory=dict)
    thing: str = ""  # what it was about
    verb: str = "changed"
    details: str = ""
    address: str = ""  # the history of that thing


def recent_changes(models: Collection[type[Model]], most: int) -> list[Save]:
    """The last saves that touched these models, newest first. Five queries at most, whatever there is.

    The record that a row's save leaves has the moment its transaction began (`saved_at`): what has that and the
    user in common is one save.
    """
    wanted = [model for model in (*THINGS, *PARTS) if model in models]
    if not wanted:
        return []
    by_name = {model._meta.model_name: model for model in wanted}
    first, *others = (_records(model) for model in wanted)
    # A save may have touched as many models as there are.
    found = first.union(*others, all=True).order_by("-saved_at", "-last")[: most * len(wanted)]
    saves: dict[tuple[datetime, str], Save] = {}
    for row in found:
        key = (row["saved_at"], row["who"] or "")
        save = saves.setdefault(key, Save(row["saved_at"], row["who"] or "", ""))
        save.reason = save.reason or row["reason"] or ""
        owners = None if row["owner_from"] is None else (row["owner_from"], row["owner_to"])
        save.touched[by_name[row["model"]]] = Touched(
            row["rows"], row["first"], row["last"], verb_of(row), row["name"] or "", row["number"], owners
        )
    newest = list(saves.values())[:most]
    _tell(newest)
    return newest


def _records(model: type[Any]) -> Any:
    """A model's latest records, summed up by save; the same columns for every model."""
    records = model.history.model.objects
    newest = records.order_by().values(one=Value(1)).annotate(last=Max("history_id")).values("last")
    owner = PARTS[model][1] if model in PARTS else None
    nothing = Cast(Value(None), BigIntegerField())  # of one type in all parts of the union
    return (
        records.filter(history_id__gt=Subquery(newest) - RECORDS)
        .order_by()
        .annotate(model=Value(model._meta.model_name, output_field=TextField()), who=NAME_OF_THE_USER)
        .values("saved_at", "who", "model")
        .annotate(
            rows=Count("id", distinct=True),
            first=Min("id"),
            last=Max("history_id"),
            added=Count("id", distinct=True, filter=Q(history_type="+")),
            removed=Count("id", distinct=True, filter=Q(history_type="-")),
            reason=Max("history_change_reason"),
            name=Cast(Max(THINGS[model]), TextField())
            if model in THINGS
            else Value("", output_field=TextField()),
            number=Cast(Max("number"), BigIntegerField()) if model is Session else nothing,
            owner_from=Min(owner) if owner else nothing,
            owner_to=Max(owner) if owner else nothing,
        )
    )


def _tell(saves: list[Save]) -> None:
    """Put the saves into words."""
    word = Group.objects.current().session_word
    about = {id(save): _subject(save) for save in saves}
    unnamed = [key for model, key, named in about.values() if model is Session and not named]
    sessions = Session.objects.in_bulk(unnamed) if unnamed else {}
    fields = _changed_fields(saves)
    for save in saves:
        model, key, _ = about[id(save)]
        save.thing = _many(save)
        if model and key:
            own = save.touched.get(model)
            save.thing = _name(model, key, own, sessions, word)
            save.verb = own.verb if own else "changed"
            save.address = reverse(
                f"admin:{model._meta.app_label}_{model._meta.model_name}_history", args=[key]
            )
            parts = [*fields.get((model, own.record), [])] if own else []
            # Not how many: to add one line moves the others on.
            parts += [
                str(part._meta.verbose_name_plural)
                for part in save.touched
                if part not in {model, *SILENT_PARTS}
            ]
            save.details = ", ".join(parts) if save.verb == "changed" else ""
        elif len({done.verb for done in save.touched.values()}) == 1:
            save.verb = next(iter(save.touched.values())).verb


def _subject(save: Save) -> tuple[type[Model] | None, int, bool]:
    """The one thing that a save was about, and whether its own record names it; no model where it was several.

    A session's form makes papers and people, and a paper's moves a line of the backlog: what a save did to one thing
    is about that thing, the first in the order of `THINGS`.
    """
    found: dict[type[Model], set[int]] = defaultdict(set)
    for model, done in save.touched.items():
        if model in THINGS:
            found[model] |= {done.first} if done.rows == 1 else {0, done.first}
        elif done.owners:
            found[PARTS[model][0]] |= set(done.owners)
    about = next((model for model in THINGS if model in found), None)
    if about is None or len(found[about]) > 1:
        return None, 0, False
    return about, found[about].pop(), about in save.touched


def _name(model: type[Model], key: int, own: Touched | None, sessions: dict[int, Session], word: str) -> str:
    if model is Session:
        if own and own.number is not None:
            return f"{Session(number=own.number).called(word)}: {to_text(own.name)}"
        session = sessions.get(key)
        return f"{session.called(word)}: {to_text(session.title)}" if session else "a session that is gone"
    kind = str(model._meta.verbose_name)
    return f"{kind} {to_text(own.name)}".strip() if own and own.name else f"a {kind}"


def _many(save: Save) -> str:
    """5 sessions, 12 readings."""
    models = [model for model in save.touched if model not in SILENT_PARTS] or list(save.touched)
    models.sort(key=[*THINGS, *PARTS].index)
    return ", ".join(_counted(model, save.touched[model]) for model in models)


def _counted(model: type[Model], done: Touched) -> str:
    meta = model._meta
    plural = {"BacklogEntry": "backlog entries"}.get(model.__name__, str(meta.verbose_name_plural))
    return f"{done.rows:,} {meta.verbose_name if done.rows == 1 else plural}"


def _changed_fields(saves: list[Save]) -> dict[tuple[type[Model], int], list[str]]:
    """The fields that the last record of a session or paper changed, by that record. A query for each of the two."""
    changed: dict[tuple[type[Model], int], list[str]] = {}
    for model in (Session, Paper):
        keys = [
            save.touched[model].record
            for save in saves
            if model in save.touched
            and save.touched[model].rows == 1
            and save.touched[model].verb == "changed"
        ]
        if not keys:
            continue
        records = model.history.model.objects
        earlier = records.filter(id=OuterRef("id"), history_id__lt=OuterRef("history_id")).order_by(
            "-history_id"
        )
        before = records.filter(pk__in=keys).values(before=Subquery(earlier.values("history_id")[:1]))
        by_row: dict[int, list[Any]] = defaultdict(list)
        for record in records.filter(Q(pk__in=keys) | Q(pk__in=before)).order_by("id", "history_id"):
            by_row[record.id].append(record)
        for rows in by_row.values():
            for old, new in pairwise(rows):
                changed[model, new.pk] = [
                    str(one.verbose_name)
                    for one in model._meta.concrete_fields
                    if one.name not in SILENT_FIELDS
                    and getattr(old, one.attname) != getattr(new, one.attname)
                ]
    return changed
