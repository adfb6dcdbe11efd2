"""A visitor ticks what is read and done: kept in the browser only, shown wherever it matters, taken along as a file."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from papers.models import Paper, Resource
from sessions.merging import merge_papers
from sessions.models import Reading, Session
from tests.accessibility import violations, wrong_with
from tests.factories import in_days, make_group, make_paper, make_session, move_in, read
from tests.test_browser import browser, watched_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WEEK_8 = "/sessions/8-perception-prioritized-training-elucidating-design-spaces/"
EDM = "/papers/elucidating-the-design-space-of-diffusion-based-generative-models/"
EDM_TITLE = "Elucidating the Design Space of Diffusion-Based Generative Models"
COURSE, ARCHIVE, PROGRESS = "/archive/course/", "/archive/", "/progress/"
SHIFTS = """
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts = (window.shifts ?? 0) + entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture
def site(live_server: LiveServer) -> str:
    """The first group, with a session to come that reads what week 8 read."""
    move_in()
    session = make_session(18, "Bridges", starts_at=in_days(3))
    read(session, same_as=Session.objects.get(number=8))
    read(session, label="To be announced")
    return str(live_server.url)


@pytest.fixture
def small_site(live_server: LiveServer) -> str:
    """One of everything that can be ticked, with words too long for a phone."""
    make_group(
        name=f"The {'Owls' * 15}", chat_url="https://chat.example/", introduction="We read.\n\nAnd more."
    )
    paper = make_paper(rf"$x^2$ and {'ver' * 30}y long", arxiv_id="2006.11239", abstract="We read.")
    first = make_session(1, slug="1-first")
    read(first, paper)
    code = Resource.objects.create(title="Code", kind="code", url="https://code.example/")
    read(first, resource=code, indent=1)
    read(make_session(2), same_as=first)
    read(make_session(3, last_number=4), label="All prior readings")
    Paper.objects.filter(pk=paper.pk).update(slug="squares")
    return str(live_server.url)


def progress_file(site: str, ticks: list[Any]) -> dict[str, Any]:
    return {"format": "reading-group-progress", "version": 1, "group": "G", "site": site, "ticks": ticks}


def kept(page: Page) -> Any:
    return json.loads(page.evaluate("localStorage.progress ?? 'null'") or "null")


def ticked(page: Page) -> list[str]:
    """The names of the boxes that are ticked."""
    boxes = page.get_by_role("checkbox", checked=True)
    return [box.evaluate("each => each.ariaLabel ?? each.parentElement.innerText") for box in boxes.all()]


def shares(page: Page) -> list[str]:
    """What is said of each session of which something is done."""
    texts = [" ".join(text.split()) for text in page.locator("[data-share]").all_inner_texts()]
    return [text for text in texts if not text.startswith("0 of") and text]


# --- Ticking ------------------------------------------------------------------------------------------------


def test_what_is_ticked_shows_everywhere_in_every_tab_and_goes_with_one_click(site: str):
    with browser() as chromium, watched_page(chromium, site) as (page, faults):
        asked: list[str] = []
        page.context.on("request", lambda request: asked.append(request.url.removeprefix(site)))
        for path in ("/", ARCHIVE, COURSE):
            page.goto(site + path)
            expect(page.locator(".your-progress")).to_be_hidden()
        assert not [path for path in asked if path.endswith(".json")]

        page.goto(site + WEEK_8)
        page.get_by_role("checkbox", name=f"Read: {EDM_TITLE}").check()
        page.get_by_role("checkbox", name="I have done Week 8").check()
        assert shares(page) == []  # the box beside it says so
        page.reload()
        assert ticked(page) == [f"Read: {EDM_TITLE}", "I have done Week 8"]

        page.goto(site + ARCHIVE)
        expect(page.locator(".your-progress label")).to_have_text(
            "1 of 34 readings and 1 of 16 sessions done"
        )
        assert shares(page) == ["1 of 3 read", "✓ DONE"]  # week 9 reads it too
        page.goto(site)
        home = page.locator(".your-progress")
        expect(
            home.get_by_role("progressbar", name="1 of 34 readings and 1 of 16 sessions done")
        ).to_be_visible()
        expect(home.get_by_role("link", name="Week 9: DDPM paper")).to_be_visible()
        page.goto(site + PROGRESS)
        whole = page.locator(".your-progress")
        expect(whole).to_contain_text("Continue with Week 9: DDPM paper")
        expect(
            whole.get_by_role("progressbar", name="1 of 34 readings and 1 of 16 sessions done")
        ).to_be_visible()
        expect(whole.get_by_role("link")).to_have_count(2)  # none to the page itself
        page.goto(site + EDM)
        assert ticked(page) == ["I have read this paper"]
        page.goto(f"{site}/sessions/18-bridges/")
        assert ticked(page) == [f"Read: {EDM_TITLE}"]
        expect(page.get_by_role("checkbox")).to_have_count(5)  # not what is to be announced, nor the session

        other = page.context.new_page()
        other.goto(site + COURSE)
        expect(other.locator(".your-progress label")).to_have_text(
            "1 of 34 readings and 1 of 16 sessions done"
        )
        assert ticked(other) == [f"Read: {EDM_TITLE}", "I have done Week 8", f"Read: {EDM_TITLE}"]
        page.get_by_role("checkbox", name=f"Read: {EDM_TITLE}").uncheck()
        expect(other.locator(".your-progress label")).to_have_text(
            "0 of 34 readings and 1 of 16 sessions done"
        )
        other.get_by_role("checkbox", name="I have done Week 8").uncheck()
        expect(other.locator(".your-progress")).to_be_hidden()
        assert kept(other) is None
        assert (shares(page), faults) == ([], [])


def test_the_course_says_what_is_next_until_all_is_done(site: str):
    second = Session.objects.get(number=2).tick
    with browser() as chromium, watched_page(chromium, site) as (page, faults):
        page.goto(site + COURSE)
        expect(page.get_by_role("article").first).to_contain_text("Start here")
        page.get_by_role("checkbox", name="Read: Denoising Diffusion Probabilistic Models").first.check()
        expect(page.get_by_text("Start here")).to_be_hidden()
        next_step = page.locator(".next-step")
        expect(next_step).to_have_text("Continue with Week 1: DDPM paper")
        expect(page.get_by_role("article").first).to_contain_text("Continue here")
        page.get_by_role("checkbox", name="Read: AssemblyAI blog post").first.check()
        expect(next_step).to_have_text("Continue with Week 2: Score-based generative modeling")
        expect(page.get_by_role("article").first.locator("[data-share]")).to_have_text("All read")
        expect(page.get_by_role("article").filter(has_text="Continue here")).to_have_id(second)
        page.get_by_role("link", name="Go to it below").click()
        expect(page).to_have_url(f"{site}{COURSE}#{second}")
        # Who has begun somewhere goes on from there.
        page.get_by_role("checkbox", name="I have done Week 8").check()
        expect(next_step).to_have_text("Continue with Week 9: DDPM paper, EDM paper code walk-thrus")
        page.goto(site + ARCHIVE)
        place = page.get_by_role("link", name="See it in the course")
        expect(place).to_have_attribute("href", re.compile("#s"))
        place.click()
        expect(page).to_have_url(re.compile(f"^{re.escape(site + COURSE)}#s"))
        # What several sessions read counts for the next of them, not for one that was passed by.
        again = page.get_by_role("checkbox", name="Read: Denoising Diffusion Probabilistic Models").last
        again.uncheck()
        again.check()
        expect(next_step).to_have_text("Continue with Week 9: DDPM paper, EDM paper code walk-thrus")
        expect(page.locator("article:target .continue")).to_have_text("Continue here")
        page.get_by_role("checkbox", name="I have done Week 16 & 17").check()
        expect(next_step).to_have_text("Continue with Week 2: Score-based generative modeling")
        for box in page.get_by_role("checkbox", name="I have done").all():
            box.check()
        expect(next_step).to_be_hidden()
        expect(page.locator(".all-done")).to_have_text(
            "You have come to the end of the course. See it all on the map, or what else the group wants to read."
        )
        lines = page.locator(".your-progress li:visible").evaluate_all(
            "all => all.map(e => e.getBoundingClientRect().left)"
        )
        assert lines[0] == page.locator(".all-done").evaluate("e => e.getBoundingClientRect().left")
        expect(page.locator(".continue, .place:visible")).to_have_count(0)
        assert faults == []


def test_ticks_outlive_new_slugs_numbers_titles_and_a_merge(site: str):
    with browser() as chromium, watched_page(chromium, site) as (page, faults):
        page.goto(site + WEEK_8)
        page.get_by_role("checkbox", name=f"Read: {EDM_TITLE}").check()
        page.get_by_role("checkbox", name="I have done Week 8").check()
        state = page.context.storage_state()
        assert faults == []
    session = Session.objects.get(number=8)
    session.number, session.title, session.slug = 80, "Elucidated", "80-elucidated"
    session.save()
    kept_paper = make_paper("EDM")
    merge_papers(kept_paper, Paper.objects.get(title=EDM_TITLE))
    Reading.objects.filter(paper=kept_paper).update(label="")
    with browser() as chromium, watched_page(chromium, site, storage_state=state) as (page, faults):
        page.goto(site + COURSE)
        expect(page.locator(".your-progress label")).to_have_text(
            "1 of 34 readings and 1 of 16 sessions done"
        )
        assert ticked(page) == ["Read: EDM", "Read: EDM", "I have done Week 80"]
        page.goto(site + WEEK_8)
        assert (page.url, ticked(page)) == (
            f"{site}/sessions/80-elucidated/",
            ["Read: EDM", "I have done Week 80"],
        )
        assert kept(page)["ticks"].keys() == {f"p{kept_paper.pk}", f"s{session.pk}"}
        assert faults == []


# --- Where nothing can be kept, or something strange is kept ------------------------------------------------


FORBIDDEN = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError') } })"
FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }"


def test_a_browser_that_keeps_nothing_says_so_once(small_site: str):
    with browser() as chromium:
        for forbids in (FORBIDDEN, FULL):
            with watched_page(chromium, small_site) as (page, faults):
                page.add_init_script(forbids)
                page.goto(f"{small_site}/sessions/1-first/")
                status = page.get_by_role("status")
                expect(status).to_have_text("")
                for number in (0, 1):
                    page.get_by_role("checkbox").nth(number).check()
                expect(status).to_contain_text("This browser does not keep your progress")
                assert status.inner_text().count("does not keep") == 1
                assert len(ticked(page)) == 2
                assert wrong_with(page, faults) == []


def test_what_cannot_be_read_is_kept_aside_and_said_once(small_site: str):
    with browser() as chromium, watched_page(chromium, small_site) as (page, faults):
        page.clock.install()
        page.goto(f"{small_site}/sessions/1-first/")
        for strange in ("{", "null", "[]", '{"version": 2, "ticks": {}}', '{"version": 1, "ticks": []}x'):
            page.evaluate("text => { localStorage.progress = text }", strange)
            page.reload()
            expect(page.get_by_role("status")).to_contain_text("cannot be read. It was put aside")
            assert page.evaluate("localStorage['progress-aside']") == strange
            page.get_by_role("checkbox").first.check()
            page.reload()
            page.clock.run_for(10_000)  # whatever was to be said later
            assert (page.get_by_role("status").inner_text(), len(ticked(page)), faults) == ("", 1, [])


def test_ticks_that_are_none_are_passed_over(small_site: str):
    strange = {
        "version": 1,
        "ticks": {
            "__proto__": {"on": "2026-01-01"},
            "p1": 5,
            "p2": {"on": "never"},
            "<b>": {"on": "2026-01-01"},
            "p999999": {
                "on": "2026-01-01",
                "title": "<img src=x onerror=alert(1)>",
                "address": "javascript:alert(1)",
            },
        },
    }
    text = json.dumps(strange)
    with browser() as chromium, watched_page(chromium, small_site) as (page, faults):
        page.goto(small_site + PROGRESS)
        page.evaluate("text => { localStorage.progress = text }", text)
        page.reload()
        expect(page.locator("ol li")).to_have_text(
            "<img src=x onerror=alert(1)>1 January 2026, not on this site"
        )
        expect(page.locator("ol a")).to_have_count(0)
        assert faults == []


def test_without_scripts_nothing_is_dead(site: str):
    with browser() as chromium, watched_page(chromium, site, java_script_enabled=False) as (page, faults):
        for path in ("/", ARCHIVE, COURSE, WEEK_8, EDM, PROGRESS):
            page.goto(site + path)
            assert page.locator("input[type=checkbox], main button:visible, progress:visible").count() <= (
                path == "/"  # that of the backlog
            )
            assert page.locator(".your-progress:visible, .share:visible, .with-ticks:visible").count() == 0
        expect(page.get_by_text("Ticking needs JavaScript")).to_be_visible()
        page.goto(site + COURSE)
        page.get_by_role("link", name="Newest first").click()
        assert page.url == site + ARCHIVE
        assert faults == []


# --- Files --------------------------------------------------------------------------------------------------


def save(page: Page, folder: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name="Save to a file").click()
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    return file


def bring(page: Page, file: Path | dict[str, Any]) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Open a saved file").click()
    chooser.value.set_files(file)  # type: ignore[arg-type]


def as_file(content: object) -> dict[str, Any]:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return {"name": "progress.json", "mimeType": "application/json", "buffer": data}


def test_what_is_saved_and_forgotten_comes_back_the_same(site: str, tmp_path: Path):
    paper, session = Paper.objects.get(title=EDM_TITLE), Session.objects.get(number=8)
    with browser() as chromium, watched_page(chromium, site) as (page, faults):
        page.goto(site + WEEK_8)
        page.get_by_role("checkbox", name=f"Read: {EDM_TITLE}").check()
        page.get_by_role("checkbox", name="I have done Week 8").check()
        before = kept(page)
        page.goto(site + PROGRESS)
        file = save(page, tmp_path)
        said = json.loads(file.read_text())
        assert {name: said[name] for name in ("format", "version", "group", "site")} == {
            "format": "reading-group-progress",
            "version": 1,
            "group": "Diffusion Reading Group at EleutherAI",
            "site": site,
        }
        assert [(tick["key"], tick["title"], tick["address"]) for tick in said["ticks"]] == [
            (f"p{paper.pk}", EDM_TITLE, site + EDM),
            (f"s{session.pk}", f"Week 8: {session.title}", site + WEEK_8),
        ]

        page.get_by_role("button", name="Delete all ticks").click()
        page.get_by_role("button", name="Cancel").click()
        assert kept(page) == before
        page.get_by_role("button", name="Delete all ticks").click()
        page.locator(".yes").click()
        expect(page.locator(".found")).to_have_text("All ticks were deleted from this browser.")
        assert kept(page) is None
        bring(page, file)
        expect(page.locator(".question p")).to_have_text("This file has 2 ticks: 2 new.")
        assert kept(page) is None
        page.get_by_role("button", name="Add them").click()
        expect(page.locator(".found")).to_have_text("Your ticks were added.")
        after = kept(page)
        assert {key: tick["on"] for key, tick in after["ticks"].items()} == {
            key: tick["on"] for key, tick in before["ticks"].items()
        }
        bring(page, file)
        expect(page.locator(".found")).to_have_text(
            "This file has 2 ticks: 2 already here. Nothing was changed."
        )
        # The same group elsewhere has other keys and the same addresses; what is not known stays.
        said["site"] = "https://old.example"
        said["ticks"] = [
            {"key": "p999999", "address": f"https://old.example{EDM}", "ticked": "2025-01-01T00:00:00Z"},
            {
                "key": "s777777",
                "address": "https://old.example/sessions/1-ddpm-paper/",
                "ticked": "2025-01-01",
            },
            {
                "key": "p888888",
                "title": "Elsewhere",
                "address": "https://old.example/x/",
                "ticked": "2025-01-01",
            },
            {"key": "no key", "ticked": "2025-01-01"},
        ]
        bring(page, as_file(said))
        expect(page.locator(".question p")).to_have_text(
            "This file has 4 ticks: 1 new, 1 already here, 1 not on this site, 1 left out as unreadable. What is not on this site is kept, but not counted."
        )
        page.get_by_role("button", name="Add them").click()
        expect(page.locator(".sum")).to_have_text(
            "You have ticked 2 readings and 2 sessions in this browser."
        )
        page.goto(site)
        expect(page.locator(".your-progress label")).to_have_text(
            "1 of 34 readings and 2 of 16 sessions done"
        )
        assert faults == []


def test_a_file_finds_what_was_mended_since(site: str, tmp_path: Path):
    code = Resource.objects.get(url__contains="NVlabs/edm")
    post = Resource.objects.get(title="AssemblyAI blog post")
    with browser() as chromium, watched_page(chromium, site) as (page, faults):
        page.goto(site + WEEK_8)
        page.get_by_role("checkbox", name="Read: Official Codebase, github.com/NVlabs/edm").check()
        page.goto(f"{site}/sessions/1-ddpm-paper/")
        page.get_by_role("checkbox", name="Read: AssemblyAI blog post").check()
        page.goto(site + PROGRESS)
        expect(page.locator("ol a")).to_have_count(2)
        file = json.loads(save(page, tmp_path).read_text())
        assert faults == []
    was = code.url
    code.url = "https://github.com/someone-else/edm-mended"
    post.title, post.url = "An introduction", "https://post.example"
    code.save()
    post.save()
    # What has the address now is another thing.
    other = Resource.objects.create(title="Mirror", kind="code", url=was)
    with browser() as chromium, watched_page(chromium, site) as (page, faults):
        page.goto(site + PROGRESS)
        bring(page, as_file(file))
        expect(page.locator(".question p")).to_have_text("This file has 2 ticks: 2 new.")
        page.get_by_role("button", name="Add them").click()
        assert kept(page)["ticks"].keys() == {code.tick, post.tick}
        expect(page.locator("ol a")).to_have_text(
            ["An introduction", "Official Codebase, github.com/someone-else/edm-mended"]
        )
        again = json.loads(save(page, tmp_path).read_text())
        assert [tick["address"] for tick in again["ticks"]] == [code.url, post.url]
        # A site made anew has other keys; there what has an address now comes before what had it once.
        for tick in again["ticks"]:
            tick["key"] = f"r99{tick['key'][1:]}"
        moved_to = [{**tick, "key": f"r99{place}"} for place, tick in enumerate(file["ticks"])]
        bring(page, as_file(again | {"ticks": [*again["ticks"], *moved_to]}))
        expect(page.locator(".question p")).to_have_text("This file has 3 ticks: 1 new, 2 already here.")
        page.get_by_role("button", name="Add them").click()
        assert kept(page)["ticks"].keys() == {code.tick, post.tick, other.tick}
        assert faults == []


def test_a_file_says_how_much_of_it_cannot_be_read(small_site: str):
    paper = Paper.objects.get()
    broken = [None, {"key": "s1", "ticked": "never"}, {"key": "no key", "ticked": "2026-01-01"}]
    with browser() as chromium, watched_page(chromium, small_site) as (page, faults):
        page.goto(small_site + PROGRESS)
        bring(
            page, as_file(progress_file(small_site, [{"key": paper.tick, "ticked": "2026-01-01"}, *broken]))
        )
        expect(page.locator(".question p")).to_have_text(
            "This file has 4 ticks: 1 new, 3 left out as unreadable."
        )
        page.get_by_role("button", name="Cancel").click()
        bring(page, as_file(progress_file(small_site, broken)))
        expect(page.locator(".found")).to_have_text(
            "This file has 3 ticks: 3 left out as unreadable. Nothing was changed."
        )
        assert (kept(page), faults) == (None, [])


def test_a_question_is_answered_by_keys_and_the_focus_stays_where_one_is(small_site: str, tmp_path: Path):
    focused = "document.activeElement.className"
    with browser() as chromium, watched_page(chromium, small_site) as (page, faults):
        page.goto(small_site + PROGRESS)
        expect(page.locator(".sum")).to_contain_text("Nothing is ticked in this browser yet.")
        page.get_by_role("link", name="Open the course").click()
        page.get_by_role("checkbox").first.check()
        page.goto(small_site + PROGRESS)
        expect(page.locator(".sum")).to_have_text("You have ticked 1 reading in this browser.")
        expect(page.get_by_role("link", name="Open the course")).to_be_hidden()
        file = save(page, tmp_path)
        page.get_by_role("button", name="Delete all ticks").press("Enter")
        question = page.get_by_role("group", name="Question")
        expect(question).to_be_visible()
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        expect(question).to_be_hidden()
        assert (page.evaluate(focused), len(kept(page)["ticks"])) == ("plain forget", 1)
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator(".found")).to_have_text("All ticks were deleted from this browser.")
        # The button is gone with the ticks.
        assert (page.evaluate(focused), kept(page)) == ("found", None)
        bring(page, file)
        page.get_by_role("button", name="Cancel").press("Enter")
        assert (page.evaluate(focused), kept(page)) == ("plain bring", None)
        assert faults == []


def test_a_file_that_is_none_of_ours_changes_nothing_and_says_why(small_site: str, tmp_path: Path):
    ours = progress_file(small_site, [])
    large = tmp_path / "large.json"
    large.write_bytes(b"x" * 10_000_000)
    bad: dict[str, list[Any]] = {
        "This is not a progress file.": [
            as_file(b"\x89PNG\x00"),
            as_file(b"[" * 100_000),
            as_file(None),
            as_file([]),
            as_file({"version": 1, "ticks": {"p1": {"on": "2026-01-01"}}}),
            as_file(ours | {"ticks": {"p1": "2026-01-01"}}),
        ],
        "This file was saved by a newer version of this site": [as_file(ours | {"version": 2})],
        "This file is from another group: “<b>Owls</b>”. Nothing": [
            as_file(ours | {"group": "<b>Ow\u202els</b>", "site": "https://owls.example"})
        ],
        "This file is larger than 2 MB, or you would have more than 10,000 ticks with it.": [
            large,
            as_file(ours | {"ticks": [{"key": "s1", "ticked": "2026"}] * 10_001}),
        ],
        "There are no ticks in this file.": [
            as_file(ours),
            as_file(b'{"__proto__": {"format": 1}, ' + json.dumps(ours).encode()[1:]),
        ],
        "This file has 4 ticks: 4 left out as unreadable.": [
            as_file(ours | {"ticks": [None, 5, {"key": 7}, "x"]}),
        ],
        "This file has 3 ticks: 3 left out as unreadable.": [
            as_file(
                ours
                | {
                    "ticks": [
                        {"key": "__proto__", "ticked": "2026"},
                        {"key": "constructor", "ticked": "2026"},
                        # What becomes no text when it is asked to.
                        {"key": "s1", "ticked": {"toString": 1, "valueOf": 1}},
                    ]
                }
            ),
        ],
    }
    with browser() as chromium, watched_page(chromium, small_site) as (page, faults):
        page.goto(f"{small_site}/sessions/1-first/")
        page.get_by_role("checkbox").first.check()
        before = kept(page)
        page.goto(small_site + PROGRESS)
        found = page.locator(".found")
        for says, files in bad.items():
            for file in files:
                bring(page, file)
                expect(found).to_contain_text(says)
                expect(found).to_contain_text("Nothing was changed.")
                page.evaluate("document.querySelector('.found').textContent = ''")
        assert (kept(page), faults) == (before, [])


def test_as_many_ticks_as_a_file_may_have_come_in_once_each_and_leave_the_page_alive(small_site: str):
    ticks = [
        {"key": f"p{9_000_000 + number // 2}", "title": "t" * 90, "ticked": "2026-01-01"}
        for number in range(200, 10_200)
    ]
    file = progress_file(small_site, ticks)
    with browser() as chromium, watched_page(chromium, small_site) as (page, faults):
        page.goto(small_site + PROGRESS)
        bring(page, as_file(file))
        expect(page.locator(".question p")).to_contain_text("5000 ticks: 5000 not on this site.")
        page.locator(".yes").click()
        expect(page.locator(".found")).to_have_text("Your ticks were added.")
        bring(page, as_file(file))
        expect(page.locator(".found")).to_contain_text("5000 ticks: 5000 already here. Nothing was changed.")
        expect(page.locator("ol li")).to_have_count(5000)
        assert faults == []


def test_a_file_that_the_browser_cannot_keep_is_not_said_to_be_in(small_site: str):
    ticks = [{"key": "s900", "ticked": "2026-01-01", "title": "Elsewhere"}]
    file = progress_file(small_site, ticks)
    with browser() as chromium:
        for forbids in (FORBIDDEN, FULL):
            with watched_page(chromium, small_site) as (page, faults):
                page.add_init_script(forbids)
                page.goto(small_site + PROGRESS)
                bring(page, as_file(file))
                page.locator(".yes").click()
                expect(page.get_by_role("status").last).to_contain_text(
                    "This browser does not keep your progress"
                )
                expect(page.locator(".found")).to_have_text("")
                assert faults == []


def test_a_file_of_another_time_ticks_nothing_that_is_something_else_here(small_site: str):
    paper = Paper.objects.get()
    ticks = [
        {"key": paper.tick, "ticked": "2026-01-01", "title": "Another paper", "address": "/papers/another/"},
        {"key": "p900", "ticked": "2026-01-01", "title": "Gone", "address": "/papers/gone/"},
    ]
    with browser() as chromium, watched_page(chromium, small_site) as (page, faults):
        page.goto(small_site + PROGRESS)
        bring(page, as_file(progress_file(small_site, ticks)))
        expect(page.locator(".question p")).to_contain_text(
            "This file has 2 ticks: 1 not on this site, 1 left out, as this site has something else in their place."
        )
        page.locator(".yes").click()
        expect(page.locator(".found")).to_have_text("Your ticks were added.")
        assert (list(kept(page)["ticks"]), faults) == (["p900"], [])


def test_no_more_is_taken_in_than_can_be_taken_in_again(small_site: str):
    many = [{"key": f"p{9_000_000 + number}", "ticked": "2026-01-01"} for number in range(10_000)]
    with browser() as chromium, watched_page(chromium, small_site) as (page, faults):
        page.goto(small_site + PROGRESS)
        bring(page, as_file(progress_file(small_site, many)))
        page.locator(".yes").click()
        expect(page.locator(".found")).to_have_text("Your ticks were added.")
        bring(page, as_file(progress_file(small_site, [{"key": "p1234567", "ticked": "2026-01-01"}])))
        expect(page.locator(".found")).to_contain_text("you would have more than 10,000 ticks with it")
        assert (len(kept(page)["ticks"]), faults) == (10_000, [])


def test_the_first_tick_leaves_its_box_where_it_is(site: str):
    options = {"viewport": {"width": 390, "height": 800}}
    with browser() as chromium, watched_page(chromium, site, **options) as (page, faults):
        page.goto(site + COURSE)
        box = page.get_by_role("checkbox").first
        before = box.evaluate("box => box.getBoundingClientRect().top")
        box.check()
        expect(page.locator(".next-step")).to_be_visible()
        page.wait_for_load_state("networkidle")
        after = box.evaluate("box => box.getBoundingClientRect().top")
        assert page.evaluate("scrollY") > 100  # something came above it
        assert abs(after - before) < 1  # a page scrolls by whole pixels
        assert faults == []


def test_a_file_leads_nowhere_but_to_pages_here(small_site: str):
    away = (
        "https://evil.example/login", "//evil.example/x", "/\\evil.example/x", "/\t/evil.example/x",
        "javascript:alert(1)", {"toString": 1},
    )  # fmt: skip
    ticks = [
        {"key": f"s{900 + place}", "ticked": "2026-01-01", "title": "Log in again", "address": address}
        for place, address in enumerate([*away, "/sessions/gone/"])
    ]
    ours = progress_file(small_site, ticks)
    with browser() as chromium, watched_page(chromium, small_site) as (page, faults):
        page.goto(small_site + PROGRESS)
        bring(page, as_file(ours))
        page.locator(".yes").click()
        lines = page.locator("ol .work")
        expect(lines).to_have_count(7)
        links = lines.evaluate_all("all => all.map(each => each.getAttribute('href')).filter(Boolean)")
        assert (links, faults) == (["/sessions/gone/"], [])


# --- How it looks -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [320, 768, 1440])
def test_every_page_with_ticks_is_accessible_fits_and_stays_where_it_is(small_site: str, width: int):
    site, viewport = small_site, {"width": width, "height": 900}
    with browser() as chromium, watched_page(chromium, site, viewport=viewport) as (page, faults):
        page.add_init_script(SHIFTS)
        page.goto(site + COURSE)
        for number in (0, 2):
            page.get_by_role("checkbox").nth(number).check()
        wrong: dict[str, Any] = {}
        for path in ("/", ARCHIVE, COURSE, "/sessions/1-first/", "/papers/squares/", PROGRESS):
            page.goto(site + path)
            page.wait_for_load_state("networkidle")
            shift = page.evaluate("window.shifts ?? 0")
            small = page.get_by_role("checkbox").evaluate_all(
                "boxes => boxes.filter(box => Math.min(box.offsetWidth, box.offsetHeight) < 24).length"
            )
            if path == PROGRESS:
                page.get_by_role("button", name="Delete all ticks").click()
            if found := wrong_with(page, faults):
                wrong[f"{path} light"] = found
            # In the dark nothing but the colours is different.
            page.emulate_media(color_scheme="dark")
            if colours := violations(page, "color-contrast"):
                wrong[f"{path} dark"] = colours
            page.emulate_media(color_scheme="light")
            if shift or small:
                wrong[path] = (shift, small)
        assert wrong == {}
