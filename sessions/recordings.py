"""Recordings: where they can be played, and their chapters. Pure: no database, no request."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

# The player's address that sets no cookie before somebody plays (https://support.google.com/youtube/answer/171780).
PLAYER = "https://www.youtube-nocookie.com"
_HOSTS = {
    "youtube.com",
    "www.youtube.com",
    "m.youtube.com",
    "music.youtube.com",
    "youtube-nocookie.com",
    "www.youtube-nocookie.com",
}
_ID = re.compile(r"[A-Za-z0-9_-]{11}")
# What stands in the place of an id, and is as long as one, but names a playlist or whatever a channel sends now.
_NO_IDS = {"videoseries", "live_stream"}
_PATH = re.compile(r"/(?:live|embed|shorts|v|e)/([^/]+)/?")
_SECONDS = re.compile(r"(?:(\d{1,3})h)?(?:(\d{1,4})m)?(?:(\d{1,6})s?)?", re.ASCII)
LONGEST_CHAPTERS = 10_000  # characters
MOST_CHAPTERS = 200
_LONGEST_TITLE = 200
_CHAPTER = re.compile(r"[(\[]?(?:(\d{1,2}):)?(\d{1,3}):(\d{2})[)\]]?(?:\s+[-–—:|·]|\s*[-–—|·]|:)?\s+(\S.*)", re.ASCII)  # fmt: skip
HOW = "Write a time and a title, such as “12:34 The loss”"


@dataclass(frozen=True)
class YouTube:
    """A video on YouTube, and the second at which the link that led there starts it."""

    id: str
    start: int = 0

    def page(self, start: int | None = None) -> str:
        """Its page on YouTube, from that second on."""
        start = self.start if start is None else start
        return f"https://www.youtube.com/watch?{urlencode({'v': self.id} | ({'t': f'{start}s'} if start else {}))}"


def youtube(url: str) -> YouTube | None:
    """The video that an address of YouTube's leads to; None for other hosts, playlists, and what is no id."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").removesuffix(".")
        parts.port  # noqa: B018  (raises ValueError where it is none)
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or parts.username is not None:
        return None
    asked = parse_qs(parts.query, max_num_fields=50) if parts.query.count("&") < 50 else {}
    if host in {"youtu.be", "www.youtu.be"}:
        found = parts.path.strip("/")
    elif host not in _HOSTS:
        return None
    elif parts.path.rstrip("/") == "/watch":
        found = asked.get("v", [""])[0]
    else:
        matched = _PATH.fullmatch(parts.path)
        found = matched[1] if matched else ""
    if not _ID.fullmatch(found) or found in _NO_IDS:
        return None
    times = [*asked.get("t", ()), *asked.get("start", ()), *asked.get("time_continue", ())]
    times += (
        parse_qs(parts.fragment, max_num_fields=50).get("t", ()) if parts.fragment.count("&") < 50 else []
    )
    return YouTube(found, next((second for each in times if (second := _second(each))), 0))


def _second(text: str) -> int:
    """1h2m3s, 62m3s, 90s or 90, in seconds; 0 for anything else."""
    matched = _SECONDS.fullmatch(text.strip())
    hours, minutes, seconds = (int(part or 0) for part in matched.groups()) if matched else (0, 0, 0)
    return 3600 * hours + 60 * minutes + seconds


def at_second(url: str, second: int) -> str | None:
    """The same recording from that second on; None where nobody knows how its host is told."""
    if video := youtube(url):
        return video.page(second)
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    if host in {"vimeo.com", "player.vimeo.com"}:
        return parts._replace(fragment=f"t={second}s").geturl()
    if re.fullmatch(r"/(w|videos/watch)/[\w-]+", parts.path):  # PeerTube, on any host
        return parts._replace(query=urlencode({"start": f"{second}s"})).geturl()
    if is_a_file(url):  # https://www.w3.org/TR/media-frags/#naming-time
        return parts._replace(fragment=f"t={second}").geturl()
    return None


def is_a_file(url: str) -> bool:
    """Whether the address is that of a sound or film itself, which a browser plays by itself."""
    return (
        re.search(r"\.(mp4|m4v|webm|ogv|mov|mp3|m4a|ogg|opus|wav)$", urlsplit(url).path, re.IGNORECASE)
        is not None
    )


@dataclass(frozen=True)
class Chapter:
    second: int
    title: str

    @property
    def clock(self) -> str:
        """0:00, 12:34, 1:02:03: as players say it."""
        minutes, seconds = divmod(self.second, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"

    @property
    def duration(self) -> str:
        """The same for machines (https://html.spec.whatwg.org/#valid-duration-string)."""
        return f"PT{self.second}S"


class ChapterError(ValueError):
    """Names the line that is wrong, and says what to do."""


def read_chapters(text: str) -> list[Chapter]:
    """The chapters of a recording, one a line: 0:00 Welcome. Empty lines are skipped. Raises ChapterError."""
    chapters: list[Chapter] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        said = f"Line {number}, “{line.strip()[:60]}”"
        matched = _CHAPTER.fullmatch(line.strip())
        if matched is None:
            raise ChapterError(f"{said}: {HOW}.")
        hours, minutes, seconds = (int(part or 0) for part in matched.group(1, 2, 3))
        if seconds > 59 or (matched[1] and minutes > 59):
            raise ChapterError(f"{said}: no clock shows that. Minutes and seconds end at 59.")
        title = " ".join(matched[4].split())
        if len(title) > _LONGEST_TITLE:
            raise ChapterError(f"{said}: its title has more than {_LONGEST_TITLE} characters. Shorten it.")
        chapter = Chapter(3600 * hours + 60 * minutes + seconds, title)
        if chapters and chapter.second <= chapters[-1].second:
            raise ChapterError(
                f"{said}: it does not come after {chapters[-1].clock}. Put the lines in order."
            )
        if len(chapters) == MOST_CHAPTERS:
            raise ChapterError(f"{said}: a recording can have {MOST_CHAPTERS} chapters. Leave some out.")
        chapters.append(chapter)
    return chapters
