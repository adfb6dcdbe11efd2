"""What can be ticked, under which keys, and what the site tells a browser about it."""

import json
import re
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from papers.models import Paper, Resource
from readinggroup.models import Import
from sessions.apart import find, take_apart
from sessions.merging import merge_papers, newest_record
from sessions.models import BacklogEntry, Group, Reading, Session
from sessions.models.outline import ReadingQuerySet
from sessions.syllabus import Step, Syllabus, moved, syllabus, tickable
from sessions.ticks import line_tick
from tests.factories import in_days, make_group, make_paper, make_session, move_in, read

pytestmark = pytest.mark.django_db


def keys_of(session: Session) -> tuple[str, ...]:
    return {step.session: step.readings for step in syllabus(timezone.now()).steps}[session]


# --- Keys ---------------------------------------------------------------------------------------------------


def test_a_line_of_words_is_known_by_what_it_says_in_its_session():
    key = line_tick(12, None, None, None, "All prior  readings.")
    assert key == line_tick(12, None, None, None, "all prior readings")
    assert key is not None
    assert key.startswith("w12-")
    assert len(key) == len("w12-") + 8
    assert key != line_tick(13, None, None, None, "All prior readings")
    assert key != line_tick(12, None, None, None, "All readings")


@pytest.mark.parametrize("words", ["To be announced", "TBA", "tbd.", "…", ""])
def test_what_is_to_be_announced_cannot_be_ticked(words: str):
    assert line_tick(12, None, None, None, words) is None


def test_what_points_somewhere_is_known_by_where_it_points():
    assert line_tick(12, 3, None, None, "In other words") == "p3"
    assert line_tick(12, None, 4, None, "") == "r4"
    assert line_tick(12, None, None, 5, "Same as Week 5") is None


def test_lines_of_words_keep_their_keys_when_the_readme_is_imported_anew():
    move_in()
    words = Reading.objects.filter(paper=None, resource=None, same_as=None)
    before = {line.tick: line.pk for line in words}
    words.delete()
    Import.objects.all().delete()  # so that the file brings back what is missing
    move_in()
    after = {line.tick: line.pk for line in words.all()}
    assert len(before) == 1
    assert before.keys() == after.keys()
    assert before != after


# --- The course ---------------------------------------------------------------------------------------------


def test_a_session_has_each_thing_once_and_what_another_session_lists_for_it():
    make_group()
    first, second, third = make_session(1), make_session(2), make_session(3)
    paper = make_paper("A")
    resource = Resource.objects.create(title="Code", url="https://code.example/")
    read(first, paper)
    read(first, resource=resource, indent=1)
    read(first, paper, label="A again")
    read(first, label="To be announced")
    read(second, same_as=first)
    read(second, label="Words")
    read(third, same_as=second)
    words = f"w{second.pk}-{line_tick(second.pk, None, None, None, 'Words')[-8:]}"  # type: ignore[index]
    assert keys_of(first) == (f"p{paper.pk}", f"r{resource.pk}")
    assert keys_of(second) == (f"p{paper.pk}", f"r{resource.pk}", words)
    assert keys_of(third) == (words,)  # as its page shows it: “same as” is resolved once
    assert syllabus(timezone.now()).readings == 3


def test_the_course_has_what_was_held_in_order(client: Client):
    make_group(session_word="Meeting")
    late, early = make_session(2, r"Schr\"odinger"), make_session(1, "One")
    make_session(3, starts_at=in_days(1))
    make_session(4, state="draft")
    make_session(5, state="cancelled")
    answer = client.get("/syllabus.json")
    assert json.loads(answer.content) == {
        "format": "reading-group-syllabus",
        "version": 1,
        "sessions": [
            {
                "key": f"s{early.pk}",
                "name": "Meeting 1: One",
                "address": "/sessions/1-one/",
                "place": f"/archive/course/#s{early.pk}",
                "readings": [],
            },
            {
                "key": f"s{late.pk}",
                "name": "Meeting 2: Schrödinger",
                "address": "/sessions/2-schrodinger/",
                "place": f"/archive/course/#s{late.pk}",
                "readings": [],
            },
        ],
        "moved": {},
    }


@pytest.mark.parametrize("url", ["/syllabus.json", "/progress/tickable.json"])
def test_the_data_is_kept_by_caches_and_compared_by_etag(client: Client, url: str):
    answer = client.get(url)
    assert (answer.headers["Cache-Control"], "Vary" in answer.headers, answer.cookies) == (
        "public, no-cache",
        False,
        {},
    )
    again = client.get(url, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.post(url).status_code == 405


def test_what_can_be_ticked_has_every_address_that_leads_there():
    group = make_group()
    session = make_session(1, "Old")
    session.slug = "1-new"
    session.save()
    paper = make_paper("Old paper")
    paper.slug = "new-paper"
    paper.save()
    resource = Resource.objects.create(title="Post", url="https://old.example/?key=secret")
    for resource.url in ("https://older.example/\U0001f989", "https://post.example/"):
        resource.save()
    resource.title = "The post"
    resource.save()
    read(session, paper)
    read(session, resource=resource)
    words = read(session, label="Words")
    draft = make_session(9, "Secret", state="draft")
    read(draft, make_paper("Secret paper"))
    read(draft, label="Secret words")
    read(draft, resource=Resource.objects.create(title="Secret code", url="https://secret.example/"))
    make_session(10, "To come", starts_at=in_days(1))
    end = str(words.tick).rpartition("-")[2]
    assert tickable(timezone.now(), group) == [
        [f"s{session.pk}", "Week 1: Old", "/sessions/1-new/", "/sessions/1-old/"],
        [f"p{paper.pk}", "Old paper", "/papers/new-paper/", "/papers/old-paper/"],
        # Fingerprints: an address may have been mended because nobody was to see it.
        [f"r{resource.pk}", "The post", "https://post.example/", 3359017042, 3986010907],
        [words.tick, "Words", f"/sessions/1-new/#{end}", f"/sessions/1-old/#{end}"],
    ]


def test_what_is_published_while_the_file_is_made_is_in_the_next_one(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
):
    group = make_group()
    session, paper = make_session(1), make_paper("DDPM")
    read(session, paper)
    words = read(session, label="Words")
    draft = make_session(2, state="draft")
    read(draft, label="Words of a draft")
    as_listed = ReadingQuerySet.as_listed

    def published_meanwhile(lines: ReadingQuerySet) -> Any:
        Session.objects.filter(pk=draft.pk).update(state="published")
        return as_listed(lines)

    with django_assert_num_queries(7):
        before = tickable(timezone.now(), group)
    monkeypatch.setattr(ReadingQuerySet, "as_listed", published_meanwhile)
    assert tickable(timezone.now(), group) == before
    assert [line[0] for line in before] == [session.tick, paper.tick, words.tick]


# --- What has become one ------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_merged_paper_is_known_to_have_become_the_other_until_they_are_taken_apart():
    keep, lose, last = make_paper("A"), make_paper("B"), make_paper("C")
    gone = lose.pk
    assert moved() == {}
    merge_papers(keep, lose)
    assert moved() == {f"p{gone}": f"p{keep.pk}"}
    kept = keep.pk
    merge_papers(last, Paper.objects.get(pk=kept))
    assert moved() == {f"p{gone}": f"p{last.pk}", f"p{kept}": f"p{last.pk}"}
    done = find(Paper, last.pk, newest_record(last) or 0)
    assert done
    take_apart(done, user=None, seen=done.seen)
    assert moved() == {f"p{gone}": f"p{kept}"}


def test_a_resource_that_became_a_paper_is_ticked_as_that():
    resource = Resource.objects.create(title="Post", url="https://post.example/")
    gone = resource.pk
    resource.delete()
    paper = make_paper("Post", url="https://post.example/")
    assert moved() == {f"r{gone}": f"p{paper.pk}"}


# --- Pages --------------------------------------------------------------------------------------------------


def test_the_two_ways_to_read_the_archive_lead_to_each_other(client: Client):
    make_group()
    make_session(1)
    newest, course = (client.get(url).content.decode() for url in ("/archive/", "/archive/course/"))
    assert '<li><a href="/archive/" aria-current="page">Newest first</a></li>' in newest
    assert '<li><a href="/archive/course/">As a course</a></li>' in newest
    assert '<li><a href="/archive/">Newest first</a></li>' in course
    assert '<li><a href="/archive/course/" aria-current="page">As a course</a></li>' in course
    assert '<link rel="canonical" href="http://testserver/archive/course/">' in course


@pytest.mark.parametrize(
    ("fields", "has_next", "is_listed", "said"),
    [
        ({}, True, True, "That is every session so far. What comes next is on the schedule."),
        ({}, False, True, "That is every session so far. Go on with the papers still to cover, or see what was read again on the map."),
        ({"activity": "ended"}, False, False, "That is every session: the group has ended. See what was read again on the map."),
        (
            {"activity": "ended", "playlist_url": "https://youtu.be/"}, False, True,
            "That is every session: the group has ended. Go on with the papers still to cover, or see what was read again on the map, or watch all recordings.",
        ),
    ],
)  # fmt: skip
def test_the_end_of_the_course_promises_what_there_is(
    client: Client, fields: dict[str, str], has_next: bool, is_listed: bool, said: str
):
    make_group(**fields)
    make_session(1)
    make_session(2, starts_at=in_days(1), state="published" if has_next else "cancelled")
    if is_listed:
        BacklogEntry.objects.create(paper=make_paper("Unread"))
    html = client.get("/archive/course/").content.decode()
    [end] = re.findall(r"<p>(That is every session.*?)</p>", html)
    assert re.sub("<[^>]*>", "", end) == said


def test_the_course_goes_on_from_page_to_page(client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("papers.keyset.PAGE_SIZE", 2)
    make_group()
    for number in (1, 2, 3):
        make_session(number)
    first, second = (client.get(f"/archive/course/{query}").content.decode() for query in ("", "?after=2"))
    assert "3 sessions in order." in first
    assert '<a rel="next" href="?after=2">Next</a>' in first
    assert "That is every session so far" not in first
    assert "Sessions in order, from Week 3 on." in second
    assert '<a rel="prev" href="?before=3">' in second
    assert "That is every session so far" in second
    assert "<title>Course, from Week 3 ·" in second
    assert client.get("/archive/course/?after=3").status_code == 404


@pytest.mark.parametrize(
    "url", ["/archive/course/", "/progress/", "/syllabus.json", "/progress/tickable.json"]
)
def test_a_site_where_nobody_moved_in_has_these_pages_too(client: Client, url: str):
    assert client.get(url).status_code == 200


def test_the_first_groups_course_says_how_long_it_is(client: Client):
    move_in()
    html = client.get("/archive/course/").content.decode()
    course = syllabus(timezone.now())
    assert (len(course.steps), course.readings) == (16, 34)
    assert "16 sessions in order, 34 readings." in html


# --- Places and jumps ---------------------------------------------------------------------------------------


def course_of(*starts: str | None, word: str = "Week") -> tuple[Syllabus, Group]:
    """A course that is nowhere kept, of sessions on these days."""
    days = [start and datetime.fromisoformat(f"{start}T12:00Z") for start in starts]
    sessions = [
        Session(pk=100 + number, number=number, slug=f"{number}-x", starts_at=day)
        for number, day in enumerate(days, 1)
    ]
    return Syllabus([Step(session, ()) for session in sessions]), Group(session_word=word)


def test_a_step_is_found_on_the_page_of_the_course_that_has_it(
    monkeypatch: pytest.MonkeyPatch, client: Client
):
    monkeypatch.setattr("papers.keyset.PAGE_SIZE", 2)
    course, _ = course_of(None, None, None, None, None)
    assert course.places == [
        "/archive/course/#s101",
        "/archive/course/#s102",
        "/archive/course/?after=2#s103",
        "/archive/course/?after=2#s104",
        "/archive/course/?after=4#s105",
    ]
    make_group()
    made = [make_session(number) for number in (1, 2, 5, 9, 30)]
    for session, place in zip(made, syllabus(timezone.now()).places, strict=True):
        assert f'id="{session.tick}"' in client.get(place.partition("#")[0]).content.decode()


def test_a_long_course_has_its_years_to_jump_to():
    days = [f"{2020 + number // 8}-0{1 + number % 8}-01" for number in range(24)]
    course, group = course_of(*days)
    assert course.jumps(group) == [
        ("2020", "/archive/course/#s101"),
        ("2021", "/archive/course/#s109"),
        ("2022", "/archive/course/#s117"),
    ]
    # A session that was put off is not the beginning of a year gone by.
    course, group = course_of(*days[:20], "2020-12-01", *days[20:])
    assert [words for words, _ in course.jumps(group)] == ["2020", "2021", "2022"]


@pytest.mark.parametrize(
    "days", [[None] * 24, ["2020-01-01"] * 24, [None] + ["2020-01-01"] * 11 + ["2021-01-01"] * 12]
)
def test_a_long_course_without_years_has_every_tenth_session_to_jump_to(days: list[str | None]):
    course, group = course_of(*days, word="Meeting")
    assert [words for words, _ in course.jumps(group)] == ["Meeting 1", "Meeting 11", "Meeting 21"]


def test_a_short_course_needs_no_jumps():
    course, group = course_of(*["2020-01-01"] * 10, *["2021-01-01"] * 10)
    assert course.jumps(group) == []


def test_jumps_are_on_every_page_of_the_course(client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("papers.keyset.PAGE_SIZE", 15)
    make_group()
    made = [make_session(number) for number in range(1, 23)]
    jumps = [
        ("/archive/course/#" + made[0].tick, "Week 1"),
        ("/archive/course/#" + made[10].tick, "Week 11"),
        ("/archive/course/?after=15#" + made[20].tick, "Week 21"),
    ]
    for url in ("/archive/course/", "/archive/course/?after=15"):
        html = client.get(url).content.decode()
        [nav] = re.findall(r'<nav class="jumps".*?</nav>', html, re.DOTALL)
        assert re.findall(r'href="([^"]+)">([^<]+)<', nav) == jumps
