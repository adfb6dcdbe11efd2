"""Who may do what in the admin: strangers and staff outside the group nothing, organizers all but logins."""

import importlib

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group as AuthGroup
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from papers.models import LinkCheck, Paper, Resource, TwoPapers
from readinggroup.models import Import
from sessions.models import BacklogEntry, Group, Person, Session
from tests.factories import make_organizer, make_paper, make_session
from tests.test_admin import grow, url

OURS = [Group, Session, Person, BacklogEntry, Paper, Resource]
KEPT = importlib.import_module("readinggroup.migrations.0003_organizers")


def logged_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def visitors(db):
    return {
        "stranger": Client(),
        "staff": logged_in(User.objects.create(username="sam", is_staff=True)),
        "organizer": logged_in(make_organizer()),
        "superuser": logged_in(User.objects.create(username="root", is_staff=True, is_superuser=True)),
    }


def pages(model):
    row = model.objects.order_by("pk").last()
    if model is LinkCheck:
        return [url(model, "changelist"), url(model, "change", row.pk)]
    found = [url(model, "changelist"), url(model, "change", row.pk), url(model, "history", row.pk)]
    if model is not Group:
        found.append(url(model, "add"))
    if model not in (Group, Import):
        found.append(url(model, "delete", row.pk))
    if hasattr(model, "history"):
        record = model.history.filter(id=row.pk).first()
        found += [url(model, "deleted"), url(model, "simple_history", row.pk, record.pk)]
    return found


@pytest.mark.parametrize(
    ("visitor", "status"), [("stranger", 302), ("staff", 403), ("organizer", 200), ("superuser", 200)]
)
def test_who_opens_the_pages_of_the_reading_group(visitors, visitor, status):
    grow(1, 1)
    LinkCheck.objects.create(url="https://a.example/", result="dead", checked_at=timezone.now())
    for model in (*OURS, Import, LinkCheck):
        for page in pages(model):
            assert (page, visitors[visitor].get(page).status_code) == (page, status)


@pytest.mark.parametrize(
    ("visitor", "status"), [("stranger", 302), ("staff", 403), ("organizer", 403), ("superuser", 200)]
)
def test_who_opens_the_pages_of_logins(visitors, visitor, status):
    for model in (User, AuthGroup):
        for page in pages(model):
            assert (page, visitors[visitor].get(page).status_code) == (page, status)


def test_organizers_tell_apart_what_looks_like_one_and_others_do_not(visitors):
    one, other = make_paper("Flow matching"), make_paper("Flow-Matching")
    told = {"first": one.pk, "second": other.pk}
    statuses = {
        name: visitor.post(url(Paper, "duplicates"), told).status_code for name, visitor in visitors.items()
    }
    assert statuses == {"stranger": 302, "staff": 403, "organizer": 302, "superuser": 302}
    assert TwoPapers.objects.get().said_by == User.objects.get(username="olive")


def test_nobody_outside_the_group_changes_anything(visitors):
    grow(1, 1)
    session = Session.objects.get()
    record = Session.history.filter(id=session.pk).first()
    for page in (
        url(Session, "change", session.pk),
        url(Session, "delete", session.pk),
        url(Session, "add"),
        url(Session, "simple_history", session.pk, record.pk),
    ):
        assert visitors["staff"].post(page, {"post": "yes"}).status_code == 403
        assert visitors["stranger"].post(page, {"post": "yes"}).status_code == 302
    assert Session.history.count() == Session.history.filter(history_id__lte=record.pk).count()


def test_the_way_to_the_page_of_a_row_tells_nobody_of_drafts(visitors):
    draft, public = make_session(1, state="draft"), make_session(2)
    kinds = [ContentType.objects.get_for_model(each).pk for each in (Session, User, Permission)]
    ways = [
        f"/admin/r/{kinds[0]}/{public.pk}/",
        f"/admin/r/{kinds[0]}/{draft.pk}/",
        f"/admin/r/{kinds[0]}/{draft.pk + 99}/",
        f"/admin/r/{kinds[0]}/x/",
        f"/admin/r/{kinds[1]}/{User.objects.order_by('pk')[0].pk}/",
        f"/admin/r/{kinds[2]}/1/",
        f"/admin/r/x/{public.pk}/",
        f"/admin/r/{'5' * 5000}/{public.pk}/",
    ]

    def answers(visitor):
        return [visitors[visitor].get(way).status_code for way in ways]

    assert answers("stranger") == [302] * 8
    assert answers("staff") == [403] * 5 + [404] * 3
    assert answers("organizer") == [302, 404, 404, 404, 403, 404, 404, 404]
    assert visitors["organizer"].get(ways[0])["Location"] == public.get_absolute_url()
    assert visitors["stranger"].get(ways[1])["Location"].startswith("/admin/login/")


@pytest.mark.parametrize(
    "then", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", "", "/admin/"]
)
def test_a_login_leads_to_the_front_desk_and_nowhere_else(db, then):
    user = make_organizer()
    user.set_password("a good password of hers")
    user.save()
    said = {"username": "olive", "password": "a good password of hers", "next": then}
    assert Client().post("/admin/login/", said)["Location"] == "/admin/"


def test_staff_outside_the_group_is_not_told_which_rows_there_are(visitors):
    grow(1, 1)
    for model in (*OURS, Import):
        for key in (model._default_manager.get().pk, 999_999, "x", "5" * 5000):
            pages = [url(model, "history", key), f"{url(model, 'changelist')}{key}/history/1/"]
            if not hasattr(model, "history"):
                pages.pop()
            assert [visitors["staff"].get(page).status_code for page in pages] == [403] * len(pages)


def test_staff_outside_the_group_sees_nothing_at_the_front(visitors):
    response = visitors["staff"].get(reverse("admin:index"))
    assert response.status_code == 200
    assert response.context_data["app_list"] == []


def test_an_organizer_sees_the_reading_group_and_no_logins_at_the_front(visitors):
    apps_shown = visitors["organizer"].get(reverse("admin:index")).context_data["app_list"]
    assert {each["app_label"] for each in apps_shown} == {"papers", "reading_sessions", "readinggroup"}


def test_a_history_names_people_without_leading_to_their_logins(visitors):
    grow(1, 1)
    session = Session.objects.get()
    visitors["superuser"].post(url(Session, "delete", session.pk), {"post": "yes"})
    html = visitors["organizer"].get(url(Session, "history", session.pk)).content.decode()
    assert "root" in html
    assert "/admin/auth/" not in html


def test_the_group_may_do_everything_for_the_reading_group_and_nothing_with_logins(db):
    make_organizer()
    found = Permission.objects.filter(group__name="organizers")
    may: dict[str, set[str]] = {}
    for label, model, codename in found.values_list(
        "content_type__app_label", "content_type__model", "codename"
    ):
        may.setdefault(f"{label}.{model}", set()).add(codename.partition("_")[0])
    everything = {"add", "change", "delete", "view"}
    ours = {
        model._meta.label_lower
        for label in ("papers", "reading_sessions")
        for model in apps.get_app_config(label).get_models()
        if model._meta.default_permissions and not model.__name__.startswith("Historical")
    }
    assert may == dict.fromkeys(ours, everything) | {
        "readinggroup.import": {"add", "view"},
        "readinggroup.pendingimport": {"add", "delete", "view"},
    }


def test_the_migration_goes_back_and_forth(db):
    KEPT.make_organizers(apps, None)
    KEPT.make_organizers(apps, None)
    assert AuthGroup.objects.filter(name="organizers").count() == 1
    KEPT.remove_organizers(apps, None)
    assert not AuthGroup.objects.filter(name="organizers").exists()
    assert LogEntry.objects.count() == 0
