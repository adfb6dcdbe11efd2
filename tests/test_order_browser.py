"""Readings put in order in a real browser: by mouse, by finger, by keyboard; new rows too, before the first save."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from sessions.models import Reading, Session
from tests.factories import make_group, make_organizer, make_session, read
from tests.organizers import log_in, login_of, served
from tests.test_browser import browser, watched_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ROWS = "#readings-group .inline-related:not(.empty-form)"


def shown(page: Page) -> list[str]:
    """The lines in the order in which they stand on the page."""
    rows = page.locator(f"{ROWS} .reading-what")
    return [rows.nth(index).input_value() for index in range(rows.count())]


def middle_of(page: Page, selector: str, index: int) -> tuple[float, float]:
    box = page.locator(selector).nth(index).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def into_view(page: Page) -> None:
    page.locator("#readings-group").scroll_into_view_if_needed()
    page.evaluate("document.querySelector('#readings-group').scrollIntoView({block: 'start'})")


def drag_by_mouse(page: Page, row: int, onto: int) -> None:
    into_view(page)
    page.mouse.move(*middle_of(page, f"{ROWS} .order-handle", row))
    page.mouse.down()
    x, y = middle_of(page, ROWS, onto)
    page.mouse.move(x, y + (30 if onto > row else -30), steps=8)
    page.mouse.up()


def drag_by_finger(page: Page, row: int, onto: int) -> None:
    """Touches as the browser itself reports them, so that scrolling could get in the way."""
    into_view(page)
    finger = page.context.new_cdp_session(page)
    x, y = middle_of(page, f"{ROWS} .order-handle", row)
    _, goal = middle_of(page, ROWS, onto)
    goal += 30 if onto > row else -30

    def touch(kind: str, at: float | None) -> None:
        points: list[Any] = [] if at is None else [{"x": x, "y": at}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", y)
    for step in range(1, 9):
        touch("touchMove", y + (goal - y) * step / 8)
    touch("touchEnd", None)


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
        drag = drag_by_finger if width == 390 else drag_by_mouse
        drag(page, 0, 2)
        assert shown(page) == ["B", "C", "A"]
        drag(page, 1, 0)
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
        into_view(page)
        page.mouse.move(*middle_of(page, f"{ROWS} .order-handle", 0))
        page.mouse.down()
        x, y = middle_of(page, ROWS, 2)
        page.mouse.move(x, y + 30, steps=8)
        assert shown(page) == ["B", "C", "A"]
        page.keyboard.press("Escape")
        assert shown(page) == ["A", "B", "C"]
        page.mouse.up()
        save(page)
        assert faults == []
    assert list(Session.objects.get().readings.values_list("label", flat=True)) == ["A", "B", "C"]
