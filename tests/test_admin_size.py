"""However large the group: every page of the admin costs a constant number of queries, and stays light."""

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from papers.models import LinkCheck, Paper, Resource
from readinggroup.models import Import
from sessions.models import BacklogEntry, Group, Person, Session
from tests.big_group import make_big_group
from tests.factories import make_organizer
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
    return [(page, *cost(client, page)) for page in every_page(rows())]


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
