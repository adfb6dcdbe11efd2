"""A session's page in a real browser: the recording plays after a click only, slides are loaded once unfolded."""

from itertools import combinations
from urllib.parse import urlsplit

import pytest
from django.core.files.base import ContentFile
from playwright.sync_api import Page, Route
from pytest_django.live_server_helper import LiveServer

from papers.models import Resource
from sessions.models import Material
from tests.accessibility import wrong_with
from tests.factories import in_days, leave, make_group, make_paper, make_session, read
from tests.test_browser import browser, watched_page
from tests.uploaded import readable_pdf

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NOWHERE = "https://www.youtube-nocookie.com"
WORDY = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


@pytest.fixture
def site(live_server: LiveServer, tmp_path, settings) -> str:
    """A session held and one to come, each with something of everything."""
    settings.MEDIA_ROOT = str(tmp_path)
    make_group(time_zone="America/New_York", join_url="https://meet.example/")
    paper = make_paper(
        "Score $x_0$", authors="\n".join(f"Author {n}" for n in range(8)), abstract="It works.\n\nIt does."
    )
    other = make_paper(WORDY, url="https://papers.example/other")
    code = Resource.objects.create(title="Their code", kind="code", url="https://code.example/")
    code.papers.add(paper)
    first = make_session(1, "First")
    read(first, paper)
    held = make_session(2, f"Held: {WORDY}", starts_at=in_days(-3), summary="We *met*.")
    read(held, paper, note="again")
    read(held, other)
    leave(
        held, "https://youtu.be/B5gfJF8mOPo?t=9", kind="recording", chapters="0:00 Welcome\n1:02:03 Questions"
    )
    leave(held, "https://vimeo.com/12345", kind="recording", label="Part 2", position=1, chapters="0:07 Go")
    leave(held, "notes.mp4", kind="recording", label="Sound only", position=2)
    slides = Material(session=held, kind="slides", label="Slides & more", position=3)
    slides.file = ContentFile(readable_pdf(), "deck.pdf")
    slides.save()
    coming = make_session(3, "To come", starts_at=in_days(3))
    read(coming, same_as=held)
    make_session(4, "Off", starts_at=in_days(4), state="cancelled")
    make_session(5, "Some day", date_to_come=True)
    return str(live_server.url)


def play_here(page: Page) -> list[str]:
    """Answer in the place of YouTube, on this machine; the addresses that were asked."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(content_type="text/html", body="<!doctype html><title>Player</title>")

    page.route(f"{NOWHERE}/**", answer)
    return asked


def test_a_recording_plays_in_the_page_after_a_click_and_knows_who_asks(site: str):
    with browser() as chromium, watched_page(chromium, site) as (page, faults):
        asked = play_here(page)
        page.goto(f"{site}/sessions/2/")
        page.wait_for_load_state("networkidle")
        page.goto(page.url)  # not modified, under the same policy
        assert (asked, faults) == ([], [])
        page.get_by_role("link", name="Play the recording").click()
        frame = page.frame_locator("iframe.player")
        frame.locator("title").wait_for(state="attached")
        assert asked == [f"{NOWHERE}/embed/B5gfJF8mOPo?autoplay=1&start=9"]
        # The site's own policy would keep the referrer back; the player gets the origin, and nothing of the page.
        assert page.frames[1].evaluate("document.referrer") == f"{site}/"
        assert page.evaluate("document.activeElement.className") == "player"
        assert page.locator("iframe.player").get_attribute("title") == page.title().partition(" · ")[
            0
        ].replace("Week 2", "Recording")
        assert (
            page.locator(".asked").first.inner_text()
            == "Playing from YouTube. Open it there if it does not start."
        )
        away = str(page.locator(".asked a").first.get_attribute("href"))
        assert away.startswith("https://www.youtube.com/watch?v=")
        steps = page.evaluate("history.length")
        with page.expect_response(f"{NOWHERE}/**"):
            page.get_by_role("link", name="1:02:03 Questions").press("Enter")
        assert asked[1:] == [f"{NOWHERE}/embed/B5gfJF8mOPo?autoplay=1&start=3723"]
        assert (page.locator("iframe").count(), page.evaluate("history.length")) == (1, steps)
        # Nobody else was asked, and the policy refused nothing.
        assert faults == [f"asks {url}" for url in asked]


# The boxes of a poster, and of what stands on it; whether anything of that is cut off.
POSTER = """
  () => {
    const poster = document.querySelector(".poster");
    const box = ({ left, top, right, bottom }) => [left, top, right, bottom].map(Math.round);
    const number = poster.querySelector(".cover-number");
    const title = poster.querySelector(".cover-title");
    return {
      poster: box(poster.getBoundingClientRect()),
      number: box(number.getBoundingClientRect()),
      button: box(poster.querySelector(".play > span").getBoundingClientRect()),
      title: box(title.getBoundingClientRect()),
      cut: number.scrollWidth > number.clientWidth || title.scrollHeight > title.clientHeight + 1,
    };
  }
"""


def overlap(one: list[int], other: list[int]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def test_a_posters_title_number_and_button_keep_clear_of_each_other(site: str):
    titles = {
        14: ("Q&A with Robin Rombach", None),
        11: ("Progressive Distillation, Distillation of Guided Models", None),
        13: ("Latent Diffusion and Stable Diffusion", None),
        16: ("Flow Matching", 17),
        20: ("The Design Space of Diffusion-Based Generative Models, Explained Once More", 29),
        350: ("Short", None),
        400: ("Long in Its Number, and Rather Long in Its Words as Well", 401),
        1234: ("One, Two, Three, Four", None),
    }
    for number, (title, last) in titles.items():
        leave(make_session(number, title, last_number=last), "https://vimeo.com/1", kind="recording")
    wrong = []
    with browser() as chromium, watched_page(chromium, site) as (page, faults):
        for number in titles:
            page.goto(f"{site}/sessions/{number}/")
            for width in (320, 360, 390, 430, 768, 1280, 1440):
                page.set_viewport_size({"width": width, "height": 800})
                found = page.evaluate(POSTER)
                left, top, right, bottom = found["poster"]
                is_within = left < found["number"][0] < found["number"][2] < right
                is_within = is_within and top < found["title"][1] and found["number"][3] < bottom
                pairs = combinations((found["title"], found["number"], found["button"]), 2)
                if found["cut"] or not is_within or any(overlap(*pair) for pair in pairs):
                    wrong.append((number, width, found))
        assert (wrong, faults) == ([], [])


def test_without_scripts_the_poster_and_chapters_lead_to_youtube(site: str):
    with browser() as chromium, watched_page(chromium, site, java_script_enabled=False) as (page, faults):
        page.goto(f"{site}/sessions/2/")
        page.wait_for_load_state("networkidle")
        links = page.locator(".recordings a")
        assert [link.get_attribute("href") for link in links.all()] == [
            "https://youtu.be/B5gfJF8mOPo?t=9",
            "https://www.youtube.com/watch?v=B5gfJF8mOPo",
            "https://www.youtube.com/watch?v=B5gfJF8mOPo&t=3723s",
            "https://vimeo.com/12345",
            "https://vimeo.com/12345#t=7s",
        ]
        slides = page.get_by_role("link", name="Slides & more")
        assert urlsplit(slides.get_attribute("href") or "").path.endswith("/deck.pdf")
        assert page.get_by_text("Show the slides here").is_hidden()
        # Those that fold need no script.
        page.get_by_text("Abstract").first.click()
        assert page.get_by_text("It does.").is_visible()
        assert faults == []


def test_a_click_with_a_key_is_the_browsers_own(site: str):
    with browser() as chromium, watched_page(chromium, site) as (page, faults):
        page.goto(f"{site}/sessions/2/")
        # The last to hear of it: was it left to the browser, which would open another tab?
        page.evaluate(
            "addEventListener('click', click => { window.taken = click.defaultPrevented; click.preventDefault() })"
        )
        page.get_by_role("link", name="Play the recording").click(modifiers=["ControlOrMeta"])
        assert (page.evaluate("window.taken"), page.locator("iframe").count(), faults) == (False, 0, [])


def test_slides_are_loaded_once_they_are_unfolded(site: str):
    with browser(whole=True) as chromium, watched_page(chromium, site) as (page, faults):
        page.goto(f"{site}/sessions/2/")
        page.wait_for_load_state("networkidle")
        assert page.locator("iframe").count() == 0
        with (
            page.expect_response("**/deck.pdf") as answered,
            page.expect_event("framenavigated", lambda frame: frame.url != "about:blank") as shown,
        ):
            page.get_by_text("Show the slides here").press("Enter")
        assert answered.value.status == 200
        frame = page.locator(".here iframe")
        assert frame.get_attribute("title") == "Slides & more"
        # Refused by a policy, it would be an error page's.
        assert shown.value.url.partition("#")[0] == answered.value.url.partition("#")[0]
        for _ in range(2):
            page.get_by_text("Show the slides here").press("Enter")
        assert frame.count() == 1
        assert [fault for fault in faults if not fault.startswith("asks chrome")] == []


@pytest.mark.parametrize(
    ("scheme", "looks"), [("light", [(320, 2), (320, 3), (1440, 2)]), ("dark", [(768, 2), (768, 3)])]
)
def test_with_everything_unfolded_every_session_page_can_be_used_by_all(
    site: str, scheme: str, looks: list[tuple[int, int]]
):
    found = {}
    with browser() as chromium, watched_page(chromium, site, color_scheme=scheme) as (page, faults):
        for width, number in looks:
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(f"{site}/sessions/{number}/")
            # The slides are the viewer's own, and are looked at elsewhere.
            page.evaluate(
                "document.querySelectorAll('details:not(.here)').forEach(each => { each.open = true })"
            )
            found[width, number] = wrong_with(page, faults)
    assert {key: wrong for key, wrong in found.items() if wrong} == {}
