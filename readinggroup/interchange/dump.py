"""The database as a document: a constant number of queries, however much it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, cast

from django.db import connection, transaction
from django.db.models import Prefetch

from papers.models import Paper, PaperAlias, Resource
from papers.titles import title_key
from readinggroup.interchange.document import (
    BacklogPart,
    GroupDocument,
    GroupPart,
    MaterialPart,
    PaperPart,
    Part,
    PersonPart,
    ReadingPart,
    ResourcePart,
    SessionPart,
    put_former_in_order,
    put_in_order,
)
from readinggroup.interchange.fields import CONTROL, former_identifier
from sessions.models import BacklogEntry, Group, Material, Person, Reading, Session
from sessions.models.people import name_key


def dump() -> GroupDocument:
    """Everything the site holds of the group, each part knowing its row. Never refuses what the database holds.

    It takes some ten queries: run it in `one_moment`, or with the tables locked.
    """
    papers = {paper.pk: paper for paper in Paper.objects.prefetch_related("titles", "aliases")}
    parts = {pk: _paper(paper) for pk, paper in papers.items()}
    _tell_apart(parts.values())
    refs = {pk: part.ref for pk, part in parts.items()}
    group = Group.objects.first()
    lines = Reading.objects.select_related("resource", "same_as").prefetch_related("presenters")
    sessions = Session.objects.prefetch_related(
        "presenters",
        "slugs",
        Prefetch("readings", lines),
        Prefetch("materials", Material.objects.prefetch_related("presenters")),
    )
    document = GroupDocument.model_construct(
        group=_group(group) if group else GroupPart(),
        sessions=[_session(session, refs) for session in sessions],
        papers=list(parts.values()),
        resources=[_resource(resource, refs) for resource in Resource.objects.prefetch_related("papers")],
        people=[_person(person) for person in Person.objects.prefetch_related("names", "slugs")],
        backlog=[
            _part(
                BacklogPart,
                paper=refs[entry.paper_id],
                label=line(entry.label),
                override=entry.override or None,
                pk=entry.pk,
            )
            for entry in BacklogEntry.objects.all()
        ],
    )
    put_in_order(document)
    put_former_in_order(document)
    return document


@contextmanager
def one_moment() -> Iterator[None]:
    """A transaction whose queries all see the database as it is at the first of them."""
    with transaction.atomic():
        if len(connection.savepoint_ids) == 0:  # within another transaction it is too late to choose
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _tell_apart(papers: Iterable[PaperPart]) -> None:
    """Give a paper that has neither an arXiv id nor a title of its own one by which others can refer to it."""
    told: dict[str, PaperPart] = {}
    for paper in sorted(papers, key=lambda paper: (not paper.arxiv_id, paper.slug)):
        first = told.setdefault(title_key(paper.title), paper)
        if first is not paper and not paper.arxiv_id:
            paper.title = f"{paper.title} ({paper.slug})"


def _part[P: Part](of: type[P], /, *, pk: int, **values: Any) -> P:
    """A part of a row, unchecked: the constraints of the database are the document's rules, too."""
    return cast(P, of.model_construct(**values)).of(pk)


def line(value: str) -> str:
    """One line without control characters, as documents have it, whatever was typed."""
    return " ".join(CONTROL.sub("", value).split("\n")).strip()


def text(value: str) -> str:
    return CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _names(people: Iterable[Person]) -> list[str]:
    return sorted((line(person.name) for person in people), key=name_key)


def _group(group: Group) -> GroupPart:
    return _part(
        GroupPart,
        name=line(group.name),
        introduction=text(group.introduction),
        chat_url=group.chat_url,
        playlist_url=group.playlist_url,
        join_url=group.join_url,
        source_url=group.source_url,
        time_zone=group.time_zone,
        usual_duration=group.usual_duration,
        session_word=line(group.session_word),
        activity=group.activity,
        accent=group.accent,
        pk=group.pk,
    )


def _paper(paper: Paper) -> PaperPart:
    own = title_key(paper.title)
    return _part(
        PaperPart,
        title=line(paper.title),
        arxiv_id=paper.arxiv_id or "",
        doi=paper.doi or "",
        url=paper.url or "",
        authors=[line(name) for name in paper.author_names],
        abstract=text(paper.abstract),
        published_on=paper.published_on,
        titles=sorted(title.key for title in paper.titles.all() if title.key != own),
        aliases=sorted(_aliases(paper)),
        slug=paper.slug,
        former_slugs=sorted(
            alias.value for alias in paper.aliases.all() if alias.kind == PaperAlias.Kind.SLUG
        ),
        pk=paper.pk,
    )


def _aliases(paper: Paper) -> Iterator[str]:
    """What documents can say of the identifiers that lead to the paper."""
    prefixes = {PaperAlias.Kind.ARXIV: "arXiv:", PaperAlias.Kind.DOI: "doi:", PaperAlias.Kind.URL: ""}
    for alias in paper.aliases.all():
        if alias.kind in prefixes:
            with suppress(ValueError):  # written by hand, and no identifier
                yield former_identifier(f"{prefixes[PaperAlias.Kind(alias.kind)]}{alias.value}")


def _resource(resource: Resource, refs: dict[int, str]) -> ResourcePart:
    return _part(
        ResourcePart,
        title=line(resource.title),
        url=resource.url,
        kind=resource.kind,
        papers=sorted(refs[paper.pk] for paper in resource.papers.all()),
        pk=resource.pk,
    )


def _person(person: Person) -> PersonPart:
    others = {name_key(name.name): line(name.name) for name in person.names.all()}
    others.pop(name_key(person.name), None)
    return _part(
        PersonPart,
        name=line(person.name),
        url=person.url,
        other_names=[others[key] for key in sorted(others)],
        slug=person.slug,
        former_slugs=sorted(slug.slug for slug in person.slugs.all()),
        pk=person.pk,
    )


def _session(session: Session, refs: dict[int, str]) -> SessionPart:
    return _part(
        SessionPart,
        number=session.number,
        last_number=session.last_number,
        title=line(session.title),
        state=session.state,
        starts_at=session.starts_at,
        duration=session.duration,
        date_to_come=session.date_to_come,
        nothing_more=session.nothing_more,
        summary=text(session.summary),
        presenters=_names(session.presenters.all()),
        join_url=session.join_url,
        readings=[_reading(reading, refs) for reading in session.readings.all()],
        materials=[_material(material) for material in session.materials.all()],
        slug=session.slug,
        former_slugs=sorted(slug.slug for slug in session.slugs.all() if slug.slug != session.slug),
        pk=session.pk,
    )


def _reading(reading: Reading, refs: dict[int, str]) -> ReadingPart:
    return _part(
        ReadingPart,
        paper=refs[reading.paper_id] if reading.paper_id else None,
        resource=reading.resource.url if reading.resource else None,
        same_as=reading.same_as.number if reading.same_as else None,
        label=line(reading.label),
        indent=reading.indent,
        presenters=_names(reading.presenters.all()),
        note=line(reading.note),
        pk=reading.pk,
    )


def _material(material: Material) -> MaterialPart:
    return _part(
        MaterialPart,
        kind=material.kind,
        label=line(material.label),
        href=material.href,
        file=material.file.name or "",
        chapters=text(material.chapters),
        presenters=_names(material.presenters.all()),
        pk=material.pk,
    )
