"""Bad input in the admin's forms: a message at the field, and nothing saved; what only the database refuses, too."""

from unittest import mock

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import DataError, connection
from django.test import Client

from papers.models import Paper, PaperTitle, Resource
from papers.refusals import explain
from sessions.models import BacklogEntry, Group, Material, Person, Reading, Session
from tests.factories import in_days, leave, make_group, make_paper, make_session, read
from tests.test_admin import errors, management, paper_form, session_form, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(db):
    client = Client()
    client.force_login(User.objects.create(username="ada", is_staff=True, is_superuser=True))
    return client


# --- Bad input --------------------------------------------------------------------------------------------
OVERLAP = "This number is taken by “4 & 5: Taken”. Choose another; 6 is free."
UNDATED = "Published without a date it would be filed as held, at once. Give it a date, tick “Date to be announced”, or, if it was held, “Held, nobody knows when”."
TOO_LONG = "This is far too long. Write hours and minutes, such as 1:30, or 90 min."
BELOW = "The last number has to be above the first; leave it empty for a single session."


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"number": 5}, {"number": [OVERLAP]}),
        ({"number": 3, "last_number": 4}, {"number": [OVERLAP]}),
        ({"number": 1, "last_number": 9}, {"number": [OVERLAP]}),
        ({"number": 9, "held_undated": ""}, {"starts_at": [UNDATED]}),
        ({"number": 9, "last_number": 8}, {"last_number": [BELOW]}),
        ({"number": 9, "last_number": 9}, {"last_number": [BELOW]}),
        (
            {"number": 2**31},
            {"number": ["Ensure this value is less than or equal to 99999."]},
        ),
        (
            {"number": 9, "last_number": 10**30},
            {"last_number": ["Ensure this value is less than or equal to 99999."]},
        ),
        ({"number": -1}, {"number": ["Ensure this value is greater than or equal to 0."]}),
        ({"number": "x"}, {"number": ["Enter a whole number."]}),
        (
            {"title": "x" * 10_000},
            {"title": ["Ensure this value has at most 300 characters (it has 10000)."]},
        ),
        ({"title": "a\0b"}, {"title": ["Null characters are not allowed."]}),
        (
            {"starts_at_0": "2026-01-01", "starts_at_1": "18:00", "date_to_come": "on"},
            {"__all__": ["It has a date: either remove the date, or untick “date to be announced”."]},
        ),
        (
            {"duration": "-01:00:00"},
            {"duration": ["Ensure this value is greater than or equal to 0:01:00."]},
        ),
        ({"duration": "999999999 days 999999:00"}, {"duration": [TOO_LONG]}),
        ({"duration": "-999999999 99:59"}, {"duration": [TOO_LONG]}),
        (
            {"duration": "999999999 00:00:00"},
            {"duration": ["Ensure this value is less than or equal to 1000 days, 0:00:00."]},
        ),
        (
            {"starts_at_0": "9999-12-31", "starts_at_1": "23:59"},
            {"starts_at": ["Sessions start between 1900 and 2199: this would lead out of that."]},
        ),
        ({"join_url": "javascript:alert(1)"}, {"join_url": ["Enter a valid URL."]}),
        ({"join_url": "ftp://files.example/"}, {"join_url": ["Enter a valid URL."]}),
        (
            {"slug": "17"},
            {"slug": ["An address of digits alone leads to the session of that number."]},
        ),
        (
            {"slug": "4-5-taken"},
            {"slug": ["This address leads to session 4 & 5: Taken already. Choose another."]},
        ),
    ],
)
def test_a_bad_session_is_refused_with_a_message(client, fields, said):
    make_session(4, "Taken", last_number=5, slug="was-taken")
    taken = Session.objects.get()
    taken.slug = "4-5-taken"
    taken.save()
    taken.slug = "now"
    taken.save()
    response = client.post(url(Session, "add"), session_form(**fields))
    assert errors(response) == said
    assert list(Session.objects.all()) == [taken]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({}, None),
        (
            {"note": "only a note"},
            {"readings-0-what": ["Choose what to read, or write what the line says."]},
        ),
        (
            {"what": "y", "label": "x" * 10_000},
            {"readings-0-label": ["Ensure this value has at most 500 characters (it has 10000)."]},
        ),
        (
            {"label": "x", "position": 10**12},
            {"readings-0-position": ["Ensure this value is less than or equal to 2147483647."]},
        ),
    ],
)
def test_a_bad_reading_is_refused_with_a_message(client, line, said):
    session = make_session(1)
    data = session_form(session, readings=[line], summary="Changed")
    response = client.post(url(Session, "change", session.pk), data)
    if said is None:  # an empty row is no row
        assert response.status_code == 302
        return
    assert errors(response) == said
    session.refresh_from_db()
    assert (session.summary, list(session.readings.all())) == ("", [])


@pytest.mark.parametrize(
    ("materials", "said"),
    [
        ([{"label": "Slides"}], {"materials-0-href": ["Give a material a link or a file."]}),
        (
            [{"href": "javascript:alert(1)"}],
            {
                "materials-0-href": [
                    "“javascript:alert(1)” cannot be a link. Write an address that starts with https://, or a path beside the README."
                ]
            },
        ),
        (
            [{"kind": "recording", "href": "https://video.example/old"}],
            {
                "materials-0-__all__": [
                    "This session already has a recording with this link. Remove one of the two."
                ]
            },
        ),
        (
            [{"kind": "recording", "href": "https://video.example/new"}] * 2,
            {"__all__": ["This session already has a recording with this link. Remove one of the two."]},
        ),
        (
            [{"kind": "song", "href": "https://video.example/new"}],
            {"materials-0-kind": ["Select a valid choice. song is not one of the available choices."]},
        ),
    ],
)
def test_a_bad_material_is_refused_with_a_message(client, materials, said):
    session = make_session(1)
    old = leave(session, "https://video.example/old", kind="recording")
    data = session_form(session, materials=materials, readings=[{"label": "Fine"}], title="Changed")
    response = client.post(url(Session, "change", session.pk), data)
    assert errors(response) == said
    assert Session.objects.get().title == "Title 1"
    assert (list(Material.objects.all()), Reading.objects.count()) == ([old], 0)
    assert LogEntry.objects.count() == 0


@pytest.mark.parametrize(
    ("typed", "arxiv_id", "doi"),
    [
        ({"arxiv_id": "https://arxiv.org/abs/2006.11239v2"}, "2006.11239", None),
        ({"arxiv_id": "https://arxiv.org/pdf/2006.11239.pdf"}, "2006.11239", None),
        ({"arxiv_id": "https://www.arxiv.org/abs/hep-th/9901001"}, "hep-th/9901001", None),
        ({"doi": "https://doi.org/10.1000/182"}, None, "10.1000/182"),
        ({"arxiv_id": "", "doi": ""}, None, None),
    ],
)
def test_of_a_link_the_paper_gets_its_identifier(client, typed, arxiv_id, doi):
    assert client.post(url(Paper, "add"), paper_form(**typed)).status_code == 302
    assert list(Paper.objects.values_list("arxiv_id", "doi")) == [(arxiv_id, doi)]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"title": ""}, {"title": ["This field is required."]}),
        ({"title": "\u200b"}, {"title": ["Write a title with at least one letter or digit."]}),
        (
            {"title": "taken."},
            {"title": ["Another paper is already known by this title: Taken (/papers/taken/)."]},
        ),
        (
            {"title": "x" * 10_000},
            {"title": ["Ensure this value has at most 500 characters (it has 10000)."]},
        ),
        (
            {"authors": "x" * 20_001, "abstract": "x" * 2_000_000},
            {
                "authors": ["Ensure this value has at most 20000 characters (it has 20001)."],
                "abstract": ["Ensure this value has at most 20000 characters (it has 2000000)."],
            },
        ),
        ({"url": "javascript:alert(1)"}, {"url": ["Enter a valid URL."]}),
        (
            {"url": "https://post.example/"},
            {"url": ["A resource has this address. Remove that resource, or leave this empty."]},
        ),
        ({"arxiv_id": "nonsense"}, {"__all__": ["An arXiv id looks like 2006.11239 or hep-th/9901001."]}),
        ({"arxiv_id": "arXiv:2006.11239v2"}, {"arxiv_id": ["Paper with this ArXiv id already exists."]}),
        ({"doi": "11.1/x"}, {"__all__": ["A DOI looks like 10.1000/182."]}),
        ({"slug": "taken"}, {"slug": ["Paper with this Slug already exists."]}),
        ({"published_on": "2026-02-30"}, {"published_on": ["Enter a valid date."]}),
        (
            {**management("titles", 1), "titles-0-key": "TAKEN"},
            {"titles-0-key": ["Title that finds it with this Key already exists."]},
        ),
        (
            {**management("titles", 1), "titles-0-key": "ddpm."},
            {"__all__": ["There is one with this key already: ddpm. Change it, or remove one of the two."]},
        ),
    ],
)
def test_a_bad_paper_is_refused_with_a_message(client, fields, said):
    taken = make_paper("Taken", arxiv_id="2006.11239")
    Resource.objects.create(title="Post", url="https://post.example/")
    response = client.post(url(Paper, "add"), paper_form(**fields))
    assert errors(response) == said
    assert list(Paper.objects.all()) == [taken]
    assert list(PaperTitle.objects.values_list("key", flat=True)) == ["taken"]


def test_a_text_as_long_as_may_be_is_saved_however_browsers_end_its_lines(client):
    names = "\n".join(["Ann"] * 5000)
    paper = make_paper("DDPM", authors=names)
    typed = {"title": "DDPM", "slug": paper.slug, "authors": names.replace("\n", "\r\n")}
    titles = management("titles", 1, 1) | {"titles-0-id": paper.titles.get().pk, "titles-0-key": "ddpm"}
    response = client.post(url(Paper, "change", paper.pk), titles | typed | {"titles-0-paper": paper.pk})
    assert (response.status_code, Paper.objects.get().authors) == (302, names)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"url": "javascript:alert(1)"}, {"url": ["Enter a valid URL."]}),
        (
            {"url": "https://paper.example/"},
            {"url": ["A paper has this address: let the reading point at that paper."]},
        ),
        ({"url": "https://post.example/"}, {"url": ["Resource with this Address already exists."]}),
        ({"papers": ["x"]}, {"papers": ["“x” is not a valid value."]}),
    ],
)
def test_a_bad_resource_is_refused_with_a_message(client, fields, said):
    make_paper("DDPM", url="https://paper.example/")
    post = Resource.objects.create(title="Post", url="https://post.example/")
    data = {"kind": "article", "title": "New", "url": "https://new.example/"} | fields
    assert errors(client.post(url(Resource, "add"), data)) == said
    assert list(Resource.objects.all()) == [post]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"accent": "red"}, "accent"),
        ({"usual_duration": "0"}, "usual_duration"),
        ({"usual_duration": "99999999 00:00:00"}, "usual_duration"),
        ({"usual_duration": "999999999 99:59"}, "usual_duration"),
        ({"source_url": "https://x.example/README.md"}, "source_url"),
        ({"chat_url": "javascript:alert(1)"}, "chat_url"),
        ({"introduction": "x" * 20_001}, "introduction"),
    ],
)
def test_a_bad_group_is_refused_with_a_message(client, fields, said):
    group = make_group(time_zone="Asia/Tokyo")
    data = {
        "name": "New",
        "activity": "running",
        "session_word": "Week",
        "accent": "#8c2f1b",
        "time_zone": "UTC",
        "usual_duration": "01:00:00",
    }
    assert list(errors(client.post(url(Group, "change", group.pk), data | fields))) == [said]
    group.refresh_from_db()
    assert (group.name, group.time_zone) == ("The Owls", "Asia/Tokyo")


def test_a_second_person_of_one_name_is_refused(client):
    Person.objects.create(name="Ann Lee")
    data = {"name": "ann  LEE", **management("names")}
    assert errors(client.post(url(Person, "add"), data)) == {
        "name": ["Somebody is already known by this name: Ann Lee (/people/ann-lee/)."]
    }
    rows = {**management("names", 2), "names-0-name": "Bobby", "names-1-name": "BOBBY"}
    response = client.post(url(Person, "add"), {"name": "Bob", **rows})
    assert errors(response) == {
        "__all__": ["There is one with this key already: bobby. Change it, or remove one of the two."]
    }
    assert [person.name for person in Person.objects.all()] == ["Ann Lee"]


def test_what_only_the_database_finds_too_large_is_said_in_plain_words():
    assert explain(DataError()) == "Something is too long or too large to be kept. Shorten it."


def test_a_paper_is_on_the_backlog_once(client):
    paper = make_paper("DDPM")
    BacklogEntry.objects.create(paper=paper)
    response = client.post(url(BacklogEntry, "add"), {"what": paper.title})
    assert errors(response) == {"what": ["“DDPM” is on the list already."]}
    other = BacklogEntry.objects.create(paper=make_paper("EDM"))
    response = client.post(url(BacklogEntry, "change", other.pk), {"paper": paper.pk, "position": 1})
    assert errors(response) == {"__all__": ["This paper is on the list already."]}


def test_a_row_that_somebody_removed_meanwhile_is_refused_with_a_message(client):
    session = make_session(1)
    line = read(session, label="Gone")
    data = session_form(session, readings=[{"id": line.pk, "label": "Changed"}])
    line.delete()
    response = client.post(url(Session, "change", session.pk), data)
    assert errors(response) == {
        "readings-0-id": ["Select a valid choice. That choice is not one of the available choices."]
    }


def test_a_session_to_come_is_not_filed_as_held_by_removing_its_date(client):
    session = make_session(1, starts_at=in_days(7))
    without = session_form(session, held_undated="", starts_at_0="", starts_at_1="")
    assert errors(client.post(url(Session, "change", session.pk), without)) == {"starts_at": [UNDATED]}
    to_come = without | {"date_to_come": "on"}
    assert client.post(url(Session, "change", session.pk), to_come).status_code == 302
    session.refresh_from_db()
    assert (session.starts_at, session.date_to_come) == (None, True)


# --- Somebody else was faster: validation saw nothing, the database refuses -------------------------------
def test_a_lost_race_for_a_number_is_a_message(client):
    taken = make_session(1, "First")
    nobody = mock.patch.object(type(Session.objects.all()), "taking", lambda self, *_: self.none())
    with nobody, mock.patch.object(Session, "validate_constraints"):
        response = client.post(url(Session, "add"), session_form(title="Second"))
    said = "Another session already has one of these numbers. Choose numbers that are free."
    assert errors(response) == {"__all__": [said]}
    assert list(Session.objects.all()) == [taken]
    assert "Somebody" not in response.content.decode()
    assert [str(message) for message in response.wsgi_request._messages] == []


def test_a_lost_race_into_a_circle_is_a_message(client):
    session, other = make_session(1), make_session(2)
    read(other, same_as=session)
    data = session_form(session, readings=[{"what": "same as 2"}], summary="Changed")
    with mock.patch("sessions.admin.readings.leads_back", return_value=False):
        response = client.post(url(Session, "change", session.pk), data)
    assert errors(response) == {
        "__all__": [
            "A “same as” leads back to this session. Choose the session that lists the readings itself."
        ]
    }
    assert Session.objects.get(number=1).summary == ""


def test_a_lost_race_for_an_address_is_a_message(client):
    make_paper("DDPM", url="https://one.example/")
    data = {"kind": "article", "title": "Post", "url": "https://one.example/"}
    with mock.patch.object(Resource, "clean"):
        response = client.post(url(Resource, "add"), data)
    assert errors(response) == {
        "__all__": ["This address is both a paper's and a resource's. Remove it from one of the two."]
    }
    assert Resource.objects.count() == 0


def test_a_lost_race_for_a_title_is_a_message(client):
    taken = make_paper("DDPM")
    with mock.patch.object(Paper, "clean"):
        response = client.post(url(Paper, "add"), paper_form(title="ddpm."))
    assert errors(response) == {
        "__all__": ["Another paper is already known by this title: DDPM (/papers/ddpm/)."]
    }
    assert list(Paper.objects.all()) == [taken]


def fail_with(code):
    """Stands for a save or a deletion that PostgreSQL ends with this SQLSTATE."""

    def fail(*_args, **_kwargs):
        with connection.cursor() as cursor:
            cursor.execute(f"DO $$ BEGIN RAISE 'given up' USING ERRCODE = '{code}'; END $$")

    return fail


@pytest.mark.parametrize("code", ["40P01", "55P03"])  # deadlock, lock timeout
def test_who_has_to_give_way_is_told_to_try_again(client, code):
    session = make_session(1)
    page = url(Session, "change", session.pk)
    with mock.patch.object(Session, "save", fail_with(code)):
        response = client.post(page, session_form(session, title="Changed"))
    assert errors(response) == {
        "__all__": ["Somebody else was writing at the same time, so nothing was changed. Try again."]
    }
    assert 'value="Changed"' in response.content.decode()
    page = url(Session, "delete", session.pk)
    with mock.patch.object(Session, "delete", fail_with(code)):
        response = client.post(page, {"post": "yes"}, follow=True)
    assert [str(message) for message in response.context["messages"]] == [
        "Somebody else was writing at the same time, so nothing was changed. Try again."
    ]
    assert Session.objects.get().title == "Title 1"


def test_a_database_that_is_gone_is_no_message(client):
    session = make_session(1)
    client.raise_request_exception = False
    with mock.patch.object(Session, "save", fail_with("57P01")):
        response = client.post(url(Session, "change", session.pk), session_form(session))
    assert response.status_code == 503
    with mock.patch.object(Session, "delete", fail_with("57P01")):
        assert client.post(url(Session, "delete", session.pk), {"post": "yes"}).status_code == 503


def test_a_paper_that_sessions_read_is_not_deleted(client):
    read(make_session(1), paper := make_paper("DDPM"))
    for data in (None, {"post": "yes"}):
        method = client.post if data else client.get
        response = method(url(Paper, "delete", paper.pk), data)
        assert response.status_code == 200
        assert "Cannot delete paper" in response.content.decode()
    response = client.post(
        url(Paper, "changelist"),
        {"action": "delete_selected", "_selected_action": [paper.pk], "post": "yes", "index": 0},
    )
    assert response.status_code == 200
    assert list(Paper.objects.all()) == [paper]


def test_a_paper_that_a_session_began_to_read_meanwhile_is_not_deleted(client):
    read(make_session(1), paper := make_paper("DDPM"))
    page = url(Paper, "delete", paper.pk)
    unseen = mock.patch(
        "django.contrib.admin.options.ModelAdmin.get_deleted_objects", return_value=([], {}, set(), [])
    )
    with unseen:
        alone = client.post(page, {"post": "yes"})
    assert (alone.status_code, alone["Location"]) == (302, page)
    said = [str(message) for message in client.get(page).context["messages"]]
    assert said == ["Somebody began to use it at the same time, so it was not deleted."]
    with unseen:
        several = client.post(
            url(Paper, "changelist"),
            {"action": "delete_selected", "_selected_action": [paper.pk], "post": "yes", "index": 0},
        )
    assert several.status_code == 302
    assert list(Paper.objects.all()) == [paper]
    assert LogEntry.objects.count() == 0
