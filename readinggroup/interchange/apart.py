"""What may stand only once on the site: a plan that would break such a rule leaves that much out, with a warning."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from papers.titles import title_key
from readinggroup.interchange.compare import Comparison, name_of
from readinggroup.interchange.document import GroupDocument
from readinggroup.interchange.plan import Plan, Slot
from readinggroup.interchange.vocabulary import Vocabulary, changed

MERGE_THEM = "if the two are one, merge them in the admin"


def keep_apart(plan: Plan, current: GroupDocument, words: Vocabulary, compare: Comparison) -> None:
    """Addresses, identifiers, titles and slugs: each is one thing's. `current` is not translated."""
    _convert_resources(plan, current, words, compare)
    gone = set(plan.removed_papers)
    papers = [part for part in current.papers if part.pk not in gone]
    for name in ("url", "arxiv_id", "doi"):
        owner = {getattr(part, name): part.key for part in papers if getattr(part, name)}
        theirs = set(owner)
        if name == "url":
            lost = {*plan.removed_resources, *plan.converted}
            owner |= {part.url: None for part in current.resources if part.pk not in lost}
            owner |= {slot.part.url: None for slot in plan.resources.values()}
        _leave_out(plan.papers, name, owner, compare, theirs)
    _keep_titles_apart(plan, papers, compare)
    _leave_out(plan.papers, "slug", {part.slug: part.key for part in papers}, compare)
    gone = set(plan.removed_people)
    people = {part.slug: part.key for part in current.people if part.pk not in gone}
    _leave_out(plan.people, "slug", people, compare)
    _keep_session_slugs_apart(plan, current, compare)


def _leave_out(
    slots: dict[str, Slot[Any]],
    name: str,
    owner: dict[str, Any],
    compare: Comparison,
    papers: Collection[str] = (),
) -> None:
    """Drop what is somebody else's; where it is one of the papers', say what an organizer can do."""
    for key, slot in slots.items():
        wanted = slot.updates.get(name, "") if slot.pk is not None else getattr(slot.part, name)
        if wanted and owner.get(wanted, key) != key:
            whose = (
                f"another paper here; left out: {MERGE_THEM}"
                if wanted in papers
                else "something else here; left out"
            )
            compare.warn(slot, f"{name_of(slot.part)}: {wanted} belongs to {whose}")
            _drop(slot, name, compare)


def _drop(slot: Slot[Any], name: str, compare: Comparison) -> None:
    if slot.pk is None:
        slot.part = changed(slot.part, {name: ""})
        return
    del slot.updates[name]
    if not slot.updates:
        compare.report.updated -= 1
        compare.report.unchanged += 1


def _keep_titles_apart(plan: Plan, papers: Collection[Any], compare: Comparison) -> None:
    """A title finds one paper, be it its own or a further one, unless both have their arXiv id to be told by."""
    owner = {key: part for part in papers for key in part.titles}
    owner |= {title_key(part.title): part for part in papers}
    for key, slot in plan.papers.items():
        other = owner.get(title_key(slot.updates.get("title", "")))
        identifier = slot.updates.get("arxiv_id", slot.part.arxiv_id)
        if slot.pk is not None and other and other.key != key and not (identifier and other.arxiv_id):
            compare.warn(
                slot,
                f"{name_of(slot.part)}: another paper here is called “{slot.updates['title'][:60]}”; title kept: {MERGE_THEM}",
            )
            _drop(slot, "title", compare)


def _convert_resources(plan: Plan, current: GroupDocument, words: Vocabulary, compare: Comparison) -> None:
    """What is a resource here and a paper in the file becomes the paper: its readings point at that."""
    here = {part.url for part in current.papers}
    for part in current.resources:
        key = words.paper_at(part.url)
        if key is not None and part.url not in here and key in plan.papers:
            plan.converted[part.pk or 0] = key
            compare.tell_removed(f"the resource {name_of(part)}")
            compare.warn(plan.papers[key], f"{name_of(part)}: a resource so far, a paper from now on")


def _keep_session_slugs_apart(plan: Plan, current: GroupDocument, compare: Comparison) -> None:
    """A slug leads to one session for ever, also after that one has another."""
    gone = set(plan.removed_sessions)
    owner = {
        slug: part.key
        for part in current.sessions
        if part.pk not in gone
        for slug in (part.slug, *part.former_slugs)
    }
    slots = {each.slot.part.key: each.slot for each in plan.sessions}
    _leave_out(slots, "slug", owner, compare)
    for each in plan.sessions:
        slot, said = each.slot, each.former_slugs
        free = [slug for slug in said if owner.setdefault(slug, slot.part.key) == slot.part.key]
        for slug in sorted(set(said) - set(free)):
            compare.warn(slot, f"{name_of(slot.part)}: {slug} leads to another session here; left out")
        if slot.pk is None:
            slot.part = changed(slot.part, {"former_slugs": free})
        elif more := [slug for slug in free if slug not in (slot.part.slug, *slot.part.former_slugs)]:
            if not slot.updates:
                compare.report.updated += 1
                compare.report.unchanged -= 1
            slot.updates["former_slugs"] = more
