"""Pictures of every page, narrow and wide, light and dark: make screenshots

Serves the first group's content from a database of its own, made for this and dropped afterwards. All pictures go
to screenshots/ (not kept); the one that the README shows is docs/images/archive.png.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psycopg
from playwright.sync_api import Browser, sync_playwright

BASE_DIR = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE_DIR))

from readinggroup import devdb  # noqa: E402 (found by the line above)
from tests.browsers import ARGUMENTS, CHROMIUM, PAGES  # noqa: E402

README_URL = "https://github.com/tmabraham/diffusion_reading_group/blob/main/"
CONTENT = BASE_DIR / "readinggroup" / "content" / "diffusion-reading-group.md"
PICTURES = BASE_DIR / "screenshots"
SHOWN = BASE_DIR / "docs" / "images" / "archive.png"


def shoot(chromium: Browser, site: str) -> None:
    """Every page that this content has, then the one for the README."""
    PICTURES.mkdir(exist_ok=True)
    SHOWN.parent.mkdir(exist_ok=True)
    for width in (360, 1280):
        for scheme in ("light", "dark"):
            context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
            page = context.new_page()
            for path in [*PAGES, "/nowhere/", "/admin/login/"]:
                response = page.goto(site + path)
                if not response or response.status != (404 if path == "/nowhere/" else 200):
                    sys.exit(f"error: {path} answers {response.status if response else 'nothing'}.")
                name = re.sub(r"\W+", "-", path).strip("-") or "home"
                page.screenshot(path=PICTURES / f"{name}-{width}-{scheme}.png", full_page=True)
            if (width, scheme) == (1280, "light"):
                page.goto(site + "/archive/")
                page.screenshot(path=SHOWN, clip={"x": 0, "y": 0, "width": 1280, "height": 800})
            context.close()


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readinggroup.settings")
    if CHROMIUM is None:
        sys.exit("error: no Chromium is found; install one, or name it in CHROMIUM.")
    devdb.provide()
    name = f"screenshots_{os.getpid()}"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (
        tempfile.TemporaryDirectory() as static,
        psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server,
    ):
        server.execute(f'CREATE DATABASE "{name}"')
        os.environ |= {
            "DATABASE_URL": re.sub(r"/[^/?]*\?", f"/{name}?", os.environ["DATABASE_URL"]),
            "STATIC_ROOT": static,
            "PORT": str(port),
            "SECURE_SSL_REDIRECT": "off",
            "ALLOWED_HOSTS": "127.0.0.1",
        }
        manage = [sys.executable, "manage.py"]
        for command in (
            ["migrate", "-v0"],
            ["import_fixtures", str(CONTENT), "--base-url", README_URL],
            ["collectstatic", "--no-input", "-v0"],
        ):
            subprocess.run([*manage, *command], cwd=BASE_DIR, check=True, stdout=subprocess.DEVNULL)
        gunicorn = ["-m", "gunicorn", "-c", "python:readinggroup.gunicorn_conf", "readinggroup.wsgi"]
        site = f"http://127.0.0.1:{port}"
        with subprocess.Popen([sys.executable, *gunicorn], cwd=BASE_DIR, stderr=subprocess.DEVNULL) as web:
            try:
                wait_for(f"{site}/healthz")
                with sync_playwright() as playwright:
                    shoot(playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS), site)
            finally:
                web.terminate()
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    print(
        f"{len(list(PICTURES.glob('*.png')))} pictures in {PICTURES.name}/, and {SHOWN.relative_to(BASE_DIR)}"
    )


def wait_for(url: str) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit(f"error: {url} does not answer.")


if __name__ == "__main__":
    main()
