"""Two people become one in a real browser, on a phone and on a wide screen: everything in sight, nothing cut off."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from sessions.models import Person, Session
from tests.accessibility import violations
from tests.factories import make_group, make_organizer, make_session
from tests.hands import Finger, Mouse
from tests.organizers import log_in, login_of, served
from tests.test_browser import browser, watched_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Of each field: whether what stands afterwards is in the window, and where it stands beside the other two.
FIELDS = """
rows => rows.map(row => {
  const [then, kept] = [...row.querySelectorAll("td")].map(cell => cell.getBoundingClientRect());
  const whole = then.left >= 0 && then.right <= innerWidth;
  return [whole, then.bottom <= kept.top ? "above" : then.right <= kept.left ? "before" : "elsewhere"];
})
"""


def whole(page: Page) -> bool:
    return bool(page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize(("width", "place"), [(390, "above"), (1280, "before")])
def test_two_people_are_merged(tmp_path: Path, width: int, place: str):
    make_group()
    right = Person.objects.create(name="Jeremy Howard", url="https://jeremy.example/")
    typo = Person.objects.create(name="Jeremy Howrd")
    make_session(1).presenters.add(typo)
    login = login_of(make_organizer())
    options: Any = {"viewport": {"width": width, "height": 900}, "has_touch": width == 390}
    with (
        served(tmp_path / "log") as site,
        browser() as chromium,
        watched_page(chromium, site, **options) as (page, faults),
    ):
        hands = (Finger if width == 390 else Mouse)(page)
        log_in(page.context, site, login)
        page.goto(f"{site}/admin/reading_sessions/person/duplicates/")
        assert violations(page) == []
        hands.press(page.get_by_role("link", name="“Jeremy Howrd” and “Jeremy Howard”"))
        assert page.get_by_role("heading", level=1).inner_text() == "Merge two people"
        fields = page.locator(".merge-table tbody tr").evaluate_all(FIELDS)
        assert (whole(page), fields) == (True, [[True, place]] * 3)
        assert violations(page) == []
        other = page.get_by_role("link", name="Keep the other one instead")
        assert other.evaluate("link => link.getClientRects().length") == 1  # in one piece
        hands.press(page.get_by_label("Jeremy Howard"))
        hands.press(page.get_by_role("button", name="Merge, keep “Jeremy Howrd”"))
        said = page.locator(".messagelist .success").inner_text()
        assert said.startswith("“Jeremy Howard” is now one with “Jeremy Howrd” and called “Jeremy Howard”: ")
        hands.press(page.get_by_role("link", name="Take this merge apart"))
        page.get_by_role("heading", level=1, name="Take a merge apart").wait_for()
        assert (whole(page), violations(page)) == (True, [])
        hands.press(page.get_by_role("link", name="Leave it as it is"))
        hands.press(page.get_by_role("link", name="Take this merge apart"))
        hands.press(page.get_by_role("button", name="Take it apart"))
        said = page.locator(".messagelist .success").inner_text()
        assert said == "“Jeremy Howard” is one of its own again."
        assert faults == []
    names = Person.objects.order_by("pk").values_list("pk", "name", "url")
    assert list(names) == [(right.pk, "Jeremy Howard", right.url), (typo.pk, "Jeremy Howrd", "")]
    assert list(Session.objects.get().presenters.all()) == [typo]
