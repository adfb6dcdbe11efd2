"""Public pages leave compressed; the admin's, and what is compressed already, as they are."""

import gzip
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from tests.factories import leave, make_group, make_organizer, make_session, move_in

pytestmark = pytest.mark.django_db
READS_GZIP = {"Accept-Encoding": "gzip, deflate, br"}


def test_a_page_is_smaller_for_whoever_reads_gzip_and_says_the_same(client: Client):
    move_in()
    plain, small = client.get("/archive/"), client.get("/archive/", headers=READS_GZIP)
    assert gzip.decompress(small.content) == plain.content
    assert len(small.content) < len(plain.content) / 5
    assert (plain.get("Content-Encoding"), small["Content-Encoding"]) == (None, "gzip")
    assert (plain["Vary"], small["Vary"]) == ("Accept-Encoding", "Accept-Encoding")
    assert small["Content-Length"] == str(len(small.content))


@pytest.mark.parametrize("said", ["gzip;q=0", "br, gzip; q=0.000", "GZIP ;q=0, identity"])
def test_who_refuses_gzip_does_not_get_it(client: Client, said: str):
    move_in()
    response = client.get("/archive/", headers={"Accept-Encoding": said})
    assert (response.get("Content-Encoding"), response["Vary"]) == (None, "Accept-Encoding")
    assert response.content == client.get("/archive/").content
    assert client.get("/archive/", headers={"Accept-Encoding": "gzip;q=0.5"})["Content-Encoding"] == "gzip"


def test_either_form_has_an_etag_of_its_own_that_tells_it_from_a_newer_page(client: Client):
    make_group()
    make_session(1)
    forms: list[dict[str, str]] = [{}, READS_GZIP]
    etags = [client.get("/archive/", headers=headers)["ETag"] for headers in forms]
    assert etags == [client.get("/archive/", headers=headers)["ETag"] for headers in forms]
    assert etags[0] != etags[1]
    for headers, etag in zip(forms, etags, strict=True):
        again = client.get("/archive/", headers={**headers, "If-None-Match": etag})
        assert (again.status_code, again.content, again["Vary"]) == (304, b"", "Accept-Encoding")
    make_session(2)
    for headers, etag in zip(forms, etags, strict=True):
        assert client.get("/archive/", headers={**headers, "If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize("path", ["/admin/", "/admin/reading_sessions/session/", "/admin/login/"])
def test_no_page_of_the_admin_is_compressed(client: Client, path: str):
    """Its length would say something of the secrets in it: https://breachattack.com."""
    client.force_login(make_organizer())
    response = client.get(path, headers=READS_GZIP, follow=True)
    assert (response.status_code, response.get("Content-Encoding")) == (200, None)
    assert len(response.content) > 1000


def test_pictures_and_uploaded_files_stay_as_they_are(client: Client, settings: Any, tmp_path: Any):
    settings.MEDIA_ROOT = str(tmp_path)
    make_group()
    material = leave(make_session(1), "", file=ContentFile(b"%PDF-1.7\n" + b"0" * 4000, "deck.pdf"))
    for url in ("/card.png", material.file.url):
        response = client.get(url, headers=READS_GZIP)
        assert (url, response.status_code, response.get("Content-Encoding")) == (url, 200, None)
        assert response.getvalue()[:4] in (b"%PDF", b"\x89PNG")


def test_an_error_page_is_compressed_as_well(client: Client):
    make_group()
    response = client.get("/nowhere/", headers=READS_GZIP)
    assert (response.status_code, response["Content-Encoding"]) == (404, "gzip")


def test_headers_alone_are_those_of_the_page(client: Client):
    make_group()
    asked, told = client.head("/", headers=READS_GZIP), client.get("/", headers=READS_GZIP)
    names = ("Content-Encoding", "Vary", "Content-Type", "ETag")
    assert [asked[name] for name in names] == [told[name] for name in names]
    assert asked.content == b""
    again = client.head("/", headers=READS_GZIP | {"If-None-Match": told["ETag"]})
    assert (again.status_code, again["ETag"]) == (304, told["ETag"])
