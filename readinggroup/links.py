"""Every address on the site that leads elsewhere, where it stands, and which of them are dead."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.urls import reverse

from papers.models import LinkCheck, Paper, Resource
from papers.tex import to_text
from sessions.models import Group, Material, Person, Session

GROUP_FIELDS = ("chat_url", "playlist_url", "join_url", "source_url")


@dataclass(frozen=True)
class Place:
    """Where an address stands: the row, and the field of its form."""

    model: type[Model]
    pk: int
    name: str  # as written, TeX not yet resolved
    what: str  # which of its addresses: "address", "arXiv id", "recording"
    field: str  # the id of the form's field, or of the part of the form that has it

    @property
    def title(self) -> str:
        """For people: of which row, and what it is there."""
        return f"{to_text(self.name)} ({self.what})"

    @property
    def admin_url(self) -> str:
        """The page of the admin that mends it, at the field."""
        meta = self.model._meta
        return f"{reverse(f'admin:{meta.app_label}_{meta.model_name}_change', args=[self.pk])}#{self.field}"


@dataclass(frozen=True)
class DeadLink:
    """An address that does not answer, and where it stands."""

    url: str
    result: str  # in a word or two
    reason: str  # a sentence
    failing_since: datetime | None
    checked_at: datetime
    places: list[Place]


def linked(only: Collection[str] | None = None) -> dict[str, list[Place]]:
    """Every address that leads elsewhere, with its places, drafts included: six queries, however much there is.

    Files of this site and mailto: are not among them. `only` asks for some addresses and no others.
    """
    found: dict[str, list[Place]] = defaultdict(list)
    for url, place in _all(only):
        if only is None or url in only:
            found[url].append(place)
    return dict(found)


def dead_links(now: datetime) -> list[DeadLink]:
    """What is to be mended, the longest broken first: seven queries at most, one when there is nothing."""
    checks = list(LinkCheck.objects.dead(now).order_by("failing_since", "url"))
    places = linked(only={check.url for check in checks}) if checks else {}
    return [
        DeadLink(
            check.url,
            check.get_result_display(),
            check.reason,
            check.failing_since,
            check.checked_at,
            places[check.url],
        )
        for check in checks
        if check.url in places  # else somebody has mended it since
    ]


def _all(only: Collection[str] | None) -> Iterator[tuple[str, Place]]:
    papers: QuerySet[Any] = Paper.objects.with_address()
    papers = papers.exclude(url=None, arxiv_id=None, doi=None)
    for pk, title, url, arxiv_id, address in _those(papers, "address", only).values_list(
        "pk", "title", "url", "arxiv_id", "address"
    ):
        what, field = ("address", "url") if url else ("arXiv id", "arxiv_id") if arxiv_id else ("DOI", "doi")
        yield address, Place(Paper, pk, title, what, f"id_{field}")
    for pk, title, url in _those(Resource.objects.all(), "url", only).values_list("pk", "title", "url"):
        yield url, Place(Resource, pk, title, "address", "id_url")
    people = _those(Person.objects.exclude(url=""), "url", only)
    for pk, name, url in people.values_list("pk", "name", "url"):
        yield url, Place(Person, pk, name, "home page", "id_url")
    for session in _those(Session.objects.exclude(join_url=""), "join_url", only):
        yield session.join_url, Place(Session, session.pk, _name(session), "meeting room", "id_join_url")
    group = Group.objects.current()
    for field in GROUP_FIELDS:
        if group.pk and (url := getattr(group, field)):
            what = str(Group._meta.get_field(field).verbose_name)  # type: ignore[union-attr]
            yield url, Place(Group, group.pk, group.name, what, f"id_{field}")
    materials = Material.objects.exclude(href="").select_related("session")
    for material in materials.order_by("session__number", "position", "id"):
        url = material.link(group.source_url)
        if url and url.lower().startswith(("http:", "https:")):
            session, what = material.session, str(material.get_kind_display()).lower()
            yield url, Place(Session, session.pk, _name(session), what, "materials-group")


def _those(rows: QuerySet[Any], field: str, only: Collection[str] | None) -> QuerySet[Any]:
    """The rows whose address is one of `only`, in the order of their ids."""
    wanted = Q() if only is None else Q(**{f"{field}__in": list(only)})
    return rows.filter(wanted).order_by("pk")


def _name(session: Session) -> str:
    return f"{session.numbers}: {session.title}"
