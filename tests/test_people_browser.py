"""People are offered while a presenter is typed: by mouse, by finger, by keyboard; without scripts it is plain text."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page

from sessions.models import Person, PersonName, Reading, Session
from tests.accessibility import violations
from tests.factories import make_group, make_organizer, make_session, read
from tests.hands import HANDS
from tests.organizers import log_in, login_of, served
from tests.test_browser import browser, watched_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@contextmanager
def a_session_form(folder: Path, width: int = 1280, **options: Any) -> Iterator[tuple[Page, list[str]]]:
    """The form of a session with one reading, in a group that knows some people."""
    make_group()
    howard = Person.objects.create(name="Jeremy Howard")
    PersonName.objects.create(person=howard, name="@jph")
    for name in ("Jeremy Bentham", "Davis, Jr.", "Ann Lee"):
        Person.objects.create(name=name)
    session = make_session(1)
    read(session, label="A paper")
    login = login_of(make_organizer())
    with (
        served(folder / "log") as site,
        browser() as chromium,
        watched_page(chromium, site, viewport={"width": width, "height": 900}, **options) as (page, faults),
    ):
        page.set_default_timeout(10_000)
        log_in(page.context, site, login)
        page.goto(f"{site}/admin/reading_sessions/session/{session.pk}/change/")
        yield page, faults


def offered(page: Page, *names: str) -> Locator:
    """The options, once they are these."""
    options = page.locator("#people-found [role=option]")
    page.wait_for_function(
        """names => {
          const list = document.querySelector("#people-found");
          const shown = list.hidden ? [] : [...list.children].map(option => option.textContent);
          return JSON.stringify(shown) === JSON.stringify(names);
        }""",
        arg=list(names),
    )
    return options


def save(page: Page) -> None:
    page.click("input[name=_continue]")
    page.wait_for_selector(".messagelist .success")


def presenters() -> list[str]:
    return sorted(person.name for person in Session.objects.get().presenters.all())


@pytest.mark.parametrize(("hands", "width"), [("mouse", 1280), ("finger", 390)])
def test_people_are_chosen_by_mouse_and_by_finger(tmp_path: Path, hands: str, width: int):
    with a_session_form(tmp_path, width, has_touch=hands == "finger") as (page, faults):
        hand, field = HANDS[hands](page), page.locator("#id_presenters")
        hand.press(field)
        page.keyboard.type("jer")
        options = offered(page, "Jeremy Bentham", "Jeremy Howard")
        assert violations(page) == []
        assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
        hand.press(options.nth(1))
        assert field.input_value() == "Jeremy Howard"
        assert field.evaluate("field => field === document.activeElement")
        page.keyboard.type(", dav")
        hand.press(offered(page, "Davis, Jr.").first)
        assert field.input_value() == 'Jeremy Howard, "Davis, Jr."'
        # In the middle, only what the caret is in is replaced; somebody is found by any name.
        field.evaluate("field => { field.value = 'jp, Ann Lee'; field.setSelectionRange(2, 2) }")
        page.keyboard.type("h")
        hand.press(offered(page, "Jeremy Howard (@jph)").first)
        assert field.input_value() == "Jeremy Howard, Ann Lee"
        # What is tapped or clicked elsewhere closes the list.
        page.keyboard.type(", bent")
        offered(page, "Jeremy Bentham")
        hand.press(page.locator("#id_title"))
        offered(page)
        field.fill("Jeremy Howard, Ann Lee")
        save(page)
        assert faults == []
    assert presenters() == ["Ann Lee", "Jeremy Howard"]


def test_people_are_chosen_by_keyboard_and_announced(tmp_path: Path):
    with a_session_form(tmp_path) as (page, faults):
        field, keys = page.get_by_role("combobox", name="Presenters:").first, page.keyboard
        status = page.locator("body > [role=status]")
        said = {name: field.get_attribute(name) for name in ("aria-expanded", "aria-autocomplete")}
        assert said == {"aria-expanded": "false", "aria-autocomplete": "list"}
        field.focus()
        keys.type("jer")
        options = offered(page, "Jeremy Bentham", "Jeremy Howard")
        assert (field.get_attribute("aria-expanded"), status.inner_text()) == ("true", "2 people found")
        for key, chosen in (("ArrowDown", 0), ("ArrowDown", 1), ("ArrowDown", 0), ("ArrowUp", 1)):
            keys.press(key)
            active = field.get_attribute("aria-activedescendant")
            assert active == options.nth(chosen).get_attribute("id")
            assert options.nth(chosen).get_attribute("aria-selected") == "true"
            assert options.nth(1 - chosen).get_attribute("aria-selected") == "false"
        assert violations(page) == []
        keys.press("Enter")  # chooses, and saves nothing
        offered(page)
        assert (field.input_value(), status.inner_text()) == ("Jeremy Howard", "Jeremy Howard chosen")
        keys.type("; jeremy")
        offered(page, "Jeremy Bentham", "Jeremy Howard")
        keys.press("ArrowUp")
        keys.press("Escape")
        offered(page)
        assert (field.input_value(), field.get_attribute("aria-activedescendant")) == (
            "Jeremy Howard; jeremy",
            None,
        )
        keys.press("ArrowDown")  # asks again
        offered(page, "Jeremy Bentham", "Jeremy Howard")
        keys.press("Tab")
        offered(page)
        field.fill("Nobody")
        page.wait_for_function(
            "said => document.querySelector('body > [role=status]').textContent === said",
            arg="Nobody here goes by “Nobody”",
        )
        keys.press("Control+a")
        keys.type("jer")
        offered(page, "Jeremy Bentham", "Jeremy Howard")
        keys.press("ArrowDown")
        keys.press("Enter")
        keys.press("Enter")  # the list is closed: as in any field
        page.wait_for_selector(".messagelist .success")
        assert faults == []
    assert presenters() == ["Jeremy Bentham"]


def test_new_rows_offer_people_too(tmp_path: Path):
    with a_session_form(tmp_path) as (page, faults):
        page.click("#readings-group .add-row a")
        page.fill("#id_readings-1-what", "Another")
        page.click("#readings-1 summary")
        field = page.locator("#id_readings-1-presenters")
        field.press_sequentially("ann")
        offered(page, "Ann Lee").first.click()
        assert field.input_value() == "Ann Lee"
        save(page)
        assert faults == []
    line = Reading.objects.get(label="Another")
    assert [person.name for person in line.presenters.all()] == ["Ann Lee"]


def test_without_scripts_names_are_plain_text(tmp_path: Path):
    with a_session_form(tmp_path, java_script_enabled=False) as (page, _):
        page.fill("#id_presenters", "ann lee, Jeremy Howard")
        save(page)
    assert presenters() == ["Ann Lee", "Jeremy Howard"]
