"""Every page of the admin in a real browser: accessible by axe-core's rules, quiet under the policy, never too wide."""

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db.models import Model

from papers.models import Paper, Resource
from readinggroup.models import Import
from sessions.models import BacklogEntry, Group, Person, Session
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
    others = (Group, Person, BacklogEntry, Paper, Resource, Import)
    return {Session: session} | {model: first_of(model) for model in others}


def violations(page: Any) -> list[tuple[str, str]]:
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
