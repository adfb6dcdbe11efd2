"""The backlog in the admin: its order, what organizers say of its papers, and the way to a session."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from papers.models import Paper, Resource
from sessions.models import BacklogEntry, Reading, Session
from sessions.order import rearranged
from tests.factories import in_days, make_group, make_paper, make_session, read
from tests.test_admin import Inline, client, organizer, url  # noqa: F401 (fixtures)

LIST = "/admin/reading_sessions/backlogentry/"


def listed(*titles, **fields):
    """A list of papers, in this order."""
    return [
        BacklogEntry.objects.create(paper=make_paper(title), position=position, **fields)
        for position, title in enumerate(titles, 1)
    ]


def order():
    return "".join(str(entry) for entry in BacklogEntry.objects.all())


def positions():
    return list(BacklogEntry.objects.values_list("position", flat=True))


def page_of(client, address=LIST):  # noqa: F811
    """What a browser would send back from the list, nothing changed."""
    response = client.get(address)
    context = response.context_data
    formset = context["cl"].formset
    data = {"version": context["version"], "_save": "Save"}
    data |= {
        f"form-{name}": formset.management_form[name].value() for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    for index, form in enumerate(formset.forms):
        data |= {
            f"form-{index}-id": form.instance.pk,
            f"form-{index}-position": form.instance.position,
            f"form-{index}-stood": form.instance.position,
        }
    return data


def typed(page, entry, place):
    index = next(key[:-3] for key, value in page.items() if key.endswith("-id") and value == entry.pk)
    return page | {f"{index}-position": place}


def act(client, action, entries, address=LIST, **fields):  # noqa: F811
    version = context_of(client.get(LIST))["version"]
    keys = [entry.pk for entry in entries]
    return client.post(
        address,
        {"action": action, "index": 0, "_selected_action": keys, "version": version, "to": "", **fields},
    )


def context_of(response):
    return response.context_data or {}


def messages_of(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def changes_of(entry):
    return [
        (record.history_type, record.position, record.override)
        for record in entry.history.order_by("history_id")
    ]


# --- The rule of the order -----------------------------------------------------------------------------------


class Row:
    def __init__(self, pk, position):
        self.pk, self.position = pk, position


@given(st.integers(1, 12).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n), st.integers(1, n))))
def test_one_line_comes_to_stand_where_it_was_sent_and_the_others_keep_their_order(case):
    count, key, place = case
    result = [row.pk for row in rearranged([Row(n, n) for n in range(1, count + 1)], {key: place})]
    assert result[place - 1] == key
    assert [pk for pk in result if pk != key] == [n for n in range(1, count + 1) if n != key]


@given(st.permutations(range(1, 9)))
def test_a_whole_new_order_is_that_order(new):
    rows = [Row(n, n) for n in range(1, 9)]
    places = {pk: place for place, pk in enumerate(new, 1) if pk != place}
    assert [row.pk for row in rearranged(rows, places)] == list(new)


def test_a_place_among_positions_with_gaps_is_the_one_shown():
    assert [row.pk for row in rearranged([Row(1, 5), Row(2, 10), Row(3, 20)], {3: 7})] == [1, 3, 2]


# --- Typed in the list ---------------------------------------------------------------------------------------


def test_a_typed_position_moves_the_line_and_only_what_changed_is_recorded(client):  # noqa: F811
    a, b, c, d = listed("a", "b", "c", "d")
    response = client.post(LIST, typed(page_of(client), c, 2))
    assert messages_of(response) == ["“c” was moved; 2 lines have a new position."]
    assert (order(), positions()) == ("acbd", [1, 2, 3, 4])
    assert [changes_of(each) for each in (a, b, c, d)] == [
        [("+", 1, None)],
        [("+", 2, None), ("~", 3, None)],
        [("+", 3, None), ("~", 2, None)],
        [("+", 4, None)],
    ]
    assert c.history.latest().history_change_reason == "put in order"


def test_nothing_typed_changes_nothing(client):  # noqa: F811
    (a,) = listed("a")
    assert messages_of(client.post(LIST, page_of(client))) == [
        "Nothing was moved: every line kept its position."
    ]
    assert a.history.count() == 1


def test_positions_are_those_of_the_whole_list_on_every_page(client):  # noqa: F811
    entries = listed(*(f"p{number:03}" for number in range(1, 151)))
    page = page_of(client, f"{LIST}?p=2")
    assert page["form-TOTAL_FORMS"] == 50
    client.post(f"{LIST}?p=2", typed(page, entries[149], 1))
    entries[149].refresh_from_db()
    assert (entries[149].position, positions()) == (1, list(range(1, 151)))


@pytest.mark.parametrize("place", ["0", "-1", "10000", "first", "", "1.5", "²", "9" * 30])
def test_a_place_that_is_none_is_said_at_its_line(client, place):  # noqa: F811
    listed("a", "b")
    entry = BacklogEntry.objects.last()
    response = client.post(LIST, typed(page_of(client), entry, place))
    assert response.status_code == 200
    said = [form.errors for form in context_of(response)["cl"].formset.forms]
    assert said == [{}, {"position": ["Type a whole number from 1 to 2; the list ends there."]}]
    assert Inline(response.content.decode()).refused == []
    assert order() == "ab"


@pytest.mark.parametrize("part", ["?stands=to_cover", "?q=a", "?o=1", "?override__exact=dropped"])
def test_positions_are_typed_only_where_all_of_the_list_is_seen(client, part):  # noqa: F811
    a, b = listed("a", "b")
    page = page_of(client)
    response = client.get(LIST + part)
    assert context_of(response)["cl"].formset is None
    assert "See all of it" in response.content.decode()
    client.post(LIST + part, typed(page, b, 1))
    assert order() == "ab"
    act(client, "move_to_position", [a], LIST + "?q=a", to=2)
    assert order() == "ba"


def test_the_second_of_two_who_order_at_once_is_asked_and_loses_nothing(client, organizer):  # noqa: F811
    _a, b, c, d = listed("a", "b", "c", "d")
    other = Client()
    other.force_login(User.objects.create(username="bob", is_staff=True, is_superuser=True))
    mine, theirs = page_of(client), page_of(other)
    client.post(LIST, typed(mine, d, 1))
    BacklogEntry.objects.filter(pk=c.pk).delete()
    response = other.post(LIST, typed(typed(theirs, b, 1), c, 1))
    html = response.content.decode()
    assert (response.status_code, order()) == (200, "dab")
    assert "the list was changed after you opened it, last by" in html
    assert "1 of the lines you moved is no longer on the list" in html
    assert [(str(entry), place) for entry, place in context_of(response)["moves"]] == [("b", "1")]
    assert Inline(html).refused == []
    confirmed = {
        "action": "move_to_position", "index": 0, "select_across": 0, "_selected_action": [b.pk],
        "version": context_of(response)["version"], f"place-{b.pk}": "2",
    }  # fmt: skip
    assert messages_of(other.post(LIST, confirmed))[0].startswith("“b” was moved")
    assert order() == "dba"
    # An address opened long ago says so, too.
    assert "changed after you opened" in other.post(LIST, confirmed).content.decode()


# --- Actions -------------------------------------------------------------------------------------------------


def test_several_move_to_a_position_one_after_the_other(client):  # noqa: F811
    _a, b, _c, d, _e = listed("a", "b", "c", "d", "e")
    response = act(client, "move_to_position", [d, b], to=" 1 ")
    assert messages_of(response) == ["2 papers were moved; 4 lines have a new position."]
    assert (order(), positions()) == ("bdace", [1, 2, 3, 4, 5])
    act(client, "move_to_position", [b, d], to="5")
    assert order() == "acebd"


@pytest.mark.parametrize("place", ["0", "-1", "10000", "first", "", "1.5"])
def test_a_position_that_is_none_is_a_message(client, place):  # noqa: F811
    _a, b = listed("a", "b")
    response = act(client, "move_to_position", [b], to=place)
    assert messages_of(response) == [
        "Nothing was moved. Type a whole number from 1 to 2; the list ends there."
    ]
    assert order() == "ab"


def test_papers_are_marked_in_bulk_row_by_row_with_counts(client):  # noqa: F811
    a, b, c = listed("a", "b", "c")
    said = [
        messages_of(act(client, "say_covered", [a])),
        messages_of(act(client, "say_covered", [a, b])),
        messages_of(act(client, "drop", [b, c])),
        messages_of(act(client, "say_to_cover", [c])),
        messages_of(act(client, "as_the_sessions_say", [a])),
    ]
    assert said == [
        ["“a” was marked as covered."],
        ["“b” was marked as covered. 1 had that already."],
        ["2 papers were dropped."],
        ["“c” was marked as to cover."],
        ["“a” was left to what the sessions say."],
    ]
    assert changes_of(a) == [("+", 1, None), ("~", 1, "covered"), ("~", 1, None)]
    assert changes_of(c) == [("+", 3, None), ("~", 3, "dropped"), ("~", 3, "to_cover")]
    assert [record.history_user.username for record in a.history.all()[:2]] == ["ada", "ada"]


def test_who_has_to_give_way_is_told_and_nothing_is_changed(client, monkeypatch):  # noqa: F811
    a, b = listed("a", "b")
    cause = Exception()
    cause.sqlstate = "40P01"  # type: ignore[attr-defined]

    def save(self, **kwargs):
        raise OperationalError("deadlock detected") from cause

    monkeypatch.setattr(BacklogEntry, "save", save)
    for response in (act(client, "drop", [a]), act(client, "move_to_position", [b], to=1)):
        assert messages_of(response) == [
            "Somebody else was writing at the same time, so nothing was changed. Try again."
        ]


def test_looking_is_not_ordering(db):
    a, b = listed("a", "b")
    bob = User.objects.create(username="bob", is_staff=True)
    other = Client()
    other.force_login(bob)
    assert other.get(LIST).status_code == 403
    bob.user_permissions.add(Permission.objects.get(codename="view_backlogentry"))
    response = other.get(LIST)
    assert context_of(response)["cl"].formset is None
    assert "Schedule" not in response.content.decode()
    data = {
        "_save": "1", "form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": b.pk, "form-0-position": 1,
        "form-0-stood": 2, "version": context_of(response)["version"],
    }  # fmt: skip
    assert other.post(LIST, data).status_code == 403
    act(other, "drop", [a])
    assert (order(), BacklogEntry.objects.filter(override="dropped").count()) == ("ab", 0)


# --- Where it stands, and scheduling -------------------------------------------------------------------------


def test_the_list_says_where_each_paper_stands(client):  # noqa: F811
    make_group()
    entries = listed("covered", "planned", "drafted", "said", "dropped", "free")
    held = make_session(3)
    read(held, entries[0].paper)
    read(make_session(8, starts_at=in_days(3)), entries[1].paper)
    read(make_session(9, state=Session.State.DRAFT), entries[2].paper)
    BacklogEntry.objects.filter(pk=entries[3].pk).update(override="covered")
    BacklogEntry.objects.filter(pk=entries[4].pk).update(override="dropped")
    html = client.get(LIST).content.decode()
    assert f'covered</span>: <a href="{url(Session, "change", held.pk)}">session 3</a>' in html
    assert "session 8</a> (planned, " in html
    assert "session 9</a> (draft)" in html
    assert "covered</span> (set by an organizer)</td>" in html
    assert "dropped</span> (set by an organizer)</td>" in html
    assert html.count("to cover</span>") == 3


def test_a_paper_leads_to_a_new_session_that_reads_it(client):  # noqa: F811
    with_id = BacklogEntry.objects.create(paper=make_paper("DDPM", arxiv_id="2006.11239"))
    titled = BacklogEntry.objects.create(paper=make_paper("A & B: 100 % “noise”?"))
    for entry, line in ((with_id, "arXiv:2006.11239"), (titled, "A & B: 100 % “noise”?")):
        address = context_of(client.get(url(BacklogEntry, "change", entry.pk)))["schedule_url"]
        parts = urlsplit(address)
        assert (parts.path, parse_qs(parts.query)) == (
            url(Session, "add"),
            {"readings": [line], "title": [entry.paper.title]},
        )
        assert address.replace("&", "&amp;") in client.get(LIST).content.decode()
        assert "Schedule this paper" in client.get(url(BacklogEntry, "change", entry.pk)).content.decode()


def test_a_papers_form_leads_to_a_session_and_to_the_backlog_where_it_is_not_yet(client):  # noqa: F811
    paper = make_paper("A & B: 100 % “noise”?")
    tools = context_of(client.get(url(Paper, "change", paper.pk)))
    assert parse_qs(urlsplit(tools["schedule_url"]).query) == {
        "readings": [paper.title],
        "title": [paper.title],
    }
    form = context_of(client.get(tools["backlog_url"]))["adminform"].form
    assert client.post(ADD, {"what": form["what"].value(), "position": ""}).status_code == 302
    assert [entry.paper for entry in BacklogEntry.objects.all()] == [paper]
    assert "backlog_url" not in context_of(client.get(url(Paper, "change", paper.pk)))


def test_the_list_and_the_form_are_light_with_2000_papers_and_300_sessions(client):  # noqa: F811
    make_group()
    papers = Paper.objects.bulk_create(
        Paper(title=f"A paper with a title of the usual length, number {n}", slug=f"paper-{n}")
        for n in range(1, 2001)
    )
    sessions = Session.objects.bulk_create(
        Session(number=n, title=f"Title {n}", slug=f"{n}-title", state="published") for n in range(1, 301)
    )
    Reading.objects.bulk_create(
        Reading(session=session, paper=paper) for session, paper in zip(sessions, papers, strict=False)
    )
    entries = BacklogEntry.objects.bulk_create(
        BacklogEntry(paper=paper, position=n) for n, paper in enumerate(papers, 1)
    )
    for page in (LIST, f"{LIST}?p=20", f"{LIST}?stands=covered", url(BacklogEntry, "change", entries[5].pk)):
        with CaptureQueriesContext(connection) as queries:
            response = client.get(page)
        assert (page, response.status_code) == (page, 200)
        assert len(queries) <= 25, page
        assert len(response.content) < 250_000, page
    client.post(LIST, typed(page_of(client), entries[50], 1))
    assert positions() == list(range(1, 2001))


# --- Adding ------------------------------------------------------------------------------------------------------
ADD = url(BacklogEntry, "add")


def test_papers_are_added_by_pasting_at_the_end_or_at_a_place(client):  # noqa: F811
    listed("A", "B")
    known = make_paper("Denoising Diffusion", arxiv_id="2006.11239")
    pasted = (
        "https://arxiv.org/abs/2006.11239v2\nEDM https://arxiv.org/abs/2206.00364\n2210.02747\nsome words"
    )
    response = client.post(ADD, {"what": pasted, "position": 2}, follow=True)
    assert [str(message) for message in response.context["messages"]][:2] == [
        "Added as well: “EDM”, “arXiv:2210.02747”, “some words”.",
        '<a href="/admin/papers/paper/arxiv/">Fetch titles and authors from arXiv</a>',
    ]
    assert [(entry.position, str(entry)) for entry in BacklogEntry.objects.all()] == [
        (1, "A"),
        (2, "Denoising Diffusion"),
        (3, "EDM"),
        (4, "arXiv:2210.02747"),
        (5, "some words"),
        (6, "B"),
    ]
    assert BacklogEntry.objects.get(position=2).paper == known
    client.post(ADD, {"what": "https://post.example.com/paper.pdf", "position": ""})
    last = BacklogEntry.objects.get(position=7).paper
    assert (last.title, last.url) == ("post.example.com/paper.pdf", "https://post.example.com/paper.pdf")
    assert {
        record.history_user.username for record in BacklogEntry.objects.get(position=3).history.all()
    } == {"ada"}


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("", "Paste a link or an id, or write a title."),
        ("A", "“A” is on the list already."),
        ("same as 1", "This is no paper: the site has it as “1: Title 1”."),
        ("https://code.example/x", "This is no paper: the site has it as “Code”."),
        (
            "javascript:alert(1)",
            "“javascript:alert(1)” cannot be a link. Paste an address that starts with https://.",
        ),
        ("New\njavascript:alert(1)", "javascript:alert(1): “javascript:alert(1)” cannot be a link."),
        ("\n".join("x" * n for n in range(1, 52)), "These are 51 lines; paste at most 50 at a time."),
    ],
)
def test_what_cannot_be_on_the_list_is_said_and_nothing_is_half_added(client, what, said):  # noqa: F811
    listed("A")
    make_session(1)
    Resource.objects.create(title="Code", url="https://code.example/x")
    response = client.post(ADD, {"what": what})
    assert response.context_data["adminform"].form.errors["what"][0].startswith(said)
    assert (BacklogEntry.objects.count(), Paper.objects.count()) == (1, 1)


def test_the_form_of_a_line_leads_to_its_place_on_the_site(client):  # noqa: F811
    [entry] = listed("A")
    page = client.get(url(BacklogEntry, "change", entry.pk))
    assert f'href="/backlog/#paper-{entry.pk}" class="viewsitelink"' in page.text
    assert f'<li id="paper-{entry.pk}"' in client.get("/backlog/").text
    entry.override = "dropped"
    entry.save()
    assert "viewsitelink" not in client.get(url(BacklogEntry, "change", entry.pk)).text
