"""The kinds of values in a document, each in one canonical form, and what is wrong with one that has none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    FailFast,
    Field,
    StringConstraints,
    ValidationInfo,
)

from papers import arxiv
from papers.links import safe_url
from papers.models import DOI, LONGEST_TEXT
from papers.titles import title_key
from sessions.dates import EARLIEST, LATEST
from sessions.models.group import LONGEST_DURATION, zone_names
from sessions.models.people import name_key
from sessions.models.session import HIGHEST_NUMBER
from sessions.recordings import LONGEST_CHAPTERS, read_chapters

# C0 and C1 controls but tab and newline, lone surrogates, and the line separators that break one line in two:
# PostgreSQL refuses the first and third of these, and no title has a use for the others.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")

# The context in which to validate what is only remembered: it need not hold together, nor within today's limits.
MEMO = "memo"


def clean_text(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if found := CONTROL.search(text):
        raise ValueError(f"holds the control character U+{ord(found[0]):04X}; remove it")
    return text.strip()


def clean_line(text: str) -> str:
    text = clean_text(text)
    if "\n" in text:
        raise ValueError("has to be one line")
    return text


def not_too_long(text: str, info: ValidationInfo) -> str:
    if info.context != MEMO and len(text) > LONGEST_TEXT:
        raise ValueError(f"has {len(text):,} characters, and can have {LONGEST_TEXT:,}")
    return text


def authors_not_too_long(names: list[str], info: ValidationInfo) -> list[str]:
    """As the site keeps them: one name a line."""
    not_too_long("\n".join(names), info)
    return names


def of_a_session(most: int, what: str) -> BeforeValidator:
    """For a session's lines: refuses more than a session can have before any is looked at."""

    def check(lines: Any, info: ValidationInfo) -> Any:
        if info.context != MEMO and isinstance(lines, list) and len(lines) > most:
            raise ValueError(too_many_lines(len(lines), most, what))
        return lines

    return BeforeValidator(check)


def too_many_lines(count: int, most: int, what: str) -> str:
    return f"has {count:,} {what}; a session can have {most}, so spread them over several"


def web_address(text: str) -> str:
    if text and (not re.match(r"https?://[^\s/]", text, re.IGNORECASE) or safe_url(text) is None):
        raise ValueError("is not an address that starts with http:// or https://")
    return text


def href(text: str) -> str:
    if text and safe_url(text, base="https://relative.invalid/") is None:
        raise ValueError("cannot be a link; only http, https, mailto and relative addresses can")
    return text


def zone_of(text: str) -> str:
    if text not in zone_names():
        raise ValueError("is not an IANA time zone such as Europe/Berlin")
    return text


def arxiv_of(text: str) -> str:
    found = arxiv.arxiv_id(text)
    if text and not found:
        raise ValueError("is not an arXiv id such as 2006.11239")
    return found or ""


def doi_of(text: str) -> str:
    found = arxiv.doi(text) or ""
    if text and not re.fullmatch(DOI, found):
        raise ValueError("is not a DOI such as 10.1000/182")
    return found


def former_identifier(text: str) -> str:
    """ "arXiv:2006.11239", "doi:10.1000/182", or an address: what else leads to a paper. Raises ValueError."""
    if text.lower().startswith("arxiv:"):
        return f"arXiv:{arxiv_of(text)}"
    if text.lower().startswith("doi:"):
        return f"doi:{doi_of(text)}"
    return web_address(text)


def stored_file(text: str) -> str:
    if text and (not text.startswith("materials/") or ".." in text.split("/")):
        raise ValueError("has to name a file below materials/")
    return text


def chapters(text: str) -> str:
    """As written; ChapterError, a ValueError, names the line that is none."""
    read_chapters(text)
    return text


def within_1000_days(value: timedelta) -> timedelta:
    if not timedelta() < value <= LONGEST_DURATION:
        raise ValueError("has to be above zero, and 1000 days at most")
    return value


def within_reason(moment: datetime) -> datetime:
    if not EARLIEST <= moment <= LATEST:
        raise ValueError(f"has to be between {EARLIEST.year} and {LATEST.year}")
    return moment


def same_once(names: Iterable[str], key: Any) -> list[str]:
    """Without repetitions, in the order of their keys: lists whose order means nothing."""
    return [
        name for _, name in sorted({key(name): name for name in reversed(list(names)) if key(name)}.items())
    ]


def people_once(names: list[str]) -> list[str]:
    return same_once(names, name_key)


def titles_once(titles: list[str]) -> list[str]:
    return sorted({key for key in map(title_key, titles) if key})


Line = Annotated[str, AfterValidator(clean_line), StringConstraints(max_length=500)]
Author = Annotated[str, AfterValidator(clean_line), StringConstraints(min_length=1)]
Name = Annotated[str, AfterValidator(clean_line), StringConstraints(min_length=1, max_length=200)]
Title = Annotated[str, AfterValidator(clean_line), StringConstraints(min_length=1, max_length=500)]
SessionTitle = Annotated[str, AfterValidator(clean_line), StringConstraints(min_length=1, max_length=300)]
Authors = Annotated[list[Author], FailFast(), AfterValidator(authors_not_too_long)]
Prose = Annotated[
    str,
    AfterValidator(clean_text),
    AfterValidator(not_too_long),
    Field(json_schema_extra={"maxLength": LONGEST_TEXT}),
]
Chapters = Annotated[
    str, AfterValidator(clean_text), AfterValidator(chapters), StringConstraints(max_length=LONGEST_CHAPTERS)
]
Address = Annotated[
    str, AfterValidator(clean_line), AfterValidator(web_address), StringConstraints(max_length=500)
]
Href = Annotated[str, AfterValidator(clean_line), AfterValidator(href), StringConstraints(max_length=2000)]
Slug = Annotated[str, StringConstraints(pattern=r"^[-a-zA-Z0-9_]*$", max_length=120)]
# One of digits alone would be a session's number.
SessionSlug = Annotated[Slug, StringConstraints(pattern=r"^([0-9]*[-a-zA-Z_][-a-zA-Z0-9_]*)?$")]
Number = Annotated[int, Field(ge=0, le=HIGHEST_NUMBER)]
Moment = Annotated[AwareDatetime, AfterValidator(within_reason)]
Duration = Annotated[timedelta, AfterValidator(within_1000_days)]
People = Annotated[list[Name], FailFast(), AfterValidator(people_once)]
TimeZone = Annotated[str, AfterValidator(zone_of)]
SessionWord = Annotated[str, AfterValidator(clean_line), StringConstraints(min_length=1, max_length=30)]
ArxivId = Annotated[str, AfterValidator(arxiv_of)]
Doi = Annotated[str, AfterValidator(doi_of), StringConstraints(max_length=200)]
StoredFile = Annotated[
    str, AfterValidator(clean_line), AfterValidator(stored_file), StringConstraints(max_length=300)
]
Aliases = Annotated[
    list[
        Annotated[
            str,
            AfterValidator(clean_line),
            AfterValidator(former_identifier),
            StringConstraints(min_length=1, max_length=500),
        ]
    ],
    FailFast(),
    AfterValidator(lambda values: sorted(set(values))),
]
FormerSlugs = Annotated[
    list[Annotated[Slug, StringConstraints(min_length=1)]],
    FailFast(),
    AfterValidator(lambda slugs: sorted(set(slugs))),
]
TitleKeys = Annotated[list[Line], FailFast(), AfterValidator(titles_once)]
