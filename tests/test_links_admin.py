"""What organizers see of link checks beside whatever links: the last result in lists and forms, and filters by it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from papers.models import LinkCheck, Paper, Resource
from sessions.models import Group, Person, Session
from tests.factories import leave, make_group, make_organizer, make_paper, make_session

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
