"""The admin asked for what cannot be, in addresses and chosen rows: it leads back or says no, and never breaks."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

import pytest
from django.contrib import admin
from django.db import models
from django.urls import reverse

from papers.models import Resource
from sessions.admin.backlog import version_of_the_list
from sessions.models import BacklogEntry, Person, Session
from tests.factories import make_group, make_paper, make_session
from tests.test_admin import management, url


@pytest.mark.parametrize("row", ["99999999999999999999", "x", "%00", "-1", "1.5", "9223372036854775808"])
@pytest.mark.parametrize("page", ["change", "delete", "history"])
def test_a_row_that_cannot_be_leads_to_the_front_page(admin_client, row, page):
    response = admin_client.get(f"/admin/papers/paper/{row}/{page}/")
    assert response.status_code == 302
    assert response["Location"] == reverse("admin:index")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("reading_sessions/session/?q=99999999999999999999", 200),
        ("reading_sessions/session/?q=" + "x" * 5000, 200),
        ("reading_sessions/session/?q=%00", 200),
        ("reading_sessions/session/?number=99999999999999999999", 200),
        ("reading_sessions/session/?number__in=99999999999999999999", 200),
        ("reading_sessions/session/?number__regex=(", 400),
        ("reading_sessions/session/?state__exact=%00", 400),
        ("reading_sessions/session/?number=x", 302),
        ("reading_sessions/session/?number=x&e=1", 400),
        ("reading_sessions/session/?p=99999999999999999999", 200),
        ("reading_sessions/session/?starts_at__gte=99999-01-01", 302),
        ("reading_sessions/session/?presenters__id__exact=99999999999999999999", 200),
        ("papers/paper/?q=%FF", 200),
        ("papers/paper/?o=99999999999999999999", 200),
        ("autocomplete/?app_label=reading_sessions&model_name=backlogentry&field_name=paper&term=%00", 400),
        (
            "autocomplete/?app_label=reading_sessions&model_name=backlogentry&field_name=paper&term=x&page=999",
            404,
        ),
        ("autocomplete/?app_label=reading_sessions&model_name=backlogentry&field_name=paper&term=x", 200),
        ("autocomplete/?app_label=reading_sessions&model_name=backlogentry&field_name=label", 403),
    ],
)
def test_an_odd_question_is_answered_without_a_crash(admin_client, path, status):
    assert admin_client.get(f"/admin/{path}").status_code == status


@pytest.mark.parametrize(
    "question",
    [
        "starts_at__year=0",
        "starts_at__year=10000",
        "starts_at__iso_year=99999999999",
        "title__range=1",
        "title__unaccent=x",
        "number__search=x",
        "title__in__x=1",
        "id__range=1",
    ],
)
def test_what_no_list_can_answer_leads_to_the_list_as_it_is(admin_client, question):
    name, lookup = question.split("__", 1)
    of = {"starts_at": models.DateTimeField, "title": models.CharField, "number": models.IntegerField}
    asked = 0
    for model in admin.site._registry:
        page = url(model, "changelist")
        for field in model._meta.fields:
            if isinstance(field, of.get(name, models.AutoField)) and field.name != "password":
                asked += 1
                response = admin_client.get(f"{page}?{field.name}__{lookup}")
                assert (response.status_code, response.headers.get("Location")) == (302, f"{page}?e=1")
                assert admin_client.get(f"{page}?{field.name}__{lookup}&e=1").status_code == 400
    assert asked


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("question", ["position=x", "label__unaccent=x"])
def test_a_list_is_not_put_in_order_by_an_odd_question(admin_client, question):
    page = url(BacklogEntry, "changelist")
    response = admin_client.post(f"{page}?{question}", {"_save": "Save"} | management("form"))
    assert (response.status_code, response["Location"]) == (302, f"{page}?e=1")


NO_KEYS = {"word": "abc", "nul": "\0", "empty": "", "minus": "-1", "superscript": "²", "endless": "5" * 5000}


@pytest.mark.parametrize("key", NO_KEYS.values(), ids=NO_KEYS)
def test_an_odd_key_is_no_row(admin_client, key):
    for page in (url(BacklogEntry, "add") + "?paper=", url(Resource, "add") + "?papers=1,"):
        assert admin_client.get(page + quote(key)).status_code == 200
    for model, model_admin in admin.site._registry.items():
        for action in (*(model_admin.actions or ()), "delete_selected"):
            chosen = {"action": action, "index": 0, "_selected_action": key}
            response = admin_client.post(url(model, "changelist"), chosen)
            assert (model, action, response.status_code) == (model, action, 400)


@pytest.mark.parametrize("key", NO_KEYS.values(), ids=NO_KEYS)
def test_an_odd_place_in_the_backlog_is_none(admin_client, key):
    entry = BacklogEntry.objects.create(paper=make_paper("DDPM"), position=1)
    page = url(BacklogEntry, "changelist")
    chosen = {"action": "move_to_position", "index": 0, "_selected_action": entry.pk, "to": 1}
    body = urlencode(chosen | {f"place-{key}": 1, "version": version_of_the_list()})
    response = admin_client.post(page, body, "application/x-www-form-urlencoded")
    assert (response.status_code, response["Location"]) == (302, page)
    assert admin_client.get(page, {"p": key}).status_code == 200


def test_a_new_session_has_what_its_address_asks_for_and_can_be(admin_client):
    make_group(time_zone="Asia/Tokyo")
    ann, bob = (Person.objects.create(name=name) for name in ("Ann", "Bob"))

    def shown(query):
        form = admin_client.get(f"{url(Session, 'add')}?{query}").context_data["adminform"].form
        return [form[name].subwidgets[0].data["value"] for name in ("presenters",)] + [
            widget["value"] for widget in form["starts_at"].subwidgets[0].data["subwidgets"]
        ]

    assert shown(f"presenters={ann.pk},{bob.pk}") == ["Ann, Bob", None, None]
    assert shown(f"presenters={bob.pk},Eve,999,{'5' * 5000}") == ["Bob", None, None]
    assert shown("presenters=Eve") == [None, None, None]
    assert shown("starts_at=2026-01-31") == [None, "2026-01-31", None]
    assert shown("starts_at=2026-01-31T18:00") == [None, "2026-01-31", "18:00"]
    for odd in ("2026-02-30", "2026-01-31T25:00", "x", "", "5" * 5000, "%00", "2026-01-31T18:00Z"):
        assert shown(f"starts_at={odd}&presenters={odd}") == [None, None, None]


def test_a_duration_and_a_start_always_add_up(admin_client):
    make_group(usual_duration=timedelta(days=1000))
    make_session(1, starts_at=datetime(2200, 1, 1, tzinfo=UTC), duration=timedelta(days=1000))
    session = Session.objects.upcoming(datetime(2026, 1, 1, tzinfo=UTC)).get()
    assert session.ends_at(timedelta(hours=1)) == datetime(2202, 9, 28, tzinfo=UTC)
