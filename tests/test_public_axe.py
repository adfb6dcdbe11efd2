"""Public pages for everybody: axe-core's rules, the keyboard, and what visitors tell their system that they need."""

import itertools
from typing import Any

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from sessions.models import Group, Session
from tests.accessibility import wrong_at, wrong_with
from tests.browsers import PAGES
from tests.factories import in_days, make_session, move_in, read
from tests.test_browser import CONTRASTS, browser, watched_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OTHERS = ["/sessions/18-bridges/", "/sessions/19-off/"]


@pytest.fixture
def site(live_server: LiveServer) -> str:
    """The first group with a session to come, and one that is cancelled."""
    move_in()
    Group.objects.update(join_url="https://meet.example/room")
    session = make_session(18, "Bridges", starts_at=in_days(3), summary="# On *bridges*\n\nBring paper.")
    read(session, same_as=Session.objects.get(number=13))
    make_session(19, "Off", starts_at=in_days(9), state="cancelled")
    return str(live_server.url)


def test_every_page_passes_axe_narrow_and_wide_light_and_dark(site: str):
    wrong: list[Any] = []
    with browser() as chromium, watched_page(chromium, site) as (page, faults):
        for path in [*PAGES, *OTHERS]:
            page.goto(site + path)
            wrong += [(path, *each) for each in wrong_at((320, 1440), page, faults)]
    assert wrong == []


def test_the_largest_screen_is_used_and_400_percent_reflow(site: str):
    """On a 4K screen text is large and still some 70 letters wide; 1280 pixels at 400 % are 320."""
    with browser() as chromium, watched_page(chromium, site) as (page, faults):
        sizes = {}
        for width in (320, 1440, 3840):
            page.set_viewport_size({"width": width, "height": 2160})
            page.goto(f"{site}/")
            sizes[width] = page.evaluate(
                "[parseFloat(getComputedStyle(document.body).fontSize), document.body.offsetWidth / innerWidth]"
            )
            letters = page.evaluate("""
              () => {
                const p = document.querySelector(".masthead .prose p");
                const range = document.createRange();
                range.selectNodeContents(p);
                const lines = new Set([...range.getClientRects()].map(line => Math.round(line.bottom / 10)));
                return p.textContent.length / lines.size;
              }
            """)
            assert (width, letters < 76) == (width, True)
        assert sizes[320][0] == 16
        assert 16 <= sizes[1440][0] <= 18
        assert sizes[3840][0] >= 28
        assert sizes[3840][1] > 0.45
        assert faults == []


# Where the keyboard is: what has the focus, whether that is to be seen, and in which part of the page.
FOCUSED = """
() => {
  const e = document.activeElement;
  if (e === document.body) return null;
  const seen = e.matches(".theme input") ? e.nextElementSibling : e;
  const box = seen.getBoundingClientRect(), style = getComputedStyle(seen);
  const part = e.closest("header, main, footer");
  return [part ? part.localName : "skip", style.outlineStyle !== "none" && box.width > 0, e.textContent.trim() || e.name];
}
"""


def test_the_keyboard_goes_through_a_page_in_its_order_and_is_always_to_be_seen(site: str):
    with browser() as chromium, watched_page(chromium, site) as (page, faults):
        for path in ("/", "/papers/", "/sessions/18-bridges/"):
            page.goto(site + path)
            expected = page.evaluate(
                "[...document.querySelectorAll('a[href], button, input:not([type=radio]), input:checked, summary')]"
                ".filter(e => e.checkVisibility()).length"
            )
            passed: list[Any] = []
            page.keyboard.press("Tab")
            while (focused := page.evaluate(FOCUSED)) and len(passed) < 500:
                passed.append(focused)
                page.keyboard.press("Tab")
            assert (path, len(passed)) == (path, expected)
            assert (path, [each for each in passed if not each[1]]) == (path, [])
            parts = [part for part, _ in itertools.groupby(part for part, *_ in passed)]
            assert (path, parts) == (path, ["skip", "header", "main", "footer"])
        assert faults == []


LANDMARKS = """
[...document.querySelectorAll("header, nav, main, footer, [role=search]")]
  .filter(e => e.checkVisibility() && !e.closest("article"))
  .map(e => `${e.localName} ${e.getAttribute("aria-label") || ""}`.trim())
"""


def test_every_page_has_its_landmarks_and_each_has_a_name_of_its_own(site: str):
    with browser() as chromium, watched_page(chromium, site) as (page, _):
        for path in PAGES:
            page.goto(site + path)
            found = page.evaluate(LANDMARKS)
            assert (path, [found.count(name) for name in ("header", "main", "footer", "nav Pages")]) == (
                path,
                [1] * 4,
            )
            navs = [name for name in found if name.startswith("nav")]
            assert (path, len(set(navs)), "nav" in navs) == (path, len(navs), False)


# --- What visitors tell their system -----------------------------------------------------------------------
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_who_asks_for_more_contrast_gets_it_whatever_the_groups_colour(site: str, scheme: str):
    pairs = [["--ink", "--paper"], ["--quiet", "--paper"], ["--link", "--paper"], ["--numeral", "--paper"]]
    options = {"color_scheme": scheme, "contrast": "more"}
    with browser() as chromium, watched_page(chromium, site, **options) as (page, _):
        page.goto(site)
        for colour in ("#8c2f1b", "#ffff00", "#0000ff", "#ffffff", "#7f7f7f"):
            page.evaluate("colour => document.documentElement.style.setProperty('--accent', colour)", colour)
            contrasts = page.evaluate(CONTRASTS, [*pairs, ["--rule", "--paper"]])
            assert (colour, [round(each, 1) for each in contrasts[:4] if each < 7]) == (colour, [])
            assert (colour, contrasts[4] > 3) == (colour, True)


def test_in_the_visitors_own_colours_nothing_is_told_by_a_background_alone(site: str):
    def styles(page: Page, selector: str, *names: str) -> list[str]:
        found = page.locator(selector).first.evaluate(
            "(e, names) => names.map(name => getComputedStyle(e).getPropertyValue(name))", list(names)
        )
        return [str(each) for each in found]

    with browser() as chromium, watched_page(chromium, site, forced_colors="active") as (page, faults):
        page.goto(f"{site}/backlog/")
        assert page.evaluate("matchMedia('(forced-colors: active)').matches")
        assert styles(page, "nav [aria-current]", "text-decoration-line") == ["underline"]
        assert styles(page, ".theme :checked + span", "text-decoration-line") == ["underline"]
        assert styles(page, ".theme :not(:checked) + span", "text-decoration-line") == ["none"]
        assert styles(page, "progress", "border-top-style") == ["solid"]
        page.goto(site)
        assert styles(page, ".button", "border-top-style") == ["solid"]
        assert wrong_with(page, faults) == []


MOVING = """
[...document.querySelectorAll("*")].flatMap(e => ["", "::before", "::after"].map(part => getComputedStyle(e, part)))
  .filter(s => parseFloat(s.transitionDuration) > 0 || s.animationName !== "none" || s.scrollBehavior === "smooth").length
"""


def test_who_wants_no_motion_sees_none(site: str):
    with browser() as chromium, watched_page(chromium, site, reduced_motion="reduce") as (page, faults):
        for path in [*PAGES, *OTHERS]:
            page.goto(site + path)
            assert (path, page.evaluate(MOVING)) == (path, 0)
        page.emulate_media(reduced_motion="no-preference")
        assert page.evaluate(MOVING) > 0
        assert faults == []
