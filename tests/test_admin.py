"""The admin: every page opens, says what each field does, and turns bad input into a message, saving nothing."""

from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group as AuthGroup
from django.contrib.auth.models import User
from django.db import connection, models
from django.forms import DateInput, Textarea, TextInput
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from papers.models import Paper, Resource
from readinggroup.models import Import
from sessions.models import BacklogEntry, Group, Person, Session
from tests.factories import leave, make_group, make_paper, make_session, read

OURS = [Group, Session, Person, BacklogEntry, Paper, Resource, Import]
EDITED = [Session, Person, BacklogEntry, Paper, Resource, User, AuthGroup]


@pytest.fixture
def organizer(db):
    return User.objects.create(username="ada", is_staff=True, is_superuser=True)


@pytest.fixture
def client(organizer):
    client = Client()
    client.force_login(organizer)
    return client


def url(model, page, *args):
    name = model if isinstance(model, str) else model._meta.model_name
    return reverse(f"admin:{model._meta.app_label}_{name}_{page}", args=args)


def grow(first, last):
    """One row more of each model for every number, each with something below it."""
    make = Group.objects.get_or_create
    make(defaults={"name": "The Owls"})
    for number in range(first, last + 1):
        paper = make_paper(f"Paper {number}")
        person = Person.objects.create(name=f"Person {number}")
        resource = Resource.objects.create(title=f"Post {number}", url=f"https://post.example/{number}")
        resource.papers.add(paper)
        session = make_session(number, starts_at=datetime(2022, 9, 3, 18, tzinfo=UTC))
        session.presenters.add(person)
        read(session, paper, presenters=[person])
        read(session, resource=resource)
        leave(session, f"slides-{number}.pdf", kind="slides", presenters=[person])
        BacklogEntry.objects.create(paper=paper, position=number)
        Import.objects.create(file_name=f"README-{number}.md", document={}, report={"created": number})
        AuthGroup.objects.create(name=f"organizers {number}")
        User.objects.create(username=f"user-{number}")


def management(prefix, total=0, initial=0):
    return {f"{prefix}-TOTAL_FORMS": total, f"{prefix}-INITIAL_FORMS": initial}


def session_form(session=None, readings=(), materials=(), **fields):
    """What a browser sends when a session is saved with these lines."""
    data = {
        "number": 1,
        "title": "Diffusion",
        "state": "published",
        "held_undated": "on",
        **management("slugs"),
        **management("readings", len(readings), sum("id" in line for line in readings)),
        **management("materials", len(materials), sum("id" in line for line in materials)),
    }
    if session:
        data |= {"number": session.number, "title": session.title, "state": session.state}
        data |= {"slug": session.slug} | management("slugs", session.slugs.count(), session.slugs.count())
        for index, slug in enumerate(session.slugs.all()):
            data |= {f"slugs-{index}-id": slug.pk, f"slugs-{index}-session": session.pk}
    for prefix, lines, given in (
        ("readings", readings, {}),
        ("materials", materials, {"kind": "other"}),
    ):
        for index, line in enumerate(lines):
            said = dict(line)
            if prefix == "readings":
                said.setdefault("what", line.get("label", ""))
                if said.get("label") == said["what"]:
                    del said["label"]
            values = given | {"session": session.pk if session else "", "position": ""} | said
            data |= {f"{prefix}-{index}-{name}": value for name, value in values.items()}
    return data | fields


def paper_form(**fields):
    return {"title": "DDPM", **management("titles"), **fields}


def errors(response):
    """Every message of the form and its rows, by field; a response that saved has none and fails here."""
    assert response.status_code == 200, response.headers.get("Location")
    context = response.context_data
    found = {name: list(said) for name, said in context["adminform"].form.errors.items()}
    for inline in context["inline_admin_formsets"]:
        prefix = inline.formset.prefix
        if said := list(inline.formset.non_form_errors()):
            found[prefix] = said
        for index, row in enumerate(inline.formset.errors):
            found |= {f"{prefix}-{index}-{name}": list(said) for name, said in row.items()}
    return found


# --- Pages ------------------------------------------------------------------------------------------------
class Inline(HTMLParser):
    """Collects what a strict Content-Security-Policy would refuse."""

    def __init__(self, html):
        super().__init__()
        self.refused = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.refused += [f"{tag} {name}" for name in given if name == "style" or name.startswith("on")]
        if tag == "style" and "nonce" not in given:
            self.refused.append("style without nonce")
        if tag == "script" and "src" not in given and "nonce" not in given:
            self.refused.append("script without nonce")
        for name in ("src", "href", "action"):
            if (given.get(name) or "").strip().lower().startswith(("javascript:", "http:", "//", "data:")):
                self.refused.append(f"{tag} {name} {given[name]}")


def pages(model, row):
    found = [url(model, "changelist"), url(model, "history", row.pk), url(model, "change", row.pk)]
    if model is not Group:
        found.append(url(model, "add"))
    if model is not Import and model is not Group:
        found.append(url(model, "delete", row.pk))
    return found


@pytest.mark.parametrize("model", [*OURS, User, AuthGroup], ids=lambda model: model._meta.label_lower)
def test_every_page_opens_and_obeys_the_content_security_policy(client, model):
    grow(1, 2)
    for page in pages(model, model.objects.order_by("pk").last()):
        response = client.get(page)
        assert (page, response.status_code) == (page, 200)
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert (page, Inline(response.content.decode()).refused) == (page, [])


def test_the_front_page_names_the_group(client):
    make_group(name="The <Owls>")
    for page in (reverse("admin:index"), reverse("admin:password_change")):
        html = client.get(page).content.decode()
        assert "The &lt;Owls&gt;" in html
        assert Inline(html).refused == []


def test_the_front_page_opens_before_anybody_moved_in(client):
    assert client.get(reverse("admin:index")).status_code == 200
    assert client.get(url(Group, "add")).status_code == 200


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_a_stranger_is_asked_to_log_in(db, model):
    page = url(model, "changelist")
    response = Client().get(page)
    assert response.status_code == 302
    assert response["Location"] == f"{reverse('admin:login')}?next={page}"


def test_a_user_who_is_no_organizer_is_asked_to_log_in(db):
    client = Client()
    client.force_login(User.objects.create(username="bob"))
    assert client.get(reverse("admin:index")).status_code == 302


@pytest.mark.parametrize("model", [*OURS, User, AuthGroup], ids=lambda model: model._meta.label_lower)
def test_a_list_costs_the_same_queries_at_1_and_30_rows(client, model):
    page = url(model, "changelist")
    grow(1, 1)
    client.get(page)
    with CaptureQueriesContext(
        connection,
    ) as at_one:
        client.get(page)
    grow(2, 30)
    with CaptureQueriesContext(connection) as at_thirty:
        client.get(page)
    assert len(at_thirty) == len(at_one)
    assert len(at_one) <= 15


def forms_of(model, request):
    model_admin = admin.site._registry[model]
    yield model_admin.get_form(request, None)
    for inline in model_admin.get_inline_instances(request, None):
        yield inline.get_formset(request, None).form


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_field_says_what_it_does(rf, organizer, model):
    request = rf.get("/")
    request.user = organizer
    silent = [
        f"{form.__name__}.{name}"
        for form in forms_of(model, request)
        for name, field in form.base_fields.items()
        if not field.help_text
    ]
    assert silent == []


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_no_field_takes_more_text_than_is_kept(rf, organizer, model):
    request = rf.get("/")
    request.user = organizer
    endless = [
        f"{form.__name__}.{name}"
        for form in forms_of(model, request)
        for name, field in form.base_fields.items()
        if isinstance(field.widget, (Textarea, TextInput)) and not isinstance(field.widget, DateInput)
        if "maxlength" not in field.widget.attrs
    ]
    assert endless == []


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_list_can_be_searched_and_filtered(client, model):
    grow(1, 1)
    model_admin = admin.site._registry[model]
    if model is not Group:
        assert model_admin.search_fields
        assert client.get(url(model, "changelist"), {"q": "er 1"}).status_code == 200
    for each in model_admin.list_filter:
        if isinstance(each, str):
            field = model._meta.get_field(each)
            name = f"{each}__id__exact" if field.is_relation else f"{each}__exact"
            if not isinstance(field, models.DateField):
                assert client.get(url(model, "changelist"), {name: "1"}).status_code == 200


def test_dates_and_durations_are_written_in_one_way(client):
    make_group(time_zone="Asia/Tokyo", usual_duration=timedelta(minutes=90))
    html = client.get(url(Group, "changelist")).content.decode()
    assert '<td class="field-lasts">1:30</td>' in html
    done = Import.objects.create(file_name="README.md", document={}, report={})
    Import.objects.update(imported_at=datetime(2026, 11, 25, 8, 41, tzinfo=UTC))
    make_paper("DDPM", published_on=date(2020, 6, 9))
    for page, shown in (
        (url(Import, "changelist"), "25 Nov 2026, 17:41"),
        (url(Import, "change", done.pk), "25 Nov 2026, 17:41"),
        (url(Paper, "changelist"), "9 Jun 2020"),
    ):
        assert shown in client.get(page).content.decode()


def test_the_backlog_is_filtered_by_where_it_stands(client):
    read(make_session(1), covered := make_paper("Covered"))
    BacklogEntry.objects.create(paper=covered)
    BacklogEntry.objects.create(paper=make_paper("Dropped"), override="dropped")
    BacklogEntry.objects.create(paper=make_paper("To cover"))
    for stands, titles in (("covered", ["Covered"]), ("to_cover", ["To cover"]), ("dropped", ["Dropped"])):
        response = client.get(url(BacklogEntry, "changelist"), {"stands": stands})
        assert [str(entry) for entry in response.context_data["cl"].result_list] == titles


# --- What may be done -------------------------------------------------------------------------------------
def test_a_time_zone_is_one_that_has_a_name(client):
    html = client.get(url(Group, "change", make_group().pk)).content.decode()
    assert [f'value="{zone}"' in html for zone in ("Europe/Berlin", "UTC", "localtime", "Factory")] == [
        True, True, False, False,
    ]  # fmt: skip


def test_there_is_one_group_and_nobody_deletes_it(client):
    group = make_group()
    assert client.get(url(Group, "add")).status_code == 403
    assert client.post(url(Group, "delete", group.pk), {"post": "yes"}).status_code == 403
    assert list(Group.objects.all()) == [group]


def test_nobody_edits_history(client):
    done = Import.objects.create(file_name="README.md", document={"secret": 1}, report={"created": "<7>"})
    assert client.get(url(Import, "delete", done.pk)).status_code == 403
    assert client.post(url(Import, "change", done.pk), {"file_name": "x"}).status_code == 403
    html = client.get(url(Import, "change", done.pk)).content.decode()
    assert "&lt;7&gt;" in html
    assert "secret" not in html


def test_only_what_is_public_can_be_viewed_on_the_site(client):
    draft, public = make_session(1, state="draft"), make_session(2)
    nobody, somebody = Person.objects.create(name="Guest"), Person.objects.create(name="Ann")
    draft.presenters.add(nobody)
    public.presenters.add(somebody)

    def link(row):
        response = client.get(url(type(row), "change", row.pk))
        return response.context_data["absolute_url"]

    assert link(public) == "/sessions/2-title-2/"
    assert link(draft) is None
    assert link(somebody) == "/people/ann/"
    assert link(nobody) is None
    assert link(make_paper("DDPM")) == "/papers/ddpm/"
    paper, post = make_paper("New"), Resource.objects.create(title="Post", url="https://post.example/")
    assert link(post) == f"/resources/#resource-{post.pk}"
    read(draft, paper)
    read(draft, resource=post)
    assert [link(paper), link(post)] == [None, None]
    assert link(make_group()) == "/"


def test_a_session_is_saved_with_its_lines_in_order(client):
    paper, ann = make_paper("DDPM"), Person.objects.create(name="Ann")
    response = client.post(
        url(Session, "add"),
        session_form(
            title="Flow matching",
            presenters="Ann",
            readings=[
                {"what": "DDPM", "presenters": "ann"},
                {"label": "Some words", "note": "twice", "indent": 1},
            ],
            materials=[{"kind": "recording", "href": "https://video.example/1"}, {"href": "slides/a.pdf"}],
        ),
    )
    assert response.status_code == 302
    session = Session.objects.get()
    assert (session.slug, session.revision, list(session.presenters.all())) == ("1-flow-matching", 1, [ann])
    assert list(session.readings.values_list("position", "paper", "label", "indent", "presenters")) == [
        (1, paper.pk, "", 0, ann.pk),
        (2, None, "Some words", 1, None),
    ]
    assert list(session.materials.values_list("position", "kind", "href", "file")) == [
        (1, "recording", "https://video.example/1", ""),
        (2, "other", "slides/a.pdf", ""),
    ]
    assert [entry.object_repr for entry in LogEntry.objects.all()] == ["1: Flow matching"]


def test_a_new_line_comes_last(client):
    session = make_session(1)
    first = read(session, label="First", position=7)
    lines = [{"id": first.pk, "label": "First", "position": 7}, {"label": "Second"}, {"label": "Third"}]
    client.post(url(Session, "change", session.pk), session_form(session, readings=lines))
    assert list(session.readings.values_list("label", "position")) == [
        ("First", 1),
        ("Second", 2),
        ("Third", 3),
    ]


def test_two_lines_swap_places(client):
    session = make_session(1)
    a, b = read(session, label="a", position=0), read(session, label="b", position=1)
    lines = [
        {"id": a.pk, "label": "a", "position": 1},
        {"id": b.pk, "label": "b", "position": 0},
    ]
    client.post(url(Session, "change", session.pk), session_form(session, readings=lines))
    assert [line.label for line in session.readings.all()] == ["b", "a"]


def test_a_new_backlog_entry_comes_last(client):
    BacklogEntry.objects.create(paper=make_paper("First"), position=4)
    paper = make_paper("Second")
    client.post(url(BacklogEntry, "add"), {"what": paper.title, "position": ""})
    assert list(BacklogEntry.objects.values_list("paper__title", "position", "override")) == [
        ("First", 1, None),
        ("Second", 2, None),
    ]


@pytest.mark.parametrize(
    ("typed", "order"),
    [
        ({}, "abcd"),
        ({"a": 3}, "bcad"),
        ({"d": 1}, "dabc"),
        ({"a": 4}, "bcda"),
        ({"a": 2, "b": 1}, "bacd"),
        ({"a": 3, "d": 1}, "dbac"),
        ({"b": 2**31 - 1}, "acdb"),
        ({"c": ""}, "abdc"),
        ({"new": 2}, "anewbcd"),
        ({"new": ""}, "abcdnew"),
        ({"new": 1, "c": 2}, "newcabd"),
    ],
)
def test_a_typed_position_wins_the_place_and_lines_are_numbered_from_1(client, typed, order):
    session = make_session(1)
    lines = [
        {
            "id": read(session, label=label, position=position).pk,
            "label": label,
            "position": typed.get(label, position),
        }
        for position, label in enumerate("abcd", 1)
    ]
    if "new" in typed:
        lines.append({"label": "new", "position": typed["new"]})
    response = client.post(url(Session, "change", session.pk), session_form(session, readings=lines))
    assert response.status_code == 302
    found = list(session.readings.values_list("label", "position"))
    assert "".join(label for label, _ in found) == order
    assert [position for _, position in found] == list(range(1, len(found) + 1))


def test_a_line_takes_the_place_of_another_where_positions_have_gaps(client):
    session = make_session(1)
    a, b = leave(session, "a", position=3, label="a"), leave(session, "b", position=9, label="b")
    lines = [{"id": a.pk, "label": "a", "href": "a", "position": 3, "DELETE": "on"}]
    lines += [
        {"id": b.pk, "label": "b", "href": "b", "position": 9},
        {"label": "c", "href": "c", "position": 5},
    ]
    client.post(url(Session, "change", session.pk), session_form(session, materials=lines))
    assert list(session.materials.values_list("label", "position")) == [("c", 1), ("b", 2)]


def test_a_backlog_entry_wins_the_place_that_was_typed(client):
    a, b, c = (
        BacklogEntry.objects.create(paper=make_paper(title), position=position)
        for position, title in enumerate("abc", 1)
    )
    page = url(BacklogEntry, "change", a.pk)
    client.post(page, {"paper": a.paper_id, "position": 2})
    assert list(BacklogEntry.objects.values_list("pk", "position")) == [(b.pk, 1), (a.pk, 2), (c.pk, 3)]
    client.post(page, {"paper": a.paper_id, "position": ""})
    assert list(BacklogEntry.objects.values_list("pk", "position")) == [(b.pk, 1), (c.pk, 2), (a.pk, 3)]


def test_a_changed_public_address_is_listed_below_the_session(client):
    session = make_session(1, "One")
    response = client.post(
        url(Session, "change", session.pk), session_form(session, slug="first", _continue="1"), follow=True
    )
    html = response.content.decode()
    assert "1-one" in html
    assert list(session.slugs.values_list("slug", flat=True)) == ["1-one", "first"]


# --- Times ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("day", "hour", "utc"),
    [
        ("2026-03-28", "18:00", datetime(2026, 3, 28, 17, tzinfo=UTC)),
        ("2026-03-29", "18:00", datetime(2026, 3, 29, 16, tzinfo=UTC)),  # summer time has begun
        ("2026-10-25", "18:00", datetime(2026, 10, 25, 17, tzinfo=UTC)),  # and ended
    ],
)
def test_times_are_typed_and_shown_in_the_zone_of_the_group(client, day, hour, utc):
    make_group(time_zone="Europe/Berlin")
    client.post(url(Session, "add"), session_form(starts_at_0=day, starts_at_1=hour))
    session = Session.objects.get()
    assert session.starts_at == utc
    html = client.get(url(Session, "change", session.pk)).content.decode()
    assert f'value="{day}"' in html
    assert f'value="{hour}"' in html
    assert "Time zone: Europe/Berlin." in html


def test_an_hour_that_the_clocks_skip_is_refused(client):
    make_group(time_zone="Europe/Berlin")
    response = client.post(url(Session, "add"), session_form(starts_at_0="2026-03-29", starts_at_1="02:30"))
    said = "The clocks skip 02:30 that day. Choose another time, such as 03:30."
    assert errors(response) == {"starts_at": [said]}


def test_of_an_hour_that_comes_twice_the_first_is_typed_and_the_second_stays(client):
    make_group(time_zone="Europe/Berlin")
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    typed = {"starts_at_0": "2026-10-25", "starts_at_1": "02:30"}
    client.post(url(Session, "add"), session_form(**typed))
    session = Session.objects.get()
    assert session.starts_at == first
    for kept in (second, first):
        Session.objects.update(starts_at=kept)
        session.refresh_from_db()
        sent = session_form(session, summary=str(kept), zone="Europe/Berlin", **typed)
        assert client.post(url(Session, "change", session.pk), sent).status_code == 302
        session.refresh_from_db()
        assert (session.summary, session.starts_at) == (str(kept), kept)


def test_a_time_is_meant_in_the_zone_that_its_form_was_made_in(client):
    group = make_group(time_zone="Europe/Berlin")
    session = make_session(1, starts_at=datetime(2027, 10, 31, 1, 30, tzinfo=UTC))
    shown = {"zone": "Europe/Berlin", "starts_at_0": "2027-10-31", "starts_at_1": "02:30"}
    assert 'name="zone" value="Europe/Berlin"' in client.get(url(Session, "change", session.pk)).text
    group.time_zone = "Asia/Tokyo"
    group.save()
    client.post(url(Session, "change", session.pk), session_form(session, summary="Ours", **shown))
    session.refresh_from_db()
    assert (session.summary, session.starts_at) == ("Ours", datetime(2027, 10, 31, 1, 30, tzinfo=UTC))
    typed = shown | {"starts_at_1": "20:00"}
    client.post(url(Session, "change", session.pk), session_form(session, **typed))
    session.refresh_from_db()
    assert session.starts_at == datetime(2027, 10, 31, 19, tzinfo=UTC)
    again = client.post(url(Session, "change", session.pk), session_form(session, title="", **typed))
    assert "In the time zone Europe/Berlin, which was the group's when you opened this." in again.text
    nonsense = session_form(session, **typed | {"zone": "../../etc/passwd"})
    assert client.post(url(Session, "change", session.pk), nonsense).status_code == 302


def test_the_zone_ends_with_the_request(client):
    make_group(time_zone="Asia/Tokyo")
    client.get(url(Session, "add"))
    assert timezone.get_current_timezone_name() == "UTC"
