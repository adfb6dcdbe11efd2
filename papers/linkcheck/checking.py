"""One link: redirects, second questions and retries, and what all of it means."""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http.client import HTTPException
from urllib.parse import quote

from papers.linkcheck.addresses import NotAskedError, Target, redirected, target
from papers.linkcheck.asking import Answer, Manners, ask

PERMANENT, TEMPORARY = frozenset([301, 308]), frozenset([302, 303, 307])
GONE = frozenset([404, 410])

type Turn = Callable[[str], AbstractContextManager[None]]


class Kind(StrEnum):
    """What came of it, before anybody asks how long it has been so."""

    ANSWERS = "answers"
    MOVED = "moved"  # answers, behind permanent redirects
    GONE = "gone"  # its host says that it does not exist
    UNREACHABLE = "unreachable"  # no such host, nobody there, or no safe connection
    TROUBLE = "trouble"  # too slow, broken, or an error of the host's own
    CLOSED = "closed"  # there, but not for a machine that asks; or not to be asked


@dataclass(frozen=True)
class Finding:
    """What one link came to. `reason` is a sentence for an organizer, empty where it answers."""

    url: str
    kind: Kind
    status: int | None = None
    reason: str = ""
    moved_to: str = ""
    retry_after: float | None = None  # seconds, as the host asked for
    is_silent: bool = False  # the host itself did not answer


def check(url: str, manners: Manners, turn: Turn, stop: threading.Event) -> Finding:
    """Ask for a link until it answers, has to be believed to be broken, or `stop` is set.

    A link is asked again after each of `manners.waits`, or as late as its host says; only what is closed to
    machines stays so, and is asked once.
    """
    found = _try(url, manners, turn)
    for wait in manners.waits:
        busy = found.kind is Kind.CLOSED and found.status == 429
        if found.kind in (Kind.ANSWERS, Kind.MOVED) or (found.kind is Kind.CLOSED and not busy):
            break
        if stop.wait(min(max(wait, found.retry_after or 0), manners.longest_wait)):
            break
        found = _try(url, manners, turn)
    return found


def _try(url: str, manners: Manners, turn: Turn) -> Finding:
    for pattern, template in manners.instead.items():
        if re.fullmatch(pattern, url):
            return _judged_elsewhere(url, template.format(url=quote(url, safe="")), manners, turn)
    return _follow(url, manners, turn)


def _judged_elsewhere(url: str, question: str, manners: Manners, turn: Turn) -> Finding:
    """What a host says of a page whose own status says nothing. 400 means that there is no such thing, too."""
    found = replace(_follow(question, manners, turn), url=url, moved_to="")
    if found.kind is Kind.MOVED:
        return replace(found, kind=Kind.ANSWERS)
    if found.kind is Kind.GONE or found.status == 400:
        return replace(found, kind=Kind.GONE, reason="Its host says that it was removed or never was.")
    return found


def _follow(url: str, manners: Manners, turn: Turn) -> Finding:
    """One try: through redirects to what answers at their end."""
    here, moved_to, is_permanent, left = url, "", True, manners.longest
    for _ in range(manners.hops + 1):
        began = time.monotonic()
        try:
            there = target(here, any_port=manners.private)
            answer, spent = _head_or_get(there, manners, turn, left)
        except NotAskedError as error:
            return Finding(url, Kind.CLOSED, reason=str(error))
        except (OSError, HTTPException, ValueError) as error:
            found = _failed(url, error, there, time.monotonic() - began)
            # Of a host that others only lead to, nothing follows for this one's other links.
            return replace(found, is_silent=found.is_silent and here == url)
        left -= spent
        if answer.status not in PERMANENT | TEMPORARY or not answer.location:
            return _judged(url, answer, moved_to, there)
        try:
            here = redirected(here, answer.location)
        except NotAskedError as error:
            return Finding(url, Kind.CLOSED, answer.status, str(error))
        is_permanent = is_permanent and answer.status in PERMANENT
        moved_to = here if is_permanent else moved_to
    return Finding(url, Kind.CLOSED, answer.status, f"It redirects more than {manners.hops} times.")


def _head_or_get(there: Target, manners: Manners, turn: Turn, within: float) -> tuple[Answer, float]:
    """The answer to HEAD, or to GET where that one is no good; and the time it took, waiting for turns apart.

    Some hosts refuse HEAD, some say 404 or 403 to it, and some hang up.
    """
    spent = 0.0

    def asked(method: str) -> Answer:
        nonlocal spent
        with turn(there.host):
            began = time.monotonic()
            try:
                return ask(there, method, manners, within - spent)
            finally:
                spent += time.monotonic() - began

    try:
        answer = asked("HEAD")
    except (HTTPException, ConnectionResetError, BrokenPipeError):
        return asked("GET"), spent
    except TimeoutError:
        if within - spent < 1:
            raise
        return asked("GET"), spent
    if answer.status < 400 or answer.status in (429, 503):
        return answer, spent
    answer = asked("GET")
    return answer, spent


def _judged(url: str, answer: Answer, moved_to: str, there: Target) -> Finding:
    status, later = answer.status, _seconds(answer.retry_after)
    if 200 <= status < 300:
        return Finding(url, Kind.MOVED if moved_to else Kind.ANSWERS, status, moved_to=moved_to)
    if status in GONE:
        return Finding(url, Kind.GONE, status, f"{there.host} says that there is no such page ({status}).")
    if status >= 500 and status != 999:  # 999 is what some hosts invented for machines
        reason = f"{there.host} reports an error of its own ({status})."
        return Finding(url, Kind.TROUBLE, status, reason, moved_to, later)
    said = {
        401: f"{there.host} asks for a login (401).",
        403: f"{there.host} does not let a machine look (403). Look at it yourself.",
        429: f"{there.host} wants to be asked less often (429).",
    }
    reason = said.get(status, f"{there.host} answers {status}, which says neither yes nor no.")
    return Finding(url, Kind.CLOSED, status, reason, moved_to, later)


def _failed(url: str, error: Exception, there: Target, waited: float) -> Finding:
    """What a request means that got no answer."""
    host, kind, silent = there.host, Kind.TROUBLE, True
    match error:
        case socket.gaierror(errno=socket.EAI_AGAIN):
            reason = f"The name {host} could not be looked up just now."
        case socket.gaierror() | UnicodeError():
            kind, reason = Kind.UNREACHABLE, f"There is no host of the name {host}."
        case ssl.SSLCertVerificationError():
            kind, silent = Kind.UNREACHABLE, False
            reason = f"The certificate of {host} is not valid: {error.verify_message}."
        case ssl.SSLError():
            kind, silent, reason = Kind.UNREACHABLE, False, f"{host} makes no safe connection."
        case ConnectionRefusedError():
            kind, reason = Kind.UNREACHABLE, f"{host} accepts no connection."
        case TimeoutError():
            reason = f"{host} did not answer within {waited:.0f} s."
        case HTTPException() | ConnectionError() | ValueError():
            silent, reason = False, f"{host} hangs up, or answers what is no web page."
        case _:
            reason = f"{host} cannot be reached: {getattr(error, 'strerror', None) or type(error).__name__}."
    return Finding(url, kind, reason=reason[:300], is_silent=silent)


def _seconds(retry_after: str | None) -> float | None:
    """When to come again: in seconds, or a date (https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3).

    None where it says neither, or a moment that is none on any clock.
    """
    text = (retry_after or "").strip()
    if text.isdecimal() and text.isascii():
        return float(text[:9])
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (date - datetime.now(UTC)).total_seconds())
