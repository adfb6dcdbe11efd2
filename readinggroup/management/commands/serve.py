"""The site on this machine, from nothing to an address: what `make serve` and `make dev` run."""

import ctypes
import hashlib
import io
import os
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

from papers.models import Paper
from readinggroup import devdb
from readinggroup.dbcheck import check_database
from sessions.models import Group, Session

HOST = "127.0.0.1"
CONTENT = settings.BASE_DIR / "readinggroup/content/diffusion-reading-group.md"
CONTENT_URL = "https://github.com/tmabraham/diffusion_reading_group/blob/main/"
START_SECONDS = 30
STOP_SECONDS = 1.5
PR_SET_PDEATHSIG = 1  # prctl(2)
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
Step = Callable[[str], None]


class Command(BaseCommand):
    help = "Serve the site on this machine: database, migrations, first content, static files, web server."
    requires_system_checks = []  # noqa: RUF012 - Django's way to say: none here, what it starts runs them

    def add_arguments(self, parser: ArgumentParser) -> None:
        # No type: argparse would answer a slip with its usage. Without a number, as in `make serve PORT=`, 8000.
        parser.add_argument("--port", nargs="?", default="8000", const="8000")
        parser.add_argument("--dev", action="store_true", help="reload on every change, with DEBUG on")

    def handle(self, *, port: str, dev: bool, **options: Any) -> None:
        number = port_number(port)
        refuse_a_taken_port(number)
        for each in STOPPING:
            signal.signal(each, stop)
        try:
            self.prepare(number, dev)
        except KeyboardInterrupt:
            self.stdout.write("")

    def prepare(self, port: int, dev: bool) -> None:
        """Each step, then the server, until somebody stops it."""
        environment = server_environment(port, dev)
        provided = devdb.provide()
        with self.step("PostgreSQL", provided.seconds if provided else 0) as detail:
            detail(provided.deed if provided else check_database(connection))
        with one_at_a_time():
            with self.step("Migrations"):
                call_command("migrate", interactive=False, verbosity=0)
            if not (Group.objects.exists() or Session.objects.exists() or Paper.objects.exists()):
                with self.step("First content") as detail:
                    detail(move_in())
            if not dev:
                with self.step("Static files") as detail:
                    detail(collect_static(environment))
        begun = time.monotonic()
        server = start_server(port, dev, environment)
        by_ctrl_c = False
        try:
            with self.step("Web server", time.monotonic() - begun):
                wait_for(server, port)
            self.stdout.write(f"\n{environment['SITE_URL']}/  (stop it with Ctrl-C)")
            self.stdout.write(
                "To curate it, make yourself an organizer's login: .venv/bin/python manage.py createsuperuser"
            )
            self.stdout.flush()
            status = server.wait()
        except KeyboardInterrupt as stopping:
            by_ctrl_c = stopping.args == (signal.SIGINT,)
            raise
        finally:
            end(server, everybody_was_told=dev and by_ctrl_c)
        sys.exit(f"error: the web server ended with status {status}.")

    @contextmanager
    def step(self, name: str, before: float = 0) -> Iterator[Step]:
        """One line for one step: its name, how long it took, and what it says about itself."""
        begun = time.monotonic() - before
        details: list[str] = []
        yield details.append
        seconds = f"{time.monotonic() - begun:.2f} s"
        self.stdout.write("  ".join([f"{name + ' ':.<24} {seconds}", *details]))
        self.stdout.flush()


def stop(number: int, _frame: FrameType | None) -> None:
    """Being told to end is the same as Ctrl-C, which so works in a shell's background as well.

    Once is enough: a second Ctrl-C must not interrupt the stopping. Raises KeyboardInterrupt with the signal's number.
    """
    for each in STOPPING:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt(number)


def port_number(text: str) -> int:
    if not text.isdecimal():
        sys.exit(f"error: {text} is no port: choose a number, as in `make serve PORT=8001`.")
    return int(text)


def refuse_a_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OverflowError:
            sys.exit(f"error: {port} is no port: choose another one, as in `make serve PORT=8001`.")
        except OSError as error:
            sys.exit(
                f"error: port {port} cannot be used ({error.strerror}): "
                f"choose another one, as in `make serve PORT={port + 1}`."
            )


def server_environment(port: int, dev: bool) -> dict[str, str]:
    """What the web server is told: plain HTTP on this machine, whatever .env says for a deployment."""
    hosts = [*settings.ALLOWED_HOSTS, HOST, "localhost"]
    return os.environ | {
        "DEBUG": "on" if dev else "off",
        "ALLOWED_HOSTS": ",".join(dict.fromkeys(hosts)),
        "SECURE_SSL_REDIRECT": "off",
        "SITE_URL": settings.SITE_URL or f"http://{HOST}:{port}",
        "GUNICORN_BIND": f"{HOST}:{port}",
        "DJANGO_RUNSERVER_HIDE_WARNING": "true",
    }


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Whoever prepares the same database, or static files, at the same moment waits here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('readinggroup.serve'))")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('readinggroup.serve'))")


def move_in() -> str:
    """Take in the Diffusion Reading Group, and say how much that was; below it, each warning."""
    output = io.StringIO()
    call_command("import_fixtures", str(CONTENT), base_url=CONTENT_URL, stdout=output, stderr=io.StringIO())
    *warnings, summary = output.getvalue().strip().splitlines() or [""]
    return "\n  ".join([summary, *warnings])


def collect_static(environment: dict[str, str]) -> str:
    """Collect the static files unless they are those of the last time, by the server's settings."""
    mark = Path(settings.STATIC_ROOT) / "fingerprint.txt"
    fingerprint = static_fingerprint()
    if mark.is_file() and mark.read_text() == fingerprint:
        return "unchanged"
    command = [sys.executable, "manage.py", "collectstatic", "--clear", "--no-input", "--verbosity", "0"]
    done = subprocess.run(  # noqa: S603 - our own command
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        sys.exit(f"error: the static files cannot be collected: {reason}")
    mark.write_text(fingerprint)
    return "collected"


def static_fingerprint() -> str:
    """Path, time and size of every static file there is."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            file = Path(storage.path(path))
            status = file.stat()
            digest.update(f"{path}\0{file}\0{status.st_mtime_ns}\0{status.st_size}\n".encode())
    return digest.hexdigest()


def start_server(port: int, dev: bool, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    """Start gunicorn, in a group of processes that no Ctrl-C reaches, or Django's reloading server."""
    runserver = ["manage.py", "runserver", f"{HOST}:{port}"]
    gunicorn = ["-m", "gunicorn", "-c", "python:readinggroup.gunicorn_conf", "readinggroup.wsgi"]
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, *(runserver if dev else gunicorn)],
        cwd=settings.BASE_DIR,
        env={"GUNICORN_LOG_LEVEL": "warning"} | environment,
        preexec_fn=end_with_parent,  # noqa: PLW1509 - no other thread runs
        process_group=None if dev else 0,  # a debugger's prompt in development reads from the terminal
    )


def wait_for(server: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not is_up(port):
        if server.poll() is not None:
            sys.exit(f"error: the web server ended with status {server.returncode} before it answered.")
        if time.monotonic() > deadline:
            sys.exit(f"error: the web server does not answer at {HOST}:{port}.")
        time.sleep(0.05)


def end_with_parent() -> None:
    """Have this process end with its parent, even when that one is killed (Linux; elsewhere it stays)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def is_up(port: int) -> bool:
    client = HTTPConnection(HOST, port, timeout=2)
    try:
        client.request("GET", "/healthz")
        return client.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        client.close()


def end(server: "subprocess.Popen[bytes]", *, everybody_was_told: bool = False) -> None:
    """Stop the server, and every worker with it, now: no request here is worth waiting for.

    A Ctrl-C has reached Django's reloading server as well, which ends by itself: a second signal would meet it there,
    and a trace be all that it says.
    """
    for each in STOPPING:
        signal.signal(each, signal.SIG_IGN)
    development = "runserver" in server.args  # type: ignore[operator]
    if everybody_was_told:
        with suppress(subprocess.TimeoutExpired):
            server.wait(STOP_SECONDS)
    if server.poll() is None:
        server.send_signal(signal.SIGTERM if development else signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            server.wait(STOP_SECONDS)
    if not development:
        with suppress(ProcessLookupError, PermissionError):  # nobody is left
            os.killpg(server.pid, signal.SIGKILL)
    server.kill()  # does nothing to one that has ended
    server.wait()
