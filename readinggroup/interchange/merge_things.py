"""Which papers, resources and people an import makes, changes and removes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from readinggroup.interchange.compare import Comparison, name_of
from readinggroup.interchange.document import GroupDocument, Part, ReadingPart, ResourcePart
from readinggroup.interchange.plan import Plan, Slot
from readinggroup.interchange.vocabulary import Vocabulary, keyed

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
        plan.papers, plan.removed_papers = self._kind(
            [document.papers for document in self.documents], self.words.paper_key, PAPER_FIELDS, papers
        )
        self._add_more(plan.papers, keyed(self.new.papers, self.words.paper_key), "titles")
        self._keep_addresses_apart(plan)
        plan.people, plan.removed_people = self._kind(
            [document.people for document in self.documents], self.words.person_key, PERSON_FIELDS, people
        )
        self._add_more(plan.people, keyed(self.new.people, self.words.person_key), "other_names")

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
                self.compare.report.removed += 1
        for key, part in new.items():
            if key not in now and (key not in base or key in needed):
                slots[key] = Slot(part, None)
                self.compare.count(created=True)
        # A line of the last import that still needs what is gone from file and site alike.
        for key, part in base.items():
            if key in needed and key not in now and key not in new:
                slots[key] = Slot(part, None)
                self.compare.count(created=True)
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
                self.compare.report.unchanged -= 1
                self.compare.report.updated += 1
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
                    self.compare.warn(
                        slot.part, f"{name_of(slot.part)}: {wanted} belongs to something else here; left out"
                    )
                    if slot.pk is not None:
                        slot.updates.pop(name)
                    else:
                        slot.part = slot.part.model_copy(update={name: ""})


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
