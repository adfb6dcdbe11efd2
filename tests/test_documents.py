"""Every document survives YAML, JSON and the database unchanged."""

import string
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from papers.titles import title_key
from readinggroup.interchange.document import (
    BacklogPart,
    GroupDocument,
    GroupPart,
    MaterialPart,
    PaperPart,
    PersonPart,
    ReadingPart,
    ResourcePart,
    SessionPart,
)
from readinggroup.interchange.dump import dump
from readinggroup.interchange.errors import UnreadableError
from readinggroup.interchange.fields import CONTROL
from readinggroup.interchange.load import load
from readinggroup.interchange.serial import read_json, read_yaml, schema_text, write_json, write_yaml
from sessions.models import Session
from sessions.models.people import name_key
from tests.readmes import BASE_DIR

# A failing document is large but clear; making it smaller takes minutes of database work.
QUICK = [Phase.explicit, Phase.reuse, Phase.generate]
LETTERS = st.characters(
    exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\ufeff\ufffe\uffff\x85"
)
TRICKY = st.sampled_from(
    [
        "yes",
        "08",
        "-09",
        "0x1",
        "1_000",
        "0o7",
        "null",
        "~",
        "1",
        "1.5",
        "2020-01-01",
        "- a",
        "# b",
        "a: b",
        "'",
        '"',
        "*x",
        "&x",
        "%",
        "@",
        "`",
        "|",
        "é",
        "I$^2$SB",
    ]
)


def lines(least: int = 0, most: int = 40) -> st.SearchStrategy[str]:
    text = (
        st.text(LETTERS, min_size=least, max_size=most).map(str.strip).filter(lambda text: len(text) >= least)
    )
    return text if least > 1 else text | TRICKY


def names() -> st.SearchStrategy[str]:
    return lines(1, 20).filter(lambda name: bool(name_key(name)))


def titles() -> st.SearchStrategy[str]:
    return lines(1).filter(lambda title: bool(title_key(title)))


def prose() -> st.SearchStrategy[str]:
    return st.lists(lines(), max_size=4).map("\n".join).map(str.strip)


SLUGS = st.text(string.ascii_lowercase + string.digits + "-", min_size=1, max_size=12).map(
    lambda slug: f"a{slug}"
)
PATHS = st.text(string.ascii_letters + string.digits + "/-_%.~?&=#", max_size=20)
URLS = PATHS.map(lambda path: f"https://example.org/{path}")
ALIASES = ["arXiv:2002.00001", "arXiv:hep-th/9901001", "doi:10.1000/former", "https://former.example/a"]
TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001 (the zone is added)
    lambda moment: moment.replace(microsecond=0, tzinfo=timezone(timedelta(hours=5, minutes=30)))
)
DURATIONS = st.integers(1, 6000).map(lambda minutes: timedelta(minutes=minutes))


@st.composite
def documents(draw: st.DrawFn) -> GroupDocument:
    """Any document that holds together, with as much as the strategies care to put in."""
    people = draw(st.lists(names(), max_size=4, unique_by=name_key))
    some_people = st.lists(st.sampled_from(people), max_size=2) if people else st.just([])
    ids = draw(
        st.lists(st.integers(1, 9999).map(lambda number: f"2001.{number:05d}"), max_size=3, unique=True)
    )
    words = draw(st.lists(titles(), min_size=len(ids), max_size=len(ids) + 3, unique_by=title_key))
    urls = draw(st.lists(URLS, max_size=6, unique=True))
    paper_urls, resource_urls = urls[:2], urls[2:]
    slugs = draw(st.lists(SLUGS, min_size=20, max_size=20, unique=True))
    papers = [
        PaperPart(
            title=title,
            arxiv_id=ids[index] if index < len(ids) else "",
            url=paper_urls[index] if index < len(paper_urls) else "",
            doi=f"10.1000/{index}" if draw(st.booleans()) else "",
            authors=draw(st.lists(names(), max_size=2)),
            abstract=draw(prose()),
            published_on=draw(st.none() | st.dates(date(1900, 1, 1), date(2100, 1, 1))),
            titles=draw(st.lists(lines(), max_size=2)),
            aliases=draw(st.lists(st.sampled_from(ALIASES), max_size=2)),
            slug=slugs[index],
            former_slugs=draw(st.lists(SLUGS, max_size=1)),
        )
        for index, title in enumerate(words)
    ]
    refs = [paper.ref for paper in papers]
    resources = [
        ResourcePart(
            title=draw(titles()),
            url=url,
            kind=draw(st.sampled_from(["article", "code", "notebook", "talk", "other"])),
            papers=draw(st.lists(st.sampled_from(refs), max_size=2)) if refs else [],
        )
        for url in resource_urls
    ]
    numbers = draw(st.lists(st.integers(0, 50), min_size=1, max_size=4, unique=True).map(sorted))

    def reading(session: int) -> st.SearchStrategy[ReadingPart]:
        targets: list[st.SearchStrategy[dict[str, object]]] = [lines(1).map(lambda label: {"label": label})]
        if refs:
            targets.append(st.sampled_from(refs).map(lambda ref: {"paper": ref}))
        if resource_urls:
            targets.append(st.sampled_from(resource_urls).map(lambda url: {"resource": url}))
        if session:  # earlier sessions only, so that there is never a circle
            earlier = st.sampled_from(numbers[:session])
            targets.append(earlier.map(lambda number: {"same_as": number * 2, "label": f"Same as {number}"}))
        extra = st.fixed_dictionaries(
            {"indent": st.sampled_from([0, 1]), "presenters": some_people, "note": lines()}
        )
        return st.tuples(st.one_of(targets), extra).map(lambda both: ReadingPart(**both[0], **both[1]))

    said = {
        "label": lines(),
        "href": URLS | st.sampled_from(["a.pdf", "%231%20b.pdf", "../c"]),
        "presenters": some_people,
    }
    chapters = st.sampled_from(["", "0:00 Welcome\n1:02:03 - Why: “it” & more"])
    recordings = st.builds(MaterialPart, kind=st.just("recording"), chapters=chapters, **said)
    kinds = st.sampled_from(["slides", "notebook", "other"])
    materials = recordings | st.builds(MaterialPart, kind=kinds, **said)
    sessions = []
    for index, number in enumerate(numbers):
        starts_at = draw(st.none() | TIMES)
        sessions.append(
            SessionPart(
                number=number * 2,
                last_number=number * 2 + 1 if draw(st.booleans()) else None,
                title=draw(titles()),
                state=draw(st.sampled_from(["draft", "published", "cancelled"])),
                starts_at=starts_at,
                duration=draw(st.none() | DURATIONS),
                date_to_come=starts_at is None and draw(st.booleans()),
                nothing_more=draw(st.booleans()),
                summary=draw(prose()),
                presenters=draw(some_people),
                join_url=draw(st.just("") | URLS),
                readings=draw(st.lists(reading(index), max_size=4)),
                materials=draw(
                    st.lists(
                        materials,
                        max_size=3,
                        unique_by=lambda part: (part.kind == "recording" and part.href) or id(part),
                    )
                ),
                slug=slugs[10 + 2 * index],
                former_slugs=[slugs[11 + 2 * index]] if draw(st.booleans()) else [],
            )
        )
    return GroupDocument(
        group=GroupPart(
            name=draw(names()),
            introduction=draw(prose()),
            chat_url=draw(st.just("") | URLS),
            time_zone=draw(st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata"])),
            usual_duration=draw(DURATIONS),
            session_word=draw(lines(1, 10)),
            activity=draw(st.sampled_from(["running", "paused", "ended"])),
            accent=draw(st.sampled_from(["#8c2f1b", "#00ff7f"])),
        ),
        sessions=sessions,
        papers=papers,
        resources=resources,
        people=[
            PersonPart(
                name=name,
                url=draw(st.just("") | URLS),
                other_names=draw(st.lists(names(), max_size=1)),
                slug=f"person-{index}",
            )
            for index, name in enumerate(people)
        ],
        backlog=[
            BacklogPart(
                paper=ref,
                label=draw(lines()),
                override=draw(st.sampled_from([None, "covered", "to_cover", "dropped"])),
            )
            for ref in draw(st.lists(st.sampled_from(refs), unique=True, max_size=4) if refs else st.just([]))
        ],
    )


@given(documents())
@settings(max_examples=60, deadline=None)
def test_yaml_says_all_of_it(document: GroupDocument) -> None:
    assert read_yaml(write_yaml(document)) == document


@given(documents())
@settings(max_examples=60, deadline=None)
def test_json_says_all_of_it(document: GroupDocument) -> None:
    assert read_json(write_json(document)) == document


@contextmanager
def empty_database() -> Iterator[None]:
    """A database without a group, and without what the block puts in when it is over."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.django_db
@given(documents())
@settings(
    max_examples=40, deadline=None, phases=QUICK, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_database_holds_all_of_it(document: GroupDocument) -> None:
    with empty_database():
        load(document, file_name="group.yaml")
        held = dump()
        assert held == document
        report = load(read_yaml(write_yaml(held)), file_name="group.yaml")
        assert (report.created, report.updated, report.removed) == (0, 0, 0)
    with empty_database():
        load(read_json(write_json(held)), file_name="group.json")
        assert dump() == held


@pytest.mark.django_db
@given(documents(), documents(), st.booleans())
@settings(
    max_examples=40, deadline=None, phases=QUICK, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_file_after_any_other_keeps_what_organizers_did(
    first: GroupDocument, second: GroupDocument, prune: bool
) -> None:
    with empty_database():
        load(first, file_name="group.yaml")
        edited = Session.objects.first()
        assert edited
        edited.summary = "Written by an organizer."
        edited.save()
        load(second, file_name="group.yaml", prune=prune)
        assert Session.objects.get(pk=edited.pk).summary == "Written by an organizer."
        if prune:
            # What was removed may have held an address that something else in the file is still to have.
            load(second, file_name="group.yaml")
        held = dump()
        again = load(second, file_name="group.yaml")
        assert (again.created, again.updated, dump()) == (0, 0, held)
        assert read_yaml(write_yaml(held)) == held


def test_times_keep_their_moment() -> None:
    document = read_yaml("sessions: [{number: 1, title: A, starts_at: 2026-03-29 02:30:00+01:00}]")
    assert document.sessions[0].starts_at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_yaml_words_stay_words() -> None:
    document = read_yaml("sessions: [{number: 1, title: no, summary: 2020-01-01, presenters: [on, off]}]")
    session = document.sessions[0]
    assert (session.title, session.summary, session.presenters) == ("no", "2020-01-01", ["off", "on"])


def test_the_schema_in_the_documents_is_true() -> None:
    """`make schema` writes it."""
    assert (BASE_DIR / "docs" / "document.schema.json").read_text() == schema_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "f:2: is not YAML: did not find expected node content"),
        (
            "sessions:\n- number: 1\n  title: x\n  foo: 3\n",
            "f:4: sessions[0].foo: is not a known field",
        ),
        (
            "sessions:\n- number: one\n  title: x",
            "f:2: sessions[0].number: has to be a whole number",
        ),
        ("sessions:\n- number: 1", "f:2: sessions[0].title: is missing"),
        ("- 1", "f: holds no group: the outermost thing has to be a mapping with “group” and “sessions”"),
        ("sessions: &x []\nb: *x", "f:2: has an alias (*name); write the value out in each place"),
        ("[" * 100_000, "f:1: is nested too deep to be a group"),
        ("sessions: []", "f: holds no session"),
        ("a: 1\na: 2", "f:2: has the field “a” twice in one place"),
        ("? [a]\n: b", "f:1: has a field whose name is no word"),
        ("a: 1\n---\nb: 2", "f: holds several documents; give one"),
        (
            "group:\n  chat_url: 'javascript:x'\nsessions: [{number: 1, title: a}]",
            "f:2: group.chat_url: is not an address that starts with http:// or https://",
        ),
        *(
            (
                f"group:\n  time_zone: {zone}\nsessions: [{{number: 1, title: a}}]",
                "f:2: group.time_zone: is not an IANA time zone such as Europe/Berlin",
            )
            for zone in ("Berlin", "localtime", "Factory")
        ),
        (
            'sessions: [{number: 1, title: "a\\u0001b"}]',
            "f:1: sessions[0].title: holds the control character U+0001; remove it",
        ),
        (
            "sessions: [{number: 1, title: a, starts_at: 2026-01-01}]",
            "f:1: sessions[0].starts_at: has to say its offset from UTC, such as 2026-01-31T18:00:00+01:00",
        ),
        (
            f"sessions:\n- number: 1\n  title: a\n  readings: [{'x, ' * 200}x]",
            "f:4: sessions[0].readings: has 201 readings; a session can have 200, so spread them over several",
        ),
        (
            f"sessions:\n- number: 1\n  title: a\n  materials: [{'x, ' * 100}x]",
            "f:4: sessions[0].materials: has 101 materials; a session can have 100, so spread them over several",
        ),
        (
            f"sessions: [{{number: 1, title: a}}]\npapers:\n- title: B\n  abstract: {'x' * 20_001}",
            "f:4: papers[0].abstract: has 20,001 characters, and can have 20,000",
        ),
        (
            f"sessions: [{{number: 1, title: a}}]\npapers:\n- title: B\n  authors: [{'x' * 9999}, {'y' * 9999}, z]",
            "f:4: papers[0].authors: has 20,001 characters, and can have 20,000",
        ),
        (
            f"sessions:\n- number: 1\n  title: a\n  summary: {'x' * 20_001}",
            "f:4: sessions[0].summary: has 20,001 characters, and can have 20,000",
        ),
        (
            "sessions:\n- {number: 1, title: a}\n- {number: 1, title: b}",
            "f: sessions: number 1 stands for both “a” and “b”; give each its own",
        ),
        (
            "sessions:\n- {number: 1, title: a, readings: [{same_as: 2}]}",
            "f: sessions: 1 is the same as 2, which is not here",
        ),
        (
            "sessions:\n- number: 1\n  title: a\n  materials: [{kind: recording, href: x}, {kind: recording, href: x}]",
            "f:2: sessions[0]: has the recording x twice",
        ),
        (
            "sessions:\n- {number: 1, title: a, readings: [{paper: B}]}",
            "f: sessions: 1: there is no paper “B” among the papers; add it there",
        ),
        (
            "sessions:\n- {number: 1, title: a, materials: [{file: ../../etc/passwd}]}",
            "f:2: sessions[0].materials[0].file: has to name a file below materials/",
        ),
        (
            "sessions:\n- number: 1\n  title: a\n  materials:\n  - kind: recording\n    href: x\n    chapters: soon",
            "f:7: sessions[0].materials[0].chapters: Line 1, “soon”: Write a time and a title, such as “12:34 The loss”.",
        ),
        (
            "sessions:\n- number: 1\n  title: a\n  materials:\n  - {href: x, chapters: 0:00 Go}",
            "f:5: sessions[0].materials[0]: chapters: only a recording has them",
        ),
    ],
)
def test_bad_yaml_is_refused_with_line_and_field(text: str, said: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read_yaml(text)
    assert caught.value.in_file("f") == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "f:1: is not JSON: Expecting property name enclosed in double quotes"),
        ("[" * 100_000, "f: is nested too deep to be a group"),
        ('{"a": 1, "a": 2}', "f: has the field “a” twice in one place"),
        ("3", "f: holds no group: the outermost thing has to be a mapping with “group” and “sessions”"),
        (f'{{"a": {"9" * 5000}}}', "f: has a number that is far too large"),
        ('{"sessions": [{"number": 1}]}', "f: sessions[0].title: is missing"),
        (
            '{"sessions": [{"number": 1, "title": "\\ud800"}]}',
            "f: sessions[0].title: has to be text",
        ),
    ],
)
def test_bad_json_is_refused_with_line_or_field(text: str, said: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read_json(text)
    assert caught.value.in_file("f") == said


def test_what_stands_in_texts_is_no_value() -> None:
    texts = [[",[{" * 6_000, '",\\"[' * 1_000][number % 2] for number in range(40)]
    sessions = [
        SessionPart(number=number, title="a", summary=text, slug="") for number, text in enumerate(texts)
    ]
    document = GroupDocument(sessions=sessions)
    assert read_json(write_json(document)) == document


def test_no_text_of_a_document_holds_what_the_database_refuses() -> None:
    assert [bool(CONTROL.search(text)) for text in ("\x00", "\ud800", "a\tb\nc é")] == [True, True, False]
