"""A session goes back to any earlier moment with its readings, materials and presenters; that is a save itself."""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from papers.adminhistory import SEEN_OTHERWISE
from papers.models import PaperAlias
from papers.moments import describe
from sessions.history import moments, preview, revert
from sessions.models import Person, Reading, Session
from tests.factories import leave, make_paper, make_session, read
from tests.test_admin import Inline, session_form, url
from tests.test_history import go_back

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(db):
    client = Client()
    client.force_login(User.objects.create(username="ada", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def session(db):
    """A session with two readings, a recording and presenters, saved at once."""
    with transaction.atomic():
        ann = Person.objects.create(name="Ann")
        session = make_session(1, "First")
        session.presenters.add(ann)
        read(session, make_paper("DDPM"), presenters=[ann], position=1)
        read(session, label="Words", position=2)
        leave(session, "https://video.example/1", kind="recording", presenters=[ann])
    return session


def whole(session):
    session.refresh_from_db()
    return (
        session.title,
        session.slug,
        [str(person) for person in session.presenters.all()],
        [(line.pk, line.text, [str(p) for p in line.presenters.all()]) for line in session.readings.all()],
        [(line.pk, line.href, [str(p) for p in line.presenters.all()]) for line in session.materials.all()],
    )


def change_everything(session):
    with transaction.atomic():
        session.title = "Second"
        session.save()
        session.presenters.clear()
        Reading.objects.get(label="Words").delete()
        ddpm = session.readings.get()
        ddpm.note, ddpm.position = "changed", 9
        ddpm.save()
        ddpm.presenters.clear()
        read(session, label="New", position=1)
        session.materials.get().delete()


def test_everything_is_as_it_was_and_back_again(session):
    first = whole(session)
    change_everything(session)
    second = whole(session)
    then, *_ = reversed(moments(session.pk))
    assert revert(session.pk, then).lost == []
    assert whole(session) == first
    before = moments(session.pk)[1]
    revert(session.pk, before)
    assert whole(session) == second
    assert session.revision == 4
    assert len(moments(session.pk)) == 4


def test_the_moments_say_what_changed(session):
    change_everything(session)
    found = moments(session.pk)
    describe(found)
    assert [(line.what, line.how, line.name) for line in found[0].lines] == [
        ("Session", "changed", ""),
        ("Reading", "changed", "DDPM"),
        ("Reading", "removed", "Words"),
        ("Material", "removed", "Recording"),
        ("Reading", "added", "New"),
    ]
    assert [(each.field, each.old, each.new) for each in found[0].lines[0].changes] == [
        ("Title", "First", "Second"),
        ("Presenters", "Ann", "nothing"),
    ]
    assert [line.what for line in preview(session.pk, found[1])] == [
        "Session",
        "Reading",
        "Reading",
        "Material",
        "Reading",
    ]


def test_what_a_form_added_is_said_to_be_added_whatever_else_that_save_did_to_it(client):
    """A form saves a new line, then its presenters and its place: several records of one save."""
    new = session_form(
        readings=[{"what": "One\nTwo", "presenters": "Ann"}],
        materials=[{"kind": "other", "href": "https://a.example/"}],
    )
    assert client.post("/admin/reading_sessions/session/add/", new).status_code == 302
    found = moments(Session.objects.get().pk)
    describe(found)
    assert [[(line.what, line.how, line.name) for line in moment.lines] for moment in found] == [
        [
            ("Session", "added", ""),
            ("Reading", "added", "One"),
            ("Reading", "added", "Two"),
            ("Material", "added", "Other"),
        ]
    ]


def test_a_deleted_session_comes_back_with_all_and_its_addresses(client, session):
    session.slug = "another"
    session.save()
    was, key = whole(session), session.pk
    session.delete()
    page = url(Session, "history", key)
    assert client.get(page).status_code == 200
    deleted = client.get(url(Session, "deleted")).content.decode()
    assert "First" in deleted
    record = Session.history.filter(id=key, history_type="-").get()
    address = url(Session, "simple_history", key, record.pk)
    assert go_back(client, address).status_code == 302
    session = Session.objects.get(pk=key)
    assert whole(session) == was
    assert sorted(session.slugs.values_list("slug", flat=True)) == ["1-first", "another"]


def test_rows_without_a_record_stay(session):
    then = moments(session.pk)[0]
    Reading.objects.bulk_create([Reading(session=session, label="Old", position=3)])
    revert(session.pk, then)
    assert [line.text for line in session.readings.all()] == ["DDPM", "Words", "Old"]
    old = Reading.objects.get(label="Old")
    old.note = "edited since"
    old.save()
    revert(session.pk, then)
    assert Reading.objects.filter(pk=old.pk).exists()


def test_a_merged_paper_is_followed(session):
    then = moments(session.pk)[0]
    reading = session.readings.get(paper__isnull=False)
    old, other = reading.paper, make_paper("Another")
    reading.paper = other
    reading.save()
    old.delete()
    PaperAlias.objects.create(paper=other, kind="slug", value="ddpm")
    assert revert(session.pk, then).lost == []
    reading.refresh_from_db()
    assert reading.paper == other


def test_deleted_targets_and_people_come_back(session):
    then = moments(session.pk)[0]
    reading = session.readings.get(paper__isnull=False)
    paper = reading.paper.pk
    reading.delete()
    reading_paper = type(make_paper("Other")).objects.get(pk=paper)
    reading_paper.delete()
    Person.objects.get().delete()
    lost = revert(session.pk, then).lost
    assert lost == [
        "Ann was deleted and has been brought back.",
        "“DDPM” was deleted and has been brought back.",
    ]
    assert session.readings.get(paper=paper).paper.titles.get().key == "ddpm"
    assert [str(person) for person in session.presenters.all()] == ["Ann"]


def test_a_number_that_another_session_took_is_refused_and_nothing_half_done(client, session):
    then = moments(session.pk)[0]
    change_everything(session)
    session.number = 5
    session.save()
    make_session(1, "Faster")
    before = whole(session)
    with pytest.raises(ValidationError):
        revert(session.pk, then)
    response = go_back(client, url(Session, "simple_history", session.pk, then.version))
    assert response.status_code == 200
    assert "Another session already has one of these numbers" in response.content.decode()
    assert whole(session) == before


def test_going_back_overwrites_nothing_that_was_saved_after_one_looked(client, session):
    change_everything(session)
    address = url(Session, "simple_history", session.pk, moments(session.pk)[-1].version)
    seen = client.get(address).context_data["seen"]
    read(session, label="A colleague's", position=5)
    before = whole(session)
    response = client.post(address, {"seen": seen})
    assert response.context_data["refusals"] == [SEEN_OTHERWISE]
    assert [line.name for line in response.context_data["lines"] if line.how == "removed"] == [
        "New",
        "A colleague's",
    ]
    assert whole(session) == before
    assert client.post(address, {"seen": response.context_data["seen"]}).status_code == 302
    assert [line.text for line in session.readings.all()] == ["DDPM", "Words"]


@pytest.mark.parametrize("lines", [1, 30])
def test_looking_at_what_would_change_costs_the_same_whatever_was_added(client, session, lines):
    then = moments(session.pk)[0]
    for index in range(lines):
        read(session, label=f"New {index}", position=index)
    address = url(Session, "simple_history", session.pk, then.version)
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    assert len(queries) == 19


def test_a_circle_is_refused(session):
    other = make_session(2)
    line = read(session, same_as=other)
    then = moments(session.pk)[0]
    line.delete()
    read(other, same_as=session)
    with pytest.raises(ValidationError):
        revert(session.pk, then)
    assert not Reading.objects.filter(pk=line.pk).exists()


def test_the_pages_lead_back_and_obey_the_policy(client, session):
    first = whole(session)
    change_everything(session)
    page = client.get(url(Session, "history", session.pk))
    html = page.content.decode()
    then = moments(session.pk)[-1]
    address = url(Session, "simple_history", session.pk, then.version)
    assert address in html
    asked = client.get(address)
    assert Inline(html).refused == Inline(asked.content.decode()).refused == []
    assert whole(session) != first
    assert go_back(client, address).status_code == 302
    assert whole(session) == first
    assert {
        record.history_user.username
        for record in moments(session.pk)[0].after.values()
        if record.history_user
    } == {"ada"}


@pytest.mark.parametrize("version", ["0", "x", "9" * 40, "-1", "1 OR 1=1"])
def test_nonsense_versions_are_not_found(client, session, version):
    assert client.get(url(Session, "simple_history", session.pk, version)).status_code == 404
    assert client.get(url(Session, "history", 10**30)).status_code == 302


def test_300_moments_cost_no_more_queries_than_3(client, session):
    def cost():
        page = url(Session, "history", session.pk)
        client.get(page)
        with CaptureQueriesContext(connection) as queries:
            response = client.get(page)
        assert len(response.content) < 250_000
        return len(queries)

    for number in range(3):
        session.title = f"Title {number}"
        session.save()
    few = cost()
    for number in range(300):
        session.title = f"Again {number}"
        session.save()
    assert cost() == few <= 25
