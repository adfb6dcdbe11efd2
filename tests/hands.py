"""How somebody works a page: with a mouse, with a finger, or with the keyboard alone.

What a test does with one pair of hands it does with the others: `press`, `write`, `choose`, `give` a file, and `drag`
a line of a list to the place of another.
"""

from collections.abc import Callable
from datetime import date, time
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

MOST_TABS = 400


def middle_of(target: Locator) -> tuple[float, float]:
    box = target.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def beyond(rows: Locator, row: int, onto: int) -> float:
    """Where a row is to be dragged, down or up, to take the place of another: a little over its middle.

    Asked for when the row is held: then all are folded, and stand closer.
    """
    return middle_of(rows.nth(onto))[1] + (10 if onto > row else -10)


class Mouse:
    """Clicks, and drags by the handle."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, target: Locator) -> None:
        target.click()

    def write(self, target: Locator, text: str) -> None:
        self.press(target)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)

    def write_day(self, target: Locator, day: date) -> None:
        """Into the browser's own field for a date."""
        target.fill(day.isoformat())

    def write_time(self, target: Locator, clock: time) -> None:
        target.fill(f"{clock:%H:%M}")

    def choose(self, target: Locator, label: str) -> None:
        target.select_option(label=label)

    def give(self, target: Locator, file: Path) -> None:
        with self.page.expect_file_chooser() as chosen:
            self.press(target)
        chosen.value.set_files(file)

    def drag(self, rows: Locator, row: int, onto: int) -> None:
        rows.nth(min(row, onto)).evaluate("row => row.scrollIntoView({block: 'start'})")
        self.page.mouse.move(*middle_of(rows.nth(row).locator(".order-handle")))
        self.page.mouse.down()
        self.page.mouse.move(middle_of(rows.nth(onto))[0], beyond(rows, row, onto), steps=8)
        self.page.mouse.up()


class Finger(Mouse):
    """Taps, and drags with touches as the browser itself reports them, so that scrolling could get in the way."""

    def press(self, target: Locator) -> None:
        target.tap()

    def drag(self, rows: Locator, row: int, onto: int) -> None:
        rows.nth(min(row, onto)).evaluate("row => row.scrollIntoView({block: 'start'})")
        finger = self.page.context.new_cdp_session(self.page)
        x, y = middle_of(rows.nth(row).locator(".order-handle"))

        def touch(kind: str, at: float | None) -> None:
            points: list[Any] = [] if at is None else [{"x": x, "y": at}]
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        touch("touchStart", y)
        goal = beyond(rows, row, onto)
        for step in range(1, 9):
            touch("touchMove", y + (goal - y) * step / 8)
        # A finger stops before it lifts. Else it is a fling, and Chromium takes the next tap as what ends that.
        for _ in range(3):
            self.page.wait_for_timeout(100)
            touch("touchMove", goal)
        touch("touchEnd", None)


class Keyboard(Mouse):
    """Only keys: Tab until it is reached, which must then be seen to have the focus."""

    def reach(self, target: Locator) -> None:
        element = target.element_handle()
        for _ in range(MOST_TABS):
            if element.evaluate("element => element === document.activeElement"):
                outline = element.evaluate("element => getComputedStyle(element).outlineStyle")
                assert outline != "none", f"nobody sees that {target} has the focus"
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach {target}")

    def press(self, target: Locator) -> None:
        self.reach(target)
        is_box = target.evaluate("element => element.type === 'checkbox'")
        self.page.keyboard.press("Space" if is_box else "Enter")

    def write(self, target: Locator, text: str) -> None:
        self.reach(target)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)

    def write_day(self, target: Locator, day: date) -> None:
        """Month, day, year: the order of the browser's language, which the tests leave at American English."""
        self.reach(target)
        self.page.keyboard.type(f"{day:%m%d%Y}")

    def write_time(self, target: Locator, clock: time) -> None:
        self.reach(target)
        self.page.keyboard.type(f"{clock:%I%M%p}")

    def choose(self, target: Locator, label: str) -> None:
        self.reach(target)
        self.page.keyboard.type(label)
        assert target.locator("option:checked").inner_text() == label

    def drag(self, rows: Locator, row: int, onto: int) -> None:
        button = rows.nth(row).locator(".order-up" if onto < row else ".order-down")
        self.reach(button)
        for _ in range(abs(row - onto)):
            self.page.keyboard.press("Enter")  # the focus goes along with the row


HANDS: dict[str, Callable[[Page], Mouse]] = {"mouse": Mouse, "finger": Finger, "keyboard": Keyboard}
