"""gunicorn as a deployment runs it, and requests written out by hand."""

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from types import TracebackType
from urllib.parse import quote, urlsplit

from django.conf import settings

from tests.checkouts import BASE_DIR, environment

GUNICORN = [sys.executable, "-m", "gunicorn", "-c", "python:readinggroup.gunicorn_conf"]
# What a deployment has to say, and nothing else.
PRODUCTION = {
    "ENV_FILE": os.devnull,
    "SECRET_KEY": "only-the-tests-use-this-key-and-it-is-as-long-as-a-real-one",
    "ALLOWED_HOSTS": "reading.example.org",
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    "SITE_URL": "https://reading.example.org",
}


def production(**variables: str) -> dict[str, str]:
    return environment(**(PRODUCTION | {"PYTHONDONTWRITEBYTECODE": "1"} | variables))


def url_of(name: str) -> str:
    """The address of another database on the server that the tests use."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    return parts._replace(path=f"/{quote(name)}").geturl()


def url_of_the_test_database() -> str:
    """For a process of its own. Exists only for tests marked django_db: others have the developer's own here."""
    name = str(settings.DATABASES["default"]["NAME"])
    assert name.startswith("test_"), name
    return url_of(name)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]  # names in small letters; a repeated one is joined with commas
    body: str


class Server:
    """gunicorn with one worker on a free port, from its start to its end."""

    def __init__(self, log: Path, application: str = "tests.probe", **variables: str) -> None:
        self.port = free_port()
        self.log = log
        variables = {"GUNICORN_BIND": f"127.0.0.1:{self.port}", "WEB_CONCURRENCY": "1"} | variables
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [*GUNICORN, application],
                cwd=BASE_DIR,
                env=production(**variables),
                stdout=output,
                stderr=output,
            )

    def __enter__(self) -> "Server":
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if self.get("/healthz").status:
                    return self
            except (OSError, HTTPException):
                time.sleep(0.05)
        self.stop()
        raise AssertionError(self.log.read_text())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def get(
        self,
        path: str,
        *lines: str,
        host: str = "reading.example.org",
        method: str = "GET",
        form: str = "",
    ) -> Answer:
        """The answer to a request with these header lines, exactly as written; `form` is what a form sends."""
        if form:
            kind = "application/x-www-form-urlencoded"
            lines = (*lines, f"Content-Type: {kind}", f"Content-Length: {len(form)}")
        request = [f"{method} {path} HTTP/1.1", f"Host: {host}", *lines, "Connection: close", "", form]
        with socket.create_connection(("127.0.0.1", self.port), timeout=15) as connection:
            connection.sendall("\r\n".join(request).encode("latin-1"))
            response = HTTPResponse(connection, method=method)
            response.begin()
            body = response.read().decode(errors="replace")  # a picture is no text
        headers: dict[str, str] = {}
        for name, value in response.getheaders():
            known = headers.get(name.lower())
            headers[name.lower()] = f"{known}, {value}" if known else value
        return Answer(response.status, headers, body)
