"""A page costs the same few queries however much there is to show."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import populate

MOST = 10
# The page of a session has its neighbours, its place in the course and who reads the same, the earlier sessions, and the
# code of its papers as well.
MOST_OF_A_SESSION = 15
# The course says where to go on from its end.
MOST_OF_THE_COURSE = 11
# The home page has the picture of the line, which is three.
MOST_OF_HOME = 13
PAGES = {
    "/": 200,
    "/schedule/": 200,
    "/archive/": 200,
    "/map/": 200,
    "/archive/?before=2": 200,
    "/archive/course/": 200,
    "/archive/course/?after=0": 200,
    "/progress/": 200,
    "/progress/tickable.json": 200,
    "/syllabus.json": 200,
    "/sessions/1-held/": 200,
    "/sessions/1-to-come/": 200,
    "/sessions/": 301,
    "/sessions/1/": 302,
    "/sessions/1-held.ics": 200,
    "/papers/": 200,
    "/papers/read-1/": 200,
    "/papers/unread-1/": 200,
    "/backlog/": 200,
    "/resources/": 200,
    "/people/": 200,
    "/people/person-1/": 200,
    "/search/": 200,
    "/search/?q=read": 200,
    "/search/?q=per": 200,
    "/search/?q=qzxw": 200,
    "/search/?q=2001.00001": 302,
    "/accent/8c2f1b.css": 200,
    "/card.png": 200,
    "/sessions/1-held/card.png": 200,
    "/papers/read-1/card.png": 200,
    "/icon/8c2f1b.svg": 200,
    "/no-such-page/": 404,
}


def queries_of_every_page(client: Client) -> dict[str, int]:
    counts = {}
    for url, status in PAGES.items():
        with CaptureQueriesContext(connection) as queries:
            response = client.get(url)
        assert (url, response.status_code) == (url, status)
        counts[url] = len(queries)
    return counts


def statistics_are_of_yesterday() -> None:
    """What PostgreSQL knows of its tables is from when they were empty, as after a first import; no query takes for ever."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("SET LOCAL statement_timeout = '20s'")


@pytest.mark.django_db
def test_every_page_costs_the_same_few_queries_at_1_3_and_300_sessions(client: Client):
    statistics_are_of_yesterday()
    populate(1)
    counts = queries_of_every_page(client)
    populate(3)
    assert queries_of_every_page(client) == counts
    populate(300)
    assert queries_of_every_page(client) == counts
    most = {url: MOST_OF_A_SESSION if url.startswith("/sessions/") else MOST for url in counts}
    most["/"] = MOST_OF_HOME
    most["/archive/course/"] = most["/archive/course/?after=0"] = MOST_OF_THE_COURSE
    assert {url: count for url, count in counts.items() if count > most[url]} == {}
