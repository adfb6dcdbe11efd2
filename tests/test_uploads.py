"""Files come in through the form: checked by content, whole or not at all, and nothing is left of what failed."""

import errno
import io
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from unittest import mock

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.files.storage import FileSystemStorage
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from sessions.file_types import RefusedError, clean_name, type_of
from sessions.models import Material, Session
from sessions.uploads import UploadHandler, incoming, largest_request
from tests.factories import leave, make_group, make_session
from tests.servers import Server, production, url_of_the_test_database
from tests.test_admin import errors, session_form
from tests.uploaded import GIF, JPEG, NOTEBOOK, PDF, PNG, WEBP, archive, multipart, upload

AGAIN = "Choose the file again: a browser does not keep it when a form comes back. Nothing was saved yet."


@pytest.fixture(autouse=True)
def media(tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


@pytest.fixture
def client(db):
    client = Client()
    client.force_login(User.objects.create(username="ada", is_staff=True, is_superuser=True))
    return client


def kept(folder: Path) -> list[str]:
    """Every file in storage, and on its way there."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def change(session: Session) -> str:
    return reverse("admin:reading_sessions_session_change", args=[session.pk])


def post(client, session, *files, **fields):
    lines = [{"kind": "other", "file": file} for file in files]
    return client.post(change(session), session_form(session, materials=lines, **fields))


# --- What is taken -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "stored", "kind"),
    [
        ("My talk.PDF", PDF, "My-talk.pdf", "slides"),
        ("talk.html", PDF, "talk.pdf", "slides"),
        ("demo.ipynb", NOTEBOOK, "demo.ipynb", "notebook"),
        ("demo.ipynb", b"\xef\xbb\xbf" + NOTEBOOK, "demo.ipynb", "notebook"),
        ("a.png", PNG, "a.png", "other"),
        ("a.jpeg", JPEG, "a.jpg", "other"),
        ("a.gif", GIF, "a.gif", "other"),
        ("a.webp", WEBP, "a.webp", "other"),
        ("code.zip", archive("a.py"), "code.zip", "other"),
    ],
)
def test_a_file_becomes_a_material(client, media, name, content, stored, kind):  # noqa: PLR0917
    session = make_session(1)
    assert post(client, session, upload(name, content, "text/html")).status_code == 302
    material = Material.objects.get()
    folder, random, last = str(material.file.name).split("/")
    assert (folder, len(random), last) == ("materials", 32, stored)
    assert (material.kind, material.file_size, material.href) == (kind, len(content), "")
    assert (media / material.file.name).read_bytes() == content
    assert kept(media) == [stored]
    assert (media / material.file.name).stat().st_mode & 0o777 == 0o644


def test_a_kind_that_was_chosen_stays(client):
    session = make_session(1)
    line = {"kind": "recording", "file": upload("a.pdf", PDF)}
    assert client.post(change(session), session_form(session, materials=[line])).status_code == 302
    assert Material.objects.get().kind == "recording"


def test_a_file_is_replaced_and_removed_and_the_old_one_stays_for_a_revert(client, media):
    session = make_session(1)
    post(client, session, upload("first.pdf", PDF))
    material = Material.objects.get()
    html = client.get(change(session)).content.decode()
    assert f'<a href="/media/{material.file.name}">first.pdf (71' in html
    assert "Remove this file from the session" in html
    line = {"id": material.pk, "kind": "slides"}
    second = session_form(session, materials=[line | {"file": upload("second.pdf", PDF + b"2")}])
    assert client.post(change(session), second).status_code == 302
    material.refresh_from_db()
    assert (material.file_name, material.file_size) == ("second.pdf", len(PDF) + 1)
    link = line | {"file-clear": "on", "href": "https://slides.example/"}
    assert client.post(change(session), session_form(session, materials=[link])).status_code == 302
    material.refresh_from_db()
    assert (material.file.name, material.file_size, material.href) == ("", None, "https://slides.example/")
    assert kept(media) == ["first.pdf", "second.pdf"]


def test_a_link_and_a_file_are_two_materials(client, media):
    session = make_session(1)
    line = {"kind": "slides", "href": "https://slides.example/", "file": upload("a.pdf", PDF)}
    response = client.post(change(session), session_form(session, materials=[line]))
    assert errors(response) == {
        "materials-0-href": ["A material is a link or a file: leave the link empty, or remove the file."],
        "materials-0-file": [AGAIN],
    }
    assert kept(media) == []


# --- What is refused -----------------------------------------------------------------------------------------


def repr_of_the_beginning(value: object) -> str:
    """Names of tests without the time of day, which stands in each archive: all processes have to know the same ones."""
    return repr(value)[:12] if isinstance(value, bytes) else str(value)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"<!DOCTYPE html><p>Slides", "is a web page (HTML)"),
        (b" \n<html>%PDF-1.7", "is a web page (HTML)"),
        (b"\xef\xbb\xbf<script>alert(1)</script>", "is a web page (HTML)"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is an SVG picture, which can hold scripts"),
        (b"<?xml version='1.0'?><svg/>", "is an SVG picture, which can hold scripts"),
        (b"MZ\x90\0" + bytes(60), "is a program"),
        (b"\x7fELF" + bytes(60), "is a program"),
        (b"#!/bin/sh\n", "is a program"),
        (b"GIF8" + bytes(20), "is of a kind that the site does not know"),
        (b"%PDF-evil", "is a PDF without a version, so it is damaged or not one"),
        (b"junk%PDF-1.7", "is a PDF with something else before it"),
        (b"Hello", "is plain text"),
        (bytes(5000), "is of a kind that the site does not know"),
        (b"{}", "is JSON, but no notebook: it has no “nbformat” or no “cells”"),
        (b'{"nbformat": 4, "cells": {}}', "is JSON, but no notebook: it has no “nbformat” or no “cells”"),
        (b'{"nbformat": 4, "cells": ["\xff"]}', "begins like a notebook but cannot be read as JSON"),
        (b'{"a":' + b"[" * 100_000, "begins like a notebook but cannot be read as JSON"),
        (b"PK\x03\x04 and no more", "begins like a zip archive but cannot be read as one: it may be cut off"),
        (archive("a.py")[:-30], "begins like a zip archive but cannot be read as one: it may be cut off"),
        (archive(), "is a zip archive without files"),
        (
            archive("[Content_Types].xml", "ppt/a.xml"),
            "is an Office document. Save it as PDF, then choose that",
        ),
        (archive("META-INF/MANIFEST.MF"), "is a program"),
        (b"", "is empty"),
    ],
    ids=repr_of_the_beginning,
)
def test_a_file_that_is_something_else_is_refused_by_its_content(client, media, content, found):
    session = make_session(1)
    response = post(client, session, upload("slides.pdf", content))
    (said,) = errors(response).pop("materials-0-file")
    if content:  # Django has its own words for an empty file
        assert said.startswith(f"“slides.pdf” {found}.")
    assert (Material.objects.count(), kept(media)) == (0, [])


def test_an_archive_with_a_huge_list_of_files_is_not_looked_through():
    content = archive(*(f"{number:0200}" for number in range(20_000)))
    with pytest.raises(RefusedError, match="more files than can be looked through"):
        type_of(io.BytesIO(content), len(content))


# With an emoji, by which each character of its string takes four bytes.
LINE = b"x" * 190 + rb"\ud83d\ude00"
NOT_TO_BE_READ = "is a notebook of more than 250,000 values. Clear its outputs, or put it in a zip archive."


@pytest.mark.parametrize(
    ("cell", "count", "answer"),
    [
        (b"[[]]", 3_800_000, NOT_TO_BE_READ),
        (b"{}", 6_600_000, NOT_TO_BE_READ),
        (b"[[]]", 80_000, "notebook"),
        (b'"' + LINE * 50_000 + b'"', 2, "notebook"),
        (b'"' + LINE + b'"', 100_000, "notebook"),
        (b'{"%06d' + LINE + b'": "' + LINE + b'"}', 49_000, "notebook"),
        ('"😀'.encode() + b"x" * 20_000_000 + b'"', 1, "notebook"),
    ],
)
def test_a_notebook_takes_little_memory_whatever_is_in_it(tmp_path, cell, count, answer):
    cells = b",".join(cell % number if b"%" in cell else cell for number in range(count))
    path = tmp_path / "a.ipynb"
    path.write_bytes(b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [' + cells + b"]}")
    assert 10 * 2**20 < path.stat().st_size < 20 * 2**20 or count == 80_000
    script = (
        "import sys\n"
        "from sessions.file_types import RefusedError, type_of\n"
        "with open(sys.argv[1], 'rb') as file:\n"
        "    try: print(type_of(file, int(sys.argv[2])).word)\n"
        "    except RefusedError as refused: print(refused)\n"
        "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path), str(path.stat().st_size)],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    said, most = done.stdout.splitlines()
    assert (said, int(most) < 150 * 1024) == (answer, True)


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\talks\\a b.pdf", "a-b.pdf"),
        ("\u202efdp.exe", "fdp.exe"),
        ("a\0\n\x7f.pdf", "a.pdf"),
        ("....pdf", "file.pdf"),
        (".htaccess", "htaccess"),
        ("", "file"),
        ("Füße und Öl – 日本.PDF", "Füße-und-Öl-日本.pdf"),
        ('a";x="b.pdf', "a-x-b.pdf"),
        ("v1.2 final", "v1.2-final"),
        ("é" * 300 + ".pdf", "é" * 48 + ".pdf"),
    ],
)
def test_names_are_harmless(name, clean):
    assert clean_name(name) == clean
    assert len(clean_name(name).encode()) <= 100


# --- The limit -----------------------------------------------------------------------------------------------


def test_a_file_past_the_limit_is_refused_at_its_field_and_never_written_whole(client, media, settings):
    settings.MAX_UPLOAD_MB = 1
    session = make_session(1)
    written = []
    real = UploadHandler.receive_data_chunk

    def watch(handler, data, start):
        real(handler, data, start)
        written.append(sum(path.stat().st_size for path in incoming().iterdir()))

    with mock.patch.object(UploadHandler, "receive_data_chunk", watch):
        response = post(client, session, upload("big.pdf", PDF + bytes(3 * 2**20)), upload("a.pdf", PDF))
    assert errors(response) == {
        "materials-0-file": [
            "“big.pdf” has more than 1 MB, which is the most that is kept here. Make it smaller, or put it elsewhere and give its link."
        ],
        "materials-1-file": [AGAIN],
    }
    assert max(written) <= 2**20
    assert (Material.objects.count(), kept(media)) == (0, [])


def test_a_request_of_impossible_size_is_not_read(client, settings):
    settings.MAX_UPLOAD_MB = 1
    session = make_session(1)
    body = upload("big.pdf", PDF + bytes(largest_request()))
    assert post(client, session, body).status_code == 413


def test_files_of_strangers_are_not_written_down(db, media):
    response = post(Client(), make_session(1), upload("a.pdf", PDF))
    assert response.status_code == 302
    assert not media.exists()


def test_the_shipped_proxy_lets_through_what_the_site_takes():
    text = (settings.BASE_DIR / "deploy/nginx.conf").read_text()
    megabytes = int(text.split("client_max_body_size ")[1].split("m;")[0])
    assert megabytes * 2**20 >= largest_request()


# --- What failed leaves nothing ------------------------------------------------------------------------------


def test_with_another_error_the_file_has_to_be_chosen_again(client, media):
    session = make_session(1)
    response = post(client, session, upload("a.pdf", PDF), title="")
    assert errors(response) == {"title": ["This field is required."], "materials-0-file": [AGAIN]}
    assert kept(media) == []


def test_a_refusal_of_the_database_takes_the_file_along(client, media):
    session = make_session(1)
    with mock.patch("papers.adminbase.connection.check_constraints", side_effect=IntegrityError("no")):
        response = post(client, session, upload("a.pdf", PDF))
    assert errors(response)["materials-0-file"] == [AGAIN]
    assert (Material.objects.count(), kept(media), list((media / "materials").iterdir())) == (0, [], [])


def test_a_crash_after_the_file_was_stored_takes_it_along(client, media):
    session = make_session(1)
    broken = mock.patch("papers.adminbase.connection.check_constraints", side_effect=ZeroDivisionError)
    with broken, pytest.raises(ZeroDivisionError):
        post(client, session, upload("a.pdf", PDF))
    assert (Material.objects.count(), kept(media)) == (0, [])


def test_a_full_disk_is_a_message_at_the_field(client, media):
    session = make_session(1)
    full = OSError(errno.ENOSPC, "No space left on device")
    with mock.patch.object(FileSystemStorage, "_save", side_effect=full):
        response = post(client, session, upload("a.pdf", PDF), title="Changed")
    assert errors(response) == {
        "materials-0-file": [
            "The place where files are kept did not take “a.pdf”: it may be full or out of reach. Nothing was saved; try again."
        ]
    }
    session.refresh_from_db()
    assert (session.title, Material.objects.count(), kept(media)) == ("Title 1", 0, [])


def test_a_disk_full_while_the_file_comes_in_is_one_too(client, media):
    media.mkdir()
    incoming().write_text("not a folder")
    response = post(client, make_session(1), upload("a.pdf", PDF))
    assert errors(response) == {
        "materials-0-file": [
            "There is no room for “a.pdf” just now. Nothing was saved; try again later, or tell whoever runs the site."
        ]
    }


def test_a_file_that_is_gone_is_not_given_back(client, media):
    session = make_session(1)
    post(client, session, upload("a.pdf", PDF))
    material = Material.objects.get()
    material.delete()
    record = Material.history.filter(history_type="+").latest("history_id")
    record.instance.full_clean()
    (media / record.file).unlink()
    with pytest.raises(ValidationError, match=r"“a\.pdf” is no longer kept here"):
        record.instance.full_clean()


# --- A real server -------------------------------------------------------------------------------------------


def request_head(session, client, body_length, content_type):
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    return (
        f"POST {change(session)} HTTP/1.1\r\nHost: reading.example.org\r\nCookie: {cookies}\r\n"
        f"Origin: http://reading.example.org\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {body_length}\r\nConnection: close\r\n\r\n"
    ).encode()


def eventually(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end", ["whole", "closed", "killed"])
def test_an_upload_is_whole_or_not_there(end, tmp_path, media):
    make_group()
    session = make_session(1)
    leave(session, "https://video.example/1")
    client = Client()
    client.force_login(User.objects.create(username="ada", is_staff=True, is_superuser=True))
    client.get("/admin/")
    client.cookies["csrftoken"] = "a" * 32
    old = Material.objects.get()
    lines = [
        {"id": old.pk, "href": old.href, "kind": "other"},
        {"kind": "slides"},
    ]
    fields = session_form(session, materials=lines) | {"csrfmiddlewaretoken": "a" * 32}
    content_type, body = multipart(fields, "materials-1-file", "talk.pdf", PDF + bytes(400_000))
    variables = {
        "DATABASE_URL": url_of_the_test_database(),
        "MEDIA_ROOT": str(media),
        "SECURE_SSL_REDIRECT": "off",
        "SITE_URL": "http://reading.example.org",
        "STORAGES": '{"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}',
        "SECRET_KEY": settings.SECRET_KEY,
    }
    assert production()  # what else a deployment says
    with Server(tmp_path / "log", "readinggroup.wsgi", **variables) as server:
        head = request_head(session, client, len(body), content_type)
        with socket.create_connection(("127.0.0.1", server.port), timeout=15) as connection:
            sent = body if end == "whole" else body[:-150_000]
            connection.sendall(head + sent)
            if end == "whole":
                assert connection.recv(100).split(b"\r\n")[0] == b"HTTP/1.1 302 Found"
            else:
                assert eventually(lambda: len(kept(media)) == 1)
                if end == "killed":
                    children = Path(
                        f"/proc/{server.process.pid}/task/{server.process.pid}/children"
                    ).read_text()
                    os.kill(int(children.split()[0]), signal.SIGKILL)
        if end == "closed":
            assert eventually(lambda: kept(media) == [])
    if end == "whole":
        assert kept(media) == ["talk.pdf"]
        assert (media / Material.objects.get(kind="slides").file.name).read_bytes() == PDF + bytes(400_000)
        return
    assert list(Material.objects.all()) == [old]
    # A killed process removes nothing; what it was writing lies where clean_uploads looks.
    assert not (media / "materials").exists()
    assert [path.suffix for path in incoming().iterdir()] == ([".upload"] if end == "killed" else [])
