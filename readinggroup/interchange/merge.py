"""Three documents into a plan: what earlier files said, what this one says, what the site says now.

Pure. Parts are matched as docs/import.md says: sessions by any number, papers by arXiv id and then by title, people
by any name. How fields and lists are compared is in `compare`.
"""

from __future__ import annotations

from collections.abc import Collection

from readinggroup.interchange.apart import keep_apart
from readinggroup.interchange.compare import Comparison, short
from readinggroup.interchange.details import describe
from readinggroup.interchange.document import GroupDocument
from readinggroup.interchange.merge_sessions import SessionMerge
from readinggroup.interchange.merge_things import ThingMerge
from readinggroup.interchange.next_base import next_base
from readinggroup.interchange.plan import FieldChange, Known, Plan, Report
from readinggroup.interchange.several import speaking
from readinggroup.interchange.vocabulary import Vocabulary, grouped

GROUP_FIELDS = [
    "name",
    "introduction",
    "chat_url",
    "playlist_url",
    "join_url",
    "source_url",
    "time_zone",
    "usual_duration",
    "session_word",
    "activity",
    "accent",
]
BACKLOG_FIELDS = ["label", "override"]


def merge(base: GroupDocument, file: GroupDocument, current: GroupDocument, *, prune: bool = False) -> Plan:
    """The plan that brings the file's changes into the current state.

    Where the file has a resource at what was a paper's address, who stands there depends on whether that paper gets
    the other address that the file gives it, which only a plan tells. What stays a paper's is planned as one.
    """
    freed = _resources_now(base, file, current)
    plan = _merge(base, file, current, prune=prune, freed=freed)
    while kept := freed & _addresses_kept(plan, current):
        freed -= kept
        plan = _merge(base, file, current, prune=prune, freed=freed)
    return plan


def _resources_now(base: GroupDocument, file: GroupDocument, current: GroupDocument) -> frozenset[str]:
    """Addresses that an earlier file and the site know as a paper's, and this file as a resource's."""
    resources = {part.url for part in file.resources}
    return frozenset(
        resources & {part.url for part in base.papers} & {part.url for part in current.papers if part.url}
    )


def _addresses_kept(plan: Plan, current: GroupDocument) -> set[str]:
    """The addresses of papers here that the plan leaves to them."""
    changing = {slot.pk for slot in plan.papers.values() if "url" in slot.updates}
    return {part.url for part in current.papers if part.pk not in changing}


def _merge(
    base: GroupDocument,
    file: GroupDocument,
    current: GroupDocument,
    *,
    prune: bool,
    freed: Collection[str],
) -> Plan:
    # First who is who in the files alone: what has become one on the site is still two there.
    Vocabulary(file, base)
    for part in (*file.papers, *file.people, *base.papers, *base.people):
        part.identified_as(part.key)
    words = Vocabulary(current, file, base, freed=freed)
    was, said, stands = documents = (
        words.translated(base),
        words.translated(file),
        words.translated(current),
    )
    compare = Comparison(Report(warnings=list(file.warnings)), prune=prune)
    plan = Plan(compare.report, file, _known(words, stands))
    plan.group = compare.fields("the group", was.group, said.group, stands.group, GROUP_FIELDS)
    plan.makes_group = stands.group.pk is None
    plan.group_changes = [
        FieldChange(name.replace("_", " "), short(getattr(stands.group, name)), short(value))
        for name, value in plan.group.items()
    ]
    compare.count(created=plan.makes_group, updated=bool(plan.group))
    SessionMerge(words, compare, documents).plan(plan)
    plan.backlog = compare.lines(
        "the backlog",
        *speaking(*(grouped(document.backlog, words.backlog_key) for document in documents)),
        BACKLOG_FIELDS,
    )
    ThingMerge(words, compare, documents).plan(plan)
    keep_apart(plan, current, words, compare)
    plan.base = next_base(words, documents, plan)
    plan.report.warnings.sort()
    describe(plan)
    return plan


def _known(words: Vocabulary, current: GroupDocument) -> Known:
    return Known(
        sessions={words.session_key(part): part.pk or 0 for part in current.sessions},
        papers={words.paper_key(part): part.pk or 0 for part in current.papers},
        resources={words.resource_key(part): part.pk or 0 for part in current.resources},
        people={words.person_key(part): part.pk or 0 for part in current.people},
    )
