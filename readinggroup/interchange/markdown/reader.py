"""A group's README, read: text in, document out. The contract is in docs/import.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import ValidationError

from papers import arxiv
from papers.links import safe_url
from papers.titles import title_key
from readinggroup.interchange.document import (
    BacklogPart,
    GroupDocument,
    GroupPart,
    MaterialPart,
    PaperPart,
    PersonPart,
    ReadingPart,
    ResourcePart,
    SessionPart,
)
from readinggroup.interchange.errors import Notice, UnreadableError
from readinggroup.interchange.markdown import words
from readinggroup.interchange.markdown.blocks import Block, Item, Section, sections
from readinggroup.interchange.markdown.lines import Line, bare, one_line, understand
from readinggroup.interchange.markdown.links import Link, links
from sessions.models.people import name_key
from sessions.models.session import HIGHEST_NUMBER


def read_markdown(text: str) -> GroupDocument:
    """The document that a README says; `document.warnings` are what a person should look at.

    `text` is within the limits of `readinggroup.interchange.limits`. Raises UnreadableError, with the line, where
    the README contradicts itself or holds no session.
    """
    references: dict[str, Any] = {}
    return _Reader(sections(text, references), references).read()


@dataclass
class _Found:
    """A session while it is being read."""

    heading: Section
    number: int
    last_number: int | None
    title: str
    blocks: list[Block] = field(default_factory=list)
    readings: list[tuple[Line, int]] = field(default_factory=list)  # with the indent
    materials: list[Line] = field(default_factory=list)
    presenters: list[str] = field(default_factory=list)
    summary: list[str] = field(default_factory=list)


class _Reader:
    """Reads in passes: which headings are what; then the lines; then what each line's words and links mean."""

    def __init__(self, all_sections: list[Section], references: dict[str, Any]) -> None:
        self.sections = all_sections
        self.references = references
        self.warnings: list[Notice] = []
        self.group: dict[str, Any] = {}
        self.sessions: list[_Found] = []
        self.backlog: list[Line] = []
        self.papers = _Papers(self.warn)
        self.resources: dict[str, ResourcePart] = {}
        self.people: dict[str, PersonPart] = {}

    def warn(self, line: int, text: str) -> None:
        self.warnings.append(Notice(line, text))

    def read(self) -> GroupDocument:
        self._sort_sections()
        if not self.sessions:
            raise UnreadableError(
                "holds no session; a session is a heading with a number, such as “## Week 3: Title”"
            )
        for found in self.sessions:
            self._read_lines(found)
        self._name_papers()
        sessions = [self._session(found) for found in self.sessions]
        backlog = self._backlog(sessions)
        try:
            document = GroupDocument(
                group=GroupPart(**self.group),
                sessions=sessions,
                papers=self.papers.parts(),
                resources=list(self.resources.values()),
                people=list(self.people.values()),
                backlog=backlog,
            )
        except ValidationError as error:
            raise UnreadableError(error.errors()[0]["msg"].removeprefix("Value error, ")) from None
        return document.warned(sorted(self.warnings))

    # --- Which heading is what -----------------------------------------------------------------------------

    def _sort_sections(self) -> None:
        """Tell the introduction, the sessions and the backlog from what is none of these."""
        numbered = self._numbered_headings()
        introduction: list[Section] = []
        level = 0  # of the session or backlog that deeper headings belong to
        current: _Found | None = None
        in_backlog = False
        for section in self.sections:
            if id(section) in numbered:
                current, in_backlog, level = numbered[id(section)], False, section.level
                current.blocks = list(section.blocks)
                self.sessions.append(current)
            elif section.level > 1 and words.BACKLOG.search(bare(section.heading)):
                current, in_backlog, level = None, True, section.level
                self._read_backlog(section)
            elif section.level > level and in_backlog:
                self._read_backlog(section)
            elif section.level > level and current:
                current.blocks.append(
                    Block(section.line, f"{'#' * section.level} {section.heading}", "heading")
                )
                current.blocks.extend(section.blocks)
            elif not self.sessions and not in_backlog:
                introduction.append(section)
            elif section.blocks:
                self.warn(
                    section.line,
                    f"“{one_line(section.heading)}” is neither a session nor the list of papers; left out",
                )
        self._read_introduction(introduction)
        self._refuse_doubles()

    def _numbered_headings(self) -> dict[int, _Found]:
        """The headings that are sessions: those with the word before a number that most headings have."""
        matches = [
            (section, words.SESSION.match(self._plain(section.heading)))
            for section in self.sections
            if section.level
        ]
        said = Counter(
            match["word"].casefold().removesuffix("s") if match["word"] else "#"
            for _, match in matches
            if match
        )
        if not said:
            return {}
        word = max(said, key=lambda each: said[each])
        found: dict[int, _Found] = {}
        for section, match in matches:
            written = (match["word"] or "#") if match else ""
            if match and written.casefold().removesuffix("s") == word:
                self.group.setdefault(
                    "session_word", written if written.casefold() == word else written.removesuffix("s")
                )
                found[id(section)] = self._numbered(section, match)
        return found

    def _numbered(self, section: Section, match: Any) -> _Found:
        number, last = int(match["number"]), match["last"] or match["dashed"]
        last_number = int(last) if last else None
        if max(number, last_number or 0) > HIGHEST_NUMBER:
            raise UnreadableError(f"a session's number can be {HIGHEST_NUMBER} at most", section.line)
        if last_number is not None and last_number <= number:
            raise UnreadableError(
                f"the session's numbers go backwards: {number} to {last_number}", section.line
            )
        if last_number is not None and match["last"] and last_number > number + 1:
            self.warn(section.line, f"read as all sessions from {number} to {last_number}")
        return _Found(section, number, last_number, bare(one_line(match["title"])))

    def _plain(self, heading: str) -> str:
        """A heading without the emphasis or the link around parts of it."""
        for link in reversed(links(heading, self.references)):
            heading = heading[: link.start] + link.label + heading[link.end :]
        return bare(one_line(heading)).replace("**", "")

    def _refuse_doubles(self) -> None:
        at: dict[int, int] = {}
        for found in self.sessions:
            for number in range(found.number, (found.last_number or found.number) + 1):
                if number in at:
                    raise UnreadableError(
                        f"session {number} stands here again, first in line {at[number]}; give one of them another number",
                        found.heading.line,
                    )
                at[number] = found.heading.line

    # --- The introduction ----------------------------------------------------------------------------------

    def _read_introduction(self, introduction: list[Section]) -> None:
        named = False
        kept: list[str] = []
        for section in introduction:
            blocks = [block.source for block in _without_contents(section.blocks, self.references)]
            if section.level and not named:
                self.group["name"], named = (
                    self._fitting(self._plain(section.heading), 200, section.line, "group's name"),
                    True,
                )
            elif section.level and blocks:
                kept.append(f"{'#' * section.level} {section.heading}")
            kept.extend(blocks)
        text = "\n\n".join(kept)
        self.group["introduction"] = self._fitting(text, 20_000, 1, "introduction")
        addresses = [link.href for link in links(text[:10_000], self.references) if safe_url(link.href)]
        self.group["chat_url"] = next((url for url in addresses if words.on_host(url, words.CHAT_HOSTS)), "")
        self.group["playlist_url"] = next((url for url in addresses if words.is_playlist(url)), "")
        if room := next((url for url in addresses if words.on_host(url, words.MEETING_HOSTS)), ""):
            self.group["join_url"] = room

    def _fitting(self, text: str, most: int, line: int, what: str) -> str:
        if len(text) > most:
            raise UnreadableError(f"the {what} has more than {most:,} characters; shorten it", line)
        return text

    # --- The lines of a session ----------------------------------------------------------------------------

    def _read_lines(self, found: _Found) -> None:
        """Sort a session's lines into readings, materials, presenters, and the rest: its summary."""
        has_list = any(
            words.READINGS.match(_words(text))
            for block in found.blocks
            for text in ([item.text for item in block.items] if block.items else [block.source])
        )
        mode: Literal["readings", "materials", "any"] = "materials" if has_list else "any"
        for block in found.blocks:
            title = _words(block.source)
            if block.kind == "heading" or (
                block.kind == "paragraph" and not links(block.source[:10_000], self.references)
            ):
                if words.READINGS.match(title):
                    mode = "readings"
                    continue
                if words.MATERIALS.match(title):
                    mode = "materials"
                    continue
                if said := words.PRESENTERS.match(title):
                    found.presenters += _names(said["names"])
                    continue
            if block.kind == "list":
                for item in block.items:
                    self._read_item(found, item, mode)
            elif not _is_comment(block):
                found.summary.append(block.source)

    def _read_item(self, found: _Found, item: Item, mode: Literal["readings", "materials", "any"]) -> None:
        title = _words(item.text)
        if words.READINGS.match(title):
            self._read_list(found, item.children)
        elif words.MATERIALS.match(title) and item.children:
            for child in item.children:
                self._read_item(found, child, "materials")
        elif (said := words.PRESENTERS.match(title)) and not item.children:
            line = understand(Item(item.line, "presented by " + said["names"]), self.references)
            found.presenters += line.presenters or _names(line.label.removeprefix("presented by "))
            self._meet(line)
        elif mode != "materials":
            self._read_list(found, [item])
        else:
            line = understand(item, self.references)
            if line.is_link:
                self._add_material(found, line)
                for child in item.children:
                    self._read_item(found, child, "materials")
            else:
                found.summary.extend(_as_list([item]))

    def _read_list(self, found: _Found, items: list[Item]) -> None:
        for item, indent in _flat(items):
            if indent > 1:
                self.warn(
                    item.line, "lists of readings have two levels here; this line was moved up to the second"
                )
            line = understand(item, self.references)
            if line.is_link and words.MATERIAL_IN_READINGS.match(line.label):
                self._add_material(found, line)
            else:
                found.readings.append((line, min(indent, 1)))
                for link in line.more:
                    label = one_line(link.label) or link.href
                    further = Line(item.line, label, bare(label), link.href)
                    found.readings.append((further, 1))

    def _add_material(self, found: _Found, line: Line) -> None:
        found.materials.append(line)
        for link in line.more:
            label = one_line(link.label) or link.href
            found.materials.append(Line(line.line, label, bare(label), link.href))

    # --- The backlog ---------------------------------------------------------------------------------------

    def _read_backlog(self, section: Section) -> None:
        for block in section.blocks:
            if block.kind == "list":
                for item, _ in _flat(block.items):
                    self._read_backlog_item(item)
            elif block.kind == "paragraph" and all(map(words.NUMBERED_LINE.match, block.source.split("\n"))):
                self._read_backlog_item(Item(block.line, block.source))
            elif not _is_comment(block):
                self.warn(block.line, "text in the list of papers that is no line of it; left out")

    def _read_backlog_item(self, item: Item) -> None:
        """One entry, or several: CommonMark takes a struck line such as “~~20. Title~~” for a part of item 19."""
        texts: list[tuple[int, str]] = []
        for offset, text in enumerate(item.text.split("\n")):
            match = words.NUMBERED_LINE.match(text.strip())
            if match:
                texts.append((item.line + offset, (match["open"] or "") + match["rest"]))
            elif texts:
                texts[-1] = (texts[-1][0], f"{texts[-1][1]}\n{text}")
            else:
                texts.append((item.line + offset, text))
        for line, text in texts:
            if text.strip():
                self.backlog.append(understand(Item(line, text), self.references))

    # --- What the lines mean -------------------------------------------------------------------------------

    def _name_papers(self) -> None:
        """First of all who the papers are: the backlog's titles, then every arXiv link of a reading list."""
        for line in self.backlog:
            self.papers.list_title(line)
        for found in self.sessions:
            for line, _ in found.readings:
                self.papers.see(line)

    def _session(self, found: _Found) -> SessionPart:
        readings = [
            part
            for line, indent in found.readings
            if (part := self._reading(line, indent, found)) is not None
        ]
        self._own_resources(readings)
        materials = self._materials(found)
        title = (
            found.title
            or next((one_line(line.label) for line, _ in found.readings), "")
            or f"Session {found.number}"
        )
        return SessionPart(
            number=found.number,
            last_number=found.last_number,
            title=self._fitting(title, 300, found.heading.line, "session's title"),
            summary=self._fitting("\n\n".join(found.summary), 20_000, found.heading.line, "session's text"),
            presenters=found.presenters,
            readings=readings,
            materials=materials,
        ).at(found.heading.line)

    def _reading(self, line: Line, indent: int, found: _Found) -> ReadingPart | None:
        self._meet(line)
        words_of = self._shared(line)
        paper = self.papers.of(line)
        said: dict[str, Any] = {"indent": indent, "presenters": line.presenters, "note": words_of["note"]}
        if paper:
            label = "" if words_of["label"] == paper.title else words_of["label"]
            return ReadingPart(paper=paper.ref, label=label, **said).at(line.line)
        if line.is_link:
            url = safe_url(line.href)
            if url and url.lower().startswith("http"):
                resource = self.resources.get(url)
                if resource is None:
                    resource = ResourcePart(
                        title=words_of["label"], url=self._fitting(url, 500, line.line, "address")
                    )
                    resource.kind = words.resource_kind(line.label, url)
                    resource.papers = []
                    self.resources[url] = resource.at(line.line)
                label = "" if words_of["label"] == resource.title else words_of["label"]
                return ReadingPart(resource=url, label=label, **said).at(line.line)
            self.warn(
                line.line,
                f"“{line.href[:80]}” is no web address; kept “{one_line(line.label)[:80]}” without the link",
            )
        same_as = self._same_as(line, found)
        return ReadingPart(label=words_of["label"], same_as=same_as, **said).at(line.line)

    def _shared(self, line: Line) -> dict[str, str]:
        return {
            "label": self._fitting(one_line(line.label), 500, line.line, "line's title"),
            "note": self._fitting(line.note, 500, line.line, "line's note"),
        }

    def _same_as(self, line: Line, found: _Found) -> int | None:
        match = None if line.is_link else words.SAME_AS.match(one_line(line.label))
        if not match:
            return None
        if match["number"]:
            number = int(match["number"])
        elif words.PREVIOUS.search(match["words"]):
            earlier = [other.number for other in self.sessions if other.number < found.number]
            number = max(earlier, default=-1)
        else:
            return None
        for other in self.sessions:
            if other.number <= number <= (other.last_number or other.number) and other is not found:
                return other.number
        self.warn(line.line, f"there is no other session {number}; kept as words")
        return None

    def _own_resources(self, readings: list[ReadingPart]) -> None:
        """A codebase nested under a paper belongs to that paper for good."""
        paper: str | None = None
        for reading in readings:
            if reading.indent == 0:
                paper = reading.paper
            elif reading.resource and paper:
                resource = self.resources[reading.resource]
                resource.papers = sorted({*resource.papers, paper})

    def _materials(self, found: _Found) -> list[MaterialPart]:
        parts: list[MaterialPart] = []
        first_at: dict[str, tuple[int, str]] = {}
        for line in found.materials:
            self._meet(line)
            href = line.href.strip()
            if safe_url(href, base="https://relative.invalid/") is None:
                self.warn(
                    line.line, f"“{href[:80]}” cannot be a link; “{one_line(line.label)[:80]}” is left out"
                )
                continue
            words_of = self._shared(line)
            label = f"{words_of['label']} ({words_of['note']})" if words_of["note"] else words_of["label"]
            kind = words.material_kind(line.label, href)
            if href in first_at:
                if kind == first_at[href][1] == "recording":
                    self.warn(line.line, f"the recording of line {first_at[href][0]} again; left out")
                    continue
                self.warn(
                    first_at[href][0],
                    f"two different {kind} link to the same file, here and in line {line.line}; imported both, check them",
                )
            first_at.setdefault(href, (line.line, kind))
            part = MaterialPart(
                kind=kind,
                label=""
                if label == kind.capitalize()
                else self._fitting(label, 500, line.line, "line's title"),
                href=self._fitting(href, 2000, line.line, "address"),
                presenters=line.presenters,
            )
            parts.append(part.at(line.line))
        return parts

    def _meet(self, line: Line) -> None:
        """Note who a line names, and where their name links to."""
        for name in line.presenters:
            person = self.people.setdefault(name_key(name), PersonPart(name=name).at(line.line))
            home = line.homes.get(name, "")
            if home.startswith("http") and safe_url(home) and not person.url:
                person.url = home

    def _backlog(self, sessions: list[SessionPart]) -> list[BacklogPart]:
        """The list, with an override only where a struck line says what the sessions do not."""
        by_number = {number: session for session in sessions for number in session.numbers}
        read = {reading.paper for session in sessions for reading in session.readings if reading.paper}
        parts: dict[str, BacklogPart] = {}
        for line in self.backlog:
            paper = self.papers.of(line)
            if paper is None:
                continue
            if paper.ref in parts:
                self.warn(
                    line.line,
                    f"“{one_line(line.label)[:80]}” is on the list already; left out the second time",
                )
                continue
            covered = line.struck and paper.ref not in read and bool(by_number)
            parts[paper.ref] = BacklogPart(
                paper=paper.ref,
                label=self._fitting(one_line(line.label), 500, line.line, "line's title"),
                override="covered" if covered else None,
            ).at(line.line)
        return list(parts.values())


class _Papers:
    """The papers of a README, by arXiv id and by every title that stands for them."""

    def __init__(self, warn: Any) -> None:
        self.warn = warn
        self.by_arxiv: dict[str, PaperPart] = {}
        self.by_title: dict[str, PaperPart] = {}
        self.listed: set[str] = set()

    def list_title(self, line: Line) -> None:
        """A line of the backlog is a paper, whatever it links to."""
        key = title_key(line.label)
        if key:
            self.listed.add(key)
            self._meet(line, key)

    def see(self, line: Line) -> None:
        """A reading is a paper by its arXiv link, or because its label is a title on the backlog."""
        key = title_key(line.label)
        if key in self.listed or (line.is_link and arxiv.arxiv_link(line.href)):
            self._meet(line, key)

    def of(self, line: Line) -> PaperPart | None:
        identifier = arxiv.arxiv_link(line.href) if line.is_link else None
        if identifier and identifier in self.by_arxiv:
            return self.by_arxiv[identifier]
        key = title_key(line.label)
        return self.by_title.get(key) if key in self.listed else None

    def parts(self) -> list[PaperPart]:
        return list(
            {id(paper): paper for paper in (*self.by_title.values(), *self.by_arxiv.values())}.values()
        )

    def _meet(self, line: Line, key: str) -> None:
        identifier = (arxiv.arxiv_link(line.href) if line.is_link else None) or ""
        paper = self.by_arxiv.get(identifier)
        if paper is None and key:
            named = self.by_title.get(key)
            # Two arXiv ids are two papers, even where both lines just say "Survey".
            paper = named if named and not (identifier and named.arxiv_id) else None
        if paper is None:
            paper = self._new(line, identifier)
        self._learn(paper, line, identifier, key)

    def _new(self, line: Line, identifier: str) -> PaperPart:
        title = one_line(line.label)
        if len(title) > 500:
            raise UnreadableError("the paper's title has more than 500 characters; shorten it", line.line)
        if not title_key(title):
            title = f"arXiv:{identifier}"
        return PaperPart(title=title, arxiv_id="", url="", titles=[]).at(line.line)

    def _learn(self, paper: PaperPart, line: Line, identifier: str, key: str) -> None:
        if identifier and not paper.arxiv_id:
            paper.arxiv_id = identifier
            # The backlog often has a title in small letters; the reading list has the paper's own.
            if title_key(line.label) == title_key(paper.title):
                paper.title = one_line(line.label)
        if identifier:
            self.by_arxiv[identifier] = paper
        self._learn_address(paper, line, identifier)
        if key:
            self.by_title.setdefault(key, paper)
            if key != title_key(paper.title) and self.by_title[key] is paper and key not in paper.titles:
                paper.titles = sorted([*paper.titles, key])

    def _learn_address(self, paper: PaperPart, line: Line, identifier: str) -> None:
        url = safe_url(line.href) if line.is_link and not identifier else None
        if not url or not url.lower().startswith("http") or len(url) > 500:
            return
        if not paper.url and not any(other.url == url for other in self.parts()):
            paper.url = url
        elif paper.url != url:
            self.warn(
                line.line,
                f"the paper is linked to a second address, {url[:80]}; kept {paper.url[:80] or 'the first'}",
            )


def _words(text: str) -> str:
    return bare(one_line(text[:500]).lstrip("# ")).replace("**", "")


def _names(text: str) -> list[str]:
    return understand(Item(0, f"presented by {text}"), {}).presenters


def _flat(items: Iterable[Item], indent: int = 0) -> Iterator[tuple[Item, int]]:
    for item in items:
        yield item, indent
        yield from _flat(item.children, indent + 1)


def _as_list(items: Iterable[Item]) -> list[str]:
    return [f"{'  ' * indent}* {one_line(item.text)}" for item, indent in _flat(items)]


def _is_comment(block: Block) -> bool:
    source = block.source.strip()
    return block.kind == "html" and source.startswith("<!--") and source.endswith("-->")


def _without_contents(blocks: list[Block], references: dict[str, Any]) -> Iterator[Block]:
    """Without comments and the table of contents: a list whose every link leads into this page."""
    for block in blocks:
        if _is_comment(block):
            continue
        if block.kind == "list":
            inside: list[Link] = [
                link for item, _ in _flat(block.items) for link in links(item.text, references)
            ]
            if inside and all(link.href.startswith("#") for link in inside):
                continue
        yield block
