"""The words by which a README says what its headings, lists and links are."""

from __future__ import annotations

import re
from typing import Literal

from papers.kinds import VIDEO_HOSTS, on_host, path_of, resource_kind

MaterialKind = Literal["recording", "slides", "notebook", "other"]

# "Week 16 & 17: Flow Matching", "Session #3 - Title", "#4 Title", "Weeks 5–6".
SESSION = re.compile(
    r"^(?:(?P<word>[^\W\d_]+(?:[ -][^\W\d_]+)?)\s*\#?|\#)\s*(?P<number>\d{1,9})"
    r"(?:\s*(?:&amp;|&|,|\+|/|(?:and|to|through)\b)\s*(?:(?P=word)\s*)?\#?(?P<last>\d{1,9})(?!\d)"
    # A dash makes a range only before the title's colon or the end: "Week 3 - 2023 in review" is week 3.
    r"|\s*[-–—]\s*(?:(?P=word)\s*)?\#?(?P<dashed>\d{1,9})(?=\s*(?:[:.)|]|$)))?"
    r"(?:\s*[:.)|]\s*|\s+[-–—]\s*|\s+|$)(?P<title>.*)$",
    re.IGNORECASE | re.DOTALL,
)
BACKLOG = re.compile(
    r"\b(?:(?:papers?|list|topics?|readings?)\b.*\bto (?:be )?(?:cover|read|discuss|present|schedule)|to[- ]?read\b|"
    r"to[- ]?cover\b|backlog|reading list|wish ?list|paper (?:queue|suggestions|ideas)|"
    r"(?:suggested|proposed|candidate|future|upcoming|remaining) (?:papers|readings)|paper list|list of papers)",
    re.IGNORECASE,
)
READINGS = re.compile(
    r"^(?:the |suggested |required |main |optional )?(?:readings?|papers?|reading list|to read)\s*:?$",
    re.IGNORECASE,
)
MATERIALS = re.compile(
    r"^(?:materials?|session materials?|links|media|recordings?(?: and slides)?)\s*:?$", re.IGNORECASE
)
PRESENTERS = re.compile(
    r"^(?:presenters?|speakers?|presented by|led by|hosts?|hosted by|discussion leads?)\s*:?\s+(?P<names>.+)$",
    re.IGNORECASE | re.DOTALL,
)
SAME_AS = re.compile(
    r"^(?:the )?same (?:readings? )?as (?:in |for |the )?(?P<words>[^\d]*?)(?P<number>\d{1,6})?\s*\.?$",
    re.IGNORECASE,
)
PREVIOUS = re.compile(r"\b(?:previous|last|before)\b", re.IGNORECASE)
MATERIAL_IN_READINGS = re.compile(r"^(recording|slides|notebook)(?!\w)", re.IGNORECASE)
# In a session whose one list holds readings and materials alike.
MATERIAL_ANYWHERE = re.compile(r"^(recording|slides|notebook|video|youtube|deck)(?!\w)", re.IGNORECASE)
MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
DATE = re.compile(
    rf"\b\d{{4}}-\d\d-\d\d\b|\b\d{{1,2}}(?:st|nd|rd|th)?\.? (?:{MONTHS})[a-z]*\b|\b(?:{MONTHS})[a-z]*\.? \d{{1,2}}\b|"
    r"\b(?:TBD|TBA|to be (?:announced|determined))\b",
    re.IGNORECASE,
)
DATED_LINE = re.compile(r"^\W*(?:dates?|when|time)\b\W*:", re.IGNORECASE)
NUMBERED_LINE = re.compile(r"^(?P<open>~~)?\d{1,6}[.)]\s+(?P<rest>\S.*)$")

CHAT_HOSTS = (
    "discord.gg",
    "discord.com",
    "slack.com",
    "matrix.to",
    "t.me",
    "zulipchat.com",
    "gitter.im",
    "element.io",
)
MEETING_HOSTS = ("zoom.us", "meet.google.com", "teams.microsoft.com", "whereby.com", "meet.jit.si")


def is_playlist(url: str) -> bool:
    return on_host(url, ("youtube.com",)) and "/playlist" in path_of(url)


def material_kind(label: str, url: str) -> MaterialKind:
    """What a session left behind, by the label's first word, else by what the address says."""
    first = re.match(r"\W*(\w+)", label.lower())
    word = first[1] if first else ""
    if word in {"recording", "recordings", "video", "youtube"}:
        return "recording"
    if word in {"slides", "slide", "deck", "presentation"}:
        return "slides"
    if resource_kind(label, url) == "notebook":
        return "notebook"
    if on_host(url, VIDEO_HOSTS):
        return "recording"
    if path_of(url).endswith((".pdf", ".ppt", ".pptx", ".key", ".odp")) or on_host(url, ("docs.google.com",)):
        return "slides"
    return "other"
