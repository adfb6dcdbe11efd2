"""A form of the admin that is opened and saved as it is changes nothing."""

from itertools import zip_longest
from typing import Any

import html5lib
import pytest
from django.apps import apps
from django.db.models import Model
from django.http import QueryDict
from django.test import Client

from papers.models import Paper, Resource
from sessions.models import BacklogEntry, Group, Person, Reading, Session
from tests.factories import leave, make_organizer, make_paper, make_session, move_in, read
from tests.test_admin import url

pytestmark = pytest.mark.django_db


def as_shown(html: str) -> QueryDict:
    """What a browser sends when nothing was touched (https://html.spec.whatwg.org/#constructing-entry-list)."""
    page = html5lib.parse(html, namespaceHTMLElements=False)
    main = next(form for form in page.iter("form") if form.get("id", "").endswith("_form"))
    sent = QueryDict(mutable=True)
    for field in main.iter():
        name = field.get("name")
        if not name or field.get("disabled") is not None:
            continue
        if field.tag == "textarea":
            sent.appendlist(name, "".join(field.itertext()).removeprefix("\n"))
        elif field.tag == "select":
            options = list(field.iter("option"))
            chosen = [option for option in options if option.get("selected") is not None]
            if not chosen and field.get("multiple") is None:
                chosen = options[:1]
            for option in chosen:
                sent.appendlist(name, option.get("value", ""))
        elif field.tag == "input" and field.get("type") in ("checkbox", "radio"):
            if field.get("checked") is not None:
                sent.appendlist(name, field.get("value", "on"))
        elif field.tag == "input" and field.get("type") not in ("submit", "file", "button"):
            sent.appendlist(name, field.get("value", ""))
    return sent


def everything() -> dict[str, Any]:
    """All rows as they stand, without the count of saves."""
    labels = ("papers", "reading_sessions")
    models = [model for label in labels for model in apps.get_app_config(label).get_models()]
    return {
        model._meta.label: [
            {name: value for name, value in row.items() if name != "revision"}
            for row in model._default_manager.order_by("pk").values()
        ]
        for model in models
        if model._meta.managed and not model.__name__.startswith("Historical")
    }


def rows() -> list[Model]:
    move_in()
    session = make_session(20, "All kinds", state="draft")
    person = Person.objects.create(name="Doe, Jane")
    session.presenters.add(person)
    paper = make_paper(r"Schr\"odinger Bridges $x^2$", authors="Ann\nBob", abstract="A\nB")
    read(session, paper, position=1, presenters=[person])
    read(session, paper, label="Its own words", note="sections 1 to 3", indent=1, position=2)
    read(session, resource=Resource.objects.order_by("pk")[0], indent=1, position=3)
    read(session, same_as=Session.objects.get(number=13), position=4)
    read(session, label="All prior readings", position=5)
    leave(session, "a deck.pdf", kind="slides", position=1, presenters=[person])
    others = [model.objects.order_by("pk")[0] for model in (Group, BacklogEntry, Resource)]
    return [*Session.objects.all(), paper, Paper.objects.order_by("pk")[0], person, *others]


def test_a_form_saved_as_it_is_shown_changes_nothing():
    client = Client()
    client.force_login(make_organizer())
    for row in rows():
        page = url(type(row), "change", row.pk)
        before = everything()
        response = client.post(page, as_shown(client.get(page).content.decode()))
        assert (page, response.status_code) == (page, 302)
        after = everything()
        changed = [
            (name, was, now)
            for name, rows_now in after.items()
            for was, now in zip_longest(before[name], rows_now)
            if was != now
        ]
        assert (page, changed) == (page, [])


def test_a_line_is_shown_as_indented_only_where_it_is():
    session = make_session(1)
    read(session, label="Of its own")
    read(session, label="Below", indent=1)
    client = Client()
    client.force_login(make_organizer())
    sent = as_shown(client.get(url(Session, "change", session.pk)).content.decode())
    assert [sent.get(f"readings-{index}-indent") for index in (0, 1)] == [None, "on"]
    assert list(Reading.objects.values_list("indent", flat=True)) == [0, 1]
