"""`manage.py serve` and gunicorn, as real processes: up in one command, down whole, errors in one line."""

import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.checkouts import CODE, environment, is_alive, remove_database, temporary_checkout, wait_until

LOCAL = (
    "SECRET_KEY=a-key-of-fifty-characters-or-more-for-a-site-that-is-on-no-network\nALLOWED_HOSTS=localhost\n"
)
GUNICORN = ["-m", "gunicorn", "-c", "python:readinggroup.gunicorn_conf", "readinggroup.wsgi"]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with temporary_checkout(tmp_path_factory.mktemp("site") / "checkout", CODE) as made:
        (made / ".env").write_text(LOCAL)
        yield made


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def run(checkout: Path, *command: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *command],
        cwd=checkout,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def only_line(done: "subprocess.CompletedProcess[str]") -> str:
    """The one line that a refusal consists of."""
    assert done.returncode == 1, done
    lines = (done.stdout + done.stderr).splitlines()
    assert len(lines) == 1, lines
    return lines[0]


class Site:
    """A running `manage.py serve`, the leader of its own group of processes as in a terminal."""

    def __init__(self, checkout: Path, *options: str) -> None:
        self.port = free_port()
        self.begun = time.monotonic()
        self.output = checkout / f"serve-{self.port}.txt"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", "--port", str(self.port), *options],
                cwd=checkout,
                env=environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        up = wait_until(lambda: "createsuperuser" in self.said or self.process.poll() is not None, 60)
        assert up, self.said
        assert self.process.poll() is None, self.said
        self.seconds = time.monotonic() - self.begun

    @property
    def said(self) -> str:
        return self.output.read_text()

    @property
    def steps(self) -> list[str]:
        return [line.split(" .")[0] for line in self.said.splitlines() if " .." in line]

    def workers(self) -> list[int]:
        """Everything in the group but the command itself."""
        done = subprocess.run(
            ["ps", "-o", "pid=", "-s", str(self.process.pid)], capture_output=True, text=True, check=False
        )
        return [
            int(pid) for pid in done.stdout.split() if int(pid) != self.process.pid and is_alive(int(pid))
        ]

    def get(self, path: str) -> int:
        client = HTTPConnection("127.0.0.1", self.port, timeout=10)
        client.request("GET", path)
        status = client.getresponse().status
        client.close()
        return status


def servers_of(checkout: Path) -> list[int]:
    """The private PostgreSQL of the checkout, while it runs."""
    try:
        pid = int((checkout / ".postgres/data/postmaster.pid").read_text().split()[0])
    except (FileNotFoundError, IndexError):
        return []
    return [pid] if is_alive(pid) else []


@contextmanager
def serving(checkout: Path, *options: str) -> Iterator[Site]:
    site = Site(checkout, *options)
    try:
        yield site
    finally:
        if site.process.poll() is None:
            os.killpg(site.process.pid, signal.SIGTERM)
            site.process.wait(10)


def test_it_starts_from_nothing_and_stops_whole(checkout: Path) -> None:
    remove_database(checkout)  # which another test may have made
    with serving(checkout) as site:
        address = f"http://127.0.0.1:{site.port}/"
        assert f"\n{address}" in site.said
        assert site.said.rstrip().endswith("login: .venv/bin/python manage.py createsuperuser")
        assert site.steps == ["PostgreSQL", "Migrations", "First content", "Static files", "Web server"]
        content = next(line for line in site.said.splitlines() if line.startswith("First content"))
        assert " s  created " in content
        assert content.endswith("warnings 1")
        below = site.said.splitlines()[site.said.splitlines().index(content) + 1]
        assert below.startswith("  ")
        assert "diffusion-reading-group.md:117: " in below
        assert (site.get("/healthz"), site.get("/admin/login/")) == (200, 200)
        assert servers_of(checkout)
        workers = site.workers()
        assert workers

        os.killpg(site.process.pid, signal.SIGINT)
        assert site.process.wait(10) == 0
        assert "Traceback" not in site.said
        assert [pid for pid in workers if is_alive(pid)] == []
        assert servers_of(checkout) == []

    with serving(checkout) as again:
        assert again.steps == ["PostgreSQL", "Migrations", "Static files", "Web server"]
        assert "unchanged" in again.said

        again.process.terminate()
        assert again.process.wait(10) == 0
        assert again.workers() == servers_of(checkout) == []


def test_a_killed_web_server_ends_it_and_a_killed_command_ends_the_web_server(checkout: Path) -> None:
    with serving(checkout) as site:
        os.kill(min(site.workers()), signal.SIGKILL)
        assert site.process.wait(10) == 1
        assert site.said.splitlines()[-1] == "error: the web server ended with status -9."
        assert wait_until(lambda: site.workers() == servers_of(checkout) == [])

    with serving(checkout) as site:
        site.process.kill()
        site.process.wait()
        assert wait_until(lambda: site.workers() == [])
    assert servers_of(checkout)  # nobody was left to stop it: the next command does
    assert run(checkout, "manage.py", "check").returncode == 0
    assert servers_of(checkout) == []


def hold(port: int, request: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall(request)
    return connection


@pytest.mark.parametrize("pause", [0, 0.02, 0.3])
def test_ctrl_c_twice_leaves_nothing_whatever_is_open(checkout: Path, pause: float) -> None:
    with serving(checkout) as site:
        workers = site.workers()
        idle = [hold(site.port, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n") for _ in range(3)]
        assert all(connection.recv(12) == b"HTTP/1.1 200" for connection in idle)
        unfinished = [hold(site.port, b"GET /healthz HTTP/1.1\r\nHost: loc") for _ in range(6)]
        time.sleep(0.2)

        told = time.monotonic()
        for _ in range(2):  # as `timeout -s INT` and some shells do it: to the command, and to its group
            site.process.send_signal(signal.SIGINT)
            os.killpg(site.process.pid, signal.SIGINT)
            time.sleep(pause)
        assert site.process.wait(20) == 0
        assert time.monotonic() - told < 10
        assert "Traceback" not in site.said
        assert wait_until(lambda: not any(is_alive(pid) for pid in workers))
        for connection in [*idle, *unfinished]:
            connection.close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", site.port), timeout=5)
    assert servers_of(checkout) == []


def test_gunicorn_in_a_terminal_ends_with_ctrl_c_whatever_is_open(checkout: Path) -> None:
    """The terminal sends it to every process of the group, and the master sends its workers another one."""
    port = free_port()
    variables = environment(GUNICORN_BIND=f"127.0.0.1:{port}", DATABASE_URL=os.environ["DATABASE_URL"])
    server = subprocess.Popen(
        [sys.executable, *GUNICORN], cwd=checkout, env=variables, stderr=subprocess.DEVNULL, process_group=0
    )
    try:
        held: list[socket.socket] = []

        def accepts() -> bool:
            try:
                held.append(hold(port, b"GET /healthz HTTP/1.1\r\nHost: loc"))
            except OSError:
                return False
            return len(held) > 8

        assert wait_until(accepts, 30)
        time.sleep(0.5)  # until the workers' threads have them
        for _ in range(3):
            os.killpg(server.pid, signal.SIGINT)
        assert server.wait(8) == 0  # gunicorn itself kills what hangs after 10
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()
        for connection in held:
            connection.close()


def test_two_at_the_same_moment_make_one_site(checkout: Path) -> None:
    remove_database(checkout)
    shutil.rmtree(checkout / "staticfiles", ignore_errors=True)
    with ThreadPoolExecutor() as together, ExitStack() as both:
        begun = [together.submit(Site, checkout) for _ in range(2)]
        for each in begun:
            if each.exception() is None:
                both.callback(each.result().process.terminate)
        sites = [each.result() for each in begun]
        assert [site.get("/admin/login/") for site in sites] == [200, 200]
        assert sorted("First content" in site.steps for site in sites) == [False, True]
    assert [site.process.wait(20) for site in sites] == [0, 0]
    assert servers_of(checkout) == []


def test_development_serves_with_debug_and_stops_whole(checkout: Path) -> None:
    with serving(checkout, "--dev") as site:
        assert site.get("/static/admin/css/base.css") == 200
        assert site.get("/no-such-page/") == 404
        os.killpg(site.process.pid, signal.SIGINT)
        assert site.process.wait(10) == 0
        assert "Traceback" not in site.said
        assert site.workers() == []


def test_a_taken_port_is_named_and_another_one_suggested(checkout: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = only_line(run(checkout, "manage.py", "serve", "--port", str(port)))
    assert said == (
        f"error: port {port} cannot be used (Address already in use): "
        f"choose another one, as in `make serve PORT={port + 1}`."
    )
    assert servers_of(checkout) == []


def test_a_port_that_is_no_number_is_told_in_one_line(checkout: Path) -> None:
    said = only_line(run(checkout, "manage.py", "serve", "--port", "80x"))
    assert said == "error: 80x is no port: choose a number, as in `make serve PORT=8001`."


def test_an_unreachable_database_is_named_without_its_password(checkout: Path) -> None:
    port = free_port()
    address = f"postgresql://somebody:open-sesame@127.0.0.1:{port}/site"
    said = only_line(run(checkout, "manage.py", "serve", "--port", str(free_port()), DATABASE_URL=address))
    assert said.startswith(f"error: the database at 127.0.0.1:{port} cannot be used (DATABASE_URL): ")
    assert "Connection refused" in said
    assert "open-sesame" not in said


def test_an_address_that_is_none_is_told_without_its_password(checkout: Path) -> None:
    address = "postgresql://somebody:open/sesame@127.0.0.1/site"
    said = only_line(run(checkout, "manage.py", "serve", DATABASE_URL=address))
    assert said.startswith("error: DATABASE_URL is no address")
    assert "sesame" not in said


@pytest.mark.parametrize("command", [["manage.py", "serve"], ["manage.py", "check"], GUNICORN])
def test_an_address_without_scheme_is_told_in_one_line(checkout: Path, command: list[str]) -> None:
    said = only_line(run(checkout, *command, DATABASE_URL="secret"))
    assert said.startswith("error: DATABASE_URL ")
    assert "secret" not in said


def answer_as_postgresql_14(listener: socket.socket) -> None:
    """Greet as a server of that version does. https://www.postgresql.org/docs/current/protocol-flow.html"""

    def message(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("!i", len(body) + 4) + body

    settings = {b"server_version": b"14.9", b"client_encoding": b"UTF8", b"integer_datetimes": b"on"}
    connection, _ = listener.accept()
    with connection:
        while True:
            (length,) = struct.unpack("!i", connection.recv(4))
            (code,) = struct.unpack("!i", connection.recv(length - 4)[:4])
            if code not in {80877103, 80877104}:  # the wish for TLS or GSSAPI comes before the greeting
                break
            connection.sendall(b"N")
        connection.sendall(message(b"R", struct.pack("!i", 0)))
        for name, value in settings.items():
            connection.sendall(message(b"S", name + b"\0" + value + b"\0"))
        connection.sendall(message(b"K", struct.pack("!ii", 1, 1)) + message(b"Z", b"I"))
        while connection.recv(1024):
            pass


def test_a_postgresql_that_is_too_old_is_told(checkout: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        thread = threading.Thread(target=answer_as_postgresql_14, args=[listener], daemon=True)
        thread.start()
        address = f"postgresql://somebody:open-sesame@127.0.0.1:{port}/site"
        said = only_line(
            run(checkout, "manage.py", "serve", "--port", str(free_port()), DATABASE_URL=address)
        )
        thread.join(10)
    assert said == (
        f"error: the database at 127.0.0.1:{port} is too old: PostgreSQL 15 or later is required (found 14.9)."
    )


@pytest.mark.parametrize("missing", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL"])
def test_gunicorn_does_not_start_without_what_production_needs(checkout: Path, missing: str) -> None:
    complete = {
        "ENV_FILE": os.devnull,
        "SECRET_KEY": "a-key-of-fifty-characters-or-more-for-a-site-that-is-on-no-network",
        "ALLOWED_HOSTS": "example.org",
        "DATABASE_URL": "postgresql://somebody@127.0.0.1/site",
    }
    del complete[missing]
    said = only_line(run(checkout, *GUNICORN, **complete))
    assert said.startswith(f"error: {missing} is not set: ")


def test_gunicorn_closes_its_connections_and_speaks_json(checkout: Path) -> None:
    """A worker with an open connection to the database ends at once."""
    port = free_port()
    command = [sys.executable, *GUNICORN]
    variables = environment(
        PORT=str(port),
        LOG_FORMAT="json",
        SECURE_SSL_REDIRECT="off",
        ALLOWED_HOSTS="127.0.0.1",
        DATABASE_URL=os.environ["DATABASE_URL"],
    )
    server = subprocess.Popen(
        command, cwd=checkout, env=variables, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def answers() -> bool:
        client = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            # A thread of the worker looks for the session: that opens a connection, whatever it finds.
            client.request("GET", "/admin/", headers={"Cookie": "sessionid=of-nobody"})
            return client.getresponse().status in {302, 500}
        except OSError:
            return False
        finally:
            client.close()

    try:
        assert wait_until(answers, 20)
    finally:
        told = time.monotonic()
        server.terminate()
        output, said = server.communicate(timeout=30)
    assert time.monotonic() - told < 15
    assert server.returncode == 0
    assert output == ""
    assert {type(json.loads(line)) for line in said.splitlines()} == {dict}


def test_createsuperuser_works_with_and_without_the_site_being_served(checkout: Path) -> None:
    def create(name: str) -> "subprocess.CompletedProcess[str]":
        command = ["manage.py", "createsuperuser", "--no-input", "--username", name, "--email", ""]
        return run(checkout, *command, DJANGO_SUPERUSER_PASSWORD="a-long-password-of-nobody")

    with serving(checkout):
        assert create("alice").returncode == 0
    assert create("bob").returncode == 0
    assert servers_of(checkout) == []
