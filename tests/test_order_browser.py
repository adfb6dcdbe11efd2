"""Readings put in order in a real browser: by mouse, by finger, by keyboard; new rows too, before the first save."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from sessions.models import Reading, Session
from tests.factories import make_group, make_organizer, make_session, read
from tests.hands import Finger, Mouse, middle_of
from tests.organizers import log_in, login_of, served
from tests.test_browser import browser, watched_page
from tests.week import ROWS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def shown(page: Page) -> list[str]:
    """The lines in the order in which they stand on the page."""
    rows = page.locator(f"{ROWS} .reading-what")
    return [rows.nth(index).input_value() for index in range(rows.count())]


def save(page: Page) -> None:
    page.click("input[name=_continue]")
    page.wait_for_selector(".messagelist .success")


@pytest.mark.parametrize("width", [1280, 390])
def test_lines_are_put_in_order(tmp_path: Path, width: int):
    make_group()
    session = make_session(1)
    for position, label in enumerate("ABC", 1):
        read(session, label=label, position=position)
    login = login_of(make_organizer())
    options: Any = {"viewport": {"width": width, "height": 2400}, "has_touch": width == 390}
    with (
        served(tmp_path / "log") as site,
        browser() as chromium,
        watched_page(chromium, site, **options) as (
            page,
            faults,
        ),
    ):
        log_in(page.context, site, login)
        page.goto(f"{site}/admin/reading_sessions/session/{session.pk}/change/")
        hands = (Finger if width == 390 else Mouse)(page)
        hands.drag(page.locator(ROWS), 0, 2)
        assert shown(page) == ["B", "C", "A"]
        hands.drag(page.locator(ROWS), 1, 0)
        assert shown(page) == ["C", "B", "A"]
        # A new row moves up by keyboard, before it is saved.
        page.click("#readings-group .add-row a")
        page.locator(f"{ROWS} .reading-what").nth(3).fill("New")
        up = page.locator(f"{ROWS} .order-up").nth(3)
        up.focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        assert shown(page) == ["C", "New", "B", "A"]
        assert page.locator("#readings-group .order-status").inner_text() == "Row 2 of 4"
        assert page.evaluate("document.activeElement.className") == "order-up"
        save(page)
        assert shown(page) == ["C", "New", "B", "A"]
        assert faults == []
    lines = list(Reading.objects.order_by("position").values_list("label", "position"))
    assert lines == [("C", 1), ("New", 2), ("B", 3), ("A", 4)]


def test_escape_puts_a_dragged_line_back(tmp_path: Path):
    make_group()
    session = make_session(1)
    for position, label in enumerate("ABC", 1):
        read(session, label=label, position=position)
    login = login_of(make_organizer())
    with (
        served(tmp_path / "log") as site,
        browser() as chromium,
        watched_page(chromium, site, viewport={"width": 1280, "height": 2400}) as (page, faults),
    ):
        log_in(page.context, site, login)
        page.goto(f"{site}/admin/reading_sessions/session/{session.pk}/change/")
        page.evaluate("document.querySelector('#readings-group').scrollIntoView({block: 'start'})")
        page.mouse.move(*middle_of(page.locator(f"{ROWS} .order-handle").first))
        page.mouse.down()
        x, y = middle_of(page.locator(ROWS).nth(2))
        page.mouse.move(x, y + 30, steps=8)
        assert shown(page) == ["B", "C", "A"]
        page.keyboard.press("Escape")
        assert shown(page) == ["A", "B", "C"]
        page.mouse.up()
        save(page)
        assert faults == []
    assert list(Session.objects.get().readings.values_list("label", flat=True)) == ["A", "B", "C"]
