"""People as one line of names: whatever somebody is called is read as it was written; what is no name is refused."""

import re
from html import unescape
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from sessions.admin.names import said_of_new_people
from sessions.models import Person, PersonName, Session
from sessions.models.people import name_key
from sessions.names import like, read_names, why_no_name, write_names
from tests.factories import make_session
from tests.test_admin import (
    Inline,
    client,  # noqa: F401 (a fixture)
    errors,
    management,
    organizer,  # noqa: F401 (a fixture)
    session_form,
    url,
)

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
    "\u200e": "“\u200e” is no name: write at least one letter or digit.",
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


# --- New people ----------------------------------------------------------------------------------------------
def made(*names):
    """A form that made people of these names."""
    return [SimpleNamespace(new_people=[Person.objects.create(name=name) for name in names])]


def links(person, other):
    page = reverse("admin:reading_sessions_person_change", args=[person.pk])
    merge = f"{reverse('admin:reading_sessions_person_merge')}?keep={other.pk}&amp;lose={person.pk}"
    return f'<a href="{page}">{person}</a>', f'<a href="{merge}">Merge them</a>'


def test_a_message_says_who_a_new_person_may_be_and_leads_to_merging_them(client):  # noqa: F811
    howard, session = Person.objects.create(name="Jeremy Howard"), make_session(1)
    sent = session_form(session, presenters="Jeremy Howrd")
    answer = client.post(url(Session, "change", session.pk), sent, follow=True)
    page, merge = links(Person.objects.get(name="Jeremy Howrd"), howard)
    said, _ = answer.context["messages"]
    assert str(said) == f"New person: {page}. Did you mean Jeremy Howard? {merge}"
    assert str(said) in answer.content.decode()
    (leads_to,) = re.findall('href="([^"]+merge[^"]+)"', str(said))
    assert client.get(unescape(leads_to)).status_code == 200


@pytest.mark.parametrize("name", ["J. Howard", "Jeremy", "jhoward", "Howard, Jeremy", "Jeremy Howart"])
def test_initials_first_names_and_handles_are_recognized(organizer, name):  # noqa: F811
    howard = Person.objects.create(name="Jeremy Howard")
    forms = made(name)
    _, merge = links(forms[0].new_people[0], howard)
    assert said_of_new_people(forms, organizer).endswith(f" Did you mean Jeremy Howard? {merge}")


def test_of_several_new_people_each_is_told_apart(organizer):  # noqa: F811
    howard = Person.objects.create(name="Jeremy Howard")
    forms = [*made("Jeremy Howrd", "Bob <b>"), *made("Ann Leee", "Ann Lee"), SimpleNamespace()]
    (howrd, bob), (leee, lee) = (form.new_people for form in forms[:2])
    pages = [links(person, howard)[0] for person in (howrd, leee, lee)]
    bobs = links(bob, howard)[0].replace("Bob <b>", "Bob &lt;b&gt;")
    assert said_of_new_people(forms, organizer) == (
        f"New people: {pages[0]}, {bobs}, {pages[1]}, {pages[2]}. "
        f"Did you mean Jeremy Howard by “Jeremy Howrd”? {links(howrd, howard)[1]} "
        f"Did you mean Ann Leee by “Ann Lee”? {links(lee, leee)[1]}"
    )


def test_nobody_like_them_nothing_more_is_said_and_who_may_not_merge_is_led_nowhere(db):
    user = User.objects.create(username="bob", is_staff=True)
    forms = made("Ann")
    assert said_of_new_people(forms, user) == "New person: Ann."
    assert said_of_new_people([SimpleNamespace()], user) == ""
    Person.objects.create(name="Anna Lee")
    assert said_of_new_people(made("Ana Lee"), user) == "New person: Ana Lee. Did you mean Anna Lee?"


def test_any_number_of_new_people_costs_two_queries(organizer, django_assert_num_queries):  # noqa: F811
    for count in (1, 30):
        forms = made(*(f"Howard the {chr(97 + number)} of {count}" for number in range(count)))
        with django_assert_num_queries(2):
            said_of_new_people(forms, organizer)


# --- Offered while typing ------------------------------------------------------------------------------------
KNOWN = [
    (1, ["Jeremy Howard", "@jph"]),
    (2, ["Zoë Howe"]),
    (3, ["Ann Howard", "Ann Smith"]),
    (4, ["Jo Ann Lee"]),
    (5, ["Hannah Wu"]),
]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("how", [(3, "Ann Howard", ""), (1, "Jeremy Howard", ""), (2, "Zoë Howe", "")]),
        ("ANN", [(3, "Ann Howard", ""), (4, "Jo Ann Lee", ""), (5, "Hannah Wu", "")]),
        ("zoe  h", [(2, "Zoë Howe", "")]),
        ("jph", [(1, "Jeremy Howard", "@jph")]),
        ("smith", [(3, "Ann Howard", "Ann Smith")]),
        ("Nobody", []),
        ("@", []),
        ("", []),
    ],
)
def test_people_are_found_by_the_beginning_of_any_name_first(typed, found):
    assert like(typed, KNOWN) == found


def offered(client, typed):  # noqa: F811
    return client.get(url(Person, "like"), {"q": typed}).json()["people"]


def test_a_field_of_names_is_told_what_to_write(client, django_assert_max_num_queries):  # noqa: F811
    davis = Person.objects.create(name="Davis, Jr.")
    PersonName.objects.create(person=davis, name="@sammy")
    Person.objects.create(name="Samantha <b>")
    assert offered(client, "sam") == [
        {"name": "Davis, Jr.", "also": "@sammy", "text": '"Davis, Jr."'},
        {"name": "Samantha <b>", "also": "", "text": "Samantha <b>"},
    ]
    for number in range(30):
        Person.objects.create(name=f"Person {number:02}")
    with django_assert_max_num_queries(5):  # three of them for who asks, and in which zone
        assert [person["name"] for person in offered(client, "pers")] == [f"Person {n:02}" for n in range(20)]
    assert offered(client, "\0") == offered(client, "x" * 5000) == []
    assert client.post(url(Person, "like")).status_code == 405
    page = client.get(url(Session, "add")).content.decode()
    assert (
        page.count(f'data-people="{url(Person, "like")}"') == 4
    )  # the session's, a row's, and two to be copied
    assert Inline(page).refused == []


def test_only_who_may_see_people_is_offered_any(db):
    bob = User.objects.create(username="bob", is_staff=True)
    browser = Client()
    assert browser.get(url(Person, "like"), {"q": "a"}).status_code == 302
    browser.force_login(bob)
    assert browser.get(url(Person, "like"), {"q": "a"}).status_code == 403
    bob.user_permissions.add(Permission.objects.get(codename="view_person"))
    assert offered(browser, "a") == []
