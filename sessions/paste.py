"""What somebody pasted as one line of a reading list: pure, so that it says what is meant, not whether it is there."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from papers import arxiv
from papers.kinds import CODE_HOSTS, NOTEBOOK_HOSTS, VIDEO_HOSTS, on_host

LONGEST, LONGEST_ADDRESS = 500, 2000  # characters
_LINK = re.compile(r"\[(?P<label>[^\[\]]+)\]\((?P<href>[^\s()]+(?:\([^\s()]*\)[^\s()]*)*)\)")
_BULLET = re.compile(r"^(?:[-*•]|\d{1,3}[.)])\s+")
_SAME_AS = re.compile(
    r"(?:the )?same (?:readings? )?as (?:in |for |the )?[^\d:]{0,40}?#?(?P<number>\d{1,9})(?:\s*(?:&|-|–)\s*\d{1,9})?\.?(?::.*)?",
    re.IGNORECASE,
)
# “Data: a history” is a title; “data:text/html,…” is an address of the kind that nobody may link to.
_SCHEME = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://|(?:javascript|vbscript)\s*:|(?:data|file|mailto|blob|about):(?=\S))",
    re.IGNORECASE,
)
# Without a scheme only what ends like most hosts: “Node.js/Deno” is none.
_BARE_HOST = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:com|org|net|edu|gov|io|ai|dev|app|info)(?::\d{1,5})?/\S*",
    re.IGNORECASE,
)
_LIKE_ARXIV = re.compile(r"arxiv:.*|\d{4}\.\d{4,5}(?:v\d+)?", re.IGNORECASE)
# Words, then one link: how people copy a title with where it is.
_LABELLED = re.compile(r"(?P<label>\S.*?)[\s(<]+(?P<href>https?://[^\s()<>]+)[)>]?", re.IGNORECASE)
_IS_URL = URLValidator(schemes=["http", "https"])


class NotReadableError(ValueError):
    """What was pasted can be no reading; the message says why and what to do."""


@dataclass(frozen=True)
class Pasted:
    """What a line means: an identifier, an address, a session by number or slug, a paper's slug, or words."""

    kind: Literal["arxiv", "doi", "url", "number", "session", "paper", "words"]
    value: str
    label: str = ""  # what a Markdown link was called


def read_line(text: str, own_hosts: Collection[str] = ()) -> Pasted:
    """What one line means. `own_hosts` are this site's own, whose pages are sessions and papers.

    Raises NotReadableError.
    """
    text = _BULLET.sub("", " ".join(text.split())).strip()
    if len(text) > LONGEST:
        raise NotReadableError(
            f"This has {len(text):,} characters; a line has at most {LONGEST}. Shorten it."
        )
    if not text:
        raise NotReadableError("Paste a link, an arXiv id or a DOI, or write what to read.")
    if link := _LINK.fullmatch(text):
        meant = read_line(link["href"], own_hosts)
        if meant.kind == "words":
            raise NotReadableError(
                f"“{link['href'][:80]}” is no address. Paste one that starts with https://."
            )
        return Pasted(meant.kind, meant.value, link["label"].strip())
    text = text.removeprefix("<").removesuffix(">") if re.fullmatch(r"<\S+>", text) else text
    if identifier := arxiv.arxiv_id(text):
        return Pasted("arxiv", identifier)
    if _LIKE_ARXIV.fullmatch(text):
        raise NotReadableError(f"“{text[:80]}” is no arXiv id. One looks like 2006.11239 or hep-th/9901001.")
    if doi := arxiv.doi(text):
        if len(doi) > 200:
            raise NotReadableError("This DOI has more than 200 characters. Check it.")
        return Pasted("doi", doi)
    if same := _SAME_AS.fullmatch(text):
        return Pasted("number", same["number"])
    if (labelled := _LABELLED.fullmatch(text)) and "://" not in labelled["label"]:
        meant = read_line(labelled["href"], own_hosts)
        return Pasted(meant.kind, meant.value, labelled["label"].strip(" -–—:"))
    if _looks_like_an_address(text):
        return _address(text, own_hosts)
    return Pasted("words", text)


def lines_of(text: str) -> list[str]:
    """The lines that somebody pasted; several addresses on one line are one each."""
    found: list[str] = []
    for line in text.splitlines():
        words = re.split(r"[\s,;]+", line.strip())
        several = len(words) > 1 and all(re.match(r"https?://", word, re.IGNORECASE) for word in words)
        found += words if several else [line]
    return [line for line in found if line.strip()]


def read_address(text: str) -> str:
    """The web address in a field for one; a bare host gets its https://. Raises NotReadableError."""
    text = text.strip()
    if len(text) > LONGEST_ADDRESS:
        raise NotReadableError(
            f"This has {len(text):,} characters; an address has at most {LONGEST_ADDRESS:,}. Shorten it."
        )
    if "." not in text and not _SCHEME.match(text):
        raise NotReadableError(f"“{text[:80]}” is no address. Paste one that starts with https://.")
    return _address(text, ()).value


def _looks_like_an_address(text: str) -> bool:
    known = on_host(f"https://{text}", CODE_HOSTS + NOTEBOOK_HOSTS + VIDEO_HOSTS)
    is_bare = _BARE_HOST.fullmatch(text) or (known and "/" in text and " " not in text)
    return bool(_SCHEME.match(text) or text.lower().startswith("www.") or is_bare)


def _address(text: str, own_hosts: Collection[str]) -> Pasted:
    if not _SCHEME.match(text):
        text = f"https://{text}"
    if " " in text:
        raise NotReadableError("An address has no spaces. Paste one thing on a line.")
    if not re.match(r"https?://", text, re.IGNORECASE):
        raise NotReadableError(f"“{text[:80]}” cannot be a link. Paste an address that starts with https://.")
    try:
        _IS_URL(text)
        parts = urlsplit(text)
    except (ValidationError, ValueError):
        raise NotReadableError(f"“{text[:80]}” is no address. Check it.") from None
    if parts.username is not None:
        raise NotReadableError("This address holds a user's name. Paste it without.")
    if on_host(text, ("arxiv.org",)) and re.match(r"/(?:abs|pdf)/", parts.path):
        raise NotReadableError("This link has no arXiv id. One looks like https://arxiv.org/abs/2006.11239.")
    if parts.netloc.lower() in own_hosts:
        page = re.fullmatch(r"/(sessions|papers)/([\w-]+)/?", parts.path)
        if page is None:
            raise NotReadableError("This is a page of this site, but neither a session's nor a paper's.")
        if page[1] == "papers":
            return Pasted("paper", page[2])
        return Pasted("number" if page[2].isdecimal() else "session", page[2])
    return Pasted("url", text)
