"""One request: to an address that was looked at first, within a time, and without reading what comes back."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from http.client import HTTPConnection
from typing import Any

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from papers.linkcheck.addresses import NotAskedError, Target, is_public

# How the two of YouTube say that a video is gone: the page of one answers 200. https://oembed.com/
_YOUTUBE = "https://www.youtube.com/oembed?format=json&url={url}"


def resolve(host: str, port: int) -> list[tuple[Any, ...]]:
    """Where a name leads: (family, socket address), as the system's resolver says. Raises socket.gaierror."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, address) for family, _, _, _, address in found]


@dataclass(frozen=True)
class Manners:
    """How to ask. Times are in seconds."""

    user_agent: str = "reading-group-link-check"
    private: bool = False  # private addresses and any port too: for tests
    workers: int = 8  # hosts asked at the same time
    pause: float = 1  # from the end of one request to a host to the next one
    pauses: Mapping[str, float] = field(
        default_factory=lambda: {"arxiv.org": 3}
    )  # hosts that want longer ones
    patience: float = 10  # for a connection, and for each piece of an answer
    longest: float = 30  # for all requests of one try together
    hops: int = 10  # redirects followed
    waits: Sequence[float] = (5, 20)  # before the second try, the third, ...
    longest_wait: float = 60  # where a host says itself when to come again
    give_up: int = 3  # a host that did not answer for so many links in a row is left alone
    instead: Mapping[str, str] = field(  # regular expression of addresses: what to ask in their place
        default_factory=lambda: {
            r"https?://((www|m|music)\.)?youtube\.com/(watch\?|live/|shorts/|playlist\?).*": _YOUTUBE,
            r"https?://youtu\.be/.+": _YOUTUBE,
        }
    )
    resolve: Callable[[str, int], list[tuple[Any, ...]]] = resolve

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """Certificates that the system trusts, and those that browsers do, for a machine without a list."""
        context = ssl.create_default_context()
        context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
        return context


@dataclass(frozen=True)
class Answer:
    """What a host answered, without the body: nobody reads it."""

    status: int
    location: str | None
    retry_after: str | None


class Turns:
    """One request at a time for each host, with a pause between. Shared by all threads."""

    def __init__(self, manners: Manners, stop: threading.Event) -> None:
        self._manners, self._stop = manners, stop
        self._locks: dict[str, threading.Lock] = {}
        self._free_at: dict[str, float] = {}
        self._guard = threading.Lock()

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Wait for the host, keep it, and leave it with a pause."""
        with self._guard:
            lock = self._locks.setdefault(host, threading.Lock())
        with lock:
            self._stop.wait(max(0.0, self._free_at.get(host, 0) - time.monotonic()))
            try:
                yield
            finally:
                pause = self._manners.pauses.get(host, self._manners.pause)
                self._free_at[host] = time.monotonic() + pause


def ask(target: Target, method: str, manners: Manners, within: float) -> Answer:
    """Ask for `target` and read the head of the answer. No proxy, no cookie, no redirect, no body.

    The name is looked up once, all that it leads to is judged, and the connection goes to one of exactly those: a
    name that leads elsewhere a moment later leads nowhere. Raises NotAskedError, OSError, HTTPException;
    TimeoutError after `within` seconds, however slowly something keeps coming.
    """
    ends_at = time.monotonic() + within
    with closing(_connected(target, manners, ends_at)) as raw, _cut_off(raw, ends_at):
        stream = raw
        if target.scheme == "https":
            stream = manners.tls.wrap_socket(raw, server_hostname=target.host)
        connection = HTTPConnection(target.host, target.port)
        # http.client sends no port where it is the one it knows.
        connection.default_port = 443 if target.scheme == "https" else 80
        connection.sock = stream
        with closing(connection):
            headers = {"User-Agent": manners.user_agent, "Accept": "*/*", "Connection": "close"}
            connection.request(method, target.path, headers=headers)
            with closing(connection.getresponse()) as response:
                return Answer(
                    response.status, response.getheader("Location"), response.getheader("Retry-After")
                )


def _connected(target: Target, manners: Manners, ends_at: float) -> socket.socket:
    places = manners.resolve(target.host, target.port)
    if not manners.private and not all(is_public(str(address[0])) for _, address in places):
        raise NotAskedError(f"It leads to {target.host}, which is inside a private network.")
    failure: OSError = socket.gaierror(socket.EAI_NONAME, "no address")
    for family, address in places:
        left = ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        stream = socket.socket(family, socket.SOCK_STREAM)
        try:
            stream.settimeout(min(manners.patience, left))
            stream.connect(address)
            stream.settimeout(manners.patience)
        except OSError as error:
            stream.close()
            failure = error
        except BaseException:
            stream.close()
            raise
        else:
            return stream
    raise failure


@contextmanager
def _cut_off(stream: socket.socket, ends_at: float) -> Iterator[None]:
    """End the conversation when its time is over, whatever it is at: a byte every few seconds is no time-out."""
    over = threading.Event()
    with closing(stream.dup()) as line:  # TLS takes the first one over

        def cut() -> None:
            over.set()
            with suppress(OSError):  # the other side was faster
                line.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(max(0.0, ends_at - time.monotonic()), cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        except Exception as error:
            if over.is_set():
                raise TimeoutError from error
            raise
        finally:
            timer.cancel()
            timer.join()
