"""A session's page as a catch-up pack: what stands where, what builds on what, and what is said where something lacks."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from papers.models import Paper, Resource
from sessions.catchup import STILL_AWAITED
from sessions.models import Group, Material, ResourceRead, Session
from sessions.models.shared import MOST_BEFORE, read_before
from tests.factories import in_days, leave, make_group, make_paper, make_session, read

pytestmark = pytest.mark.django_db
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def page(client: Client, session: Session) -> str:
    response = client.get(session.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


def headings(html: str) -> list[str]:
    return re.findall(r"<h2[^>]*>(.*?)</h2>", html)


def before(session: Session) -> dict[int, list[str]]:
    return {each.session.number: each.shared for each in read_before(session, timezone.now())}


# --- Earlier sessions that help -----------------------------------------------------------------------------
def test_earlier_sessions_that_share_something_are_named_in_order():
    ddpm, edm = make_paper("DDPM"), make_paper("EDM")
    post = Resource.objects.create(title="A post", url="https://a.example/")
    first, second, third, fourth = (make_session(number) for number in (1, 2, 3, 4))
    read(first, ddpm)
    read(second, resource=post)
    read(second, edm)
    read(third, edm)
    read(fourth, ddpm)
    read(fourth, edm)
    read(fourth, resource=post)
    read(make_session(5), ddpm)
    assert before(fourth) == {1: ["DDPM"], 2: ["EDM", "A post"], 3: ["EDM"]}
    assert before(first) == {}


def test_what_is_shared_through_same_as_is_shared():
    ddpm = make_paper("DDPM")
    post = Resource.objects.create(title="A post", url="https://a.example/")
    first, second, third = (make_session(number) for number in (1, 2, 3))
    read(first, ddpm)
    read(first, resource=post)
    read(second, same_as=first)
    read(third, same_as=second)
    shared = ["DDPM", "A post"]
    assert (before(second), before(third)) == ({1: shared}, {1: shared, 2: shared})
    assert set(ResourceRead.objects.values_list("session__number", "resource")) == {
        (1, post.pk),
        (2, post.pk),
        (3, post.pk),
    }


def test_that_who_read_the_paper_ran_its_code_goes_without_saying():
    paper = make_paper("DDPM")
    code = Resource.objects.create(title="Their code", kind="code", url="https://code.example/")
    post = Resource.objects.create(title="A post", url="https://a.example/")
    first, only_code, last = (make_session(number) for number in (1, 2, 3))
    for session in (first, last):
        read(session, paper)
        read(session, resource=post)
        read(session, resource=code)
    read(only_code, resource=code)
    assert before(last) == {1: ["DDPM", "A post"], 2: ["Their code"]}


@pytest.mark.parametrize(
    "fields",
    [{"state": "draft"}, {"state": "cancelled"}, {"starts_at": in_days(1)}, {"date_to_come": True}],
)
def test_only_sessions_held_were_read_before(fields: dict[str, Any]):
    paper = make_paper("DDPM")
    read(make_session(1, **fields), paper)
    session = make_session(2, starts_at=in_days(9))
    read(session, paper)
    assert before(session) == {}


def test_of_many_the_nearest_are_named():
    paper = make_paper("A survey")
    sessions = [make_session(number) for number in range(1, MOST_BEFORE + 5)]
    for session in sessions:
        read(session, paper)
    assert list(before(sessions[-1])) == [session.number for session in sessions[-MOST_BEFORE - 1 : -1]]


# --- Code of these papers ----------------------------------------------------------------------------------
def test_code_of_the_papers_is_shown_where_the_session_does_not_list_it(client: Client):
    make_group()
    ddpm, edm, other = make_paper("DDPM"), make_paper("EDM"), make_paper("Other")
    session, lists = make_session(1), make_session(2)
    read(lists, edm)
    read(session, ddpm)
    read(session, same_as=lists)
    for name, kind, papers in (
        ("Both", "code", {ddpm, edm, other}),
        ("Listed", "code", {ddpm}),
        ("A post", "article", {ddpm}),
        ("Of another", "code", {other}),
        ("Secret", "code", {ddpm}),
    ):
        resource = Resource.objects.create(title=name, kind=kind, url=f"https://{name.split()[0]}.example/")
        resource.papers.set(papers)
    read(session, resource=Resource.objects.get(title="Listed"), indent=1)
    read(make_session(3, state="draft"), resource=Resource.objects.get(title="Secret"))
    found: Any = ResourceRead.objects.code_of_papers(session)
    assert [(code.title, [paper.title for paper in code.read_here]) for code in found] == [
        ("Both", ["DDPM", "EDM"])
    ]
    html = page(client, session)
    assert "Code of these papers" in headings(html)
    assert (html.count("https://Both.example/"), "Secret.example" in html) == (1, False)


# --- What stands where -------------------------------------------------------------------------------------
def everything(session: Session) -> None:
    read(
        session,
        make_paper("DDPM", authors="Ann\nBob\nCem\nDan\nEve", abstract="Noise.", published_on="2020-06-19"),
    )
    leave(session, "https://youtu.be/B5gfJF8mOPo", kind="recording")
    leave(session, "https://slides.example/", kind="slides")
    leave(session, "https://colab.example/", kind="notebook")


def test_a_session_held_begins_with_its_recording_and_one_to_come_with_what_to_read(client: Client):
    make_group(join_url="https://meet.example/")
    held, coming = make_session(1, starts_at=in_days(-2)), make_session(2, starts_at=in_days(2))
    everything(held)
    Session.objects.update(summary="Why it works.")
    code = Resource.objects.create(title="Code", kind="code", url="https://code.example/")
    code.papers.set([Paper.objects.get()])
    leave(coming, "https://slides.example/", kind="other")
    read(coming, held.readings.get().paper)
    assert headings(page(client, held)) == [
        "Recording", "Slides", "Readings", "Materials", "Code of these papers",
    ]  # fmt: skip
    assert headings(page(client, coming)) == [
        "What to read", "Earlier sessions that help", "Materials", "Code of these papers",
    ]  # fmt: skip
    html = page(client, held)
    # What it is about comes before what it left behind.
    assert html.count("<p>Why it works.</p>") == 1
    assert html.index("</h1>") < html.index("<p>Why it works.</p>") < html.index("<h2")
    assert "Ann, Bob, Cem and 2 more, 2020" in html
    assert "<p>Noise.</p>" in html
    assert "meet.example" not in html


def test_a_page_says_first_where_its_session_stands(client: Client):
    make_group(session_word="#")
    told: dict[int, dict[str, Any]] = {
        2: {"starts_at": in_days(-9)},
        5: {"state": "cancelled", "starts_at": in_days(-5)},
        6: {"last_number": 8},
        9: {"state": "draft"},
        10: {"starts_at": in_days(3)},
        12: {"state": "cancelled", "starts_at": in_days(5)},
        13: {"date_to_come": True},
    }
    sessions = {number: make_session(number, **fields) for number, fields in told.items()}
    found = {}
    for number, session in sessions.items():
        if session.is_public:
            line = re.search(r'<nav class="whereabouts".*?</nav>(?=.*<h1)', page(client, session), re.DOTALL)
            assert line
            found[number] = " ".join(re.sub(r"<[^>]*>", "", line[0]).split())
    assert found == {
        2: "1 of 2 in the course Next: #6–8: Title 6 →",
        5: "← Previous: #2: Title 2 Next: #6–8: Title 6 →",
        6: "2 of 2 in the course ← Previous: #2: Title 2 Next: #10: Title 10 →",
        10: "On the schedule ← Previous: #6–8: Title 6 Next: #13: Title 13 →",
        12: "← Previous: #10: Title 10 Next: #13: Title 13 →",
        13: "On the schedule ← Previous: #10: Title 10",
    }


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"starts_at": in_days(-1)}, True),
        ({"starts_at": in_days(-1), "nothing_more": True}, False),
        ({"starts_at": in_days(-1), "state": "cancelled"}, False),
        ({"starts_at": in_days(-1) - STILL_AWAITED}, False),
        ({"starts_at": in_days(1)}, False),
        ({}, False),
        ({"date_to_come": True}, False),
    ],
)
def test_a_recording_is_awaited_for_some_weeks(client: Client, fields: dict[str, Any], said: bool):
    make_group()
    assert ("The recording is not here yet" in page(client, make_session(1, **fields))) == said


def test_a_recording_stays_awaited_to_the_end_of_its_time(client: Client):
    session = make_session(1, starts_at=timezone.now() - STILL_AWAITED - timedelta(minutes=59))
    assert "not here yet" in page(client, session)


def test_authors_are_named_in_full_where_one_more_name_says_it_all(client: Client):
    make_group()
    session = make_session(1)
    read(session, make_paper("Four", authors="Ann\nBob\nCem\nDan"))
    html = page(client, session)
    assert '<p class="authors">Ann, Bob, Cem, Dan</p>' in html
    assert "Abstract" not in html


def test_nothing_written_gets_out_of_its_place(client: Client):
    evil = '"><script>alert(1)</script>'
    make_group(name=evil, time_zone="Europe/Berlin")
    session = make_session(1, evil, starts_at=in_days(1))
    read(session, make_paper(evil + "x", authors=evil, abstract=evil))
    Material.objects.create(
        session=session,
        kind="recording",
        label=evil,
        href="https://youtu.be/B5gfJF8mOPo",
        chapters=f"0:00 {evil}",
    )
    Material.objects.create(session=session, kind="slides", label=evil, file="materials/deck.pdf", position=1)
    read(make_session(2), session.readings.get().paper)
    for url in (session.get_absolute_url(), "/sessions/2/", "/", "/schedule/"):
        html = client.get(url, follow=True).content.decode()
        assert "<script>alert" not in html


# --- What may be framed ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("materials", "sources"),
    [
        ([], None),
        ([{"kind": "recording", "href": "https://vimeo.com/1"}], None),
        ([{"kind": "slides", "href": "https://youtu.be/B5gfJF8mOPo"}], None),
        ([{"kind": "other", "file": "materials/a.png"}], None),
        ([{"kind": "recording", "href": "https://youtu.be/B5gfJF8mOPo"}], "https://www.youtube-nocookie.com"),
        ([{"kind": "other", "file": "materials/a.pdf"}], "'self'"),
        (
            [
                {"kind": "slides", "file": "materials/a.pdf"},
                {"kind": "recording", "href": "https://youtu.be/B5gfJF8mOPo"},
            ],
            "'self' https://www.youtube-nocookie.com",
        ),
    ],
)
def test_a_page_may_frame_what_it_shows_and_nothing_else(
    client: Client, materials: list[dict[str, Any]], sources: str | None
):
    session = make_session(1)
    for fields in materials:
        Material.objects.create(session=session, **fields)
    policy = POLICY if sources is None else f"{POLICY}; frame-src {sources}"
    response = client.get(session.get_absolute_url())
    assert (response.status_code, response.headers["Content-Security-Policy"]) == (200, policy)
    again = client.get(session.get_absolute_url(), headers={"if-none-match": response.headers["ETag"]})
    # Browsers keep what a 304 does not say anew.
    assert (again.status_code, "Content-Security-Policy" in again.headers) == (304, False)
    assert client.get("/archive/").headers["Content-Security-Policy"] == POLICY


# --- Chapters ----------------------------------------------------------------------------------------------
def test_chapters_lead_into_the_recording(client: Client):
    make_group()
    session = make_session(1)
    leave(
        session, "https://youtu.be/B5gfJF8mOPo", kind="recording", chapters="0:00 Welcome\n12:34 Why $x_0$?"
    )
    leave(
        session,
        "https://talks.example/1",
        kind="recording",
        label="Elsewhere",
        position=1,
        chapters="0:30 Go",
    )
    leave(
        session, "https://peer.example/w/abc", kind="recording", label="Peer", position=2, chapters="not read"
    )
    leave(
        session, "https://films.example/a.mp4", kind="recording", label="Film", position=3, chapters="0:30 On"
    )
    html = page(client, session)
    assert re.findall(
        r'<li>(?:<a href="([^"]*)" data-start="(\d+)">)?<time datetime="(\w+)">([\d:]+)</time> (\w+)', html
    ) == [
        ("https://www.youtube.com/watch?v=B5gfJF8mOPo", "0", "PT0S", "0:00", "Welcome"),
        ("https://www.youtube.com/watch?v=B5gfJF8mOPo&amp;t=754s", "754", "PT754S", "12:34", "Why"),
        ("", "", "PT30S", "0:30", "Go"),
        ("https://films.example/a.mp4#t=30", "30", "PT30S", "0:30", "On"),
    ]


def test_many_chapters_are_folded_away(client: Client):
    make_group()
    few, many = make_session(1), make_session(2)
    for session, count in ((few, 12), (many, 13)):
        chapters = "\n".join(f"{minute}:00 Go on" for minute in range(count))
        leave(session, "https://youtu.be/B5gfJF8mOPo", kind="recording", chapters=chapters)
    assert ("<details open>" in page(client, few), "<details open>" in page(client, many)) == (True, False)


def test_a_page_costs_no_query_for_each_thing_it_shows(client: Client):
    Group.objects.create(name="The Owls")
    session, earlier = make_session(9, starts_at=in_days(-1)), make_session(1)
    counts = []
    for number in (1, 2, 5):
        paper = make_paper(f"Paper {number}", abstract="Words.")
        code = Resource.objects.create(title="Code", kind="code", url=f"https://c.example/{number}")
        code.papers.add(paper)
        read(session, paper)
        read(earlier, paper)
        leave(session, f"https://youtu.be/B5gfJF8mOP{number}", kind="recording", chapters="0:00 Go\n1:00 On")
        with CaptureQueriesContext(connection) as queries:
            page(client, session)
        counts.append(len(queries))
    assert counts[0] == counts[1] == counts[2]
