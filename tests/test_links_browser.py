"""The buttons of link checks in a real browser, under the site's policy: they do what they say, when they are pressed."""

from pathlib import Path

import pytest
from django.utils import timezone

from papers.models import LinkCheck, Resource
from tests.factories import make_group, make_organizer
from tests.organizers import log_in, login_of, served
from tests.test_browser import browser, watched_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OLD, NEW = "https://old.example/", "https://new.example/"


def test_enter_saves_the_form_and_only_the_button_takes_the_new_address_over(tmp_path: Path):
    make_group()
    post = Resource.objects.create(title="Post", url=OLD)
    LinkCheck.objects.create(url=OLD, result="moved", moved_to=NEW, checked_at=timezone.now())
    login = login_of(make_organizer())
    with (
        served(tmp_path / "log") as site,
        browser() as chromium,
        watched_page(chromium, site) as (page, faults),
    ):
        log_in(page.context, site, login)
        form = f"{site}/admin/papers/resource/{post.pk}/change/"
        page.goto(form)
        page.locator("#id_title").fill("A post")
        page.keyboard.press("Enter")
        page.get_by_text("was changed successfully").wait_for()
        page.goto(form)
        assert page.locator("#id_url").input_value() == OLD
        page.get_by_role("button", name="Use the address it moved to").click()
        page.get_by_text(f"A post (address) is now {NEW}").wait_for()
        assert (page.url, page.locator("#id_url").input_value()) == (form, NEW)
        assert faults == []
    assert list(Resource.objects.values_list("title", "url")) == [("A post", NEW)]
