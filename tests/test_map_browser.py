"""The map as people see and work it: on a phone, a tablet and a wide window, light and dark, by keyboard and on paper."""

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from sessions.models import Group, Session
from tests.accessibility import wrong_with
from tests.factories import in_days, make_session, move_in, read
from tests.long_history import make_long_history
from tests.test_browser import browser, watched_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDTHS = (320, 768, 1440)
NINTH = "/sessions/9-ddpm-paper-edm-paper-code-walk-thrus/"


@pytest.fixture
def site(live_server: LiveServer) -> str:
    """The first group, with a session to come that repeats another, and a cancelled one."""
    move_in()
    read(make_session(18, "Bridges", starts_at=in_days(3)), same_as=Session.objects.get(number=13))
    make_session(19, "Sold out", starts_at=in_days(10), state="cancelled")
    return str(live_server.url)


@pytest.fixture
def long_site(live_server: LiveServer) -> str:
    """More sessions than have names in the picture."""
    make_long_history(64, 110, reads=1, years=3)
    Group.objects.update(accent="#0b6e4f")
    return str(live_server.url)


# Shapes and letters that reach over the edges of the window.
OUTSIDE = """() => [...document.querySelectorAll(".strip :is(circle, line, text), .piece")]
  .filter(each => each.checkVisibility())
  .map(each => each.getBoundingClientRect())
  .filter(box => box.left < 0 || box.right > innerWidth).length"""
POINT_ON_ITS_LEFT = """ellipse => {
  const point = ellipse.getPointAtLength(ellipse.getTotalLength() * 0.65).matrixTransform(ellipse.getScreenCTM());
  return [point.x, point.y];
}"""
# How far from its row's node a session's words begin, upwards or downwards, in pixels.
BESIDE = """() => [...document.querySelectorAll(".line .stop")].map(link => {
  const node = link.closest("tr").querySelector("circle:not(.bead)").getBoundingClientRect();
  const words = link.getClientRects()[0];
  return Math.abs(node.top + node.height / 2 - words.top - words.height / 2);
})"""
# On a phone, a row's cells lie below each other, each as wide as there is room.
NARROW = """() => [...document.querySelectorAll(".line tbody tr:has(.stop)")].filter(row => {
  const [words, papers] = [row.cells[0], row.cells[row.cells.length - 1]].map(cell => cell.clientWidth);
  return words !== papers;
}).length"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("history", ["site", "long_site"])
def test_the_map_is_whole_at_every_width(request: pytest.FixtureRequest, history: str, scheme: str):
    url = request.getfixturevalue(history)
    with browser() as chromium:
        for width in WIDTHS:
            options = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
            with watched_page(chromium, url, **options) as (page, faults):
                page.goto(f"{url}/map/")
                assert (width, page.evaluate(OUTSIDE)) == (width, 0)
                assert (width, max(page.evaluate(BESIDE)) < 8) == (width, True)
                assert width >= 640 or page.evaluate(NARROW) == 0
                if history == "site" or (width, scheme) == (
                    1440,
                    "light",
                ):  # axe takes long over so many links
                    assert (width, wrong_with(page, faults)) == (width, [])
                assert faults == []


def test_three_hundred_sessions_fit_at_every_width(live_server: LiveServer):
    make_long_history()
    url = f"{live_server.url}/map/"
    with browser() as chromium:
        for width in WIDTHS:
            with watched_page(chromium, url, viewport={"width": width, "height": 900}) as (page, faults):
                page.goto(url)
                assert (width, page.evaluate(OUTSIDE)) == (width, 0)
                assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
                assert max(page.evaluate(BESIDE)) < 8
                # A session takes some lines, not a screen.
                assert page.evaluate("document.scrollingElement.scrollHeight") < 293 * 170
                page.get_by_role("navigation", name="Parts of the table").get_by_role(
                    "link", name="2024"
                ).click()
                heading = page.get_by_role("heading", name="2024")
                assert heading.evaluate("each => Math.abs(each.getBoundingClientRect().top)") < 20
                page.get_by_role("region", name="2024").get_by_role("link", name="All years").click()
                assert page.evaluate("document.querySelector('.jump').getBoundingClientRect().top") < 20
                assert page.get_by_role("table", name="2024").get_by_role("rowheader").count() > 30
                assert faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_you_are_here_at_every_width(site: str, scheme: str):
    with browser() as chromium:
        for width in WIDTHS:
            options = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
            with watched_page(chromium, site, **options) as (page, faults):
                page.goto(f"{site}/")
                assert page.evaluate(OUTSIDE) == 0
                page.goto(site + NINTH)
                assert page.evaluate(OUTSIDE) == 0
                assert (width, wrong_with(page, faults)) == (width, [])


def test_without_scripts_a_mouse_reads_and_follows_the_picture(site: str):
    with browser() as chromium, watched_page(chromium, site, java_script_enabled=False) as (page, faults):
        page.goto(f"{site}/map/")
        ninth = page.locator(".strip a", has_text="Week 9: ")
        said = ninth.locator(".said:visible")
        assert said.evaluate("each => getComputedStyle(each).opacity") == "0"
        ninth.locator("circle").hover()
        assert said.evaluate("each => getComputedStyle(each).opacity") == "1"
        ninth.locator("circle").click()
        assert page.url == site + NINTH
        page.get_by_role("region", name="Earlier sessions that help").get_by_role(
            "link", name="Week 1: "
        ).click()
        assert page.url == f"{site}/sessions/1-ddpm-paper/"
        page.get_by_role("link", name="The whole map").click()
        # The arc itself, away from its letter.
        arc = page.locator(".strip a", has_text="Denoising Diffusion Probabilistic Models").locator(".reach")
        x, y = arc.evaluate(POINT_ON_ITS_LEFT)
        with page.expect_navigation():
            page.mouse.click(x, y)
        assert page.url == f"{site}/papers/denoising-diffusion-probabilistic-models/"
        assert faults == []


NAMED = """() => [...document.querySelectorAll(".strip .said")]
  .filter(each => each.checkVisibility({ checkOpacity: true })).map(each => each.textContent)"""
# Where the name of what is pointed at begins and ends, and where that is.
NAME_AND_NODE = """() => {
  const link = document.querySelector(".strip a:has(circle):hover");
  const [said, node] = [[...link.querySelectorAll(".said")].find(each => each.checkVisibility()), link.querySelector("circle")];
  const [words, middle] = [said.getBoundingClientRect(), node.getBoundingClientRect()];
  return [words.left, middle.left + middle.width / 2, words.right];
}"""


@pytest.mark.parametrize("width", [768, 1280, 2560])
def test_one_name_is_seen_at_a_time_below_what_it_names(site: str, width: int):
    options = {"viewport": {"width": width, "height": 900}, "reduced_motion": "reduce"}
    with browser() as chromium, watched_page(chromium, site, **options) as (page, faults):
        page.goto(f"{site}/archive/course/")
        page.get_by_role("checkbox").first.check()  # nothing of what is seen then is the map's
        page.goto(f"{site}/map/")
        hint = page.locator(".strip .hint")
        column = page.locator("figcaption").evaluate("each => each.getBoundingClientRect().left")
        assert abs(hint.evaluate("each => each.getBoundingClientRect().left") - column) < 1.5
        page.locator("figure .strip a", has_text="Week 1: ").focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Shift+Tab")
        assert page.evaluate(NAMED) == ["Week 1: DDPM paper"]
        for name in ("Week 1: DDPM paper", "Week 9: ", "Week 16 & 17: Flow Matching"):
            page.locator("figure .strip a", has_text=name).locator("circle").hover()
            [seen] = page.evaluate(NAMED)
            assert seen.startswith(name)
            start, node, end = page.evaluate(NAME_AND_NODE)
            assert start - 1 < node < end + 1
            assert hint.is_hidden()
        page.mouse.move(0, 0)
        assert page.evaluate(NAMED) == ["Week 1: DDPM paper"]
        assert faults == []


COVERED = """() => {
  const head = document.activeElement.closest(".part").querySelector(".head").getBoundingClientRect();
  return head.top === 0 && document.activeElement.getBoundingClientRect().top < head.bottom;
}"""


def test_the_year_that_stays_in_sight_on_a_phone_covers_nothing_that_the_keyboard_comes_to(long_site: str):
    options = {"viewport": {"width": 320, "height": 600}}
    with browser() as chromium, watched_page(chromium, long_site, **options) as (page, _):
        page.goto(f"{long_site}/map/")
        page.locator(".part .stop").nth(18).focus()
        for _step in range(20):
            page.keyboard.press("Shift+Tab")
            assert not page.evaluate(COVERED)


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.textContent.trim().replace(/\\s+/g, ' ')"))


def test_the_keyboard_goes_through_the_picture_or_past_it(site: str):
    with browser() as chromium, watched_page(chromium, site) as (page, faults):
        page.goto(f"{site}/map/")
        page.get_by_role("link", name="all sessions in order").focus()
        while focused(page) != "Skip the picture":
            page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        assert focused(page).startswith("Denoising Diffusion Probabilistic Models")
        # A ring would go round its words too: the arc itself shows where the keyboard is, and its words appear.
        seen = "getComputedStyle(document.activeElement.querySelector('ellipse:not(.reach)')).strokeWidth"
        said = "getComputedStyle(document.activeElement.querySelector('.said')).opacity"
        assert [page.evaluate(each) for each in (seen, said)] == ["5px", "1"]
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert focused(page) == "Week 1 DDPM paper"
        assert faults == []


EMPHASIZED = """() => [...document.querySelectorAll("figure > .strip .arcs")]
  .filter(arcs => getComputedStyle(arcs).opacity === "1").map(arcs => arcs.classList[2])"""


def test_what_is_pointed_at_has_its_threads_stand_out_and_nothing_moves_for_whom_it_should_not(site: str):
    options = {"reduced_motion": "reduce"}
    with browser() as chromium, watched_page(chromium, site, **options) as (page, faults):
        page.goto(f"{site}/map/")
        assert page.evaluate(EMPHASIZED) == ["on-a", "on-b", "on-c", "on-d", "on-e", "on-f"]
        page.locator(".strip a", has_text="Week 9: ").locator("circle").hover()
        assert page.evaluate(EMPHASIZED) == ["on-a", "on-d"]
        page.locator(".threads li").nth(2).hover()
        assert page.evaluate(EMPHASIZED) == ["on-c"]
        page.mouse.move(0, 0)
        page.locator(".strip a", has_text="Week 18: ").focus()
        assert page.evaluate(EMPHASIZED) == ["on-e", "on-f"]
        moves = "getComputedStyle(document.querySelector('.strip .arcs')).transitionDuration"
        assert page.evaluate(moves) == "0s"
        assert faults == []


def test_what_is_heard_is_the_picture_by_name_and_the_table(site: str):
    with browser() as chromium, watched_page(chromium, site) as (page, _):
        page.goto(f"{site}/map/")
        whole = page.get_by_role("group", name="The map of all sessions")
        assert whole.get_by_role("link").count() == 1 + 6 + 18
        assert whole.get_by_role("link", name="Week 19: Sold out (cancelled)").count() == 1
        assert page.get_by_role("table", name="Every session").get_by_role("rowheader").count() >= 18
        assert page.get_by_role("columnheader").all_inner_texts() == ["Session", "Date", "Papers"]


def test_on_paper_no_page_ends_inside_of_a_session_and_all_is_black(site: str):
    with browser() as chromium, watched_page(chromium, site, color_scheme="dark") as (page, _):
        page.goto(f"{site}/map/")
        page.emulate_media(media="print")
        rows = page.locator(".line tr")
        assert set(rows.evaluate_all("all => all.map(each => getComputedStyle(each).breakInside)")) == {
            "avoid"
        }
        strokes = page.locator(".strip .arcs ellipse:not(.reach), .piece path, .strip line.solid")
        assert set(strokes.evaluate_all("all => all.map(each => getComputedStyle(each).stroke)")) == {
            "rgb(0, 0, 0)"
        }
        # Threads are told apart by their letters, and what was read more than twice by its weight.
        weights = page.locator("figure > .strip .arcs").evaluate_all(
            "all => all.map(each => getComputedStyle(each.firstChild).strokeWidth)"
        )
        assert weights == ["1.75px"] * 4 + ["2.75px"] * 2
        assert sorted(page.locator(".strip .key:visible").all_text_contents()) == list("abcdeeff")


PLACED_BY_HAND = """() => [...document.querySelectorAll(".line.tight *")]
  .filter(each => each.checkVisibility() && getComputedStyle(each).position !== "static").length"""


def test_on_paper_columns_have_nothing_in_them_that_keeps_chromium_from_balancing_them(long_site: str):
    with browser() as chromium, watched_page(chromium, long_site) as (page, _):
        page.goto(f"{long_site}/map/")
        assert page.evaluate(PLACED_BY_HAND) > 0
        page.emulate_media(media="print")
        assert page.evaluate(PLACED_BY_HAND) == 0
