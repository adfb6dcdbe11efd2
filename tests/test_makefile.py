"""`make install`: from a fresh clone to a complete .venv, or one line that says what is missing."""

import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checkouts import BASE_DIR, environment, temporary_checkout

PARTS = ["Makefile", "install.sh", "requirements-dev.txt"]
NAMES = ["python3.13", "python3.14", "python3.12", "python3"]
ANOTHER = "name another one, as in make install PYTHON=/path/to/python3.13"


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Path]:
    """A fresh clone, in a folder whose name has a space."""
    with temporary_checkout(tmp_path / "fresh clone", PARTS) as made:
        yield made


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder that comes first on PATH, where every Python is a stand-in that fails as pyenv's do."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in NAMES:
        program(folder / name, f'echo "pyenv: {name}: command not found" >&2; exit 127')
    return folder


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def make(
    clone: Path, programs: Path, *arguments: str, **variables: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["make", *arguments],
        cwd=clone,
        env=environment(**variables) | {"PATH": f"{programs}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def refusal(done: "subprocess.CompletedProcess[str]") -> str:
    """The one line that was said, apart from make's own that some command failed."""
    assert done.returncode != 0
    lines = [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("make")]
    assert len(lines) == 1, lines
    return lines[0]


def packages_do_not_matter(clone: Path) -> None:
    """An empty lock, so that the real thing needs no network."""
    (clone / "requirements-dev.txt").write_text("# nothing\n")


def test_make_alone_lists_the_commands(clone: Path, programs: Path) -> None:
    done = make(clone, programs)
    assert done.returncode == 0
    listed = [line.split()[1] for line in done.stdout.splitlines()]
    assert listed == [
        "help",
        "install",
        "serve",
        "dev",
        "test",
        "check",
        "lint",
        "format",
        "schema",
        "screenshots",
        "audit",
        "lock",
    ]


def test_a_python_that_is_too_old_is_told_with_what_is_needed(clone: Path, programs: Path) -> None:
    program(programs / "python3", "echo 3.11")
    assert refusal(make(clone, programs, "install")) == (
        f"error: Python 3.12 or newer is needed, and python3 is 3.11: {ANOTHER}"
    )
    assert not (clone / ".venv").exists()


def test_no_python_at_all_is_told(clone: Path, programs: Path) -> None:
    assert refusal(make(clone, programs, "install")) == (
        f"error: Python 3.12 or newer is needed, and none of {' '.join(NAMES)} runs: {ANOTHER}"
    )


def test_the_python_that_was_named_is_the_only_one_asked(clone: Path, programs: Path) -> None:
    program(programs / "old", "echo 3.9")
    program(programs / "python3", "echo 3.13")
    assert "and old is 3.9:" in refusal(make(clone, programs, "install", "PYTHON=old"))


def test_a_python_without_venv_is_told(clone: Path, programs: Path) -> None:
    program(programs / "python3.12", 'case "$2" in *ensurepip*) exit 1 ;; esac; echo 3.12')
    said = refusal(make(clone, programs, "install"))
    assert said.startswith("error: python3.12 comes without venv and pip: install them")


def test_it_installs_once_and_never_overwrites_the_settings(clone: Path, programs: Path) -> None:
    packages_do_not_matter(clone)
    python = os.path.realpath(sys.executable)
    done = make(clone, programs, "install", f"PYTHON={python}")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^Installed in \d+ s\.$", done.stdout, re.MULTILINE)
    settings = (clone / ".env").read_text()
    assert stat.S_IMODE((clone / ".env").stat().st_mode) == 0o600
    assert re.search(r"^SECRET_KEY=[\w-]{50,}$", settings, re.MULTILINE)
    assert "\nALLOWED_HOSTS=localhost,127.0.0.1,[::1]\n" in settings

    (clone / ".env").write_text("SECRET_KEY=mine\n")
    again = make(clone, programs, "install")  # no Python on the path now: none is needed
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert (clone / ".env").read_text() == "SECRET_KEY=mine\n"


def test_what_was_interrupted_or_has_lost_its_python_is_made_anew(clone: Path, programs: Path) -> None:
    packages_do_not_matter(clone)
    python = os.path.realpath(sys.executable)
    (clone / ".venv" / "bin").mkdir(parents=True)  # as an interrupted attempt leaves it
    (clone / ".venv" / "bin" / "python").symlink_to(python)
    assert "Installed" in make(clone, programs, "install", f"PYTHON={python}", HOME="").stdout

    for link in (clone / ".venv" / "bin").glob("python*"):
        link.unlink()
    (clone / ".venv" / "bin" / "python").symlink_to("/opt/a-python-that-has-gone/bin/python3")
    assert "Installed" in make(clone, programs, "install", f"PYTHON={python}").stdout
    subprocess.run(
        [clone / ".venv" / "bin" / "python", "-m", "pip", "--version"], check=True, capture_output=True
    )


def test_a_failing_installation_is_told_and_tried_again(clone: Path, programs: Path) -> None:
    (clone / "requirements-dev.txt").write_text("./no-such-package-here.whl --hash=sha256:00\n")
    python = os.path.realpath(sys.executable)
    done = make(clone, programs, "install", f"PYTHON={python}")
    assert done.returncode != 0
    assert "error: the packages could not be installed; what pip said stands above." in done.stderr
    assert not (clone / ".venv" / "installed.txt").exists()
    packages_do_not_matter(clone)
    assert make(clone, programs, "install", f"PYTHON={python}").returncode == 0


def test_the_html_checker_may_be_out_of_reach(clone: Path, programs: Path) -> None:
    packages_do_not_matter(clone)
    program(programs / "npm", "exit 1")
    program(programs / "java", "exit 0")
    done = make(clone, programs, "install", f"PYTHON={os.path.realpath(sys.executable)}")
    assert done.returncode == 0
    assert "The HTML checker could not be fetched with npm: the tests do without it.\n" in done.stdout


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt", "package-lock.json"])
def test_the_locks_name_no_host(lock: str) -> None:
    text = (BASE_DIR / lock).read_text()
    assert re.findall(r"https?://\S+|--(?:extra-)?index-url.*|--find-links.*", text) == []


def test_everything_is_locked_with_hashes() -> None:
    for lock in ("requirements.txt", "requirements-dev.txt"):
        lines = (BASE_DIR / lock).read_text().splitlines()
        pinned = [number for number, line in enumerate(lines) if "==" in line and not line.startswith(" ")]
        assert pinned
        assert [lines[number] for number in pinned if "--hash=sha256:" not in lines[number + 1]] == []
