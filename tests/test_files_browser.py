"""A real browser shows a PDF and a picture by themselves, under the policy that files are sent with."""

import struct
import zlib

import pytest
from django.core.files.base import ContentFile
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from sessions.models import Material
from tests.factories import make_group, make_session
from tests.test_browser import browser
from tests.uploaded import readable_pdf

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def red_png(side: int = 20) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress((b"\0" + b"\xff\0\0" * side) * side)
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def keep(name: str, content: bytes) -> Material:
    material = Material(session=make_session(len(name)), kind="other")
    material.file = ContentFile(content, name)
    material.save()
    return material


def watched(page: Page) -> list[str]:
    said: list[str] = []
    # Chromium asks for a favicon beside every file; there is none at that address, and that is all it says.
    page.on("console", lambda message: None if "404" in message.text else said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def test_a_picture_and_a_pdf_are_shown(live_server: LiveServer, tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path)
    make_group()
    picture, slides = keep("a.png", red_png()), keep("slides.pdf", readable_pdf())
    with browser(whole=True) as chromium:
        page = chromium.new_page()
        said = watched(page)
        page.goto(f"{live_server.url}/media/{picture.file.name}")
        assert page.evaluate("document.images[0].naturalWidth") == 20
        page.goto(f"{live_server.url}/media/{slides.file.name}")
        # The viewer is an extension of the browser's, which frames itself around the file.
        page.wait_for_timeout(2000)
        viewer, file = (frame.url for frame in page.frames[1:])
        assert viewer.startswith("chrome-extension://")
        assert file.endswith("/slides.pdf")
        assert said == []
        page.close()
