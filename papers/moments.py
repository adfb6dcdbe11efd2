"""The past of a row with the rows below it, such as a paper with its titles: the moments when it was saved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from papers.changes import Words
from papers.history import who_is
from papers.outlines import Line, State, differences, state, there


@dataclass
class Moment:
    """One save of a row (`root`: its model and key): its last moment (`at`), who and why, and what it changed."""

    root: tuple[Any, int]
    saved_at: datetime
    at: datetime
    user: Any
    reason: str
    before: State
    after: State
    lines: list[Line] = field(default_factory=list)
    ways: list[tuple[str, str]] = field(default_factory=list)  # where else it leads: text and address

    @property
    def version(self) -> int:
        """Its time in microseconds: a row has many records a second, but not two moments a microsecond."""
        return int(self.at.timestamp()) * 1_000_000 + self.at.microsecond

    @property
    def who(self) -> str:
        return who_is(self.user)

    @property
    def record(self) -> Any:
        """The row as it was then; None where nothing is recorded of it by then."""
        return self.after.get(self.root)

    @property
    def records_below(self) -> list[Any]:
        """The rows that were below it then."""
        return [record for each, record in self.after.items() if each != self.root and there(record)]

    @property
    def is_there(self) -> bool:
        return there(self.record)

    @property
    def kind(self) -> str:
        if self.is_there:
            is_new = self.record.was_added and not there(self.before.get(self.root))
            return "Added" if is_new else "Changed"
        return "Deleted" if self.record else "Changed"


def records(root: Any, below: Sequence[Any], key: int) -> list[Any]:
    """Every record of a row and of the rows that were ever below it, oldest first."""
    found: list[Any] = list(root.history.filter(id=key).select_related("history_user"))
    link = f"{root._meta.model_name}_id"
    for model in below:
        ever = model.history.filter(**{link: key}).values("id")
        rows = model.history.filter(id__in=ever).select_related("history_user")
        found += _seen_from(key, link, rows.order_by("history_date", "history_id"))
    return sorted(found, key=lambda record: (record.history_date, record.history_id))


def _seen_from(key: int, link: str, rows: Iterable[Any]) -> list[Any]:
    """For the row above, one that comes from another is added, and one that goes to another is removed."""
    found = []
    known: set[int] = set()
    here: set[int] = set()
    for record in rows:
        is_here = getattr(record, link) == key and record.history_type != "-"
        if is_here and record.id in known - here:
            record.history_type = "+"
        elif not is_here and record.id in here:
            record.history_type = "-"
        if is_here or record.id in here:
            found.append(record)
        known.add(record.id)
        (here.add if is_here else here.discard)(record.id)
    return found


def moments(root: Any, below: Sequence[Any], key: int) -> list[Moment]:
    """The saves of a row with those below it, newest first; `describe` says what they changed."""
    groups: dict[datetime, list[Any]] = {}
    for record in records(root, below, key):
        groups.setdefault(record.saved_at, []).append(record)
    found: list[Moment] = []
    now: State = {}
    for saved_at, group in sorted(groups.items(), key=lambda each: each[1][-1].history_date):
        before, now = now, now | state(group)
        reason = next((record.history_change_reason for record in group if record.history_change_reason), "")
        user = next((record.history_user for record in group if record.history_user), None)
        at = group[-1].history_date
        found.append(Moment((root, key), saved_at, at, user, reason, before, now))
    return found[::-1]


def describe(shown: Iterable[Moment]) -> None:
    """Say what each of these moments changed: a few queries for all of them."""
    shown = list(shown)
    touched = {
        id(record): record
        for moment in shown
        for states in (moment.before, moment.after)
        for record in states.values()
    }
    words = Words(touched.values())
    for moment in shown:
        moment.lines = differences(moment.before, moment.after, words, root=moment.root[0])


def preview(moment: Moment, below: Sequence[Any]) -> list[Line]:
    """What going back to a moment would change. Rows that came below since stay."""
    root, key = moment.root
    now = state(records(root, below, key))
    target = now | {each: record for each, record in moment.after.items() if there(record)}
    return differences(now, target, Words([*now.values(), *target.values()]), root=root)
