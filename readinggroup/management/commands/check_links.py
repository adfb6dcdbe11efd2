"""manage.py check_links: whether what the site links to still answers."""

from __future__ import annotations

import re
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone
from tqdm import tqdm

from papers.linkcheck import Finding, check_all, host_of
from papers.models import LinkCheck
from readinggroup import link_checks
from readinggroup.links import Place, dead_links, linked

EVERY = 10.0  # seconds from one line about the progress to the next
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def age(text: str) -> timedelta:
    """A length of time as people type it: 30m, 12h, 7d, 2w."""
    written = re.fullmatch(r"([0-9]{1,4})([mhdw])", text)
    if not written:
        raise ArgumentTypeError(f"{text!r} is no length of time such as 12h or 7d.")
    return timedelta(**{_UNITS[written[2]]: int(written[1])})


def count(text: str) -> int:
    """A number of 1 or more."""
    if not re.fullmatch(r"[0-9]{1,6}", text) or not int(text):
        raise ArgumentTypeError(f"{text!r} is no number of 1 or more.")
    return int(text)


class Command(BaseCommand):
    help = "Ask every address that the site links to whether it answers, one request at a time for each host."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--older-than",
            type=age,
            # Less than a day, or what a nightly run checks after its first minute would not be due in the next one.
            default=timedelta(hours=20),
            metavar="AGE",
            help="check what was not checked for so long: 12h, 7d, 2w; unless given, 20h",
        )
        parser.add_argument("--host", default="", help="check the links to this host only")
        parser.add_argument("--limit", type=count, default=None, help="check so many links at most")
        parser.add_argument(
            "--minutes",
            type=count,
            default=60,
            help="stop after so many minutes; the next run goes on from there (default 60)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with link_checks.only_one():
                self._check(**options)
        except link_checks.BusyError:
            raise CommandError("Links are being checked already. Wait for that to end, or stop it.") from None
        except link_checks.NoNetworkError:
            raise CommandError(
                "None of the first hosts could be reached: is this machine on the network? Nothing was written down."
            ) from None
        except DatabaseError as error:
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise CommandError(f"The database says: {reason}. What was checked before is kept.") from None

    def _check(self, *, older_than: timedelta, host: str, limit: int | None, minutes: int, **_: Any) -> None:
        places = linked()
        forget_all_but(places)
        urls = due(places, timezone.now() - older_than, host.strip().lower().rstrip("."))[:limit]
        if urls:
            self._say(f"To ask: addresses {len(urls)}, hosts {len(set(map(host_of, urls)))}.")
        else:
            self._say("Nothing is due: all of it was checked not long ago. --older-than 0m checks it again.")
        results: Counter[str] = Counter()
        try:
            with closing(check_all(urls, link_checks.manners(), minutes * 60)) as findings:
                for check in link_checks.keep(self._shown(findings, len(urls))):
                    results[check.result] += 1
        except KeyboardInterrupt:
            self.stderr.write("Stopped; what was checked is kept.")
        self._report(results, len(urls), places)

    def _shown(self, findings: Iterable[Finding], total: int) -> Iterator[Finding]:
        """The same, with a bar on a terminal; elsewhere a line now and then, for who follows a log."""
        if self.stderr.isatty():
            yield from tqdm(findings, total=total, unit="link", file=sys.stderr)
            return
        said_at = time.monotonic()
        for done, finding in enumerate(findings, start=1):
            if time.monotonic() - said_at >= EVERY:
                self._say(f"{done} of {total} checked.")
                said_at = time.monotonic()
            yield finding

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _report(self, results: Counter[str], asked: int, places: dict[str, list[Place]]) -> None:
        for link in dead_links(timezone.now()):
            since = f" since {link.failing_since:%Y-%m-%d}" if link.failing_since else ""
            self.stdout.write(f"{link.result.lower()}{since}: {link.url}\n  {link.reason}")
            for place in places.get(link.url, link.places):
                self.stdout.write(f"  in {place.title}: {place.admin_url}")
        if left := asked - results.total():
            self.stdout.write(f"{left} of {asked} were left for the next time.")
        words = {"alive": "alive", "moved": "moved", "dead": "dead", "unsure": "cannot be told"}
        self.stdout.write(", ".join(f"{word} {results[result]}" for result, word in words.items()))


def forget_all_but(urls: Iterable[str]) -> None:
    """Remove the results of addresses that nobody links to any more."""
    kept = set(urls)
    checked = LinkCheck.objects.values_list("pk", "url")
    LinkCheck.objects.filter(pk__in=[pk for pk, url in checked if url not in kept]).delete()


def due(urls: Iterable[str], before: datetime, host: str = "") -> list[str]:
    """What was not checked since `before`: never checked first, then the oldest result first."""
    checked = dict(LinkCheck.objects.values_list("url", "checked_at"))
    old = [url for url in urls if url not in checked or checked[url] <= before]
    wanted = [url for url in old if not host or host_of(url) == host]
    return sorted(
        wanted, key=lambda url: (url in checked, checked.get(url), url) if url in checked else (False,)
    )
