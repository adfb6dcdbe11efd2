"""Every named rule holds in the database itself, past all validation; what is just inside it is kept."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import psycopg
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from papers.models import ArxivRecord, LinkCheck, Paper, PaperAlias, PaperTitle, Resource, TwoPapers
from papers.models.findings import ArxivTurn
from readinggroup.models import Import, SearchEntry
from sessions.models import (
    BacklogEntry,
    Group,
    Material,
    Person,
    PersonName,
    Reading,
    Session,
    SessionSlug,
    TwoPeople,
)
from tests.factories import make_group, make_paper, make_session

LATEST = datetime(2200, 1, 1, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
LONGEST = timedelta(days=1000)


def session(number=50, **fields):
    Session.objects.bulk_create(
        [Session(**{"number": number, "title": "T", "slug": f"s-{number}", **fields})]
    )


def numbers(number, last=None):
    session(number, last_number=last)


def reading(**fields):
    home = Session.objects.get(number=1)
    Reading.objects.bulk_create([Reading(**{"session": home, **fields})])


def material(**fields):
    Material.objects.bulk_create([Material(session=Session.objects.get(number=1), **fields)])


def paper(**fields):
    Paper.objects.bulk_create([Paper(**{"title": "T", "slug": "t", **fields})])


def resource(**fields):
    Resource.objects.bulk_create([Resource(**{"title": "T", "url": "https://new.example/", **fields})])


def group(**fields):
    Group.objects.update(**fields)


def backlog(**fields):
    BacklogEntry.objects.bulk_create([BacklogEntry(**fields)])


def entry(**fields):
    SearchEntry.objects.bulk_create(
        [SearchEntry(kind=SearchEntry.Kind.SESSION, lines=[], heading_vector="", vector="", **fields)]
    )


def known(title):
    return Paper.objects.get(title=title)


def post():
    return Resource.objects.get(title="Post")


def number(value):
    return Session.objects.get(number=value)


def alias(kind, value):
    return PaperAlias.objects.create(paper=known("Known"), kind=kind, value=value)


def asked_arxiv(**fields):
    return ArxivRecord.objects.create(
        paper=known("Known"), arxiv_id="2006.11239", tried_at=timezone.now(), **fields
    )


def check(url, **fields):
    return LinkCheck.objects.create(url=url, checked_at=timezone.now(), **({"result": "alive"} | fields))


def papers_apart(*titles):
    TwoPapers.objects.bulk_create([TwoPapers(first=known(titles[0]), second=known(titles[1]))])


def people_apart(*names):
    first, second = (Person.objects.get(name=name) for name in names)
    TwoPeople.objects.bulk_create([TwoPeople(first=first, second=second)])


# rule: (what breaks it, what is just inside it)
def former(of, slug):
    return SessionSlug.objects.bulk_create([SessionSlug(session=of, slug=slug)])


RULES = {
    "a_thing_is_in_the_index_once": (
        lambda: entry(thing=Session.objects.get(number=1).pk),
        lambda: entry(thing=0),
    ),
    "there_is_one_group": (
        lambda: Group.objects.bulk_create([Group(pk=2)]),
        lambda: group(name="Other"),
    ),
    "a_usual_duration_is_positive": (
        lambda: group(usual_duration=timedelta()),
        lambda: group(usual_duration=INSTANT),
    ),
    "a_usual_duration_is_1000_days_at_most": (
        lambda: group(usual_duration=LONGEST + INSTANT),
        lambda: group(usual_duration=LONGEST),
    ),
    "a_group_runs_pauses_or_has_ended": (lambda: group(activity="over"), lambda: group(activity="ended")),
    "an_accent_is_a_colour": (lambda: group(accent="#8C2F1B"), lambda: group(accent="#000000")),
    "a_group_has_a_name": (lambda: group(name=""), lambda: group(name="x")),
    "session_numbers_never_overlap": (lambda: numbers(9, 10), lambda: numbers(8, 9)),
    "a_last_number_is_above_the_first": (lambda: numbers(50, 50), lambda: numbers(50, 51)),
    "session_numbers_are_small": (lambda: numbers(50, 100_000), lambda: numbers(50, 99_999)),
    "a_date_to_come_is_not_yet_a_date": (
        lambda: session(date_to_come=True, starts_at=LATEST),
        lambda: session(date_to_come=True),
    ),
    "a_session_is_draft_published_or_cancelled": (
        lambda: session(state="held"),
        lambda: session(state="cancelled"),
    ),
    "a_duration_is_positive": (lambda: session(duration=-INSTANT), lambda: session(duration=INSTANT)),
    "a_duration_is_1000_days_at_most": (
        lambda: session(duration=LONGEST + INSTANT),
        lambda: session(duration=LONGEST),
    ),
    "a_session_starts_between_1900_and_2200": (
        lambda: session(starts_at=LATEST + INSTANT),
        lambda: session(starts_at=LATEST),
    ),
    "a_session_has_a_title": (lambda: session(title=""), lambda: session(title="x")),
    "a_slug_is_not_a_number": (lambda: session(slug="17"), lambda: session(slug="17a")),
    "a_reading_has_at_most_one_target": (
        lambda: reading(paper=known("Known"), resource=post()),
        lambda: reading(paper=known("Known")),
    ),
    "a_reading_without_a_target_has_a_label": (lambda: reading(note="x"), lambda: reading(label="x")),
    "a_reading_is_the_same_as_another_session": (
        lambda: reading(same_as=number(1)),
        lambda: reading(same_as=number(2)),
    ),
    "a_reading_is_indented_once_at_most": (
        lambda: reading(label="x", indent=2),
        lambda: reading(label="x", indent=1),
    ),
    "same_as_is_never_a_circle": (  # 2 leads to 3, and 3 would lead to 2
        lambda: reading(session=number(3), same_as=number(2)),
        lambda: reading(session=number(3), same_as=number(10)),
    ),
    "a_slug_leads_to_one_session": (  # which session 2 once had
        lambda: former(number(2), "9-other") and session(9, slug="9-other"),
        lambda: former(number(2), "9-other") and session(9, slug="9-another"),
    ),
    "a_material_is_a_link_or_a_file": (
        lambda: material(href="a.pdf", file="materials/a.pdf"),
        lambda: material(file="materials/a.pdf"),
    ),
    "a_session_has_a_recording_once": (
        lambda: material(kind="recording", href="https://video.example/"),
        lambda: material(kind="slides", href="https://video.example/"),
    ),
    "only_recordings_have_chapters": (
        lambda: material(kind="slides", href="a", chapters="0:00 Welcome"),
        lambda: material(kind="recording", href="a", chapters="0:00 Welcome"),
    ),
    "a_material_is_of_a_known_kind": (
        lambda: material(kind="song", href="a"),
        lambda: material(kind="other", href="a"),
    ),
    "a_person_has_a_name": (
        lambda: Person.objects.bulk_create([Person(slug="x")]),
        lambda: Person.objects.bulk_create([Person(slug="x", name="x")]),
    ),
    "a_name_key_is_not_empty": (
        lambda: PersonName.objects.filter(name="Ann").update(key=""),
        lambda: PersonName.objects.filter(name="Ann").update(key="x"),
    ),
    "a_paper_is_on_the_backlog_once": (
        lambda: backlog(paper=known("Known")),
        lambda: backlog(paper=known("Other")),
    ),
    "an_override_covers_reopens_or_drops": (
        lambda: backlog(paper=known("Other"), override=""),
        lambda: backlog(paper=known("Other"), override="dropped"),
    ),
    "an_arxiv_id_has_no_version": (
        lambda: paper(arxiv_id="2006.11239v2"),
        lambda: paper(arxiv_id="2006.11239"),
    ),
    "a_doi_starts_with_10": (lambda: paper(doi="11.1000/182"), lambda: paper(doi="10.1000/182")),
    "a_paper_has_a_title": (lambda: paper(title=""), lambda: paper(title="x")),
    "authors_have_20000_characters_at_most": (
        lambda: paper(authors="é" * 20_001),
        lambda: paper(authors="é" * 20_000),
    ),
    "an_abstract_has_20000_characters_at_most": (
        lambda: paper(abstract="é" * 20_001),
        lambda: paper(abstract="é" * 20_000),
    ),
    "a_title_key_is_not_empty": (
        lambda: PaperTitle.objects.filter(key="known").update(key=""),
        lambda: PaperTitle.objects.filter(key="known").update(key="x"),
    ),
    "an_alias_leads_to_one_paper": (
        lambda: alias("doi", "10.1000/1"),
        lambda: alias("url", "10.1000/1"),
    ),
    "an_alias_is_of_a_known_kind": (lambda: alias("isbn", "x"), lambda: alias("slug", "x")),
    "an_alias_is_not_empty": (lambda: alias("arxiv", ""), lambda: alias("arxiv", "x")),
    "an_arxiv_record_was_fetched_or_says_why_not": (
        lambda: asked_arxiv(problem=""),
        lambda: asked_arxiv(problem="arXiv is down."),
    ),
    "there_is_one_turn_to_ask_arxiv": (
        lambda: ArxivTurn.objects.create(pk=2),
        lambda: ArxivTurn.objects.get_or_create(pk=1),
    ),
    "an_address_is_checked_once": (
        lambda: check("https://checked.example/"),
        lambda: check("https://checked.example/2"),
    ),
    "a_link_check_has_a_known_result": (
        lambda: check("https://x.example/", result="lost"),
        lambda: check("https://x.example/", result="unsure"),
    ),
    "a_resource_is_of_a_known_kind": (lambda: resource(kind="book"), lambda: resource(kind="talk")),
    "a_resource_has_a_title": (lambda: resource(title=""), lambda: resource(title="x")),
    "two_papers_are_said_to_be_two_once": (
        lambda: papers_apart("Other", "Known"),
        lambda: papers_apart("Other", "Third"),
    ),
    "of_two_papers_the_older_is_first": (
        lambda: papers_apart("Third", "Known"),
        lambda: papers_apart("Known", "Third"),
    ),
    "two_people_are_said_to_be_two_once": (
        lambda: people_apart("Ann", "Bob"),
        lambda: people_apart("Ann", "Cem"),
    ),
    "of_two_people_the_older_is_first": (
        lambda: people_apart("Cem", "Bob"),
        lambda: people_apart("Bob", "Cem"),
    ),
    "a_url_is_a_paper_or_a_resource": (
        lambda: paper(url="https://post.example/"),
        lambda: paper(url="https://post.example/2"),
    ),
}


@pytest.fixture
def rows(db):
    """What the rules are tried against: sessions 1, 2 (the same as 3), 3 and 10 to 12, and one row of each other model."""
    make_group()
    one, two, three = (make_session(number) for number in (1, 2, 3))
    make_session(10, last_number=12)
    Reading.objects.create(session=two, same_as=three)
    Material.objects.create(session=one, kind="recording", href="https://video.example/")
    Resource.objects.create(title="Post", url="https://post.example/")
    Person.objects.create(name="Ann")
    make_paper("Other")
    BacklogEntry.objects.create(paper=make_paper("Known"))
    alias("doi", "10.1000/1")
    check("https://checked.example/")
    make_paper("Third")
    papers_apart("Other", "Known")
    for name in ("Bob", "Cem"):
        Person.objects.create(name=name)
    people_apart("Ann", "Bob")


def diagnosis(refusal: BaseException) -> Any:
    """What PostgreSQL says of it."""
    return cast(psycopg.Error, refusal.__cause__).diag


def refused_by(action):
    """The name of the constraint that refuses it."""
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        action()
    return diagnosis(refusal.value).constraint_name


@pytest.mark.usefixtures("searched_at_once")
@pytest.mark.parametrize("name", RULES)
def test_the_database_holds_the_rule(rows, name):
    breaks, keeps = RULES[name]
    assert refused_by(breaks) == name
    keeps()


def test_every_named_rule_is_tried():
    models = [
        model
        for label in ("papers", "reading_sessions", "readinggroup")
        for model in apps.get_app_config(label).get_models()
    ]
    named = {constraint.name for model in models for constraint in model._meta.constraints}
    assert set(RULES) == named | {
        "same_as_is_never_a_circle",
        "a_url_is_a_paper_or_a_resource",
        "a_slug_leads_to_one_session",
    }
    assert Import in models


@pytest.mark.django_db(transaction=True)
def test_what_was_too_long_before_the_rule_is_cut():
    call_command("migrate", "papers", "0004", verbosity=0)
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO papers_paper (title, slug, url, authors, abstract)"
                " VALUES ('A', 'a', 'https://a.example/', repeat('é', 20001), repeat('é', 20000))"
            )
    finally:
        call_command("migrate", verbosity=0)  # all that had to go back with it
    paper = Paper.objects.get()
    assert (paper.authors, paper.abstract) == ("é" * 19_999 + "…", "é" * 20_000)


def test_an_address_of_a_paper_cannot_become_a_resources_either(rows):
    paper(url="https://paper.example/")
    assert refused_by(lambda: resource(url="https://paper.example/")) == "a_url_is_a_paper_or_a_resource"
    with pytest.raises(IntegrityError), transaction.atomic():
        Resource.objects.update(url="https://paper.example/")
    with pytest.raises(IntegrityError), transaction.atomic():
        Paper.objects.filter(slug="t").update(url="https://post.example/")


@pytest.mark.parametrize(
    ("make", "column"),
    [
        (lambda: paper(slug="known"), "slug"),
        (lambda: paper(arxiv_id="2001.00001"), "arxiv_id"),
        (lambda: paper(doi="10.1000/182"), "doi"),
        (lambda: paper(url="https://paper.example/"), "url"),
        (lambda: resource(url="https://post.example/"), "url"),
        (lambda: session(slug="1-title-1"), "slug"),
        (lambda: SessionSlug.objects.bulk_create([SessionSlug(session=number(2), slug="1-title-1")]), "slug"),
        (lambda: PaperTitle.objects.bulk_create([PaperTitle(paper=known("Other"), key="known")]), "key"),
        (lambda: Person.objects.bulk_create([Person(name="A", slug="ann")]), "slug"),
        (
            lambda: PersonName.objects.bulk_create(
                [PersonName(person=Person.objects.get(name="Ann"), name="ANN")]
            ),
            "key",
        ),
    ],
)
def test_what_names_a_row_names_one(rows, make, column):
    Paper.objects.filter(slug="known").update(
        arxiv_id="2001.00001", doi="10.1000/182", url="https://paper.example/"
    )
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        make()
    assert diagnosis(refusal.value).message_detail.startswith(f"Key ({column})=(")


def test_what_sessions_read_is_not_deleted(rows):
    reading(paper=known("Known"))
    reading(resource=post())
    for row in (known("Known"), post(), number(3)):  # session 2 is the same as session 3
        with pytest.raises(ProtectedError):
            row.delete()


# --- Two at once ------------------------------------------------------------------------------------------
def at_once(*actions):
    """Run each in a transaction of its own, all open at once, and say which rules refused any."""
    ready, refusals = threading.Barrier(len(actions), timeout=20), []

    def run(action):
        try:
            with transaction.atomic():
                ready.wait()
                action()
        except IntegrityError as refusal:
            refusals.append(diagnosis(refusal).constraint_name)
        except OperationalError as ended:
            refusals.append(type(ended.__cause__).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[action]) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return refusals


@pytest.mark.django_db(transaction=True)
def test_two_halves_of_a_circle_at_once_make_one_half():
    one, two = make_session(1), make_session(2)
    refusals = at_once(
        lambda: Reading.objects.create(session=one, same_as=two),
        lambda: Reading.objects.create(session=two, same_as=one),
    )
    assert refusals == ["same_as_is_never_a_circle"]
    assert Reading.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_paper_and_a_resource_at_once_at_one_address_make_one():
    refusals = at_once(
        lambda: paper(url="https://one.example/"),
        lambda: resource(url="https://one.example/"),
    )
    assert refusals == ["a_url_is_a_paper_or_a_resource"]
    assert Paper.objects.count() + Resource.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_sessions_at_once_with_one_number_make_one():
    refusals = at_once(lambda: session(1, slug="a"), lambda: session(1, slug="b"))
    # Where each already waits for the other's row, PostgreSQL ends one of them as a deadlock.
    assert refusals in (["session_numbers_never_overlap"], ["DeadlockDetected"])
    assert Session.objects.count() == 1
