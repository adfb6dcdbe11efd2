"""Two organizers with the same form open: the second to save is told, and overwrites nothing by accident."""

import re
import threading
import time

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections
from django.test import Client

from papers.models import Paper
from readinggroup.interchange import merge as merging
from readinggroup.interchange.load import load
from readinggroup.interchange.readers import READERS
from readinggroup.interchange.readers import read as read_document
from sessions.merging import merge_people
from sessions.models import Person, Reading, Session
from tests.factories import make_paper, make_session, read
from tests.test_admin import management, session_form, url

pytestmark = pytest.mark.django_db(transaction=True)


def organizer(name):
    client = Client()
    client.force_login(User.objects.create(username=name, is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def ada(db):
    return organizer("ada")


@pytest.fixture
def bob(db):
    return organizer("bob")


def opened(client, row):
    """What the form of a row says that it was made from."""
    return made_from(client.get(url(type(row), "change", row.pk)).content.decode())


def made_from(html):
    found = re.search(r'name="made_from" value="([^"]+)"', html)
    assert found
    return found[1]


def save(client, session, token, readings, **fields):
    data = session_form(session, readings=readings, made_from=token) | fields
    return client.post(url(Session, "change", session.pk), data)


def line(reading, **fields):
    return {
        "id": reading.pk,
        "label": reading.label,
        "note": reading.note,
        "position": reading.position,
    } | fields


def shown(response):
    """What the form shows now, as a browser would send it."""
    form = response.context_data["adminform"].form
    readings = response.context_data["inline_admin_formsets"][0].formset
    return form, [(row["what"].value(), row["note"].value() or "", row["id"].value()) for row in readings]


def test_a_form_that_nobody_overtook_is_saved(ada):
    session = make_session(1)
    response = save(ada, session, opened(ada, session), [], title="New")
    assert response.status_code == 302
    assert Session.objects.get().title == "New"


def test_the_second_is_told_and_nothing_is_overwritten(ada, bob):
    session = make_session(1)
    kept, removed, moved = (read(session, label=label) for label in ("Kept", "Removed", "Third"))
    adas, bobs = opened(ada, session), opened(bob, session)
    lines = [line(kept, note="by Ada"), line(removed, DELETE="on"), line(moved), {"label": "Ada's new"}]
    assert save(ada, session, adas, lines, title="Ada's", summary="Ada").status_code == 302
    mine = [line(kept), line(removed), line(moved, note="by Bob"), {"label": "Bob's new"}]
    response = save(bob, session, bobs, mine, title="Bob's", slug=session.slug)
    assert response.status_code == 200
    report = response.context_data["meanwhile"]
    assert report.who == "ada"
    assert [(each.field, each.theirs, each.mine) for each in report.conflicts] == [
        ("Title", "Ada's", "Bob's")
    ]
    assert [(each.what, each.how, each.name) for each in report.lines] == [
        ("Session", "changed", ""),
        ("Reading", "changed", "Kept"),
        ("Reading", "removed", "Removed"),
        ("Reading", "added", "Ada's new"),
    ]
    session.refresh_from_db()
    assert session.title == "Ada's"
    form, rows = shown(response)
    assert (form["title"].value(), form["summary"].value()) == ("Bob's", "Ada")
    new = session.readings.get(label="Ada's new")
    assert rows == [
        ("Kept", "by Ada", str(kept.pk)),
        ("Third", "by Bob", str(moved.pk)),
        ("Ada's new", "", str(new.pk)),
        ("Bob's new", "", None),
    ]
    html = response.content.decode()
    assert "Ada saved this on " in html
    assert "Nothing is saved yet" in html
    # Saved once more, with what the form shows now.
    again = made_from(html)
    request = response.wsgi_request.POST
    sent = {name: request.getlist(name) for name in request} | {"made_from": again}
    assert bob.post(url(Session, "change", session.pk), sent).status_code == 302
    session.refresh_from_db()
    assert (session.title, session.summary) == ("Bob's", "Ada")
    assert list(session.readings.values_list("label", "note")) == [
        ("Kept", "by Ada"),
        ("Third", "by Bob"),
        ("Ada's new", ""),
        ("Bob's new", ""),
    ]


def test_a_line_that_the_second_changed_and_the_first_removed_is_kept_as_a_new_one(ada, bob):
    session = make_session(1)
    reading = read(session, label="Both")
    adas, bobs = opened(ada, session), opened(bob, session)
    save(ada, session, adas, [line(reading, DELETE="on")])
    response = save(bob, session, bobs, [line(reading, note="by Bob")])
    assert shown(response)[1] == [("Both", "by Bob", None)]
    assert response.context_data["meanwhile"].notes == [
        "Reading “Both” was removed meanwhile, but you changed it: saving adds it again."
    ]


def test_the_same_form_sent_twice_adds_nothing_twice(ada):
    session = make_session(1)
    token = opened(ada, session)
    assert save(ada, session, token, [{"label": "New"}]).status_code == 302
    response = save(ada, session, token, [{"label": "New"}])
    assert [label for label, *_ in shown(response)[1]] == ["New"]
    assert response.context_data["meanwhile"].who == "you, in another window,"


def test_presenters_that_the_second_left_alone_are_those_of_the_first(ada, bob):
    session = make_session(1)
    Person.objects.create(name="Ann")
    adas, bobs = opened(ada, session), opened(bob, session)
    save(ada, session, adas, [], presenters="Ann", starts_at_0="2026-03-01", starts_at_1="18:00:00")
    response = save(bob, session, bobs, [], title="Bob's")
    form, _ = shown(response)
    assert form["presenters"].value() == "Ann"
    assert [str(each) for each in form["starts_at"].value()] == ["2026-03-01", "18:00"]


def test_presenters_from_before_are_compared_in_the_session_and_its_lines(ada, bob):
    ann, bea = (Person.objects.create(name=name) for name in ("Ann", "Bea"))
    session = make_session(1)
    session.presenters.set([ann])
    reading = read(session, label="Words", presenters=[ann, bea])
    adas, bobs = opened(ada, session), opened(bob, session)
    same = line(reading, what="Words", presenters="Ann, Bea")
    assert save(ada, session, adas, [same], summary="Ada", presenters="Ann").status_code == 302
    response = save(bob, session, bobs, [same | {"presenters": "Bea"}], presenters="Ann, Bea")
    form, _ = shown(response)
    assert (form["summary"].value(), form["presenters"].value()) == ("Ada", "Ann, Bea")
    again = response.wsgi_request.POST.dict() | {"made_from": made_from(response.content.decode())}
    assert bob.post(url(Session, "change", session.pk), again).status_code == 302
    assert [str(person) for person in Session.objects.get().presenters.all()] == ["Ann", "Bea"]
    assert [str(person) for person in reading.presenters.all()] == ["Bea"]


def test_presenters_who_were_merged_meanwhile_break_nothing(ada, bob):
    ann, bea = (Person.objects.create(name=name) for name in ("Ann", "Bea"))
    session = make_session(1)
    session.presenters.set([ann])
    bobs = opened(bob, session)
    save(ada, session, opened(ada, session), [], summary="Ada", presenters="Bea")
    merge_people(bea, ann)
    response = save(bob, session, bobs, [], title="Bob's", presenters="Ann")
    form, _ = shown(response)
    assert (form["title"].value(), form["summary"].value()) == ("Bob's", "Ada")


def test_rows_older_than_their_history_are_compared_too(ada, bob):
    session = make_session(1)
    Session.history.all().delete()
    adas, bobs = opened(ada, session), opened(bob, session)
    assert save(ada, session, adas, [], summary="Ada").status_code == 302
    response = save(bob, session, bobs, [], summary="Bob")
    assert [
        (each.field, each.theirs, each.mine) for each in response.context_data["meanwhile"].conflicts
    ] == [("Summary", "Ada", "Bob")]
    assert Session.objects.get().summary == "Ada"


def test_a_save_during_an_import_waits_and_overwrites_nothing_of_it(ada, monkeypatch):
    def text(note):
        lines = f"  readings:\n  - {{label: One, note: {note}}}\n"
        return f"group: {{name: Owls}}\nsessions:\n- number: 1\n  title: One\n  state: published\n{lines}"

    def bring(note):
        load(read_document(text(note).encode(), READERS[".yaml"]), file_name="a.yaml")

    bring("old")
    session, reading = Session.objects.get(), Reading.objects.get()
    token = opened(ada, session)
    has_locked, merge = threading.Event(), merging.merge

    def slowly(*args, **kwargs):
        has_locked.set()
        wait_for_a_waiting_writer()
        return merge(*args, **kwargs)

    def importing():
        try:
            bring("imported")
        finally:
            connections.close_all()

    monkeypatch.setattr("readinggroup.interchange.load.merge", slowly)
    other = threading.Thread(target=importing)
    other.start()
    assert has_locked.wait(10)
    response = save(ada, session, token, [line(reading, what="One, changed")])
    other.join()
    assert response.status_code == 200
    assert response.context_data["meanwhile"].who == "the site"
    assert list(Reading.objects.values_list("label", "note")) == [("One", "imported")]


def wait_for_a_waiting_writer():
    """Until somebody waits for a lock, at most ten seconds."""
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)


def test_every_form_is_compared(ada, bob):
    paper = make_paper("DDPM")
    adas, bobs = opened(ada, paper), opened(bob, paper)
    titles = management("titles", 1, 1) | {
        "titles-0-id": paper.titles.get().pk,
        "titles-0-paper": paper.pk,
        "titles-0-key": "ddpm",
    }
    data = {"title": "DDPM", "slug": "ddpm", "authors": "Ann", "made_from": adas} | titles
    assert ada.post(url(Paper, "change", paper.pk), data).status_code == 302
    data = {"title": "DDPM", "slug": "ddpm", "abstract": "Bob's", "made_from": bobs} | titles
    response = bob.post(url(Paper, "change", paper.pk), data)
    form = response.context_data["adminform"].form
    assert (form["authors"].value(), form["abstract"].value()) == ("Ann", "Bob's")
    assert response.context_data["meanwhile"].conflicts == []


@pytest.mark.parametrize("token", ["", "nonsense", "session:99999999999999999999", "reading:x session:1\0"])
def test_a_form_that_says_nothing_of_where_it_comes_from_breaks_nothing(ada, token):
    session = make_session(1)
    assert save(ada, session, token, []).status_code == 302


def test_a_session_deleted_meanwhile_can_be_brought_back(ada, bob):
    session = make_session(1)
    bobs = opened(bob, session)
    key = session.pk
    ada.post(url(Session, "delete", key), {"post": "yes"})
    session.pk = key
    response = bob.post(url(Session, "change", key), session_form(title="Bob's", made_from=bobs), follow=True)
    assert response.redirect_chain == [(url(Session, "history", key), 302)]
    html = response.content.decode()
    assert "Ada deleted this session." in html
    assert "Nothing of what you typed was saved" in html


def test_a_session_is_another_revision_when_only_its_readings_change(ada):
    session = make_session(1)
    save(ada, session, opened(ada, session), [{"label": "New"}])
    assert Session.objects.get().revision == session.revision + 1
