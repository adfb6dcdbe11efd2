"""What was written down before the search was built: each case, asked over HTTP, has its first answer."""

import re
import unicodedata
from html import unescape

import pytest
from django.test import Client

from papers.models import Paper
from sessions.models import Session
from tests.factories import move_in
from tests.search_cases import CASES, DETAILS, SUMMARIES, Case

pytestmark = pytest.mark.usefixtures("searched_at_once")

FIRST = re.compile(
    r'<a class="work answer" href="[^"]*"><span class="kind">(\w+)</span> (.*?)</a>', re.DOTALL
)


def first_answer(client: Client, case: Case) -> tuple[str, ...]:
    """The kind and name of the first answer as shown, or where the search leads to; empty where nothing is found."""
    response = client.get("/search/", {"q": case.q, **case.filters})
    if response.status_code == 302:
        return ("goes to", response["Location"])
    assert response.status_code == 200
    found = FIRST.search(response.content.decode())
    return (found[1], as_read(re.sub(r"<[^>]+>", "", found[2]))) if found else ()


def as_read(text: str) -> str:
    """A name without what no reader sees: which of Unicode's forms its letters have (ﬁ is fi, a raised 2 a 2)."""
    return unicodedata.normalize("NFKC", unescape(text))


@pytest.mark.django_db
def test_every_case_has_the_first_answer_that_was_written_down(client: Client):
    move_in()
    for title, (authors, abstract) in DETAILS.items():
        assert Paper.objects.known_as(title).update(authors=authors, abstract=abstract) == 1
    for number, summary in SUMMARIES.items():
        assert Session.objects.filter(number=number).update(summary=summary) == 1
    wrong = []
    for case in CASES:
        answer, expected = first_answer(client, case), tuple(map(as_read, case.first))
        if answer != expected:
            wrong.append((case.q, case.filters, answer, expected))
    assert wrong == []
    assert len(CASES) >= 30
