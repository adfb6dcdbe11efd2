"""Pages on paper: a session is a hand-out of one page, with its links written out."""

import io
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.core.files.base import ContentFile
from playwright.sync_api import Page
from pypdf import PdfReader
from pytest_django.live_server_helper import LiveServer

from papers.models import Paper
from sessions.models import Group, Person, Session
from tests.browsers import PAGES
from tests.factories import in_days, leave, make_session, move_in, read
from tests.test_browser import browser, watched_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def site(live_server: LiveServer) -> str:
    move_in()
    Group.objects.update(join_url="https://meet.example/room", time_zone="Europe/Berlin")
    session = make_session(
        18, "Bridges", starts_at=in_days(3), summary="See [the notes](https://notes.example/18)."
    )
    session.presenters.add(Person.objects.get(name="Jeremy Howard"))
    read(session, same_as=Session.objects.get(number=13))
    leave(session, "https://video.example/watch?v=" + "0123456789" * 12, kind="recording")
    leave(session, "", file=ContentFile(b"%PDF-1.7\n", "deck.pdf"), kind="slides")
    fill(Session.objects.get(number=9))
    full = make_session(19, "Distillation, consistency and all that follows", starts_at=in_days(-2))
    for paper in Paper.objects.filter(title__startswith="D")[:6]:
        read(full, paper)
    fill(full)
    return str(live_server.url)


def fill(session: Session) -> None:
    """Give it all that a session held may leave behind."""
    authors = "\n".join(f"Ann-Kathrin Author-Number-{number}" for number in range(9))
    Paper.objects.filter(readings__session=session).update(authors=authors, published_on=date(2023, 3, 2))
    Session.objects.filter(pk=session.pk).update(summary="What it was about, in two sentences. " * 6)
    session.materials.filter(kind="recording").delete()
    chapters = "\n".join(f"0:{number:02}:00 A chapter of the recording" for number in range(8))
    leave(session, "https://youtu.be/B5gfJF8mOPo", kind="recording", chapters=chapters, position=9)
    leave(session, "", file=ContentFile(b"%PDF-1.7\n", "deck.pdf"), kind="slides", position=10)


@pytest.fixture
def addresses(site: str) -> list[str]:
    return [session.get_absolute_url() for session in Session.objects.all()]


@pytest.fixture
def page(site: str) -> Iterator[Page]:
    """A window that is dark by the system's choice and by the visitor's own."""
    with browser() as chromium, watched_page(chromium, site, color_scheme="dark") as (page, faults):
        page.add_init_script("localStorage.setItem('theme', 'dark')")
        yield page
        assert faults == []


def printed(page: Page) -> tuple[int, str]:
    """How many pages of A4 it takes, and their text without white space, which breaks addresses."""
    reader = PdfReader(io.BytesIO(page.pdf(format="A4", print_background=True)))
    return len(reader.pages), re.sub(r"\s", "", "".join(each.extract_text() for each in reader.pages))


LINKS = """
[...document.querySelectorAll("main :is(a[href^='http'], a[data-address]):not(.chapters a)")]
  .filter(a => a.checkVisibility()).map(a => a.dataset.address ?? a.getAttribute("href"))
"""  # a chapter has its time


def links(page: Page) -> list[str]:
    """Where the main part leads outside of this site, and to its files, as the addresses are written."""
    page.emulate_media(media="print")
    return [str(each) for each in page.evaluate(LINKS)]


def test_a_session_is_one_page_with_every_link_written_out(site: str, addresses: list[str], page: Page):
    assert len(addresses) == 18
    said = {}
    for path in addresses:
        page.goto(site + path)
        count, text = printed(page)
        said[path] = text
        missing = [href for href in links(page) if href not in text]
        assert (path, count, missing) == (path, 1, [])
        assert (path, f"{site}{path}" in text) == (path, True)
        assert (path, "Archive" in text, "Automatic" in text) == (path, False, False)
    bridges = said["/sessions/18-bridges/"]
    told = ("18", "Bridges", "Europe/Berlin", "JeremyHoward", "https://meet.example/room", "https://notes.example/18", f"{site}/media/materials/",
            "https://arxiv.org/abs/2112.10752")  # fmt: skip
    assert [each for each in told if each not in bridges] == []


COLOURS = """
() => ["background-color", "color", "color-scheme"].map(name =>
  getComputedStyle(document.documentElement).getPropertyValue(name))
"""


def test_a_dark_page_prints_black_on_white(site: str, page: Page):
    page.goto(f"{site}/archive/")
    on_screen = page.evaluate(COLOURS)
    page.emulate_media(media="print")
    assert page.evaluate(COLOURS) == ["rgb(255, 255, 255)", "rgb(0, 0, 0)", "light"]
    assert on_screen[2] == "dark"
    assert on_screen[0] != "rgb(255, 255, 255)"


HIDDEN = ["header nav", "header .theme", "footer ul", ".skip", "main form", "main .beside", "main .pages"]


def test_no_page_prints_what_only_a_screen_can_do(site: str, page: Page):
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 660, "height": 900})
    for path in PAGES:
        page.goto(site + path)
        seen: Any = page.evaluate(
            "names => names.filter(name => [...document.querySelectorAll(name)].some(e => e.checkVisibility()))",
            HIDDEN,
        )
        fits = page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
        assert (path, seen, fits) == (path, [], True)
