"""Asking what the site links to: how, by one at a time, and writing down what came of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

from django.conf import settings
from django.db import connection
from django.utils import timezone

from papers.linkcheck import Finding, Kind, Manners, check_all, host_of
from papers.models import LinkCheck

LOCK = "readinggroup.check_links"
# What somebody may have asked again while they wait, and for how many seconds: browsers and proxies give up after 30.
AT_ONCE = 20
WITHIN = 20.0
# When so many hosts could not be reached and none was, it is our own network that is down.
FIRST_HOSTS = 8


class BusyError(Exception):
    """Somebody else is checking links just now."""


class NoNetworkError(Exception):
    """None of the hosts that were asked could be reached."""


def manners() -> Manners:
    """How this site asks, and under which name."""
    name = "reading-group-link-check/1.0"
    return Manners(
        user_agent=f"{name} (+{settings.SITE_URL})" if settings.SITE_URL else name,
        private=settings.LINK_CHECK_PRIVATE,
    )


def check_again(urls: Collection[str]) -> dict[str, LinkCheck]:
    """Ask for a few addresses while somebody waits; the results by address, saved.

    What has not answered in time is left out, and stays as it was. Raises BusyError.
    """
    hurried = replace(manners(), patience=5, longest=8, waits=(2,), longest_wait=3)
    with only_one(), closing(check_all(urls, hurried, WITHIN)) as findings:
        return {finding.url: write_down(finding) for finding in findings}


@contextmanager
def only_one() -> Iterator[None]:
    """Whoever comes second is told so. Raises BusyError."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [LOCK])
        if not (row := cursor.fetchone()) or not row[0]:
            raise BusyError
    try:
        yield
    finally:
        if connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [LOCK])


def keep(findings: Iterable[Finding]) -> Iterator[LinkCheck]:
    """Write down each result as it comes; until a host has answered, hold back what may be our own network's fault.

    Raises NoNetworkError, with nothing written, where the first hosts cannot be reached, or of several none.
    """
    held: list[Finding] = []
    heard = False
    for finding in findings:
        heard = heard or finding.status is not None
        held.append(finding)
        if heard:
            yield from map(write_down, held)
            held.clear()
        elif len(_not_reached(held)) >= FIRST_HOSTS:
            raise NoNetworkError
    if len(_not_reached(held)) > 1:
        raise NoNetworkError
    yield from map(write_down, held)


def _not_reached(findings: Iterable[Finding]) -> set[str]:
    """The hosts that did not answer, of those that were asked."""
    return {host_of(finding.url) for finding in findings if finding.kind is not Kind.CLOSED}


def write_down(finding: Finding) -> LinkCheck:
    """The address's result, saved."""
    check = LinkCheck.objects.filter(url=finding.url).first() or LinkCheck(url=finding.url)
    check.learn(finding, timezone.now())
    check.save()
    return check
