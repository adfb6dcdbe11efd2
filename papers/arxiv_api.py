"""Ask arXiv what it knows of papers: many in one request, in turn with the whole site, bounded in time.

The package `arxiv` makes the question and reads the answer. Its request has no time-out, its retries no pause, and
its reader repairs a feed that was cut off, so that half an abstract would pass for a whole one: `_Line` stands in
for its connection and takes care of these. https://info.arxiv.org/help/api/user-manual.html
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from queue import Empty, SimpleQueue
from typing import Any
from xml.etree import ElementTree

import arxiv as package
import requests
from django.conf import settings

from papers import arxiv, arxiv_turn

MOST_IDS = 50  # in one request: a longer address is refused by some proxies
TRIES = 3
LONGEST_PAUSE = 15 * 60  # seconds: what arXiv may ask for with Retry-After
_CONNECT, _READ, _REQUEST = 5, 10, 20  # seconds: to connect, between two packets, for the whole answer
_MOST_BYTES = 16_000_000
_ATOM = "{http://www.w3.org/2005/Atom}"


@dataclass(frozen=True)
class Found:
    """What arXiv says of a paper: TeX as written, white space folded."""

    title: str
    authors: tuple[str, ...]
    abstract: str  # paragraphs parted by an empty line
    published_on: date  # the first version, in UTC
    doi: str = ""  # of the journal's version


@dataclass(frozen=True)
class Missing:
    """arXiv answered, and has nothing for this id: why, for an organizer."""

    reason: str


class ArxivError(Exception):
    """arXiv could not be asked, or its answer cannot be used. The message tells an organizer why and what to do."""


class _Trouble(Exception):  # noqa: N818  (caught before anybody sees it)
    """One request came to nothing. `passing`: another try may help; `pause`: seconds that arXiv asked to wait."""

    def __init__(self, reason: str, *, passing: bool = True, pause: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.passing, self.pause = reason, passing, pause


class _NoId(Exception):  # noqa: N818
    """arXiv refused the whole request because of one id that it cannot read."""


def ask(ids: Iterable[str], *, within: float) -> dict[str, Found | Missing]:
    """What arXiv says of each of these identifiers (without version, at most 50), in their order.

    Tries up to three times, waits for the site's turn and for as long as arXiv asks, all in `within` seconds. Raises
    ArxivError. Call it outside of a transaction.
    """
    asked = list(dict.fromkeys(ids))
    if len(asked) > MOST_IDS:
        raise ValueError(f"{len(asked)} ids are too many for one request")
    deadline = time.monotonic() + within
    # One id that arXiv cannot read has it refuse all of them.
    answers: dict[str, Found | Missing] = {
        each: Missing(f"“{each}” is no arXiv id: correct it.")
        for each in asked
        if arxiv.arxiv_id(each) != each
    }
    tries, trouble, was_empty = 0, None, False
    while left := [each for each in asked if each not in answers]:
        try:
            got = _request(left, deadline)
            # Now and then arXiv finds nothing of what it has: that it knows none of several is asked twice.
            if was_empty or len(left) == 1 or any(isinstance(answer, Found) for answer in got.values()):
                answers |= got
            was_empty = True
        except _NoId as refused:
            if str(refused) not in left:
                raise ArxivError(f"arXiv refused the question because of “{refused}”.") from None
            answers[str(refused)] = Missing(f"arXiv says that “{refused}” is no id of its own: correct it.")
        except arxiv_turn.NotYetError as error:
            reason = trouble.reason if trouble else "The site has to pause before it asks arXiv again"
            raise ArxivError(f"{reason}. Try again in {_in_words(error.seconds)}.") from None
        except _Trouble as error:
            tries, trouble = tries + 1, error
            if not error.passing:
                raise ArxivError(f"{error.reason}. If it stays like that, tell who runs the site.") from None
            if tries == TRIES or time.monotonic() >= deadline:
                wait = f"in {_in_words(error.pause)}" if error.pause else "later"
                raise ArxivError(f"{error.reason}. Try again {wait}.") from None
    return {each: answers[each] for each in asked}


def _in_words(seconds: float) -> str:
    return f"{round(seconds)} seconds" if seconds < 100 else f"{round(seconds / 60)} minutes"


def _request(ids: list[str], deadline: float) -> dict[str, Found | Missing]:
    """One request, in turn. Raises _Trouble, _NoId, NotYetError."""
    line = _Line(deadline)
    client = package.Client(page_size=len(ids), delay_seconds=0, num_retries=0)
    client.query_url_format = settings.ARXIV_API_URL + "?{}"
    client._session = line
    search = package.Search(id_list=ids, max_results=len(ids))
    results: list[package.Result] = []
    try:
        results.extend(client.results(search))
    except package.UnexpectedEmptyPageError:
        pass  # the feed counted more papers than it holds; `extend` kept those
    except package.HTTPError as error:
        raise _refusal(error.status, line.answer) from None
    except (ValueError, TypeError, AttributeError):  # a date that is none, say
        raise _Trouble("arXiv's answer is broken: an entry cannot be read") from None
    return _by_id(ids, results)


def _by_id(ids: list[str], results: list[package.Result]) -> dict[str, Found | Missing]:
    answers: dict[str, Found | Missing] = {}
    strangers = []
    for result in results:
        identifier = arxiv.arxiv_id(result.entry_id)
        if identifier in ids:
            answers[identifier] = _found(result)
        else:
            strangers.append(identifier or result.entry_id)
    for each in ids:
        if each not in answers and strangers:
            answers[each] = Missing(f"arXiv answered for another paper ({strangers[0]}): check the id.")
        elif each not in answers:
            answers[each] = Missing(f"arXiv knows no paper {each}: check the id.")
    return answers


def _found(result: package.Result) -> Found | Missing:
    title = _fold(result.title)
    if not title:
        return Missing("arXiv's answer has no title for it: try again later.")
    names = (_fold(author.name) for author in result.authors)
    registered = (arxiv.doi(word) for word in (result.doi or "").split())
    return Found(
        title=title,
        authors=tuple(name for name in names if name),
        # A paragraph begins with a line that is set in.
        abstract="\n\n".join(
            filter(None, map(_fold, re.split(r"\n(?:[ \t]{2,}|\s*\n)", result.summary.strip())))
        ),
        published_on=result.published.astimezone(UTC).date(),
        doi=next(filter(None, registered), ""),
    )


def _fold(text: str) -> str:
    return " ".join(text.split())


def _refusal(status: int, answer: _Answer) -> Exception:
    if status == 429:
        return _Trouble("arXiv has too many requests just now (HTTP 429)", pause=answer.retry_after)
    if status >= 500:
        return _Trouble(f"arXiv is out of order or too busy (HTTP {status})", pause=answer.retry_after)
    return _Trouble(f"arXiv refused the question (HTTP {status})", passing=False)


@dataclass(frozen=True)
class _Answer:
    """What the package looks at of an answer, and when to ask again."""

    status_code: int
    content: bytes
    retry_after: float | None = None


class _Line:
    """The connection as the package uses it: each request in turn, with an end, whole or not at all."""

    answer = _Answer(0, b"")

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline

    def get(self, url: str, headers: dict[str, str]) -> _Answer:
        if self.answer.status_code:
            return _Answer(200, b"")  # no second page: all that was asked for fits on the first
        holder = arxiv_turn.take(self.deadline, loan=_REQUEST + settings.ARXIV_DELAY)
        pause = 0.0
        try:
            seconds = min(_REQUEST, self.deadline - time.monotonic())
            self.answer = _in_time(url, headers, seconds)
            pause = self.answer.retry_after or 0
        finally:
            arxiv_turn.give_back(holder, pause)
        if self.answer.status_code in (200, 400):
            _check(self.answer)
        return self.answer


def _check(answer: _Answer) -> None:
    """Raises _Trouble where it is no whole feed, _NoId where arXiv cannot read an id: it names that in an entry."""
    try:
        feed = ElementTree.fromstring(answer.content)  # noqa: S314  (expat bounds expansion, and loads nothing)
    except ElementTree.ParseError:
        if answer.status_code == 400:
            return
        what = "is no feed of papers" if b"<html" in answer.content[:2000].lower() else "is broken or cut off"
        raise _Trouble(f"arXiv's answer {what}") from None
    if feed.tag != f"{_ATOM}feed":
        raise _Trouble("arXiv's answer is no feed of papers")
    for entry in feed.iter(f"{_ATOM}entry"):
        if "/api/errors" in (entry.findtext(f"{_ATOM}id") or ""):
            said = _fold(entry.findtext(f"{_ATOM}summary") or "")
            named = re.search(r"incorrect id format for (\S+)", said)
            if named:
                raise _NoId(named[1])
            raise _Trouble(
                f"arXiv refused the question: {said[:100] or 'it does not say why'}", passing=False
            )


def _in_time(url: str, headers: dict[str, str], seconds: float) -> _Answer:
    """The answer, within so many seconds, whatever hangs: the name server, the connection, a drop now and then.

    None of the time-outs of requests covers all of these, so the request runs in a thread that is left to itself.
    """
    came: SimpleQueue[_Answer | Exception] = SimpleQueue()
    until = time.monotonic() + seconds

    def work() -> None:
        try:
            came.put(_read(url, headers, until))
        except Exception as error:  # noqa: BLE001  (raised again below)
            came.put(error)

    threading.Thread(target=work, daemon=True).start()
    late = _Trouble("arXiv did not answer in time")
    try:
        answer = came.get(timeout=max(0.0, seconds))
    except Empty:
        raise late from None
    if isinstance(answer, requests.Timeout):
        raise late
    if isinstance(answer, (requests.RequestException, OSError)):
        raise _Trouble("arXiv could not be reached, or the connection broke")
    if isinstance(answer, Exception):
        raise answer
    return answer


def _read(url: str, headers: dict[str, str], until: float) -> _Answer:
    with requests.get(url, headers=headers, timeout=(_CONNECT, _READ), stream=True) as response:
        body = bytearray()
        for piece in response.iter_content(8192):
            body += piece
            if len(body) > _MOST_BYTES:
                raise _Trouble("arXiv's answer is far too long")
            if time.monotonic() > until:
                raise requests.Timeout
        return _Answer(response.status_code, bytes(body), _retry_after(response.headers.get("Retry-After")))


def _retry_after(value: Any) -> float | None:
    """Seconds to wait: Retry-After is a number of them or a date (RFC 9110, section 10.2.3)."""
    if not value:
        return None
    try:
        seconds = float(value) if value.strip().isdecimal() else _until(parsedate_to_datetime(value))
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 0.0), LONGEST_PAUSE)


def _until(moment: datetime) -> float:
    return (moment - datetime.now(UTC)).total_seconds()
