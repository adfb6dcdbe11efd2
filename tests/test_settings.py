"""What a deployment may say, what it must say, and what it hears when it says it wrong."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkouts import BASE_DIR
from tests.servers import GUNICORN, PRODUCTION, production

MANAGE = [sys.executable, "manage.py", "check"]
SERVE = [*GUNICORN, "--check-config", "readinggroup.wsgi"]
DOCUMENT = BASE_DIR / "docs" / "operations.md"


def run(command: list[str], variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=BASE_DIR,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


def refused(command: list[str], variables: dict[str, str]) -> str:
    """The one line that is said on the error channel, and nothing else."""
    done = run(command, variables)
    assert (done.returncode, done.stdout) == (1, ""), done
    assert done.stderr.startswith("error: "), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr.removeprefix("error: ").rstrip()


def settings(*names: str, **variables: str) -> list[object]:
    """These settings, read in a process that has only these variables beside what every deployment says."""
    script = "import json; from readinggroup import settings as s; print(json.dumps([{}], default=str))"
    script = script.format(", ".join(f"s.{name}" for name in names))
    done = run([sys.executable, "-c", script], production(**variables))
    assert done.returncode == 0, done.stderr
    found: list[object] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("command", [MANAGE, SERVE], ids=["manage.py", "gunicorn"])
@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("SECRET_KEY", "SECRET_KEY is not set: give it 50 random characters or more (docs/operations.md)."),
        ("ALLOWED_HOSTS", "ALLOWED_HOSTS is not set: list the site's host names (docs/operations.md)."),
    ],
)
def test_nothing_starts_without_what_has_no_safe_default(command: list[str], name: str, line: str) -> None:
    assert refused(command, production(**{name: " "})) == line


def test_gunicorn_does_not_start_without_a_database() -> None:
    line = "DATABASE_URL is not set: where PostgreSQL is (docs/operations.md)."
    assert refused(SERVE, production(DATABASE_URL="")) == line


@pytest.mark.parametrize("command", [MANAGE, SERVE], ids=["manage.py", "gunicorn"])
@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("DEBUG", "maybe", "DEBUG is 'maybe': it can be on or off (docs/operations.md)."),
        ("BEHIND_PROXY", "2", "BEHIND_PROXY is '2': it can be on or off (docs/operations.md)."),
        (
            "SECURE_SSL_REDIRECT",
            "jes",
            "SECURE_SSL_REDIRECT is 'jes': it can be on or off (docs/operations.md).",
        ),
        (
            "ALLOWED_HOSTS",
            "https://example.org/",
            "ALLOWED_HOSTS lists host names such as example.org, without https:// or path.",
        ),
        (
            "SITE_URL",
            "example.org",
            "SITE_URL is 'example.org': it starts with https:// (docs/operations.md).",
        ),
        (
            "DATABASE_URL",
            "mysql://localhost/reading",
            "DATABASE_URL has to start with postgresql:// (docs/operations.md).",
        ),
        (
            "DATABASE_URL",
            "postgresql://u:p@localhost:54x/reading",
            "DATABASE_URL is no address: write special characters in it as %XX (docs/operations.md).",
        ),
        (
            "CACHE_URL",
            "nonsense",
            "CACHE_URL is no address of a cache, such as locmemcache:// (docs/operations.md).",
        ),
        (
            "STORAGES",
            "{",
            'STORAGES is not JSON such as {"default": {"BACKEND": "..."}} (docs/operations.md).',
        ),
        (
            "MAX_UPLOAD_MB",
            "many",
            "MAX_UPLOAD_MB is 'many': it is a whole number from 1 up (docs/operations.md).",
        ),
        ("LOG_FORMAT", "xml", "LOG_FORMAT is 'xml': it can be text or json (docs/operations.md)."),
    ],
)
def test_a_value_that_makes_no_sense_is_one_clear_line(
    command: list[str], name: str, value: str, line: str
) -> None:
    assert refused(command, production(**{name: value})) == line


@pytest.mark.parametrize(("name", "value"), [("GUNICORN_LOG_LEVEL", "loud"), ("PORT", "http")])
def test_gunicorns_own_settings_are_checked_too(name: str, value: str) -> None:
    assert refused(SERVE, production(**{name: value})).startswith(f"{name} is '{value}': ")


def test_what_every_deployment_says_is_enough_and_safe() -> None:
    """The list of hosts may hold spaces, and switches take the usual words."""
    assert settings(
        "DEBUG",
        "ALLOWED_HOSTS",
        "SECURE_SSL_REDIRECT",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "BEHIND_PROXY",
        "LOG_FORMAT",
        "MEDIA_ROOT",
        ALLOWED_HOSTS=" a.example.org , b.example.org,",
    ) == [
        False,
        ["a.example.org", "b.example.org"],
        True,
        True,
        True,
        False,
        "text",
        str(BASE_DIR / "media"),
    ]
    for word in ("on", "TRUE", "yes", "1"):
        assert settings("BEHIND_PROXY", BEHIND_PROXY=word) == [True]
    assert settings("BEHIND_PROXY", "DEBUG", BEHIND_PROXY="no", DEBUG="") == [False, False]


def test_set_to_nothing_is_as_good_as_not_set() -> None:
    optional = ["BEHIND_PROXY", "SECURE_SSL_REDIRECT", "DEBUG", "MEDIA_ROOT", "STATIC_ROOT", "LOG_FORMAT"]
    names = [*optional, "STORAGES", "CACHES", "SITE_URL"]
    unset = settings(*names, SITE_URL="")
    assert settings(*names, **dict.fromkeys([*optional, "STORAGES", "CACHE_URL", "SITE_URL"], "")) == unset


def test_cookies_stay_secure_where_the_proxy_redirects() -> None:
    names = ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")
    assert settings(*names, SECURE_SSL_REDIRECT="off") == [False, True, True]
    assert settings(*names, SECURE_SSL_REDIRECT="off", SITE_URL="http://10.0.0.5:8000") == [False] * 3
    assert settings(*names, SECURE_SSL_REDIRECT="off", SITE_URL="", BEHIND_PROXY="on") == [False, True, True]


def test_files_and_cache_go_where_they_are_told(tmp_path: Path) -> None:
    storage = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    assert settings(
        "MEDIA_ROOT",
        "STATIC_ROOT",
        "STORAGES['default']",
        "STORAGES['staticfiles']['BACKEND']",
        "CACHES['default']",
        MEDIA_ROOT=str(tmp_path / "media"),
        STATIC_ROOT=str(tmp_path / "static"),
        STORAGES=json.dumps({"default": storage}),
        CACHE_URL=f"filecache://{tmp_path}/cache",
    ) == [
        str(tmp_path / "media"),
        str(tmp_path / "static"),
        storage,
        "whitenoise.storage.CompressedManifestStaticFilesStorage",
        {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": f"{tmp_path}/cache"},
    ]


def test_a_file_of_settings_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    file = tmp_path / "settings.env"
    file.write_text("SITE_URL=https://file.example.org\nLOG_FORMAT=json\n")
    assert settings("SITE_URL", "LOG_FORMAT", ENV_FILE=str(file)) == [PRODUCTION["SITE_URL"], "json"]


def test_django_has_nothing_to_say_about_a_deployment() -> None:
    done = run([*MANAGE, "--deploy", "--fail-level", "WARNING"], production(LOG_FORMAT="json"))
    assert (done.returncode, done.stderr, done.stdout) == (
        0,
        "",
        "System check identified no issues (2 silenced).\n",
    )


def test_the_document_lists_every_setting_and_no_other() -> None:
    code = [(BASE_DIR / "readinggroup" / name).read_text() for name in ("settings.py", "gunicorn_conf.py")]
    reading = re.compile(
        r'(?:env\.\w+|required|switch|whole_number|os\.environ\.get|os\.environ\.setdefault)\(\s*["\x27]([A-Z_]+)["\x27]'
    )
    read = {name for text in code for name in reading.findall(text)}
    assert {"DATABASE_URL", "SECRET_KEY", "DEBUG", "ENV_FILE", "PORT"} <= read
    documented = re.findall(r"^\| `([A-Z_]+)` \|", DOCUMENT.read_text(), re.MULTILINE)
    assert sorted(documented) == sorted(read)
