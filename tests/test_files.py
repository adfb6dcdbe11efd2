"""Files go out: to everybody those of public sessions, to organizers the others, in whole or in part, never as a page."""

from unittest import mock

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.test import Client
from django.urls import reverse

from sessions.models import Material
from tests.factories import make_group, make_session
from tests.uploaded import PDF, PNG, archive

POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
POLICY_OF_PDFS = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"


@pytest.fixture(autouse=True)
def media(tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


def keep(name="talk.pdf", content=PDF, state="published", number=1):
    session = make_session(number, state=state)
    material = Material(session=session, kind="slides")
    material.file = ContentFile(content, name)
    material.save()
    return material


def get(path, method="get", **headers):
    return getattr(Client(), method)(path, headers=headers)


def body(response):
    return b"".join(response.streaming_content)


def address(material):
    return f"/media/{material.file.name}"


@pytest.mark.django_db
def test_only_a_pdf_may_be_framed_by_the_sites_own_pages():
    response = get(address(keep("a.png", PNG)))
    assert body(response) == PNG
    headers = response.headers
    assert (headers["Content-Security-Policy"], headers["X-Frame-Options"]) == (POLICY, "DENY")


@pytest.mark.django_db
def test_a_file_says_all_about_itself():
    material = keep("Über uns.pdf")
    response = get(address(material))
    assert (response.status_code, body(response)) == (200, PDF)
    etag, modified = response.headers["ETag"], response.headers["Last-Modified"]
    assert etag.startswith('"')
    assert dict(response.headers) == {
        "Content-Length": str(len(PDF)),
        "Content-Type": "application/pdf",
        "Content-Disposition": "inline; filename*=utf-8''%C3%9Cber-uns.pdf",
        "Content-Security-Policy": POLICY_OF_PDFS,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Last-Modified": modified,
        "Cache-Control": "public, max-age=60",
    }
    assert not response.cookies
    head = get(address(material), "head")
    assert (dict(head.headers), head.status_code, body(head)) == (dict(response.headers), 200, b"")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content", "content_type", "disposition"),
    [
        ("a.png", PNG, "image/png", 'inline; filename="a.png"'),
        ("a.zip", archive("a.py"), "application/zip", 'attachment; filename="a.zip"'),
        ("a.ipynb", b"{}", "application/x-ipynb+json", 'attachment; filename="a.ipynb"'),
        ("a.html", b"<script>", "application/octet-stream", 'attachment; filename="a.html"'),
        ("a.svg", b"<svg/>", "application/octet-stream", 'attachment; filename="a.svg"'),
    ],
)
def test_only_pdf_and_pictures_are_shown(name, content, content_type, disposition):
    response = get(address(keep(name, content)))
    names = ("Content-Type", "Content-Disposition", "X-Content-Type-Options")
    assert [response.headers[each] for each in names] == [content_type, disposition, "nosniff"]
    assert body(response) == content


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "status", "part", "content_range"),
    [
        ("bytes=0-4", 206, PDF[:5], "bytes 0-4/{}"),
        ("bytes=5-", 206, PDF[5:], "bytes 5-{last}/{}"),
        ("bytes=-6", 206, PDF[-6:], "bytes {tail}-{last}/{}"),
        ("bytes=-999999", 206, PDF, "bytes 0-{last}/{}"),
        ("bytes=3-999999", 206, PDF[3:], "bytes 3-{last}/{}"),
        ("bytes=999999-", 416, b"", "bytes */{}"),
        ("bytes=-0", 416, b"", "bytes */{}"),
        ("bytes=5-2", 200, PDF, None),
        ("bytes=0-1,4-5", 200, PDF, None),
        ("bytes=-", 200, PDF, None),
        ("bytes=²-", 200, PDF, None),
        ("lines=1-2", 200, PDF, None),
    ],
)
def test_a_part_is_given_to_who_asks_for_one(asked, status, part, content_range):
    response = get(address(keep()), range=asked)
    given = b"".join(response) if status == 416 else body(response)
    if content_range:
        size = len(PDF)
        content_range = content_range.format(size, last=size - 1, tail=size - 6)
    assert (response.status_code, given, response.headers.get("Content-Range")) == (
        status,
        part,
        content_range,
    )
    assert response.headers["Content-Length"] == str(len(part))


@pytest.mark.django_db
def test_what_has_not_changed_is_not_sent_again():
    path = address(keep())
    first = get(path)
    etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    body(first)
    for headers in ({"if-none-match": etag}, {"if-modified-since": modified}):
        response = get(path, **headers)
        assert (response.status_code, response.content) == (304, b"")
        assert response.headers["Cache-Control"] == "public, max-age=60"
    for condition, status in ((etag, 206), (modified, 206), ('"other"', 200)):
        response = get(path, **{"range": "bytes=0-1", "if-range": condition})
        assert response.status_code == status
        body(response)
    assert get(path, **{"if-match": '"other"'}).status_code == 412


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["draft", "published", "cancelled"])
def test_only_files_of_public_sessions_are_public(state):
    make_group()
    material = keep(state=state)
    response = get(address(material))
    assert response.status_code == (404 if state == "draft" else 200)
    if response.streaming:
        body(response)
    material.session.state = "draft"
    material.session.save()
    assert get(address(material)).status_code == 404


@pytest.mark.django_db
def test_guesses_find_nothing(media):
    make_group()
    material = keep()
    (media / "secret.txt").write_text("secret")
    (media / "materials/loose.pdf").write_bytes(PDF)
    for path in (
        "/media/secret.txt",
        "/media/materials/loose.pdf",
        "/media/materials/../secret.txt",
        "/media/materials/%00",
        "/media/materials/",
        f"/media/{material.file.name}/",
        f"/media/materials/{'a' * 500}",
        f"/admin/reading_sessions/session/file/{material.file.name}%00",
    ):
        assert get(path).status_code in {404, 302}, path


@pytest.mark.django_db
def test_organizers_see_files_of_drafts_in_the_admin():
    material = keep(state="draft")
    path = reverse("admin:reading_sessions_session_file", args=[material.file.name])
    assert material.link("") == path
    client = Client()
    assert client.get(path).status_code == 302
    user = User.objects.create(username="ada", is_staff=True)
    client.force_login(user)
    assert client.get(path).status_code == 403
    user.user_permissions.add(
        Permission.objects.get(codename="view_session", content_type__app_label="reading_sessions")
    )
    response = client.get(path)
    assert (response.status_code, body(response)) == (200, PDF)
    assert response.headers["Content-Security-Policy"] == POLICY_OF_PDFS
    assert "no-store" in response.headers["Cache-Control"]
    assert client.get(path.replace("talk", "tale")).status_code == 404
    assert client.post(path).status_code == 405
    assert client.get(address(material)).status_code == 404


@pytest.mark.django_db
def test_a_file_that_is_missing_is_not_found_and_logged(media, caplog):
    make_group()
    material = keep()
    (media / material.file.name).unlink()
    assert get(address(material)).status_code == 404
    assert f"{material.file.name} is named by a material, but not in the storage" in caplog.messages


@pytest.mark.django_db
def test_storage_out_of_reach_is_said(caplog):
    material = keep()
    with mock.patch.object(FileSystemStorage, "open", side_effect=OSError("gone")):
        response = get(address(material))
    assert response.status_code == 503
    assert (response.headers["Retry-After"], response.headers["Cache-Control"]) == ("60", "no-store")
    assert "does not answer" in response.content.decode()


@pytest.mark.django_db
def test_a_large_file_goes_out_in_pieces():
    response = get(address(keep(content=PDF + bytes(300_000))))
    pieces = [len(piece) for piece in response.streaming_content]
    assert (max(pieces), sum(pieces)) == (65536, len(PDF) + 300_000)
