"""Which sessions an import makes, changes and removes, with their readings and materials."""

from __future__ import annotations

from typing import Any

from readinggroup.interchange.compare import Comparison, name_of
from readinggroup.interchange.document import GroupDocument, MaterialPart, SessionPart
from readinggroup.interchange.plan import Plan, SessionPlan, Slot
from readinggroup.interchange.vocabulary import Vocabulary, changed, keyed, same_words

SESSION_FIELDS = [
    "number",
    "last_number",
    "title",
    "state",
    "starts_at",
    "duration",
    "date_to_come",
    "nothing_more",
    "summary",
    "presenters",
    "join_url",
    "slug",
]
READING_FIELDS = ["label", "indent", "presenters", "note"]
MATERIAL_FIELDS = ["label", "chapters", "presenters"]
_NOTHING = SessionPart(number=0, title="-")


class SessionMerge:
    """Plans the sessions of three documents whose references are translated."""

    def __init__(
        self,
        words: Vocabulary,
        compare: Comparison,
        documents: tuple[GroupDocument, GroupDocument, GroupDocument],
    ) -> None:
        self.words, self.compare = words, compare
        self.base, self.new, self.now = documents

    def plan(self, plan: Plan) -> None:
        base, new, now = (
            keyed(document.sessions, self.words.session_key) for document in (self.base, self.new, self.now)
        )
        for key, part in now.items():
            if key in new:
                updates = self.compare.fields(name_of(part), base.get(key), new[key], part, SESSION_FIELDS)
                slot = Slot(part, part.pk, updates, new[key].line)
                self.compare.count(updated=bool(slot.updates))
                plan.sessions.append(self._with_lines(slot, base.get(key), new[key], part))
            elif key in base:
                edited = self._session_is_edited(base[key], part)
                if self.compare.prune and not edited and not self._is_repeated(key, new, now):
                    plan.removed_sessions.append(part.pk or 0)
                    self.compare.tell_removed(
                        f"{name_of(part)} with its readings and materials",
                        1 + len(part.readings) + len(part.materials),
                    )
                else:
                    self.compare.tell_kept(None, name_of(part), edited=edited)
        for key, part in new.items():
            if key in now:
                continue
            if key in base:
                self.compare.tell_deleted(
                    part, base[key], name_of(part), [*SESSION_FIELDS, "readings", "materials"]
                )
            else:
                self.compare.count(created=True)
                plan.sessions.append(self._with_lines(Slot(part, None), None, part, None))
        self._keep_numbers_apart(plan, now)
        self._drop_lost_same_as(plan, now)

    def _with_lines(
        self, slot: Slot[SessionPart], base: SessionPart | None, new: SessionPart, now: SessionPart | None
    ) -> SessionPlan:
        was, is_now = base or _NOTHING, now or _NOTHING
        name, key = name_of(new), self.words.reading_key
        before = keyed(was.readings, key)
        return SessionPlan(
            slot,
            self.compare.lines(
                name,
                before,
                same_words(before, keyed(new.readings, key)),
                keyed(is_now.readings, key),
                READING_FIELDS,
            ),
            self.compare.lines(
                name,
                keyed(was.materials, material_key),
                keyed(new.materials, material_key),
                keyed(is_now.materials, material_key),
                MATERIAL_FIELDS,
            ),
            former_slugs=new.former_slugs,
        )

    def _session_is_edited(self, base: SessionPart, now: SessionPart) -> bool:
        if self.compare.is_edited(base, now, SESSION_FIELDS) or any(
            material.file for material in now.materials
        ):
            return True
        key = self.words.reading_key
        for was, stands, names in (
            (keyed(base.readings, key), keyed(now.readings, key), READING_FIELDS),
            (keyed(base.materials, material_key), keyed(now.materials, material_key), MATERIAL_FIELDS),
        ):
            if list(was) != list(stands) or any(
                self.compare.is_edited(was[each], stands[each], names) for each in was
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
                taken.update(dict.fromkeys(part.numbers, planned.get(part.pk or 0) or Slot(part, part.pk)))
        for each in [each for each in plan.sessions if {"number", "last_number"} & set(each.slot.updates)]:
            slot = each.slot
            wanted = _numbers(slot)
            others = [number for number in wanted if taken.get(number, slot) is not slot]
            if others or not wanted:
                why = "another session's" if others else "not above each other"
                self.compare.warn(slot, f"{name_of(slot.part)}: its new numbers are {why} here; numbers kept")
                slot.updates = {
                    name: value
                    for name, value in slot.updates.items()
                    if name not in {"number", "last_number"}
                }
                each.numbers_refused = True
                if not slot.updates:
                    self.compare.report.updated -= 1
                    self.compare.report.unchanged += 1
            else:
                for number in slot.part.numbers:
                    del taken[number]
                taken.update(dict.fromkeys(wanted, slot))
        for each in [each for each in plan.sessions if each.slot.pk is None]:
            if any(number in taken for number in each.slot.part.numbers):
                self.compare.warn(
                    each.slot,
                    f"{name_of(each.slot.part)}: one of its numbers is another session's here; left out",
                )
                self.compare.report.created -= 1 + len(each.readings.slots) + len(each.materials.slots)
                plan.sessions.remove(each)
            else:
                taken.update(dict.fromkeys(each.slot.part.numbers, each.slot))

    def _drop_lost_same_as(self, plan: Plan, now: dict[Any, SessionPart]) -> None:
        """A new “same as” is kept as words where its session is not on the site, or leads back to where it stands."""
        leads_to: dict[int, set[int]] = {
            key: {line.same_as for line in part.readings if line.same_as is not None}
            for key, part in now.items()
            if part.pk not in plan.removed_sessions
        }
        keys = [self.words.session_key(each.slot.part) for each in plan.sessions]
        for key in keys:
            leads_to.setdefault(key, set())
        for key, each in zip(keys, plan.sessions, strict=True):
            for slot in each.readings.slots:
                target = slot.part.same_as
                if slot.pk is not None or target is None:
                    continue
                if target in leads_to and not _leads(leads_to, target, key):
                    leads_to[key].add(target)
                    continue
                why = "leads back to it" if target in leads_to else "is not here"
                self.compare.warn(
                    slot, f"{name_of(each.slot.part)}: the session it is the same as {why}; kept as words"
                )
                label = slot.part.label or f"Same as {target}"
                slot.part = changed(slot.part, {"same_as": None, "label": label})


def _leads(leads_to: dict[int, set[int]], start: int, goal: int) -> bool:
    """Whether “same as” leads from one session to another, however far."""
    seen, ahead = set(), [start]
    while ahead:
        key = ahead.pop()
        if key == goal:
            return True
        if key not in seen:
            seen.add(key)
            ahead += leads_to.get(key, ())
    return False


def material_key(part: MaterialPart) -> Any:
    return ("file", part.file) if part.file else (part.kind, part.href)


def _numbers(slot: Slot[SessionPart]) -> range:
    """The numbers a session would have; empty where the last is not above the first."""
    number = slot.updates.get("number", slot.part.number)
    last = slot.updates.get("last_number", slot.part.last_number)
    return range(number, number + 1 if last is None else last + 1 if last > number else number)
