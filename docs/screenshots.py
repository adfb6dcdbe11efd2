"""Pictures of every page and of what a visitor makes of it (tests/states.py), narrow and wide, light and dark: make screenshots

Serves the first group's content from a database of its own, made for this and dropped afterwards. All pictures go
to screenshots/ (not kept). Kept are, in docs/images/, the one that the README shows, and those of an organizer's week
in docs/organizers.md: they are taken while the same week is worked through that the tests work through.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

import psycopg
from playwright.sync_api import Browser, Page, sync_playwright
from psycopg.sql import SQL, Identifier

BASE_DIR = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE_DIR))

from tests.browsers import ARGUMENTS, CHROMIUM, PAGES  # noqa: E402 (found by the line above)
from tests.hands import Mouse  # noqa: E402
from tests.shown import MANAGE, the_first_group  # noqa: E402
from tests.states import PLAYER, STATES, TERM  # noqa: E402
from tests.week import PASSWORD, Week  # noqa: E402

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
PICTURES = BASE_DIR / "screenshots"
IMAGES = BASE_DIR / "docs" / "images"
SHOWN = IMAGES / "archive.png"
DESK = [
    "/admin/",
    "/admin/reading_sessions/session/",
    "/admin/reading_sessions/session/1/change/",
    "/admin/reading_sessions/session/1/history/",
    "/admin/reading_sessions/session/1/announcement/",
    "/admin/reading_sessions/session/1/plan/",
    "/admin/reading_sessions/session/1/slides/",
    "/admin/reading_sessions/backlogentry/",
    "/admin/reading_sessions/backlogentry/add/",
    "/admin/reading_sessions/person/",
    "/admin/reading_sessions/person/1/change/",
    "/admin/reading_sessions/person/duplicates/",
    "/admin/reading_sessions/group/1/change/",
    "/admin/papers/paper/",
    "/admin/papers/paper/1/change/",
    "/admin/papers/paper/1/arxiv/",
    "/admin/papers/paper/arxiv/",
    "/admin/papers/paper/duplicates/",
    "/admin/papers/resource/",
    "/admin/readinggroup/import/",
    "/admin/readinggroup/import/add/",
    "/admin/readinggroup/import/export/",
]


def shoot(chromium: Browser, site: str) -> None:
    """Every page that this content has, then the one for the README."""
    for width in (360, 1280):
        for scheme in SCHEMES:
            page = window(chromium, width, 800, scheme)
            for path in [*PAGES, "/nowhere/", "/admin/login/"]:
                take(page, site, path, f"{width}-{scheme}")
            if (width, scheme) == (1280, "light"):
                page.goto(site + "/archive/")
                page.screenshot(path=SHOWN, clip={"x": 0, "y": 0, "width": 1280, "height": 800})
            page.context.close()


def window(
    chromium: Browser, width: int, height: int, scheme: Scheme = "light", *, scripts: bool = True
) -> Page:
    return chromium.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        java_script_enabled=scripts,
        permissions=["clipboard-read", "clipboard-write"],
    ).new_page()


def take(page: Page, site: str, path: str, suffix: str) -> None:
    """One page, as long as it is."""
    response = page.goto(site + path)
    if not response or response.status != (404 if path == "/nowhere/" else 200):
        sys.exit(f"error: {path} answers {response.status if response else 'nothing'}.")
    name = re.sub(r"\W+", "-", path).strip("-") or "home"
    page.screenshot(path=PICTURES / f"{name}-{suffix}.png", full_page=True)


def shoot_states(chromium: Browser, site: str) -> None:
    """Every look that a page gets by what its visitor does, and the one of a site whose database is away."""
    for width in (360, 1280):
        for scheme in SCHEMES:
            for state in STATES:
                page = window(chromium, width, 800, scheme, scripts=state.scripts)
                page.route(PLAYER, lambda route: route.fulfill(content_type="text/html", body="The player."))
                response = page.goto(site + state.path)
                if not response or response.status != state.status:
                    sys.exit(f"error: {state.path} answers {response.status if response else 'nothing'}.")
                state.do(page)
                page.screenshot(path=PICTURES / f"state-{state.name}-{width}-{scheme}.png", full_page=True)
                page.context.close()
    with its_database_away():
        for width in (360, 1280):
            for scheme in SCHEMES:
                page = window(chromium, width, 800, scheme)
                page.goto(f"{site}/archive/")
                page.screenshot(path=PICTURES / f"state-error-503-{width}-{scheme}.png", full_page=True)
                page.context.close()


@contextmanager
def its_database_away() -> Iterator[None]:
    """Meanwhile nobody can connect to the database of the site that is served, and whoever was is sent away."""
    url = urlsplit(os.environ["DATABASE_URL"])
    name = unquote(url.path.lstrip("/"))
    with psycopg.connect(url._replace(path="/postgres").geturl(), autocommit=True) as server:
        server.execute(SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(Identifier(name)))
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            server.execute(SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(Identifier(name)))


def work_through_the_week(chromium: Browser, site: str) -> None:
    """The pictures of docs/organizers.md; then every page of the admin, with what that week left."""
    with tempfile.TemporaryDirectory() as files:
        page = window(chromium, 1100, 760)

        def at(name: str) -> None:
            page.screenshot(path=IMAGES / f"week-{name}.png")

        week = Week(site, page, Mouse(page), at, Path(files))
        week.log_in()
        login = page.context.cookies()
        week.add_the_recording()
        week.new_session()
        week.put_in_order()
        week.upload_slides()
        week.publish()
        week.see_it_on_the_site()
        week.copy_the_announcement()
        week.import_the_readme()
        week.go_back()
        page.context.close()
    for width in (390, 1280):
        for scheme in SCHEMES:
            page = window(chromium, width, 760, scheme)
            page.context.add_cookies(login)  # type: ignore[arg-type]  # as Playwright itself gave them
            if (width, scheme) == (390, "light"):
                page.goto(f"{site}/admin/")
                page.screenshot(path=IMAGES / "week-phone.png")
            for path in DESK:
                take(page, site, path, f"{width}-{scheme}")
            page.context.close()


def main() -> None:
    if CHROMIUM is None:
        sys.exit("error: no Chromium is found; install one, or name it in CHROMIUM.")
    for folder in (PICTURES, IMAGES):
        folder.mkdir(exist_ok=True)
    with the_first_group(SITE_URL="https://reading.example.org") as site, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        shoot(chromium, site)
        begin = f"from tests.factories import a_group_in_its_term as begin; begin({PASSWORD!r})"
        subprocess.run([*MANAGE, "shell", "-v0", "-c", begin], cwd=BASE_DIR, check=True)
        work_through_the_week(chromium, site)
        subprocess.run([*MANAGE, "shell", "-v0", "-c", TERM], cwd=BASE_DIR, check=True)
        shoot_states(chromium, site)
    print(f"{len(list(PICTURES.glob('*.png')))} pictures in {PICTURES.name}/, and those in docs/images/")


if __name__ == "__main__":
    main()
