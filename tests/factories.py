"""Groups, sessions and papers for tests: only what a test says matters, the rest filled in."""

import importlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group as AuthGroup
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from papers.models import Paper, PaperTitle, Resource
from papers.titles import title_key
from sessions.models import BacklogEntry, Group, Material, Person, PersonName, Reading, Session
from tests.uploaded import readable_pdf

CONTENT = settings.BASE_DIR / "readinggroup/content/diffusion-reading-group.md"
CONTENT_URL = "https://github.com/tmabraham/diffusion_reading_group/blob/main/"
LONG_AGO = datetime(2022, 9, 3, 18, 0, tzinfo=UTC)


def in_days(days: float) -> datetime:
    return timezone.now() + timedelta(days=days)


def move_in() -> None:
    """The Diffusion Reading Group, as the site comes with it."""
    call_command(
        "import_fixtures", str(CONTENT), base_url=CONTENT_URL, stdout=io.StringIO(), stderr=io.StringIO()
    )


def make_group(**fields: Any) -> Group:
    return Group.objects.create(**{"name": "The Owls", **fields})


def make_session(number: int, title: str = "", **fields: Any) -> Session:
    """A session, published and held long ago unless told otherwise."""
    title = title or f"Title {number}"
    return Session.objects.create(number=number, title=title, **{"state": "published", **fields})


def make_paper(title: str, **fields: Any) -> Paper:
    return Paper.objects.create(title=title, **fields)


def read(session: Session, paper: Paper | None = None, **fields: Any) -> Reading:
    position = fields.pop("position", session.readings.count())
    presenters = fields.pop("presenters", ())
    reading = Reading.objects.create(session=session, paper=paper, position=position, **fields)
    reading.presenters.set(presenters)
    return reading


def leave(session: Session, href: str, **fields: Any) -> Material:
    presenters = fields.pop("presenters", ())
    material = Material.objects.create(session=session, href=href, **fields)
    material.presenters.set(presenters)
    return material


@contextmanager
def searched_afterwards() -> Iterator[None]:
    """What is written within is searched at its end, not after each statement, as with `searched_at_once`."""
    with connection.cursor() as cursor:
        if connection.in_atomic_block:
            cursor.execute("SET CONSTRAINTS readinggroup_search_at_the_end DEFERRED")
        yield
        if connection.in_atomic_block:
            cursor.execute("SET CONSTRAINTS readinggroup_search_at_the_end IMMEDIATE")


@searched_afterwards()
def populate(count: int) -> None:
    """A group with `count` sessions held and as many to come, each with something of everything.

    `count` is what there is afterwards, so that a test can let the group grow. Person 1, session 1 and the
    paper “Read 1” have a part in all of it, so that their pages grow too.
    """
    Group.objects.get_or_create(
        defaults={
            "name": "The Owls",
            "introduction": "# Hello\n\nWe read.",
            "chat_url": "https://chat.example/",
        }
    )
    numbers = range(Person.objects.count() + 1, count + 1)
    held = {
        number: _published(number, f"Held {number}", LONG_AGO + timedelta(weeks=number)) for number in numbers
    }
    coming = {number: _published(50_000 + number, f"To come {number}", in_days(number)) for number in numbers}
    Session.objects.bulk_create([*held.values(), *coming.values()])
    first = Session.objects.get(number=1)
    people = {number: Person(name=f"Person {number}", slug=f"person-{number}") for number in numbers}
    Person.objects.bulk_create(people.values())
    PersonName.objects.bulk_create(PersonName(person=person, name=person.name) for person in people.values())
    somebody = Person.objects.get(name="Person 1")
    papers = {
        number: Paper(
            title=f"Read {number}",
            slug=f"read-{number}",
            arxiv_id=f"2001.{number:05}",
            authors="Ann\nBob",
        )
        for number in numbers
    }
    unread = {number: Paper(title=f"Unread {number}", slug=f"unread-{number}") for number in numbers}
    made = Paper.objects.bulk_create([*papers.values(), *unread.values()])
    PaperTitle.objects.bulk_create(PaperTitle(paper=paper, key=title_key(paper.title)) for paper in made)
    code = Resource.objects.bulk_create(
        Resource(title="Code", kind="code", url=f"https://code.example/{number}") for number in numbers
    )
    belonging = Resource.papers.through
    common = Paper.objects.get(title="Read 1")
    belonging.objects.bulk_create(
        belonging(resource=resource, paper=paper)
        for number, resource in zip(numbers, code, strict=True)
        for paper in {papers[number], unread[number], common}
    )
    repeated = {number: _the_list() if number == 1 else held[number] for number in numbers}
    readings = [
        (number, reading)
        for number, resource in zip(numbers, code, strict=True)
        for reading in (
            Reading(session=held[number], paper=papers[number]),
            Reading(session=held[number], resource=resource, indent=1, position=1),
            Reading(session=held[number], label="Words", position=2),
            Reading(session=coming[number], same_as=held[number], label=f"Same as Week {number}"),
            Reading(session=coming[number], paper=unread[number], position=1),
            Reading(session=coming[number], same_as=first, position=2),
            Reading(session=first, paper=papers[number], position=number),
            Reading(session=first, same_as=repeated[number], position=number),
        )
    ]
    taking_part = [
        (number, session) for number in numbers for session in {held[number], coming[number], first}
    ]
    recordings = [
        (number, Material(session=session, href=f"recording-{number}.mp4", kind="recording"))
        for number, session in taking_part
    ]
    Reading.objects.bulk_create(reading for _, reading in readings)
    Material.objects.bulk_create(recording for _, recording in recordings)
    everybody = {number: {somebody, person} for number, person in people.items()}
    for name, rows in (("reading", readings), ("material", recordings), ("session", taking_part)):
        through: Any = apps.get_model("reading_sessions", f"{name}_presenters")
        through.objects.bulk_create(
            (
                through(**{name: row, "person": person})
                for number, row in cast("list[tuple[int, Any]]", rows)
                for person in everybody[number]
            ),
            ignore_conflicts=True,  # the first session has person 1 each time
        )
    BacklogEntry.objects.bulk_create(
        BacklogEntry(paper=listed, position=2 * number + position)
        for number in numbers
        for position, listed in enumerate((papers[number], unread[number]))
    )


def _published(number: int, title: str, starts_at: datetime) -> Session:
    """A session that is not saved yet."""
    slug = f"{number % 50_000}-{title.rpartition(' ')[0].replace(' ', '-').lower()}"
    return Session(
        number=number, title=title, slug=slug, state="published", starts_at=starts_at, summary="*Good*."
    )


def _the_list() -> Session:
    """A session whose readings another repeats."""
    session = make_session(0, "The list", slug="0-the-list")
    read(session, make_paper("The first paper"))
    return session


def make_organizer(username: str = "olive") -> User:
    """A login in the group `organizers`, which the migration makes (and a test that empties tables removes)."""
    importlib.import_module("readinggroup.migrations.0003_organizers").make_organizers(apps, None)
    user = User.objects.create(username=username, is_staff=True)
    user.groups.add(AuthGroup.objects.get(name="organizers"))
    return user


def a_group_in_its_term(password: str) -> User:
    """The first group, in a term of its own, last week's session without its recording; and its organizer, olive."""
    move_in()
    room = "https://discord.gg/eleutherai"
    Group.objects.update(join_url=room, time_zone="America/New_York")
    make_session(
        18, "Diffusion bridges", starts_at=in_days(-4), summary="Two papers that start from an image."
    )
    organizer = make_organizer("olive")
    organizer.set_password(password)
    organizer.save()
    return organizer


def a_session_with_everything() -> None:
    """Beside the first group: a session held that has something of everything, and one to come that goes on from it."""
    paper = Paper.objects.get(title="Consistency Models")
    paper.authors = "Yang Song\nPrafulla Dhariwal\nMark Chen\nIlya Sutskever"
    paper.abstract = (
        "One step from noise $x_T$ to data $x_0$, by a network that gives the same answer all along a path.\n\n"
        "A stand-in for what arXiv says of it."
    )
    paper.published_on = date(2023, 3, 2)
    paper.save()
    held = make_session(
        21, "Consistency: from noise to image in one step", starts_at=in_days(-2),
        summary="Why **one step** is enough, and what it costs.\n\n- Distilled or trained alone?\n- Bring questions.",
    )  # fmt: skip
    held.presenters.add(Person.objects.get(name="Jeremy Howard"))
    read(held, paper, note="up to section 4")
    code = Resource.objects.create(title="Their code", kind="code", url="https://code.example/consistency")
    code.papers.add(paper)
    read(held, resource=code, indent=1)
    read(held, Paper.objects.get(title="Elucidating the Design Space of Diffusion-Based Generative Models"))
    leave(
        held, "https://youtu.be/B5gfJF8mOPo", kind="recording",
        chapters="0:00 Welcome\n4:20 What a path is\n31:05 Distillation\n1:02:03 Questions",
    )  # fmt: skip
    slides = Material(session=held, kind="slides", position=1)
    slides.file = ContentFile(readable_pdf(), "consistency.pdf")
    slides.save()
    coming = make_session(22, "Rectified Flow", starts_at=in_days(5), summary="Straight paths.")
    read(coming, Paper.objects.get(title="Flow Matching for Generative Modeling"))
    read(coming, paper)
    make_session(23, "Off for a holiday", starts_at=in_days(12), state="cancelled")
    make_session(24, "Video", date_to_come=True)
