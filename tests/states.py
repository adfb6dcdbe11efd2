"""What pages look like once a visitor has done something: menus open, words typed, ticks made, a search that failed.

`make screenshots` takes a picture of each. What they show beside the first group's content is `TERM`'s.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin

from playwright.sync_api import Page, expect

TERM = "from tests.factories import a_session_with_everything as begin; begin()"
COURSE = "/archive/course/"
WITH_ALL = "/sessions/21-consistency-from-noise-to-image-in-one-step/"
NEXT = "/sessions/22-rectified-flow/"
PLAYER = "https://www.youtube-nocookie.com/**"
NO_PROGRESS = {"name": "progress.json", "mimeType": "application/json", "buffer": json.dumps([1]).encode()}


def _nothing(page: Page) -> None:
    pass


def _type(words: str) -> Callable[[Page], None]:
    def typed(page: Page) -> None:
        page.keyboard.press("/")
        page.keyboard.type(words)
        expect(page.locator(".panel")).to_be_visible()
        expect(page.locator("[role=status]").first).not_to_be_empty()

    return typed


def _arrow_down(page: Page) -> None:
    _type("diffusion")(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")


def _unfold(page: Page) -> None:
    for each in page.locator("main summary").all():
        if each.evaluate("each => !each.parentElement.open"):
            each.click()
    page.wait_for_timeout(500)  # the slides' viewer is the browser's own


def _play(page: Page) -> None:
    page.locator(".poster").first.click()
    expect(page.locator("iframe").first).to_be_visible()


def _tick(page: Page) -> None:
    """What is ticked on the course, seen from where the visitor was."""
    before = page.url
    page.goto(urljoin(before, COURSE))
    for box in page.get_by_role("checkbox").all()[:9]:
        box.check()
    page.goto(before)


def _ask_to_delete(page: Page) -> None:
    _tick(page)
    page.get_by_role("button", name="Delete all ticks").click()


def _bring_what_is_none(page: Page) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Open a saved file").click()
    chooser.value.set_files(NO_PROGRESS)  # type: ignore[arg-type]  # a plain dictionary is one of its own


def _in_unknown_letters(page: Page) -> None:
    page.set_extra_http_headers({"Content-Type": "text/plain; charset=unheard-of"})
    page.reload()


def _send_a_form(page: Page) -> None:
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('form'), { method: 'post', id: 'sent' }))"
    )
    with page.expect_navigation():
        page.evaluate("document.getElementById('sent').submit()")


def _log_in_without_token(page: Page) -> None:
    page.locator("[name=csrfmiddlewaretoken]").first.evaluate("each => each.remove()")
    page.get_by_label("Username").fill("olive")
    page.get_by_label("Password").fill("olive")
    page.get_by_role("button", name="Log in").click()


def _print(page: Page) -> None:
    """As wide as a sheet of A4 between its margins."""
    page.set_viewport_size({"width": 673, "height": 1000})
    page.emulate_media(media="print")


@dataclass(frozen=True)
class State:
    """One look of a page: what it is called, where it is, what was done there, and with which status it was answered."""

    name: str
    path: str
    do: Callable[[Page], None] = _nothing
    status: int = 200
    scripts: bool = True


STATES = [
    State("home-to-come", "/"),
    State("home-ticked", "/", _tick),
    State("home-without-scripts", "/", scripts=False),
    State("schedule-to-come", "/schedule/"),
    State("archive-ticked", "/archive/", _tick),
    State("course-ticked", COURSE, _tick),
    State("course-without-scripts", COURSE, scripts=False),
    State("session-held", WITH_ALL),
    State("session-unfolded", WITH_ALL, _unfold),
    State("session-playing", WITH_ALL, _play),
    State("session-without-scripts", WITH_ALL, scripts=False),
    State("session-to-come", NEXT),
    State("session-calendar", NEXT, _unfold),
    State("session-to-come-without-scripts", NEXT, scripts=False),
    State("paper-abstract", "/papers/consistency-models/"),
    State("progress-ticked", "/progress/", _tick),
    State("progress-question", "/progress/", _ask_to_delete),
    State("progress-no-file", "/progress/", _bring_what_is_none),
    State("progress-without-scripts", "/progress/", scripts=False),
    State("panel", "/papers/", _type("schrodinger bridge")),
    State("panel-walked", "/papers/", _arrow_down),
    State("panel-nothing", "/papers/", _type("nothingofthesort")),
    State("results", "/search/?q=diffusion"),
    State("results-misspelt", "/search/?q=difusion+modles"),
    State("results-filters", "/search/?q=diffusion&kind=session&from=3&to=12&recording=on"),
    State("results-refused", "/search/?q=diffusion&from=twelve"),
    State("results-without-scripts", "/search/?q=diffusion", scripts=False),
    State("error-400", "/archive/", _in_unknown_letters),
    State("error-403", "/admin/login/", _log_in_without_token),
    State("error-405", "/archive/", _send_a_form),
    State("error-404", "/sessions/99-nothing/", status=404),
    State("print-session", WITH_ALL, _print),
    State("print-home", "/", _print),
    State("print-course", COURSE, _print),
    State("print-map", "/map/", _print),
]
