"""What a plan makes and changes, thing by thing, in words: what its report counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from readinggroup.interchange.compare import name_of, short
from readinggroup.interchange.document import ReadingPart
from readinggroup.interchange.plan import Change, FieldChange, Lines, Made, Plan, Report, Slot

# How much of each list is kept with the record of an import, and shown.
MOST_SHOWN = 200
MOST_WARNINGS = 1_000


def describe(plan: Plan) -> None:
    """Name in the plan's report what it makes and changes. To be called before the plan is written."""
    _Description(plan).write()


class _Description:
    def __init__(self, plan: Plan) -> None:
        self.plan, self.report = plan, plan.report

    def write(self) -> None:
        plan = self.plan
        if plan.makes_group:
            self.report.made.append(Made("group", "the group"))
        elif plan.group_changes:
            self.report.changes.append(Change("the group", tuple(plan.group_changes)))
        for each in plan.sessions:
            name = name_of(each.slot.part)
            self._slot("session", name, each.slot)
            self._lines("reading", name, each.readings)
            self._lines("material", name, each.materials)
        for kind, slots in (("paper", plan.papers), ("resource", plan.resources), ("person", plan.people)):
            for slot in slots.values():
                self._slot(kind, f"the {kind} {name_of(slot.part)}", slot)
        self._lines("backlog", "the backlog", plan.backlog)

    def _lines(self, kind: str, where: str, lines: Lines[Any]) -> None:
        for slot in lines.slots:
            self._slot(kind, f"{where}, {self._line_name(slot.part)}", slot)

    def _slot(self, kind: str, name: str, slot: Slot[Any]) -> None:
        if slot.pk is None:
            self.report.made.append(Made(kind, name, slot.line))
        elif slot.updates:
            changes = (
                FieldChange(
                    field.replace("_", " "),
                    short(self._spelt(field, getattr(slot.part, field))),
                    short(self._spelt(field, value)),
                )
                for field, value in slot.updates.items()
            )
            self.report.changes.append(Change(name, tuple(changes), slot.line))

    def _line_name(self, part: Any) -> str:
        """A line by its own words, else by the title of what it points at."""
        slots: dict[str, Slot[Any]] = self.plan.papers
        key = getattr(part, "paper", None)
        if isinstance(part, ReadingPart) and part.resource is not None:
            slots, key = dict(self.plan.resources), part.resource
        if isinstance(part, ReadingPart) and part.same_as is not None and not part.label:
            return f"“Same as {part.same_as}”"
        if not part.label and key in slots:
            return name_of(slots[key].part)
        return name_of(part)

    def _spelt(self, field: str, value: Any) -> Any:
        """People and papers as they are called, not by their keys."""
        if not isinstance(value, list):
            return value
        things: dict[str, Slot[Any]] = {}
        if field == "presenters":
            things = dict(self.plan.people)
        elif field == "papers":
            things = dict(self.plan.papers)
        return ", ".join(
            getattr(things[each].part, "name", "") or things[each].part.title if each in things else str(each)
            for each in value
        )


def as_stored(report: Report) -> dict[str, Any]:
    """The report as the record of an import keeps it: all numbers, and the first of each list."""
    return {
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "removed": report.removed,
        "warning_count": len(report.warnings),
        "warnings": [
            {"line": notice.line, "text": notice.text} for notice in report.warnings[:MOST_WARNINGS]
        ],
        "kinds": dict(Counter(made.kind for made in report.made)),
        "made": [{"name": made.name, "line": made.line} for made in report.made[:MOST_SHOWN]],
        "changes": [
            {
                "name": change.name,
                "line": change.line,
                "fields": [
                    {"name": field.name, "before": field.before, "after": field.after}
                    for field in change.fields
                ],
            }
            for change in report.changes[:MOST_SHOWN]
        ],
        "kept_count": len(report.kept),
        "kept": [
            {
                "name": kept.name,
                "line": kept.line,
                "field": kept.field,
                "ours": kept.ours,
                "theirs": kept.theirs,
            }
            for kept in report.kept[:MOST_SHOWN]
        ],
        "removals": report.removals[:MOST_SHOWN],
        "removal_count": len(report.removals),
    }


def in_words(report: Report) -> Iterable[str]:
    """The details, a line each."""
    for made in report.made:
        yield f"created: {made.name}"
    for change in report.changes:
        fields = (
            f"{field.name} {field.before} → {field.after}" if field.after else field.name
            for field in change.fields
        )
        yield f"updated: {change.name}: {'; '.join(fields)}"
    for kept in report.kept:
        what = f"{kept.name}: {kept.field}" if kept.field else kept.name
        yield f"kept: {what}: {kept.ours} here" + (f", {kept.theirs} in the file" if kept.theirs else "")
