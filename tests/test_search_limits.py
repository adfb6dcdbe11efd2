"""However much is typed, little is looked for, and the database is stopped in time; what was ignored is said."""

import re
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from papers.models import Paper
from readinggroup.search import patience as patience_module
from readinggroup.search.filters import Narrowing
from readinggroup.search.mending import MOST_MENDED, mend
from readinggroup.search.patience import LONGEST, SearchError, patience
from readinggroup.search.words import MOST_TERMS, MOST_WITHOUT, parse
from sessions.models import Person
from tests.factories import leave, make_paper, make_session, read
from tests.test_search import said

pytestmark = pytest.mark.usefixtures("searched_at_once")

LETTERS = [chr(ord("a") + number) for number in range(26)]


@pytest.mark.parametrize("joined", [" ", "|", " or ", ","])
def test_only_so_many_words_are_looked_for_however_they_are_joined(joined: str):
    query = parse(joined.join(LETTERS))
    assert [term.typed for term in query.terms] == LETTERS[:MOST_TERMS]
    assert list(query.too_many) == LETTERS[MOST_TERMS:]
    assert parse(joined.join(LETTERS[:MOST_TERMS])).too_many == ()


def test_only_so_many_are_left_out_and_phrases_count_as_words_do():
    query = parse('owl "a b" ' + " ".join(f"-{letter}" for letter in LETTERS))
    assert [term.typed for term in query.without] == LETTERS[:MOST_WITHOUT]
    assert list(query.too_many) == [f"-{letter}" for letter in LETTERS[MOST_WITHOUT:]]
    assert list(parse(" ".join(f'"{letter} x"' for letter in LETTERS)).too_many) == [
        f'"{letter} x"' for letter in LETTERS[MOST_TERMS:]
    ]


@pytest.mark.django_db
def test_what_was_ignored_is_said(client: Client):
    make_paper("Owls")
    many = " ".join(LETTERS[:MOST_TERMS])
    assert "A search takes" not in said(client, q=f"{many}")
    text = said(client, q=f"{many} owls <b> bridge -feathers at night")
    assert (
        "A search takes up to 16 words, and up to 8 to leave out. Ignored: “owls”, “&lt;b&gt;”, “bridge” and 2 more."
        in text
    )
    assert "Ignored: “owls”." in said(client, q=f"{many} owls")
    assert "What came after them was ignored" in said(client, q="owls " + "x" * 200)
    assert "was ignored" not in said(client, q="owls " + "x" * 195)


@pytest.mark.django_db
def test_other_spellings_are_tried_for_a_few_words_only():
    words = ["diffusion", "schrodinger", "guidance", "sampling", "distillation", "autoencoder", "transformer"]
    make_paper(" ".join(words))
    slips = [word[:3] + word[4:] for word in words]
    with CaptureQueriesContext(connection) as captured:
        mended, spellings = mend(parse(" ".join(slips)))
    assert [spelling.instead for spelling in spellings] == [(word,) for word in words[:MOST_MENDED]]
    assert [term.typed for term in mended.terms] == [*words[:MOST_MENDED], *slips[MOST_MENDED:]]
    assert len(captured) == 3


# --- Time --------------------------------------------------------------------------------------------------
def timeout() -> int:
    """The limit of this very question, in milliseconds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setting FROM pg_settings WHERE name = 'statement_timeout'")
        (found,) = cursor.fetchone() or ("",)
    return int(found)


@pytest.mark.django_db(transaction=True)
def test_the_limit_is_there_within_and_gone_afterwards():
    before = timeout()
    with patience():
        assert LONGEST - 1000 < timeout() <= LONGEST
    assert timeout() == before
    with pytest.raises(SearchError) as stopped, patience(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 5; SELECT pg_sleep(10)")
    assert stopped.value.took_too_long
    assert timeout() == before
    assert Paper.objects.count() == 0  # the connection goes on working
    with pytest.raises(DatabaseError, match="division by zero"), patience(), connection.cursor() as cursor:
        cursor.execute("SELECT 1/0")


@pytest.mark.django_db
def test_within_another_transaction_its_own_limit_is_there_again():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '7s'")
    with patience():
        assert timeout() <= LONGEST
    assert timeout() == 7000


@pytest.mark.django_db
def test_all_questions_together_have_the_time_of_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(patience_module, "LONGEST", 300)
    took = []

    def ask() -> None:
        with patience(), connection.cursor() as cursor:
            for number in range(10):
                took.append(number)
                cursor.execute("SELECT pg_sleep(0.12)")

    with pytest.raises(SearchError) as stopped:
        ask()
    assert (len(took), stopped.value.took_too_long) == (3, True)


@pytest.mark.django_db
def test_once_the_time_is_over_nothing_is_asked_however_little_it_takes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(patience_module, "LONGEST", 0)
    execute = lambda *_: pytest.fail("asked")  # noqa: E731
    with pytest.raises(SearchError) as stopped, patience(), connection.execute_wrapper(execute):
        Paper.objects.count()
    assert stopped.value.took_too_long


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/search/",
        "/search/?q=owls&kind=session&presenter=ann",
        "/search/?q=wols+owsl&presenter=nobody",
        "/search/?q=2001.00001",
        "/search/results/?q=2001.00001&presenter=ann",
    ],
)
def test_whatever_a_search_asks_has_what_the_questions_before_have_left(client: Client, path: str):
    make_paper("Owls", arxiv_id="2001.00001")
    make_session(1, "Owls").presenters.add(Person.objects.create(name="Ann"))
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    # The first and the last keep the limit of the transaction that this test is.
    limits = [re.match(r"SET LOCAL statement_timeout = (\d+); ", query["sql"]) for query in captured][1:-1]
    left = [int(limit[1]) for limit in limits if limit]
    assert len(left) == len(limits) >= 2
    assert left == sorted(left, reverse=True)
    assert LONGEST - 1000 < left[0] <= LONGEST


def a_slow_database(slow: str, seconds: float) -> AbstractContextManager[None]:
    """Before a question about the table `slow` is answered, another one takes some time."""

    def slowly(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if slow in sql:
            execute("SELECT pg_sleep(%s)", [seconds], many, context)
        return execute(sql, params, many, context)

    return connection.execute_wrapper(slowly)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/search/", "/search/results/"])
def test_a_search_that_takes_too_long_is_stopped_and_says_what_to_do(
    client: Client, monkeypatch: pytest.MonkeyPatch, path: str
):
    make_paper("Owls")
    make_session(1).presenters.add(Person.objects.create(name="Ann"))
    monkeypatch.setattr(patience_module, "LONGEST", 200)
    with a_slow_database("readinggroup_searchentry", 5):
        response = client.get(path, {"q": "owls", "kind": "paper"})
        html = response.content.decode()
    assert response.status_code == 503
    assert "This search took too long and was stopped. Try fewer words" in html
    assert 'href="/search/?q=owls">only papers' in html
    assert ('value="owls"' in html) == ("Ann</option>" in html) == (path == "/search/")
    assert "Nothing was found" not in html
    assert client.get(path, {"q": "owls"}).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/search/", "/search/results/"])
@pytest.mark.parametrize(
    ("slow", "query"),
    [
        (("_", 0.12), "q=wols+owsl"),  # each question by itself is in time
        (("papers_paper", 5), "q=2001.00001"),
        (("papers_paper", 5), "q=10.1000/owls"),
        (("reading_sessions_person", 5), "q=owls&presenter=ann"),
        (("reading_sessions_person", 5), "presenter=ann"),
    ],
)
def test_it_is_stopped_whichever_of_its_questions_take_the_time(
    client: Client, monkeypatch: pytest.MonkeyPatch, path: str, slow: tuple[str, float], query: str
):
    monkeypatch.setattr(patience_module, "LONGEST", 300)
    with a_slow_database(*slow):
        response = client.get(f"{path}?{query}")
    html = response.content.decode()
    assert response.status_code == 503
    assert "This search took too long and was stopped. Try fewer words" in html
    assert ("</form>" in html) == (path == "/search/")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "lead"),
    [
        ("q=owl", "12 results"),
        ("q=owl&page=2", "404"),
        ("q=owl&few=1", "12 results"),
        ("kind=paper", "12 results: everything that matches this filter"),
        ("kind=paper&few=1", "12 results: everything that matches this filter"),
        ("kind=session&has=slides", "Nothing matches these filters."),
        (
            "kind=paper&has=recording&has=slides&q=owl",
            "Only sessions have a recording and slides. Look among sessions, or leave that filter out.",
        ),
        ("has=slides&q=owl", "Nothing was found for “owl” with these filters."),
        ("q=owl%200", "1 result"),
    ],
)
def test_the_page_says_how_many_there_are_and_of_what(client: Client, query: str, lead: str):
    for number in range(12):
        make_paper(f"Owl {number}")
    response = client.get(f"/search/results/?{query}")
    if lead == "404":
        assert response.status_code == 404
        return
    html = response.content.decode()
    found = re.search(r'<p class="lead found">\s*(.*?)\s*</p>', html, re.DOTALL)
    assert found
    assert found[1] == lead


@pytest.mark.django_db
def test_a_word_that_is_just_begun_does_not_spoil_the_rest(client: Client):
    make_paper("Flow Matching")
    assert "some of them" not in said(client, q="flow m")
    assert "some of them" in said(client, q="flow mo")
    assert "Flow" in said(client, q="flow m")


@pytest.mark.django_db
def test_who_takes_part_in_everything_is_found_once_and_soon():
    everywhere = Person.objects.create(name="Ann")
    for number in range(1, 31):
        session = make_session(number)
        session.presenters.add(everywhere)
        read(session, label="Words", presenters=[everywhere])
        leave(session, f"slides-{number}.pdf", kind="slides", presenters=[everywhere])
    people = Narrowing(kind="person", first=1, last=30).entries()
    assert [entry.title for entry in people] == ["Ann"]
    # Parts that are joined would be 30 x 30 x 30. (Scans count what other tests took back as well.)
    plan = people.explain(analyze=True)
    joins = re.findall(r"(?:Nested Loop|Join).* \(actual time=\S+ rows=([\d.]+)", plan)
    assert 1 <= max(int(float(rows)) for rows in joins) <= 90


@pytest.mark.django_db
def test_what_was_typed_can_be_looked_for_word_by_word_as_it_is(client: Client):
    make_paper("Diffusion")
    html = client.get("/search/results/", {"q": "-difusion difusions difusion"}).content.decode()
    assert "?q=-difusion+%22difusions%22+%22difusion%22" in html
    assert "exactly as typed" not in client.get("/search/results/", {"q": 'd\\"iffusoin'}).content.decode()


@pytest.mark.django_db
def test_below_the_field_there_are_a_few_and_the_way_to_all(client: Client):
    for number in range(9):
        make_paper(f"Owl {number}")
    html = client.get("/search/results/?few=1&q=owl").content.decode()
    assert len(re.findall('class="work answer"', html)) == 8
    assert '<p class="all"><a href="/search/?q=owl">All 9 results</a></p>' in html
    Paper.objects.first().delete()  # type: ignore[union-attr]
    html = client.get("/search/results/?few=1&q=owl").content.decode()
    assert len(re.findall('class="work answer"', html)) == 8
    assert 'class="all"' not in html


@pytest.mark.django_db
def test_the_title_of_the_page_is_what_was_asked_for(client: Client):
    for query, title in (
        ("", "Search"),
        ("q=owl+%3Cb%3E&kind=paper", "Search: owl &lt;b&gt;"),
        ("kind=paper&from=3", "Search: only papers, from week 3"),
    ):
        assert f"<title>{title} · " in client.get(f"/search/?{query}").content.decode()
