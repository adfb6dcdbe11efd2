"""Every address on the site that leads elsewhere, where it stands, and which of them are dead."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Model, QuerySet, Value, When
from django.urls import reverse

from papers.models import LinkCheck, Paper, Resource
from papers.spots import Spot
from papers.tex import to_text
from sessions.models import Group, Material, Person, Session

# Who has one address, in a field of their own.
OWNERS: tuple[type[Model], ...] = (Paper, Resource, Person, Session)
GROUP_FIELDS = ("chat_url", "playlist_url", "join_url", "source_url")


@dataclass(frozen=True)
class Place:
    """Where an address stands: the row, and the field of its form."""

    model: type[Model]
    pk: int
    name: str  # as written, TeX not yet resolved
    what: str  # which of its addresses: "address", "arXiv id", "recording"
    field: str  # the id of the form's field, or of the part of the form that has it
    spot: Spot | None = (
        None  # None where it is made of something else (an arXiv id, a DOI, a path), or others are of it
    )

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


def linked(only: Collection[str] | None = None, group: Group | None = None) -> dict[str, list[Place]]:
    """Every address that leads elsewhere, with its places, drafts included: three queries, however much there is.

    Files of this site and mailto: are not among them. `only` asks for some addresses and no others; who has the
    group at hand spares a query.
    """
    found: dict[str, list[Place]] = defaultdict(list)
    for url, place in _all(only, group or Group.objects.current()):
        if only is None or url in only:
            found[url].append(place)
    return dict(found)


def dead_links(now: datetime, group: Group | None = None) -> list[DeadLink]:
    """What is to be mended, the longest broken first: four queries at most, one when there is nothing."""
    checks = list(LinkCheck.objects.dead(now).order_by("failing_since", "url"))
    places = linked({check.url for check in checks}, group) if checks else {}
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


def _all(only: Collection[str] | None, group: Group) -> Iterator[tuple[str, Place]]:
    for owner, pk, name, url, field, number, last_number in _own_addresses(only):
        model = OWNERS[owner]
        called = name
        if model is Session:
            called = _name(Session(title=name, number=number, last_number=last_number))
        spot = Spot(model, pk, field) if field not in ("arxiv_id", "doi") else None
        yield url, Place(model, pk, called, _label(model, field), f"id_{field}", spot)
    for field in GROUP_FIELDS:
        if group.pk and (url := getattr(group, field)):
            # Paths of materials start at the one of the README: a new one is for somebody to look at.
            spot = Spot(Group, group.pk, field) if field != "source_url" else None
            yield url, Place(Group, group.pk, group.name, _label(Group, field), f"id_{field}", spot)
    materials = Material.objects.exclude(href="").select_related("session")
    for material in materials.order_by("session__number", "position", "id"):
        if url := material.web_address(group.source_url):
            what, called = str(material.get_kind_display()).lower(), _name(material.session)
            spot = Spot(Material, material.pk, "href") if material.href == url else None
            yield url, Place(Session, material.session_id, called, what, "materials-group", spot)


def _own_addresses(only: Collection[str] | None) -> Any:
    """What papers, resources, people and sessions have in a field of their own, in one query.

    Each is a tuple: whose it is (in `OWNERS`), key, name, address, its field; then a session's number and last number.
    """
    of_paper = Case(
        When(url__gt="", then=Value("url")),
        When(arxiv_id__gt="", then=Value("arxiv_id")),
        default=Value("doi"),
    )
    unnumbered = {"number": Value(0), "last_number": Value(0)}
    kinds: list[tuple[QuerySet[Any], str, str, Any]] = [
        (Paper.objects.with_address().annotate(**unnumbered), "title", "address", of_paper),
        (Resource.objects.annotate(**unnumbered), "title", "url", Value("url")),
        (Person.objects.annotate(**unnumbered), "name", "url", Value("url")),
        (Session.objects.all(), "title", "join_url", Value("join_url")),
    ]
    first, *others = [
        rows.filter(**({f"{address}__gt": ""} if only is None else {f"{address}__in": list(only)}))
        .order_by()
        .annotate(owner=Value(owner), field=field)
        .values_list("owner", "pk", name, address, "field", "number", "last_number")
        for owner, (rows, name, address, field) in enumerate(kinds)
    ]
    return first.union(*others, all=True).order_by("owner", "pk")


def _label(model: type[Model], field: str) -> str:
    column: Any = model._meta.get_field(field)
    return str(column.verbose_name)


def _name(session: Session) -> str:
    return f"{session.numbers}: {session.title}"
