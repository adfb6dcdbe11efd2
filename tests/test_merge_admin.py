"""Merging in the admin: found, looked at side by side, confirmed; refused with words where it cannot be."""

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from papers.models import Paper, TwoPapers
from sessions.merging import newest_record
from sessions.models import BacklogEntry, Person
from tests.factories import leave, make_group, make_paper, make_session, read
from tests.test_admin import Inline, client, organizer  # noqa: F401 (two of them are fixtures)
from tests.test_admin_refusals import fail_with


@pytest.fixture
def pair(db):
    make_group()
    keep = make_paper("Flow matching", arxiv_id="2001.00001", authors="Ann")
    return keep, make_paper("Flow-Matching", url="https://flow.example/", abstract="We…")


def url(page, *args, model="papers_paper", **query):
    found = reverse(f"admin:{model}_{page}", args=args)
    return found + ("?" + "&".join(f"{name}={value}" for name, value in query.items()) if query else "")


def form(keep, lose, **changes):
    seen = {"keep_seen": newest_record(keep), "lose_seen": newest_record(lose)}
    return {"keep": keep.pk, "lose": lose.pk, **seen, **changes}


def said(answer):
    return [str(message) for message in answer.context["messages"]]


def said_of_merge(answer):
    """The message, up to the link that leads back."""
    (message,) = said(answer)
    return message.partition("<a href=")[0]


def test_two_papers_are_merged_after_a_look_at_both(client, pair):  # noqa: F811
    keep, lose = pair
    read(make_session(1), lose)
    page = client.get(url("merge", keep=keep.pk, lose=lose.pk))
    assert page.context["called"] == {"label": "title", "keep": "Flow matching", "lose": "Flow-Matching"}
    assert page.context["fields"] == [
        ("arXiv id", "2001.00001", None, "2001.00001"),
        ("address", None, "https://flow.example/", "https://flow.example/"),
        ("authors", "Ann", "", "Ann"),
        ("abstract", "", "We…", "We…"),
        ("slug", "flow-matching", "flow-matching-2", "flow-matching"),
    ]
    assert page.context["moves"] == ["Reading of session 1: Title 1"]
    assert Inline(page.content.decode()).refused == []
    assert Paper.objects.count() == 2  # looking changes nothing
    answer = client.post(url("merge"), form(keep, lose), follow=True)
    assert answer.redirect_chain[0][0] == url("change", keep.pk)
    assert said_of_merge(answer) == (
        "“Flow-Matching” is now one with “Flow matching”: 1 reading. Its history has both as they were. "
    )
    assert list(Paper.objects.values_list("title", "url")) == [("Flow matching", "https://flow.example/")]


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        (1, "You chose one: choose exactly two to merge."),
        (3, "You chose more than two: choose exactly two to merge."),
    ],
)
def test_exactly_two_rows_are_merged(client, pair, chosen, message):  # noqa: F811
    make_paper("Third")
    keys = list(Paper.objects.order_by("pk").values_list("pk", flat=True)[:chosen])
    data = {"action": "merge_selected", "_selected_action": keys}
    assert said(client.post(url("changelist"), data, follow=True)) == [message]
    data["_selected_action"] = [paper.pk for paper in pair]
    assert client.post(url("changelist"), data)["Location"] == url("merge", keep=pair[0].pk, lose=pair[1].pk)


@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_not_two_rows_is_refused_with_words(client, pair, method):  # noqa: F811
    keep, lose = pair
    for keys in ((keep.pk, keep.pk), (keep.pk, 10**30), ("", ""), ("x", lose.pk), (keep.pk, 987654)):
        data = {"keep": keys[0], "lose": keys[1]}
        answer = getattr(client, method)(url("merge"), data, follow=True)
        assert said(answer)[0].endswith("Nothing was changed.")
    assert Paper.objects.count() == 2


def test_what_changed_meanwhile_is_shown_again(client, pair):  # noqa: F811
    keep, lose = pair
    data = form(keep, lose)
    lose.abstract = "Another"
    lose.save()
    answer = client.post(url("merge"), data, follow=True)
    assert said(answer) == [
        "Somebody changed “Flow-Matching” in the meantime. Look at both again, then merge them."
    ]
    for wrong in ("", "x", "9" * 30):
        client.post(url("merge"), {**data, "keep_seen": wrong})
    assert Paper.objects.count() == 2


def test_two_arxiv_ids_are_merged_with_a_warning(client, pair):  # noqa: F811
    other = make_paper("Flow, matched", arxiv_id="2001.00002")
    page = client.get(url("merge", keep=pair[0].pk, lose=other.pk))
    assert page.context["caution"] == (
        "Both are on arXiv, as 2001.00001 and 2001.00002: there, they are two papers. "
        "Merged, 2001.00002 leads to 2001.00001."
    )


def test_the_other_one_is_found_by_what_it_is_known_by(client, pair):  # noqa: F811
    keep, lose = pair
    page = url("merge_with", lose.pk)
    assert client.get(page).status_code == 200
    for text in ("flow MATCHING", "arXiv:2001.00001v2"):
        assert client.get(page, {"other": text})["Location"] == url("merge", keep=keep.pk, lose=lose.pk)
    for text, error in (
        ("nothing", "Nothing here is known by “nothing”."),
        ("flow-matching", "That is this one itself."),
        ("", "This field is required."),
        ("\0", "Null characters are not allowed."),
    ):
        (first,) = client.get(page, {"other": text}).context["form"].errors["other"]
        assert first.startswith(error)
    assert client.get(url("merge_with", 987654)).status_code == 404


def ways_to_merge(client, pair, model="papers_paper"):  # noqa: F811
    """Where each way to the page of two rows leads, whichever of the two it starts from."""
    one, other = pair
    data = {"action": "merge_selected", "_selected_action": [other.pk, one.pk]}
    (listed,) = client.get(url("duplicates", model=model)).context["pairs"]
    return {
        client.get(url("merge_with", one.pk, model=model), {"other": str(other)})["Location"],
        client.get(url("merge_with", other.pk, model=model), {"other": str(one)})["Location"],
        client.post(url("changelist", model=model), data)["Location"],
        listed["url"],
    }


def test_the_one_that_is_used_more_is_kept_and_of_equals_the_older(client, pair):  # noqa: F811
    older, newer = pair
    assert ways_to_merge(client, pair) == {url("merge", keep=older.pk, lose=newer.pk)}
    BacklogEntry.objects.create(paper=newer)
    assert ways_to_merge(client, pair) == {url("merge", keep=newer.pk, lose=older.pk)}
    for number in (1, 2):
        read(make_session(number), older)
    assert ways_to_merge(client, pair) == {url("merge", keep=older.pk, lose=newer.pk)}


def test_the_person_with_more_to_do_is_kept(client, db):  # noqa: F811
    typo, right = Person.objects.create(name="Jeremy Howrd"), Person.objects.create(name="Jeremy Howard")
    model, session = "reading_sessions_person", make_session(1)
    typo_first = url("merge", model=model, keep=typo.pk, lose=right.pk)
    right_first = url("merge", model=model, keep=right.pk, lose=typo.pk)
    assert ways_to_merge(client, (typo, right), model) == {typo_first}
    session.presenters.add(right)
    assert ways_to_merge(client, (typo, right), model) == {right_first}
    read(session, label="x", presenters=[typo])
    leave(session, "x.pdf", presenters=[typo])
    assert ways_to_merge(client, (typo, right), model) == {typo_first}


@pytest.mark.parametrize("called", ["keep", "lose"])
def test_which_title_or_name_stands_is_the_organizers_choice(client, pair, called):  # noqa: F811
    typo, right = Person.objects.create(name="Jeremy Howrd"), Person.objects.create(name="Jeremy Howard")
    people, model = {"keep": typo, "lose": right}, "reading_sessions_person"
    page = client.get(url("merge", model=model, keep=typo.pk, lose=right.pk)).content.decode()
    assert f'<input type="radio" name="called" value="{typo.pk}" checked> Jeremy Howrd' in page
    assert f'<input type="radio" name="called" value="{right.pk}"> Jeremy Howard' in page
    client.post(url("merge", model=model), form(typo, right, called=people[called].pk))
    assert [person.name for person in Person.objects.all()] == [people[called].name]
    assert {name: Person.objects.known_as(name).get() for name in ("Jeremy Howrd", "Jeremy Howard")} == {
        "Jeremy Howrd": typo,
        "Jeremy Howard": typo,
    }
    keep, lose = pair
    client.post(url("merge"), form(*pair, called={"keep": keep, "lose": lose}[called].pk))
    assert [paper.title for paper in Paper.objects.all()] == [
        {"keep": "Flow matching", "lose": "Flow-Matching"}[called]
    ]
    assert sorted(str(title) for title in keep.titles.all()) == ["flow matching", "flow-matching"]


def test_forms_and_lists_lead_there(client, pair):  # noqa: F811
    person = Person.objects.create(name="Ann Lee")
    for model, row in (("papers_paper", pair[0]), ("reading_sessions_person", person)):
        assert (
            url("merge_with", row.pk, model=model)
            in client.get(url("change", row.pk, model=model)).content.decode()
        )
        assert url("duplicates", model=model) in client.get(url("changelist", model=model)).content.decode()


def test_likely_duplicates_are_listed(client, pair, django_assert_max_num_queries):  # noqa: F811
    ann, other = Person.objects.create(name="Ann Lee"), Person.objects.create(name="A. Lee")
    with django_assert_max_num_queries(10):
        page = client.get(url("duplicates"))
    (listed,) = page.context["pairs"]
    assert {listed["first"], listed["second"]} == set(pair)
    assert listed["why"] == "same title but for punctuation and accents"
    (listed,) = client.get(url("duplicates", model="reading_sessions_person")).context["pairs"]
    assert (listed["first"], listed["second"]) == (ann, other)


def told_apart(client, model):  # noqa: F811
    """What the page of those told apart shows: the two, and who said so."""
    shown = client.get(url("two", model=model)).context["pairs"]
    return [(pair.first, pair.second, who) for pair, who in shown]


def test_two_that_are_two_are_listed_no_more_until_somebody_thinks_otherwise(client, pair):  # noqa: F811
    people = Person.objects.create(name="Ann Lee"), Person.objects.create(name="A. Lee")
    for model, (older, newer) in (("papers_paper", pair), ("reading_sessions_person", people)):
        page = client.get(url("duplicates", model=model))
        assert (len(page.context["pairs"]), page.context["told_apart"]) == (1, 0)
        assert Inline(page.content.decode()).refused == []
        told = {"first": newer.pk, "second": older.pk}
        for _ in range(2):  # somebody else was faster
            answer = client.post(url("duplicates", model=model), told, follow=True)
        assert said(answer) == [f"“{newer}” and “{older}” are two."]
        assert (answer.context["pairs"], answer.context["told_apart"]) == ([], 1)
        assert (
            f'<a href="{url("two", model=model)}">Show those said to be two (1)</a>'
            in answer.content.decode()
        )
        assert told_apart(client, model) == [(older, newer, "ada")]
        answer = client.post(url("two", model=model), told, follow=True)
        assert said(answer) == [f"“{newer}” and “{older}” may be one after all."]
        assert told_apart(client, model) == []
        assert len(client.get(url("duplicates", model=model)).context["pairs"]) == 1


def test_what_is_not_two_rows_is_not_told_apart(client, pair):  # noqa: F811
    one, other = pair
    for keys in ((one.pk, one.pk), (one.pk, 10**30), ("", ""), ("x", other.pk), (one.pk, 987654)):
        for page in ("duplicates", "two"):
            answer = client.post(url(page), {"first": keys[0], "second": keys[1]}, follow=True)
            assert said(answer)[0].endswith("Nothing was changed.")
    assert TwoPapers.objects.pairs() == set()


def test_a_list_of_those_told_apart_costs_the_same_at_1_and_30(client, db):  # noqa: F811
    costs = []
    for first, last in ((1, 1), (2, 30)):
        for number in range(first, last + 1):
            one, other = (make_paper(f"{word} {number}") for word in ("One", "Other"))
            TwoPapers.objects.say(one.pk, other.pk, User.objects.get())
        client.get(url("two"))
        with CaptureQueriesContext(connection) as queries:
            client.get(url("two"))
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 10


def test_people_are_merged(client, db):  # noqa: F811
    keep, lose = Person.objects.create(name="Ann Lee"), Person.objects.create(name="A. Lee")
    make_session(1).presenters.add(lose)
    answer = client.post(url("merge", model="reading_sessions_person"), form(keep, lose), follow=True)
    assert said_of_merge(answer) == (
        "“A. Lee” is now one with “Ann Lee”: 1 session. Its history has both as they were. "
    )
    assert list(Person.objects.all()) == [keep]


@pytest.mark.parametrize(
    "granted", [[], ["view_paper"], ["view_paper", "change_paper"], ["view_paper", "delete_paper"]]
)
def test_who_may_not_change_and_delete_may_not_merge(pair, granted):
    user = User.objects.create(username="bob", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=granted))
    bob = Client()
    bob.force_login(user)
    keep, lose = pair
    pages = [
        url("duplicates"),
        url("two"),
        url("merge", keep=keep.pk, lose=lose.pk),
        url("merge_with", keep.pk),
    ]
    assert [bob.get(page).status_code for page in pages] == [403, 403, 403, 403]
    assert bob.post(url("merge"), form(keep, lose)).status_code == 403
    for page in ("duplicates", "two"):
        assert bob.post(url(page), {"first": keep.pk, "second": lose.pk}).status_code == 403
    assert TwoPapers.objects.pairs() == set()
    assert Paper.objects.count() == 2
    assert Client().post(url("merge"), form(keep, lose)).status_code == 302  # to the log-in
    if "change_paper" in granted:
        assert "merge_selected" not in bob.get(url("changelist")).content.decode()


def test_a_merge_needs_the_token_of_its_page(organizer, pair):  # noqa: F811
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(organizer)
    assert strict.post(url("merge"), form(*pair)).status_code == 403
    assert Paper.objects.count() == 2


def test_a_database_that_is_away_is_nobodys_fault(client, pair, monkeypatch):  # noqa: F811
    client.raise_request_exception = False
    data = form(*pair)
    monkeypatch.setattr(Paper, "delete", fail_with("57P01"))  # its administrator shuts it down
    assert client.post(url("merge"), data).status_code == 503
    monkeypatch.setattr(Paper, "delete", fail_with("40P01"))  # a deadlock
    assert said(client.post(url("merge"), data, follow=True)) == [
        "Nothing was merged. Somebody else was writing at the same time, so nothing was changed. Try again."
    ]
    assert Paper.objects.count() == 2
