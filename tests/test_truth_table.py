"""Where a session shows: every state and date, at the very edge of each, against schedule, archive and own page."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from sessions.models import Session
from tests.factories import make_group, make_session

NOW = datetime(2026, 5, 1, 18, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)
SCHEDULE, ARCHIVE, PAGE = "schedule", "archive", "page"

# The group's usual duration is two hours; the third column is the session's own.
ROWS = [
    # state, start, own duration, date to come → where
    ("draft", None, None, False, set()),
    ("draft", None, None, True, set()),
    ("draft", NOW - HOUR * 9, None, False, set()),
    ("draft", NOW + HOUR, None, False, set()),
    ("published", NOW + HOUR, None, False, {SCHEDULE, PAGE}),
    ("published", NOW, None, False, {SCHEDULE, PAGE}),
    ("published", NOW - HOUR, None, False, {SCHEDULE, PAGE}),  # running
    ("published", NOW - HOUR * 2 + INSTANT, None, False, {SCHEDULE, PAGE}),
    ("published", NOW - HOUR * 2, None, False, {ARCHIVE, PAGE}),  # ends now
    ("published", NOW - HOUR * 9, None, False, {ARCHIVE, PAGE}),
    ("published", NOW - HOUR, HOUR, False, {ARCHIVE, PAGE}),  # its own end, not the usual one
    ("published", NOW - HOUR, HOUR + INSTANT, False, {SCHEDULE, PAGE}),
    ("published", NOW - HOUR * 5, HOUR * 6, False, {SCHEDULE, PAGE}),
    ("published", None, None, True, {SCHEDULE, PAGE}),
    ("published", None, None, False, {ARCHIVE, PAGE}),
    ("published", None, HOUR, False, {ARCHIVE, PAGE}),
    ("cancelled", NOW + INSTANT, None, False, {SCHEDULE, PAGE}),
    ("cancelled", NOW, None, False, {PAGE}),  # it would start now
    ("cancelled", NOW - HOUR, None, False, {PAGE}),
    ("cancelled", None, None, False, {PAGE}),
    ("cancelled", None, None, True, {PAGE}),
]


def where(session):
    """Where a session shows, by the questions that the pages ask."""
    questions = {
        SCHEDULE: Session.objects.scheduled(NOW),
        ARCHIVE: Session.objects.held(NOW),
        PAGE: Session.objects.public(),
    }
    return {place for place, found in questions.items() if session in found}


@pytest.mark.parametrize("row", ROWS)
def test_a_session_shows_where_the_table_says(db, row):
    state, starts_at, duration, date_to_come, places = row
    make_group(usual_duration=HOUR * 2)
    session = make_session(1, state=state, starts_at=starts_at, duration=duration, date_to_come=date_to_come)
    assert where(session) == places
    upcoming = state == "published" and SCHEDULE in places
    assert list(Session.objects.upcoming(NOW)) == [session] * upcoming
    end = session.ends_at(HOUR * 2)
    asked = vars(Session.objects.with_time(NOW).get())["is_upcoming"]
    assert asked == (end > NOW if end else date_to_come)


def test_a_session_lasts_an_hour_until_a_group_says_otherwise(db):
    ended = make_session(1, starts_at=NOW - HOUR)
    running = make_session(2, starts_at=NOW - HOUR + INSTANT)
    assert list(Session.objects.held(NOW)) == [ended]
    assert list(Session.objects.upcoming(NOW)) == [running]
    make_group(usual_duration=HOUR * 2)
    assert list(Session.objects.held(NOW)) == []


def test_the_schedule_comes_in_the_order_of_dates_and_the_undated_last(db):
    undated = [make_session(number, date_to_come=True) for number in (3, 2)]
    later = make_session(1, starts_at=NOW + HOUR * 2)
    cancelled = make_session(9, starts_at=NOW + HOUR, state="cancelled")
    sooner = [make_session(number, starts_at=NOW + HOUR / 2) for number in (8, 7)]
    assert list(Session.objects.scheduled(NOW)) == [*sooner[::-1], cancelled, later, *undated[::-1]]
    assert list(Session.objects.upcoming(NOW)) == [*sooner[::-1], later, *undated[::-1]]


def test_the_archive_comes_newest_first_by_number(db):
    sessions = [make_session(1), make_session(3, starts_at=NOW - HOUR * 9), make_session(2)]
    assert list(Session.objects.held(NOW)) == [sessions[1], sessions[2], sessions[0]]


times = st.none() | st.integers(-3, 3).map(lambda hours: NOW + hours * HOUR)
sessions = st.lists(
    st.tuples(
        st.sampled_from(["draft", "published", "cancelled"]),
        times,
        st.none() | st.integers(1, 3).map(lambda hours: hours * HOUR),
        st.booleans(),
    ),
    max_size=8,
)


class TwoHalves(TestCase):
    @settings(max_examples=40, deadline=None)
    @given(sessions, st.none() | st.integers(1, 3))
    def test_every_published_session_is_upcoming_or_held_and_never_both(self, rows, usual):
        if usual:
            make_group(usual_duration=usual * HOUR)
        Session.objects.bulk_create(
            Session(
                number=number,
                title="T",
                slug=f"s-{number}",
                state=state,
                starts_at=starts_at,
                duration=duration,
                date_to_come=date_to_come and starts_at is None,
            )
            for number, (state, starts_at, duration, date_to_come) in enumerate(rows)
        )
        upcoming = set(Session.objects.upcoming(NOW))
        held = set(Session.objects.held(NOW))
        assert upcoming & held == set()
        assert upcoming | held == set(Session.objects.published())
        assert upcoming <= set(Session.objects.scheduled(NOW))
        for session in upcoming | held:
            end = session.ends_at((usual or 1) * HOUR)
            assert (session in upcoming) == (end > NOW if end else session.date_to_come)
