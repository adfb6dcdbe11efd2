"""A database that is gone, or too slow: visitors and organizers are told to come back, the log gets a line for each."""

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from psycopg import errors

from readinggroup.outages import is_outage
from tests.factories import make_group
from tests.servers import Answer, Server, url_of_the_test_database
from tests.test_health import COLLECTED, own_postgres
from tests.test_safety_headers import SAFETY

TOKEN = "a" * 32
# HTTPS is not to be promised over HTTP.
OVER_HTTP = {name: value for name, value in SAFETY.items() if name != "strict-transport-security"}
HEADING = "<h1>Not available right now</h1>"


def told(answer: Answer) -> tuple[int, str | None, str | None, bool]:
    headers = answer.headers
    return answer.status, headers.get("retry-after"), headers.get("cache-control"), HEADING in answer.body


def test_without_its_database_every_page_that_needs_it_says_to_come_back(tmp_path: Path) -> None:
    with (
        own_postgres(tmp_path / "pg") as database,
        Server(
            tmp_path / "log", "readinggroup.wsgi", **COLLECTED, DATABASE_URL=database.url, LOG_FORMAT="json"
        ) as server,
    ):
        assert server.get("/archive/").status == 500  # no table: that is a fault, not an outage
        os.kill(database.pid, signal.SIGKILL)
        until = time.monotonic() + 10
        while server.get("/archive/").status == 500 and time.monotonic() < until:
            time.sleep(0.05)  # its process for this connection is a moment behind
        begun = len(server.log.read_text())
        logged_in = "Cookie: sessionid=abcdefghijklmnop"
        unavailable = (503, "60", "no-store", True)
        asked = ["/", "/archive/", "/syllabus.json", "/sessions/1-x.ics", "/card.png"]
        for path in asked:
            answer = server.get(path)
            assert (path, told(answer)) == (path, unavailable)
            assert "Reload this page" in answer.body
            assert "set-cookie" not in answer.headers
            assert OVER_HTTP | answer.headers == answer.headers
        for path in ("/search/?q=x", "/search/results/?q=x"):  # with their form, in a line
            answer = server.get(path)
            assert (path, told(answer)) == (path, (*unavailable[:3], False))
            assert "The search cannot be reached just now. Try again in a few minutes." in answer.body
        assert told(server.get("/admin/", logged_in)) == unavailable
        assert told(server.get("/admin/papers/paper/", logged_in)) == unavailable
        form = f"username=a&password=b&csrfmiddlewaretoken={TOKEN}"
        sent = server.get("/admin/login/", f"Cookie: csrftoken={TOKEN}", method="POST", form=form)
        assert told(sent) == unavailable
        assert "What you sent was most likely not saved." in sent.body
        assert server.get("/archive/", method="HEAD").body == ""

        assert [server.get(path).status for path in ("/nowhere/", "/search/", "/progress/")] == [
            404,
            200,
            200,
        ]
        lines = [json.loads(line) for line in server.log.read_text()[begun:].splitlines()]
        errors_said = [line for line in lines if line["level"] == "ERROR"]
        assert [line["message"].split(": ")[:2] for line in errors_said] == [
            ["Service Unavailable", path.partition("?")[0]]
            for path in (
                *asked,
                "/search/",
                "/search/results/",
                "/admin/",
                "/admin/papers/paper/",
                "/admin/login/",
                "/archive/",
            )
        ]
        assert [line for line in lines if "exc_info" in line or "\n" in line["message"]] == []
        of_pages = [line["message"] for line in errors_said if "/search/" not in line["message"]]
        of_searches = [
            line["message"] for line in lines if line["message"].startswith("A search has no answer")
        ]
        assert (len(of_pages), len(of_searches)) == (len(asked) + 4, 2)
        assert {"connection" in reason for reason in of_pages + of_searches} == {True}


def test_a_database_that_hangs_leaves_threads_for_everybody_else(tmp_path: Path) -> None:
    """A server that answers nothing, not even no: whoever asks it first waits, nobody after that."""
    with own_postgres(tmp_path / "pg") as database:
        url = f"{database.url}&connect_timeout=2"
        with Server(tmp_path / "log", "readinggroup.wsgi", **COLLECTED, DATABASE_URL=url) as server:
            os.kill(database.pid, signal.SIGSTOP)
            asked = ["/archive/", "/nope/", "/search/", "/"] * 3
            assert statuses(server, asked) == {
                "/archive/": {503},
                "/nope/": {404},
                "/search/": {200},
                "/": {503},
            }
            with ThreadPoolExecutor(len(asked)) as visitors:
                begun = time.monotonic()
                waiting = [visitors.submit(server.get, path) for path in asked]
                assert server.get("/healthz").status == 200
                assert time.monotonic() - begun < 1.9  # not as long as who connects
                wait(waiting, timeout=1)
                assert len([each for each in waiting if not each.done()]) <= 2  # the one who finds out
            os.kill(database.pid, signal.SIGCONT)
            assert statuses(server, ["/archive/"]) == {"/archive/": {500}}  # no table, but a database


def statuses(server: Server, paths: list[str]) -> dict[str, set[int]]:
    """Of answers to requests made at once: by path, all that came."""
    found: dict[str, set[int]] = {}
    with ThreadPoolExecutor(len(paths)) as visitors:
        for path, answer in zip(paths, visitors.map(server.get, paths), strict=True):
            found.setdefault(path, set()).add(answer.status)
    return found


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_too_slow_is_away_too(caplog: pytest.LogCaptureFixture) -> None:
    make_group()
    client = Client(raise_request_exception=False)
    with psycopg.connect(url_of_the_test_database()) as other, connection.cursor() as cursor:
        other.execute("LOCK TABLE reading_sessions_session")
        cursor.execute("SET statement_timeout = 100")
        try:
            response = client.get("/archive/")
        finally:
            cursor.execute("RESET statement_timeout")
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert HEADING in response.content.decode()
    [record] = [record for record in caplog.records if record.levelname == "ERROR"]
    said = "Service Unavailable: /archive/: canceling statement due to statement timeout"
    assert (record.getMessage(), record.exc_info) == (said, None)
    assert client.get("/archive/").status_code == 200


def by(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.django_db
def test_what_the_same_request_would_meet_again_is_no_outage() -> None:
    assert connection.connection is None or not connection.connection.closed
    connection.ensure_connection()
    found = {
        type(cause).__name__: is_outage(by(OperationalError(), cause))
        for cause in (
            psycopg.OperationalError(),  # no word from the server
            errors.AdminShutdown(),
            errors.TooManyConnections(),
            errors.QueryCanceled(),
            errors.DeadlockDetected(),
            errors.StatementTooComplex(),
            errors.ObjectInUse(),
        )
    }
    assert found == {
        "OperationalError": True,
        "AdminShutdown": True,
        "TooManyConnections": True,
        "QueryCanceled": True,
        "DeadlockDetected": True,
        "StatementTooComplex": False,
        "ObjectInUse": False,
    }
    assert not is_outage(by(InterfaceError(), psycopg.InterfaceError("cursor already closed")))
    assert not is_outage(ValueError())
    assert not is_outage(None)
