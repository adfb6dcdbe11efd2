"""The base of the next import: what this file says, and what earlier ones said that is still on the site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from readinggroup.interchange.document import GroupDocument, Part, ReadingPart
from readinggroup.interchange.merge_sessions import material_key
from readinggroup.interchange.plan import Plan
from readinggroup.interchange.several import counterparts
from readinggroup.interchange.vocabulary import Vocabulary, changed, grouped, keyed, same_words


def next_base(
    words: Vocabulary, documents: tuple[GroupDocument, GroupDocument, GroupDocument], plan: Plan
) -> GroupDocument:
    """What this file says, and what earlier ones said that this one is silent of and that is still on the site."""
    base_document, new_document, now_document = documents
    sessions = []
    base, now = (keyed(document.sessions, words.session_key) for document in (base_document, now_document))
    plans = {words.session_key(each.slot.part): each for each in plan.sessions}
    new = keyed(new_document.sessions, words.session_key)
    for key, part in new.items():
        there = now.get(key)
        if there is None and key not in base and key not in plans:
            continue  # left out: once its numbers are free, the next import brings it in
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
        said: dict[str, Any] = {"readings": readings, "materials": materials}
        if plans[key].numbers_refused:
            said |= {"number": base[key].number, "last_number": base[key].last_number}
        sessions.append(changed(_with_unsaid(part, base[key]), said))
    gone = set(plan.removed_sessions)
    sessions += [
        part for key, part in base.items() if key not in new and key in now and now[key].pk not in gone
    ]
    whole = {
        "group": _with_unsaid(new_document.group, base_document.group),
        "sessions": sessions,
        "papers": _left_of_several(
            base_document.papers,
            new_document.papers,
            now_document.papers,
            words.paper_key,
            plan.removed_papers,
        ),
        "resources": _left(
            base_document.resources,
            new_document.resources,
            now_document.resources,
            words.resource_key,
            plan.removed_resources,
        ),
        "people": _left_of_several(
            base_document.people,
            new_document.people,
            now_document.people,
            words.person_key,
            plan.removed_people,
        ),
        "backlog": _left_of_several(
            base_document.backlog,
            new_document.backlog,
            now_document.backlog,
            words.backlog_key,
            plan.backlog.removed,
        ),
    }
    return words.spelt_out(changed(new_document, whole), base_document, now_document)


def _left[P: Part](
    base: Sequence[P], new: Sequence[P], now: Sequence[P], key_of: Any, removed: Sequence[int]
) -> list[P]:
    """The new parts, and those of the base that are not among them but still on the site."""
    was, said, stands = (keyed(parts, key_of) for parts in (base, new, now))
    if any(isinstance(part, ReadingPart) for part in base):
        said = same_words(was, said)
    gone = set(removed)
    parts = [_with_unsaid(part, was[key]) if key in was else part for key, part in said.items()]
    return parts + [
        part for key, part in was.items() if key not in said and key in stands and stands[key].pk not in gone
    ]


def _left_of_several[P: Part](
    base: Sequence[P], new: Sequence[P], now: Sequence[P], key_of: Any, removed: Sequence[int]
) -> list[P]:
    """The same where several parts may be one thing on the site, merged there: each is remembered."""
    was, said, stands = grouped(base, key_of), grouped(new, key_of), keyed(now, key_of)
    gone, parts = set(removed), []
    for key, several in said.items():
        pairs = counterparts(was.get(key, []), several, stands.get(key))
        parts += [part if before is None else _with_unsaid(part, before) for part, before in pairs]
        if key in stands:
            before = [before for _, before in pairs]
            parts += [part for part in was.get(key, []) if not any(part is each for each in before)]
    for key, several in was.items():
        if key not in said and key in stands and stands[key].pk not in gone:
            parts += several
    return parts


def _with_unsaid[P: Part](part: P, base: P) -> P:
    """The part, with what the base said in fields that the part's format does not speak of."""
    unsaid = base.model_fields_set - part.model_fields_set
    copy = changed(part, {name: getattr(base, name) for name in unsaid})
    copy.model_fields_set.update(unsaid)
    return copy
