"""Which papers, resources and people an import makes, changes and removes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from papers.titles import title_key
from readinggroup.interchange.compare import Comparison, name_of
from readinggroup.interchange.document import GroupDocument, Part, ReadingPart, ResourcePart
from readinggroup.interchange.plan import Plan, Slot
from readinggroup.interchange.vocabulary import Vocabulary, keyed
from sessions.models.people import name_key

PAPER_FIELDS = ["title", "arxiv_id", "doi", "url", "authors", "abstract", "published_on", "slug"]
RESOURCE_FIELDS = ["title", "kind"]
PERSON_FIELDS = ["name", "url", "slug"]


class ThingMerge:
    """Plans what lines point at, after the lines themselves are planned."""

    def __init__(
        self,
        words: Vocabulary,
        compare: Comparison,
        documents: tuple[GroupDocument, GroupDocument, GroupDocument],
    ) -> None:
        self.words, self.compare = words, compare
        self.documents = documents
        self.base, self.new, self.now = documents

    def plan(self, plan: Plan) -> None:
        """What the lines point at: made when it is new or needed, removed when nothing points at it any more."""
        papers, resources, people = _needed(plan, self.now)
        plan.resources, plan.removed_resources = self._kind(
            [document.resources for document in self.documents],
            self.words.resource_key,
            RESOURCE_FIELDS,
            resources,
        )
        base, new = (keyed(document.resources, self.words.resource_key) for document in self.documents[:2])
        for key, slot in plan.resources.items():
            if slot.pk is not None:
                self._add_papers_of_resource(slot, new[key], base.get(key))
            papers |= {*slot.updates.get("papers", slot.part.papers)}
        gone = set(plan.removed_resources)
        papers |= {paper for part in self.now.resources if part.pk not in gone for paper in part.papers}
        plan.papers, plan.removed_papers = self._kind(
            [document.papers for document in self.documents], self.words.paper_key, PAPER_FIELDS, papers
        )
        self._add_more(plan, "titles")
        plan.people, plan.removed_people = self._kind(
            [document.people for document in self.documents], self.words.person_key, PERSON_FIELDS, people
        )
        self._add_more(plan, "other_names")

    def _kind[P: Part](
        self, parts: Sequence[Sequence[P]], key_of: Any, names: Sequence[str], needed: set[str]
    ) -> tuple[dict[str, Slot[P]], list[int]]:
        base, new, now = (keyed(each, key_of) for each in parts)
        slots: dict[str, Slot[P]] = {}
        removed: list[int] = []
        for key, part in now.items():
            if key in new:
                updates = self.compare.fields(name_of(part), base.get(key), new[key], part, names)
                slots[key] = Slot(part, part.pk, updates, new[key].line)
                self.compare.count(updated=bool(slots[key].updates))
            elif (
                key in base
                and self.compare.prune
                and key not in needed
                and not self.compare.is_edited(base[key], part, names)
            ):
                removed.append(part.pk or 0)
                self.compare.tell_removed(name_of(part))
        for key, part in new.items():
            if key not in now and (key not in base or key in needed):
                slots[key] = Slot(part, None)
                self.compare.count(created=True)
        return slots, removed

    def _add_papers_of_resource(
        self, slot: Slot[ResourcePart], new: ResourcePart, base: ResourcePart | None
    ) -> None:
        # Given once and taken away here since: that stays as the organizers have it.
        before = {*slot.part.papers, *(base.papers if base else ())}
        self._extend(slot, "papers", [paper for paper in new.papers if paper not in before])

    def _add_more(self, plan: Plan, name: str) -> None:
        """Titles and names only ever grow: what was known by one is still found by it, and by nobody else."""
        fold: Callable[[str], str]
        if name == "titles":
            slots: dict[str, Slot[Any]] = dict(plan.papers)
            own, fold, removed = "title", title_key, set(plan.removed_papers)
            parts: list[Sequence[Any]] = [document.papers for document in self.documents]
        else:
            slots, own, fold, removed = dict(plan.people), "name", name_key, set(plan.removed_people)
            parts = [document.people for document in self.documents]
        new = keyed(parts[1], lambda part: part.key)
        taken = {
            fold(each)
            for part in parts[2]
            if part.pk not in removed
            for each in (getattr(part, own), *getattr(part, name))
        }
        for key, slot in slots.items():
            if slot.pk is not None:
                said = (getattr(new[key], own), *getattr(new[key], name))
                more = {fold(each): each for each in said if fold(each) and fold(each) not in taken}
                taken |= more.keys()
                self._extend(slot, name, list(more) if name == "titles" else list(more.values()))

    def _extend(self, slot: Slot[Any], name: str, more: list[str]) -> None:
        if more:
            if not slot.updates:
                self.compare.report.unchanged -= 1
                self.compare.report.updated += 1
            slot.updates[name] = [*getattr(slot.part, name), *dict.fromkeys(more)]


def _needed(plan: Plan, now: GroupDocument) -> tuple[set[str], set[str], set[str]]:
    """The papers, resources and people that the lines will point at when the plan is carried out."""
    planned = {each.slot.pk for each in plan.sessions if each.slot.pk}
    untouched = [
        part for part in now.sessions if part.pk not in planned and part.pk not in plan.removed_sessions
    ]
    lines: list[Any] = [line for part in untouched for line in (part, *part.readings, *part.materials)]
    for each in plan.sessions:
        slots: list[Slot[Any]] = [each.slot, *each.readings.slots, *each.materials.slots]
        lines += map(_after, slots)
    readings = [line for line in lines if isinstance(line, ReadingPart)]
    return (
        {line.paper for line in readings if line.paper} | {slot.part.paper for slot in plan.backlog.slots},
        {line.resource for line in readings if line.resource},
        {name for line in lines for name in line.presenters},
    )


def _after(slot: Slot[Any]) -> Any:
    return slot.part.model_copy(update=slot.updates) if slot.updates else slot.part
