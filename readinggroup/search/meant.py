"""What somebody means who types nothing but an identifier, an address or the number of a session.

Only that is looked for then: no other spellings, and nothing that has but a part of it.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, ResolverMatch, resolve, reverse

from papers import arxiv
from papers.models import Paper
from readinggroup.search.words import MOST_WORDS, Query, Term, parse, plain
from sessions.models import Group, Material, Person, Session
from sessions.recordings import youtube

type Thing = Paper | Session | Person

# Pages that are no thing's own.
PAGES = {
    "home", "schedule", "map", "archive", "course", "sessions", "papers", "backlog", "people", "resources",
    "progress", "search",
}  # fmt: skip
# A link, with or without its scheme, and the path of a page on this site.
_ADDRESS = re.compile(
    r"(?:https?://|www\.)\S+|(?:[a-z0-9-]+\.)+[a-z]{2,}/\S*|/(?:archive|backlog|map|media|papers|people|progress|resources|schedule|sessions)/\S*",
    re.IGNORECASE,
)

# What stands around an address in a sentence, or in its source.
_AROUND = " <>()[]{}\"'“”‘’.,;:"


def reference(words: str) -> str:
    """The identifier of a paper or the address that is all that was typed, addresses with their scheme; else nothing."""
    for each in (
        words,
        words.strip(_AROUND),
    ):  # arXiv itself writes a class in brackets behind its identifiers
        if arxiv.arxiv_id(each) or arxiv.doi(each):
            return each
    words = words.strip(_AROUND)
    if not _ADDRESS.fullmatch(words):
        return ""
    return words if "://" in words or words.startswith("/") else f"https://{words}"


def query_of(words: str) -> Query:
    """What to look for: an address or identifier as a whole, or the beginning of it, whatever its scheme; of a video its id."""
    if not (pasted := reference(words)):
        return parse(words)
    video = youtube(pasted)
    whole = tuple(plain(video.id if video else pasted.rpartition("://")[2]).split()[:MOST_WORDS])
    return (
        Query(words, ((Term(whole, words, exactly=True, open_ended=not video),),)) if whole else Query(words)
    )


def session_number(words: str, group: Group) -> int | None:
    """The number of “week 9”, “session 9”, “#9” or “9”, where that is all that was typed."""
    names = "|".join({"session", re.escape(plain(group.session_word)) or "session"})
    found = re.fullmatch(rf"(?:(?:{names}) )?([0-9]{{1,5}})", plain(words))
    return int(found[1]) if found else None


def thing_at(words: str, request: HttpRequest, group: Group) -> Thing | None:
    """What has the identifier or address that was typed: a paper; what has its page there; the session of a material."""
    if not (pasted := reference(words)):
        return None
    if here := _here(pasted, request):
        return _of_page(here)
    public = Paper.objects.public()
    return public.at(pasted).first() or _session_of(pasted, group) or public.at(_end_of(pasted)).first()


def paper_among(words: str) -> Paper | None:
    """The paper whose identifier or address stands among other words, if there is no second one."""
    named = list(filter(None, map(reference, words.split())))
    return Paper.objects.public().at(named[0]).first() if len(named) == 1 else None


def page_at(words: str, request: HttpRequest) -> str:
    """The address of another page of this site that was typed, from its root on; else nothing."""
    pasted = reference(words)
    here = _here(pasted, request) if pasted else None
    if not here or here.url_name not in PAGES:
        return ""
    path, query = reverse(here.view_name, kwargs=here.kwargs), urlsplit(pasted).query
    return f"{path}?{query}" if query else path


def _end_of(address: str) -> str:
    """The arXiv identifier with which it ends, as on pages of others about a paper; else nothing."""
    end = address.rstrip("/").rpartition("/")[2]
    return end if arxiv.arxiv_id(end) else ""


def _here(address: str, request: HttpRequest) -> ResolverMatch | None:
    """The page of this site that has the address, if it is one of this site's."""
    try:
        link = urlsplit(address)
    except ValueError:
        return None
    if link.netloc not in {request.get_host(), urlsplit(settings.SITE_URL).netloc, ""}:
        return None
    for path in (link.path, f"{link.path}/"):
        try:
            return resolve(path)
        except Resolver404:
            continue
    return None


def _of_page(page: ResolverMatch) -> Thing | None:
    match page.url_name, page.kwargs:
        case "paper", {"slug": slug}:
            return Paper.objects.public().with_slug(slug).first()
        case "session", {"slug": slug}:
            return Session.objects.public().at(slug).first()
        case "session-number", {"number": number}:
            return Session.objects.public().numbered(number).first()
        case "person", {"slug": slug}:
            return Person.objects.public().with_slug(slug).first()
        case "file", {"name": name}:
            material = Material.objects.of_public_sessions().filter(file=name).first()
            return material.session if material else None
    return None


def _session_of(address: str, group: Group) -> Session | None:
    """The first session that left a material at this address; of videos every way to write it is the same."""
    video = youtube(address)
    # As the end of it is written, the whole address or a path beside the README.
    end = re.search(r"[^/]*/?$", address)
    part = {"href__contains": video.id} if video else {"href__endswith": end[0] if end else address}
    for material in Material.objects.of_public_sessions().filter(**part):
        url = material.link(group.source_url) or ""
        its = youtube(url)
        if url == address or (video and its and its.id == video.id):
            return material.session
    return None
