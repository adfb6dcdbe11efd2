"""The whole week of an organizer in a real browser: by mouse on a wide screen, by finger on a phone, by keyboard alone."""

from pathlib import Path
from typing import Any

import pytest

from readinggroup.models import Import
from sessions.models import BacklogEntry, Material, Session
from tests.factories import a_group_in_its_term
from tests.hands import HANDS
from tests.organizers import served
from tests.test_browser import browser, watched_page
from tests.week import PASSWORD, READINGS, RECORDING, ROWS, Week

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("hands", "width"), [("mouse", 1280), ("finger", 390), ("keyboard", 1280), ("keyboard", 390)]
)
def test_the_whole_week(tmp_path: Path, hands: str, width: int):
    a_group_in_its_term(PASSWORD)
    options: Any = {
        "viewport": {"width": width, "height": 900},
        "has_touch": hands == "finger",
        "permissions": ["clipboard-read", "clipboard-write"],
    }
    too_wide = []
    with (
        served(tmp_path / "log") as site,
        browser() as chromium,
        watched_page(chromium, site, **options) as (page, faults),
    ):

        def look(name: str) -> None:
            if not page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"):
                too_wide.append(name)

        week = Week(site, page, HANDS[hands](page), look, tmp_path)
        week.log_in()
        assert "Added the recording" in week.add_the_recording()
        assert "was added successfully" in week.new_session()
        assert week.shown() == READINGS
        week.put_in_order()
        assert week.shown() == [READINGS[2], READINGS[0], READINGS[1]]
        week.upload_slides()
        assert "was changed successfully" in week.publish()
        week.see_it_on_the_site()
        text = page.locator("main").inner_text()
        places = [text.index(title) for title in (READINGS[2], READINGS[0], READINGS[1])]
        assert places == sorted(places)
        assert "Slides (PDF" in text
        public_page = page.url
        copied = week.copy_the_announcement()
        assert "Consistency, from noise to image" in copied
        assert "<t:" in copied
        assert "https://arxiv.org/abs/2303.01469" in copied
        assert "README.md was imported: created 2, updated 0" in week.import_the_readme()
        assert "is as it was" in week.go_back()
        assert [
            page.locator(f"{ROWS} .reading-what").nth(index).input_value() for index in range(3)
        ] == READINGS
        answer = page.goto(public_page)
        assert answer
        assert answer.status == 404
        assert [fault for fault in faults if "404" not in fault] == []
    assert too_wide == []
    assert Material.objects.get(session__number=18).href == RECORDING
    session = Session.objects.get(number=19)
    assert (session.state, session.materials.count()) == ("draft", 0)
    assert [str(person) for person in session.presenters.all()] == ["Katherine Crowson"]
    assert [done.report["created"] for done in Import.objects.all()] == [2, 244]
    assert BacklogEntry.objects.count() == 69
