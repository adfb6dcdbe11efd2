"""Which papers, resources and people an import makes, changes and removes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from papers.titles import title_key
from readinggroup.interchange.compare import Comparison, name_of
from readinggroup.interchange.document import GroupDocument, PaperPart, Part, ReadingPart, ResourcePart
from readinggroup.interchange.plan import Plan, Slot
from readinggroup.interchange.several import chief_of, counterparts
from readinggroup.interchange.vocabulary import Vocabulary, changed, grouped, keyed
from sessions.models.people import name_key

PAPER_FIELDS = ["title", "arxiv_id", "doi", "url", "authors", "abstract", "published_on", "slug"]
RESOURCE_FIELDS = ["title", "kind"]
PERSON_FIELDS = ["name", "url", "slug"]
# What a paper or a person is called: of several that are one here, only one is asked.
_NAMING = {"title", "name", "slug"}


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
        self._add_former(plan)
        plan.people, plan.removed_people = self._kind(
            [document.people for document in self.documents], self.words.person_key, PERSON_FIELDS, people
        )
        self._add_more(plan, "other_names")

    def _kind[P: Part](
        self, parts: Sequence[Sequence[P]], key_of: Any, names: Sequence[str], needed: set[str]
    ) -> tuple[dict[str, Slot[P]], list[int]]:
        base, new = (grouped(each, key_of) for each in parts[:2])
        now = keyed(parts[2], key_of)
        slots: dict[str, Slot[P]] = {}
        removed: list[int] = []
        for key, part in now.items():
            if key in new:
                updates = self._updates(base.get(key, []), new[key], part, names)
                slots[key] = Slot(part, part.pk, updates, chief_of(new[key], part).line)
                self.compare.count(updated=bool(slots[key].updates))
            elif (
                key in base
                and self.compare.prune
                and key not in needed
                and len(base[key]) == 1  # two that were merged here are an organizer's work
                and not self.compare.is_edited(base[key][0], part, names)
            ):
                removed.append(part.pk or 0)
                self.compare.tell_removed(name_of(part))
        for key, several in new.items():
            if key not in now and (key not in base or key in needed):
                slots[key] = Slot(several[0], None)
                self.compare.count(created=True)
        return slots, removed

    def _updates[P: Part](
        self, base: Sequence[P], new: Sequence[P], now: P, names: Sequence[str]
    ) -> dict[str, Any]:
        """What to set in the one that stands here, when the file may still speak of several that were merged into it.

        The one that it is first of all is compared as ever; the others only fill what is empty.
        """
        before, chief = counterparts(base, new, now), chief_of(new, now)
        updates: dict[str, Any] = {}
        for part, was in before:
            if part is not chief:
                empty = [name for name in names if name not in _NAMING and not getattr(now, name)]
                updates = self.compare.fields(name_of(now), was, part, now, empty) | updates
        was = next(was for part, was in before if part is chief)
        known = [name for name in names if not _leads_here(chief, was, now, name)]
        return updates | self.compare.fields(name_of(now), was, chief, now, known)

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
        new = grouped(parts[1], lambda part: part.key)
        taken = {
            fold(each)
            for part in parts[2]
            if part.pk not in removed
            for each in (getattr(part, own), *getattr(part, name))
        }
        for key, slot in slots.items():
            if slot.pk is not None:
                said = [each for part in new[key] for each in (getattr(part, own), *getattr(part, name))]
                more = {fold(each): each for each in said if fold(each) and fold(each) not in taken}
                taken |= more.keys()
                self._extend(slot, name, list(more) if name == "titles" else list(more.values()))

    def _add_former(self, plan: Plan) -> None:
        """What leads to a paper or a person without being theirs: given once and taken away here, it stays away."""
        base, new, now = self.documents
        gone = set(plan.removed_papers)
        papers = [part for part in now.papers if part.pk not in gone]
        owner = {alias: part.key for part in papers for alias in part.aliases}
        owner |= {each: part.key for part in papers for each in part.identifiers}
        owner |= {part.url: None for part in now.resources if part.pk not in plan.removed_resources}
        lost = self._add_each(plan.papers, "aliases", base.papers, new.papers, owner)
        for slot, alias in lost:
            if owner[alias] is not None:
                said = f"{alias} is another paper here; if the two are one, merge them in the admin"
                self.compare.warn(slot, f"{name_of(slot.part)}: {said}")
        owner = {slug: part.key for part in papers for slug in part.former_slugs}
        owner |= {part.slug: part.key for part in papers}
        self._add_each(plan.papers, "former_slugs", base.papers, new.papers, owner)
        people = [part for part in now.people if part.pk not in set(plan.removed_people)]
        owner = {slug: part.key for part in people for slug in part.former_slugs}
        owner |= {part.slug: part.key for part in people}
        self._add_each(plan.people, "former_slugs", base.people, new.people, owner)

    def _add_each(
        self,
        slots: dict[str, Slot[Any]],
        name: str,
        base: Sequence[Any],
        new: Sequence[Any],
        owner: dict[str, Any],
    ) -> list[tuple[Slot[Any], str]]:
        """Add what the file says and the base did not, as far as it is free; what is not, with who does not get it."""
        lost = []
        before = {(part.key, value) for part in base for value in getattr(part, name)}
        for part in new:
            slot = slots.get(part.key)
            said = [value for value in getattr(part, name) if slot and (part.key, value) not in before]
            free = [value for value in said if owner.setdefault(value, part.key) == part.key]
            lost += [(slot, value) for value in said if slot and value not in free]
            if slot is None:
                continue
            if slot.pk is None:
                slot.part = changed(slot.part, {name: free})
            else:
                own = {*getattr(slot.part, name), slot.part.slug, *getattr(slot.part, "identifiers", [])}
                self._extend(slot, name, [value for value in free if value not in own])
        return lost

    def _extend(self, slot: Slot[Any], name: str, more: list[str]) -> None:
        if more:
            more = [*slot.updates.get(name, getattr(slot.part, name))[len(getattr(slot.part, name)) :], *more]
            if not slot.updates:
                self.compare.report.unchanged -= 1
                self.compare.report.updated += 1
            slot.updates[name] = [*getattr(slot.part, name), *dict.fromkeys(more)]


def _leads_here(said: Any, was: Any, now: Any, name: str) -> bool:
    """Whether what the file says in a field leads to the one that stands here already, and so is not to replace it."""
    value = getattr(said, name)
    if name == "slug":
        return value in now.former_slugs
    if name in {"arxiv_id", "doi", "url"} and isinstance(now, PaperPart):
        prefix = {"arxiv_id": "arXiv:", "doi": "doi:", "url": ""}[name]
        return f"{prefix}{value}" in now.aliases
    if name == "title" and isinstance(now, PaperPart):
        return was is None and f"arXiv:{said.arxiv_id}" in now.aliases
    return False


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
