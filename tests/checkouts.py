"""Copies of the checkout, and processes that work in them as a person at the keyboard would."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
CODE = ["manage.py", "papers", "sessions", "readinggroup", "templates", "static"]
USER = """
import os, sys
import psycopg
from readinggroup import devdb
try:
    provided = devdb.provide()
except devdb.DatabaseError as error:
    sys.exit(f"error: {error}")
if provided is None:
    print("nothing 0 0", flush=True)
else:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        connection.execute("SELECT 1")
    print(provided.deed, provided.server.pid, provided.server.socket_folder, flush=True)
sys.stdin.read()
"""


def copy_checkout(target: Path, parts: list[str]) -> Path:
    """The given parts of this checkout, without database, packages and settings of its own."""
    target.mkdir(parents=True, exist_ok=True)
    for name in parts:
        if (BASE_DIR / name).is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(BASE_DIR / name, target / name, ignore=ignore)
        else:
            (target / name).parent.mkdir(exist_ok=True)
            shutil.copy(BASE_DIR / name, target / name)
    return target


def remove_database(checkout: Path) -> None:
    """The private database, and the data that root keeps outside of the checkout."""
    data = checkout / ".postgres" / "data"
    if data.is_symlink():
        shutil.rmtree(data.resolve().parent, ignore_errors=True)
    shutil.rmtree(checkout / ".postgres", ignore_errors=True)


def remove_checkout(checkout: Path) -> None:
    remove_database(checkout)
    shutil.rmtree(checkout, ignore_errors=True)


def environment(**variables: str) -> dict[str, str]:
    """A shell's environment, without what the tests themselves were told."""
    kept = {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "USER", "SYSTEMROOT"}
    return {name: value for name, value in os.environ.items() if name in kept} | variables


class User:
    """A process that uses the private PostgreSQL of a checkout until it is told to leave."""

    def __init__(self, checkout: Path, script: str = USER, **variables: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=checkout,
            env=environment(PYTHONPATH=str(checkout), PYTHONDONTWRITEBYTECODE="1", **variables),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        deed, pid, folder = (self.process.stdout.readline().split() or ["refused", "0", "0"])[:3]
        self.deed, self.server, self.socket_folder = deed, int(pid), Path(folder)

    def leave(self) -> tuple[int, str]:
        """Exit status, and what was said on the error channel."""
        _, said = self.process.communicate("", timeout=30)
        return self.process.returncode, said

    def __enter__(self) -> "User":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.leave()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                stream.close()


def is_alive(pid: int) -> bool:
    """Whether a process still works: a zombie does not."""
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(done.stdout.strip()) and not done.stdout.strip().startswith("Z")


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@contextmanager
def temporary_checkout(target: Path, parts: list[str]) -> Iterator[Path]:
    try:
        yield copy_checkout(target, parts)
    finally:
        remove_checkout(target)
