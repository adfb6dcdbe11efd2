"""A document as the README that people know: what `read_markdown` understands, it writes."""

from __future__ import annotations

from collections.abc import Iterator

from papers import arxiv
from readinggroup.interchange.document import (
    GroupDocument,
    MaterialPart,
    PaperPart,
    ReadingPart,
    ResourcePart,
    SessionPart,
    find_paper,
    paper_index,
)


def write_markdown(document: GroupDocument) -> str:
    """The README: introduction, sessions with readings and materials, the list of papers to cover, read ones struck."""
    return _Writer(document).text()


def left_out(document: GroupDocument) -> list[str]:
    """What a document holds that a README has no words for."""
    sessions = document.sessions
    said = {
        "dates and durations": any(
            session.starts_at or session.duration or session.date_to_come for session in sessions
        ),
        "that nothing more will come of a session": any(session.nothing_more for session in sessions),
        "drafts (left out)": any(session.state == "draft" for session in sessions),
        "that a session was cancelled": any(session.state == "cancelled" for session in sessions),
        "meeting rooms": bool(document.group.join_url) or any(session.join_url for session in sessions),
        "uploaded files (left out)": any(
            material.file for session in sessions for material in session.materials
        ),
        "chapters of recordings": any(
            material.chapters for session in sessions for material in session.materials
        ),
        "authors, abstracts, dates and DOIs of papers": any(
            paper.authors or paper.abstract or paper.published_on or paper.doi for paper in document.papers
        ),
        "that a paper was dropped or reopened": any(
            entry.override in {"dropped", "to_cover"} for entry in document.backlog
        ),
        "people's other names and home pages": any(
            person.url or person.other_names for person in document.people
        ),
    }
    return [what for what, holds in said.items() if holds]


class _Writer:
    def __init__(self, document: GroupDocument) -> None:
        self.document = document
        self.papers = paper_index(document.papers)
        self.resources = {resource.url: resource for resource in document.resources}
        self.word = document.group.session_word

    def text(self) -> str:
        group = self.document.group
        parts = [f"# {group.name}"]
        if group.introduction:
            parts.append(group.introduction)
        parts += [self._session(session) for session in self.document.sessions if session.state != "draft"]
        if self.document.backlog:
            parts.append("\n".join(["## List of papers to cover:", *self._backlog()]))
        return "\n\n".join(parts) + "\n"

    def _numbers(self, session: SessionPart) -> str:
        return (
            f"{session.number} & {session.last_number}"
            if session.last_number == session.number + 1
            else (f"{session.number}-{session.last_number}" if session.last_number else str(session.number))
        )

    def _session(self, session: SessionPart) -> str:
        numbers = self._numbers(session)
        heading = f"#{numbers}" if self.word == "#" else f"{self.word} {numbers}"
        lines = [f"## {heading}: {session.title}"]
        if session.presenters:
            lines.append(f"* Presenters: {', '.join(session.presenters)}")
        lines.append("* Readings:")
        lines += [f"{'  ' * (reading.indent + 1)}* {self._reading(reading)}" for reading in session.readings]
        lines += [f"* {self._material(material)}" for material in session.materials if material.href]
        if session.summary:
            lines += ["", session.summary]
        return "\n".join(lines)

    def _reading(self, reading: ReadingPart) -> str:
        label, url = reading.label, None
        if reading.paper is not None:
            paper = find_paper(self.papers, reading.paper)
            label, url = label or (paper.title if paper else reading.paper), _address(paper)
        elif reading.resource is not None:
            resource: ResourcePart = self.resources[reading.resource]
            label, url = label or resource.title, resource.url
        elif reading.same_as is not None:
            label = label or f"Same as {self.word} {reading.same_as}"
        line = f"[{label}]({_destination(url)})" if url else label
        return line + _said(reading.presenters, reading.note)

    def _material(self, material: MaterialPart) -> str:
        label = material.label or material.kind.capitalize()
        return f"[{label}]({_destination(material.href)}){_said(material.presenters, '')}"

    def _backlog(self) -> Iterator[str]:
        read = {reading.paper for session in self.document.sessions for reading in session.readings}
        for number, entry in enumerate(self.document.backlog, 1):
            paper = find_paper(self.papers, entry.paper)
            label = entry.label or (paper.title if paper else entry.paper)
            # A paper that a session reads has its address there already.
            url = _address(paper) if entry.paper not in read else None
            line = f"[{label}]({_destination(url)})" if url else label
            struck = entry.override == "covered" or (entry.override is None and entry.paper in read)
            yield f"{number}. ~~{line}~~" if struck else f"{number}. {line}"


def _address(paper: PaperPart | None) -> str | None:
    if paper is None:
        return None
    return arxiv.abs_url(paper.arxiv_id) if paper.arxiv_id else paper.url or None


def _destination(url: str) -> str:
    """An address as CommonMark takes it: in angles where it holds a space or brackets that do not match."""
    return f"<{url}>" if " " in url or url.count("(") != url.count(")") else url


def _said(presenters: list[str], note: str) -> str:
    """What stands behind the link: "(walk-thru by Jeremy Howard)"."""
    if presenters and note.casefold() in {
        "walk-thru",
        "walkthrough",
        "walk-through",
        "talk",
        "discussion",
        "demo",
        "tutorial",
    }:
        return f" ({note} by {', '.join(presenters)})"
    words = [*([note] if note else []), *([f"presented by {', '.join(presenters)}"] if presenters else [])]
    return f" ({', '.join(words)})" if words else ""
