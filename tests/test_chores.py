"""The week's chores: the next session, many at once, moving them, the recording; each shown before, undone when refused."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from sessions import chores
from sessions.chores import UNDATED
from sessions.dates import EARLIEST, LATEST, DateOutOfRangeError, Moment, moment, moved, weekly
from sessions.models import Material, Person, Session
from tests.factories import LONG_AGO, in_days, leave, make_group, make_paper, make_session, read
from tests.uploaded import PDF, upload

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
ZONES = st.sampled_from(
    [BERLIN, NEW_YORK, ZoneInfo("UTC"), ZoneInfo("Asia/Kathmandu"), ZoneInfo("Pacific/Apia")]
)


@pytest.fixture
def client(db):
    client = Client()
    client.force_login(User.objects.create(username="ada", is_staff=True, is_superuser=True))
    return client


def page(session, chore):
    return reverse(f"admin:reading_sessions_session_{chore}", args=[session.pk])


def somebody(*may):
    """A client of a staff user who may do only this."""
    user = User.objects.create(username="bob", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=may))
    client = Client()
    client.force_login(user)
    return client


def said(response):
    """The messages after a redirect."""
    return [str(message) for message in response.context["messages"]]


def errors(response):
    assert response.status_code == 200, response.headers.get("Location")
    return {name: list(told) for name, told in response.context_data["form"].errors.items()}


# --- Dates ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("zone", "start", "after"),
    [
        # Germany: summer time ends on 25 October 2026 and begins on 28 March 2027.
        (BERLIN, datetime(2026, 10, 24, 17, tzinfo=UTC), datetime(2026, 10, 31, 18, tzinfo=UTC)),
        (BERLIN, datetime(2027, 3, 27, 18, tzinfo=UTC), datetime(2027, 4, 3, 17, tzinfo=UTC)),
        # The United States: 1 November 2026 and 14 March 2027.
        (NEW_YORK, datetime(2026, 10, 31, 22, tzinfo=UTC), datetime(2026, 11, 7, 23, tzinfo=UTC)),
        (NEW_YORK, datetime(2027, 3, 13, 23, tzinfo=UTC), datetime(2027, 3, 20, 22, tzinfo=UTC)),
    ],
)
def test_a_week_later_is_the_same_time_on_the_clock(zone, start, after):
    found = moved(start, 7, zone)
    assert (found.at, found.note) == (after, "")
    assert moved(found.at, -7, zone).at == start


def test_a_time_that_the_clock_skips_is_as_much_later():
    found = moment(date(2027, 3, 28), time(2, 30), BERLIN)
    assert found == Moment(
        datetime(2027, 3, 28, 3, 30, tzinfo=BERLIN), "The clocks skip 02:30 that day: 03:30 is taken."
    )
    assert found.at.astimezone(UTC) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)


def test_of_a_time_that_comes_twice_the_first_is_taken():
    found = moment(date(2026, 11, 1), time(1, 30), NEW_YORK)
    assert found.note == "The clocks show 01:30 twice that day: the first is taken."
    assert found.at.astimezone(UTC) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


@given(st.dates(date(1970, 1, 1), date(2199, 1, 1)), st.times(), ZONES, st.integers(-5000, 5000))
def test_a_move_keeps_the_time_on_the_clock_unless_it_says_so(day, clock, zone, days):
    start = moment(day, clock, zone)
    try:
        after = moved(start.at, days, zone)
    except DateOutOfRangeError:
        assert not EARLIEST <= start.at + timedelta(days=days, hours=days % 2) <= LATEST
        return
    if after.note or start.note:
        return
    assert after.at.time() == clock.replace(fold=after.at.fold)
    assert after.at.date() - start.at.date() == timedelta(days=days)


@pytest.mark.parametrize("days", [-(10**9), -60_000, 100_000, 10**9])
def test_a_date_out_of_range_is_refused(days):
    with pytest.raises(DateOutOfRangeError, match="between 1900 and 2199"):
        moved(datetime(2026, 12, 5, 18, tzinfo=UTC), days, BERLIN)


def test_a_series_keeps_its_time_on_the_clock():
    found = [one.at.isoformat() for one in weekly(date(2026, 10, 17), time(19), BERLIN, count=3, every=1)]
    assert found == ["2026-10-17T19:00:00+02:00", "2026-10-24T19:00:00+02:00", "2026-10-31T19:00:00+01:00"]


def series(**fields):
    given = {"first_on": date(2026, 12, 5), "at": time(19), "count": 3, "every": 2, "title": "Week {number}"}
    return chores.Series(**{**given, "first_number": 4, **fields})


def test_a_plan_skips_numbers_that_are_taken():
    found = [
        (draft.number, draft.title, draft.starts.at.date()) for draft in chores.plan(series(), BERLIN, {5, 6})
    ]
    assert found == [
        (4, "Week 4", date(2026, 12, 5)),
        (7, "Week 7", date(2026, 12, 19)),
        (8, "Week 8", date(2027, 1, 2)),
    ]


def test_a_plan_ends_where_numbers_do():
    with pytest.raises(chores.NumbersRunOutError):
        chores.plan(series(first_number=99_998), BERLIN, ())


@pytest.mark.parametrize(
    ("days", "words"), [(1, "1 day"), (-2, "−2 days"), (7, "1 week"), (-14, "−2 weeks"), (10, "10 days")]
)
def test_days_in_words(days, words):
    assert chores.days_in_words(days) == words


# --- Next session like this one --------------------------------------------------------------------------------
def test_the_next_session_is_a_draft_a_week_later(client):
    make_group(time_zone="Europe/Berlin")
    session = make_session(
        3,
        starts_at=datetime(2026, 10, 24, 17, tzinfo=UTC),
        duration=timedelta(minutes=90),
        join_url="https://room.example/3",
        summary="Words",
    )
    read(session, make_paper("DDPM"))
    leave(session, "deck.pdf")
    session.presenters.add(Person.objects.create(name="Ann"))
    make_session(7, last_number=9)
    assert "31 October 2026, 19:00" in client.get(page(session, "next")).text
    response = client.post(page(session, "next"), {"title": "Flow matching"})
    made = Session.objects.get(title="Flow matching")
    assert response.headers["Location"] == reverse("admin:reading_sessions_session_change", args=[made.pk])
    assert (made.number, made.last_number, made.state, made.starts_at) == (
        10,
        None,
        "draft",
        datetime(2026, 10, 31, 18, tzinfo=UTC),
    )
    assert (made.duration, made.join_url, made.summary) == (
        timedelta(minutes=90),
        "https://room.example/3",
        "",
    )
    assert [*made.presenters.all(), *made.readings.all(), *made.materials.all()] == []
    record = made.history.get()
    assert (record.history_user.username, record.history_change_reason) == ("ada", "Next session like Week 3")


def test_presenters_come_along_when_asked_for(client):
    session = make_session(3, date_to_come=True)
    session.presenters.add(ann := Person.objects.create(name="Ann"))
    client.post(page(session, "next"), {"title": "Next", "with_presenters": "on"})
    made = Session.objects.get(title="Next")
    assert (list(made.presenters.all()), made.starts_at, made.date_to_come) == ([ann], None, True)


def test_a_next_session_that_cannot_be_is_refused_in_the_form(client):
    last = make_session(99_999, starts_at=datetime(2199, 12, 30, tzinfo=UTC))
    assert errors(client.post(page(last, "next"), {"title": ""})) == {"title": ["This field is required."]}
    assert errors(client.post(page(last, "next"), {"title": "x" * 301}))["title"][0].startswith(
        "Ensure this value"
    )
    assert errors(client.post(page(last, "next"), {"title": "Next"})) == {
        "__all__": ["Numbers end at 99999: there are not enough left."]
    }
    Session.objects.update(number=5)
    assert errors(client.post(page(last, "next"), {"title": "Next"})) == {
        "__all__": ["Sessions start between 1900 and 2199: this would lead out of that."]
    }
    assert Session.objects.count() == 1


# --- Many at once ----------------------------------------------------------------------------------------------
def a_plan(**fields):
    given = {"count": 3, "every": 1, "first_on": "2026-10-17", "at": "19:00", "title": "Session {number}"}
    return {**given, "first_number": 4, **fields}


def test_a_plan_is_shown_then_made(client):
    make_group(time_zone="Europe/Berlin")
    session = make_session(3, duration=timedelta(hours=2), join_url="https://room.example/")
    make_session(5, last_number=6)
    shown = client.post(page(session, "plan"), a_plan(show=""))
    assert Session.objects.count() == 2
    assert [one.number for one in shown.context_data["skipped"]] == [5]
    fingerprint = shown.context_data["form"]["shown"].value()
    response = client.post(page(session, "plan"), a_plan(make="", shown=fingerprint), follow=True)
    assert said(response) == ["Made 3 drafts."]
    made = Session.objects.filter(state="draft")
    assert [(one.number, one.title, one.starts_at, one.duration, one.join_url) for one in made] == [
        (4, "Session 4", datetime(2026, 10, 17, 17, tzinfo=UTC), timedelta(hours=2), "https://room.example/"),
        (7, "Session 7", datetime(2026, 10, 24, 17, tzinfo=UTC), timedelta(hours=2), "https://room.example/"),
        (8, "Session 8", datetime(2026, 10, 31, 18, tzinfo=UTC), timedelta(hours=2), "https://room.example/"),
    ]
    records = {(one.history.get().saved_at, one.history.get().history_change_reason) for one in made}
    assert [reason for _, reason in records] == ["Planned 3 at once"]


def test_a_plan_starts_a_week_after_the_session(client):
    make_group(time_zone="Europe/Berlin")
    session = make_session(3, starts_at=datetime(2026, 10, 24, 17, tzinfo=UTC))
    initial = client.get(page(session, "plan")).context_data["form"].initial
    assert initial == {"count": 4, "first_number": 4, "first_on": date(2026, 10, 31), "at": time(19)}


def test_nothing_is_planned_that_was_not_shown(client):
    session = make_session(3)
    shown = client.post(page(session, "plan"), a_plan(show="")).context_data["form"]["shown"].value()
    for other in (a_plan(make=""), a_plan(make="", shown=shown, count=4)):
        assert "This is not what was shown" in errors(client.post(page(session, "plan"), other))["__all__"][0]
    make_session(5)  # now another number would be skipped
    again = client.post(page(session, "plan"), a_plan(make="", shown=shown))
    assert "This is not what was shown" in errors(again)["__all__"][0]
    assert Session.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"count": "10000"}, "count", "At most 52 at once, a year of weeks. Plan the others after these."),
        ({"count": "0"}, "count", "Ensure this value is greater than or equal to 1."),
        ({"count": "many"}, "count", "Enter a whole number."),
        ({"every": "0"}, "every", "Ensure this value is greater than or equal to 1."),
        ({"first_on": "20026-10-17"}, "first_on", "Enter a valid date."),
        (
            {"first_on": "2199-12-31"},
            "first_on",
            "Sessions start between 1900 and 2199: this would lead out of that.",
        ),
        (
            {"first_on": "1800-01-01"},
            "first_on",
            "Sessions start between 1900 and 2199: this would lead out of that.",
        ),
        ({"first_number": "99998"}, "first_number", "Numbers end at 99999: there are not enough left."),
        ({"title": ""}, "title", "This field is required."),
        ({"title": "x" * 301}, "title", "Ensure this value has at most 300 characters (it has 301)."),
    ],
)
def test_a_plan_that_cannot_be_is_refused_at_the_field(client, fields, field, message):
    session = make_session(3)
    found = errors(client.post(page(session, "plan"), a_plan(show="") | fields))
    assert found == {field: [message]}
    assert Session.objects.count() == 1


# --- Moving ----------------------------------------------------------------------------------------------------
def sessions_to_come():
    """One held, four to come (the last cancelled), one without a date; all at 18:00 in Berlin, unless in UTC."""
    make_group(time_zone="Europe/Berlin")
    base = in_days(30).replace(hour=12, minute=0, second=0, microsecond=0)
    return [
        make_session(1, starts_at=LONG_AGO),
        make_session(2, starts_at=base),
        make_session(3, starts_at=base + timedelta(days=7), state="draft"),
        make_session(4, starts_at=base + timedelta(days=14), last_number=5),
        make_session(6, starts_at=base + timedelta(days=21), state="cancelled"),
        make_session(7, date_to_come=True),
    ]


def clock_in_berlin(session):
    session.refresh_from_db()
    local = session.starts_at.astimezone(BERLIN)
    return local.date(), local.time()


def shift(client, session, **fields):
    """Look, then confirm."""
    look = client.post(page(session, "move"), {"unit": "7", **fields, "show": ""})
    shown = look.context_data["form"]["shown"].value()
    return client.post(
        page(session, "move"), {"unit": "7", **fields, "move": "", "shown": shown}, follow=True
    )


def test_this_and_all_later_sessions_move(client):
    held, first, second, third, cancelled, undated = sessions_to_come()
    before = {one.pk: clock_in_berlin(one) for one in (held, first, second, third, cancelled)}
    response = shift(client, second, by="2")
    assert said(response) == ["Moved 2 sessions by 2 weeks."]
    for session in (second, third):
        day, clock = before[session.pk]
        assert clock_in_berlin(session) == (day + timedelta(days=14), clock)
        record = session.history.first()
        assert (record.history_user.username, record.history_change_reason) == ("ada", "Moved by 2 weeks")
    assert second.history.first().saved_at == third.history.first().saved_at
    for session in (held, first, cancelled):
        assert clock_in_berlin(session) == before[session.pk]
    undated.refresh_from_db()
    assert undated.starts_at is None


def test_cancelled_ones_move_when_asked_for(client):
    *_, cancelled, _ = sessions_to_come()
    day, clock = clock_in_berlin(cancelled)
    shift(client, cancelled, by="-1", unit="1", with_cancelled="on")
    assert clock_in_berlin(cancelled) == (day - timedelta(days=1), clock)


def test_a_new_day_moves_all_by_as_much(client):
    _, first, second, *_ = sessions_to_come()
    (day, _), (later, clock) = clock_in_berlin(first), clock_in_berlin(second)
    shift(client, first, to=(day + timedelta(days=3)).isoformat())
    assert clock_in_berlin(first)[0] == day + timedelta(days=3)
    assert clock_in_berlin(second) == (later + timedelta(days=3), clock)


def test_a_held_session_stays_and_later_ones_move(client):
    held, first, *_ = sessions_to_come()
    look = client.post(page(held, "move"), {"by": "1", "unit": "7", "show": ""})
    assert "This session was held, so it stays where it is" in look.text
    assert [line.session.number for line, _ in look.context_data["moves"]] == [2, 3, 4]
    day, _ = clock_in_berlin(first)
    shift(client, held, by="1")
    assert clock_in_berlin(first)[0] == day + timedelta(days=7)
    held.refresh_from_db()
    assert held.starts_at == LONG_AGO


def test_looking_moves_nothing_and_shows_before_and_after(client):
    make_group(time_zone="Europe/Berlin")
    # A year in which both dates are to come; the clocks change on 31 October 2100.
    session = make_session(1, starts_at=datetime(2100, 10, 30, 17, tzinfo=UTC))
    look = client.post(page(session, "move"), {"by": "1", "unit": "7", "show": ""})
    [(line, is_past)] = look.context_data["moves"]
    assert (line.before.isoformat(), line.after.at.isoformat(), is_past) == (
        "2100-10-30T19:00:00+02:00",
        "2100-11-06T19:00:00+01:00",
        False,
    )
    session.refresh_from_db()
    assert (session.starts_at, session.revision) == (datetime(2100, 10, 30, 17, tzinfo=UTC), 1)


def test_a_move_into_the_past_is_said(client):
    session = make_session(1, starts_at=in_days(3))
    look = client.post(page(session, "move"), {"by": "-1", "unit": "7", "show": ""})
    assert "That is in the past: it will count as held." in look.text


def test_a_session_saved_meanwhile_is_not_moved_unseen(client):
    _, first, second, *_ = sessions_to_come()
    look = client.post(page(first, "move"), {"by": "1", "unit": "7", "show": ""})
    shown = look.context_data["form"]["shown"].value()
    second.title = "Renamed by somebody else"
    second.save()
    before = list(Session.objects.values_list("starts_at", "title"))
    answer = client.post(page(first, "move"), {"by": "1", "unit": "7", "move": "", "shown": shown})
    assert "Somebody changed these sessions meanwhile" in errors(answer)["__all__"][0]
    assert list(Session.objects.values_list("starts_at", "title")) == before
    # What is shown now can be confirmed.
    shown = answer.context_data["form"]["shown"].value()
    again = client.post(
        page(first, "move"), {"by": "1", "unit": "7", "move": "", "shown": shown}, follow=True
    )
    assert said(again) == ["Moved 3 sessions by 1 week."]


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, {"__all__": ["Say either by how much to move, or the new day; not both."]}),
        (
            {"by": "1", "to": "2027-01-01"},
            {"__all__": ["Say either by how much to move, or the new day; not both."]},
        ),
        ({"by": "0"}, {"by": ["That moves nothing: choose another day, or a number that is not 0."]}),
        ({"by": "10000"}, {"by": ["Ensure this value is less than or equal to 7300."]}),
        ({"by": "-7300"}, {"by": ["Sessions start between 1900 and 2199: this would lead out of that."]}),
        (
            {"to": "2300-01-01"},
            {"to": ["Sessions start between 1900 and 2199: this would lead out of that."]},
        ),
        ({"to": "tomorrow"}, {"to": ["Enter a valid date."]}),
        (
            {"by": "1", "unit": "30"},
            {"unit": ["Select a valid choice. 30 is not one of the available choices."]},
        ),
    ],
)
def test_a_move_that_cannot_be_is_refused_at_the_field(client, fields, found):
    session = make_session(1, starts_at=datetime(2030, 1, 1, 18, tzinfo=UTC))
    for button in ("show", "move"):
        sent = {"unit": "7", **fields, button: "", "shown": "x"}
        answer = errors(client.post(page(session, "move"), sent))
        assert {name: answer[name] for name in found} == found
    session.refresh_from_db()
    assert session.starts_at == datetime(2030, 1, 1, 18, tzinfo=UTC)


def test_without_a_date_there_is_nothing_to_move(client):
    response = client.get(page(make_session(1), "move"), follow=True)
    assert said(response) == ["This session has no date yet: give it one, then it can be moved."]


# --- The recording ---------------------------------------------------------------------------------------------
VIDEO = "https://www.youtube.com/watch?v=abc"


def test_the_recording_comes_first_and_after_other_recordings(client):
    session = make_session(1)
    leave(session, "deck.pdf", kind="slides", position=1)
    leave(session, "code.ipynb", kind="notebook", position=2)
    revision = session.revision
    response = client.post(page(session, "recording"), {"href": VIDEO})
    change = reverse("admin:reading_sessions_session_change", args=[session.pk])
    assert response.headers["Location"] == f"{change}#materials-group"
    client.post(page(session, "recording"), {"href": "https://video.example/2"})
    session.refresh_from_db()
    assert [(line.position, line.kind, line.href) for line in session.materials.all()] == [
        (1, "recording", VIDEO),
        (2, "recording", "https://video.example/2"),
        (3, "slides", "deck.pdf"),
        (4, "notebook", "code.ipynb"),
    ]
    assert session.revision == revision + 2
    record = Material.objects.get(href=VIDEO).history.last()
    assert (record.history_user.username, record.history_change_reason) == ("ada", "Added the recording")
    assert record.saved_at == session.history.all()[1].saved_at


PASTE = "Paste an address that starts with https://."


@pytest.mark.parametrize(
    ("href", "message"),
    [
        ("", "Paste the link to the recording."),
        ("javascript:alert(1)", f"“javascript:alert(1)” cannot be a link. {PASTE}"),
        ("data:text/html,x", f"“data:text/html,x” cannot be a link. {PASTE}"),
        ("mailto:ann@example.org", f"“mailto:ann@example.org” cannot be a link. {PASTE}"),
        ("ftp://host.example/x", f"“ftp://host.example/x” cannot be a link. {PASTE}"),
        ("not a link", "“not a link” is no address. Paste one that starts with https://."),
        ("https://[", "“https://[” is no address. Check it."),
        ("https://ann:secret@video.example/", "This address holds a user's name. Paste it without."),
        (VIDEO, "This session has this recording already: nothing was added."),
    ],
)
def test_a_recording_that_cannot_be_is_refused_at_the_field(client, href, message):
    session = make_session(1)
    leave(session, VIDEO, kind="recording")
    answer = client.post(page(session, "recording"), {"href": href, "next": "/admin/"})
    assert errors(answer) == {"href": [message]}
    assert 'name="next" value="/admin/"' in answer.text
    assert session.materials.count() == 1


def test_too_long_a_link_is_refused(client):
    session = make_session(1)
    assert list(
        errors(client.post(page(session, "recording"), {"href": "https://x.example/" + "x" * 2000}))
    ) == ["href"]


def test_a_bare_host_gets_its_scheme(client):
    session = make_session(1)
    client.post(page(session, "recording"), {"href": "youtu.be/abc"})
    assert session.materials.get().href == "https://youtu.be/abc"


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("/admin/", "/admin/"),
        ("https://evil.example/", None),
        ("//evil.example/", None),
        ("javascript:alert(1)", None),
        ("\\\\evil.example", None),
    ],
)
def test_it_leads_back_to_where_it_came_from_on_this_site_only(client, asked, led):
    session = make_session(1)
    response = client.post(page(session, "recording"), {"href": VIDEO, "next": asked})
    change = reverse("admin:reading_sessions_session_change", args=[session.pk])
    assert response.headers["Location"] == (led or f"{change}#materials-group")


# --- The slides ------------------------------------------------------------------------------------------------
def test_slides_come_last_as_a_file_or_as_a_link(client):
    session = make_session(1)
    leave(session, VIDEO, kind="recording", position=1)
    response = client.post(
        page(session, "slides"), {"file": upload("deck.pdf", PDF), "next": "/admin/"}, follow=True
    )
    assert response.redirect_chain == [("/admin/", 302)]
    change = reverse("admin:reading_sessions_session_change", args=[session.pk])
    assert said(response) == [f'Added the slides of <a href="{change}">1: Title 1</a>: deck.pdf']
    client.post(page(session, "slides"), {"href": "docs.example/deck"})
    assert [(line.position, line.kind, line.file_name or line.href) for line in session.materials.all()] == [
        (1, "recording", VIDEO),
        (2, "slides", "deck.pdf"),
        (3, "slides", "https://docs.example/deck"),
    ]
    assert Path(session.materials.all()[1].file.path).read_bytes() == PDF


def test_slides_that_cannot_be_are_refused_at_the_field(client):
    session = make_session(1)
    both = {"file": upload("deck.pdf", PDF), "href": VIDEO}
    web = {"file": upload("deck.pdf", b"<html><script>alert(1)</script></html>")}
    one = "Choose a file, or paste a link; one of the two."
    assert errors(client.post(page(session, "slides"), {})) == {"file": [one]}
    assert errors(client.post(page(session, "slides"), both)) == {"file": [one]}
    assert list(errors(client.post(page(session, "slides"), web))) == ["file"]
    assert list(errors(client.post(page(session, "slides"), {"href": "javascript:alert(1)"}))) == ["href"]
    assert not session.materials.exists()


def test_slides_that_the_storage_does_not_take_are_a_message_and_leave_nothing(client, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    session = make_session(1)
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "materials").write_text("in the way of a folder")
    response = client.post(page(session, "slides"), {"file": upload("deck.pdf", PDF)})
    [message] = errors(response)["file"]
    assert message.startswith("The place where files are kept did not take “deck.pdf”")
    assert not session.materials.exists()
    assert [path.name for path in (tmp_path / "media").rglob("*") if path.is_file()] == ["materials"]


# --- Many at once ----------------------------------------------------------------------------------------------
def act(client, action, *sessions):
    changelist = reverse("admin:reading_sessions_session_changelist")
    data = {"action": action, "_selected_action": [session.pk for session in sessions]}
    return said(client.post(changelist, data, follow=True))


def test_many_are_published_at_once_but_none_is_filed_as_held_unasked(client):
    dated = make_session(1, state="draft", starts_at=in_days(3))
    to_come = make_session(2, state="draft", date_to_come=True)
    undated, public = make_session(3, state="draft"), make_session(4)
    assert act(client, "publish", dated, to_come, undated, public) == [
        "Published: 2 sessions.",
        f"Not published: “3: Title 3”. {UNDATED}",
    ]
    states = {session.number: session.state for session in Session.objects.all()}
    assert states == {1: "published", 2: "published", 3: "draft", 4: "published"}
    assert dated.slugs.count() == 1
    assert act(client, "cancel", dated) == ["Cancelled: 1 session."]
    assert act(client, "make_drafts", dated, to_come) == ["Draft: 2 sessions."]
    assert [(record.state, record.history_user.username) for record in dated.history.all()[:2]] == [
        ("draft", "ada"),
        ("cancelled", "ada"),
    ]


def test_next_and_plan_begin_in_the_first_week_that_is_free(client):
    make_group(time_zone="Europe/Berlin")
    start = datetime(2030, 3, 2, 17, tzinfo=UTC)
    session = make_session(1, starts_at=start)
    make_session(2, starts_at=start + timedelta(days=7))
    make_session(3, starts_at=start + timedelta(days=14), state="cancelled")
    other = make_session(4, starts_at=start + timedelta(days=21))
    assert "Saturday, 16 March 2030, 18:00" in client.get(page(session, "next")).text
    form = client.get(page(session, "plan")).context_data["form"]
    assert form.initial["first_on"] == date(2030, 3, 16)
    shown = client.post(page(session, "plan"), a_plan(first_on="2030-03-16", count=2, show=""))
    assert [(str(draft.starts.at.date()), beside) for draft, beside in shown.context_data["drafts"]] == [
        ("2030-03-16", None),
        ("2030-03-23", other),
    ]
    client.post(page(session, "next"), {"title": "New"})
    assert clock_in_berlin(Session.objects.get(title="New")) == (date(2030, 3, 16), time(18))


def test_a_new_session_is_at_the_time_that_comes_next(db):
    group = make_group(time_zone="Europe/Berlin")
    now = datetime(2026, 10, 20, 12, tzinfo=UTC)
    assert chores.next_time(group, now) is None
    make_session(1)
    make_session(2, starts_at=datetime(2026, 9, 5, 17, tzinfo=UTC))
    make_session(3, starts_at=datetime(2026, 12, 1, 17, tzinfo=UTC), state="cancelled")
    found = chores.next_time(group, now)
    assert found
    assert found.at.astimezone(UTC) == datetime(2026, 10, 24, 17, tzinfo=UTC)
    make_session(4, starts_at=datetime(2026, 10, 24, 17, tzinfo=UTC), state="draft")
    found = chores.next_time(group, now)
    assert found
    assert found.at.astimezone(UTC) == datetime(2026, 10, 31, 18, tzinfo=UTC)
    assert chores.next_time(group, now + timedelta(weeks=10)) is None


# --- Who may -----------------------------------------------------------------------------------------------------
CHORES = ("announcement", "next", "plan", "move", "recording", "slides")


@pytest.mark.parametrize(
    ("may", "pages"),
    [
        ((), []),
        (("view_session",), ["announcement"]),
        (("view_session", "add_session"), ["announcement", "next", "plan"]),
        (("change_session",), ["announcement", "move", "recording", "slides"]),
    ],
)
def test_each_chore_asks_for_its_permission(db, may, pages):
    session = make_session(1, starts_at=in_days(3))
    client = somebody(*may)
    assert [chore for chore in CHORES if client.get(page(session, chore)).status_code == 200] == pages
    for chore in CHORES:
        assert client.get(page(session, chore)).status_code == (200 if chore in pages else 403)
        if chore not in pages:
            assert client.post(page(session, chore), {"title": "x", "href": VIDEO}).status_code in {403, 405}
    assert (Session.objects.count(), Material.objects.count()) == (1, 0)


def test_chores_change_nothing_without_the_forms_token_or_a_login(db):
    session = make_session(1, starts_at=in_days(3))
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.create(username="ada", is_staff=True, is_superuser=True))
    for chore in ("next", "plan", "move", "recording"):
        assert strict.post(page(session, chore), {"title": "x", "href": VIDEO}).status_code == 403
        assert Client().post(page(session, chore), {"href": VIDEO}).status_code == 302  # to the login
    assert (Session.objects.count(), Material.objects.count()) == (1, 0)


def test_the_session_form_has_the_buttons(client):
    session = make_session(1, starts_at=in_days(-0.01))
    text = client.get(reverse("admin:reading_sessions_session_change", args=[session.pk])).text
    for chore in CHORES:
        assert f'href="{page(session, chore)}"' in text
    assert "historylink" in text
    assert "viewsitelink" in text


def test_a_recording_is_asked_for_once_the_session_has_begun(client):
    for session in (make_session(1, starts_at=in_days(3)), make_session(2, date_to_come=True)):
        text = client.get(reverse("admin:reading_sessions_session_change", args=[session.pk])).text
        assert page(session, "recording") not in text


@pytest.mark.parametrize("chore", CHORES)
def test_a_session_that_is_not_there_is_not_found(client, chore):
    for pk in (999, 10**30):
        assert client.get(f"/admin/reading_sessions/session/{pk}/{chore}/").status_code == 404


def test_lists_by_what_sessions_lack(client):
    make_session(1)
    whole = make_session(2)
    leave(whole, VIDEO, kind="recording")
    leave(whole, "deck.pdf", kind="slides")
    read(whole, make_paper("DDPM"))
    half = make_session(3)
    leave(half, VIDEO, kind="recording")
    make_session(4, state="draft")
    make_session(5, date_to_come=True)
    make_session(6, state="cancelled")
    found = {}
    for what in ("leavings", "recording", "slides", "readings", "date", "nonsense"):
        listed = client.get(reverse("admin:reading_sessions_session_changelist"), {"lacks": what})
        found[what] = sorted(one.number for one in listed.context_data["cl"].result_list)
    assert found == {
        "leavings": [1, 3],
        "recording": [1],
        "slides": [1, 3],
        "readings": [1, 3, 4, 5],
        "date": [4, 5],
        "nonsense": [1, 2, 3, 4, 5, 6],
    }
