"""Three-way, field by field and list by list.

A field counts as changed by whoever made it differ from the base, what the last import said. Where the file alone
changed it, the file's comes in; where an organizer did, theirs stays; where both did, too, and a warning says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from readinggroup.interchange.document import MaterialPart, Part, SessionPart
from readinggroup.interchange.errors import Notice
from readinggroup.interchange.plan import Lines, Report, Slot

# Made by the site while a file leaves it open: no sign of an organizer's hand.
AUTOMATIC = {"slug"}


class Comparison:
    """Compares base, file and site, and counts and warns as it goes."""

    def __init__(self, report: Report, *, prune: bool) -> None:
        self.report, self.prune = report, prune

    def warn(self, at: Part | Slot[Any] | None, text: str) -> None:
        self.report.warnings.append(Notice((at.line if at else None) or 1, text))

    def fields(
        self, what: str, base: Part | None, file: Part, current: Part, names: Sequence[str]
    ) -> dict[str, Any]:
        """Which fields of `current` to set. Where both sides changed one, the organizer's stays, with a warning."""
        updates: dict[str, Any] = {}
        for name in names:
            said, stands = getattr(file, name), getattr(current, name)
            if name not in file.model_fields_set or said == stands or (name in AUTOMATIC and not said):
                continue
            before = _base_value(base, file, name)
            if name in AUTOMATIC and not before:
                before = stands
            if stands == before:
                updates[name] = said
            elif said != before:
                self.warn(
                    file,
                    f"{what}: {name.replace('_', ' ')} was changed both here and in the file; kept {_short(stands)}",
                )
        return updates

    def count(self, *, created: bool = False, updated: bool = False) -> None:
        if created:
            self.report.created += 1
        elif updated:
            self.report.updated += 1
        else:
            self.report.unchanged += 1

    def is_edited(self, base: Part, current: Part, names: Iterable[str]) -> bool:
        return any(getattr(current, name) != getattr(base, name) for name in names if name not in AUTOMATIC)

    # --- Lists ---------------------------------------------------------------------------------------------

    def lines[P: Part](
        self, where: str, base: dict[Any, P], file: dict[Any, P], current: dict[Any, P], names: Sequence[str]
    ) -> Lines[P]:
        """Readings, materials or backlog: fields one by one, the order as a whole."""
        lines: Lines[P] = Lines()
        slots: dict[Any, Slot[P]] = {}
        for key, part in current.items():
            slots[key] = Slot(part, part.pk)
            if key in file:
                updates = self.fields(f"{where}, {name_of(part)}", base.get(key), file[key], part, names)
                slots[key].updates = updates
                self.count(updated=bool(updates))
            elif key in base:
                if (
                    self.prune
                    and not self.is_edited(base[key], part, names)
                    and not getattr(part, "file", "")
                ):
                    lines.removed.append(part.pk or 0)
                    self.report.removed += 1
                    del slots[key]
                else:
                    self.tell_kept(
                        None, f"{where}, {name_of(part)}", edited=self.is_edited(base[key], part, names)
                    )
        for key, part in file.items():
            if key in current:
                continue
            if key in base:
                self.tell_deleted(part, base[key], f"{where}, {name_of(part)}", names)
            else:
                slots[key] = Slot(part, None)
                self.count(created=True)
        order = self._order(where, list(base), list(file), list(current), slots)
        lines.slots = [slots[key] for key in order]
        return lines

    def _order(
        self, where: str, base: list[Any], file: list[Any], current: list[Any], kept: dict[Any, Any]
    ) -> list[Any]:
        """The order of what is kept: the file's where only the file changed it, else the organizer's."""
        common = set(base) & set(file) & set(current)
        was, said, stands = ([key for key in order if key in common] for order in (base, file, current))
        if said != was and stands == was:
            leading, following = file, current
            self.report.updated += 1
        else:
            leading, following = current, file
            if said not in (was, stands) and stands != was:
                self.warn(
                    None, f"{where}: the order was changed both here and in the file; kept the one here"
                )
        order = [key for key in leading if key in kept]
        placed = set(order)
        before: Any = None
        for key in following:
            if key in kept and key not in placed:
                order.insert(order.index(before) + 1 if before is not None else 0, key)
                placed.add(key)
            if key in placed:
                before = key
        return order

    def tell_kept(self, part: Part | None, what: str, *, edited: bool) -> None:
        if self.prune:
            self.warn(part, f"{what}: no longer in the file, but edited here or in use; kept")
        else:
            self.warn(
                part,
                f"{what}: no longer in the file; kept ({'edited here' if edited else '--prune removes it'})",
            )

    def tell_deleted(self, part: Part, base: Part, what: str, names: Iterable[str]) -> None:
        if self.is_edited(base, part, (name for name in names if name in part.model_fields_set)):
            self.warn(part, f"{what}: removed here, changed in the file; stays removed")


def _base_value(base: Part | None, file: Part, name: str) -> Any:
    """What the last import said of a field; its default where it said nothing."""
    return (
        getattr(base, name)
        if base is not None
        else type(file).model_fields[name].get_default(call_default_factory=True)
    )


def name_of(part: Any) -> str:
    """What a warning calls a part."""
    if isinstance(part, SessionPart):
        return f"session {part.number} “{_short_text(part.title)}”"
    if isinstance(part, MaterialPart):
        return f"{part.kind} {_short_text(part.label or part.href or part.file)}"
    words = getattr(part, "label", "") or getattr(part, "title", "") or getattr(part, "name", "")
    return f"“{_short_text(words)}”" if words else "a line"


def _short_text(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def _short(value: Any) -> str:
    return "nothing" if value in (None, "", []) else f"“{_short_text(str(value))}”"
