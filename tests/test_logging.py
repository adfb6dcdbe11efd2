"""What a running gunicorn says on the error channel: a machine reads every line of it, from start to end."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.servers import Server

HTTPS = "X-Forwarded-Proto: https"


def run(log: Path, **variables: str) -> str:
    """Start, a page, a page that is missing, one that breaks, a database that is not there, and the end."""
    static = log.parent / "there-is-no-such-folder"  # whitenoise warns of it
    with Server(log, BEHIND_PROXY="on", STATIC_ROOT=str(static), **variables) as server:
        assert server.get("/who/", HTTPS).status == 200
        assert server.get("/nowhere/", HTTPS).status == 404
        assert server.get("/broken/", HTTPS).status == 500
        assert server.get("/readyz").status == 503
        assert server.get("/who/", HTTPS, host="elsewhere.example.com").status == 400
        assert server.stop() == 0
    return log.read_text()


def test_every_line_is_json_when_log_format_says_so(tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = [
        json.loads(line) for line in run(tmp_path / "log", LOG_FORMAT="json").splitlines()
    ]
    for line in lines:
        assert {"time", "level", "logger", "message"} <= line.keys(), line
        age = datetime.now(UTC) - datetime.fromisoformat(line["time"])
        assert timedelta(0) <= age < timedelta(minutes=1), line
    said = [(line["logger"], line["level"], line["message"]) for line in lines]
    assert said[0][2].startswith("Starting gunicorn") or said[0][0] == "py.warnings"
    assert said[-1] == ("gunicorn.error", "INFO", "Shutting down: Master")
    # Once each.
    assert [line for line in said if line[0].startswith("django")] == [
        ("django.request", "WARNING", "Not Found: /nowhere/"),
        ("django.request", "ERROR", "Internal Server Error: /broken/"),
        ("django.request", "ERROR", "Service Unavailable: /readyz"),
        (
            "django.security.DisallowedHost",
            "ERROR",
            "Invalid HTTP_HOST header: 'elsewhere.example.com'. You may need to add 'elsewhere.example.com' to ALLOWED_HOSTS.",
        ),
    ]
    [broken] = [line for line in lines if line["message"] == "Internal Server Error: /broken/"]
    assert broken["exc_info"].startswith("Traceback (most recent call last):\n")
    assert broken["exc_info"].endswith("RuntimeError: broken\non purpose")
    assert [line["message"].split(": ")[1] for line in lines if line["logger"] == "py.warnings"] == [
        "UserWarning"
    ]


def test_text_is_for_people(tmp_path: Path) -> None:
    text = run(tmp_path / "log")
    assert text.count("ERROR django.request: Internal Server Error: /broken/\nTraceback") == 1
    assert text.count("RuntimeError: broken") == 1
    assert text.rstrip().endswith("INFO gunicorn.error: Shutting down: Master")
