"""What narrows the list of results, and what is said of filters that make no sense."""

import re
from html import unescape
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from papers.models import Resource
from readinggroup.search.filters import SearchForm
from sessions.models import Person
from tests.factories import in_days, leave, make_group, make_paper, make_session, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("searched_at_once")]


@pytest.fixture
def group() -> None:
    """Three sessions on owls, the last of which stands for three weeks; each reads a paper and a post of its own."""
    make_group()
    ann, bob = Person.objects.create(name="Ann Lee"), Person.objects.create(name="Bob Ray")
    for number, last in ((1, None), (2, None), (5, 7)):
        session = make_session(number, f"Owls {number}", last_number=last)
        read(session, make_paper(f"Owl paper {number}"), presenters=[bob] if number == 2 else [])
        post = Resource.objects.create(title=f"Owl post {number}", url=f"https://post.example/{number}")
        read(session, resource=post)
        leave(session, f"https://video.example/{number}", kind="recording")
    session.presenters.add(ann)
    leave(session, "deck.pdf", kind="slides", presenters=[bob])
    again = make_session(8, "Again")
    read(again, same_as=session)
    make_session(9, "Owls to come", starts_at=in_days(3))
    make_session(6 + 4, "Owl draft", state="draft")
    make_paper("Owl of nobody")


def found(client: Client, **query: Any) -> list[str]:
    html = client.get("/search/", query).content.decode()
    titles = re.findall(r'<span class="kind">\w+</span> (.*?)</a>', html)
    return sorted(unescape(re.sub("<[^>]+>", "", title)) for title in titles)


def said(client: Client, **query: Any) -> str:
    html = client.get("/search/", query).content.decode()
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", html[html.index("<main") :]).split()))


@pytest.mark.usefixtures("group")
@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"kind": "session"}, ["Week 1: Owls 1", "Week 2: Owls 2", "Week 5–7: Owls 5", "Week 9: Owls to come"]),
        ({"kind": "paper"}, ["Owl of nobody", "Owl paper 1", "Owl paper 2", "Owl paper 5"]),
        ({"kind": "resource"}, ["Owl post 1", "Owl post 2", "Owl post 5"]),
        ({"kind": "person"}, []),
        ({"from": "7", "to": "8"}, ["Owl paper 5", "Owl post 5", "Week 5–7: Owls 5"]),
        ({"from": "8", "to": "8"}, ["Owl paper 5", "Owl post 5"]),  # “same as”
        ({"from": "6", "to": "6", "kind": "session"}, ["Week 5–7: Owls 5"]),
        ({"from": "9"}, ["Week 9: Owls to come"]),
        ({"to": "1"}, ["Owl paper 1", "Owl post 1", "Week 1: Owls 1"]),
        ({"from": "10"}, []),
        ({"has": "recording"}, ["Week 1: Owls 1", "Week 2: Owls 2", "Week 5–7: Owls 5"]),
        ({"has": ["recording", "slides"]}, ["Week 5–7: Owls 5"]),
        ({"has": "slides", "kind": "paper"}, []),
        ({"presenter": "ann-lee"}, ["Owl paper 5", "Owl post 5", "Week 5–7: Owls 5"]),
        ({"presenter": "bob-ray"}, ["Owl paper 2", "Week 2: Owls 2", "Week 5–7: Owls 5"]),
        ({"presenter": "bob-ray", "to": "4"}, ["Owl paper 2", "Week 2: Owls 2"]),
    ],
)  # fmt: skip
def test_filters_narrow_the_list(client: Client, filters: dict[str, str], expected: list[str]):
    assert found(client, q="owl", **filters) == expected


@pytest.mark.usefixtures("group")
def test_filters_alone_list_all_that_passes_sessions_newest_first(client: Client):
    html = client.get("/search/?from=1&q=").content.decode()
    titles = re.findall(r'<span class="name">(.*?)</span></a>', html)
    assert titles == [
        "Week 9: Owls to come", "Week 8: Again", "Week 5–7: Owls 5", "Week 2: Owls 2", "Week 1: Owls 1",
        "Owl paper 1", "Owl paper 2", "Owl paper 5", "Owl post 1", "Owl post 2", "Owl post 5", "Ann Lee", "Bob Ray",
    ]  # fmt: skip
    for first, last, people in (
        ("3", "8", ["Ann Lee", "Bob Ray"]), ("2", "4", ["Bob Ray"]), ("1", "1", []), ("8", "9", []),
    ):  # fmt: skip
        assert (first, found(client, **{"from": first, "to": last, "kind": "person"})) == (first, people)


@pytest.mark.usefixtures("group")
def test_a_paper_or_resource_says_all_sessions_that_read_it_through_same_as_too(client: Client):
    for kind in ("paper", "resource"):
        assert re.search(r"In Week 5–7 , Week 8\b", said(client, q="owl 5", kind=kind))


@pytest.mark.usefixtures("group")
def test_a_person_says_each_session_with_a_part_of_theirs(client: Client):
    materials = make_session(11, "Eleven")
    leave(materials, "a.pdf", kind="slides", presenters=[Person.objects.create(name="Cat Ode")])
    assert "person Cat Ode In Week 11 " in said(client, q="cat", kind="person")
    assert "person Bob Ray In Week 2 , Week 5–7 " in said(client, q="bob", kind="person")
    assert "person Ann Lee In Week 5–7 " in said(client, q="ann", kind="person")


def test_presenters_stand_in_the_order_of_the_page_of_people_whatever_their_capitals(client: Client):
    for number, name in enumerate(["marii", "Molly Beavers", "Zoë", "ann"]):
        make_session(number + 1).presenters.add(Person.objects.create(name=name))
    names = re.findall(r'<option value="[^"]+">([^<]*)</option>', client.get("/search/").content.decode())
    assert names[-4:] == ["ann", "marii", "Molly Beavers", "Zoë"]
    people = client.get("/people/").content.decode()
    assert sorted(names[-4:], key=people.index) == names[-4:]


def test_filters_that_cannot_be_used_are_said_with_the_results_that_a_script_shows(client: Client):
    make_group()
    for query in ({"q": "owl"}, {}):
        html = unescape(client.get("/search/results/", {**query, "from": "x", "kind": "y"}).content.decode())
        for message in (
            "“x” is not a number. Enter one such as 12.",
            "There is no kind “y”. Choose one from the list.",
        ):
            assert (query, f'<span class="note">{message} This filter was ignored.</span>' in html) == (
                query,
                True,
            )
    html = unescape(client.get("/search/", {"q": "owl", "from": "x"}).content.decode())
    assert html.count("“x” is not a number") == 1


@pytest.mark.usefixtures("group")
def test_each_filter_is_said_and_goes_with_one_click(client: Client):
    query = "q=owl&kind=session&from=5&to=7&presenter=bob-ray&has=slides&has=recording"
    html = client.get(f"/search/?{query}").content.decode()
    chips = re.findall(r'<li><a href="(/search/[^"]*)">(.*?) <span aria-hidden', html)
    assert [text for _, text in chips] == [
        "only sessions", "week 5 to 7", "with Bob Ray", "with slides", "with a recording",
    ]  # fmt: skip
    assert [unescape(url).partition("?")[2] for url, _ in chips] == [
        "q=owl&from=5&to=7&presenter=bob-ray&has=slides&has=recording",
        "q=owl&kind=session&presenter=bob-ray&has=slides&has=recording",
        "q=owl&kind=session&from=5&to=7&has=slides&has=recording",
        "q=owl&kind=session&from=5&to=7&presenter=bob-ray&has=recording",
        "q=owl&kind=session&from=5&to=7&presenter=bob-ray&has=slides",
    ]
    empty = said(client, q="owl", kind="session", **{"from": "90"})
    assert (
        "Nothing was found for “owl” with these filters. only sessions × : remove from week 90 × : remove"
        in empty
    )
    assert "Search without filters" in empty


@pytest.mark.usefixtures("group")
@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"from": "abc"}, "“abc” is not a number. Enter one such as 12. This filter was ignored."),
        ({"to": "-1"}, "“-1” is not a number"),
        ({"to": "1.5"}, "“1.5” is not a number"),
        ({"from": "9" * 40}, "is not a number"),
        ({"from": "٣"}, "“٣” is not a number"),
        ({"from": "7", "to": "5"}, "7 to 5 runs backwards. Put the lower number first. This filter was ignored."),
        ({"kind": "xyz"}, "There is no kind “xyz”. Choose one from the list. This filter was ignored."),
        ({"kind": "\0"}, "There is no kind “"),
        ({"presenter": "nobody"}, "Nobody here goes by “nobody”. Choose a name from the list. This filter was ignored."),
        ({"presenter": "<b>" + "x" * 500}, "Nobody here goes by “<b>"),
        ({"has": "owls"}, "Sessions can be filtered by recording and slides, not by “owls”. This filter was ignored."),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said_and_not_used(client: Client, filters: dict[str, str], message: str):
    text = said(client, q="owl", **filters)
    assert message in text
    assert found(client, q="owl", **filters) == found(client, q="owl")
    assert client.get("/search/results/", {"q": "owl", **filters}).status_code == 200


@pytest.mark.usefixtures("group")
def test_the_form_shows_what_was_asked_for(client: Client):
    html = client.get(
        "/search/?q=a+%22b%22&kind=paper&from=5&to=7&presenter=ann-lee&has=slides"
    ).content.decode()
    assert 'name="q" type="search" value="a &quot;b&quot;"' in html
    assert '<option value="paper" selected>' in html
    assert '<option value="ann-lee" selected>' in html
    assert re.findall(r'name="(?:from|to)"[^>]* value="(\d+)"', html) == ["5", "7"]
    assert re.findall(r'value="(\w+)" checked', html) == ["slides"]
    assert "<details open>" in html
    assert "<details>" in client.get("/search/?q=a").content.decode()


def test_an_empty_site_has_a_search(client: Client):
    for query in (
        {"q": "owl"},
        {"kind": "person"},
        {"q": "owl", "presenter": "x", "has": "slides"},
        {"q": "-owl"},
    ):
        assert client.get("/search/", query).status_code == 200


def test_a_filter_counts_once_however_often_it_is_asked_for():
    form = SearchForm(QueryDict("&".join(["has=slides"] * 500 + ["has=recording"] * 500)))
    assert form.is_valid()
    assert form.narrowing().has == ("slides", "recording")
