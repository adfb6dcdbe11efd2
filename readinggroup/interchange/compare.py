"""Three-way, field by field and list by list.

A field counts as changed by whoever made it differ from the base, what the last import said. Where the file alone
changed it, the file's comes in; where an organizer did, theirs stays; where both did, too, and a warning says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from papers.titles import slug_of
from readinggroup.interchange.document import MaterialPart, Part, PersonPart, SessionPart
from readinggroup.interchange.errors import Notice
from readinggroup.interchange.plan import Change, FieldChange, Kept, Lines, Report, Slot

# Made by the site where a file leaves it open.
AUTOMATIC = {"slug"}
# What only grows, so that the base does not tell what an organizer did: told by what the site has besides.
GROWING = ["titles", "aliases", "other_names", "papers"]


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
            if stands == before:
                updates[name] = said
                continue
            field = name.replace("_", " ")
            self.report.kept.append(Kept(what, field, short(stands), short(said), file.line))
            if said != before:
                self.warn(
                    file, f"{what}: {field} was changed both here and in the file; kept {short(stands)}"
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
        """Whether somebody changed on the site what the import had made."""
        for name in names:
            was, stands = getattr(base, name), getattr(current, name)
            if name in AUTOMATIC and not was:
                if stands and not follows(base, stands):
                    return True
            elif was != stands:
                return True
        return any(
            set(getattr(current, name)) - set(getattr(base, name)) for name in GROWING if hasattr(base, name)
        )

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
                    self.tell_removed(f"{where}, {name_of(part)}")
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
            self.report.changes.append(Change(where, (FieldChange("order"),)))
        else:
            leading, following = current, file
            if stands not in (was, said):
                self.report.kept.append(Kept(where, "order", "the one here", "another one"))
                if said != was:
                    self.warn(
                        None, f"{where}: the order was changed both here and in the file; kept the one here"
                    )
        placed = {key for key in leading if key in kept}
        behind: dict[Any, list[Any]] = {}
        before: Any = None  # what the new ones stand behind; None: nothing, they come first
        for key in following:
            if key in placed:
                before = key
            elif key in kept:
                behind.setdefault(before, []).append(key)
        order = behind.get(None, [])
        for key in leading:
            if key in placed:
                order += [key, *behind.get(key, [])]
        return order

    def tell_removed(self, what: str, count: int = 1) -> None:
        self.report.removed += count
        self.report.removals.append(what)

    def tell_kept(self, part: Part | None, what: str, *, edited: bool) -> None:
        if self.prune:
            self.warn(part, f"{what}: no longer in the file, but edited here or in use; kept")
        else:
            self.warn(
                part,
                f"{what}: no longer in the file; kept ({'edited here' if edited else '--prune removes it'})",
            )

    def tell_deleted(self, part: Part, base: Part, what: str, names: Iterable[str]) -> None:
        self.report.kept.append(Kept(what, "", "removed", line=part.line))
        if self.is_edited(base, part, (name for name in names if name in part.model_fields_set)):
            self.warn(part, f"{what}: removed here, changed in the file; stays removed")


def follows(part: Any, slug: str) -> bool:
    """Whether a slug is what the site makes of the part's title or name by itself."""
    if isinstance(part, SessionPart):
        numbers = f"{part.number}-{part.last_number}" if part.last_number else str(part.number)
        automatic = f"{numbers}-{slug_of(part.title, fallback='session')}"
    elif isinstance(part, PersonPart):
        automatic = slug_of(part.name, fallback="person")
    else:
        automatic = slug_of(part.title, fallback="paper")
    return slug.startswith(automatic) and re.fullmatch(r"(-\d+)?", slug[len(automatic) :]) is not None


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
    fields = ("label", "title", "name", "paper", "resource")
    words = next((value for name in fields if (value := getattr(part, name, ""))), "")
    return f"“{_short_text(str(words).removeprefix('title:'))}”"


def _short_text(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def short(value: Any) -> str:
    """A value, quoted and cut, as people read it."""
    return "nothing" if value in (None, "", []) else f"“{_short_text(str(value))}”"
