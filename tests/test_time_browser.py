"""Times in a real browser, on clocks of many zones: the visitor's own, the group's beside it, and how long it still is."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from sessions.models import Group
from tests.accessibility import wrong_with
from tests.factories import in_days, make_group, make_paper, make_session, move_in, read
from tests.test_browser import browser, watched_page
from tests.test_progress_browser import SHIFTS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def in_a_line(shown: Locator) -> str:
    """What is shown, wherever its lines break."""
    return " ".join(shown.inner_text().split())


def moment_on(chromium: Browser, url: str, zone: str) -> str:
    """What the page of a session says of its time to a visitor of this zone."""
    with watched_page(chromium, url, timezone_id=zone) as (page, faults):
        page.goto(url)
        said = in_a_line(page.locator(".page-header .moment"))
        assert faults == []
        return said


# The titles of sessions in a list, with what is said of their times; how long it still is is asked elsewhere.
SHOWN = """
  [...document.querySelectorAll(".entry")].map((entry) => {
    entry.querySelector(".until").remove();
    return [entry.querySelector(".title").innerText, entry.querySelector(".moment").innerText.replace(/\\s+/g, " ")];
  })
"""
# The clocks of New York go back on 3 November 2058 at 06:00 UTC, those of Berlin on 27 October at 01:00 UTC.
IN_NEW_YORK = [
    # Both are ahead of winter, then Berlin alone is back, then New York too.
    (
        datetime(2058, 10, 26, 22, 0, tzinfo=UTC),
        "Europe/Berlin",
        "Sunday, 27 October 2058, 00:00–01:00 (your time, UTC+2) Saturday, 26 October 2058, 18:00–19:00 (UTC−4, America/New York)",
    ),
    (
        datetime(2058, 10, 28, 22, 0, tzinfo=UTC),
        "Europe/Berlin",
        "Monday, 28 October 2058, 23:00–00:00 (your time, UTC+1) 18:00–19:00 (UTC−4, America/New York)",
    ),
    (
        datetime(2058, 11, 4, 23, 0, tzinfo=UTC),
        "Europe/Berlin",
        "Tuesday, 5 November 2058, 00:00–01:00 (your time, UTC+1) Monday, 4 November 2058, 18:00–19:00 (UTC−5, America/New York)",
    ),
    # The hour that Berlin has twice, and the one that New York has twice.
    (
        datetime(2058, 10, 27, 0, 30, tzinfo=UTC),
        "Europe/Berlin",
        "Sunday, 27 October 2058, 02:30–02:30 (your time, UTC+2, then UTC+1) Saturday, 26 October 2058, 20:30–21:30 (UTC−4, America/New York)",
    ),
    (
        datetime(2058, 10, 27, 1, 30, tzinfo=UTC),
        "Europe/Berlin",
        "Sunday, 27 October 2058, 02:30–03:30 (your time, UTC+1) Saturday, 26 October 2058, 21:30–22:30 (UTC−4, America/New York)",
    ),
    (
        datetime(2058, 11, 3, 6, 30, tzinfo=UTC),
        "Asia/Kolkata",
        "Sunday, 3 November 2058, 12:00–13:00 (your time, UTC+5:30) 01:30–02:30 (UTC−5, America/New York)",
    ),
    # A zone that shares the clock until the change, which comes within the session, and one that shares it always.
    (
        datetime(2058, 11, 3, 4, 30, tzinfo=UTC),
        "America/Santo_Domingo",
        "Sunday, 3 November 2058, 00:30–01:30 (UTC−4, America/New York: your time too)",
    ),
    (
        datetime(2058, 11, 3, 5, 30, tzinfo=UTC),
        "America/Santo_Domingo",
        "Sunday, 3 November 2058, 01:30–02:30 (your time, UTC−4) 01:30–01:30 (UTC−4, then UTC−5, America/New York)",
    ),
    (
        datetime(2058, 11, 3, 6, 30, tzinfo=UTC),
        "America/Toronto",
        "Sunday, 3 November 2058, 01:30–02:30 (UTC−5, America/New York: your time too)",
    ),
    # Both sides of the date line.
    (
        datetime(2058, 7, 1, 10, 30, tzinfo=UTC),
        "Pacific/Kiritimati",
        "Tuesday, 2 July 2058, 00:30–01:30 (your time, UTC+14) Monday, 1 July 2058, 06:30–07:30 (UTC−4, America/New York)",
    ),
    (
        datetime(2058, 7, 1, 10, 30, tzinfo=UTC),
        "Pacific/Pago_Pago",
        "Sunday, 30 June 2058, 23:30–00:30 the next day (your time, UTC−11) Monday, 1 July 2058, 06:30–07:30 (UTC−4, America/New York)",
    ),
    (
        datetime(2059, 1, 1, 4, 30, tzinfo=UTC),
        "UTC",
        "Wednesday, 1 January 2059, 04:30–05:30 (your time, UTC) Tuesday, 31 December 2058, 23:30–00:30 the next day (UTC−5, America/New York)",
    ),
]


def test_every_visitor_sees_their_own_clock_and_the_groups(live_server: LiveServer):
    make_group(time_zone="America/New_York")
    for number, (starts_at, _, _) in enumerate(IN_NEW_YORK):
        make_session(number, starts_at=starts_at)
    found = []
    with browser() as chromium:
        for zone in {zone: None for _, zone, _ in IN_NEW_YORK}:
            with watched_page(chromium, live_server.url, timezone_id=zone) as (page, faults):
                page.goto(f"{live_server.url}/schedule/")
                shown = dict(page.evaluate(SHOWN))
                found += [
                    (at, zone, shown[f"Title {n}"])
                    for n, (at, here, _) in enumerate(IN_NEW_YORK)
                    if here == zone
                ]
                assert faults == []
    zones = [zone for _, zone, _ in found]
    assert found == sorted(IN_NEW_YORK, key=lambda each: zones.index(each[1]))


def test_a_group_in_utc_and_a_session_of_days(live_server: LiveServer):
    make_group(time_zone="UTC")
    starts_at = datetime(2058, 1, 31, 23, 0, tzinfo=UTC)
    short = make_session(1, "Short", starts_at=starts_at, state="cancelled")
    long = make_session(2, "Long", starts_at=starts_at, duration=timedelta(days=2), state="cancelled")
    old = make_session(3, "Old", starts_at=datetime(1900, 1, 2, tzinfo=UTC), state="cancelled")
    urls = [live_server.url + session.get_absolute_url() for session in (short, long, old)]
    with browser() as chromium:
        said = [
            moment_on(chromium, urls[0], "Etc/UTC"),
            moment_on(chromium, urls[0], "Asia/Kathmandu"),
            moment_on(chromium, urls[1], "Europe/Berlin"),
            moment_on(chromium, urls[2], "UTC"),
        ]
    assert said == [
        "Thursday, 31 January 2058, 23:00–00:00 (UTC: your time too)",
        "Friday, 1 February 2058, 04:45–05:45 (your time, UTC+5:45) Thursday, 31 January 2058, 23:00–00:00 (UTC)",
        "Friday, 1 February 2058, 00:00–Sunday, 3 February 2058, 00:00 (your time, UTC+1) Thursday, 31 January 2058, 23:00–Saturday, 2 February 2058, 23:00 (UTC)",
        "Tuesday, 2 January 1900, 00:00–01:00 (UTC: your time too)",
    ]


def test_a_day_of_the_archive_is_the_same_for_everybody(live_server: LiveServer):
    make_group(time_zone="UTC")
    make_session(1, starts_at=datetime(2022, 9, 3, 23, 0, tzinfo=UTC))
    options = {"timezone_id": "Pacific/Kiritimati"}
    with browser() as chromium, watched_page(chromium, live_server.url, **options) as (page, faults):
        page.goto(f"{live_server.url}/archive/")
        day = in_a_line(page.locator(".when"))
        page.goto(f"{live_server.url}/sessions/1/")
        time = in_a_line(page.locator(".when"))
        times = "13:00–14:00 (your time, UTC+14) Saturday, 3 September 2022, 23:00–00:00 (UTC)"
        assert (day, time, faults) == ("3 September 2022", f"Sunday, 4 September 2022, {times}", [])


def test_without_scripts_the_groups_time_stands_alone(live_server: LiveServer):
    make_group(time_zone="Asia/Kolkata")
    make_session(1, "Soon", starts_at=datetime(2100, 7, 3, 18, 0, tzinfo=UTC))
    options = {"timezone_id": "Europe/Berlin", "java_script_enabled": False}
    with browser() as chromium, watched_page(chromium, live_server.url, **options) as (page, faults):
        for path in ("/", "/schedule/", "/sessions/1-soon/"):
            page.goto(live_server.url + path)
            assert page.locator(".when").inner_text() == (
                "Saturday, 3 July 2100, 23:30–00:30 the next day (UTC+5:30, Asia/Kolkata)"
            )
            assert page.locator(".until").count() == 0
        assert faults == []


def test_lines_break_beside_times_and_zones_and_not_in_them(live_server: LiveServer):
    make_group(time_zone="America/New_York")
    make_session(1, "Soon", starts_at=datetime(2100, 7, 3, 18, 0, tzinfo=UTC))
    broken = """
      () => [...document.querySelectorAll(".yours .times, .zone")].filter((each) => {
        const range = document.createRange();
        range.selectNodeContents(each);
        return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1;
      }).map((each) => each.innerText)
    """
    options = {"timezone_id": "Asia/Kolkata"}
    with browser() as chromium, watched_page(chromium, live_server.url, **options) as (page, faults):
        page.goto(f"{live_server.url}/schedule/")
        assert page.locator(".yours").inner_text() == (
            "Saturday, 3 July 2100, 23:30–00:30 the next day (your time, UTC+5:30)"
        )
        for width in range(320, 460, 10):
            page.set_viewport_size({"width": width, "height": 800})
            assert (width, page.evaluate(broken)) == (width, [])
        assert faults == []


def test_on_paper_the_groups_time_stands_alone(live_server: LiveServer):
    """Who gets a hand-out is not who printed it."""
    make_group(time_zone="America/New_York")
    session = make_session(1, "Soon", starts_at=datetime(2100, 7, 3, 18, 0, tzinfo=UTC))
    found = {}
    with browser() as chromium:
        for zone in ("Europe/Berlin", "Asia/Tokyo", "America/New_York"):
            with watched_page(chromium, live_server.url, timezone_id=zone) as (page, faults):
                page.goto(live_server.url + session.get_absolute_url())
                page.emulate_media(media="print")
                found[zone] = in_a_line(page.locator(".when"))
                assert faults == []
    said = "Saturday, 3 July 2100, 14:00–15:00 (UTC−4, America/New York)"
    assert found == dict.fromkeys(found, said)


def test_a_kept_page_says_how_long_it_still_is(live_server: LiveServer):
    make_group(time_zone="America/New_York")
    make_session(1, "Soon", starts_at=datetime(2100, 7, 3, 18, 0, tzinfo=UTC), duration=timedelta(hours=2))
    # On the visitor's calendar the session is on Saturday at 20:00.
    said = {
        "2100-05-02T12:00:00": "in 62 days",
        "2100-06-30T23:59:00": "in 3 days",
        "2100-07-01T00:01:00": "in 2 days",
        "2100-07-02T00:01:00": "tomorrow",
        "2100-07-02T21:00:00": "tomorrow",
        "2100-07-03T00:01:00": "in 20 hours",
        "2100-07-03T17:45:00": "in 2 hours",
        "2100-07-03T19:00:30": "in 60 minutes",
        "2100-07-03T19:01:00": "in 59 minutes",
        "2100-07-03T19:59:30": "in 1 minute",
        "2100-07-03T20:00:00": "now",
        "2100-07-03T21:59:59": "now",
        "2100-07-03T22:00:00": "ended just now",
        "2100-07-03T22:20:00": "ended 20 minutes ago",
        "2100-07-04T21:59:00": "ended 23 hours ago",
        "2100-07-04T22:00:00": "",
    }
    found = {}
    options = {"timezone_id": "Europe/Berlin"}
    with browser() as chromium, watched_page(chromium, live_server.url, **options) as (page, faults):
        page.goto(f"{live_server.url}/schedule/")
        for clock in said:
            page.clock.set_fixed_time(f"{clock}+02:00")
            page.evaluate("dispatchEvent(new Event('pageshow'))")  # somebody comes back to it
            found[clock] = page.locator(".until").inner_text()
        assert faults == []
    assert found == said | {"2100-07-03T19:00:30": "in 1 hour"}


def passed(page: Page, minutes: int) -> tuple[str, str, bool]:
    """Heading, countdown, and whether one can join, so many minutes later."""
    page.clock.fast_forward(minutes * 60_000)
    section = page.locator("[data-countdown]")
    joins = section.get_by_role("link", name="Join the session").is_visible()
    return section.locator("h2").inner_text(), section.locator(".until").inner_text(), joins


def test_home_counts_down_to_the_next_session(live_server: LiveServer):
    make_group(join_url="https://meet.example/", usual_duration=timedelta(minutes=90))
    starts_at = in_days(5).replace(second=0, microsecond=0)
    make_session(1, "Soon", starts_at=starts_at)
    over = "This session is over"
    with browser() as chromium, watched_page(chromium, live_server.url) as (page, faults):
        page.clock.install(time=starts_at - timedelta(days=3, hours=4))
        page.goto(live_server.url)
        assert [passed(page, minutes) for minutes in (0, 1, 3 * 1440 - 5, 240, 59, 1, 89, 21, 2000)] == [
            ("Next session", "In 3 days, 4 hours", True),
            ("Next session", "In 3 days, 3 hours", True),
            ("Next session", "In 4 hours, 4 minutes", True),
            ("Next session", "In 4 minutes", True),
            ("Happening now", "Now", True),
            ("Happening now", "Now", True),
            (over, "Ended 55 minutes ago: reload to see what is next", False),
            (over, "Ended 1 hour ago: reload to see what is next", False),
            (over, "Reload to see what is next", False),
        ]
        assert page.locator("[data-countdown] [aria-live], [data-countdown] [role]").count() == 0
        assert faults == []


@contextmanager
def halting(site: str, after: bytes) -> Iterator[str]:
    """The address of a server that gives the pages of another, and rests for a while after these bytes of one."""

    class Halting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                answer = urlopen(site + self.path)
            except HTTPError as error:
                answer = error
            body = answer.read()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.end_headers()
            first, found, rest = body.partition(after)
            self.wfile.write(first + found)
            if found:
                time.sleep(0.5)
            self.wfile.write(rest)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Halting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("width", [360, 1440])
def test_nothing_moves_when_times_are_said_and_counted(live_server: LiveServer, width: int):
    """Not even where the page comes in parts, and the first was painted before there is a document."""
    make_group(time_zone="America/New_York", join_url="https://meet.example/", introduction="We read.")
    for number in range(1, 4):
        make_session(number, starts_at=in_days(number))
    options = {"timezone_id": "Asia/Kolkata", "viewport": {"width": width, "height": 740}}
    with (
        halting(live_server.url, b"Add to calendar") as site,
        browser() as chromium,
        watched_page(chromium, site, **options) as (page, faults),
    ):
        page.add_init_script(SHIFTS)
        for path in ("/", "/schedule/", "/sessions/1/"):
            page.goto(site + path, wait_until="commit")
            page.locator(".theirs").first.wait_for()
            early = page.evaluate("document.readyState")
            page.wait_for_load_state("networkidle")
            # How long it still is may be said in more words a minute later, but in one line.
            assert (path, early, page.evaluate("window.shifts ?? 0")) == (path, "loading", 0)
            assert page.locator(".until").first.inner_text() != ""
        assert faults == []


def test_the_next_session_is_in_the_first_screen_of_a_phone(live_server: LiveServer):
    move_in()
    Group.objects.update(time_zone="America/New_York", join_url="https://meet.example/")
    make_session(18, "Image-to-Image Schrödinger Bridges", starts_at=in_days(3))
    options = {"timezone_id": "Asia/Kolkata", "viewport": {"width": 360, "height": 740}}
    with browser() as chromium, watched_page(chromium, live_server.url, **options) as (page, faults):
        page.goto(live_server.url)
        seen = page.locator("[data-countdown] .title, [data-countdown] .moment, [data-countdown] .until")
        assert seen.evaluate_all(
            "all => all.map(each => each.getBoundingClientRect().bottom <= innerHeight)"
        ) == ([True, True, True])
        # With ticks there is a line more, of where the course goes on.
        page.goto(f"{live_server.url}/archive/course/")
        page.get_by_role("checkbox").first.check()
        page.goto(live_server.url)
        page.get_by_role("link", name="Week 1: DDPM paper").wait_for()
        assert seen.first.evaluate("each => each.getBoundingClientRect().bottom <= innerHeight")
        assert wrong_with(page, faults) == []
        assert faults == []


def test_a_phone_has_the_way_in_at_once_where_nothing_is_planned(live_server: LiveServer):
    move_in()
    options = {"viewport": {"width": 360, "height": 740}}
    with browser() as chromium, watched_page(chromium, live_server.url, **options) as (page, faults):
        page.goto(live_server.url)
        ways = page.locator(".masthead .actions a")
        assert [
            (way.inner_text(), way.evaluate("each => each.getBoundingClientRect().bottom <= innerHeight"))
            for way in ways.all()[:2]
        ] == [("Start with the first session", True), ("Newest recording: Week 16 & 17, Flow Matching", True)]
        ways.nth(1).click()
        assert page.url == f"{live_server.url}/sessions/16-17-flow-matching/#recording"
        assert faults == []


def test_papers_and_results_say_a_time_to_come_on_the_visitors_clock_too(live_server: LiveServer):
    make_group(time_zone="America/New_York")
    session = make_session(1, "Soon", starts_at=datetime(2058, 10, 28, 22, 0, tzinfo=UTC))
    read(session, make_paper("Something soon"))
    both = "Monday, 28 October 2058, 23:00–00:00 (your time, UTC+1) 18:00–19:00 (UTC−4, America/New York)"
    group_only = "Monday, 28 October 2058, 18:00–19:00 (UTC−4, America/New York)"
    for scripts, expected in ((True, both), (False, group_only)):
        with (
            browser() as chromium,
            watched_page(
                chromium, live_server.url, timezone_id="Europe/Berlin", java_script_enabled=scripts
            ) as (page, faults),
        ):
            typed = "/people/" if scripts else ""  # results come while one types
            for path in filter(None, ("/papers/something-soon/", "/search/?q=soon&kind=session", typed)):
                page.goto(live_server.url + path)
                if path == typed:
                    page.get_by_role("searchbox").fill("soon")
                moment = page.locator(".moment")
                expect(moment).to_contain_text("New York")
                page.evaluate("document.querySelector('.moment .until')?.remove()")  # how long it still is
                assert (path, in_a_line(moment)) == (path, expected)
            assert faults == []
