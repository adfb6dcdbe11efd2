"""What organizers see of link checks beside whatever links: the last result in lists and forms, and filters by it."""

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from papers.linkcheck import Manners
from papers.models import LinkCheck, Paper, Resource
from readinggroup import link_checks
from sessions.models import Group, Material, Person, Session
from tests.factories import leave, make_group, make_organizer, make_paper, make_session
from tests.link_targets import Targets
from tests.servers import url_of_the_test_database

pytestmark = pytest.mark.django_db
DAY = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # already the second in Berlin


@pytest.fixture
def client():
    client = Client()
    client.force_login(make_organizer())
    return client


def checked(url, result="alive", **fields):
    fields = {"checked_at": DAY} | fields
    return LinkCheck.objects.create(url=url, result=result, **fields)


def change(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def listed(client, model, **query):
    """The rows that a list shows."""
    page = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return list(client.get(page, query).context_data["cl"].result_list)


# --- Materials -------------------------------------------------------------------------------------------------
def said_of_materials(response):
    """What the form says of each material's link, in their order, the empty row last."""
    [materials] = [
        each for each in response.context_data["inline_admin_formsets"] if each.formset.prefix == "materials"
    ]
    return [row.form.said_of_link for row in materials]


def test_each_material_with_an_address_shows_what_its_last_check_said(client):
    make_group(source_url="https://code.example/owls/", time_zone="Europe/Berlin")
    session = make_session(1)
    for position, href in enumerate(
        ["https://a.example/", "slides.pdf", "https://new.example/", "mailto:a@a.example"]
    ):
        leave(session, href, position=position)
    checked("https://a.example/", "dead", reason="No such page.")
    checked("https://code.example/owls/slides.pdf", "moved", moved_to="https://<b>.example/")
    response = client.get(change(session))
    assert said_of_materials(response) == [
        "Dead, 2 Mar 2026. No such page.",
        "Moved, 2 Mar 2026. To https://<b>.example/",
        "Not checked",
        "",
        "",
    ]
    assert response.text.count("Last check of the link: ") == 3
    assert "Moved, 2 Mar 2026. To https://&lt;b&gt;.example/" in response.text


def test_materials_results_cost_the_same_at_one_and_at_three(client):
    make_group()
    session = make_session(1)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            client.get(change(session))
        return len(queries)

    leave(session, "https://a.example/0")
    first = (cost(), cost())[1]
    for number in (1, 2):
        leave(session, f"https://a.example/{number}")
        checked(f"https://a.example/{number}")
    assert cost() == first


def test_sessions_with_a_dead_link_are_found_by_their_room_and_their_materials(client):
    make_group(source_url="https://code.example/owls/")
    with_room = make_session(1, join_url="https://dead.example/")
    with_link, with_path, well, draft = (make_session(number) for number in (2, 3, 4, 5))
    Session.objects.filter(pk=draft.pk).update(state="draft")
    leave(with_link, "https://slow.example/")
    leave(with_path, "slides of mine.pdf")
    leave(well, "https://fine.example/")
    leave(draft, "https://dead.example/")
    checked("https://dead.example/", "dead")
    checked("https://slow.example/", "unsure", failing_since=timezone.now() - timedelta(15))
    checked("https://code.example/owls/slides%20of%20mine.pdf", "dead")
    checked("https://fine.example/", "unsure")
    assert {session.pk for session in listed(client, Session, link="dead")} == {
        with_room.pk,
        with_link.pk,
        with_path.pk,
        draft.pk,
    }
    assert len(listed(client, Session)) == 5


def test_with_no_dead_link_no_session_has_one(client):
    make_session(1, join_url="https://fine.example/")
    checked("https://fine.example/")
    assert listed(client, Session, link="dead") == []


# --- Fields with an address ------------------------------------------------------------------------------------
def help_of(response, field):
    return response.context_data["adminform"].form.fields[field].help_text


def test_the_groups_form_shows_the_results_of_its_addresses(client):
    group = make_group(chat_url="https://chat.example/", source_url="https://code.example/")
    checked("https://chat.example/", "dead", reason="<No> such page.")
    response = client.get(change(group))
    fields: dict[str, Any] = {field.name: field for field in Group._meta.get_fields()}
    before = {name: fields[name].help_text for name in ("chat_url", "source_url", "join_url")}
    assert {name: help_of(response, name) for name in before} == {
        "chat_url": f"{before['chat_url']} Last check: Dead, 1 Mar 2026. &lt;No&gt; such page.",
        "source_url": f"{before['source_url']} Last check: Not checked",
        "join_url": before["join_url"],
    }
    assert "Last check: Dead, 1 Mar 2026. &lt;No&gt; such page." in response.text


def test_a_sessions_form_shows_the_result_of_its_room(client):
    make_group()
    session = make_session(1, join_url="https://room.example/")
    checked("https://room.example/")
    response = client.get(change(session))
    assert help_of(response, "join_url").endswith(" Last check: Answers, 1 Mar 2026.")
    other = client.get(change(make_session(2)))
    assert "Last check" not in other.text


# --- People, papers, resources ---------------------------------------------------------------------------------
def test_people_have_column_line_and_filter_as_papers_do(client):
    ann = Person.objects.create(name="Ann", url="https://ann.example/")
    bob = Person.objects.create(name="Bob", url="https://bob.example/")
    cat = Person.objects.create(name="Cat")
    checked("https://ann.example/", "dead", reason="No such page.")
    page = client.get(reverse("admin:reading_sessions_person_changelist"))
    assert "Dead, 1 Mar 2026. No such page." in page.text
    assert "Dead, 1 Mar 2026. No such page." in client.get(change(ann)).text
    assert listed(client, Person, link="dead") == [ann]
    assert listed(client, Person, link="no") == [bob]
    assert "Not checked" not in client.get(change(cat)).text


def test_what_has_no_address_is_in_no_list_by_result(client):
    make_paper("Nowhere")
    here = make_paper("Here", url="https://here.example/")
    assert listed(client, Paper, link="no") == [here]
    post = Resource.objects.create(title="Post", url="https://post.example/")
    checked("https://post.example/", "moved", moved_to="https://new.example/")
    assert listed(client, Resource, link="moved") == [post]


# --- The page of links -----------------------------------------------------------------------------------------
LINKS = reverse("admin:papers_linkcheck_changelist")


def shown_on(response):
    """The addresses that the page of links shows, with the titles of their places, in its order."""
    found = response.context_data["cl"].result_list
    return [(check.url, [place.title for place, _ in check.places]) for check in found]


def test_the_page_lists_what_was_checked_with_its_places_the_longest_broken_first(client):
    make_group(time_zone="Europe/Berlin")
    session = make_session(1, "Flows")
    leave(session, "https://b.example/", kind="slides")
    post = Resource.objects.create(title="Post", url="https://b.example/")
    checked("https://a.example/")
    checked("https://b.example/", "dead", reason="No such page.", failing_since=DAY)
    checked("https://c.example/", "unsure", failing_since=DAY - timedelta(30))
    response = client.get(LINKS)
    assert shown_on(response) == [
        ("https://c.example/", []),
        ("https://b.example/", ["Post (address)", "1: Flows (slides)"]),
        ("https://a.example/", []),
    ]
    assert f'<a href="{change(post)}#id_url">Post (address)</a>' in response.text
    assert f'<a href="{change(session)}#materials-group">1: Flows (slides)</a>' in response.text
    assert "Dead. No such page. Failing since 2 Mar 2026." in response.text
    assert "Nowhere any more" in response.text


def test_the_page_is_searched_and_filtered_by_result(client):
    checked("https://a.example/", "dead", reason="No such page.")
    checked("https://b.example/", "moved", moved_to="https://new.example/")
    checked("https://c.example/", "unsure")
    checked("https://d.example/")
    for query, found in (
        ({"result": "dead"}, "a"),
        ({"result": "moved"}, "b"),
        ({"result": "unsure"}, "c"),
        ({"result": "alive"}, "d"),
        ({"result": "x"}, "abcd"),
        ({"q": "NEW.example"}, "b"),
        ({"q": "such page"}, "a"),
        ({"q": "c.ex"}, "c"),
        ({"result": "mend"}, ""),  # they stand nowhere
    ):
        urls = [url for url, _ in shown_on(client.get(LINKS, query))]
        assert (query, urls) == (query, [f"https://{letter}.example/" for letter in found])


def test_the_desk_leads_to_all_links_that_died(client):
    session = make_session(1)
    for number in range(9):
        leave(session, f"https://dead.example/{number}")
        checked(f"https://dead.example/{number}", "dead", failing_since=DAY + timedelta(number))
    checked("https://mended.example/", "dead", failing_since=DAY)
    desk = client.get(reverse("admin:index"))
    assert f'<a href="{LINKS}?result=mend">Show all 9</a>' in desk.text
    response = client.get(f"{LINKS}?result=mend")
    assert [url for url, _ in shown_on(response)] == [f"https://dead.example/{number}" for number in range(9)]


def test_an_address_in_many_places_shows_the_first_and_all_on_its_own_page(client):
    make_group()
    for number in range(1, 6):
        leave(make_session(number), "https://a.example/", kind="slides")
    check = checked("https://a.example/", "dead", reason="No such page.", failing_since=DAY)
    titles = [f"{number}: Title {number} (slides)" for number in range(1, 6)]
    in_list, alone = client.get(LINKS).text, client.get(change(check)).text
    assert [title for title in titles if title in in_list] == titles[:3]
    assert f'<a href="{change(check)}">and 2 more</a>' in in_list
    assert [title for title in titles if title in alone] == titles
    assert 'name="_save"' not in alone


def test_an_address_that_no_browser_should_open_is_no_link(client):
    check = checked("javascript:alert(1)", "unsure")
    assert 'href="javascript' not in client.get(LINKS).text + client.get(change(check)).text


def test_who_may_see_links_only_sees_no_names_of_what_they_stand_in(client):
    session = make_session(1, "Secret", state="draft")
    leave(session, "https://a.example/")
    check = checked("https://a.example/", "dead")
    bob = logged_in_with("view_linkcheck")
    for page in (LINKS, change(check)):
        text = bob.get(page).text
        assert ("Secret" in text, "1 place that you may not see" in text) == (False, True)


def logged_in_with(*may):
    user = User.objects.create(username="bob", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=may))
    client = Client()
    client.force_login(user)
    return client


def test_nothing_is_added_changed_or_deleted_there(client):
    check = checked("https://a.example/", "dead")
    for path in (f"{LINKS}add/", f"{LINKS}{check.pk}/delete/", f"{LINKS}{check.pk}/history/"):
        assert (path, client.get(path).status_code) == (path, 404)
    assert client.post(change(check), {"url": "https://b.example/"}).status_code == 403
    assert client.post(LINKS, {"action": "delete_selected", "_selected_action": check.pk}).status_code in (
        200,
        302,
    )
    check.refresh_from_db()
    assert check.url == "https://a.example/"


# --- What moved ------------------------------------------------------------------------------------------------
USE = reverse("admin:papers_linkcheck_use")
OLD, NEW = "https://old.example/", "https://new.example/"


@pytest.fixture
def moved():
    return checked(OLD, "moved", moved_to=NEW)


def buttons(text):
    """What the buttons of a page send."""
    return [
        html.unescape(value) for value in re.findall(r'form="use-moved" name="use" value="([^"]*)"', text)
    ]


def press(client, page, which=0):
    """Press a button of the page; what is said then. It leads back to the page."""
    response = client.post(USE, {"use": buttons(client.get(page).text)[which], "next": page}, follow=True)
    assert response.redirect_chain == [(page, 302)]
    return [html.unescape(strip_tags(str(message))) for message in response.context["messages"]]


def made(kind):
    """A row at the old address."""
    return {
        "paper": lambda: make_paper("DDPM", url=OLD, arxiv_id="2006.11239"),
        "resource": lambda: Resource.objects.create(title="Post", url=OLD),
        "person": lambda: Person.objects.create(name="Ann", url=OLD),
    }[kind]()


@pytest.mark.parametrize("kind", ["paper", "resource", "person"])
@pytest.mark.parametrize("is_its_own_form", [True, False])
def test_the_address_it_moved_to_is_taken_over_and_nothing_else(client, moved, kind, is_its_own_form):
    row = made(kind)
    before = type(row).objects.values().get(pk=row.pk)
    name = {"paper": "DDPM (address)", "resource": "Post (address)", "person": "Ann (home page)"}[kind]
    assert press(client, change(row) if is_its_own_form else LINKS) == [f"{name} is now {NEW}"]
    assert type(row).objects.values().get(pk=row.pk) == before | {"url": NEW}
    record = row.history.latest()
    assert (record.url, record.history_change_reason, str(record.history_user)) == (
        NEW,
        "its address moved",
        "olive",
    )
    assert LinkCheck.objects.get().url == OLD  # nobody asked the new one yet


def test_a_room_a_chat_and_a_material_are_rewritten_from_the_page_of_links(client, moved):
    group = make_group(chat_url=OLD)
    session = make_session(1, join_url=OLD)
    material = leave(session, OLD, kind="slides")
    revision = Session.objects.get().revision
    assert [press(client, change(moved)) for _ in range(3)] == [
        [f"1: Title 1 (meeting room) is now {NEW}"],
        [f"The Owls (chat) is now {NEW}"],
        [f"1: Title 1 (slides) is now {NEW}"],
    ]
    session.refresh_from_db()
    assert (session.join_url, session.revision) == (NEW, revision + 2)
    assert Group.objects.get(pk=group.pk).chat_url == NEW
    assert Material.objects.get(pk=material.pk).href == NEW
    assert material.history.latest().history_change_reason == "its address moved"
    assert buttons(client.get(change(moved)).text) == []


def test_what_is_made_of_something_else_has_no_button(client):
    make_group(source_url=OLD)
    paper = make_paper("DDPM", arxiv_id="2006.11239")
    leave(make_session(1), "slides.pdf")
    for url in (OLD, f"{OLD}slides.pdf", str(paper.link)):
        checked(url, "moved", moved_to=NEW)
    assert buttons(client.get(LINKS).text + client.get(change(paper)).text) == []


@pytest.mark.parametrize("result", ["alive", "dead", "unsure"])
def test_what_did_not_move_has_no_button(client, result):
    checked(OLD, result, moved_to=NEW)  # a host in trouble may have redirected
    post = made("resource")
    assert buttons(client.get(LINKS).text + client.get(change(post)).text) == []


MEANWHILE = "Nothing was changed: meanwhile somebody changed this address, or it moved elsewhere. Look again."


def change_the_row(moved):
    Resource.objects.update(url="https://other.example/")


def move_it_elsewhere(moved):
    LinkCheck.objects.update(moved_to="https://elsewhere.example/")


def find_it_dead(moved):
    LinkCheck.objects.update(result="dead")


def forget_it(moved):
    LinkCheck.objects.all().delete()


@pytest.mark.parametrize("meanwhile", [change_the_row, move_it_elsewhere, find_it_dead, forget_it])
def test_what_somebody_changed_meanwhile_stays(client, moved, meanwhile):
    post = made("resource")
    [use] = buttons(client.get(change(post)).text)
    meanwhile(moved)
    before = Resource.objects.values().get()
    response = client.post(USE, {"use": use}, follow=True)
    assert response.redirect_chain == [(LINKS, 302)]
    assert [str(message) for message in response.context["messages"]] == [MEANWHILE]
    assert Resource.objects.values().get() == before


@pytest.mark.parametrize(
    "use", ["", "x", "1", f"{'9' * 30} a b", "1 papers.paper-1-slug https://x.example/", "\0"]
)
def test_what_no_button_sends_changes_nothing(client, moved, use):
    made("resource")
    response = client.post(USE, {"use": use, "next": "https://evil.example/"}, follow=True)
    assert response.redirect_chain == [(LINKS, 302)]
    assert [str(message) for message in response.context["messages"]] == [MEANWHILE]


def test_an_address_that_another_has_or_that_is_too_long_is_refused(client, moved):
    post = made("resource")
    make_paper("DDPM", url=NEW)
    said = (
        "Nothing was changed. This address is both a paper's and a resource's. Remove it from one of the two."
    )
    assert press(client, change(post)) == [said]
    LinkCheck.objects.update(moved_to=NEW + "x" * 500)
    [said] = press(client, change(post))
    assert said.startswith("Nothing was changed: Ensure this value has at most 500 characters")
    assert Resource.objects.get().url == OLD


def test_only_who_may_change_the_row_takes_an_address_over(client, moved):
    post = made("resource")
    [use] = buttons(client.get(change(post)).text)
    bob = logged_in_with("view_linkcheck", "view_resource")
    assert buttons(bob.get(LINKS).text + bob.get(change(post)).text) == []
    assert bob.post(USE, {"use": use}).status_code == 403
    assert client.get(USE).status_code == 405
    assert Resource.objects.get().url == OLD


# --- Again -----------------------------------------------------------------------------------------------------
@pytest.fixture
def targets(monkeypatch):
    quick = Manners(private=True, pause=0)
    monkeypatch.setattr(link_checks, "manners", lambda: quick)
    with Targets() as running:
        yield running


def again(client, *checks):
    """Tick these in the list and have them checked again; what is said then, with how bad it is."""
    data = {"action": "check_again", "_selected_action": [check.pk for check in checks]}
    response = client.post(LINKS, data, follow=True)
    return [(message.level_tag, str(message)) for message in response.context["messages"]]


def test_what_is_ticked_is_checked_again_and_nothing_else(client, targets):
    day = f"{timezone.now():%-d %b %Y}"
    back, gone, shut, other = (
        checked(targets.url(path), "dead", failing_since=DAY)
        for path in ("ok", "status/404", "status/403", "other")
    )
    assert again(client, back, gone, shut) == [
        ("success", f"{back.url}: Answers, {day}."),
        (
            "warning",
            f"{shut.url}: Cannot be told, {day}. 127.0.0.1 does not let a machine look (403). Look at it yourself.",
        ),
        ("error", f"{gone.url}: Dead, {day}. 127.0.0.1 says that there is no such page (404)."),
    ]
    assert dict(LinkCheck.objects.values_list("url", "result")) == {
        back.url: "alive",
        gone.url: "dead",
        shut.url: "unsure",
        other.url: "dead",
    }
    assert {path for *_, path in targets.asked} == {"/ok", "/status/404", "/status/403"}
    gone.refresh_from_db()
    assert gone.failing_since == DAY


def test_one_is_checked_again_from_its_own_page(client, targets):
    check = checked(targets.url("to/301/ok"), "dead")
    page = client.get(change(check))
    address = reverse("admin:papers_linkcheck_again", args=[check.pk])
    assert f'<form method="post" action="{address}">' in page.text
    response = client.post(address, follow=True)
    assert response.redirect_chain == [(change(check), 302)]
    said = f"{check.url}: Moved, {timezone.now():%-d %b %Y}. To {targets.url('ok')}"
    assert [str(message) for message in response.context["messages"]] == [said]


def test_more_than_20_are_refused(client, targets):
    checks = [checked(targets.url(f"ok/{number}")) for number in range(21)]
    said = "You chose 21 links: choose 20 at most. The nightly “check_links” asks for all of them."
    assert again(client, *checks) == [("error", said)]
    assert targets.asked == []
    assert len(again(client, *checks[:20])) == 20


def test_what_has_not_answered_in_time_stays_as_it_was(client, targets, monkeypatch):
    monkeypatch.setattr(link_checks, "WITHIN", 0.0)
    check = checked(targets.url("hang"))
    before = LinkCheck.objects.values().get()
    said = f"No answer in time, so the last result stays: {check.url}. The nightly “check_links” asks for all of them."
    assert again(client, check) == [("warning", said)]
    assert LinkCheck.objects.values().get() == before


def test_while_links_are_being_checked_nobody_checks_them_again(client, targets):
    check = checked(targets.url("ok"), "dead")
    with psycopg.connect(url_of_the_test_database()) as other:
        other.execute("SELECT pg_advisory_lock(hashtext(%s))", [link_checks.LOCK])
        said = "Links are being checked already. The nightly “check_links” asks for all of them."
        assert again(client, check) == [("warning", said)]
    assert targets.asked == []


def test_who_may_only_look_asks_nobody(client, targets):
    check = checked(targets.url("ok"), "dead")
    bob, address = logged_in_with("view_linkcheck"), reverse("admin:papers_linkcheck_again", args=[check.pk])
    assert "check_again" not in bob.get(LINKS).text
    assert address not in bob.get(change(check)).text
    assert bob.post(address).status_code == 403
    again(bob, check)
    assert client.get(address).status_code == 405
    assert client.post(reverse("admin:papers_linkcheck_again", args=[0])).status_code == 404
    assert targets.asked == []
