"""What a first visit costs: requests and bytes, counted by a browser that has nothing yet, at a real gunicorn."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Request

from tests.browsers import PAGES
from tests.factories import in_days, make_session, move_in, read
from tests.organizers import served
from tests.test_browser import browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MOST_REQUESTS = 5
MOST_BYTES_OF_HOME = 45_000


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The first group with a session to come, without a proxy in front that would compress anything."""
    move_in()
    read(make_session(18, "Bridges", starts_at=in_days(3), summary="Bring paper."), label="Whatever you like")
    with served(tmp_path_factory.mktemp("first") / "log") as address:
        yield address


def cost_of(chromium: Browser, site: str, path: str) -> tuple[int, int, set[str]]:
    """Requests, bytes with headers, and other hosts asked, of a browser that has nothing kept."""
    page = chromium.new_page()
    asked: list[Request] = []

    def note(request: Request) -> None:
        asked.append(request)

    page.on("request", note)
    # The icon comes after everything else.
    with page.expect_request(lambda request: "icon" in urlsplit(request.url).path):
        page.goto(site + path)
    sizes = [request.sizes() for request in asked]
    hosts = {urlsplit(request.url).netloc for request in asked}
    page.close()
    transferred = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
    return len(asked), transferred, hosts - {urlsplit(site).netloc}


def test_a_first_visit_to_any_page_is_small_and_calls_nobody_else(site: str):
    with browser(whole=True) as chromium:
        pages = [*PAGES, "/sessions/18-bridges/", "/nowhere/"]
        costs = {path: cost_of(chromium, site, path) for path in pages}
    assert {path: cost for path, cost in costs.items() if cost[0] > MOST_REQUESTS or cost[2]} == {}
    assert 5_000 < costs["/"][1] <= MOST_BYTES_OF_HOME
