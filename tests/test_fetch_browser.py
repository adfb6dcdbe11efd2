"""Fetching many papers in a real browser: by itself after “Start”, until done or stopped; without scripts step by step."""

import pytest
from django.conf import settings as the_settings
from pytest_django.live_server_helper import LiveServer

from papers import admin_arxiv
from papers.models import Paper
from tests.arxiv_server import Known, Reply, arxiv_server
from tests.factories import make_group, make_paper
from tests.test_admin_browser import key_of_an_organizer
from tests.test_browser import browser, watched_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_many_are_fetched_and_what_differs_is_taken_over(
    live_server: LiveServer, settings, monkeypatch, scripts: bool
):
    monkeypatch.setattr(admin_arxiv, "STEP", 2)
    settings.ARXIV_DELAY = 0.01
    site = str(live_server.url)
    make_group()
    for n in range(1, 6):
        make_paper(f"P{n}", arxiv_id=f"2001.0000{n}", authors="Ours" if n == 1 else "")
    key = key_of_an_organizer()
    options = {"java_script_enabled": scripts, "viewport": {"width": 390, "height": 800}}
    with (
        arxiv_server() as arxiv,
        browser() as chromium,
        watched_page(chromium, site, **options) as (page, faults),
    ):
        settings.ARXIV_API_URL = arxiv.url
        arxiv.papers = {f"2001.0000{n}": Known(f"P{n}") for n in range(1, 6)}
        arxiv.replies = [Reply(delay=2 if scripts else 0)]  # as long as there is “Stop”
        page.set_default_timeout(10_000)
        page.context.add_cookies([{"name": the_settings.SESSION_COOKIE_NAME, "value": key, "url": site}])
        page.goto(f"{site}/admin/papers/paper/")
        for box in page.locator("[name=_selected_action]").all():
            box.check()
        page.select_option("select[name=action]", "fetch_from_arxiv")
        page.click("button[name=index]")
        page.click("text=Start")
        if scripts:
            page.click("button:has-text('Stop')")
            page.wait_for_selector("input[value='Go on']")
            assert "2 of 5" in page.inner_text("[role=status]")
            page.reload()
        else:
            assert "2 of 5" in page.inner_text("[role=status]")
            page.click("input[value='Go on']")
        page.click("input[value='Go on']")
        page.wait_for_selector("text=Done.")
        assert "Filled 5, Differs 0, Unchanged 0, Problem 0." in page.inner_text("[role=status]")
        page.click("text=P1")
        page.wait_for_selector("[value=authors]")
        assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth") if scripts else True
        page.check("[value=authors]")
        page.click("text=Take over what is ticked")
        page.wait_for_selector(".messagelist .success")
        assert faults == []
    assert Paper.objects.get(title="P1").author_names[0] == "Jonathan Ho"
