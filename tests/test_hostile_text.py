"""Text that hides something: control characters, overrides of direction. It stays in its place, and right-to-left is legal."""

import json

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from papers.invisible import TURNS_AROUND
from papers.models import Paper, Resource
from sessions.models import BacklogEntry, Person
from tests.addresses import every_public_address
from tests.factories import in_days, leave, make_group, make_paper, make_session, read
from tests.test_admin import errors, paper_form
from tests.test_admin import url as admin_url
from tests.test_browser import browser, watched_page

HIDING = "ab\u202ecd\u2066\u202a\x1b[2J\x07\x7f\x9f\ufffe ef"
SEEN = "abcd[2J ef"
ARABIC = "الانتشار والتدفق"


@pytest.mark.django_db
def test_no_page_calendar_or_data_file_says_what_turns_the_rest_around(client: Client) -> None:
    make_group(name=HIDING, introduction=HIDING, session_word="Week")
    person = Person.objects.create(name=HIDING, slug="1-owls")
    paper = make_paper(HIDING, slug="1-owls", authors=HIDING, abstract=HIDING, published_on="2022-02-02")
    resource = Resource.objects.create(title=HIDING, kind="code", url="https://code.example/")
    resource.papers.add(paper)
    session = make_session(1, HIDING, slug="1-owls", summary=HIDING, starts_at=in_days(-1))
    session.presenters.add(person)
    read(session, paper, label=HIDING, note=HIDING, presenters=[person])
    read(session, label=HIDING)
    recording = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
    leave(session, recording, kind="recording", label=HIDING, presenters=[person])
    coming = make_session(2, HIDING, slug="2-owls", starts_at=in_days(2))
    read(coming, resource=resource, label=HIDING)
    BacklogEntry.objects.create(paper=paper, label=HIDING, position=1)
    asked = [*every_public_address(), "/sessions/2-owls/", "/sessions/2-owls.ics"]
    asked += ["/search/?q=abcd", f"/search/?q={HIDING.encode().hex('%').join(['%', ''])}"]
    said = {}
    for url in asked:
        response = client.get(url)
        if not response.streaming and response["Content-Type"].partition(";")[0] != "image/png":
            said[url] = response.content.decode()
            assert (url, TURNS_AROUND.findall(said[url])) == (url, [])
            assert (url, "\\u202e" in said[url] or "%E2%80%AE" in said[url]) == (url, url.endswith("%66"))
    assert f"<title>Week 1: {SEEN} · {SEEN}</title>" in said["/sessions/1-owls/"]
    assert f'<meta property="og:title" content="Week 1: {SEEN}">' in said["/sessions/1-owls/"]
    assert "SUMMARY:ab cd [2J ef\\, Week 2: ab cd [2J ef\r\n" in said["/sessions/2-owls.ics"]
    assert json.loads(said["/syllabus.json"])["sessions"][0]["name"] == f"Week 1: {SEEN}"
    # What was written is kept, for whoever takes the group's content away.
    assert Paper.objects.get().title == HIDING


@pytest.mark.django_db
def test_an_answer_that_was_shortened_says_how_long_it_is(client: Client) -> None:
    make_group(name="a\u202eb")
    response = client.get("/progress/", headers={"Accept-Encoding": ""})
    assert response["Content-Length"] == str(len(response.content))


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_title_that_runs_the_other_way_leaves_what_stands_beside_it_alone(live_server: LiveServer) -> None:
    make_group()
    session = make_session(1, "Titles", slug="1-titles", summary=f"{ARABIC}.\n\nIn English.")
    for title in (ARABIC, f"({ARABIC})", "\u202eabc", "\u2067abc"):
        read(session, make_paper(title), label=title, note="2022, 17 pages")
    with browser() as chromium, watched_page(chromium, str(live_server.url)) as (page, faults):
        page.goto(f"{live_server.url}/sessions/1-titles/")
        assert beside(page) == [True] * 4
        assert starts(page) == [True, False]
        assert faults == []


def beside(page: Page) -> list[bool]:
    """Of each reading, whether the words after its title stand after it on its line."""
    return page.locator(".readings > li").evaluate_all(  # type: ignore[no-any-return]
        """lines => lines.map(line => {
            const [title, note] = line.querySelectorAll("a, .aside");
            const [before, after] = [title.getBoundingClientRect(), note.getBoundingClientRect()];
            return after.left >= before.right;
        })"""
    )


def starts(page: Page) -> list[bool]:
    """Of each paragraph of the summary, whether it starts at the right."""
    return page.locator(".prose p").evaluate_all(  # type: ignore[no-any-return]
        """all => all.map(each => {
            const range = document.createRange();
            range.selectNodeContents(each);
            return range.getBoundingClientRect().left - each.getBoundingClientRect().left > 100;
        })"""
    )


@pytest.mark.django_db
def test_a_form_drops_what_nobody_sees_and_takes_the_rest(client: Client) -> None:
    client.force_login(User.objects.create(username="ada", is_staff=True, is_superuser=True))
    sent = paper_form(title=f"\u202a{ARABIC}\u202c \u200e1", authors="A\u202enn\r\nBob", abstract="x\x1by")
    assert client.post(admin_url(Paper, "add"), sent).status_code == 302
    paper = Paper.objects.get()
    assert (paper.title, paper.authors, paper.abstract) == (f"{ARABIC} \u200e1", "Ann\nBob", "xy")
    assert errors(client.post(admin_url(Paper, "add"), paper_form(title="\u202e"))) == {
        "title": ["This field is required."]
    }
