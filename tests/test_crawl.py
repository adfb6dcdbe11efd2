"""Every page that a visitor can reach from the home page: whole, valid, and without a word to other hosts.

Validity is judged by the Nu HTML Checker where `npm ci` and Java have brought it, else by html5lib's strict
parser; which of the two it was is printed.
"""

import json
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

import html5lib
import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from sessions.models import Group
from tests.factories import in_days, make_session, move_in, read

VNU = Path(os.environ.get("VNU_JAR", settings.BASE_DIR / "node_modules/vnu-jar/build/dist/vnu.jar"))
# What is in a page's head or body and makes a browser ask for something at once.
ASKING = {
    "link": "href", "script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src",
    "audio": "src", "object": "data", "embed": "src", "input": "src",
}  # fmt: skip
PLAIN = ("400", "403", "403_csrf", "405", "500", "503")
SILENT_RELS = {"canonical", "next", "prev"}


class Parsed(HTMLParser):
    """What a page has in it: links, what it asks for, fragments, headings, title."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.asks: list[str] = []
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.inline: list[str] = []
        self.title = ""
        self._in_title = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a":
            self.links.append(given.get("href", ""))
        elif tag in ASKING and given.get("rel") not in SILENT_RELS and ASKING[tag] in given:
            self.asks.append(given[ASKING[tag]])
        if "style" in given or tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        self.inline += [name for name in given if name.startswith("on")]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self._in_title = tag == "title"

    def handle_endtag(self, tag: str) -> None:
        self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data


def fetch(url: str) -> tuple[int, str, str]:
    """Status, content type or the address of a redirect, and text."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=30)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}" if parts.query else parts.path)
        response = connection.getresponse()
        about = response.getheader("Location") or response.getheader("Content-Type") or ""
        return response.status, about, response.read().decode()
    finally:
        connection.close()


def crawl(site: str) -> dict[str, str]:
    """Every page that can be reached, by address, following what leads to the site itself."""
    pages: dict[str, str] = {}
    to_do, seen = [f"{site}/"], {f"{site}/"}
    while to_do:
        url = to_do.pop()
        status, about, text = fetch(url)
        if status in (301, 302):
            found = [about]
        else:
            assert (url, status) == (url, 200)
            if not about.startswith("text/html"):
                continue
            pages[url] = text
            found = Parsed(text).links
        for link in found:
            target = urldefrag(urljoin(url, link))[0]
            if urlsplit(target).netloc == urlsplit(site).netloc and target not in seen:
                seen.add(target)
                to_do.append(target)
    return pages


@pytest.fixture
def site(live_server: LiveServer) -> str:
    """The first group with a session to come, so that nothing on a page is left out."""
    move_in()
    Group.objects.update(join_url="https://meet.example/room")
    session = make_session(18, "Bridges", starts_at=in_days(3), summary="# On *bridges*\n\nBring paper.")
    read(session, label="Whatever you like", note="a few pages")
    return str(live_server.url)


@pytest.mark.django_db(transaction=True)
def test_every_page_within_reach_is_whole_and_valid(site: str, tmp_path: Path):
    pages = crawl(site)
    paths = {url.removeprefix(site) for url in pages}
    kinds = {re.sub(r"(?<=/)[^/]+(?=/$)", "*", path) if path.count("/") == 3 else path for path in paths}
    assert kinds == {
        "/", "/schedule/", "/archive/", "/map/", "/sessions/*/", "/papers/", "/papers/*/", "/backlog/", "/resources/",
        "/people/", "/people/*/", "/search/", "/archive/*/", "/progress/",
    }  # fmt: skip
    assert len([path for path in paths if path.startswith("/sessions/")]) == 17
    assert len([path for path in paths if path.startswith("/papers/")]) == 1 + 68
    assert len([path for path in paths if path.startswith("/people/")]) == 1 + 4
    faults = [f"{url}: {fault}" for url, html in pages.items() for fault in faults_of(url, html, pages)]
    assert faults == []
    titles = [Parsed(html).title for html in pages.values()]
    assert sorted({title for title in titles if titles.count(title) > 1}) == []
    for name, url in (("404", f"{site}/nowhere/"), ("search", f"{site}/search/?q=diffusion")):
        pages[name] = fetch(url)[2]
    pages |= {name: render_to_string(f"{name}.html") for name in PLAIN}
    assert invalidities(pages, tmp_path) == []


def faults_of(url: str, html: str, pages: dict[str, str]) -> list[str]:
    page = Parsed(html)
    host = urlsplit(url).netloc
    foreign = [f"asks {asked}" for asked in page.asks if urlsplit(urljoin(url, asked)).netloc != host]
    lost = [
        f"leads to {link}, which is not there"
        for link in page.links
        for target, fragment in [urldefrag(urljoin(url, link))]
        if fragment and target in pages and fragment not in Parsed(pages[target]).ids
    ]
    skips = [
        f"h{level} after h{before}"
        for before, level in zip(page.headings, page.headings[1:], strict=False)
        if level > before + 1
    ]
    return [
        *foreign,
        *lost,
        *skips,
        *(f"inline {name}" for name in page.inline),
        *([] if page.headings.count(1) == 1 else [f"{page.headings.count(1)} h1"]),
        *([] if page.title.strip() else ["no title"]),
    ]


@pytest.mark.django_db
def test_the_icon_asks_no_other_host(client: Client):
    icon = client.get("/icon/8c2f1b.svg").content.decode().replace("http://www.w3.org/2000/svg", "")
    assert re.findall(r"@import|url\(|href|https?:", icon) == []


def invalidities(pages: dict[str, str], folder: Path) -> list[str]:
    """What the HTML checker has to say, page by page."""
    files = {}
    for number, (url, html) in enumerate(pages.items()):
        file = folder / f"{number}.html"
        file.write_text(html)
        files[file.name] = url
    java = shutil.which("java")
    if java and VNU.exists():
        print(f"{len(files)} pages checked by the Nu HTML Checker")  # noqa: T201
        return nu_says(java, files, folder)
    print(f"{len(files)} pages checked by html5lib (java or {VNU} is missing)")  # noqa: T201
    parser = html5lib.HTMLParser(strict=False)
    found = []
    for url, html in pages.items():
        parser.parse(html)
        found += [f"{url}: {place} {code} {about}" for place, code, about in parser.errors]
    return found


def nu_says(java: str, files: dict[str, str], folder: Path) -> list[str]:
    done = subprocess.run(
        [java, "-Xmx256m", "-jar", str(VNU), "--format", "json", "--stdout", "--exit-zero-always", *files],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return [
        f"{files[Path(message['url']).name]}: line {message.get('lastLine')}: {message['message']}"
        for message in json.loads(done.stdout)["messages"]
    ]


def test_the_checkers_do_find_faults(tmp_path: Path):
    html = "<!doctype html><html lang=en><title>x</title><p><a href=/x><a href=/y>"
    assert len(invalidities({"x": html}, tmp_path)) >= 1
    assert faults_of("http://a.example/", '<img src="//b.example/x"><h1 style="">', {}) == [
        "asks //b.example/x",
        "inline h1",
        "no title",
    ]
