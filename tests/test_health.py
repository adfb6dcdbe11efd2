"""What health checks and visitors are told: of a living process always, of the database within three seconds."""

import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.test import Client

from readinggroup import devdb, health, postgres
from tests.servers import Answer, Server, url_of, url_of_the_test_database

# Names without a hash, so that no test needs collectstatic first.
COLLECTED = {
    "STORAGES": json.dumps(
        {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    ),
    "SECURE_SSL_REDIRECT": "off",
}
NO_COOKIE_NO_CACHE = {"cache-control": "max-age=0, no-cache, no-store, must-revalidate, private"}


def said(answer: Answer) -> tuple[int, str]:
    assert "set-cookie" not in answer.headers
    assert answer.headers["content-type"] == "text/plain"
    assert answer.headers | NO_COOKIE_NO_CACHE == answer.headers
    return answer.status, answer.body


@pytest.fixture
def database(db: None) -> str:
    """The test database, with all its migrations; no test here writes to it."""
    return url_of_the_test_database()


def test_a_migrated_database_is_ready_whatever_the_host(tmp_path: Path, database: str) -> None:
    with Server(tmp_path / "log", DATABASE_URL=database) as server:
        for host in ("reading.example.org", "127.0.0.1:8000", "10.0.0.5", "@@"):
            assert said(server.get("/healthz", host=host)) == (200, "ok\n")
            assert said(server.get("/readyz", host=host)) == (200, "ok\n")
        assert server.get("/readyz", method="HEAD").body == ""
        assert server.get("/readyz", method="POST").status == 405


def test_a_database_without_migrations_is_not_ready(tmp_path: Path) -> None:
    with Server(tmp_path / "log", DATABASE_URL=url_of("postgres")) as server:
        assert said(server.get("/readyz")) == (503, "not ready: migrations have to be applied\n")
        assert said(server.get("/healthz")) == (200, "ok\n")


def test_a_refused_connection_is_told_at_once_and_its_reason_only_in_the_log(tmp_path: Path) -> None:
    with Server(tmp_path / "log") as server:
        begun = time.monotonic()
        assert said(server.get("/readyz")) == (503, "not ready: the database cannot be reached\n")
        assert time.monotonic() - begun < 1
        assert said(server.get("/healthz")) == (200, "ok\n")
    assert "WARNING readinggroup.health: Not ready: connection failed" in server.log.read_text()


@contextmanager
def own_postgres(folder: Path) -> Iterator[postgres.Server]:
    """A server that may be stopped: nobody else uses it."""
    made = devdb._use(folder)
    try:
        yield made.server
    finally:
        os.kill(made.server.pid, signal.SIGCONT)
        devdb._leave(made)
        data = folder / "data"
        if data.is_symlink():
            shutil.rmtree(data.resolve().parent, ignore_errors=True)


def test_a_database_that_hangs_keeps_nobody_waiting(tmp_path: Path) -> None:
    with own_postgres(tmp_path / "pg") as database:
        variables = {"DATABASE_URL": database.url, "DATABASE_POOL": "off"}
        with Server(tmp_path / "log", **variables) as server:
            assert server.get("/readyz").body == "not ready: migrations have to be applied\n"
            os.kill(database.pid, signal.SIGSTOP)
            begun = time.monotonic()
            assert said(server.get("/readyz")) == (
                503,
                "not ready: the database has not answered within 3 s\n",
            )
            assert 2.5 < time.monotonic() - begun < 4.5
            assert said(server.get("/healthz")) == (200, "ok\n")
            os.kill(database.pid, signal.SIGCONT)
            deadline = time.monotonic() + 10
            while "not answered" in (answer := server.get("/readyz").body) and time.monotonic() < deadline:
                time.sleep(0.1)
            assert answer == "not ready: migrations have to be applied\n"


def test_health_is_told_while_visitors_meet_a_database_that_is_gone(tmp_path: Path) -> None:
    with (
        own_postgres(tmp_path / "pg") as database,
        Server(tmp_path / "log", "readinggroup.wsgi", **COLLECTED, DATABASE_URL=database.url) as server,
    ):
        assert server.get("/schedule/").status == 500  # no table; but a connection is open now
        os.kill(database.pid, signal.SIGKILL)
        paths = ["/schedule/", "/nope/", "/static/nope.css", "/search/"] * 10
        begun = time.monotonic()
        with ThreadPoolExecutor(len(paths)) as visitors:
            answers = [visitors.submit(server.get, path) for path in paths]
            assert said(server.get("/healthz")) == (200, "ok\n")
            assert time.monotonic() - begun < 5
        found = {path: answer.result().status for path, answer in zip(paths, answers, strict=True)}
        assert found == {"/schedule/": 503, "/nope/": 404, "/static/nope.css": 404, "/search/": 200}
        assert time.monotonic() - begun < 10
        begun_log = server.log.read_text()
        assert "<h1>Page not found</h1>" in server.get("/nope/").body
        assert server.log.read_text()[len(begun_log) :].count("The group's name is not known") == 1


def test_head_is_answered_without_a_body_and_without_a_warning(tmp_path: Path, database: str) -> None:
    with Server(tmp_path / "log", "readinggroup.wsgi", **COLLECTED, DATABASE_URL=database) as server:
        for path in ("/schedule/", "/nope/", "/healthz", "/calendar.ics"):
            get, head = server.get(path), server.get(path, method="HEAD")
            assert (head.status, head.body) == (get.status, "")
            assert head.headers.get("content-length") == get.headers.get("content-length")
        assert "no-body response" not in server.log.read_text()


@pytest.mark.parametrize("cookie", ["sessionid=abc", "csrftoken=abc", "messages=abc; sessionid="])
@pytest.mark.parametrize("path", ["/", "/nope/", "/schedule/"])
@pytest.mark.django_db
def test_public_pages_set_no_cookie_whatever_cookie_comes(client: Client, path: str, cookie: str) -> None:
    response = client.get(path, headers={"cookie": cookie})
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")


@pytest.mark.django_db
def test_the_admin_lets_in_and_out(django_user_model: type[User]) -> None:
    django_user_model.objects.create_superuser("ada", password="a-long-password-of-nobody")
    client = Client(enforce_csrf_checks=True)
    client.get("/admin/login/")
    token = client.cookies["csrftoken"].value
    form = {"username": "ada", "password": "a-long-password-of-nobody", "csrfmiddlewaretoken": token}
    assert client.post("/admin/login/?next=/admin/", form).status_code == 302
    assert client.get("/schedule/").status_code == 200
    assert client.get("/admin/").status_code == 200
    token = client.cookies["csrftoken"].value
    assert client.post("/admin/logout/", {"csrfmiddlewaretoken": token}).status_code in {200, 302}
    assert client.get("/admin/").status_code == 302


def test_health_is_asked_of_the_site_itself(client: Client) -> None:
    """No database mark: pytest-django would refuse any query."""
    assert client.get("/healthz", headers={"host": "elsewhere.example.com"}).content == b"ok\n"


@pytest.mark.django_db
def test_the_migrations_are_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    class Counting(MigrationExecutor):
        def __init__(self, connection: BaseDatabaseWrapper) -> None:
            asked.append(connection.alias)
            super().__init__(connection)

    monkeypatch.setattr(health, "MigrationExecutor", Counting)
    readiness = health.Readiness()
    assert [readiness.problem() for _ in range(3)] == ["", "", ""]
    assert asked == ["default"]
