"""The same for what no address leads to: forms with errors and new rows, what is shown before it is done."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from sessions.models import Person, Session
from tests.accessibility import wrong_at
from tests.factories import make_organizer
from tests.organizers import everything_to_look_at, log_in, login_of, served
from tests.test_browser import browser, watched_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def states(page: Page, site: str, session: int, person: int, login: str) -> Iterator[str]:
    """What no address leads to, one after the other, by name."""
    page.goto(f"{site}/admin/")
    yield "login"
    page.fill("#id_username", "olive")
    page.fill("#id_password", "wrong")
    page.click("[type=submit]")
    yield "login refused"
    log_in(page.context, site, login)
    form = f"{site}/admin/reading_sessions/session/{session}/change/"
    page.goto(form)
    page.click("#readings-group .add-row a")
    page.click("#materials-group .add-row a")
    for each in page.locator(".line-more").all():
        each.evaluate("details => { details.open = true }")
    yield "new rows"
    page.fill("#id_title", "")
    page.fill("#id_readings-0-what", "javascript:alert(1)")
    page.click("[name=_continue]")
    page.wait_for_selector(".errornote")
    yield "errors"
    page.once("dialog", lambda dialog: dialog.accept())  # what is unsaved may go
    page.goto(form)
    other = page.context.new_page()
    other.goto(form)
    other.fill("#id_summary", "Meanwhile")
    other.click("[name=_continue]")
    other.wait_for_selector(".messagelist .success")
    other.close()
    page.fill("#id_summary", "Mine")
    page.click("[name=_continue]")
    page.wait_for_selector(".meanwhile")
    yield "saved meanwhile"
    page.once("dialog", lambda dialog: dialog.accept())
    page.goto(f"{site}/admin/readinggroup/import/add/")
    page.fill("#id_pasted", "# Owls\n\n## Week 1: One\n\n* Readings:\n  * A\n")
    page.click("[type=submit][value^=See]")
    page.wait_for_selector(".import-numbers")
    yield "dry run"
    page.goto(f"{site}/admin/reading_sessions/person/{person}/merge/")
    page.fill("#content input[type=text]", "Anne Lee")
    page.click("#content [type=submit]")
    page.wait_for_selector("text=Afterwards")
    yield "merge"
    page.goto(f"{site}/admin/reading_sessions/session/{session}/plan/")
    page.fill("[name=first_on]", "2030-03-02")
    page.click("[name=show]")
    page.wait_for_selector("[name=make]")
    yield "plan"


def test_every_state_is_accessible_quiet_and_fits(tmp_path: Path):
    session, login = everything_to_look_at()[Session].pk, login_of(make_organizer())
    person = Person.objects.create(name="Ann Lee").pk
    Person.objects.create(name="Anne Lee")
    wrong: list[Any] = []
    with (
        served(tmp_path / "log") as site,
        browser() as chromium,
        watched_page(chromium, site, viewport={"width": 390, "height": 800}) as (page, faults),
    ):
        for state in states(page, site, session, person, login):
            wrong += [(state, *each) for each in wrong_at((390, 1280), page, faults)]
    assert wrong == []
