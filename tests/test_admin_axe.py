"""Every page of the admin in a real browser: accessible by axe-core's rules, quiet under the policy, never too wide."""

from pathlib import Path
from typing import Any

import pytest

from tests.accessibility import wrong_at
from tests.factories import make_organizer
from tests.organizers import every_page, everything_to_look_at, log_in, login_of, served
from tests.test_browser import browser, watched_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What a list holds beyond its place: it scrolls by itself, so that the page is not too wide for it.
CUT = """
[...document.querySelectorAll("#result_list tbody :is(th, td, a)")]
  .filter(each => each.checkVisibility())
  .filter(each => each.getBoundingClientRect().right > each.closest(".results").getBoundingClientRect().right + 1)
  .map(each => `${innerWidth}: ${each.textContent.trim()}`)
"""


def test_every_page_is_accessible_quiet_and_fits(tmp_path: Path):
    pages, login = every_page(everything_to_look_at()), login_of(make_organizer())
    wrong: list[Any] = []
    with (
        served(tmp_path / "log") as site,
        browser() as chromium,
        watched_page(chromium, site, viewport={"width": 320, "height": 800}) as (page, faults),
    ):
        log_in(page.context, site, login)
        for path in pages:
            response = page.goto(site + path)
            if not response or response.status != 200:
                wrong.append((path, response and response.status))
            for width in (1280, 320):
                page.set_viewport_size({"width": width, "height": 800})
                wrong += [(path, "is cut", text) for text in page.evaluate(CUT)]
            wrong += [(path, *each) for each in wrong_at((320, 1280), page, faults)]
    assert wrong == []
