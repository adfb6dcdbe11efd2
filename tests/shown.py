"""The site as a deployment runs it, with the first group's content, for pictures and measurements of its pages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from readinggroup import devdb
from tests.checkouts import BASE_DIR
from tests.servers import free_port

CONTENT = BASE_DIR / "readinggroup" / "content" / "diffusion-reading-group.md"
README_URL = "https://github.com/tmabraham/diffusion_reading_group/blob/main/"
MANAGE = [sys.executable, "manage.py"]
GUNICORN = [sys.executable, "-m", "gunicorn", "-c", "python:readinggroup.gunicorn_conf", "readinggroup.wsgi"]
START_SECONDS = 20


@contextmanager
def the_first_group(**variables: str) -> Iterator[str]:
    """The address of a server whose database and files are made for this, and gone afterwards.

    The environment of this process is that of the server meanwhile, so that `MANAGE` commands reach the same database.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readinggroup.settings")
    devdb.provide()
    name, port = f"shown_{os.getpid()}", free_port()
    site = f"http://127.0.0.1:{port}"
    before = dict(os.environ)
    with (
        tempfile.TemporaryDirectory() as static,
        tempfile.TemporaryDirectory() as media,
        psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server,
    ):
        server.execute(f'CREATE DATABASE "{name}"')
        os.environ |= {
            "DATABASE_URL": re.sub(r"/[^/?]*\?", f"/{name}?", os.environ["DATABASE_URL"]),
            "STATIC_ROOT": static,
            "MEDIA_ROOT": media,
            "PORT": str(port),
            "SECURE_SSL_REDIRECT": "off",
            "ALLOWED_HOSTS": "127.0.0.1",
            "SITE_URL": site,
            **variables,
        }
        try:
            for command in (
                ["migrate", "-v0"],
                ["import_fixtures", str(CONTENT), "--base-url", README_URL],
                ["collectstatic", "--no-input", "-v0"],
            ):
                subprocess.run([*MANAGE, *command], cwd=BASE_DIR, check=True, stdout=subprocess.DEVNULL)
            with subprocess.Popen(GUNICORN, cwd=BASE_DIR, stderr=subprocess.DEVNULL) as web:
                try:
                    _wait_for(f"{site}/healthz")
                    yield site
                finally:
                    web.terminate()
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            os.environ.clear()
            os.environ |= before


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit(f"error: {url} does not answer.")
