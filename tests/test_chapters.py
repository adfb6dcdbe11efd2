"""Chapters of recordings, from the form to the file and back: what people wrote stays, what is none is refused."""

import pytest
from django.test import Client

from readinggroup.interchange.dump import dump
from readinggroup.interchange.load import load
from readinggroup.interchange.markdown.reader import read_markdown
from readinggroup.interchange.markdown.writer import left_out, write_markdown
from readinggroup.interchange.serial import read_yaml, write_yaml
from sessions.history import moments, revert
from sessions.models import Material, Session
from tests.factories import leave, make_organizer, make_session
from tests.test_admin import errors, session_form, url

README = (
    "# The group\n\n## Week 1: First\n* Readings:\n  * Words\n* [Recording](https://youtu.be/B5gfJF8mOPo)\n"
)
CHAPTERS = "0:00 Welcome\n12:34 The loss"


@pytest.fixture
def recording(db: None) -> Material:
    load(read_markdown(README), file_name="README.md")
    recording = Material.objects.get()
    recording.chapters = CHAPTERS
    recording.save()
    return recording


def test_the_same_readme_again_leaves_chapters_alone(recording: Material):
    report = load(read_markdown(README), file_name="README.md")
    recording.refresh_from_db()
    assert (str(report.updated), recording.chapters) == ("0", CHAPTERS)


def test_a_readme_says_that_it_has_no_words_for_chapters(recording: Material):
    assert "chapters of recordings" in left_out(dump())
    assert "Welcome" not in write_markdown(dump())


def test_a_file_brings_chapters_and_another_changes_them(recording: Material):
    written = write_yaml(dump())
    load(read_yaml(written), file_name="group.yaml")
    changed = written.replace("12:34 The loss", "12:35 The loss")
    assert changed != written
    report = load(read_yaml(changed), file_name="group.yaml")
    recording.refresh_from_db()
    assert (report.updated, recording.chapters) == (1, "0:00 Welcome\n12:35 The loss")


@pytest.fixture
def client(db: None) -> Client:
    client = Client()
    client.force_login(make_organizer())
    return client


def saved(client: Client, session: Session, **line: str):
    given = {"kind": "recording", "href": "https://youtu.be/B5gfJF8mOPo"} | line
    return client.post(url(Session, "change", session.pk), session_form(session, materials=[given]))


def test_an_organizer_writes_chapters(client: Client):
    session = make_session(1)
    assert saved(client, session, chapters="0:00 Welcome\r\n\r\n12:34 The loss\r\n").status_code == 302
    [chapter, loss] = session.materials.get().chapter_list
    assert (chapter.title, loss.clock) == ("Welcome", "12:34")
    form = client.get(url(Session, "change", session.pk)).content.decode()
    assert "0:00 Welcome" in form
    assert '<details class="line-more" open>' in form


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            {"chapters": "0:00 a\nlater"},
            "Line 2, “later”: Write a time and a title, such as “12:34 The loss”.",
        ),
        (
            {"chapters": "9:00 a\n8:00 b"},
            "Line 2, “8:00 b”: it does not come after 9:00. Put the lines in order.",
        ),
        (
            {"kind": "slides", "chapters": "0:00 a"},
            "Only a recording has chapters: choose that kind, or leave them out.",
        ),
        (
            {"chapters": "0:00 a" * 2000},
            "Ensure this value has at most 10000 characters (it has 12000).",
        ),
    ],
)
def test_what_are_no_chapters_is_refused_at_its_field(client: Client, line: dict[str, str], said: str):
    session = make_session(1)
    found = errors(saved(client, session, **line))
    assert [words[0] for field, words in found.items() if field.endswith("chapters")] == [said]
    assert not session.materials.exists()


@pytest.mark.django_db(transaction=True)
def test_a_session_goes_back_to_the_chapters_it_had():
    session = make_session(1)
    recording = leave(session, "https://youtu.be/B5gfJF8mOPo", kind="recording", chapters=CHAPTERS)
    recording.chapters = ""
    recording.save()
    revert(session.pk, moments(session.pk)[1])
    recording.refresh_from_db()
    assert recording.chapters == CHAPTERS
