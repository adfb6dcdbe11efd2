"""Every page of the admin in a real browser: accessible by axe-core's rules, quiet under the policy, never too wide."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db.models import Model
from playwright.sync_api import Page

from papers.models import LinkCheck, Paper, Resource
from readinggroup.links import linked
from readinggroup.models import Import
from sessions.models import BacklogEntry, Group, Person, Session
from tests.big_group import check_links
from tests.factories import in_days, leave, make_organizer, make_session, move_in, read
from tests.organizers import every_page, first_of, log_in, login_of, served
from tests.test_browser import browser, watched_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# WCAG 2.2, levels A and AA, and what axe calls good practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def rows() -> dict[type[Model], Model]:
    """The first group, with a session to come that has something of everything."""
    move_in()
    session = make_session(18, "Bridges", starts_at=in_days(3), state="draft")
    person = Person.objects.get(name="Jeremy Howard")
    session.presenters.add(person)
    read(session, Paper.objects.first(), presenters=[person])
    read(session, same_as=Session.objects.get(number=13))
    leave(session, "deck.pdf", kind="slides")
    leave(session, "https://video.example/18", kind="recording")
    check_links([*linked()])
    others = (Group, Person, BacklogEntry, Paper, Resource, LinkCheck, Import)
    return {Session: session} | {model: first_of(model) for model in others}


# Fields that are about to scroll below the bar with “Save” are covered in part, and axe takes them for too small.
BAR_IN_ITS_PLACE = """
  for (const bar of document.querySelectorAll(".submit-row, .changelist-footer")) bar.style.position = "static";
"""


def violations(page: Any) -> list[tuple[str, str]]:
    page.evaluate(BAR_IN_ITS_PLACE)
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}}).response["violations"]
    return [(each["id"], node["html"][:200]) for each in found for node in each["nodes"]]


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_every_page_is_accessible_quiet_and_fits(tmp_path: Path, width: int, scheme: str):
    pages, login = every_page(rows()), login_of(make_organizer())
    options = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
    wrong: list[Any] = []
    with (
        served(tmp_path / "log") as site,
        browser() as chromium,
        watched_page(chromium, site, **options) as (page, faults),
    ):
        log_in(page.context, site, login)
        for path in pages:
            response = page.goto(site + path)
            if not response or response.status != 200:
                wrong.append((path, response and response.status))
            if not page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"):
                wrong.append((path, "is too wide"))
            wrong += [(path, *each) for each in violations(page)]
            # Hints of the browser's maker about Django's own password form are no faults.
            wrong += [(path, fault) for fault in faults if not fault.startswith("verbose:")]
            faults.clear()
    assert wrong == []


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


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_every_state_is_accessible_quiet_and_fits(tmp_path: Path, width: int, scheme: str):
    session, login = rows()[Session].pk, login_of(make_organizer())
    person = Person.objects.create(name="Ann Lee").pk
    Person.objects.create(name="Anne Lee")
    options = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
    wrong: list[Any] = []
    with (
        served(tmp_path / "log") as site,
        browser() as chromium,
        watched_page(chromium, site, **options) as (page, faults),
    ):
        for state in states(page, site, session, person, login):
            if not page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"):
                wrong.append((state, "is too wide"))
            wrong += [(state, *each) for each in violations(page)]
            wrong += [(state, fault) for fault in faults if not fault.startswith("verbose:")]
            faults.clear()
    assert wrong == []
