"""People: one row each, found by every name they go by."""

from unittest import mock

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from sessions.models import Person, PersonName
from tests.factories import leave, make_session, read


def test_a_person_is_found_by_name_however_it_is_spelt(db):
    ann = Person.objects.create(name="Ann  Strauß")
    for name in ("ann strauß", " ANN STRAUSS ", "Ａｎｎ Strauß"):
        assert list(Person.objects.known_as(name)) == [ann]
    assert list(Person.objects.known_as("Ann")) == []


def test_an_earlier_name_and_a_handle_go_on_finding_a_person(db):
    ann = Person.objects.create(name="Ann Lee")
    PersonName.objects.create(person=ann, name="@annlee")
    ann.name = "Ann Smith"
    ann.save()
    for name in ("Ann Lee", "ann smith", "@AnnLee"):
        assert list(Person.objects.known_as(name)) == [ann]
    assert ann.slug == "ann-lee"  # an address does not change with a name


def test_a_name_is_one_persons(db):
    ann, bob = Person.objects.create(name="Ann"), Person.objects.create(name="Bob")
    with pytest.raises(ValidationError) as refusal:
        Person(name="ANN").clean()
    assert refusal.value.message_dict == {
        "name": ["Somebody is already known by this name: Ann (/people/ann/)."]
    }
    with pytest.raises(ValidationError):
        PersonName(person=bob, name="ann").clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        PersonName.objects.create(person=bob, name="ann")
    ann.clean()
    bob.name = "ann"  # saved past validation: the name goes on finding who had it first
    bob.save()
    assert list(Person.objects.known_as("ann")) == [ann]


def test_a_name_that_is_changed_finds_by_its_new_spelling(db):
    ann = Person.objects.create(name="Ann")
    other = PersonName.objects.create(person=ann, name="Nan")
    other.name = "Annie"
    other.save(update_fields=["name"])
    found = {name: list(Person.objects.known_as(name)) for name in ("ann", "ANNIE", "nan")}
    assert found == {"ann": [ann], "ANNIE": [ann], "nan": []}


def test_a_person_is_saved_with_the_name_or_not_at_all(transactional_db):
    taken = mock.patch.object(PersonName.objects, "get_or_create", side_effect=IntegrityError)
    with taken, pytest.raises(IntegrityError):
        Person.objects.create(name="Ann")
    assert list(Person.objects.all()) == []


def test_two_people_whose_names_look_alike_get_two_addresses(db):
    names = ["Zoë", "Zoe", "ゾエ", "ゾーイ"]
    assert [Person.objects.create(name=name).slug for name in names] == ["zoe", "zoe-2", "person", "person-2"]


def test_only_who_had_a_part_in_a_public_session_is_public(db):
    people = [Person.objects.create(name=name) for name in ("A", "B", "C", "D", "E")]
    a, b, c, d, _ = people
    draft, public = make_session(1, state="draft"), make_session(2)
    public.presenters.add(a)
    read(public, label="x", presenters=[b])
    leave(public, "x.pdf", presenters=[c])
    draft.presenters.add(d)
    read(draft, label="x", presenters=[d])
    leave(draft, "x.pdf", presenters=[d])
    assert list(Person.objects.public()) == [a, b, c]
