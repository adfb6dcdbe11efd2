"""The addresses of social cards and icons, and what the head of every page says to chats."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from PIL import Image

from papers.models import PaperAlias
from readinggroup.cards import views
from sessions.models import Group
from tests.browsers import PAGES
from tests.factories import in_days, make_group, make_paper, make_session, move_in, read

pytestmark = pytest.mark.django_db


def said(client: Client, url: str) -> dict[str, str]:
    """What a page's head says in `property` or `name`, by that name; each is there once."""
    response = client.get(url)
    assert (url, response.status_code) == (url, 200)
    head = response.content.decode().partition("</head>")[0]
    found = re.findall(r'<meta (?:property|name)="((?:og|twitter):[^"]*)" content="([^"]*)">', head)
    assert len(dict(found)) == len(found)
    return dict(found)


def test_every_page_tells_chats_what_it_is(client: Client, settings: Any):
    move_in()
    settings.SITE_URL = "https://group.example"
    for url in PAGES:
        tags = said(client, url)
        assert list(tags) == [
            "og:title", "og:description", "og:url", "og:site_name", "og:type", "og:image", "og:image:type",
            "og:image:width", "og:image:height", "og:image:alt", "twitter:card",
        ]  # fmt: skip
        assert (url, "" in tags.values()) == (url, False)
        assert tags["og:url"] == f"https://group.example{url}"
        address = tags["og:image"].removeprefix("https://group.example")
        card = client.get(address)
        assert (card.status_code, card["Content-Type"]) == (200, "image/png")
        assert Image.open(io.BytesIO(card.content)).size == (1200, 630)


def test_a_session_says_its_own(client: Client):
    make_group(time_zone="America/New_York")
    make_session(
        16, r"Schr\"odinger $x^2$", last_number=17, starts_at="2026-12-12T02:00:00Z", summary="*So* it is."
    )
    tags = said(client, "/sessions/16-17-schrodinger-x2/")
    image = tags.pop("og:image")
    assert re.fullmatch(r"http://testserver/sessions/16-17-schrodinger-x2/card\.png\?v=[0-9a-f]{12}", image)
    assert tags == {
        "og:title": "Week 16 &amp; 17: Schrödinger x²",
        "og:description": "11 December 2026. So it is.",
        "og:url": "http://testserver/sessions/16-17-schrodinger-x2/",
        "og:site_name": "The Owls",
        "og:type": "article",
        "og:image:type": "image/png",
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": "Week 16 &amp; 17. Schrödinger x². 11 December 2026. The Owls",
        "twitter:card": "summary_large_image",
    }


def test_a_paper_says_its_own_and_the_site_what_it_is_for(client: Client):
    make_group(introduction="We read *owls*. All of them.")
    paper = make_paper("On owls", authors="Ann\nBob\nCy\nDi\nEd", published_on="2022-02-02")
    read(make_session(1), paper)
    assert (
        said(client, "/papers/on-owls/")["og:image:alt"] == "On owls. Ann, Bob, Cy and others, 2022. The Owls"
    )
    assert said(client, "/")["og:image:alt"] == "The Owls. We read owls"


def test_a_page_that_is_not_there_has_no_card(client: Client):
    make_group()
    response = client.get("/sessions/none/")
    assert (response.status_code, b"og:" in response.content) == (404, False)


def test_what_a_card_says_is_in_its_address(client: Client):
    """Chats ask for an address once: what looks different has to be somewhere else."""
    group = make_group()
    session = make_session(1, "Owls")
    seen = [said(client, "/sessions/1-owls/")["og:image"]]
    session.title = "Great owls"
    session.save()
    seen.append(said(client, session.get_absolute_url())["og:image"])
    group.accent = "#0b6e4f"
    group.save()
    seen.append(said(client, session.get_absolute_url())["og:image"])
    assert len(set(seen)) == 3
    assert said(client, session.get_absolute_url())["og:image"] == seen[-1]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The titles of the cards that were drawn, into a cache that no other test sees."""
    titles: list[str] = []
    cache.clear()

    def png(card: Any) -> bytes:
        titles.append(card.title)
        return b"a picture"

    monkeypatch.setattr(views, "png", png)
    yield titles
    cache.clear()


def test_a_card_is_drawn_once_and_may_be_kept_where_its_address_is_its_own(client: Client, drawn: list[str]):
    make_group()
    make_session(1, "Drawn once")
    address = said(client, "/sessions/1-drawn-once/")["og:image"].removeprefix("http://testserver")
    response = client.get(address)
    assert (response.content, response["Cache-Control"]) == (
        b"a picture",
        "public, max-age=86400",
    )
    assert response["ETag"] == f'"{address[-12:]}"'
    assert "Vary" not in response
    for other in ("/sessions/1-drawn-once/card.png", "/sessions/1-drawn-once/card.png?v=0123456789ab"):
        assert (client.get(other).content, client.get(other)["Cache-Control"]) == (
            b"a picture",
            "public, no-cache",
        )
    assert drawn == ["Drawn once"]


def test_a_broken_cache_takes_no_card_along_and_is_told_in_one_line(
    client: Client, settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    make_group()
    (tmp_path / "file").touch()
    backend = "django.core.cache.backends.filebased.FileBasedCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": str(tmp_path / "file" / "x")}}
    response = client.get("/card.png")
    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    assert Image.open(io.BytesIO(response.content)).size == (1200, 630)
    [told] = caplog.records
    assert told.getMessage().startswith("Cards are drawn without the cache: [Errno ")
    assert told.exc_info is None


def test_a_cache_that_keeps_nothing_is_told_in_one_line(
    client: Client, drawn: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    make_group()

    def refused(*_: Any) -> None:
        raise ConnectionError("Disk\nfull")

    monkeypatch.setattr(cache, "set", refused)
    assert client.get("/card.png").content == b"a picture"
    assert [each.getMessage() for each in caplog.records] == ["Cards are not kept in the cache: Disk full"]


def test_whoever_has_a_card_is_told_so_without_drawing_it(client: Client, drawn: list[str]):
    make_group()
    make_session(1, "Kept elsewhere")
    etag = f'"{said(client, "/sessions/1-kept-elsewhere/")["og:image"][-12:]}"'
    response = client.get("/sessions/1-kept-elsewhere/card.png", headers={"If-None-Match": etag})
    assert (response.status_code, response["ETag"], drawn) == (304, etag, [])
    assert client.get("/card.png", headers={"If-None-Match": etag}).status_code == 200


def test_drafts_have_no_card_nor_has_what_only_they_read(client: Client):
    make_group()
    session = make_session(1, "Secret", state="draft")
    read(session, make_paper("Secret paper"))
    assert client.get("/sessions/1-secret/card.png").status_code == 404
    assert client.get("/papers/secret-paper/card.png").status_code == 404
    session.state = "cancelled"
    session.save()
    assert client.get("/sessions/1-secret/card.png").status_code == 200


def test_a_former_address_leads_to_the_present_card(client: Client):
    make_group()
    session = make_session(1, "Owls")
    session.slug = "1-great-owls"
    session.save()
    paper = make_paper("Great paper")
    PaperAlias.objects.create(paper=paper, kind="slug", value="paper-of-old")
    card = said(client, "/sessions/1-great-owls/")["og:image"].removeprefix("http://testserver")
    assert client.get("/sessions/1-owls/card.png?v=old")["Location"] == card
    card = said(client, "/papers/great-paper/")["og:image"].removeprefix("http://testserver")
    assert client.get("/papers/paper-of-old/card.png")["Location"] == card


def test_a_cancelled_session_says_so(client: Client):
    make_group()
    make_session(1, "Owls", state="cancelled", starts_at=in_days(3))
    assert said(client, "/sessions/1-owls/")["og:image:alt"] == "Week 1. Owls. Cancelled. The Owls"


def test_an_empty_site_has_a_card(client: Client):
    assert said(client, "/")["og:image:alt"] == "Reading group"
    assert client.get("/card.png").status_code == 200


@pytest.mark.parametrize(
    "url", ["/card.png", "/sessions/1-owls/card.png", "/papers/x/card.png", "/icon/8c2f1b.svg"]
)
def test_cards_and_icons_are_only_read(client: Client, url: str):
    assert client.post(url).status_code == 405


def test_the_icon_has_the_groups_colour_and_an_address_that_changes_with_it(client: Client):
    Group.objects.create(name="Owls", accent="#0b6e4f")
    html = client.get("/").content.decode()
    assert '<link rel="icon" href="/icon/0b6e4f.svg" type="image/svg+xml">' in html
    assert '<link rel="apple-touch-icon" href="/icon/0b6e4f.png">' in html
    svg, png = client.get("/icon/0b6e4f.svg"), client.get("/icon/0b6e4f.png")
    assert (svg["Content-Type"], svg["Cache-Control"]) == (
        "image/svg+xml",
        "public, max-age=31536000, immutable",
    )
    assert re.findall(r"\.ground\{fill:(.*?)\}", svg.content.decode()) == ["#00694a", "#7ed2ae"]
    assert Image.open(io.BytesIO(png.content)).size == (180, 180)
    assert client.get("/favicon.ico")["Location"] == "/icon/0b6e4f.png"
    assert [
        client.get(f"/icon/{name}").status_code for name in ("0b6e4.svg", "0B6E4F.svg", "0b6e4g.png")
    ] == [404] * 3
