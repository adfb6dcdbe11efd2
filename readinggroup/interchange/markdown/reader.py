"""A group's README, read: text in, document out. The contract is in docs/import.md."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from papers.kinds import resource_kind
from papers.links import safe_url
from readinggroup.interchange.document import (
    BacklogPart,
    GroupDocument,
    GroupPart,
    MaterialPart,
    PersonPart,
    ReadingPart,
    ResourcePart,
    SessionPart,
)
from readinggroup.interchange.errors import UnreadableError
from readinggroup.interchange.fields import CONTROL, too_many_lines
from readinggroup.interchange.limits import refuse_too_many_items
from readinggroup.interchange.markdown import words
from readinggroup.interchange.markdown.blocks import sections
from readinggroup.interchange.markdown.known_papers import KnownPapers
from readinggroup.interchange.markdown.lines import Line, one_line
from readinggroup.interchange.markdown.outline import Outline, SessionLines, fitting
from sessions.models.outline import MOST_MATERIALS, MOST_READINGS
from sessions.models.people import name_key

# What two links to one file are called in a warning.
PLURAL = {"slides": "slide decks", "recording": "recordings", "notebook": "notebooks", "other": "materials"}


def read_markdown(text: str) -> GroupDocument:
    """The document that a README says; `document.warnings` are what a person should look at.

    `text` is within the limits of `readinggroup.interchange.limits`. Raises UnreadableError, with the line, where
    the README contradicts itself or holds no session.
    """
    refuse_too_many_items(text)
    # Invisible leftovers of copy and paste, which no title has a use for and the database refuses.
    text = CONTROL.sub(" ", text)
    references: dict[str, Any] = {}
    try:
        return _Reader(Outline(sections(text, references), references)).document()
    except ValidationError as error:
        raise UnreadableError(error.errors()[0]["msg"].removeprefix("Value error, ")) from None


class _Reader:
    """Gives the lines of an outline their meaning: which are papers, resources, materials, people."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.warn = outline.warn
        self.papers = KnownPapers(self.warn)
        self.resources: dict[str, ResourcePart] = {}
        self.people: dict[str, PersonPart] = {}
        self.by_number = {number: found for found in outline.sessions for number in found.numbers}

    def document(self) -> GroupDocument:
        # First of all who the papers are: the titles of the backlog, then the arXiv links of the reading lists.
        for line in self.outline.backlog:
            self.papers.list_title(line)
        for found in self.outline.sessions:
            for line, _ in found.readings:
                self.papers.see(line)
        sessions = [self._session(found) for found in self.outline.sessions]
        backlog = self._backlog(sessions)
        document = GroupDocument(
            group=GroupPart(**self.outline.group),
            sessions=sessions,
            papers=self.papers.parts(),
            resources=list(self.resources.values()),
            people=list(self.people.values()),
            backlog=backlog,
        )
        return document.warned(sorted(self.outline.warnings))

    # --- Sessions ------------------------------------------------------------------------------------------

    def _session(self, found: SessionLines) -> SessionPart:
        _refuse_too_many(found)
        for line in found.presented:
            self._meet(line)
        self._warn_of_dates(found)
        readings = [self._reading(line, indent, found) for line, indent in found.readings]
        self._own_resources(readings)
        first = next((one_line(line.label) for line, _ in found.readings), "")
        title = found.title or first or f"Session {found.number}"
        return SessionPart(
            number=found.number,
            last_number=found.last_number,
            title=fitting(title, 300, found.heading.line, "session's title"),
            summary=fitting("\n\n".join(found.summary), 20_000, found.heading.line, "session's text"),
            presenters=[name for line in found.presented for name in line.presenters],
            readings=readings,
            materials=self._materials(found),
        ).at(found.heading.line)

    def _warn_of_dates(self, found: SessionLines) -> None:
        """A session without a date counts as held, which one that is announced with a date was not."""
        text = [
            found.title,
            *(line for part in found.summary for line in part.split("\n") if words.DATED_LINE.match(line)),
        ]
        if any(words.DATE.search(line) for line in text):
            self.warn(
                found.heading.line,
                "looks like a date; a README sets none, so the session counts as held: give it its date on the site",
            )

    def _reading(self, line: Line, indent: int, found: SessionLines) -> ReadingPart:
        self._meet(line)
        said: dict[str, Any] = {"indent": indent, "presenters": line.presenters, "note": line.note}
        if paper := self.papers.of(line):
            return ReadingPart(paper=paper.ref, label=_unless(line.label, paper.title), **said).at(line.line)
        if line.is_link:
            if resource := self._resource(line):
                label = _unless(line.label, resource.title)
                return ReadingPart(resource=resource.url, label=label, **said).at(line.line)
            self.warn(
                line.line, f"“{line.href[:80]}” is no web address; kept “{line.label[:80]}” without the link"
            )
        return ReadingPart(label=line.label, same_as=self._same_as(line, found), **said).at(line.line)

    def _resource(self, line: Line) -> ResourcePart | None:
        """The resource at the line's address, made where nobody linked it before."""
        url = safe_url(line.href)
        if not url or not url.lower().startswith("http"):
            return None
        if url not in self.resources:
            self.resources[url] = ResourcePart(
                title=line.label,
                url=fitting(url, 500, line.line, "address"),
                kind=resource_kind(line.label, url),
                papers=[],
            ).at(line.line)
        return self.resources[url]

    def _same_as(self, line: Line, found: SessionLines) -> int | None:
        """The session whose readings a line such as “Same as Week 13” repeats."""
        match = None if line.is_link else words.SAME_AS.match(line.label)
        if not match or not (match["number"] or words.PREVIOUS.search(match["words"])):
            return None
        if match["number"]:
            number = int(match["number"])
        else:
            number = max((number for number in self.by_number if number < found.number), default=-1)
        other = self.by_number.get(number)
        if other is not None and other is not found:
            return other.number
        self.warn(
            line.line, f"there is no other session {number if number >= 0 else 'before'}; kept as words"
        )
        return None

    def _own_resources(self, readings: Iterable[ReadingPart]) -> None:
        """A codebase nested under a paper belongs to that paper for good."""
        paper: str | None = None
        for reading in readings:
            if reading.indent == 0:
                paper = reading.paper
            elif reading.resource and paper:
                resource = self.resources[reading.resource]
                resource.papers = sorted({*resource.papers, paper})

    def _materials(self, found: SessionLines) -> list[MaterialPart]:
        parts: list[MaterialPart] = []
        first: dict[str, MaterialPart] = {}
        for line in found.materials:
            self._meet(line)
            href = line.href.strip()
            if safe_url(href, base="https://relative.invalid/") is None:
                self.warn(line.line, f"“{href[:80]}” cannot be a link; “{line.label[:80]}” is left out")
                continue
            kind = words.material_kind(line.label, href)
            label = f"{line.label} ({line.note})" if line.note else line.label
            part = MaterialPart(
                kind=kind,
                label=_unless(fitting(label, 500, line.line, "line's title"), kind.capitalize()),
                href=href,
                presenters=line.presenters,
            ).at(line.line)
            if (other := first.setdefault(href, part)) is not part:
                if kind == other.kind == "recording":
                    self.warn(
                        line.line, f"the recording of line {other.line} again; left out the second time"
                    )
                    continue
                self.warn(
                    other.line or 1,
                    f"two different {PLURAL[kind]} link to the same file, here and in line {line.line}; "
                    "imported both, check the second",
                )
            parts.append(part)
        return parts

    def _meet(self, line: Line) -> None:
        """Note who a line names, and where their name links to."""
        for name in line.presenters:
            person = self.people.setdefault(name_key(name), PersonPart(name=name).at(line.line))
            home = line.homes.get(name, "")
            if not person.url and home.startswith("http") and safe_url(home) and len(home) <= 500:
                person.url = home

    # --- The backlog ---------------------------------------------------------------------------------------

    def _backlog(self, sessions: list[SessionPart]) -> list[BacklogPart]:
        """The list, with an override only where a struck line says what the sessions do not."""
        read = {reading.paper for session in sessions for reading in session.readings}
        parts: dict[str, BacklogPart] = {}
        for line in self.outline.backlog:
            paper = self.papers.of(line)
            if paper is None:
                self.warn(line.line, f"“{line.label[:80]}” is no title; left out")
            elif paper.ref in parts:
                self.warn(line.line, f"“{line.label[:80]}” is on the list already; left out the second time")
            else:
                parts[paper.ref] = BacklogPart(
                    paper=paper.ref,
                    label=line.label,
                    override="covered" if line.struck and paper.ref not in read else None,
                ).at(line.line)
        return list(parts.values())


def _refuse_too_many(found: SessionLines) -> None:
    """Raise UnreadableError, at the first line too many, where a session has more lines than it can have."""
    for lines, most, what in (
        ([line for line, _ in found.readings], MOST_READINGS, "readings"),
        (found.materials, MOST_MATERIALS, "materials"),
    ):
        if len(lines) > most:
            said = too_many_lines(len(lines), most, what)
            raise UnreadableError(f"session {found.number} {said}", lines[most].line)


def _unless(label: str, title: str) -> str:
    """The label, where it is not what the line would say without one."""
    return "" if label == title else label
