"""Every page in a real browser, narrow and wide, light and dark, with scripts and without.

Looked for are Chromium, its shell without windows and Chrome by their usual names, or the one that CHROMIUM names.
Without any, the tests are skipped, except with REQUIRE_BROWSER=1, where that is a failure.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request
from pytest_django.live_server_helper import LiveServer

from papers.models import Paper
from sessions.models import Group, Session
from tests.browsers import CHROMIUM, CHROMIUM_SHELL, PAGES, opened
from tests.factories import in_days, make_session, move_in, read

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def site(live_server: LiveServer) -> str:
    """The first group, with a session to come, held in a meeting room."""
    move_in()
    Group.objects.update(join_url="https://meet.example/room", time_zone="America/New_York")
    session = make_session(18, "Bridges", starts_at=in_days(3), summary="# On *bridges*\n\nBring paper.")
    read(session, same_as=Session.objects.get(number=13))
    return str(live_server.url)


@contextmanager
def browser(*, whole: bool = False) -> Iterator[Browser]:
    executable = CHROMIUM if whole else CHROMIUM_SHELL
    if executable is None:
        reason = "NO BROWSER: install chromium, or name one in CHROMIUM; nothing here was tested"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    chromium = opened(executable)
    try:
        yield chromium
    finally:
        for context in chromium.contexts:
            context.close()


def foreign(url: str, host: str) -> list[str]:
    return [] if urlsplit(url).netloc == host else [f"asks {url}"]


def failed(request: Request) -> list[str]:
    """A request that failed; what the browser gave up because the visitor went on is none."""
    return [] if request.failure == "net::ERR_ABORTED" else [f"{request.failure}: {request.url}"]


@contextmanager
def watched_page(chromium: Browser, site: str, **options: object) -> Iterator[tuple[Page, list[str]]]:
    """A page, and what went wrong on it: messages of the console (the CSP's too), requests to other hosts."""
    context = chromium.new_context(**options)  # type: ignore[arg-type]
    faults: list[str] = []
    host = urlsplit(site).netloc
    page = context.new_page()
    page.on("console", lambda message: faults.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: faults.append(f"error: {error}"))
    page.on("requestfailed", lambda request: faults.extend(failed(request)))
    page.on("request", lambda request: faults.extend(foreign(request.url, host)))
    try:
        yield page, faults
    finally:
        context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_every_page_fits_at_every_width_and_is_quiet(site: str, scripts: bool):
    with browser() as chromium, watched_page(chromium, site, java_script_enabled=scripts) as (page, faults):
        for path in [*PAGES, "/sessions/18-bridges/"]:
            response = page.goto(site + path)
            assert response
            styled = page.evaluate(
                "getComputedStyle(document.querySelector('h1')).fontFamily.includes('Georgia')"
            )
            assert (path, response.status, styled) == (path, 200, True)
            for scheme, width in product(("light", "dark"), (320, 768, 1440)):
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two
                page.set_viewport_size({"width": width, "height": 800})
                sideways = page.evaluate("document.scrollingElement.scrollWidth - innerWidth")
                assert (path, scheme, width, max(0, sideways)) == (path, scheme, width, 0)
        assert faults == []


def test_a_visitor_without_scripts_searches_and_reads(site: str):
    with browser() as chromium, watched_page(chromium, site, java_script_enabled=False) as (page, faults):
        page.goto(site)
        page.get_by_role("link", name="Search", exact=True).click()
        page.get_by_role("searchbox").fill("schrodinger bridge")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("link", name="Image-to-Image Schrödinger Bridge").click()
        assert page.get_by_role("heading", level=1).inner_text().endswith("Image-to-Image Schrödinger Bridge")
        page.goto(f"{site}/sessions/16/")
        assert page.url == f"{site}/sessions/16-17-flow-matching/"
        page.get_by_role("link", name="Previous: Week 15").click()
        assert page.title() == "Week 15: Soft Diffusion · Diffusion Reading Group at EleutherAI"
        assert faults == []


def test_the_keyboard_reaches_the_content_first(site: str):
    with browser() as chromium, watched_page(chromium, site) as (page, faults):
        page.goto(site)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        assert faults == []


# What the header has: how it is called, in its order for those who hear it and for those who see it.
HEADER = """
  () => {
    const parts = [...document.querySelectorAll(".site-header > *")];
    const line = ({ top, height, left }) => Math.round((top + height / 2) / 20) * 1e4 + left;
    const place = (part) => line(part.getBoundingClientRect());
    const name = (part) => part.tagName === "P" ? "name" : part.getAttribute("aria-label") ?? part.className;
    return [parts, parts.toSorted((one, other) => place(one) - place(other))].map((all) => all.map(name));
  }
"""


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_the_header_has_one_order_everywhere(site: str, width: int):
    options = {"viewport": {"width": width, "height": 800}}
    with browser() as chromium, watched_page(chromium, site, **options) as (page, faults):
        for path in ("/", "/archive/", "/sessions/18-bridges/"):
            page.goto(site + path)
            order = [*([] if path == "/" else ["name"]), "Pages", "Site", "theme"]
            assert (path, page.evaluate(HEADER)) == (path, [order, order])
        assert faults == []


# Links whose mark is wrong: what leaves the site has one, what stays here, prose, posters and chapters have none.
MARKS = """
  () => [...document.querySelectorAll("a[href]")].filter((link) => {
    const leaves = /^https?:/.test(link.getAttribute("href")) && !link.matches(".prose a, .poster, .chapters a");
    return leaves !== getComputedStyle(link, "::after").content.includes("\u2197");
  }).map((link) => link.outerHTML)
"""


def test_every_link_that_leaves_the_site_is_marked_alike(site: str):
    with browser() as chromium, watched_page(chromium, site) as (page, faults):
        for path in [*PAGES, "/sessions/18-bridges/"]:
            page.goto(site + path)
            assert (path, page.evaluate(MARKS)) == (path, [])
        page.goto(f"{site}/archive/")
        # Seen, not heard.
        assert page.get_by_role("link", name=re.compile("^Recording ?: Flow Matching$")).count() == 1
        assert "\u2197" not in page.locator("body").aria_snapshot()
        assert faults == []


def test_what_leads_on_looks_like_a_link_where_nothing_can_hover(site: str):
    """A line below it, as titles of papers have, in a colour that can be seen."""
    shown = """
      all => all.map(e => getComputedStyle(e))
        .map(style => [style.textDecorationLine, / 0\\)$|transparent/.test(style.textDecorationColor)])
    """
    link = ["underline", False]
    with browser() as chromium, watched_page(chromium, site) as (page, faults):
        for path, names in {
            "/": ".entry-title .title",
            "/archive/": ".entry-title .title",
            "/archive/course/": ".entry-title .title",
            "/search/?q=diffusion": ".pages a",
            "/sessions/16-17-flow-matching/": ".whereabouts a, .on-the-line a",
        }.items():
            page.goto(site + path)
            found = page.locator(names).evaluate_all(shown)
            assert (path, found) == (path, [link] * max(1, len(found)))
        assert faults == []


# Of the parts of a page: where their rules end, and how far below them the headings stand.
RULES = """
  () => [...document.querySelectorAll("article > section, .on-the-line")].map((part) => {
    const { right, top } = part.getBoundingClientRect();
    const heading = part.querySelector("h2");
    return [right, heading ? heading.getBoundingClientRect().top - top : null].map((each) => each && Math.round(each));
  })
"""


def test_the_parts_of_a_page_end_on_one_line_and_begin_at_one_distance(site: str):
    Paper.objects.update(abstract="It works.")
    options = {"viewport": {"width": 1280, "height": 800}}
    with browser() as chromium, watched_page(chromium, site, **options) as (page, _):
        for path in ("/sessions/8/", "/papers/i2sb-image-to-image-schrodinger-bridge/"):
            page.goto(site + path)
            parts = page.evaluate(RULES)
            rights, distances = ({each for each in column if each} for column in zip(*parts, strict=True))
            assert (path, len(parts) > 1, len(rights), len(distances)) == (path, True, 1, 1)


def test_no_field_has_letters_so_small_that_a_phone_enlarges_the_page(site: str):
    options = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True}
    sizes = (
        "[...document.querySelectorAll('input, select')].map(e => parseFloat(getComputedStyle(e).fontSize))"
    )
    with browser() as chromium, watched_page(chromium, site, **options) as (page, _):
        page.goto(f"{site}/search/?q=diffusion&kind=paper")
        assert page.evaluate("matchMedia('(pointer: coarse)').matches")
        found = page.evaluate(sizes)
        assert [size for size in found if size < 16] == []
        assert len(found) > 5


def test_the_groups_colour_is_on_every_page_at_once(site: str):
    Group.objects.update(accent="#0b6e4f")
    with browser() as chromium, watched_page(chromium, site) as (page, _):
        page.goto(site)
        accent = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--accent')")
        assert accent == "#0b6e4f"


# Reads custom properties as colours on a canvas, and says their contrast with another
# (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio).
CONTRASTS = """
pairs => {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const probe = document.body.appendChild(document.createElement("i"));
  const luminance = name => {
    probe.className = "probe";
    probe.style.color = `var(${name})`;
    context.fillStyle = getComputedStyle(probe).color;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map(value => value / 255)
      .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return pairs.map(([one, other]) => {
    const [less, more] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (more + 0.05) / (less + 0.05);
  });
}
"""
LEAST_CONTRAST = {
    ("--ink", "--paper"): 7.0,
    ("--quiet", "--paper"): 4.5,
    ("--link", "--paper"): 4.5,
    ("--on-link", "--link"): 4.5,
    ("--numeral", "--paper"): 4.5,
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_whatever_colour_the_group_takes_can_be_read(site: str, scheme: str):
    colours = [
        "#8c2f1b",
        "#ffff00",
        "#00ff00",
        "#0000ff",
        "#ff00ff",
        "#000000",
        "#ffffff",
        "#7f7f7f",
        "#0b6e4f",
    ]
    found = {}
    with browser() as chromium, watched_page(chromium, site, color_scheme=scheme) as (page, _):
        page.goto(site)
        for colour in colours:
            page.evaluate("colour => document.documentElement.style.setProperty('--accent', colour)", colour)
            contrasts = page.evaluate(CONTRASTS, [list(pair) for pair in LEAST_CONTRAST])
            found[colour] = dict(zip(LEAST_CONTRAST, contrasts, strict=True))
    poor = {
        (colour, pair): round(contrast, 2)
        for colour, contrasts in found.items()
        for pair, contrast in contrasts.items()
        if contrast < LEAST_CONTRAST[pair]
    }
    assert poor == {}
