"""A group as large as any is expected to be: 300 sessions, 2,000 papers."""

from datetime import timedelta
from itertools import cycle
from typing import Any

from papers.history import record_new
from papers.models import LinkCheck, Paper, PaperTitle, Resource
from papers.titles import title_key
from sessions.models import BacklogEntry, Group, Material, Person, PersonName, Reading, Session, SessionSlug
from tests.factories import LONG_AGO, in_days

SESSIONS, PAPERS, PEOPLE = 300, 2000, 60


def make_big_group(share: float = 1) -> None:
    """Everything in bulk, in the given share of its full size (at least a few of each).

    Every address was checked, with each result there is; a quarter of them is dead.
    """
    sessions, papers, people = (max(4, int(count * share)) for count in (SESSIONS, PAPERS, PEOPLE))
    Group.objects.get_or_create(defaults={"name": "The Owls", "time_zone": "Europe/Berlin"})
    titles = [f"Diffusion models of kind {number} and how to train them well" for number in range(papers)]
    made = Paper.objects.bulk_create(
        Paper(title=title, slug=f"paper-{number}", arxiv_id=f"2001.{number:05}" if number % 3 else None)
        for number, title in enumerate(titles)
    )
    PaperTitle.objects.bulk_create(PaperTitle(paper=paper, key=title_key(paper.title)) for paper in made)
    resources = Resource.objects.bulk_create(
        Resource(title=f"Code {number}", kind="code", url=f"https://code.example/{number}")
        for number in range(papers // 4)
    )
    persons = Person.objects.bulk_create(
        Person(name=f"Person {number}", slug=f"person-{number}") for number in range(people)
    )
    PersonName.objects.bulk_create(PersonName(person=person, name=person.name) for person in persons)
    held = Session.objects.bulk_create(
        Session(
            number=number,
            title=f"Session about kind {number}",
            slug=f"{number}-kind",
            state="published" if number % 10 else "draft",
            starts_at=LONG_AGO + timedelta(weeks=number) if number % 3 else in_days(number),
            revision=1,
        )
        for number in range(1, sessions + 1)
    )
    SessionSlug.objects.bulk_create(
        SessionSlug(session=session, slug=session.slug) for session in held if session.is_public
    )
    readings = Reading.objects.bulk_create(
        Reading(session=session, paper=made[(7 * index + place) % papers], position=place)
        if place % 3
        else Reading(session=session, resource=resources[index % len(resources)], position=place, indent=1)
        for index, session in enumerate(held)
        for place in range(1, 9)
    )
    through = Reading.presenters.through
    through._default_manager.bulk_create(
        through(reading=reading, person=persons[reading.pk % people]) for reading in readings
    )
    Material.objects.bulk_create(
        Material(
            session=session, kind=kind, href=f"https://media.example/{kind}/{session.number}", position=place
        )
        for session in held
        if session.number % 4
        for place, kind in enumerate(("recording", "slides"), 1)
    )
    BacklogEntry.objects.bulk_create(
        BacklogEntry(paper=paper, position=place) for place, paper in enumerate(made, 1)
    )
    entries = BacklogEntry.objects.all()
    for rows in (
        made,
        resources,
        persons,
        held,
        readings,
        Material.objects.all(),
        entries,
        Group.objects.all(),
    ):
        record_new(list(rows))
    check_links(
        [
            *(f"https://arxiv.org/abs/{paper.arxiv_id}" for paper in made if paper.arxiv_id),
            *(resource.url for resource in resources),
            *Material.objects.order_by("pk").values_list("href", flat=True),
        ]
    )


def check_links(urls: list[str]) -> None:
    """A result for each address, in turn one of each kind."""
    now = in_days(0)
    results: dict[str, dict[str, Any]] = {
        "alive": {"status": 200},
        "moved": {"status": 200, "moved_to": "https://new.example/where-it-is-now"},
        "dead": {
            "status": 404,
            "reason": "Its host says that there is no such page (404).",
            "failing_since": now,
        },
        "unsure": {
            "status": 403,
            "reason": "Its host does not let a machine look (403). Look at it yourself.",
        },
    }
    LinkCheck.objects.all().delete()
    LinkCheck.objects.bulk_create(
        LinkCheck(url=url, checked_at=now, result=result, **more)
        for url, (result, more) in zip(urls, cycle(results.items()), strict=False)
    )
