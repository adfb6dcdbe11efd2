"""A session with all that it is made of: at a constant price, and showing nothing of drafts."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from papers.models import Resource
from sessions.models import Material, Person, Reading, Session
from tests.factories import leave, make_paper, make_session, read


def outline(session):
    """Everything a page says of a session's lines, as a template would ask for it."""
    return {
        "presenters": [person.name for person in session.presenters.all()],
        "readings": [
            {
                "text": line.text,
                "by": [person.name for person in line.presenters.all()],
                "again": [again.text for again in line.repeats.readings.all()] if line.repeats else [],
            }
            for line in session.readings.all()
        ],
        "materials": [
            (left.text, [person.name for person in left.presenters.all()]) for left in session.materials.all()
        ],
    }


def full(number, source):
    session = make_session(number)
    ann = Person.objects.get_or_create(name="Ann", slug="ann")[0]
    session.presenters.add(ann)
    read(session, make_paper(f"Paper {number}"), presenters=[ann])
    read(session, resource=Resource.objects.create(title="Post", url=f"https://post.example/{number}"))
    read(session, same_as=source, label="Same as the first")
    leave(session, "slides.pdf", kind="slides", label="Deck", presenters=[ann])
    return session


@pytest.fixture
def source(db):
    source = make_session(100)
    read(source, make_paper("Source"))
    read(source, same_as=make_session(101, "Deeper"))
    return source


def test_an_outline_says_all_and_resolves_same_as_once(source):
    full(1, source)
    assert outline(Session.objects.with_outline().get(number=1)) == {
        "presenters": ["Ann"],
        "readings": [
            {"text": "Paper 1", "by": ["Ann"], "again": []},
            {"text": "Post", "by": [], "again": []},
            {"text": "Same as the first", "by": [], "again": ["Source", "Same as 101: Deeper"]},
        ],
        "materials": [("Deck", ["Ann"])],
    }


def test_an_outline_costs_the_same_at_1_and_3_sessions(source):
    full(1, source)

    def price():
        with CaptureQueriesContext(connection) as queries:
            for session in Session.objects.filter(number__lt=100).with_outline():
                outline(session)
        return len(queries)

    at_one = price()
    full(2, source)
    full(3, source)
    assert price() == at_one
    assert at_one <= 9


def test_same_as_a_draft_shows_nothing_of_it(source):
    session = full(1, source)
    Session.objects.filter(number=100).update(state="draft")
    lines = outline(Session.objects.with_outline().get(pk=session.pk))["readings"]
    assert lines[2] == {"text": "Same as the first", "by": [], "again": []}


def test_a_line_at_a_draft_without_a_label_does_not_name_it(source):
    session = make_session(1)
    read(session, same_as=source)
    Session.objects.filter(pk=source.pk).update(state="draft", title="Secret")
    line = Session.objects.with_outline().get(pk=session.pk).readings.all()[0]
    assert line.repeats is None
    assert "Secret" not in line.text


def test_lines_stand_by_position_then_by_age(source):
    session = make_session(1)
    for label, position in (("c", 2), ("a", 0), ("b", 0)):
        read(session, label=label, position=position)
        leave(session, f"{label}.pdf", label=label, position=position)
    found = Session.objects.with_outline().get(pk=session.pk)
    assert [line.text for line in found.readings.all()] == ["a", "b", "c"]
    assert [left.text for left in found.materials.all()] == ["a", "b", "c"]


def test_a_circle_is_refused_with_a_message(db):
    one, two, three = (make_session(number) for number in (1, 2, 3))
    read(one, same_as=two)
    read(two, same_as=three)
    for session in (one, two, three):  # even a session that points at itself
        with pytest.raises(ValidationError) as refusal:
            Reading(session=three, same_as=session).clean()
        assert list(refusal.value.message_dict) == ["same_as"]
    Reading(session=one, same_as=three).clean()


@pytest.mark.parametrize(
    ("href", "link"),
    [
        ("https://a.example/x", "https://a.example/x"),
        ("%2311 Deck.pdf", "https://home.example/main/%2311%20Deck.pdf"),
        ("%2311.pdf", "https://home.example/main/%2311.pdf"),
        ("javascript:alert(1)", None),
        ("mailto:ann@a.example", "mailto:ann@a.example"),
    ],
)
def test_a_materials_link_starts_where_the_readme_lives(href, link):
    assert Material(href=href).link("https://home.example/main/") == link


def test_a_relative_link_leads_nowhere_while_nobody_said_where_the_readme_lives():
    assert Material(href="deck.pdf").link("") is None


def test_a_material_without_a_label_says_its_kind():
    assert str(Material(kind="slides", href="a.pdf")) == "Slides"
