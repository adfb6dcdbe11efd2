"""The front desk: what waits for an organizer, each line leading to where it is done; for each what they may see."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from papers.history import because
from papers.models import Paper
from readinggroup.changes import recent_changes
from readinggroup.desk import Visitor, desk, lacks
from readinggroup.models import Import
from sessions.models import BacklogEntry, Group, Material, Person, Reading, Session
from tests.factories import LONG_AGO, in_days, leave, make_group, make_paper, make_session, move_in, read
from tests.test_admin import session_form

NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def ada(db):
    return User.objects.create(username="ada", is_staff=True, is_superuser=True)


@pytest.fixture
def client(ada):
    client = Client()
    client.force_login(ada)
    return client


def change(row, place=""):
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk]) + place


def history(row):
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_history", args=[row.pk])


def of_the(group, now=NOW):
    """The desk of somebody who may do everything."""
    return desk(group, now, Visitor(lambda model: True, lambda model: True, lambda session: []))


# --- The next session ------------------------------------------------------------------------------------------
def test_the_next_session_says_what_it_lacks_and_where_that_is_given(db):
    group = make_group()
    make_session(1, starts_at=LONG_AGO)
    make_session(3, starts_at=NOW + timedelta(days=8))
    following = make_session(2, starts_at=NOW + timedelta(days=1), state="draft")
    make_session(4, starts_at=NOW + timedelta(hours=1), state="cancelled")
    found = of_the(group)
    assert found.next == following
    assert [(lack.text, lack.address) for lack in found.lacks] == [
        ("Readings", change(following, "#readings-group")),
        ("A presenter", change(following, "#id_presenters")),
        ("A meeting room, or the group's usual one", change(following, "#id_join_url")),
        ("A summary", change(following, "#id_summary")),
        ("To be published: it is a draft, which only organizers see", change(following, "#id_state")),
    ]


def test_a_session_with_everything_lacks_nothing(db):
    group = make_group(join_url="https://room.example/")
    session = make_session(1, starts_at=NOW + timedelta(days=1), summary="Words")
    session.presenters.add(Person.objects.create(name="Ann"))
    read(session, make_paper("DDPM"))
    assert lacks(session, group) == []
    undated = make_session(2, date_to_come=True)
    assert lacks(undated, group)[0].text == "A date and time"
    assert lacks(undated, group)[0].address == change(undated, "#id_starts_at_0")


def test_what_the_lines_lead_to_is_there(client):
    session = make_session(1, date_to_come=True)
    text = client.get(change(session)).text
    for lack in lacks(session, Group()):
        assert f'id="{lack.address.partition("#")[2]}"' in text
    assert 'id="materials-group"' in text
    assert 'id="id_authors"' in client.get(change(make_paper("DDPM"))).text


def test_the_next_session_has_the_chores_buttons(client):
    session = make_session(1, starts_at=in_days(3))
    text = client.get("/admin/").text
    for chore in ("announcement", "next", "plan", "move"):
        assert reverse(f"admin:reading_sessions_session_{chore}", args=[session.pk]) in text


def test_with_no_session_planned_it_says_so_and_offers_one_like_the_last(client):
    assert "No session is planned." in client.get("/admin/").text
    make_session(1)
    last = make_session(2)
    page = reverse("admin:reading_sessions_session_next", args=[last.pk])
    assert f'<a class="button" href="{page}">Next like Week 2</a>' in client.get("/admin/").text


def test_papers_called_by_their_arxiv_id_are_a_lack(db):
    session = make_session(1, starts_at=NOW + timedelta(days=1), summary="Words")
    session.presenters.add(Person.objects.create(name="Ann"))
    read(session, make_paper("DDPM", arxiv_id="2006.11239"))
    group = make_group(join_url="https://room.example/")
    assert lacks(session, group) == []
    read(session, make_paper("arXiv:2206.00364", arxiv_id="2206.00364"))
    assert [(lack.text, lack.address) for lack in lacks(session, group)] == [
        ("Titles of its papers, which arXiv knows", "/admin/papers/paper/arxiv/")
    ]


# --- What waits ------------------------------------------------------------------------------------------------
def test_sessions_held_without_recording_or_slides_are_listed_newest_first(db):
    group = make_group()
    sessions = {number: make_session(number) for number in range(1, 13)}
    leave(sessions[12], "video.mp4", kind="recording")
    leave(sessions[12], "deck.pdf", kind="slides")
    leave(sessions[11], "video.mp4", kind="recording")
    make_session(20, starts_at=NOW + timedelta(days=1))
    found = of_the(group).leavings
    assert found is not None
    assert [one.number for one in found.lines] == [11, 10, 9, 8, 7, 6, 5, 4]
    assert [(one.has_recording, one.has_slides) for one in found.lines[:2]] == [(True, False), (False, False)]
    assert (found.count, found.rest) == (11, 3)
    assert found.address == "/admin/reading_sessions/session/?lacks=leavings"


def test_the_recording_is_added_from_the_desk(client):
    session = make_session(1)
    page = client.get("/admin/").text
    address = reverse("admin:reading_sessions_session_recording", args=[session.pk])
    assert f'<form method="post" action="{address}"' in page
    response = client.post(address, {"href": "https://youtu.be/abc", "next": "/admin/"}, follow=True)
    assert response.redirect_chain == [("/admin/", 302)]
    assert [str(message) for message in response.context["messages"]] == [
        f'Added the recording of <a href="{change(session)}">1: Title 1</a>: https://youtu.be/abc'
    ]
    assert f'action="{address}"' not in response.text


def test_of_what_nothing_more_will_come_nothing_is_asked(client):
    session, other = make_session(1), make_session(2)
    address = reverse("admin:reading_sessions_session_nothing_more", args=[session.pk])
    assert f'action="{address}"' in client.get("/admin/").text
    assert client.get(address).status_code == 405
    response = client.post(address, follow=True)
    assert response.redirect_chain == [("/admin/", 302)]
    assert response.context_data["desk"].leavings.lines == [other]
    session.refresh_from_db()
    assert session.nothing_more
    assert session.history.first().history_change_reason == "Nothing more will come"
    assert Session.objects.held(NOW).count() == 2


def test_papers_that_arxiv_knows_more_of_are_counted(db):
    group = make_group()
    bare = make_paper("DDPM", arxiv_id="2006.11239")
    make_paper("EDM", arxiv_id="2206.00364", authors="Ann", abstract="Words")
    half = make_paper("DDIM", arxiv_id="2010.02502", authors="Ann")
    make_paper("Not on arXiv")
    found = of_the(group).papers
    assert found is not None
    assert (found.lines, found.count, found.address) == (
        [half, bare],
        2,
        "/admin/papers/paper/?metadata=missing",
    )


def test_drafts_are_listed(db):
    draft = make_session(2, state="draft")
    make_session(1)
    found = of_the(make_group()).drafts
    assert found is not None
    assert (found.lines, found.address) == ([draft], "/admin/reading_sessions/session/?state__exact=draft")


def test_links_that_died_are_shown_to_who_may_see_one_of_their_places(db):
    group = make_group()
    of_a_paper = SimpleNamespace(url="https://x.example/", places=[SimpleNamespace(model=Paper)])
    of_a_person = SimpleNamespace(url="https://y.example/", places=[SimpleNamespace(model=Person)])
    visitor = Visitor(lambda model: model is Paper, lambda model: False, lambda session: [])
    assert desk(group, NOW, visitor, [of_a_paper, of_a_person]).dead_links == [of_a_paper]


def test_the_last_import_is_told_with_its_warnings(client):
    move_in()
    done = Import.objects.get()
    text = client.get("/admin/").text
    assert change(done) in text
    assert f"created {done.report['created']}, updated 0" in text
    warning = done.report["warnings"][0]
    assert f"Line {warning['line']}</a>:" in text


@pytest.mark.parametrize("report", [{}, {"warnings": 3}, {"warnings": ["text"]}, [], None, "text"])
def test_a_report_of_another_make_breaks_nothing(client, report):
    Import.objects.create(file_name="README.md", document={}, report=report if report is not None else {})
    assert client.get("/admin/").status_code == 200


# --- Recent changes ----------------------------------------------------------------------------------------------
EVERYTHING = [Session, Reading, Paper, Person, Group, BacklogEntry]


def lines(most=15, models=EVERYTHING):
    return [
        (save.who, save.verb, save.thing, save.details, save.address) for save in recent_changes(models, most)
    ]


@pytest.mark.django_db(transaction=True)  # a save is a transaction
def test_each_save_is_one_line_that_leads_to_the_history():
    bob = User.objects.create(username="bob")
    with because("", bob):
        make_group()
        with transaction.atomic():
            session = make_session(12, "Diffusion")
            read(session, make_paper("DDPM"))
        with transaction.atomic():
            session.title, session.summary = "Diffusion models", "Words"
            session.save()
            read(session, label="Words")
            read(session, label="More words")
        with transaction.atomic():
            read(session, label="Only this")
        with transaction.atomic():
            paper = Paper.objects.get()
            paper.authors = "Ann"
            paper.save()
        with transaction.atomic():
            for number in (1, 2, 3):
                make_session(number)
    session.readings.all().delete()
    key, address = session.pk, history(session)
    session.delete()
    assert lines() == [
        ("", "removed", "Week 12: Diffusion models", "", address),
        ("", "changed", "a session that is gone", "readings", address),
        ("bob", "added", "3 sessions", "", ""),
        ("bob", "changed", "paper DDPM", "authors", history(paper)),
        ("bob", "changed", "a session that is gone", "readings", address),
        ("bob", "changed", "Week 12: Diffusion models", "title, summary, readings", address),
        ("bob", "added", "Week 12: Diffusion", "", address),
        ("bob", "added", "group The Owls", "", history(Group.objects.get())),
    ]
    assert [one[2] for one in lines(most=2)] == ["Week 12: Diffusion models", "a session that is gone"]
    assert [one[2] for one in lines(models=[Paper])] == ["paper DDPM", "paper DDPM"]
    assert lines(models=[]) == []
    assert key


@pytest.mark.django_db(transaction=True)
def test_a_parts_save_names_its_session():
    make_group(session_word="#")
    session = make_session(12, "Diffusion")
    reading = read(session, label="Words")
    reading.note = "first"
    reading.save()
    assert lines()[0] == ("", "changed", "#12: Diffusion", "readings", history(session))


@pytest.mark.django_db(transaction=True)
def test_what_a_sessions_form_made_on_the_way_is_told_with_the_session(client):
    User.objects.update(first_name="Ada", last_name="L.")
    make_group()
    lines_ = [{"what": "2006.11239\n2206.00364", "presenters": "Ann, Bob"}]
    assert (
        client.post("/admin/reading_sessions/session/add/", session_form(readings=lines_)).status_code == 302
    )
    session = Session.objects.get()
    assert lines()[0] == ("Ada L.", "added", "Week 1: Diffusion", "", history(session))
    address = reverse("admin:reading_sessions_session_recording", args=[session.pk])
    client.post(address, {"href": "https://youtu.be/1"})
    client.post(address, {"href": "https://youtu.be/2"})
    models = [*EVERYTHING, Material]
    assert lines(models=models)[0] == (
        "Ada L.",
        "changed",
        "Week 1: Diffusion",
        "materials",
        history(session),
    )


@pytest.mark.django_db(transaction=True)
def test_an_import_is_one_line():
    move_in()
    [save] = recent_changes([Session, Paper, Reading], 15)
    assert (save.reason, save.verb, save.thing) == (
        "import of diffusion-reading-group.md",
        "added",
        "16 sessions, 68 papers, 44 readings",
    )


# --- Who sees what -------------------------------------------------------------------------------------------------
def desk_of(*may):
    user = User.objects.create(username="bob", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=may))
    client = Client()
    client.force_login(user)
    return client.get("/admin/")


SECTIONS = ("next", "leavings", "drafts", "papers", "import", "changes")


@pytest.mark.parametrize(
    ("may", "sections"),
    [
        (("view_session",), ["next", "leavings", "drafts", "changes"]),
        (("view_paper",), ["papers", "changes"]),
        (("view_import",), ["import"]),
        (("view_person",), []),
    ],
)
def test_each_section_is_for_who_may_see_it(db, may, sections):
    make_group()
    make_session(1)
    make_session(2, state="draft")
    make_paper("DDPM", arxiv_id="2006.11239")
    Import.objects.create(file_name="README.md", document={}, report={})
    response = desk_of(*may)
    assert [name for name in SECTIONS if f'id="desk-{name}"' in response.text] == sections
    assert "desk-recording" not in response.text  # to add one is to change the session
    assert "Welcome. Your login works" not in response.text


def test_staff_without_a_part_are_told_kindly_and_see_nothing_else(db):
    make_group()
    make_session(1, "Secret", state="draft")
    text = desk_of().text
    assert "ask whoever runs the site to put you into the role “organizers”" in text
    assert "desk-" not in text.replace("desk-welcome", "")
    assert "Secret" not in text
    assert "All pages" not in text


def test_all_pages_are_listed_by_what_they_are_about(client):
    make_group()
    listed = client.get("/admin/").context_data["app_list"]
    assert [(app["name"], [model["name"] for model in app["models"]]) for app in listed] == [
        ("What we do", ["Backlog", "Group", "People", "Sessions"]),
        ("What we read", ["Links", "Papers", "Resources"]),
        ("Site", ["Imports"]),
        ("Logins", ["Roles", "Users"]),
    ]


def test_the_one_group_leads_straight_to_its_form(client):
    assert 'href="/admin/reading_sessions/group/1/change/"' not in client.get("/admin/").text
    make_group()
    text = client.get("/admin/").text
    assert '<a href="/admin/reading_sessions/group/1/change/">Group</a>' in text


# --- How much it costs ---------------------------------------------------------------------------------------------
def grow(first, last):
    for number in range(first, last + 1):
        paper = make_paper(f"Paper {number}", arxiv_id=f"2001.{number:05}")
        read(make_session(number, "A title of usual length " + "x" * 60, starts_at=LONG_AGO), paper)
        read(make_session(1000 + number, starts_at=in_days(number)), paper)
        make_session(2000 + number, state="draft")


@pytest.mark.django_db(transaction=True)
def test_the_desk_costs_the_same_however_much_there_is():
    """With 1 session of each kind and with 300: the same queries, at most 25, and under 250 KB."""
    make_group()
    Import.objects.create(
        file_name="README.md", document={}, report={"warnings": [{"line": 1, "text": "x"}] * 999}
    )
    client = Client()
    client.force_login(User.objects.create(username="ada", is_staff=True, is_superuser=True))

    def cost():
        with CaptureQueriesContext(
            connection,
        ) as asked:
            response = client.get("/admin/")
        assert len(response.content) < 250_000
        return len(asked)

    grow(1, 10)
    few = cost()
    grow(11, 150)
    assert cost() == few
    assert few <= 25
