"""A plan into rows: what is new in bulk, what changes row by row through the models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model

from papers.history import record_new
from papers.models import Paper, PaperAlias, PaperTitle, Resource
from papers.slugs import unused_slug
from papers.titles import slug_of, title_key
from readinggroup.interchange.document import MaterialPart, PaperPart, Part, ReadingPart
from readinggroup.interchange.plan import Lines, Plan, SessionPlan, Slot
from readinggroup.interchange.stored import stored_size
from sessions.models import (
    BacklogEntry,
    Group,
    Material,
    Person,
    PersonName,
    PersonSlug,
    Reading,
    Session,
    SessionSlug,
)


def write(plan: Plan) -> None:
    """Carry out the plan. To be called in a transaction, with the tables locked."""
    with connection.cursor() as cursor:
        # Two sessions may swap numbers: they are compared when all have their new ones.
        cursor.execute("SET CONSTRAINTS session_numbers_never_overlap DEFERRED")
    _Writer(plan).write()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS session_numbers_never_overlap IMMEDIATE")


class _Writer:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.papers = dict(plan.known.papers)
        self.resources = dict(plan.known.resources)
        self.people = dict(plan.known.people)
        self.sessions = dict(plan.known.sessions)

    def write(self) -> None:
        self._remove()
        converted = self._take_over()
        self._group()
        self._people()
        self._papers()
        self._hand_over(converted)
        self._resources()
        self._sessions()
        self._lines()
        self._backlog()

    def _group(self) -> None:
        group = Group.objects.first() or Group()
        if self.plan.group or group.pk is None:
            for name, value in self.plan.group.items():
                setattr(group, name, value)
            group.save()

    # --- What lines point at -------------------------------------------------------------------------------

    def _people(self) -> None:
        slots = self.plan.people
        taken = {
            *Person.objects.values_list("slug", flat=True),
            *PersonSlug.objects.values_list("slug", flat=True),
            *(slug for slot in slots.values() for slug in _slugs(slot)),
        }
        new = []
        for slot in _new(slots.values()):
            slug = slot.part.slug or unused_slug(slug_of(slot.part.name, fallback="person"), taken)
            taken.add(slug)
            new.append(Person(name=slot.part.name, url=slot.part.url, slug=slug))
        _keep_keys(slots, _create(Person, new), self.people)
        names = [
            PersonName(person_id=self.people[key], name=name)
            for key, slot in slots.items()
            if slot.pk is None
            for name in (slot.part.name, *slot.part.other_names)
        ]
        for key, slot in _changing(slots):
            person = Person.objects.get(pk=slot.row)
            names += [PersonName(person=person, name=name) for name in slot.updates.pop("other_names", [])]
            former = slot.updates.pop("former_slugs", [])
            _create(PersonSlug, [PersonSlug(person=person, slug=slug) for slug in _added(slot, former)])
            _set(person, slot.updates)
            self.people[key] = person.pk
        _create(
            PersonSlug,
            [
                PersonSlug(person_id=self.people[key], slug=slug)
                for key, slot in slots.items()
                if slot.pk is None
                for slug in slot.part.former_slugs
            ],
        )
        known = set(PersonName.objects.values_list("key", flat=True))
        _create(PersonName, _first_of_each(names, known))

    def _person_ids(self, keys: Iterable[str]) -> list[int]:
        return [self.people[key] for key in keys]

    def _papers(self) -> None:
        slots = self.plan.papers
        taken = {
            *Paper.objects.values_list("slug", flat=True),
            *PaperAlias.objects.filter(kind=PaperAlias.Kind.SLUG).values_list("value", flat=True),
            *(slug for slot in slots.values() for slug in _slugs(slot)),
        }
        new = []
        for slot in _new(slots.values()):
            slug = slot.part.slug or unused_slug(slug_of(slot.part.title, fallback="paper"), taken)
            taken.add(slug)
            new.append(Paper(**{**_paper_fields(slot.part.model_dump()), "slug": slug}))
        _keep_keys(slots, _create(Paper, new), self.papers)
        titles = []
        for key, slot in slots.items():
            if slot.pk is None:
                titles.append(PaperTitle(paper_id=self.papers[key], key=title_key(slot.part.title)))
        for key, slot in slots.items():
            more = slot.part.titles if slot.pk is None else slot.updates.pop("titles", [])
            titles += [PaperTitle(paper_id=self.papers[key], key=each) for each in more]
        self._aliases(slots)
        for _, slot in _changing(slots):
            _set(Paper.objects.get(pk=slot.row), _paper_fields(slot.updates))
        # A title finds one paper: who had it first goes on being found.
        known = set(PaperTitle.objects.values_list("key", flat=True))
        _create(PaperTitle, _first_of_each(titles, known))

    def _aliases(self, slots: dict[str, Slot[PaperPart]]) -> None:
        rows = []
        for key, slot in slots.items():
            aliases, slugs = slot.part.aliases, slot.part.former_slugs
            if slot.pk is not None:
                aliases = _added(slot, slot.updates.pop("aliases", []))
                slugs = _added(slot, slot.updates.pop("former_slugs", []))
            for kind, value in [*map(_kind_of, aliases), *((PaperAlias.Kind.SLUG, slug) for slug in slugs)]:
                rows.append(PaperAlias(paper_id=self.papers[key], kind=kind, value=value))
        # What was written by hand may stand there in a form that documents do not know.
        known = set(PaperAlias.objects.values_list("kind", "value"))
        _create(PaperAlias, [row for row in rows if (row.kind, row.value) not in known])

    def _resources(self) -> None:
        slots = self.plan.resources
        new = [
            Resource(title=slot.part.title, url=slot.part.url, kind=slot.part.kind)
            for slot in _new(slots.values())
        ]
        made = Resource.objects.bulk_create(new)
        _keep_keys(slots, made, self.resources)
        belongs = {}
        for key, slot in slots.items():
            if slot.pk is None:
                belongs[self.resources[key]] = [self.papers[paper] for paper in slot.part.papers]
        record_new(made, papers=_link(Resource.papers.through, "resource_id", "paper_id", belongs))
        for _, slot in _changing(slots):
            resource = Resource.objects.get(pk=slot.row)
            if papers := slot.updates.pop("papers", []):
                resource.papers.add(*(self.papers[paper] for paper in papers))
            _set(resource, slot.updates)

    # --- Sessions and their lines --------------------------------------------------------------------------

    def _sessions(self) -> None:
        new: list[tuple[SessionPlan, Session]] = []
        taken = {
            *Session.objects.values_list("slug", flat=True),
            *SessionSlug.objects.values_list("slug", flat=True),
            *(slug for each in self.plan.sessions for slug in _slugs(each.slot)),
        }
        for each in self.plan.sessions:
            part = each.slot.part
            if each.slot.pk is not None:
                continue
            session = Session(**part.model_dump(include=set(_SESSION_COLUMNS)), revision=1)
            session.slug = part.slug or unused_slug(session.slug_base(), taken)
            taken.add(session.slug)
            new.append((each, session))
        Session.objects.bulk_create([session for _, session in new])
        slugs, presenters = [], {}
        for each, session in new:
            each.slot.pk = self.sessions[each.slot.part.key] = session.pk
            public = [] if session.state == Session.State.DRAFT else [session.slug]
            slugs += [
                SessionSlug(session=session, slug=slug) for slug in (*public, *each.slot.part.former_slugs)
            ]
            presenters[session.pk] = self._person_ids(each.slot.part.presenters)
        links = _link(Session.presenters.through, "session_id", "person_id", presenters)
        record_new([session for _, session in new], presenters=links)
        _create(SessionSlug, slugs)
        created = {id(each) for each, _ in new}
        for each in self.plan.sessions:
            if id(each) not in created and each.slot.updates:
                session = Session.objects.get(pk=each.slot.row)
                _create(
                    SessionSlug,
                    [
                        SessionSlug(session=session, slug=slug)
                        for slug in each.slot.updates.pop("former_slugs", [])
                    ],
                )
                if "presenters" in each.slot.updates:
                    session.presenters.set(self._person_ids(each.slot.updates.pop("presenters")))
                _set(session, each.slot.updates)

    def _lines(self) -> None:
        readings: list[tuple[Reading, ReadingPart]] = []
        materials: list[tuple[Material, MaterialPart]] = []
        for each in self.plan.sessions:
            session = each.slot.row
            readings += [
                (self._reading(session, position, slot.part), slot.part)
                for position, slot in _placed(each.readings, Reading)
            ]
            materials += [
                (_material(session, position, slot.part), slot.part)
                for position, slot in _placed(each.materials, Material)
            ]
            for reading in each.readings.slots:
                if reading.updates:
                    self._update_line(Reading.objects.get(pk=reading.row), reading.updates)
            for material in each.materials.slots:
                if material.updates:
                    self._update_line(Material.objects.get(pk=material.row), material.updates)
        self._create_lines(Reading, "reading_id", readings)
        self._create_lines(Material, "material_id", materials)

    def _create_lines(self, model: Any, owner: str, lines: Sequence[tuple[Any, Any]]) -> None:
        rows = model.objects.bulk_create([row for row, _ in lines])
        presenters = {row.pk: self._person_ids(part.presenters) for row, part in lines}
        record_new(rows, presenters=_link(model.presenters.through, owner, "person_id", presenters))

    def _reading(self, session: int, position: int, part: ReadingPart) -> Reading:
        return Reading(
            session_id=session,
            position=position,
            indent=part.indent,
            paper_id=self.papers[part.paper] if part.paper is not None else None,
            resource_id=self.resources[part.resource] if part.resource is not None else None,
            same_as_id=self.sessions[part.same_as] if part.same_as is not None else None,
            label=part.says,
            note=part.note,
        )

    def _update_line(self, row: Any, updates: dict[str, Any]) -> None:
        if "presenters" in updates:
            row.presenters.set(self._person_ids(updates.pop("presenters")))
        _set(row, updates)

    def _backlog(self) -> None:
        lines = self.plan.backlog
        _create(
            BacklogEntry,
            [
                BacklogEntry(
                    paper_id=self.papers[slot.part.paper],
                    position=position,
                    label=slot.part.label,
                    override=slot.part.override,
                )
                for position, slot in _placed(lines, BacklogEntry)
            ],
        )
        for slot in lines.slots:
            if slot.updates:
                _set(BacklogEntry.objects.get(pk=slot.row), slot.updates)

    # --- Resources that become papers ----------------------------------------------------------------------

    def _take_over(self) -> list[tuple[int, str, bool]]:
        """Part readings from resources whose address a paper is to have: no two things may have one address."""
        lines = Reading.objects.filter(resource__in=self.plan.converted).select_related("resource")
        taken = [(line.pk, self.plan.converted[line.resource_id or 0], not line.label) for line in lines]
        for line in lines:
            line.label = line.text  # a line without a target says something
            line.resource = None
            line.save()
        Resource.objects.filter(pk__in=self.plan.converted).delete()
        return taken

    def _hand_over(self, taken: list[tuple[int, str, bool]]) -> None:
        """Point those readings at the papers, each saying what it said before."""
        for pk, key, had_no_label in taken:
            line = Reading.objects.select_related("paper").get(pk=pk)
            line.paper_id = self.papers[key]
            if had_no_label and line.label == Paper.objects.get(pk=line.paper_id).title:
                line.label = ""
            line.save()

    # --- Removing ------------------------------------------------------------------------------------------

    def _remove(self) -> None:
        """First, so that what is removed is in nobody's way."""
        plan = self.plan
        Reading.objects.filter(pk__in=[pk for each in plan.sessions for pk in each.readings.removed]).delete()
        Material.objects.filter(
            pk__in=[pk for each in plan.sessions for pk in each.materials.removed]
        ).delete()
        BacklogEntry.objects.filter(pk__in=plan.backlog.removed).delete()
        Reading.objects.filter(session__in=plan.removed_sessions).delete()
        Session.objects.filter(pk__in=plan.removed_sessions).delete()
        # Nothing points at these any more, and their addresses, titles and names are free for what comes.
        Resource.objects.filter(pk__in=plan.removed_resources).delete()
        Paper.objects.filter(pk__in=plan.removed_papers).delete()
        Person.objects.filter(pk__in=plan.removed_people).delete()


_SESSION_COLUMNS = [
    "number",
    "last_number",
    "title",
    "state",
    "starts_at",
    "duration",
    "date_to_come",
    "nothing_more",
    "summary",
    "join_url",
]


def _material(session: int, position: int, part: MaterialPart) -> Material:
    return Material(
        session_id=session,
        position=position,
        kind=part.kind,
        label=part.label,
        href=part.href,
        file=part.file,
        file_size=stored_size(part.file),
        chapters=part.chapters,
    )


def _paper_fields(values: dict[str, Any]) -> dict[str, Any]:
    """Columns of Paper: absent identifiers are NULL, authors one a line."""
    fields = {
        name: value for name, value in values.items() if name not in {"titles", "aliases", "former_slugs"}
    }
    for name in fields.keys() & {"arxiv_id", "doi", "url"}:
        fields[name] = fields[name] or None
    if "authors" in fields:
        fields["authors"] = "\n".join(fields["authors"])
    return fields


def _added(slot: Slot[Any], values: list[str]) -> list[str]:
    """Those that have no row yet."""
    return [
        value
        for value in values
        if value not in (*getattr(slot.part, "aliases", []), *slot.part.former_slugs)
    ]


def _slugs(slot: Slot[Any]) -> Iterable[str]:
    """Those that it has, and those that it gets: none of them is free for another part without one."""
    for name in ("slug", "former_slugs"):
        for part in (getattr(slot.part, name), slot.updates.get(name, "")):
            yield from [part] if isinstance(part, str) else part


def _kind_of(alias: str) -> tuple[PaperAlias.Kind, str]:
    for kind, prefix in ((PaperAlias.Kind.ARXIV, "arXiv:"), (PaperAlias.Kind.DOI, "doi:")):
        if alias.startswith(prefix):
            return kind, alias.removeprefix(prefix)
    return PaperAlias.Kind.URL, alias


def _new[P: Part](slots: Iterable[Slot[P]]) -> list[Slot[P]]:
    return [slot for slot in slots if slot.pk is None]


def _changing[P: Part](slots: dict[str, Slot[P]]) -> list[tuple[str, Slot[P]]]:
    return [(key, slot) for key, slot in slots.items() if slot.pk is not None and slot.updates]


def _keep_keys(slots: dict[str, Slot[Any]], made: Iterable[Model], pks: dict[str, int]) -> None:
    rows = iter(made)
    for key, slot in slots.items():
        pks[key] = slot.pk if slot.pk is not None else next(rows).pk


def _set(row: Any, updates: dict[str, Any]) -> None:
    if updates:
        for name, value in updates.items():
            setattr(row, name, value)
        row.save()


def _create(model: Any, rows: Iterable[Model]) -> Sequence[Any]:
    made: Sequence[Any] = model._default_manager.bulk_create(rows)
    record_new(made)
    return made


def _first_of_each[Row: (PaperTitle, PersonName)](rows: Iterable[Row], known: set[str]) -> list[Row]:
    """Those whose key is not `known` yet, the first of each."""
    first: dict[str, Row] = {}
    for row in rows:
        if row.key not in known:
            first.setdefault(row.key, row)
    return list(first.values())


def _link(through: Any, owner: str, other: str, linked: dict[int, list[int]]) -> Sequence[Any]:
    links: Sequence[Any] = through._default_manager.bulk_create(
        [through(**{owner: row, other: key}) for row, keys in linked.items() for key in keys]
    )
    return links


def _placed[P: Part](lines: Lines[P], model: type[Model]) -> list[tuple[int, Slot[P]]]:
    """The new lines with their places, after giving those that are there theirs."""
    there = [slot.pk for slot in lines.slots if slot.pk is not None]
    rows: dict[int, Any] = model._default_manager.in_bulk(there) if there else {}
    new = []
    for position, slot in enumerate(lines.slots, 1):
        if slot.pk is None:
            new.append((position, slot))
        elif rows[slot.pk].position != position:
            _set(rows[slot.pk], {"position": position})
    return new
