"""A session's past: its saves with readings and materials, and going back to any of them, which is a save itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.db.models import Max, Q

from papers import moments as papers_moments
from papers.changes import Words, linked_keys
from papers.models import Paper, PaperAlias, Resource
from papers.moments import Moment, records
from papers.outlines import Line, differences, state, there
from papers.putback import bring_back, fill, last_alive
from sessions.models import Material, Person, PersonSlug, Reading, Session, SessionSlug

LINES: tuple[Any, ...] = (Reading, Material)
# What a line points at, where the line has no words of its own.
TARGETS: tuple[tuple[str, Any], ...] = (("paper", Paper), ("resource", Resource), ("same_as", Session))


@dataclass
class Reverted:
    """A session that is as it was, and what of it could not be brought back, in words."""

    session: Session
    lost: list[str] = field(default_factory=list)


def moments(session: int) -> list[Moment]:
    """The saves of a session, newest first."""
    return papers_moments.moments(Session, LINES, session)


def preview(session: int, moment: Moment) -> list[Line]:
    """What going back to a moment would change."""
    now = state(records(Session, LINES, session))
    newer = _newer_than(moment, now)
    target = {key: record for key, record in now.items() if key not in newer} | moment.after
    return differences(now, target, Words([*now.values(), *target.values()]), root=Session)


def _newer_than(moment: Moment, keys: Iterable[tuple[Any, int]]) -> set[tuple[Any, int]]:
    """Those of the rows that were made after the moment; what is older than its history was not. A query a model."""
    unknown: dict[Any, list[int]] = {}
    for model, pk in keys:
        if (model, pk) not in moment.after:
            unknown.setdefault(model, []).append(pk)
    return {
        (model, pk)
        for model, keys_of_it in unknown.items()
        for pk in model.history.filter(id__in=keys_of_it, history_type="+").values_list("id", flat=True)
    }


@transaction.atomic
def revert(session: int, moment: Moment) -> Reverted:
    """Make a session what it was after a moment, with its readings and materials, each under its old key.

    Rows that have no record by then, because they are older than their history, stay. Raises ValidationError,
    or what the database refuses with, and then nothing has changed.
    """
    record = moment.after.get((Session, session))
    if not there(record):
        raise ValidationError("The session was not there at that moment.")
    record = last_alive(record)
    lost: list[str] = []
    row = Session.objects.select_for_update().filter(pk=session).first()
    if row is None:
        row = _session_again(record, lost)
    lines = {(model, line.pk): line for model in LINES for line in model.objects.filter(session=session)}
    newer = _newer_than(moment, lines)
    for key, line in lines.items():
        if key in newer or (key in moment.after and not there(moment.after[key])):
            line.delete()
    if fill(row, record):
        row.full_clean()
    # Saved in any case: who looks at the session sees that it is another revision.
    row.save()
    row.refresh_from_db()
    people = _People(lost)
    people.set(row, record)
    for (model, pk), line_record in moment.after.items():
        if model in LINES and there(line_record):
            _line(model, pk, line_record, people, lost)
    connection.check_constraints()
    return Reverted(row, lost)


def _session_again(record: Any, lost: list[str]) -> Session:
    """A deleted session, under its old key, with the addresses that it had."""
    row: Session = record.instance
    row._state.adding = True
    # Calendars pass over what has a lower number than they have seen.
    row.revision = Session.history.filter(id=row.pk).aggregate(last=Max("revision"))["last"]
    row.full_clean()
    models.Model.save(row, force_insert=True)
    known = SessionSlug.history.filter(session_id=row.pk).order_by("history_id")
    for slug in state(known).values():
        taken = Q(slug=slug.slug)
        if (
            SessionSlug.objects.filter(taken).exists()
            or Session.objects.filter(taken).exclude(pk=row.pk).exists()
        ):
            lost.append(f"The address /sessions/{slug.slug}/ leads to another session now.")
            continue
        SessionSlug(pk=slug.id, session=row, slug=slug.slug).save(force_insert=True)
    row._state.adding = False
    return row


def _line(model: Any, pk: int, record: Any, people: _People, lost: list[str]) -> None:
    """A reading or material as it was; only what differs is written."""
    line = model.objects.filter(pk=pk).first()
    is_new = line is None
    if line is None:
        line = record.instance
        line._state.adding = True
    differs = fill(line, record)
    if model is Reading:
        differs = _find_targets(line, record, lost) or differs
    if is_new or differs:
        line.full_clean()
        line.save(force_insert=is_new)
    people.set(line, record)


def _find_targets(line: Any, record: Any, lost: list[str]) -> bool:
    """Point a reading at what its target has become, or let its words stand alone; whether that was needed."""
    differs = False
    for name, model in TARGETS:
        key = getattr(record, f"{name}_id")
        if key is None or model._base_manager.filter(pk=key).exists():
            continue
        differs = True
        past = model.history.filter(id=key).exclude(history_type="-").order_by("-history_id").first()
        found = None if past is None or model is Session else _become(model, past)
        setattr(line, name, found)
        called = str(past.instance) if past else "what it pointed at"
        if found is None:
            line.label = (line.label or f"{'Same as ' if model is Session else ''}{called}")[:500]
            lost.append(f"“{called}” is gone: its line keeps the words, without a link.")
        elif found.pk == key:
            lost.append(f"“{called}” was deleted and has been brought back.")
    return differs


def _become(model: Any, past: Any) -> Any:
    """What a paper or resource that is gone has become: the one it was merged into, else itself, brought back."""
    if model is Resource:
        other: Any = Resource.objects.filter(url=past.url).first()
    else:
        names = (("arxiv", past.arxiv_id), ("doi", past.doi), ("url", past.url), ("slug", past.slug))
        own = Q(*[(name, value) for name, value in _own(past)], _connector=Q.OR)
        alias = Q(*[Q(kind=kind, value=value) for kind, value in names if value], _connector=Q.OR)
        other = Paper.objects.filter(own).first()
        if other is None and (found := PaperAlias.objects.filter(alias).select_related("paper").first()):
            other = found.paper
        other = other or Paper.objects.known_as(past.title).first()
    return other or _again(past)


def _own(past: Any) -> list[tuple[str, str]]:
    fields = ("arxiv_id", "doi", "url", "slug")
    return [(name, getattr(past, name)) for name in fields if getattr(past, name)]


def _again(past: Any) -> Any:
    """The row of a record, brought back; None where the database holds something in its place."""
    try:
        with transaction.atomic():
            return bring_back(past)
    except ValidationError:
        return None


class _People:
    """Presenters as they were: who was merged into somebody is that person now, who was deleted comes back."""

    def __init__(self, lost: list[str]) -> None:
        self.lost = lost
        self.found: dict[int, Person | None] = {}

    def set(self, row: Any, record: Any) -> None:
        """Name in `row.presenters` whom the record names."""
        keys = linked_keys([record])[type(record), record.pk, "presenters"]
        wanted = {person for key in keys if (person := self._person(key))}
        if wanted != set(row.presenters.all()):
            row.presenters.set(wanted)

    def _person(self, key: int) -> Person | None:
        if key not in self.found:
            self.found[key] = Person.objects.filter(pk=key).first() or self._become(key)
        return self.found[key]

    def _become(self, key: int) -> Person | None:
        past = Person.history.filter(id=key).exclude(history_type="-").order_by("-history_id").first()
        if past is None:
            self.lost.append("Somebody who presented is gone.")
            return None
        slug = PersonSlug.objects.filter(slug=past.slug).select_related("person").first()
        other = slug.person if slug else Person.objects.known_as(past.name).first()
        if other:
            return other
        again: Person | None = _again(past)
        self.lost.append(
            f"{past.name} was deleted and has been brought back." if again else f"{past.name} is gone."
        )
        return again
