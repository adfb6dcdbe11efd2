"""A form that brings more than the site takes is answered with a page of the admin that says what was too much."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from papers.models import Paper
from tests.factories import make_group
from tests.test_admin import Inline, paper_form, url

URLENCODED = "application/x-www-form-urlencoded"


@pytest.fixture
def client(db):
    client = Client()
    client.force_login(User.objects.create(username="ada", is_staff=True, is_superuser=True))
    return client


def answer(response):
    """Its status, its heading, and what it says."""
    html = response.content.decode()
    assert Inline(html).refused == []
    heading = re.findall(r"<h1>(.*?)</h1>", html)
    return response.status_code, heading, [text.strip() for text in re.findall(r"<p[^>]*>([^<]+)</p>", html)]


def page(said):
    return (
        413,
        ["Too much for one form"],
        [
            f"What you sent is more than one form takes, so nothing was saved. {said}",
            "Your browser's “back” button leads to the form with what you typed in it.",
        ],
    )


def test_too_much_text(client):
    make_group()
    said = page(
        "Its text has more than 2.5\xa0MB. Shorten it, or put a part of it elsewhere and give the link."
    )
    form = paper_form(abstract="x" * 2_700_000)
    assert answer(client.post(url(Paper, "add"), form)) == said
    body = "&".join(f"{name}={value}" for name, value in form.items())
    assert answer(client.post(url(Paper, "add"), body, URLENCODED)) == said
    assert answer(Client().post("/admin/login/", body, URLENCODED)) == said
    assert not Paper.objects.exists()


def test_too_many_fields(client):
    said = page("It has more than 10,000 fields. Save, or choose, fewer rows at a time.")
    form = paper_form(**{f"titles-{number}-key": "x" for number in range(10_001)})
    assert answer(client.post(url(Paper, "add"), form)) == said
    chosen = "&".join(f"_selected_action={number}" for number in range(10_001))
    assert answer(client.post(url(Paper, "changelist"), chosen, URLENCODED)) == said


def test_too_many_and_too_large_files(client, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    part = '--limit\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nx\r\n'
    multipart = "multipart/form-data; boundary=limit"
    response = client.post(url(Paper, "add"), part * 3 + "--limit--\r\n", multipart)
    assert answer(response) == page("It has places for more than 2 files. Save fewer rows at a time.")
    response = client.post(url(Paper, "add"), part + "--limit--\r\n", multipart, CONTENT_LENGTH=str(2**30))
    assert answer(response) == page(
        "Its files are too large together. Choose fewer: up to 4 of 50.0\xa0MB each."
    )
