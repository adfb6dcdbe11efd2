"""People as one line of names: whatever somebody is called is read as it was written; what is no name is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sessions.models import Person, PersonName, Session
from sessions.models.people import name_key
from sessions.names import read_names, why_no_name, write_names
from tests.factories import make_session
from tests.test_admin import client, errors, management, organizer, session_form, url  # noqa: F401 (two are fixtures)

# Whatever a person can be called in the database, by whatever way it came there.
ODD = st.text(st.sampled_from('",; \n\t\u202eaÄ'), min_size=1, max_size=12)
NAMES = (ODD | st.text(min_size=1, max_size=200)).filter(name_key)


@settings(deadline=None)
@given(st.lists(NAMES, unique_by=name_key, max_size=6))
def test_whatever_people_are_called_is_read_as_it_was_written(names):
    text = write_names(Person(name=name) for name in names)
    assert [name_key(name) for name in read_names(text)] == [name_key(name) for name in names]
    assert text == " ".join(text.split())  # a browser's field has no lines


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (" Ann  Lee, Bob,, ann lee", ["Ann Lee", "Bob"]),
        ("Davis, Jr.; Bob", ["Davis, Jr.", "Bob"]),
        ("Ann Lee\nBob\r\n", ["Ann Lee", "Bob"]),
        ('"Davis, Jr.", Bob', ["Davis, Jr.", "Bob"]),
        ('Ann, "Smith; Jones"', ["Ann", "Smith; Jones"]),
        ('"Davis, Jr."; Bob, Esq.', ["Davis, Jr.", "Bob, Esq."]),
        ('"Weird Al" Yankovic, "An", """An"""', ['"Weird Al" Yankovic', "An", '"An"']),
        ('"Ann, Bob', ['"Ann', "Bob"]),
        ('"", ,', []),
    ],
)
def test_names_are_parted_by_commas_else_by_semicolons_and_kept_whole_in_quotes(text, names):
    assert read_names(text) == names


def test_names_are_written_with_commas_and_quoted_only_where_need_be():
    people = [Person(name=name) for name in ("Ann  Lee", "Davis, Jr.", 'Al "Weird" Y.', "Smith; Jones")]
    assert write_names(people) == 'Ann Lee, "Davis, Jr.", Al "Weird" Y., "Smith; Jones"'


NO_NAMES = {
    "Smith; Jones": "“Smith; Jones” would be read as several people: write it without semicolons and line breaks.",
    "a\nb": "“a\nb” would be read as several people: write it without semicolons and line breaks.",
    ", ,": "“, ,” is no name: write at least one letter or digit.",
    "\u202e": "“\u202e” is no name: write at least one letter or digit.",
    "https://ann.example/": "“https://ann.example/” is an address. Write the name of whose it is.",
}


@pytest.mark.parametrize("name", NO_NAMES)
def test_nobody_is_given_a_name_that_could_not_be_written_among_others(client, name):  # noqa: F811
    ann = Person.objects.create(name="Ann")
    assert why_no_name(name) == NO_NAMES[name]
    answer = client.post(url(Person, "add"), {"name": name, **management("names")})
    assert errors(answer) == {"name": [NO_NAMES[name]]}
    rows = {**management("names", 1), "names-0-name": name}
    answer = client.post(url(Person, "change", ann.pk), {"name": "Ann", "slug": "ann", **rows})
    assert errors(answer) == {"names-0-name": [NO_NAMES[name]]}
    assert [str(row) for row in ann.names.all()] == ["Ann"]


def test_who_is_called_so_already_can_be_named_and_saved(client):  # noqa: F811
    both = Person.objects.create(name="Smith; Jones")  # as an import may bring it
    session = make_session(1)
    sent = session_form(session, presenters='"Smith; Jones", Ann')
    assert client.post(url(Session, "change", session.pk), sent).status_code == 302
    assert [person.name for person in session.presenters.all()] == ["Ann", "Smith; Jones"]
    sent = session_form(session, presenters='"Smith; Jones", "Lee; Wu"')
    assert list(errors(client.post(url(Session, "change", session.pk), sent))) == ["presenters"]
    rows = management("names", 1, 1) | {"names-0-id": both.names.get().pk, "names-0-person": both.pk}
    rows |= {"names-0-name": both.name}
    sent = {"name": both.name, "slug": both.slug, "url": "https://both.example/", **rows}
    assert client.post(url(Person, "change", both.pk), sent).status_code == 302
    assert Person.objects.get(pk=both.pk).url == "https://both.example/"


MANY = [f"Person {number} of the panel, with a long name" for number in range(60)]


def test_a_session_with_more_people_than_can_be_added_at_once_is_saved(client):  # noqa: F811
    session = make_session(1)
    session.presenters.set([Person.objects.create(name=name) for name in MANY])
    text = write_names(session.presenters.all())
    assert len(text) > 2000
    sent = session_form(session, presenters=text, summary="Saved")
    assert client.post(url(Session, "change", session.pk), sent).status_code == 302
    session.refresh_from_db()
    assert (session.summary, session.presenters.count()) == ("Saved", 60)
    one_less = write_names(session.presenters.exclude(name=MANY[0]))
    sent = session_form(session, presenters=f"{one_less}, Ann")
    assert client.post(url(Session, "change", session.pk), sent).status_code == 302
    assert sorted(person.name for person in session.presenters.all()) == sorted(["Ann", *MANY[1:]])


def test_names_that_nobody_touched_are_not_judged(client):  # noqa: F811
    session = make_session(1)
    session.presenters.add(Person.objects.create(name="???"))
    PersonName.objects.all().delete()  # nobody is found by it
    sent = session_form(session, presenters="???", summary="Saved")
    assert client.post(url(Session, "change", session.pk), sent).status_code == 302
    assert [person.name for person in session.presenters.all()] == ["???"]


def test_more_new_people_than_anybody_means_are_refused(client):  # noqa: F811
    session = make_session(1)
    names = ", ".join(f"New {number}" for number in range(51))
    answer = client.post(url(Session, "change", session.pk), session_form(session, presenters=names))
    said = "Nobody here goes by 51 of these names; at most 50 people are added at once."
    assert errors(answer) == {"presenters": [said]}
    assert Person.objects.count() == 0
