"""Importing in the admin: a file is brought, its dry run is read, and then it comes in, or not."""

import json
import threading
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from papers.models import Resource
from readinggroup import pending as pending_imports
from readinggroup.interchange.details import as_stored
from readinggroup.interchange.dump import dump
from readinggroup.interchange.load import load
from readinggroup.interchange.markdown.reader import read_markdown
from readinggroup.models import Import, PendingImport
from sessions.models import BacklogEntry, Group, Material, Reading, Session
from sessions.uploads import NO_ROOM, incoming, too_large
from tests.factories import make_group, make_session
from tests.readmes import BASE_URL, SHIPPED, week
from tests.test_admin import Inline, client, organizer  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db

ADD = "/admin/readinggroup/import/add/"
LIST = "/admin/readinggroup/import/"


def bring(client, *, data=None, name="README.md", **fields):  # noqa: F811
    if data is not None:
        fields["file"] = SimpleUploadedFile(name, data if isinstance(data, bytes) else data.encode())
    return client.post(ADD, fields)


def brought(client, **fields):  # noqa: F811
    """The address of the dry run of what was brought."""
    response = bring(client, **fields)
    assert response.status_code == 302, response.context_data["form"].errors
    return response["Location"]


def refused(response):
    assert response.status_code == 200
    assert PendingImport.objects.count() == 0
    return {field: list(said) for field, said in response.context_data["form"].errors.items()}


def messages_of(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def numbers(response):
    report = response.context_data["report"]
    return {name: report[name] for name in ("created", "updated", "unchanged", "removed", "warning_count")}


def confirm(client, page, **fields):  # noqa: F811
    return client.post(page, {"_import": "Import", **fields})


# --- The way of a file ---------------------------------------------------------------------------------------


def test_the_first_readme_comes_in_and_the_second_time_there_is_nothing_to_do(client, organizer):  # noqa: F811
    page = brought(client, data=SHIPPED.read_bytes(), name="README.md", base_url=BASE_URL)
    response = client.get(page)
    html = response.content.decode()
    assert numbers(response) == {
        "created": 244, "updated": 0, "unchanged": 0, "removed": 0, "warning_count": 1,
    }  # fmt: skip
    assert response.context_data["report"]["kinds"] == {
        "group": 1, "session": 16, "reading": 44, "material": 30, "paper": 68, "resource": 13, "person": 4,
        "backlog": 68,
    }  # fmt: skip
    assert "two different slide decks link to the same file" in html
    assert "* [Slides - Progressive Distillation](%2311B" in html  # the line that the warning is about
    assert Inline(html).refused == []
    assert (Session.objects.count(), Import.objects.count()) == (0, 0)

    promised = response.context_data["report"]["numbers"]
    response = confirm(client, page, promised=promised)
    done = Import.objects.get()
    assert response["Location"] == reverse("admin:readinggroup_import_change", args=[done.pk])
    assert messages_of(response) == [f"README.md was imported: {promised}."]
    assert (done.user, done.file_name, done.report["created"]) == (organizer, "README.md", 244)
    assert (Session.objects.count(), PendingImport.objects.count()) == (16, 0)
    assert Group.objects.current().source_url == BASE_URL
    record = client.get(response["Location"]).content.decode()
    assert "The first 200 of them" in record
    assert "session: 16" in record

    response = client.get(brought(client, data=SHIPPED.read_bytes(), base_url=BASE_URL))
    assert numbers(response) == {
        "created": 0, "updated": 0, "unchanged": 244, "removed": 0, "warning_count": 1,
    }  # fmt: skip
    assert "Nothing to do:" in response.content.decode()


def test_a_conflicting_edit_is_shown_as_kept_and_a_change_of_the_file_as_an_update(client):  # noqa: F811
    load(read_markdown(week("* Readings:\n  * A\n  * B", title="One")), file_name="README.md")
    session = Session.objects.get()
    session.title = "Ours"
    session.save()
    session.readings.filter(label="A").delete()
    text = week("Now with *words*.\n\n* Readings:\n  * A\n  * B", title="Theirs")
    page = brought(client, data=text)
    said = client.get(page).context_data["report"]
    assert said["kept"] == [
        {
            "name": "session 1 “Ours”", "line": 3, "field": "title", "ours": "“Ours”", "theirs": "“Theirs”",
            "text_of_line": "## Week 1: Theirs",
        },
        {
            "name": "session 1 “Theirs”, “A”", "line": 7, "field": "", "ours": "removed", "theirs": "",
            "text_of_line": "* A",
        },
    ]  # fmt: skip
    assert said["changes"] == [
        {
            "name": "session 1 “Ours”",
            "line": 3,
            "fields": [{"name": "summary", "before": "nothing", "after": "“Now with *words*.”"}],
            "text_of_line": "## Week 1: Theirs",
        }
    ]
    html = client.get(page).content.decode()
    assert "Kept because edited here" in html
    confirm(client, page)
    session.refresh_from_db()
    assert (session.title, session.summary) == ("Ours", "Now with *words*.")
    assert Import.objects.latest("id").report["kept"][0]["ours"] == "“Ours”"


def test_pasted_text_tells_its_format_by_itself_unless_that_is_said(client):  # noqa: F811
    brought(client, pasted=week("* Readings:\r\n  * A"))
    brought(client, pasted="sessions:\n- number: 1\n  title: A\n")
    brought(client, pasted="# ours\ngroup:\n  name: G\nsessions:\n- number: 1\n  title: A\n")
    brought(client, pasted='{"sessions": [{"number": 1, "title": "A"}]}')
    brought(client, data='{"sessions": [{"number": 1, "title": "A"}]}', name="our.MD", ending=".yaml")
    brought(client, data=week("* Readings:\n  * A"), name="no-ending")
    kept = PendingImport.objects.order_by("pk").values_list("file_name", "ending")
    assert list(kept) == [
        ("pasted text", ".md"),
        ("pasted text", ".yaml"),
        ("pasted text", ".yaml"),
        ("pasted text", ".json"),
        ("our.MD", ".yaml"),
        ("no-ending", ".md"),
    ]


def test_the_form_knows_where_the_file_lives(client):  # noqa: F811
    make_group(source_url=BASE_URL)
    html = client.get(ADD).content.decode()
    assert f'value="{BASE_URL}"' in html
    assert Inline(html).refused == []
    # Typed by an organizer: what the form says instead is a conflict, and shown as one.
    page = brought(client, data=week("* [Slides](a.pdf)"), base_url="https://example.org/readme")
    kept = client.get(page).context_data["report"]["kept"]
    assert [(each["field"], each["ours"], each["theirs"]) for each in kept if "source" in each["field"]] == [
        ("source url", f"“{BASE_URL[:59]}…”", "“https://example.org/readme/”")
    ]


def test_prune_removes_what_the_file_no_longer_has_and_says_so(client):  # noqa: F811
    load(read_markdown(week("* Readings:\n  * A\n  * B")), file_name="README.md")
    page = brought(client, data=week("* Readings:\n  * A"), prune="on")
    response = client.get(page)
    assert response.context_data["report"]["removals"] == ["session 1 “A title”, “B”"]
    assert Reading.objects.count() == 2
    confirm(client, page)
    assert list(Reading.objects.values_list("label", flat=True)) == ["A"]


def test_put_aside_imports_nothing(client):  # noqa: F811
    page = brought(client, data=week("* Readings:\n  * A"))
    response = client.post(page, {"_aside": "Put aside"})
    assert messages_of(response) == ["README.md was put aside. Nothing was imported."]
    assert (PendingImport.objects.count(), Session.objects.count()) == (0, 0)
    assert client.get(page)["Location"] == LIST


def test_looking_at_a_dry_run_writes_nothing_and_locks_nothing(client):  # noqa: F811
    page = brought(client, data=SHIPPED.read_bytes())
    with CaptureQueriesContext(connection) as queries:
        client.get(page)
    writes = [q["sql"] for q in queries if q["sql"].startswith(("INSERT", "UPDATE", "DELETE", "LOCK"))]
    assert writes == []
    assert len(queries) <= 25


def test_what_waits_is_listed_and_forgotten_after_a_day(client):  # noqa: F811
    page = brought(client, data=week("* Readings:\n  * A"), name="old.md")
    assert f'href="{page}"' in client.get(LIST).content.decode()
    assert f'href="{page}"' in client.get(ADD).content.decode()
    PendingImport.objects.update(brought_at=timezone.now() - timedelta(hours=25))
    assert f'href="{page}"' not in client.get(LIST).content.decode()
    assert client.get(page)["Location"] == LIST
    assert confirm(client, page)["Location"] == LIST
    assert Session.objects.count() == 0
    brought(client, data=week("* Readings:\n  * A"), name="new.md")
    assert list(PendingImport.objects.values_list("file_name", flat=True)) == ["new.md"]


def test_a_site_that_changed_since_the_dry_run_is_told(client):  # noqa: F811
    page = brought(client, data=week("* Readings:\n  * A"))
    promised = client.get(page).context_data["report"]["numbers"]
    make_session(1, "Ours")
    (said,) = messages_of(confirm(client, page, promised=promised))
    assert said == (
        "README.md was imported: created 2, updated 0, unchanged 1, removed 0, warnings 1. "
        "This is not what the dry run had said: somebody changed the site in between."
    )


# --- Details and numbers agree -------------------------------------------------------------------------------


def test_the_lists_of_a_report_are_as_long_as_its_numbers_say(db):
    text = SHIPPED.read_text()
    for said in (text, text, text.replace("## Week 10: Paella", "## Week 10: Soup").replace("DDIM", "DDIMM")):
        report = load(read_markdown(said), file_name="README.md")
        assert (len(report.made), len(report.changes)) == (report.created, report.updated)
    assert [change.name for change in report.changes if "Paella" in change.name] == ["session 10 “Paella”"]


def test_a_big_report_is_kept_short(db):
    text = "# G\n" + "".join(
        f"\n## Week {number}: T\n* Readings:\n  * [A](javascript:x)\n" for number in range(1, 1201)
    )
    stored = as_stored(load(read_markdown(text), file_name="README.md"))
    assert (stored["created"], stored["kinds"]) == (2401, {"group": 1, "session": 1200, "reading": 1200})
    assert (len(stored["made"]), len(stored["warnings"]), stored["warning_count"]) == (200, 1000, 1200)
    assert len(json.dumps(stored)) < 300_000


# --- Bad input -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, {"file": ["Choose a file, or paste its text below."]}),
        ({"pasted": " \n"}, {"file": ["Choose a file, or paste its text below."]}),
        (
            {"data": "# G", "pasted": "# G"},
            {"pasted": ["You gave a file and a text. Empty one of the two."]},
        ),
        ({"data": b""}, {"file": ["README.md: is empty"]}),
        ({"data": b"\xff\xfe#\0 \0"}, {"file": [
            "README.md: is a binary file; give a README in Markdown, or YAML or JSON"
        ]}),
        ({"data": b"# G\n\nna\xefve"}, {"file": [
            "README.md: Line 3: is not UTF-8 text here; save the file as UTF-8"
        ]}),
        ({"data": b"a\n" * 2_000_001}, {"file": [
            "README.md: is larger than 4 MB; split it, or leave out what is not the group's"
        ]}),
        ({"data": "# G\n" + "x" * 10_001}, {"file": [
            "README.md: Line 2: this line has more than 10,000 characters"
        ]}),
        ({"data": "sessions: [{number: one, title: A}]", "name": "a.yaml"}, {"file": [
            "a.yaml: Line 1: sessions[0].number: has to be a whole number"
        ]}),
        ({"data": "{", "name": "a.json"}, None),
        ({"pasted": "Hello"}, None),
        ({"pasted": "# G", "base_url": "javascript:alert(1)"}, {"base_url": ["Enter a valid URL."]}),
        ({"pasted": "# G", "ending": ".exe"}, {"ending": [
            "Select a valid choice. .exe is not one of the available choices."
        ]}),
    ],
)  # fmt: skip
def test_what_cannot_be_imported_is_said_at_its_field(client, fields, said):  # noqa: F811
    errors = refused(bring(client, **fields))
    if said is None:
        assert list(errors) == ["pasted" if "pasted" in fields else "file"]
    else:
        assert errors == said


def test_a_file_that_was_not_kept_on_its_way_in_says_why(client, settings, tmp_path):  # noqa: F811
    settings.MAX_UPLOAD_MB = 1
    settings.MEDIA_ROOT = str(tmp_path)
    assert refused(bring(client, data=b"a\n" * 600_000)) == {"file": [too_large("README.md")]}
    incoming().rmdir()
    incoming().write_text("no folder, so there is no room")
    assert refused(bring(client, data="# G")) == {"file": [NO_ROOM.format("README.md")]}


def test_too_much_pasted_text_is_said_at_the_field(client):  # noqa: F811
    response = bring(client, pasted="a line\n" * 400_000)
    assert response.status_code == 200
    assert (
        "This is more than 2.5 MB of text. Save it as a file, and upload that." in response.content.decode()
    )
    assert PendingImport.objects.count() == 0


def test_links_that_run_scripts_stay_words(client):  # noqa: F811
    text = week(
        "* Readings:\n  * [Click](javascript:alert(1))\n* [Slides](data:text/html,x)", title="<script>x"
    )
    page = brought(client, data=text)
    response = client.get(page)
    assert response.context_data["report"]["warning_count"] == 2
    html = response.content.decode()
    assert Inline(html).refused == []
    assert "<script>x" not in html
    confirm(client, page)
    assert (Resource.objects.count(), Material.objects.count()) == (0, 0)


def test_a_forged_confirmation_is_refused(organizer):  # noqa: F811
    client = Client(enforce_csrf_checks=True)  # noqa: F811
    client.force_login(organizer)
    pending = PendingImport.objects.create(
        user=organizer, file_name="a.md", ending=".md", text=week("* R:\n  * A")
    )
    page = reverse("admin:readinggroup_import_pending", args=[pending.pk])
    assert client.post(page, {"_import": "1"}).status_code == 403
    assert client.post(ADD, {"pasted": week("* R:\n  * A")}).status_code == 403
    assert (Session.objects.count(), PendingImport.objects.count()) == (0, 1)


@pytest.mark.parametrize(
    "refusal", [OperationalError("deadlock detected\nDETAIL: x"), OperationalError("server closed")]
)
def test_an_import_that_the_database_refuses_can_be_tried_again(client, monkeypatch, refusal):  # noqa: F811
    page = brought(client, data=week("* Readings:\n  * A"))

    def refuse(plan):
        Session.objects.create(number=7, title="Half")
        raise refusal

    with monkeypatch.context() as patched:
        patched.setattr("readinggroup.interchange.load.write", refuse)
        response = confirm(client, page)
    assert response["Location"] == page
    (said,) = messages_of(response)
    assert said.startswith("Nothing was imported: the database says “")
    assert (Session.objects.count(), PendingImport.objects.count()) == (0, 1)
    confirm(client, page)
    assert Session.objects.get().number == 1


def test_a_memory_that_cannot_be_read_is_said_and_nothing_is_imported(client):  # noqa: F811
    Import.objects.create(file_name="x", document={"sessions": [{"number": "many"}]}, report={})
    page = brought(client, data=week("* Readings:\n  * A"))
    assert "cannot be read by this version" in client.get(page).content.decode()
    assert messages_of(confirm(client, page))[0].startswith(
        "Nothing was imported: README.md: what the last import"
    )
    assert Session.objects.count() == 0


# --- Who may -------------------------------------------------------------------------------------------------


def test_importing_takes_the_permission_to_add_an_import(client):  # noqa: F811
    page = brought(client, data=week("* Readings:\n  * A"))
    bob = User.objects.create(username="bob", is_staff=True)
    bob.user_permissions.add(Permission.objects.get(codename="view_import"))
    other = Client()
    other.force_login(bob)
    for status in (
        other.get(ADD).status_code,
        other.post(ADD, {"pasted": "# G"}).status_code,
        other.post(ADD, {"pasted": "a line\n" * 400_000}).status_code,
        other.get(page).status_code,
        confirm(other, page).status_code,
    ):
        assert status == 403
    assert page not in other.get(LIST).content.decode()
    bob.user_permissions.add(Permission.objects.get(codename="add_import"))
    assert confirm(other, page).status_code == 302
    assert Import.objects.get().user == bob
    stranger = Client()
    assert stranger.get(page)["Location"].startswith("/admin/login/")


def test_an_odd_address_is_no_crash(client):  # noqa: F811
    assert client.get(f"{LIST}pending/999999999999999999999/").status_code == 302
    assert client.put(brought(client, data=week("* Readings:\n  * A"))).status_code == 405


@pytest.mark.django_db(transaction=True)
def test_two_who_confirm_at_once_import_it_once():
    ada = User.objects.create(username="ada", is_staff=True, is_superuser=True)
    pending = PendingImport.objects.create(
        user=ada, file_name="README.md", ending=".md", text=SHIPPED.read_text()
    )
    page = reverse("admin:readinggroup_import_pending", args=[pending.pk])
    together, said = threading.Barrier(2), []

    def organizer_confirms():
        try:
            client = Client()
            client.force_login(ada)
            together.wait(20)
            said.extend(messages_of(confirm(client, page)))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=organizer_confirms) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert Import.objects.count() == 1
    assert sorted(said) == [
        "README.md was imported: created 244, updated 0, unchanged 0, removed 0, warnings 1.",
        "That file is not waiting any more: it was imported or put aside, or it waited for more than a day.",
    ]


def test_the_list_counts(client):  # noqa: F811
    report = load(read_markdown(week("* Readings:\n  * A")), file_name="README.md")
    assert str(report).startswith("created 3")
    html = client.get(LIST).content.decode()
    assert '<td class="field-created">3</td>' in html
    assert "command line" in html


def test_reading_it_in_the_form_is_what_is_imported(client):  # noqa: F811
    """What the form lets through, the dry run and the import can read."""
    brought(client, data=SHIPPED.read_bytes())
    pending = PendingImport.objects.get()
    assert pending_imports.read_text(pending.text, pending.ending) == read_markdown(SHIPPED.read_text())
    pending_imports.carry_out(pending.pk, pending.user)
    assert dump().sessions[0].readings
    assert BacklogEntry.objects.count() == 68
