"""The admin as organizers meet it: a real server with hashed static files, a browser that is logged in, its pages."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse
from playwright.sync_api import BrowserContext

from papers.models import LinkCheck, Paper, Resource
from readinggroup.links import linked
from readinggroup.models import Import
from sessions.models import BacklogEntry, Group, Person, Session
from tests.big_group import check_links
from tests.checkouts import BASE_DIR
from tests.factories import in_days, leave, make_session, move_in, read
from tests.servers import Server, production, url_of_the_test_database

# Addresses of the admin that are no pages: they answer scripts, or lead elsewhere at once.
NO_PAGES = {"autocomplete", "jsi18n", "login", "logout", "reading_sessions_person_like", "view_on_site"}
# Pages that organizers do not have: logins, and what nobody may do with the group and with imports.
NOT_FOR_ORGANIZERS = re.compile(r"auth_|reading_sessions_group_(add|delete)|readinggroup_import_(delete)")
# Pages that only answer a form (POST), that give a file, or that begin with a choice in a list: tests of their own.
ON_THEIR_WAY = re.compile(
    r"papers_paper_(fetch_step|fetch_missing|arxiv_fetch|merge$|apart)|papers_linkcheck_(use|again)|\w+_nothing_more$"
    r"|\w+_person_(merge$|apart)|\w+_session_file|\w+_(download|pending)$"
)
ARGUMENTS = {"app_list": ["reading_sessions"]}


@cache
def hashed_static_files() -> str:
    """A folder with the static files as a deployment collects them, made once a process."""
    folder = tempfile.TemporaryDirectory(prefix="readinggroup-static-")
    hashed_static_files.folder = folder  # type: ignore[attr-defined]  # removed with the process
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"],
        cwd=BASE_DIR,
        env=production(STATIC_ROOT=folder.name),
        check=True,
    )
    return folder.name


@contextmanager
def served(log: Path, **variables: str) -> Iterator[str]:
    """The site as a deployment runs it, over plain HTTP, with the test's database; its address."""
    with Server(
        log,
        "readinggroup.wsgi",
        **{
            "ALLOWED_HOSTS": "127.0.0.1",
            "SITE_URL": "http://127.0.0.1",
            "SECURE_SSL_REDIRECT": "off",
            "DATABASE_URL": url_of_the_test_database(),
            "STATIC_ROOT": hashed_static_files(),
            "MEDIA_ROOT": settings.MEDIA_ROOT,
            **variables,
        },
    ) as server:
        yield f"http://127.0.0.1:{server.port}"


def login_of(user: User) -> str:
    """What a browser shows to be this user; asked for before the browser is there, since it asks the database."""
    client = Client()
    client.force_login(user)
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def log_in(context: BrowserContext, site: str, login: str) -> None:
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": login, "url": site}])


def first_of(model: type[Model]) -> Model:
    """The row of this model that was made first."""
    row: Model = model._default_manager.order_by("pk")[0]
    return row


def every_page(rows: dict[type[Model], Model], **arguments: Any) -> list[str]:
    """Every page of the admin, each pattern once, about these rows.

    Raises AssertionError where a page is not known here: a new one is to be opened by the tests as well.
    """
    found = []
    arguments = ARGUMENTS | arguments
    for name, parameters in _patterns(admin.site.urls[0]):
        if name in NO_PAGES or NOT_FOR_ORGANIZERS.match(name) or ON_THEIR_WAY.match(name):
            continue
        model = next((model for model in rows if name.startswith(_prefix(model))), None)
        if name.endswith("_simple_history") and model:
            if newest := rows[model].history.first():  # type: ignore[attr-defined]
                found.append(reverse(f"admin:{name}", args=[rows[model].pk, newest.pk]))
            continue
        if parameters and name not in arguments:
            assert model is not None, f"no row for the admin's page {name}"
            assert len(parameters) == 1, f"no arguments for the admin's page {name} {parameters}"
        given = arguments.get(name, [rows[model].pk] if parameters and model else [])
        if given is not None:
            found.append(reverse(f"admin:{name}", args=given))
    return found


def _prefix(model: type[Model]) -> str:
    return f"{model._meta.app_label}_{model._meta.model_name}_"


def _patterns(patterns: list[Any]) -> Iterator[tuple[str, list[str]]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns)
        elif isinstance(pattern, URLPattern) and pattern.name:
            regex = pattern.pattern.regex.pattern
            yield pattern.name, re.findall(r"\(\?P<|\((?!\?)", regex)


def everything_to_look_at() -> dict[type[Model], Model]:
    """The first group, with a session to come that has something of everything."""
    move_in()
    session = make_session(18, "Bridges", starts_at=in_days(3), state="draft")
    person = Person.objects.get(name="Jeremy Howard")
    session.presenters.add(person)
    read(session, Paper.objects.first(), presenters=[person])
    read(session, same_as=Session.objects.get(number=13))
    leave(session, "deck.pdf", kind="slides")
    leave(session, "https://video.example/18", kind="recording")
    check_links([*linked()])
    others = (Group, Person, BacklogEntry, Paper, Resource, LinkCheck, Import)
    return {Session: session} | {model: first_of(model) for model in others}
