"""Many links: several hosts at the same time, each of them one request at a time."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator

from papers.linkcheck.addresses import NotAskedError, target
from papers.linkcheck.asking import Manners, Turns
from papers.linkcheck.checking import Finding, Kind, check

logger = logging.getLogger(__name__)


def host_of(url: str) -> str:
    """The host of an address, as it is told apart from others; empty for what is no address of the web."""
    try:
        return target(url, any_port=True).host
    except NotAskedError:
        return ""


def check_all(urls: Iterable[str], manners: Manners, within: float) -> Generator[Finding]:
    """Check links, and yield what came of each as it comes, in no order.

    Left out are the further links of a host that does not answer, and what has not answered `within` so many seconds.
    To stop asking for results stops the asking.
    """
    stop, ends_at = threading.Event(), time.monotonic() + within
    by_host: dict[str, list[str]] = defaultdict(list)
    for url in dict.fromkeys(urls):
        by_host[host_of(url)].append(url)
    hosts: queue.SimpleQueue[list[str]] = queue.SimpleQueue()
    for links in sorted(
        by_host.values(), key=len, reverse=True
    ):  # the longest first, since it decides the end
        hosts.put(links)
    results: queue.SimpleQueue[Finding | None] = queue.SimpleQueue()
    turns = Turns(manners, stop)

    def work() -> None:
        try:
            while not stop.is_set():
                for finding in _check_host(hosts.get_nowait(), manners, turns, stop):
                    results.put(finding)
        except queue.Empty:
            pass
        finally:
            results.put(None)

    # Daemons: Ctrl-C does not wait for a host that hangs.
    workers = [
        threading.Thread(target=work, name=f"links-{number}", daemon=True)
        for number in range(min(manners.workers, len(by_host)))
    ]
    try:
        for worker in workers:
            worker.start()
        running = len(workers)
        while running:
            result = results.get(timeout=max(0.0, ends_at - time.monotonic()))
            if result is None:
                running -= 1
            else:
                yield result
    except queue.Empty:
        pass  # the time is over
    finally:
        stop.set()
        for worker in workers:
            worker.join(0.1)


def _check_host(links: list[str], manners: Manners, turns: Turns, stop: threading.Event) -> Iterator[Finding]:
    silent = 0
    for url in links:
        if stop.is_set() or silent >= manners.give_up:
            return
        finding = _check_one(url, manners, turns, stop)
        if stop.is_set() and finding.kind not in ("answers", "moved"):
            return  # it might have answered another time
        silent = silent + 1 if finding.is_silent or finding.status == 429 else 0
        yield finding


def _check_one(url: str, manners: Manners, turns: Turns, stop: threading.Event) -> Finding:
    """What came of one link. Whatever its host answers, no more than this link suffers from it."""
    try:
        return check(url, manners, turns.turn, stop)
    except Exception:
        logger.exception("checking %s failed", url)
        return Finding(url, Kind.TROUBLE, reason="It could not be checked: the site's log says why.")
