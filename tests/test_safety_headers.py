"""The headers that keep a page from being misused, as they leave a real gunicorn: on pages, errors and files."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories import in_days, make_group, make_paper, make_session, read
from tests.servers import Server, url_of_the_test_database
from tests.test_health import COLLECTED

# Without a test that is so marked there is no test database, and the server would write into the real one.
pytestmark = pytest.mark.django_db

SAFETY = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "same-origin",
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
}
HTTPS = "X-Forwarded-Proto: https"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[Server]:
    """With a static file, as collectstatic leaves one, and the test database for its sessions."""
    folder = tmp_path_factory.mktemp("safety")
    (folder / "static").mkdir()
    (folder / "static" / "site.0123456789ab.css").write_text("body { color: black }\n")
    with Server(
        folder / "log",
        BEHIND_PROXY="on",
        STATIC_ROOT=str(folder / "static"),
        DATABASE_URL=url_of_the_test_database(),
    ) as running:
        yield running


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/who/", 200),
        ("/nowhere/", 404),
        ("/broken/", 500),
        ("/static/site.0123456789ab.css", 200),
        ("/static/none.css", 404),
        ("/healthz", 200),
        ("/readyz", 200),
    ],
)
def test_every_answer_is_safe(server: Server, path: str, status: int) -> None:
    answer = server.get(path, HTTPS)
    assert answer.status == status
    assert {name: answer.headers.get(name) for name in SAFETY} == SAFETY
    assert "set-cookie" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers


def test_hsts_is_not_promised_over_plain_http(server: Server) -> None:
    answer = server.get("/healthz")
    assert "strict-transport-security" not in answer.headers


def test_pages_cannot_be_framed(server: Server) -> None:
    assert server.get("/who/", HTTPS).headers["x-frame-options"] == "DENY"


def test_a_login_cookie_stays_on_this_site_and_out_of_scripts(server: Server) -> None:
    name, *attributes = server.get("/cookie/", HTTPS).headers["set-cookie"].split("; ")
    assert name.startswith("sessionid=")
    kept = sorted(part for part in attributes if not part.startswith("expires="))
    assert kept == ["HttpOnly", "Max-Age=1209600", "Path=/", "SameSite=Lax", "Secure"]


@pytest.mark.django_db(transaction=True)
def test_every_kind_of_public_answer_is_safe(tmp_path: Path) -> None:
    """Of the site itself: pages, pictures, data, refusals."""
    make_group()
    session = make_session(1, "Owls", starts_at=in_days(3))
    read(session, make_paper("On owls"))
    expected = {
        "/": (200, "text/html; charset=utf-8"),
        "/sessions/1-owls/": (200, "text/html; charset=utf-8"),
        "/sessions/1/": (302, "text/html; charset=utf-8"),
        "/archive": (301, "text/html; charset=utf-8"),
        "/sessions/1-owls/card.png": (200, "image/png"),
        "/icon/8c2f1b.svg": (200, "image/svg+xml"),
        "/accent/8c2f1b.css": (200, "text/css; charset=utf-8"),
        "/sessions/1-owls.ics": (200, "text/calendar; charset=utf-8"),
        "/syllabus.json": (200, "application/json"),
        "/search/results/?q=owls": (200, "text/html; charset=utf-8"),
        "/nowhere/": (404, "text/html; charset=utf-8"),
        f"/search/?{'a&' * 10_001}"[:4000]: (200, "text/html; charset=utf-8"),
        "/admin/": (302, "text/html; charset=utf-8"),
    }
    with Server(
        tmp_path / "log",
        "readinggroup.wsgi",
        **COLLECTED | {"SECURE_SSL_REDIRECT": "on"},
        BEHIND_PROXY="on",
        DATABASE_URL=url_of_the_test_database(),
    ) as server:
        asked = {path: server.get(path, HTTPS) for path in expected}
        asked |= {
            "405": server.get("/archive/", HTTPS, method="POST", form="a=b"),
            "400": server.get("/archive/", HTTPS, "Content-Type: text/plain; charset=utf-16"),
            "403": server.get("/admin/login/", HTTPS, method="POST", form="a=b"),
            "host": server.get("/archive/", HTTPS, host="elsewhere.example.com"),
        }
    found = {path: (answer.status, answer.headers["content-type"]) for path, answer in asked.items()}
    page = "text/html; charset=utf-8"
    assert found == expected | {
        "405": (405, page),
        "400": (400, page),
        "403": (403, page),
        "host": (400, page),
    }
    wrong = {
        path: lacking
        for path, answer in asked.items()
        if (lacking := {name for name, value in SAFETY.items() if answer.headers.get(name) != value})
    }
    assert wrong == {}
    public = {path: answer for path, answer in asked.items() if path not in ("/admin/", "403")}
    assert {path for path, answer in public.items() if "set-cookie" in answer.headers} == set()
