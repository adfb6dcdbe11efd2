"""One session in a calendar: the file, and the links into calendars on the web."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from sessions.calendar import Entry, google, ics, outlook
from sessions.history import moments, revert
from sessions.models import Group, Session
from tests.factories import in_days, make_group, make_paper, make_session, read

SOON = datetime(2100, 3, 28, 18, 0, tzinfo=UTC)
NASTY = 'A, b; c: \\n "q" <script> 100% + é 日本 👩'
# Whatever people can type: no surrogates, which no file has.
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=300)


def entry(**fields: Any) -> Entry:
    given: dict[str, Any] = {
        "uid": UUID(int=7),
        "title": "The Owls, Week 5: Bridges",
        "starts_at": SOON,
        "ends_at": SOON + timedelta(hours=1),
        "changed_at": datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
        "sequence": 3,
        "page": "https://owls.example/sessions/5-bridges/",
    }
    return Entry(**given | fields)


def event_in(content: bytes) -> Any:
    [event] = Calendar.from_ical(content).walk("VEVENT")
    return event


def test_a_session_is_written_in_full():
    written = ics(entry(room="https://meet.example/a,b;c", text="Readings:\n- A, b; c"))
    assert written.decode().split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Reading group//Sessions//EN",
        "BEGIN:VEVENT",
        "SUMMARY:The Owls\\, Week 5: Bridges",
        "DTSTART:21000328T180000Z",
        "DTEND:21000328T190000Z",
        "DTSTAMP:20260102T030405Z",
        "UID:00000000-0000-0000-0000-000000000007",
        "SEQUENCE:3",
        "DESCRIPTION:Readings:\\n- A\\, b\\; c",
        "LAST-MODIFIED:20260102T030405Z",
        "LOCATION:https://meet.example/a\\,b\\;c",
        "STATUS:CONFIRMED",
        "URL:https://owls.example/sessions/5-bridges/",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


@given(title=TEXTS, room=TEXTS, lines=st.lists(TEXTS, max_size=4))
def test_what_is_written_is_read_again_whole(title: str, room: str, lines: list[str]):
    text = "\n".join(lines)
    written = ics(entry(title=title, room=room, text=text))
    event = event_in(written)
    said = [str(event[name]) if name in event else "" for name in ("SUMMARY", "LOCATION", "DESCRIPTION")]
    assert said == [title, room, text]
    # RFC 5545, 3.1: lines end in CRLF, and are no longer than 75 octets.
    assert max(map(len, written.split(b"\r\n"))) <= 75
    assert written.count(b"\n") == written.count(b"\r\n") == written.count(b"\r")


def test_control_characters_are_left_out():
    said = event_in(ics(entry(title="a\0b\x1bc\x85d", text="one\r\ntwo\u2028three")))
    assert (str(said["SUMMARY"]), str(said["DESCRIPTION"])) == ("abcd", "one\ntwo\nthree")


def test_a_cancelled_session_says_so():
    said = event_in(ics(entry(is_cancelled=True)))
    assert (said["STATUS"], str(said["SUMMARY"])) == ("CANCELLED", "Cancelled: The Owls, Week 5: Bridges")


def asked(url: str) -> dict[str, str]:
    assert "+" not in url  # Outlook shows it as it stands
    return {name: value for name, [value] in parse_qs(urlsplit(url).query, strict_parsing=True).items()}


@given(title=TEXTS.filter(bool), room=TEXTS.filter(bool))
def test_links_into_calendars_hold_every_character(title: str, room: str):
    said = entry(title=title, room=room)
    page = said.page
    assert asked(google(said)) == {
        "action": "TEMPLATE",
        "text": title,
        "dates": "21000328T180000Z/21000328T190000Z",
        "details": page,
        "location": room,
    }
    assert asked(outlook(said)) == {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": title,
        "startdt": "2100-03-28T18:00:00Z",
        "enddt": "2100-03-28T19:00:00Z",
        "body": page,
        "location": room,
    }


def test_work_and_school_have_an_outlook_of_their_own():
    addresses = [outlook(entry()), outlook(entry(), "outlook.office.com"), google(entry())]
    assert [url.partition("?")[0] for url in addresses] == [
        "https://outlook.live.com/calendar/0/deeplink/compose",
        "https://outlook.office.com/calendar/0/deeplink/compose",
        "https://calendar.google.com/calendar/render",
    ]


# --- Pages -------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_file_of_a_session_says_all_that_a_calendar_can(client: Client, settings: Any):
    settings.SITE_URL = "https://owls.example"
    make_group(
        join_url="https://meet.example/", usual_duration=timedelta(minutes=90), time_zone="Europe/Berlin"
    )
    session = make_session(5, NASTY, starts_at=SOON)
    read(session, make_paper('Schr\\"odinger $x^2$', arxiv_id="2001.00001"), note="all of it")
    response = client.get("/sessions/5/", follow=True)
    assert response.status_code == 200
    response = client.get(f"/sessions/{session.slug}.ics")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert response.headers["Content-Disposition"] == f'inline; filename="{session.slug}.ics"'
    event = event_in(response.content)
    saved_at = session.history.get().saved_at.replace(microsecond=0)
    page = f"https://owls.example/sessions/{session.slug}/"
    times = {"DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "DTSTART", "DTEND"}
    said = {name: event.decoded(name) if name in times else str(event[name]) for name in event}
    assert said == {
        "SUMMARY": f"The Owls, Week 5: {NASTY}",
        "UID": str(session.uid),
        "DTSTAMP": saved_at,
        "LAST-MODIFIED": saved_at,
        "SEQUENCE": session.revision + 1,  # and a save of the group
        "DTSTART": SOON,
        "DTEND": SOON + timedelta(minutes=90),
        "STATUS": "CONFIRMED",
        "LOCATION": "https://meet.example/",
        "URL": page,
        "DESCRIPTION": (
            f"Join: https://meet.example/\nPage: {page}\n\nReadings:\n"
            "- Schrödinger x² (all of it) https://arxiv.org/abs/2001.00001"
        ),
    }


@pytest.mark.django_db
def test_a_moved_session_keeps_its_uid(client: Client):
    make_group()
    session = make_session(5, "Soon", starts_at=SOON)
    before = event_in(client.get("/sessions/5-soon.ics").content)
    session.number, session.slug, session.title, session.starts_at = 6, "later", "Later", SOON + timedelta(7)
    session.save()
    former = client.get("/sessions/5-soon.ics")
    assert (former.status_code, former.headers["Location"]) == (302, "/sessions/later.ics")
    after = event_in(client.get("/sessions/later.ics").content)
    assert (before["UID"], before.decoded("DTSTART")) == (after["UID"], SOON)
    assert after.decoded("DTSTART") == SOON + timedelta(7)
    assert after["SEQUENCE"] == before["SEQUENCE"] + 1


@pytest.mark.django_db(transaction=True)
def test_a_session_that_the_group_moves_is_news_for_calendars(client: Client):
    group = make_group(join_url="https://meet.example/")
    make_session(5, "Soon", starts_at=SOON)
    before = event_in(client.get("/sessions/5-soon.ics").content)
    group.usual_duration, group.join_url = timedelta(hours=3), "https://other.example/"
    group.save()
    after = event_in(client.get("/sessions/5-soon.ics").content)
    assert (after.decoded("DTEND"), str(after["LOCATION"])) == (SOON + timedelta(hours=3), group.join_url)
    assert after["SEQUENCE"] == before["SEQUENCE"] + 1
    saved_at = Group.history.latest().saved_at.replace(microsecond=0)
    assert (after.decoded("DTSTAMP"), after.decoded("LAST-MODIFIED")) == (saved_at, saved_at)


@pytest.mark.django_db
def test_a_group_that_moves_in_anew_is_no_older_for_calendars(client: Client):
    group = make_group()
    group.save()
    make_session(5, "Soon", starts_at=SOON)
    before = event_in(client.get("/sessions/5-soon.ics").content)
    group.delete()
    make_group()
    assert event_in(client.get("/sessions/5-soon.ics").content)["SEQUENCE"] == before["SEQUENCE"] + 2


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "status"), [("draft", 404), ("published", 200), ("cancelled", 200)])
def test_a_draft_is_in_no_calendar(client: Client, state: str, status: int):
    make_session(5, "Soon", starts_at=SOON, state=state)
    assert client.get("/sessions/5-soon.ics").status_code == status


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"starts_at": in_days(1)}, 2),
        ({"starts_at": in_days(-1)}, 0),
        ({"starts_at": in_days(1), "state": "cancelled"}, 0),
    ],
)
def test_the_meeting_room_closes_in_calendars_too(client: Client, fields: dict[str, Any], named: int):
    make_group(join_url="https://meet.example/")
    make_session(5, "A", **fields)
    assert client.get("/sessions/5-a.ics").content.count(b"meet.example") == named


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "why"), [({"date_to_come": True}, "has no date yet"), ({}, "on a day that nobody noted down")]
)
def test_without_a_date_the_page_says_why_there_is_no_file(client: Client, fields: dict[str, Any], why: str):
    make_session(5, "Some day", **fields)
    response = client.get("/sessions/5-some-day.ics")
    assert (response.status_code, why in response.content.decode()) == (404, True)


@pytest.mark.django_db
def test_sessions_to_come_can_be_added_to_a_calendar(client: Client):
    make_group()
    make_session(3, "Over", starts_at=in_days(-1))
    make_session(4, "Off", starts_at=in_days(1), state="cancelled")
    make_session(5, "Soon", starts_at=in_days(2))
    make_session(6, "Some day", date_to_come=True)
    offered = {
        url: client.get(url).content.decode().count("Add to calendar")
        for url in (
            "/",
            "/schedule/",
            "/archive/",
            "/sessions/3-over/",
            "/sessions/4-off/",
            "/sessions/5-soon/",
            "/sessions/6-some-day/",
        )
    }
    assert offered == {"/": 1, "/schedule/": 1, "/archive/": 0, "/sessions/3-over/": 0, "/sessions/4-off/": 0, "/sessions/5-soon/": 1, "/sessions/6-some-day/": 0}  # fmt: skip
    html = client.get("/sessions/5-soon/").content.decode()
    assert 'href="/sessions/5-soon.ics"' in html
    for host in ("calendar.google.com", "outlook.live.com", "outlook.office.com"):
        assert html.count(f'href="https://{host}/') == 1


@pytest.mark.django_db(transaction=True)
def test_a_session_brought_back_is_the_one_that_calendars_know(client: Client):
    session = make_session(5, "Soon", starts_at=SOON)
    key, uid = session.pk, session.uid
    for _ in range(3):
        session.save()
    known = event_in(client.get("/sessions/5-soon.ics").content)
    session.delete()
    revert(key, moments(key)[-1])
    assert Session.objects.get(number=5).uid == uid
    assert event_in(client.get("/sessions/5-soon.ics").content)["SEQUENCE"] > known["SEQUENCE"]
