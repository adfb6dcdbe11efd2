"""The backlog put in order in a real browser, with scripts by button, without them by typing."""

import pytest
from django.conf import settings
from pytest_django.live_server_helper import LiveServer

from tests.test_admin_browser import key_of_an_organizer
from tests.test_backlog_admin import LIST, listed, order, positions
from tests.test_browser import browser, watched_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("scripts", [True, False])
def test_a_line_moves_on_the_second_page_too(live_server: LiveServer, scripts: bool):
    site = str(live_server.url)
    listed(*(chr(0x4E00 + number) for number in range(103)))
    before, key = order(), key_of_an_organizer()
    options = {"viewport": {"width": 390, "height": 800}, "java_script_enabled": scripts}
    with browser() as chromium, watched_page(chromium, site, **options) as (page, faults):
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": site}])
        page.goto(f"{site}{LIST}?p=2")
        if scripts:
            page.locator("#result_list tbody tr").nth(0).get_by_role("button", name="Move down").click()
        else:
            page.fill("input[name=form-0-position]", "102")
        page.click("input[name=_save]")
        page.wait_for_selector(".messagelist .success")
        assert faults == []
    assert (order(), positions()) == (
        before[:100] + before[101] + before[100] + before[102],
        list(range(1, 104)),
    )
