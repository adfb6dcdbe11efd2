"""The search while somebody types: in the header of every page and on its own, by keyboard, by ear, and without a script."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from tests.accessibility import violations
from tests.factories import in_days, make_session, move_in
from tests.test_browser import browser, watched_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# As they are called by ear: what each is, and its title.
FLOW = "session Week 16 & 17: Flow Matching"
FLOW_PAPER = "paper Flow Matching for Generative Modeling"
LATENT = ["session Week 13: Latent Diffusion and Stable Diffusion", "session Week 10: Paella"]
# By the words asked for: what is on its way to the server, once it is sent.
ASKED = "/search/results/"
FIELDS = ("kind", "from", "to", "presenter", "has")


@pytest.fixture
def site(live_server: LiveServer) -> str:
    move_in()
    return str(live_server.url)


@contextmanager
def visited(site: str, path: str = "/", **options: Any) -> Iterator[tuple[Page, list[str]]]:
    with browser() as chromium, watched_page(chromium, site, **options) as (page, faults):
        page.goto(site + path)
        yield page, faults


def asked_words(page: Page) -> list[str]:
    """The words of every request for results from here on."""
    words: list[str] = []

    def note(request: Any) -> None:
        if ASKED in request.url:
            words.extend(parse_qs(urlsplit(request.url).query)["q"])

    page.on("request", note)
    return words


def status(page: Page) -> Locator:
    """What is said aloud of the results."""
    return page.locator("form[role=search]").get_by_role("status")


def focused(page: Page) -> str:
    return str(
        page.evaluate(
            "document.activeElement.innerText.trim().replace(/\\s+/g, ' ') || document.activeElement.name"
        )
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_typing_shows_results_that_the_keyboard_walks_through(site: str, scheme: str):
    with browser() as chromium:
        for width in (320, 768, 1440):
            size = {"width": width, "height": 800}
            with watched_page(chromium, site, viewport=size, color_scheme=scheme) as (page, faults):
                page.goto(f"{site}/papers/")
                words = asked_words(page)
                page.keyboard.press("/")
                assert (focused(page), words) == ("q", [])
                page.keyboard.type("flow matching")
                expect(page.locator(".panel .answer").first).to_have_text(FLOW)
                expect(status(page)).to_have_text("2 results")
                assert words[-1] == "flow matching"
                assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
                # What the panel covers is not looked at: it is out of reach until the panel closes.
                assert violations(page, within="header") == []
                page.keyboard.press("ArrowDown")
                assert focused(page) == FLOW
                page.keyboard.press("ArrowDown")
                assert focused(page) == FLOW_PAPER
                page.keyboard.press("ArrowDown")
                assert focused(page) == FLOW_PAPER
                page.keyboard.press("ArrowUp")
                page.keyboard.press("ArrowUp")
                assert focused(page) == "q"
                page.keyboard.press("ArrowDown")
                page.keyboard.press("Escape")
                expect(page.locator(".panel")).to_be_hidden()
                assert focused(page) == "q"
                page.keyboard.type(" generative")
                expect(status(page)).to_have_text("2 results")
                page.get_by_role("searchbox").fill("flow matching")
                expect(page.locator(".panel")).to_be_visible()
                expect(page.locator(".panel .answer").first).to_have_text(FLOW)
                page.keyboard.press("ArrowDown")
                page.keyboard.press("Enter")
                page.wait_for_url("**/sessions/16-17-flow-matching/")
                assert faults == []


# What reaches beyond the window, whoever can scroll there or not.
CUT = """
[...document.querySelectorAll("body *")].filter((each) => {
  const { left, right } = each.getBoundingClientRect();
  return each.checkVisibility() && (left < -0.5 || right > innerWidth + 0.5) && !each.closest(".visually-hidden, .skip");
}).map((each) => `${each.localName}.${each.className}`)
"""


def test_the_header_keeps_field_and_colours_in_a_row_and_the_panel_in_the_window(site: str):
    with visited(site) as (page, faults):
        for width in (320, 352, 768, 853, 1000, 1151, 1152, 1920):
            page.set_viewport_size({"width": width, "height": 700})
            for path in ("/", "/archive/"):
                page.goto(site + path)
                page.get_by_role("searchbox").fill("score")
                expect(page.locator(".panel")).to_be_visible()
                middles = page.evaluate(
                    "[document.querySelector('.site-search'), document.querySelector('.theme')]"
                    ".map(each => each.getBoundingClientRect()).map(({ top, bottom }) => (top + bottom) / 2)"
                )
                assert (width, path, page.evaluate(CUT)) == (width, path, [])
                assert (width, path, abs(middles[0] - middles[1]) < 6) == (width, path, True)
        assert faults == []


def test_long_names_and_what_was_typed_stay_within_a_phone(site: str):
    session = make_session(30, "Long", starts_at=in_days(3))
    session.presenters.create(name="Maria Magdalena von Hohenzollern-Sigmaringen")
    typed = "h" * 90
    with visited(site, viewport={"width": 320, "height": 700}) as (page, faults):
        for path in ("/", "/schedule/", "/search/?from=1", *(f"/search/?{each}={typed}" for each in FIELDS)):
            page.goto(site + path)
            assert (path, page.evaluate(CUT)) == (path, [])
        assert faults == []


def test_the_panel_closes_when_the_visitor_goes_elsewhere(site: str):
    with visited(site, "/archive/") as (page, faults):
        field, panel = page.get_by_role("searchbox"), page.locator(".panel")
        field.fill("bridge")
        expect(panel).to_be_visible()
        page.mouse.click(5, 400)
        expect(panel).to_be_hidden()
        field.fill("bridges")
        expect(panel).to_be_visible()
        page.get_by_role("link", name="People").focus()
        expect(panel).to_be_hidden()
        field.fill("b")
        field.fill("")
        expect(status(page)).to_have_text("")
        assert faults == []


def test_closed_results_open_again_and_the_keys_reach_first_last_and_all(site: str):
    with visited(site, "/papers/") as (page, faults):
        words = asked_words(page)
        field, panel = page.get_by_role("searchbox"), page.get_by_role("group", name="Results")
        field.fill("diffusion")
        expect(panel.locator(".answer")).to_have_count(8)
        page.keyboard.press("Escape")
        expect(panel).to_be_hidden()
        expect(status(page)).to_have_text("")
        for chord in ("Control+ArrowDown", "Shift+ArrowDown", "Alt+ArrowDown"):
            page.keyboard.press(chord)
            expect(panel).to_be_hidden()
        page.keyboard.press("ArrowDown")
        expect(panel).to_be_visible()
        expect(status(page)).to_have_text("69 results")
        assert focused(page).startswith("session Week 15: Soft Diffusion")
        page.keyboard.press("Control+End")
        assert focused(page).startswith("session Week 15: Soft Diffusion")
        page.keyboard.press("End")
        assert focused(page) == "All 69 results"
        page.keyboard.press("Home")
        assert focused(page).startswith("session Week 15: Soft Diffusion")
        # Tab goes through a few links too, and what is left is closed.
        page.keyboard.press("End")
        page.keyboard.press("Tab")
        expect(panel).to_be_hidden()
        field.focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowUp")
        assert focused(page) == "q"
        page.keyboard.press("Home")
        page.keyboard.press("Shift+End")
        assert page.evaluate("getSelection().toString()") == "diffusion"
        assert words == ["diffusion"]
        page.keyboard.press("ArrowDown")
        page.keyboard.press("End")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search/?q=diffusion")
        expect(page.locator(".answer")).to_have_count(30)
        assert faults == []


def test_who_closed_the_panel_while_it_was_asked_can_open_it(site: str):
    held: list[Route] = []
    with visited(site) as (page, faults):
        page.route(f"**{ASKED}*", lambda route: held.append(route))  # noqa: PLW0108 - of its own name
        with page.expect_request(f"**{ASKED}*"):
            page.get_by_role("searchbox").fill("flow")
        page.mouse.click(5, 400)
        page.unroute(f"**{ASKED}*")
        page.get_by_role("searchbox").focus()
        page.keyboard.press("ArrowDown")
        expect(page.locator(".panel .answer").first).to_have_text(FLOW)
        assert focused(page) == "q"
        assert faults == []


def test_a_search_that_took_too_long_says_so_where_the_results_would_be(site: str):
    text = '<p class="lead found">This search took too long.</p>'
    with visited(site) as (page, _):
        page.route(
            f"**{ASKED}*", lambda route: route.fulfill(status=503, body=text, content_type="text/html")
        )
        page.get_by_role("searchbox").fill("flow")
        expect(status(page)).to_have_text("This search took too long.")
        expect(page.locator(".panel")).to_have_text("This search took too long.")
        # It is asked for again, though the words are the same.
        page.unroute(f"**{ASKED}*")
        page.keyboard.press("Escape")
        page.keyboard.press("ArrowDown")
        expect(page.locator(".panel .answer").first).to_have_text(FLOW)


def test_the_key_is_named_where_there_is_a_keyboard(site: str):
    with visited(site) as (page, _):
        assert page.get_by_role("searchbox").get_attribute("placeholder") == "Press / to search"
    with visited(site, has_touch=True, is_mobile=True) as (page, _):
        assert page.get_by_role("searchbox").get_attribute("placeholder") == "Search"


@pytest.mark.parametrize("key", ["Control+/", "Meta+/", "Alt+/"])
def test_the_slash_with_another_key_is_left_alone(site: str, key: str):
    with visited(site) as (page, _):
        page.keyboard.press(key)
        assert focused(page) != "q"


def test_enter_in_the_field_goes_to_the_page_of_the_search(site: str):
    with visited(site) as (page, faults):
        page.get_by_role("searchbox").fill("latent difussion")
        expect(status(page)).to_contain_text(
            "Nothing here has “difussion”. Showing results for “diffusion” instead."
        )
        page.keyboard.press("Enter")
        page.wait_for_url("**/search/?q=latent+difussion")
        assert page.get_by_role("searchbox").input_value() == "latent difussion"
        assert (
            " ".join(page.locator(".answer").first.inner_text().split())
            == "session Week 13: Latent Diffusion and Stable Diffusion"
        )
        assert faults == []


def test_on_its_own_page_results_change_in_their_place_and_the_address_with_them(site: str):
    with visited(site, "/search/?q=bridge&kind=paper&page=1") as (page, faults):
        field, first = page.get_by_role("searchbox"), page.locator(".answer").first
        field.fill("distillation")
        expect(first).to_have_text("paper On Distillation of Guided Diffusion Models")
        expect(status(page)).to_have_text("2 results")
        assert urlsplit(page.url).query == "q=distillation&kind=paper"
        page.keyboard.press("ArrowDown")
        assert focused(page) == "paper On Distillation of Guided Diffusion Models"
        page.keyboard.press("Escape")
        assert focused(page) == "q"
        page.get_by_role("link", name="only papers").click()
        expect(first).to_have_text("session Week 11: Progressive Distillation, Distillation of Guided Models")
        field.fill("")
        expect(first).to_be_hidden()
        field.fill("2006.11239")
        expect(first).to_have_text("paper Denoising Diffusion Probabilistic Models")
        page.keyboard.press("Enter")
        page.wait_for_url("**/papers/denoising-diffusion-probabilistic-models/")
        assert faults == []


def test_what_the_form_shows_is_what_is_listed_and_what_the_address_says(site: str):
    with visited(site, "/search/?q=latent") as (page, faults):
        answers = page.locator(".answer")
        page.get_by_text("Filters", exact=True).click()
        page.get_by_label("Show", exact=True).select_option("sessions")
        expect(page.get_by_role("link", name="only sessions")).to_be_visible()
        expect(status(page)).to_have_text("2 results")
        expect(answers).to_have_text(LATENT)
        assert urlsplit(page.url).query == "q=latent&kind=session"
        page.get_by_label("a recording").check()
        page.get_by_label("From week").fill("x")
        expect(
            page.locator(".note").get_by_text(
                "“x” is not a number. Enter one such as 12. This filter was ignored."
            )
        ).to_be_visible()
        page.get_by_role("searchbox").fill("diffusion")
        page.get_by_label("From week").fill("15")
        expect(answers).to_have_text(["session Week 15: Soft Diffusion"])
        assert urlsplit(page.url).query == "q=diffusion&kind=session&from=15&has=recording"
        page.reload()
        expect(answers).to_have_text(["session Week 15: Soft Diffusion"])
        page.goto(f"{site}/search/?q=latent&from=x")
        page.get_by_label("From week").fill("13")
        expect(page.get_by_role("link", name="from week 13")).to_be_visible()
        assert page.locator(".error, [aria-invalid]").count() == 0
        assert faults == []


def test_open_filters_have_a_button_of_their_own_that_leads_to_the_results(site: str):
    phone = {"width": 360, "height": 640}
    with visited(site, "/search/?q=latent", java_script_enabled=False, viewport=phone) as (page, faults):
        page.get_by_text("Filters", exact=True).click()
        page.get_by_label("Show", exact=True).select_option("sessions")
        page.get_by_role("button", name="Show results").click()
        page.wait_for_url("**/search/?q=latent&kind=session&**#results")
        expect(page.locator(".answer")).to_have_text(LATENT)
        expect(page.locator(".answer").first).to_be_in_viewport()
        assert faults == []


def test_how_to_search_stands_where_nothing_is_found_or_looked_for(site: str):
    with visited(site, "/search/") as (page, faults):
        field, answers = page.get_by_role("searchbox"), page.locator(".answer")
        how, without_words = page.get_by_text("How to search"), page.get_by_text("Without words")
        for words, found, helps in (
            ("flow matching", 2, (False, False)),
            ("", 0, (True, True)),
            ("zqxwv", 0, (True, False)),
            ("flow matching", 2, (False, False)),
        ):
            field.fill(words)
            expect(answers).to_have_count(found)
            expect(how).to_be_visible(visible=helps[0])
            expect(without_words).to_be_visible(visible=helps[1])
        page.goto(f"{site}/search/?kind=session")
        expect(how).to_be_hidden()
        expect(without_words).to_be_hidden()
        assert faults == []


def test_one_digit_or_letter_of_another_script_is_looked_for_and_of_one_more_letter_it_is_said(site: str):
    with visited(site) as (page, faults):
        words = asked_words(page)
        field, panel = page.get_by_role("searchbox"), page.locator(".panel")
        field.fill("5")
        expect(panel.locator(".answer").first).to_contain_text("session Week 5:")
        field.fill("x")
        expect(panel).to_be_hidden()
        field.fill("学")
        expect(panel).to_contain_text("Nothing was found for “学”")
        assert words == ["5", "学"]
        page.goto(f"{site}/search/?q=latent")
        field.fill("l")
        expect(page.locator(".search-results")).to_have_text("Type one more letter.")
        expect(status(page)).to_have_text("Type one more letter.")
        field.fill("5")
        expect(page.locator(".answer").first).to_contain_text("session Week 5:")
        assert faults == []


def test_a_title_and_its_kind_stand_side_by_side_and_the_outline_around_both(site: str):
    """No line of a title is shorter for what stands beside it, and nothing of a result is crossed by its outline."""
    phone = {"width": 360, "height": 740}
    with visited(site, "/papers/", viewport=phone) as (page, faults):
        for place in (".panel", ".search-results"):
            page.get_by_role("searchbox").fill("latent")
            expect(page.locator(f"{place} .answer").first).to_be_visible()
            for line in page.locator(f"{place} .results > li").all():
                whole, name, kind = (
                    line.bounding_box(),
                    *(line.locator(part).bounding_box() for part in (".name", ".kind")),
                )
                assert whole
                assert name
                assert kind
                assert name["x"] + name["width"] <= kind["x"]
                assert abs(kind["x"] + kind["width"] - whole["x"] - whole["width"]) < 1
            page.keyboard.press("ArrowDown")
            page.keyboard.press("ArrowDown")
            outlines = page.evaluate(
                "[document.activeElement, document.activeElement.closest('li')].map((e) => getComputedStyle(e).outlineStyle)"
            )
            assert outlines == ["none", "solid"]
            page.goto(f"{site}/search/")
        assert faults == []


def test_only_new_words_of_two_letters_or_more_are_asked_for(site: str):
    with visited(site) as (page, _):
        words = asked_words(page)
        field = page.get_by_role("searchbox")
        field.press_sequentially("f")
        field.fill("flow")
        expect(page.locator(".panel .answer").first).to_have_text(FLOW)
        field.fill("flow ")
        field.fill("flow")
        # Letters of an input method that is not done are no words yet.
        page.evaluate(
            """() => {
              const field = document.querySelector("input[type=search]");
              field.value = "なが";
              field.dispatchEvent(new InputEvent("input", { bubbles: true, isComposing: true }));
            }"""
        )
        field.fill("bridge")
        expect(page.locator(".panel .answer").first).to_contain_text("Bridge")
        assert words == ["flow", "bridge"]


def test_an_answer_that_comes_late_does_not_replace_a_newer_one(site: str):
    held: list[Route] = []

    def hold(route: Route) -> None:
        if "q=flow" in route.request.url:
            held.append(route)
        else:
            route.continue_()

    with visited(site) as (page, _):
        page.route(f"**{ASKED}*", hold)
        field = page.get_by_role("searchbox")
        with page.expect_request(lambda request: "q=flow" in request.url):
            field.fill("flow")
        field.fill("bridge")
        expect(page.locator(".panel .answer").first).to_contain_text("Bridge")
        for route in held:
            route.abort()
        expect(page.locator(".panel .answer").first).to_contain_text("Bridge")


def test_without_an_answer_the_form_still_works_and_says_so(site: str):
    with visited(site) as (page, _):
        page.route(f"**{ASKED}*", lambda route: route.abort())
        page.get_by_role("searchbox").fill("flow")
        expect(status(page)).to_have_text(
            "Results cannot be shown as you type just now. Press Enter to search."
        )
        page.keyboard.press("Enter")
        page.wait_for_url("**/search/?q=flow")
        assert " ".join(page.locator(".answer").first.inner_text().split()) == FLOW


def test_the_slash_is_a_letter_in_fields_and_can_be_switched_off(site: str):
    with visited(site, "/search/") as (page, faults):
        field = page.get_by_role("searchbox")
        field.fill("a")
        page.keyboard.type("/")
        assert field.input_value() == "a/"
        button = page.get_by_role("button", name="Turn this key off")
        button.click()
        page.keyboard.press("/")
        assert focused(page) == "Turn this key on"
        page.goto(site)
        page.keyboard.press("/")
        assert focused(page) != "q"
        assert page.get_by_role("searchbox").get_attribute("placeholder") == "Search"
        assert faults == []


@pytest.mark.parametrize("scripts", [True, False])
def test_the_page_is_whole_with_filters_and_messages(site: str, scripts: bool):
    with browser() as chromium:
        for scheme, width in [("light", 320), ("dark", 768), ("dark", 320), ("light", 1440)][
            : 4 if scripts else 2
        ]:
            options: dict[str, Any] = {
                "viewport": {"width": width, "height": 800},
                "color_scheme": scheme,
                "java_script_enabled": scripts,
            }
            with watched_page(chromium, site, **options) as (page, faults):
                page.goto(f"{site}/search/?q=diffusion&from=x")
                expect(page.get_by_text("“x” is not a number")).to_be_visible()
                if scripts:
                    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
                    assert violations(page) == []
                page.get_by_label("From week").fill("10")
                page.get_by_label("slides").check()
                page.get_by_label("Show").select_option("sessions")
                page.get_by_role("button", name="Search", exact=True).click()
                expect(page.locator(".answer").first).to_have_text(
                    "session Week 13: Latent Diffusion and Stable Diffusion"
                )
                page.get_by_role("link", name="from week 10").click()
                expect(page.locator(".answer").last).to_contain_text("Week")
                if scripts:
                    assert violations(page) == []
                assert faults == []
