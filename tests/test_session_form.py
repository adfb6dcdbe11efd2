"""The session's form: what is pasted is found or made, names become people, drafts are previewed."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from papers.models import Paper, Resource
from sessions.models import Person, Reading, Session
from tests.factories import make_paper, make_session, read
from tests.test_admin import errors, session_form, url


@pytest.fixture
def client(db):
    client = Client()
    client.force_login(User.objects.create(username="ada", is_staff=True, is_superuser=True))
    return client


def save(client, session, readings, **fields):
    return client.post(url(Session, "change", session.pk), session_form(session, readings=readings, **fields))


def test_several_lines_in_a_new_row_are_several_readings_at_its_place(client):
    session, _ = make_session(1), make_paper("DDPM", arxiv_id="2006.11239")
    last = read(session, label="Last", position=1)
    lines = "arxiv.org/abs/2006.11239v2\nhep-th/9901001\nhttps://github.com/owls/edm\nSome words"
    rows = [
        {"id": last.pk, "what": "Last", "position": 2},
        {"what": lines, "position": 1, "presenters": "Ann"},
    ]
    assert save(client, session, rows).status_code == 302
    found = [
        (line.position, str(line.paper or line.resource or line.label)) for line in session.readings.all()
    ]
    assert found == [
        (1, "DDPM"),
        (2, "arXiv:hep-th/9901001"),
        (3, "github.com/owls/edm"),
        (4, "Some words"),
        (5, "Last"),
    ]
    assert [str(paper) for paper in Paper.objects.all()] == ["arXiv:hep-th/9901001", "DDPM"]
    assert [(thing.kind, thing.url) for thing in Resource.objects.all()] == [
        ("code", "https://github.com/owls/edm")
    ]
    assert [person.name for person in Person.objects.all()] == ["Ann"]


def test_an_unchanged_line_keeps_its_target_and_label(client):
    session, paper = make_session(1), make_paper("DDPM")
    line = read(session, paper, label="The first one", presenters=[Person.objects.create(name="Ann")])
    before = line.history.count()
    row = {"id": line.pk, "what": "DDPM", "label": "The first one", "presenters": "Ann", "position": 1}
    assert save(client, session, [row]).status_code == 302
    line.refresh_from_db()
    assert (line.paper, line.label, [p.name for p in line.presenters.all()]) == (
        paper,
        "The first one",
        ["Ann"],
    )
    assert line.history.count() == before + 1  # its position


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("same as 1", "A session cannot have the same readings as itself. Choose another session."),
        ("same as 2", "That session's readings lead back to this one. Choose the session that lists them itself."),
        ("same as 99", "There is no session 99. Choose one that the site has."),
        ("javascript:alert(1)", "“javascript:alert(1)” cannot be a link. Paste an address that starts with https://."),
        ("x" * 10_000, "This has 10,000 characters; a line has at most 500. Shorten it."),
    ],
)  # fmt: skip
def test_a_bad_line_is_refused_at_its_field_and_nothing_is_made(client, what, said):
    session, other = make_session(1), make_session(2)
    read(other, same_as=session)
    rows = [{"what": "2006.11239", "presenters": "Ann"}, {"what": what}]
    assert errors(save(client, session, rows)) == {"readings-1-what": [said]}
    assert (Paper.objects.count(), Person.objects.count(), session.readings.count()) == (0, 0, 0)


def test_the_form_costs_the_same_queries_at_1_and_30_readings(client):
    session = make_session(1)
    page = url(Session, "change", session.pk)
    client.get(page)  # what is asked once a process
    counts = []
    for first, last in ((1, 1), (2, 30)):
        for number in range(first, last + 1):
            ann = Person.objects.create(name=f"Person {number}")
            read(session, make_paper(f"Paper {number}"), presenters=[ann])
        with CaptureQueriesContext(connection) as queries:
            client.get(page)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 25


def test_a_new_session_has_the_next_free_number_and_the_readings_asked_for(client):
    make_session(16, last_number=17)
    response = client.get(url(Session, "add") + "?readings=arXiv:2006.11239&readings=Words")
    html = response.content.decode()
    assert 'name="number" value="18"' in html
    data = session_form(number=18, readings=[{"what": "arXiv:2006.11239"}, {"what": "Words"}])
    client.post(url(Session, "add") + "?readings=arXiv:2006.11239&readings=Words", data)
    lines = Reading.objects.filter(session__number=18)
    assert [str(line) for line in lines] == ["arXiv:2006.11239", "Words"]


def test_a_draft_is_previewed_by_organizers_only(client):
    draft = make_session(1, "Secret", state="draft")
    page = url(Session, "preview", draft.pk)
    html = client.get(page).content.decode()
    assert "Draft: only organizers see this" in html
    assert client.post(page).status_code == 405
    assert client.get(url(Session, "preview", 10**20)).status_code == 404
    staff = Client()
    staff.force_login(User.objects.create(username="bob", is_staff=True))
    assert staff.get(page).status_code == 403
    assert Client().get(page).status_code == 302
