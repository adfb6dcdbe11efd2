"""However large the group: every page of the admin costs a constant number of queries, and stays light."""

import re

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from papers.models import LinkCheck, Paper, Resource
from readinggroup.models import Import
from sessions.models import BacklogEntry, Group, Person, Session
from tests.big_group import make_big_group
from tests.factories import in_days, leave, make_group, make_organizer, make_session, read
from tests.organizers import every_page, first_of

MOST_QUERIES = 25
MOST_BYTES = 250_000
# Neither list nor form: it reads the whole group, as an export does.
EXPORT = "/admin/readinggroup/import/export/"


def rows() -> dict[type[Model], Model]:
    """A row of each model, the one with the most below it."""
    Import.objects.get_or_create(file_name="README.md", document={}, report={})
    models = (Session, Group, Person, BacklogEntry, Paper, Resource, LinkCheck, Import)
    return {model: first_of(model) for model in models}


def cost(client: Client, page: str) -> tuple[int, int, int]:
    """Status, queries and bytes of a page; what is asked once a process is asked before."""
    client.get(page)
    with CaptureQueriesContext(connection) as queries:
        response = client.get(page)
    return response.status_code, len(queries), len(response.content)


def costs(client: Client, share: float) -> list[tuple[str, int, int, int]]:
    """Each page with status, queries and bytes, for a group of that share of the full size."""
    connection.check_constraints()  # nothing may be pending when tables are emptied
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE papers_paper, papers_resource, reading_sessions_session, reading_sessions_person CASCADE"
        )
    make_big_group(share)
    pages = every_page(rows())
    # Lists with how many rows each filter finds, too.
    pages += [f"{page}?_facets=True" for page in pages if re.fullmatch(r"/admin/\w+/\w+/", page)]
    return [(page, *cost(client, page)) for page in pages]


@pytest.mark.django_db
def test_every_page_costs_the_same_at_any_size():
    client = Client()
    client.force_login(make_organizer())
    small, large = costs(client, 0.1), costs(client, 1)
    assert [(page, status) for page, status, _, _ in large if status != 200] == []
    grown = [
        (page, before, after)
        for (_, _, before, _), (page, _, after, _) in zip(small, large, strict=True)
        if before != after
    ]
    assert grown == []
    assert [(page, queries) for page, _, queries, _ in large if queries > MOST_QUERIES] == [(EXPORT, 26)]
    assert [(page, size) for page, _, _, size in large if size > MOST_BYTES] == []


PAGES_OF_A_SESSION = (
    "change", "preview", "announcement", "history", "delete", "next", "plan", "move", "recording", "slides",
)  # fmt: skip


def read_and_left(session: Session, lines: int) -> None:
    """So many lines of each kind, in saves of their own."""
    for place in range(lines):
        paper = Paper.objects.create(
            title=f"{session.number}.{place}", arxiv_id=f"20{session.number:02}.{place:05}"
        )
        people = [Person.objects.create(name=f"Person {session.number}.{place}")]
        read(session, paper, presenters=people, position=place)
        leave(session, f"https://media.example/{place}", kind="slides", presenters=people, position=place)


@pytest.mark.django_db(transaction=True)
def test_every_page_of_a_session_costs_the_same_whatever_it_reads():
    client = Client()
    client.force_login(make_organizer())
    make_group()
    for neighbour in (0, 3):
        make_session(neighbour)
    found: dict[int, dict[str, tuple[int, int]]] = {}
    for number, lines in ((1, 2), (2, 40)):
        session = make_session(number, starts_at=in_days(7))
        first = session.history.last().pk
        read_and_left(session, lines)
        pages = {
            name: reverse(f"admin:reading_sessions_session_{name}", args=[session.pk])
            for name in PAGES_OF_A_SESSION
        }
        pages["go back"] = reverse("admin:reading_sessions_session_simple_history", args=[session.pk, first])
        found[lines] = {name: cost(client, page)[:2] for name, page in pages.items()}
    assert found[40] == found[2]
    assert {name: status for name, (status, _) in found[2].items() if status != 200} == {}
    assert {name: queries for name, (_, queries) in found[2].items() if queries > MOST_QUERIES} == {}
