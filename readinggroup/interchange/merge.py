"""Three-way: what the file changed since the last import comes in; what an organizer changed stays.

Pure: three documents in, a plan out. `base` is what earlier files said, `file` what this one says, `current` what
the site says now. A field counts as changed by whoever made it differ from the base. Parts are matched as
docs/import.md says: sessions by any number, papers by arXiv id and then by title, people by any name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from readinggroup.interchange.document import (
    BacklogPart,
    GroupDocument,
    MaterialPart,
    PaperPart,
    Part,
    PersonPart,
    ReadingPart,
    ResourcePart,
    SessionPart,
)
from readinggroup.interchange.errors import Notice
from readinggroup.interchange.vocabulary import Vocabulary, changed, keyed

GROUP_FIELDS = ["name", "introduction", "chat_url", "playlist_url", "join_url", "source_url", "time_zone", "usual_duration", "session_word", "activity", "accent"]
SESSION_FIELDS = ["number", "last_number", "title", "state", "starts_at", "duration", "date_to_come", "summary", "presenters", "join_url", "slug"]
PAPER_FIELDS = ["title", "arxiv_id", "doi", "url", "authors", "abstract", "published_on", "slug"]
RESOURCE_FIELDS = ["title", "kind"]
PERSON_FIELDS = ["name", "url", "slug"]
READING_FIELDS = ["label", "indent", "presenters", "note"]
MATERIAL_FIELDS = ["label", "presenters"]
BACKLOG_FIELDS = ["label", "override"]
# Made by the site while a file leaves it open: no sign of an organizer's hand.
AUTOMATIC = {"slug"}


@dataclass
class Report:
    """What an import did, in numbers of parts: the group, sessions, readings, materials, papers, and so on."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    warnings: list[Notice] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"created {self.created}, updated {self.updated}, unchanged {self.unchanged}, "
            f"removed {self.removed}, warnings {len(self.warnings)}"
        )


@dataclass
class Slot[P: Part]:
    """One line of a list as it shall stand: a row that is there with what changes in it, or a part to make."""

    part: P
    pk: int | None
    updates: dict[str, Any] = field(default_factory=dict)


@dataclass
class Lines[P: Part]:
    """A list as it shall stand, and the rows to remove from it."""

    slots: list[Slot[P]] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)


@dataclass
class SessionPlan:
    slot: Slot[SessionPart]
    readings: Lines[ReadingPart]
    materials: Lines[MaterialPart]


@dataclass
class Known:
    """The rows that are there, by the keys of the vocabulary."""

    sessions: dict[int, int]
    papers: dict[str, int]
    resources: dict[str, int]
    people: dict[str, int]


@dataclass
class Plan:
    """What to write. References in its parts are keys of the vocabulary."""

    report: Report
    base: GroupDocument
    known: Known
    group: dict[str, Any] = field(default_factory=dict)
    sessions: list[SessionPlan] = field(default_factory=list)
    removed_sessions: list[int] = field(default_factory=list)
    papers: dict[str, Slot[PaperPart]] = field(default_factory=dict)
    removed_papers: list[int] = field(default_factory=list)
    resources: dict[str, Slot[ResourcePart]] = field(default_factory=dict)
    removed_resources: list[int] = field(default_factory=list)
    people: dict[str, Slot[PersonPart]] = field(default_factory=dict)
    removed_people: list[int] = field(default_factory=list)
    backlog: Lines[BacklogPart] = field(default_factory=Lines)


def merge(base: GroupDocument, file: GroupDocument, current: GroupDocument, *, prune: bool = False) -> Plan:
    """The plan that brings the file's changes into the current state."""
    return _Merge(base, file, current, prune=prune).plan()


class _Merge:
    def __init__(
        self, base: GroupDocument, file: GroupDocument, current: GroupDocument, *, prune: bool
    ) -> None:
        self.file, self.prune = file, prune
        self.report = Report(warnings=list(file.warnings))
        self.words = Vocabulary(current, file, base)
        self.base, self.new, self.now = (
            self.words.translated(document) for document in (base, file, current)
        )

    def warn(self, part: Part | None, text: str) -> None:
        self.report.warnings.append(Notice((part.line if part else None) or 1, text))

    def plan(self) -> Plan:
        words, now = self.words, self.now
        known = Known(
            sessions={words.session_key(part): part.pk or 0 for part in now.sessions},
            papers={words.paper_key(part): part.pk or 0 for part in now.papers},
            resources={words.resource_key(part): part.pk or 0 for part in now.resources},
            people={words.person_key(part): part.pk or 0 for part in now.people},
        )
        plan = Plan(self.report, self.file, known)
        updates = self._fields("the group", self.base.group, self.new.group, self.now.group, GROUP_FIELDS)
        plan.group = updates
        self._count(created=self.now.group.pk is None, updated=bool(updates))
        self._sessions(plan)
        plan.backlog = self._lines(
            "the backlog",
            keyed(self.base.backlog, self.words.backlog_key),
            keyed(self.new.backlog, self.words.backlog_key),
            keyed(self.now.backlog, self.words.backlog_key),
            BACKLOG_FIELDS,
        )
        self._things(plan)
        plan.base = self._next_base(plan)
        self.report.warnings.sort()
        return plan

    # --- Fields --------------------------------------------------------------------------------------------

    def _fields(
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

    def _count(self, *, created: bool = False, updated: bool = False) -> None:
        if created:
            self.report.created += 1
        elif updated:
            self.report.updated += 1
        else:
            self.report.unchanged += 1

    def _is_edited(self, base: Part, current: Part, names: Iterable[str]) -> bool:
        return any(getattr(current, name) != getattr(base, name) for name in names if name not in AUTOMATIC)

    # --- Lists ---------------------------------------------------------------------------------------------

    def _lines[P: Part](
        self, where: str, base: dict[Any, P], file: dict[Any, P], current: dict[Any, P], names: Sequence[str]
    ) -> Lines[P]:
        """Readings, materials or backlog: fields one by one, the order as a whole."""
        lines: Lines[P] = Lines()
        slots: dict[Any, Slot[P]] = {}
        for key, part in current.items():
            slots[key] = Slot(part, part.pk)
            if key in file:
                updates = self._fields(f"{where}, {_name(part)}", base.get(key), file[key], part, names)
                slots[key].updates = updates
                self._count(updated=bool(updates))
            elif key in base:
                if (
                    self.prune
                    and not self._is_edited(base[key], part, names)
                    and not getattr(part, "file", "")
                ):
                    lines.removed.append(part.pk or 0)
                    self.report.removed += 1
                    del slots[key]
                else:
                    self._tell_kept(
                        None, f"{where}, {_name(part)}", edited=self._is_edited(base[key], part, names)
                    )
        for key, part in file.items():
            if key in current:
                continue
            if key in base:
                self._tell_deleted(part, base[key], f"{where}, {_name(part)}", names)
            else:
                slots[key] = Slot(part, None)
                self._count(created=True)
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

    def _tell_kept(self, part: Part | None, what: str, *, edited: bool) -> None:
        if self.prune:
            self.warn(part, f"{what}: no longer in the file, but edited here or in use; kept")
        else:
            self.warn(
                part,
                f"{what}: no longer in the file; kept ({'edited here' if edited else '--prune removes it'})",
            )

    def _tell_deleted(self, part: Part, base: Part, what: str, names: Iterable[str]) -> None:
        if self._is_edited(base, part, (name for name in names if name in part.model_fields_set)):
            self.warn(part, f"{what}: removed here, changed in the file; stays removed")

    # --- Sessions ------------------------------------------------------------------------------------------

    def _sessions(self, plan: Plan) -> None:
        base, new, now = (
            keyed(document.sessions, self.words.session_key) for document in (self.base, self.new, self.now)
        )
        for key, part in now.items():
            if key in new:
                slot = Slot(
                    part, part.pk, self._fields(_name(part), base.get(key), new[key], part, SESSION_FIELDS)
                )
                self._count(updated=bool(slot.updates))
                plan.sessions.append(self._with_lines(slot, base.get(key), new[key], part))
            elif key in base:
                edited = self._session_is_edited(base[key], part)
                if self.prune and not edited and not self._is_repeated(key, new, now):
                    plan.removed_sessions.append(part.pk or 0)
                    self.report.removed += 1 + len(part.readings) + len(part.materials)
                else:
                    self._tell_kept(None, _name(part), edited=edited)
        for key, part in new.items():
            if key in now:
                continue
            if key in base:
                self._tell_deleted(part, base[key], _name(part), [*SESSION_FIELDS, "readings", "materials"])
            else:
                self._count(created=True)
                plan.sessions.append(self._with_lines(Slot(part, None), None, part, None))
        self._keep_numbers_apart(plan, now)
        self._drop_lost_same_as(plan, now)

    def _with_lines(
        self, slot: Slot[SessionPart], base: SessionPart | None, new: SessionPart, now: SessionPart | None
    ) -> SessionPlan:
        was, is_now = base or _NOTHING, now or _NOTHING
        name, key = _name(new), self.words.reading_key
        return SessionPlan(
            slot,
            self._lines(
                name,
                keyed(was.readings, key),
                keyed(new.readings, key),
                keyed(is_now.readings, key),
                READING_FIELDS,
            ),
            self._lines(
                name,
                keyed(was.materials, material_key),
                keyed(new.materials, material_key),
                keyed(is_now.materials, material_key),
                MATERIAL_FIELDS,
            ),
        )

    def _session_is_edited(self, base: SessionPart, now: SessionPart) -> bool:
        if self._is_edited(base, now, SESSION_FIELDS) or any(material.file for material in now.materials):
            return True
        key = self.words.reading_key
        for was, stands, names in (
            (keyed(base.readings, key), keyed(now.readings, key), READING_FIELDS),
            (keyed(base.materials, material_key), keyed(now.materials, material_key), MATERIAL_FIELDS),
        ):
            if list(was) != list(stands) or any(
                self._is_edited(was[each], stands[each], names) for each in was
            ):
                return True
        return False

    def _is_repeated(self, key: Any, *documents: dict[Any, SessionPart]) -> bool:
        return any(
            reading.same_as == key
            for sessions in documents
            for session in sessions.values()
            for reading in session.readings
        )

    def _keep_numbers_apart(self, plan: Plan, now: dict[Any, SessionPart]) -> None:
        """Leave out what would give two sessions one number: a change of numbers, or a new session."""
        removed = set(plan.removed_sessions)
        planned = {each.slot.pk: each.slot for each in plan.sessions if each.slot.pk}
        taken: dict[int, Slot[SessionPart]] = {}
        for part in now.values():
            if part.pk not in removed:
                slot = planned.get(part.pk) or Slot(part, part.pk)
                for number in part.numbers:
                    taken[number] = slot
        for each in [
            each
            for each in plan.sessions
            if each.slot.pk and {"number", "last_number"} & set(each.slot.updates)
        ]:
            wanted = _numbers(each.slot)
            if wanted is None or any(taken.get(number, each.slot) is not each.slot for number in wanted):
                self.warn(
                    each.slot.part,
                    f"{_name(each.slot.part)}: its new numbers are another session's here; numbers kept",
                )
                each.slot.updates.pop("number", None)
                each.slot.updates.pop("last_number", None)
            else:
                for number in each.slot.part.numbers:
                    taken.pop(number, None)
                taken.update(dict.fromkeys(wanted, each.slot))
        for each in [each for each in plan.sessions if each.slot.pk is None]:
            wanted = each.slot.part.numbers
            if any(number in taken for number in wanted):
                self.warn(
                    each.slot.part,
                    f"{_name(each.slot.part)}: one of its numbers is another session's here; left out",
                )
                self.report.created -= 1 + len(each.readings.slots) + len(each.materials.slots)
                plan.sessions.remove(each)
            else:
                taken.update(dict.fromkeys(wanted, each.slot))

    def _drop_lost_same_as(self, plan: Plan, now: dict[Any, SessionPart]) -> None:
        """A new “same as” whose session is not on the site is kept as words."""
        there = {key for key, part in now.items() if part.pk not in plan.removed_sessions}
        there |= {self.words.session_key(each.slot.part) for each in plan.sessions}
        for each in plan.sessions:
            for slot in each.readings.slots:
                if slot.pk is None and slot.part.same_as is not None and slot.part.same_as not in there:
                    self.warn(
                        slot.part,
                        f"{_name(each.slot.part)}: the session it is the same as is not here; kept as words",
                    )
                    label = slot.part.label or f"Same as {slot.part.same_as}"
                    slot.part = slot.part.model_copy(update={"same_as": None, "label": label})

    # --- Papers, resources, people -------------------------------------------------------------------------

    def _things(self, plan: Plan) -> None:
        """What the lines point at: made when it is new or needed, removed when nothing points at it any more."""
        kept_sessions = [part for part in self.now.sessions if part.pk not in plan.removed_sessions]
        planned = {each.slot.pk for each in plan.sessions if each.slot.pk}
        lines: list[ReadingPart] = [
            line for part in kept_sessions if part.pk not in planned for line in part.readings
        ]
        names: list[str] = [
            name for part in kept_sessions if part.pk not in planned for name in _all_presenters(part)
        ]
        for each in plan.sessions:
            lines += [slot.part for slot in each.readings.slots]
            names += [*each.slot.part.presenters, *each.slot.updates.get("presenters", [])]
            for slot in (*each.readings.slots, *each.materials.slots):
                names += [*slot.part.presenters, *slot.updates.get("presenters", [])]
        needed_papers = {line.paper for line in lines if line.paper} | {
            slot.part.paper for slot in plan.backlog.slots
        }
        needed_resources = {line.resource for line in lines if line.resource}
        plan.resources, plan.removed_resources = self._kind(
            self.words.resource_key,
            self.base.resources,
            self.new.resources,
            self.now.resources,
            RESOURCE_FIELDS,
            needed_resources,
        )
        base, new = (keyed(document.resources, self.words.resource_key) for document in (self.base, self.new))
        for key, slot in plan.resources.items():
            if slot.pk is not None:
                self._add_papers_of_resource(slot, new[key], base.get(key))
            needed_papers |= (
                {*slot.part.papers, *slot.updates.get("papers", [])}
                if slot.pk is None or slot.updates
                else set()
            )
        plan.papers, plan.removed_papers = self._kind(
            self.words.paper_key,
            self.base.papers,
            self.new.papers,
            self.now.papers,
            PAPER_FIELDS,
            needed_papers,
        )
        self._add_more(plan.papers, keyed(self.new.papers, self.words.paper_key), "titles")
        self._keep_addresses_apart(plan)
        plan.people, plan.removed_people = self._kind(
            self.words.person_key,
            self.base.people,
            self.new.people,
            self.now.people,
            PERSON_FIELDS,
            set(names),
        )
        self._add_more(plan.people, keyed(self.new.people, self.words.person_key), "other_names")

    def _kind[P: Part](
        self,
        key_of: Any,
        base_parts: Sequence[P],
        new_parts: Sequence[P],
        now_parts: Sequence[P],
        names: Sequence[str],
        needed: set[str],
    ) -> tuple[dict[str, Slot[P]], list[int]]:
        base, new, now = (keyed(parts, key_of) for parts in (base_parts, new_parts, now_parts))
        slots: dict[str, Slot[P]] = {}
        removed: list[int] = []
        for key, part in now.items():
            if key in new:
                slots[key] = Slot(
                    part, part.pk, self._fields(_name(part), base.get(key), new[key], part, names)
                )
                self._count(updated=bool(slots[key].updates))
            elif (
                key in base
                and self.prune
                and key not in needed
                and not self._is_edited(base[key], part, names)
            ):
                removed.append(part.pk or 0)
                self.report.removed += 1
        for key, part in new.items():
            if key not in now and (key not in base or key in needed):
                slots[key] = Slot(part, None)
                self._count(created=True)
        # A line of the last import that still needs what is gone from file and site alike.
        for key, part in base.items():
            if key in needed and key not in now and key not in new:
                slots[key] = Slot(part, None)
                self._count(created=True)
        return slots, removed

    def _add_papers_of_resource(
        self, slot: Slot[ResourcePart], new: ResourcePart, base: ResourcePart | None
    ) -> None:
        # Given once and taken away here since: that stays as the organizers have it.
        before = {*slot.part.papers, *(base.papers if base else ())}
        self._extend(slot, "papers", [paper for paper in new.papers if paper not in before])

    def _add_more(self, slots: dict[str, Slot[Any]], new: dict[str, Any], name: str) -> None:
        """Titles and names only ever grow: what was known by one is still found by it."""
        for key, slot in slots.items():
            if slot.pk is not None:
                said = getattr(new[key], name)
                own = "title" if name == "titles" else "name"
                fold = self.words.fold_title if name == "titles" else self.words.fold_name
                known = {fold(each) for each in (*getattr(slot.part, name), getattr(slot.part, own))}
                more = [each for each in (getattr(new[key], own), *said) if fold(each) not in known]
                self._extend(slot, name, [fold(each) if name == "titles" else each for each in more])

    def _extend(self, slot: Slot[Any], name: str, more: list[str]) -> None:
        if more:
            if not slot.updates:
                self.report.unchanged -= 1
                self.report.updated += 1
            slot.updates[name] = [*getattr(slot.part, name), *dict.fromkeys(more)]

    def _keep_addresses_apart(self, plan: Plan) -> None:
        """An address is a paper's or a resource's, and an identifier one paper's: drop what the site has elsewhere."""
        removed = set(plan.removed_resources)
        resources = {part.url for part in self.now.resources if part.pk not in removed}
        resources |= {slot.part.url for slot in plan.resources.values()}
        for name in ("url", "arxiv_id", "doi"):
            owner = {
                getattr(part, name): self.words.paper_key(part)
                for part in self.now.papers
                if getattr(part, name) and part.pk not in plan.removed_papers
            }
            for key, slot in plan.papers.items():
                wanted = slot.updates.get(name, "") if slot.pk is not None else getattr(slot.part, name)
                if wanted and (owner.get(wanted, key) != key or (name == "url" and wanted in resources)):
                    self.warn(
                        slot.part, f"{_name(slot.part)}: {wanted} belongs to something else here; left out"
                    )
                    if slot.pk is not None:
                        slot.updates.pop(name)
                    else:
                        slot.part = slot.part.model_copy(update={name: ""})

    # --- The next base -------------------------------------------------------------------------------------

    def _next_base(self, plan: Plan) -> GroupDocument:
        """What this file says, and what earlier ones said that this one is silent of and that is still on the site."""
        words = self.words
        sessions = []
        base, now = (keyed(document.sessions, words.session_key) for document in (self.base, self.now))
        plans = {words.session_key(each.slot.part): each for each in plan.sessions}
        new = keyed(self.new.sessions, words.session_key)
        for key, part in new.items():
            there = now.get(key)
            if key not in base or there is None:
                sessions.append(part)
                continue
            readings = _left(
                base[key].readings,
                part.readings,
                there.readings,
                words.reading_key,
                plans[key].readings.removed,
            )
            materials = _left(
                base[key].materials,
                part.materials,
                there.materials,
                material_key,
                plans[key].materials.removed,
            )
            sessions.append(
                changed(_with_unsaid(part, base[key]), {"readings": readings, "materials": materials})
            )
        sessions += _left(
            self.base.sessions, self.new.sessions, self.now.sessions, words.session_key, plan.removed_sessions
        )[len(new) :]
        said = {
            "group": _with_unsaid(self.new.group, self.base.group),
            "sessions": sessions,
            "papers": _left(
                self.base.papers, self.new.papers, self.now.papers, words.paper_key, plan.removed_papers
            ),
            "resources": _left(
                self.base.resources,
                self.new.resources,
                self.now.resources,
                words.resource_key,
                plan.removed_resources,
            ),
            "people": _left(
                self.base.people, self.new.people, self.now.people, words.person_key, plan.removed_people
            ),
            "backlog": _left(
                self.base.backlog, self.new.backlog, self.now.backlog, words.backlog_key, plan.backlog.removed
            ),
        }
        return words.spelt_out(changed(self.new, said), self.base, self.now)


def _left[P: Part](
    base: Sequence[P], new: Sequence[P], now: Sequence[P], key_of: Any, removed: Sequence[int]
) -> list[P]:
    """The new parts, and those of the base that are not among them but still on the site."""
    was, said, stands = (keyed(parts, key_of) for parts in (base, new, now))
    parts = [_with_unsaid(part, was[key]) if key in was else part for key, part in said.items()]
    return parts + [
        part
        for key, part in was.items()
        if key not in said and key in stands and stands[key].pk not in set(removed)
    ]


def _with_unsaid[P: Part](part: P, base: P) -> P:
    """The part, with what the base said in fields that the part's format does not speak of."""
    unsaid = base.model_fields_set - part.model_fields_set
    copy = changed(part, {name: getattr(base, name) for name in unsaid})
    copy.model_fields_set.update(unsaid)
    return copy


_NOTHING = SessionPart(number=0, title="-")


def material_key(part: MaterialPart) -> Any:
    return ("file", part.file) if part.file else (part.kind, part.href)


def _base_value(base: Part | None, file: Part, name: str) -> Any:
    """What the last import said of a field; its default where it said nothing."""
    return (
        getattr(base, name)
        if base is not None
        else type(file).model_fields[name].get_default(call_default_factory=True)
    )


def _numbers(slot: Slot[SessionPart]) -> range | None:
    number = slot.updates.get("number", slot.part.number)
    last = slot.updates.get("last_number", slot.part.last_number)
    return range(number, (last or number) + 1) if last is None or last > number else None


def _all_presenters(session: SessionPart) -> list[str]:
    lines = (*session.readings, *session.materials)
    return [*session.presenters, *(name for line in lines for name in line.presenters)]


def _name(part: Any) -> str:
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
