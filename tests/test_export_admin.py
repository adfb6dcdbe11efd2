"""Exporting in the admin: the group as a file, in all formats."""

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from readinggroup.interchange.dump import dump
from readinggroup.interchange.markdown.reader import read_markdown
from readinggroup.interchange.readers import WRITERS
from readinggroup.interchange.serial import read_json, read_yaml
from tests.factories import in_days, make_group, make_session, move_in
from tests.test_admin import Inline, client, organizer  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db

EXPORT = "/admin/readinggroup/import/export/"
TYPES = {
    "md": "text/markdown; charset=utf-8",
    "yaml": "application/yaml; charset=utf-8",
    "json": "application/json",
}


@pytest.mark.parametrize("ending", ["md", "yaml", "json"])
def test_the_group_goes_out_as_a_file(client, ending):  # noqa: F811
    move_in()
    response = client.get(f"{EXPORT}{ending}/")
    assert response.content.decode() == WRITERS[ending](dump())
    assert response["Content-Type"] == TYPES[ending]
    day = timezone.localdate()
    assert response["Content-Disposition"] == (
        f'attachment; filename="diffusion-reading-group-at-eleutherai-{day:%Y-%m-%d}.{ending}"'
    )
    read = {"md": read_markdown, "yaml": read_yaml, "json": read_json}[ending]
    assert len(read(response.content.decode()).sessions) == 16


def test_the_page_says_what_a_readme_cannot(client):  # noqa: F811
    make_group()
    make_session(1)
    response = client.get(EXPORT)
    assert "What the README cannot say" not in response.content.decode()
    make_session(2, starts_at=in_days(3))
    make_session(3, state="draft")
    response = client.get(EXPORT)
    html = response.content.decode()
    assert response.context_data["left_out"] == ["dates and durations", "drafts (left out)"]
    assert "<li>drafts (left out)</li>" in html
    assert Inline(html).refused == []
    assert EXPORT in client.get("/admin/readinggroup/import/").content.decode()


def test_a_group_of_any_name_has_a_file_name(client):  # noqa: F811
    make_group(name='読書会 "x"\r\n')
    make_session(1)
    assert 'filename="x-' in client.get(f"{EXPORT}json/")["Content-Disposition"]


def test_an_export_costs_few_queries(client):  # noqa: F811
    move_in()
    for page in (EXPORT, f"{EXPORT}yaml/"):
        with CaptureQueriesContext(connection) as queries:
            client.get(page)
        assert len(queries) <= 25


def test_exporting_takes_the_permission_to_see_all_that_is_in_it(db):
    bob = User.objects.create(username="bob", is_staff=True)
    permissions = [
        *Permission.objects.filter(content_type__app_label="reading_sessions", codename__startswith="view_"),
        *Permission.objects.filter(content_type__app_label="papers", codename__startswith="view_"),
        Permission.objects.get(codename="view_import"),
    ]
    session = next(each for each in permissions if each.codename == "view_session")
    bob.user_permissions.set({*permissions} - {session})
    browser = Client()
    browser.force_login(bob)
    assert [browser.get(page).status_code for page in (EXPORT, f"{EXPORT}md/")] == [403, 403]
    assert EXPORT not in browser.get("/admin/readinggroup/import/").content.decode()
    bob.user_permissions.add(session)
    assert [browser.get(page).status_code for page in (EXPORT, f"{EXPORT}md/")] == [200, 200]
    assert browser.post(f"{EXPORT}md/").status_code == 405
    assert browser.get(f"{EXPORT}exe/").status_code == 404
    assert Client().get(EXPORT).status_code == 302
