"""A session has up to 200 readings and 100 materials; forms of that size, and selections of a whole list, are saved."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from papers.models import Resource
from sessions.models import Material, Reading, Session
from tests.factories import make_session
from tests.test_admin import errors, management, session_form, url
from tests.test_admin_as_shown import as_shown


@pytest.fixture
def client(db):
    client = Client()
    client.force_login(User.objects.create(username="ada", is_staff=True, is_superuser=True))
    return client


def filled(readings, materials=0):
    session = make_session(1)
    Reading.objects.bulk_create(
        Reading(session=session, label=f"Line {place}", position=place) for place in range(1, readings + 1)
    )
    Material.objects.bulk_create(
        Material(session=session, href=f"{place}.pdf", position=place) for place in range(1, materials + 1)
    )
    return session


def change(session):
    return url(Session, "change", session.pk)


def rows(session):
    """The session's readings as its form has them."""
    return [{"id": line.pk, "what": line.label, "position": line.position} for line in session.readings.all()]


def test_the_fullest_session_is_saved_as_browsers_send_it(client):
    session = filled(200, 100)
    sent = as_shown(client.get(change(session)).content.decode()).dict() | {"title": "Full"}
    parts = [f'"{name}"\r\n\r\n{value}' for name, value in sent.items()]
    parts += [
        f'"materials-{place}-file"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n'
        for place in [*range(100), "__prefix__"]
    ]
    body = "".join(f"--limit\r\nContent-Disposition: form-data; name={part}\r\n" for part in parts)
    response = client.post(change(session), body + "--limit--\r\n", "multipart/form-data; boundary=limit")
    assert (response.status_code, Session.objects.get().title) == (302, "Full")


@pytest.mark.parametrize(
    ("there", "pasted", "said"),
    [
        (0, ["a", *["b"] * 199], None),
        (199, ["a"], None),
        (199, ["a", "b"], ("readings-200-what", 201)),
        (199, ["a\nb"], ("readings-199-what", 201)),
        (180, ["a\nb\nc", "\n".join("d" * 40), "e"], ("readings-181-what", 223)),
    ],
)
def test_rows_and_pasted_lines_together_fit_into_the_session(client, there, pasted, said):
    session = filled(there)
    sent = session_form(session, readings=rows(session) + [{"what": what} for what in pasted])
    response = client.post(change(session), sent)
    if said is None:
        assert (response.status_code, session.readings.count()) == (302, 200)
        return
    field, count = said
    assert errors(response) == {
        field: [
            f"A session can have 200 readings; with this it would have {count}. Spread them over several sessions."
        ]
    }
    assert session.readings.count() == there


def test_materials_fit_into_the_session_too(client):
    session = make_session(1)
    sent = session_form(session, materials=[{"href": f"{place}.pdf"} for place in range(101)])
    assert errors(client.post(change(session), sent)) == {
        "materials-100-href": [
            "A session can have 100 materials; with this it would have 101. Spread them over several sessions."
        ]
    }


def test_what_an_import_added_beyond_may_stay_and_go(client):
    session = filled(205)
    lines = rows(session)
    assert client.post(change(session), session_form(session, readings=lines)).status_code == 302
    sent = session_form(session, readings=[*lines, {"what": "One more"}])
    assert errors(client.post(change(session), sent)) == {
        "readings-205-what": [
            "A session can have 200 readings; with this it would have 206. Spread them over several sessions."
        ]
    }
    lines[0]["DELETE"] = "on"
    assert client.post(change(session), session_form(session, readings=lines)).status_code == 302
    assert session.readings.count() == 204


def test_a_forged_number_of_rows_makes_no_rows(client):
    session = make_session(1)
    forged = management("readings", 100_000) | management("materials", 100_000)
    response = client.post(change(session), session_form(session) | forged)
    said = errors(response)
    assert [said["readings"], said["materials"]] == [
        ["These are more rows than can be looked at: a session can have 200. Spread them over several."],
        ["These are more rows than can be looked at: a session can have 100. Spread them over several."],
    ]
    made = [len(inline.formset.forms) for inline in response.context_data["inline_admin_formsets"]]
    assert made[:2] == [400, 200]


def test_a_whole_list_is_deleted_at_once(client):
    Resource.objects.bulk_create(
        Resource(title=f"Post {place}", url=f"https://post.example/{place}") for place in range(1300)
    )
    page = url(Resource, "changelist")
    some = Resource.objects.order_by("pk")[0].pk
    chosen = {"action": "delete_selected", "select_across": 1, "index": 0, "_selected_action": some}
    asked = client.post(page, chosen)
    assert asked.context_data["title"] == "Delete multiple objects"
    sent = {
        "action": "delete_selected",
        "post": "yes",
        "_selected_action": [row.pk for row in asked.context_data["queryset"]],
    }
    assert len(sent["_selected_action"]) == 1300
    assert client.post(page, sent).status_code == 302
    assert Resource.objects.count() == 0
