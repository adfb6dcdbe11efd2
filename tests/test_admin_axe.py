"""Every page of the admin in a real browser: accessible by axe-core's rules, quiet under the policy, never too wide."""

from pathlib import Path
from typing import Any

import pytest

from tests.accessibility import wrong_with
from tests.factories import make_organizer
from tests.organizers import every_page, everything_to_look_at, log_in, login_of, served
from tests.test_browser import browser, watched_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_every_page_is_accessible_quiet_and_fits(tmp_path: Path, width: int, scheme: str):
    pages, login = every_page(everything_to_look_at()), login_of(make_organizer())
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
            wrong += [(path, *each) for each in wrong_with(page, faults)]
    assert wrong == []
