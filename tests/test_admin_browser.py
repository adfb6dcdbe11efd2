"""The admin in a real browser, under the Content-Security-Policy: lists, forms, autocompletes, deletion."""

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from sessions.models import Person, Session
from tests.factories import leave, make_group, make_paper, make_session, read
from tests.test_browser import browser, watched_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def key_of_an_organizer() -> str:
    client = Client()
    client.force_login(User.objects.create(username="ada", is_staff=True, is_superuser=True))
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def choose(page: Page, field: str, typed: str) -> None:
    """Find a row by typing, as select2 has it."""
    page.click(f"[id='{field}'] + .select2")
    page.fill(".select2-container--open .select2-search__field", typed)
    page.click(f".select2-results__option:has-text('{typed}')")


def test_the_admin_works_under_the_policy(live_server: LiveServer):
    site = str(live_server.url)
    make_group()
    session = make_session(1, "Diffusion")
    read(session, make_paper("DDPM"))
    leave(session, "deck.pdf", kind="slides")
    key = key_of_an_organizer()
    with browser() as chromium, watched_page(chromium, site) as (page, faults):
        page.set_default_timeout(10_000)
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": site}])
        page.goto(f"{site}/admin/")
        assert page.locator("#site-name").inner_text() == "The Owls"
        page.goto(f"{site}/admin/reading_sessions/session/?q=diffusion")
        page.goto(f"{site}/admin/reading_sessions/session/{session.pk}/history/")
        page.goto(f"{site}/admin/reading_sessions/session/{session.pk}/change/")
        # Another reading, pasted, its presenter written as a name that is new here.
        page.click("#readings-group .add-row a")
        page.fill("#id_readings-1-what", "DDPM")
        page.click("#readings-1 summary")
        page.fill("#id_readings-1-presenters", "Ann")
        page.fill("#id_starts_at_0", "2026-03-01")
        page.fill("#id_starts_at_1", "18:00")
        page.click("input[name=_continue]")
        page.wait_for_selector(".messagelist .success")
        assert "New person: Ann." in page.locator(".messagelist").inner_text()
        assert page.input_value("#id_readings-1-presenters") == "Ann"
        assert page.input_value("#id_starts_at_1") == "18:00"
        # A resource, its paper found by typing.
        page.goto(f"{site}/admin/papers/resource/add/")
        page.fill("#id_title", "Code")
        page.fill("#id_url", "https://code.example/ddpm")
        choose(page, "id_papers", "DDPM")
        page.click("input[name=_save]")
        page.wait_for_selector(".messagelist .success")
        page.goto(f"{site}/admin/reading_sessions/session/{session.pk}/delete/")
        page.click("#content input[type=submit]")
        page.wait_for_selector(".messagelist .success")
        assert faults == []
    assert (Session.objects.count(), [person.name for person in Person.objects.all()]) == (0, ["Ann"])
