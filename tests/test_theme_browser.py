"""Light, dark, or as the system has it: chosen in words, remembered, there before anything is painted."""

from typing import Any

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from readinggroup.colours import Shades, as_hex, shades
from tests.browsers import PAGES
from tests.factories import make_organizer, move_in
from tests.organizers import log_in, login_of
from tests.test_browser import browser, watched_page
from tests.test_progress_browser import SHIFTS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LIGHT, DARK = ("rgb({}, {}, {})".format(*shades("#8c2f1b")[at]) for at in (0, 6))
# What the theme is whenever the body, or anything in it, comes into being.
WATCH = """
  window.themes = [];
  new MutationObserver(() => {
    if (document.body) window.themes.push(document.documentElement.dataset.theme);
  }).observe(document, { childList: true, subtree: true });
"""
# As a browser that keeps nothing for a site answers.
FORBIDDEN = """
  Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError"); } });
"""


@pytest.fixture
def site(live_server: LiveServer) -> str:
    move_in()
    return str(live_server.url)


def ground(page: Page) -> str:
    """The colour below everything, as #rrggbb: Chromium says derived colours in `oklch`."""
    probe = """
      () => {
        const context = document.createElement("canvas").getContext("2d");
        context.fillStyle = getComputedStyle(document.documentElement).backgroundColor;
        context.fillRect(0, 0, 1, 1);
        return `rgb(${[...context.getImageData(0, 0, 1, 1).data].slice(0, 3).join(", ")})`;
      }
    """
    return str(page.evaluate(probe))


def frame(page: Page) -> list[str]:
    """When the browser's own frame has the light colour, and when the dark one."""
    return list(page.locator("[name=theme-color]").evaluate_all("all => all.map(each => each.media)"))


def chosen(page: Page) -> str:
    return str(page.get_by_role("group", name="Colours").locator("input:checked").evaluate("e => e.value"))


def test_a_page_follows_the_system_until_something_else_is_chosen(site: str):
    with browser() as chromium, watched_page(chromium, site, color_scheme="dark") as (page, faults):
        page.goto(site)
        assert (ground(page), chosen(page)) == (DARK, "auto")
        page.emulate_media(color_scheme="light")
        assert ground(page) == LIGHT
        assert frame(page) == ["(prefers-color-scheme: light)", "(prefers-color-scheme: dark)"]
        page.get_by_role("radio", name="Dark").check()
        assert (ground(page), frame(page)) == (DARK, ["not all", "all"])
        page.emulate_media(color_scheme="dark")
        page.get_by_role("radio", name="Light").check()
        assert ground(page) == LIGHT
        page.get_by_role("radio", name="Automatic").check()
        assert ground(page) == DARK
        assert frame(page) == ["(prefers-color-scheme: light)", "(prefers-color-scheme: dark)"]
        assert faults == []


def test_a_choice_is_remembered_on_every_page_before_there_is_anything_to_see(site: str):
    with browser() as chromium, watched_page(chromium, site, color_scheme="light") as (page, faults):
        page.goto(site)
        page.get_by_role("radio", name="Dark").check()
        page.add_init_script(WATCH)
        for path in PAGES:
            page.goto(site + path)
            assert (path, set(page.evaluate("themes")), ground(page)) == (path, {"dark"}, DARK)
        page.reload()
        assert (set(page.evaluate("themes")), chosen(page)) == ({"dark"}, "dark")
        script = page.locator("head script")
        assert [script.get_attribute(name) for name in ("defer", "async", "type")] == [None, None, None]
        page.go_back()
        page.get_by_role("radio", name="Automatic").check()
        page.go_forward()
        assert (ground(page), chosen(page)) == (LIGHT, "auto")
        assert faults == []


def test_another_tab_takes_the_choice_at_once(site: str):
    with browser() as chromium, watched_page(chromium, site, color_scheme="light") as (page, faults):
        page.goto(site)
        other = page.context.new_page()
        other.goto(f"{site}/papers/")
        page.get_by_role("radio", name="Dark").check()
        other.wait_for_function("document.documentElement.dataset.theme === 'dark'")
        assert (ground(other), chosen(other)) == (DARK, "dark")
        assert faults == []


def test_one_choice_holds_for_the_site_and_its_admin(site: str):
    login = login_of(make_organizer())
    with browser() as chromium, watched_page(chromium, site, color_scheme="light") as (page, faults):
        log_in(page.context, site, login)
        page.goto(site)
        page.get_by_role("radio", name="Dark").check()
        page.goto(f"{site}/admin/")
        theme = "document.documentElement.dataset.theme"
        assert page.evaluate(theme) == "dark"
        page.locator("button.theme-toggle").first.click()
        admins = page.evaluate(theme)
        assert admins != "dark"
        page.goto(site)
        assert (page.evaluate(theme), chosen(page)) == (admins, admins)
        assert faults == []


def test_where_nothing_may_be_kept_a_choice_holds_for_its_page(site: str):
    with browser() as chromium, watched_page(chromium, site, color_scheme="light") as (page, faults):
        page.add_init_script(FORBIDDEN)
        page.goto(site)
        page.get_by_role("radio", name="Dark").check()
        assert (ground(page), chosen(page)) == (DARK, "dark")
        page.reload()
        assert (ground(page), chosen(page)) == (LIGHT, "auto")
        assert faults == []


def test_what_is_no_theme_is_the_systems(site: str):
    with browser() as chromium, watched_page(chromium, site, color_scheme="dark") as (page, faults):
        page.goto(site)
        for kept in ("", "pink", "__proto__", '"dark"'):
            page.evaluate("kept => localStorage.setItem('theme', kept)", kept)
            page.reload()
            assert (kept, ground(page), chosen(page), faults) == (kept, DARK, "auto", [])


def test_the_keyboard_chooses_and_hears_what_is_chosen(site: str):
    with browser() as chromium, watched_page(chromium, site, color_scheme="light") as (page, faults):
        page.goto(site)
        page.get_by_role("radio", name="Automatic").focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        said: Any = page.get_by_role("group", name="Colours").aria_snapshot()
        radios = [line.strip() for line in said.splitlines() if "radio" in line]
        assert radios == ['- radio "Automatic"', '- radio "Light"', '- radio "Dark" [checked]']
        outline = page.locator(".theme :focus-visible + span").evaluate(
            "e => getComputedStyle(e).outlineStyle"
        )
        assert (ground(page), outline, faults) == (DARK, "solid", [])


def test_what_is_chosen_is_said_where_there_is_room_and_grows_with_the_letters(site: str):
    """Those who only touch see no tooltip. The three stay where they are, whatever is chosen."""
    moons = "[...document.querySelectorAll('.moon')].map(e => e.getBoundingClientRect().left)"
    size = "getComputedStyle(document.querySelector('.moon'), '::before').width"
    with browser() as chromium, watched_page(chromium, site) as (page, faults):
        said, places, sizes = {}, set(), {}
        for width in (320, 360, 1440, 3840):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(f"{site}/papers/")
            sizes[width] = round(float(page.evaluate(size).removesuffix("px")))
            for name in ("Automatic", "Light", "Dark"):
                page.get_by_role("radio", name=name).check()
                words = page.locator(".said").evaluate_all(
                    "all => all.filter(e => e.clientWidth > 1).map(e => e.firstChild.textContent)"
                )
                said[width, name] = "".join(words)
                places.add((width, *page.evaluate(moons)))
        assert faults == []
    assert said == {
        (width, name): "" if width == 320 else name.replace("matic", "")
        for width in (320, 360, 1440, 3840)
        for name in ("Automatic", "Light", "Dark")
    }
    assert len(places) == 4
    assert sizes[3840] > 1.8 * sizes[360]


@pytest.mark.parametrize("width", [320, 768, 1440])
def test_the_choice_is_at_the_end_of_the_header_from_the_first_paint_on(site: str, width: int):
    viewport = {"width": width, "height": 800}
    with browser() as chromium, watched_page(chromium, site, viewport=viewport) as (page, faults):
        page.add_init_script(SHIFTS)
        for path in ("/", "/archive/", "/sessions/99/"):
            page.goto(site + path)
            page.wait_for_load_state("networkidle")
            header, choice = (page.locator(each).bounding_box() for each in ("header.site-header", ".theme"))
            assert header
            assert choice
            assert (path, round(choice["x"] + choice["width"])) == (
                path,
                round(header["x"] + header["width"]),
            )
            assert header["y"] < choice["y"] < header["y"] + header["height"] < 190
            assert page.evaluate("window.shifts ?? 0") == 0
        assert [fault for fault in faults if "404" not in fault] == []


def test_without_scripts_there_is_no_choice_and_the_system_decides(site: str):
    options = {"java_script_enabled": False, "color_scheme": "dark"}
    with browser() as chromium, watched_page(chromium, site, **options) as (page, _):
        page.goto(site)
        assert page.get_by_role("group", name="Colours").count() == 0
        assert page.locator(".theme").is_hidden()


def test_shades_in_python_are_those_of_the_stylesheet(site: str):
    """Cards, icons and the browser's own frame have the colours of the pages, as Chromium computes them."""
    probe = """
      names => names.map(name => {
        const context = document.createElement("canvas").getContext("2d");
        const probe = document.body.appendChild(document.createElement("i"));
        probe.style.color = `var(--${name})`;
        context.fillStyle = getComputedStyle(probe).color;
        context.fillRect(0, 0, 1, 1);
        return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
      })
    """
    names = {"light": ["paper", "ink", "quiet", "numeral", "rule", "link"], "dark": ["paper", "link"]}
    accents = ["#8c2f1b", "#0b6e4f", "#ffff00", "#ffffff", "#000000", "#0000ff"]
    found: dict[str, list[list[int]]] = {accent: [] for accent in accents}
    with browser() as chromium, watched_page(chromium, site) as (page, _):
        page.goto(site)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for accent in accents:
                page.evaluate(
                    "colour => document.documentElement.style.setProperty('--accent', colour)", accent
                )
                found[accent] += page.evaluate(probe, names[scheme])
    away = {
        (accent, name, as_hex(ours))
        for accent in accents
        for name, ours, theirs in zip(Shades._fields, shades(accent), found[accent], strict=True)
        if max(abs(one - other) for one, other in zip(ours, theirs, strict=True)) > 2
    }
    assert away == set()
