"""The Dockerfile's own steps, carried out in a folder: what the image holds, and that it starts and is healthy."""

import os
import re
import shutil
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.checkouts import BASE_DIR
from tests.images import IS_ROOT, Image, UnreachableError, instructions
from tests.servers import PRODUCTION, free_port

TELL = "import importlib.metadata as m; print(*sorted(d.name.lower().replace('_', '-') for d in m.distributions()))"
DEPLOYMENT = {name: PRODUCTION[name] for name in ("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL")}


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    folder = Path(tempfile.mkdtemp(prefix="readinggroup-image-"))
    folder.chmod(0o755)  # the container's user goes through it
    try:
        yield Image(BASE_DIR, folder, free_port())
    except UnreachableError:
        pytest.skip("the packages cannot be fetched without a network")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def names(file: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+)(?:\[.*\])?==", (BASE_DIR / file).read_text(), re.MULTILINE))


@contextmanager
def container(image: Image, **variables: str) -> Iterator[None]:
    """The image's own command, running."""
    with image.run(image.commands["cmd"], **(DEPLOYMENT | variables)) as process:
        try:
            yield
        finally:
            process.terminate()
            said, _ = process.communicate(timeout=20)
    assert process.returncode == 0, said


def test_it_holds_the_locked_packages_and_none_of_development(image: Image) -> None:
    status, said = image.output(["python", "-c", TELL])
    assert status == 0, said
    groups = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["dependency-groups"]
    of_development = {re.split(r"[\[<>=~]", name)[0] for name in groups["dev"]}
    assert set(said.split()) <= names("requirements.txt")
    assert {"django", "gunicorn", "psycopg-binary", "whitenoise"} <= set(said.split())
    assert not set(said.split()) & (of_development | {"pip", "setuptools"})


def test_it_holds_the_site_and_nothing_of_the_checkout_beside_it(image: Image) -> None:
    assert sorted(path.name for path in (image.root / "app").iterdir()) == [
        "manage.py",
        "papers",
        "readinggroup",
        "sessions",
        "static",
        "staticfiles",
        "templates",
    ]
    # Packages may bring tests of their own.
    ours = [path for path in image.root.rglob("*") if "site-packages" not in path.parts]
    assert not {path.name for path in ours} & {".env", ".git", ".postgres", "tests"}


def test_static_files_are_collected_without_database_and_no_secret_stays(image: Image) -> None:
    assert (image.root / "app/staticfiles/staticfiles.json").is_file()
    assert set(image.environment) & {"SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL"} == set()
    assert [
        rest for name, rest in instructions((BASE_DIR / "Dockerfile").read_text()) if "SECRET_KEY" in rest
    ] == [
        "SECRET_KEY=of-the-build ALLOWED_HOSTS=localhost python manage.py collectstatic --no-input --verbosity 0 && rm -r .bundles"
    ]


def test_it_starts_as_nobody_special_and_its_health_check_knows(image: Image) -> None:
    assert image.user == (10001 if IS_ROOT else os.geteuid())
    assert image.declared["port"] == str(image.port)
    assert image.output(image.commands["healthcheck"])[0] == 1
    with container(image):
        deadline = time.monotonic() + 20
        while (answer := image.output(image.commands["healthcheck"]))[0] and time.monotonic() < deadline:
            time.sleep(0.2)
        assert answer == (0, "")
    assert image.output(image.commands["healthcheck"])[0] == 1


def test_without_its_settings_it_says_so_and_ends(image: Image) -> None:
    assert image.output(image.commands["cmd"]) == (
        1,
        "error: SECRET_KEY is not set: give it 50 random characters or more (docs/operations.md).",
    )


def test_it_writes_to_the_media_volume_only(image: Image) -> None:
    assert image.declared["volume"] == image.environment["MEDIA_ROOT"]
    if IS_ROOT:  # anybody else builds and runs it as one user, to whom everything belongs
        assert image.writable_folders() == {Path(image.environment["MEDIA_ROOT"])}
    touch = ["python", "-c", "import os; open(os.environ['MEDIA_ROOT'] + '/file', 'w').write('kept')"]
    assert image.output(touch) == (0, "")
