"""A README's structure: the group's introduction, its sessions with their lines, its list of papers to cover.

What the lines link to and mean is not asked here; `reader` does that.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from papers import arxiv
from papers.kinds import on_host
from papers.links import safe_url
from readinggroup.interchange.errors import Notice, UnreadableError
from readinggroup.interchange.limits import MOST_ITEMS
from readinggroup.interchange.markdown import words
from readinggroup.interchange.markdown.blocks import Block, Item, Section
from readinggroup.interchange.markdown.lines import Line, bare, one_line, people_in, understand
from readinggroup.interchange.markdown.links import MOST_BRACKETS, Link, links
from sessions.models.session import HIGHEST_NUMBER

HTML_TITLE = re.compile(r"<h1[^<>]*>([^\0]{1,2000}?)</h1>", re.IGNORECASE)
Mode = Literal["readings", "materials", "any"]


@dataclass
class SessionLines:
    """A session while it is being read."""

    heading: Section
    number: int
    last_number: int | None
    title: str
    blocks: list[Block] = field(default_factory=list)
    readings: list[tuple[Line, int]] = field(default_factory=list)  # with the indent
    materials: list[Line] = field(default_factory=list)
    presented: list[Line] = field(default_factory=list)  # who presents the session
    summary: list[str] = field(default_factory=list)

    @property
    def numbers(self) -> range:
        return range(self.number, (self.last_number or self.number) + 1)


class Outline:
    """The structure of a README, found when it is made. Raises UnreadableError where it contradicts itself."""

    def __init__(self, all_sections: list[Section], references: dict[str, Any]) -> None:
        self.sections = all_sections
        self.references = references
        self.warnings: list[Notice] = []
        self.group: dict[str, Any] = {}
        self.sessions: list[SessionLines] = []
        self.backlog: list[Line] = []
        self.lines = 0
        self._sort_sections()
        if not self.sessions:
            tables = any(
                block.source.lstrip().startswith("|") for section in all_sections for block in section.blocks
            )
            raise UnreadableError(
                "holds no session; a session is a heading with a number, such as “## Week 3: Title”"
                + ("; sessions in tables are not read" if tables else "")
            )
        for found in self.sessions:
            self._read_lines(found)

    def warn(self, line: int, text: str) -> None:
        self.warnings.append(Notice(line, text))

    def _understand(self, item: Item) -> Line:
        """What an item says, when it is within what the database takes."""
        if item.text.count("[") > MOST_BRACKETS:
            raise UnreadableError(f"this line has more than {MOST_BRACKETS} links", item.line)
        line = understand(item, self.references)
        fitting(line.label, 500, item.line, "line's title")
        fitting(line.note, 500, item.line, "line's note")
        fitting(line.href, 2000, item.line, "address")
        self.lines += 1 + len(line.more) + len(line.presenters)
        if self.lines > MOST_ITEMS:
            raise UnreadableError(
                f"has more than {MOST_ITEMS:,} lines of readings, materials and papers", item.line
            )
        return line

    # --- Which heading is what -----------------------------------------------------------------------------

    def _sort_sections(self) -> None:
        """Tell the introduction, the sessions and the backlog from what is none of these."""
        numbered = self._numbered_headings()
        introduction: list[Section] = []
        level = 0  # of the session or backlog that deeper headings belong to
        current: SessionLines | None = None
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

    def _numbered_headings(self) -> dict[int, SessionLines]:
        """The headings that are sessions: those with the word before a number that most headings have."""
        matches = [
            (section, match)
            for section in self.sections
            if section.level and (match := words.SESSION.match(self._plain(section.heading)))
        ]
        written = {(match["word"] or "#").casefold(): match["word"] or "#" for _, match in reversed(matches)}

        def singular(match: re.Match[str]) -> str:
            """The word, small; "weeks" is "week" where both occur or the heading has a range, "class" is itself."""
            word = (match["word"] or "#").casefold()
            one = word.removesuffix("s")
            return one if one in written or (one != word and (match["last"] or match["dashed"])) else word

        said = Counter(singular(match) for _, match in matches)
        if not said:
            return {}
        word = max(said, key=lambda each: said[each])
        self.group["session_word"] = written.get(word) or word.capitalize()
        return {
            id(section): self._numbered(section, match)
            for section, match in matches
            if singular(match) == word
        }

    def _numbered(self, section: Section, match: Any) -> SessionLines:
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
        return SessionLines(section, number, last_number, bare(one_line(match["title"])))

    def _plain(self, heading: str) -> str:
        """A heading without the emphasis or the link around parts of it."""
        for link in reversed(links(heading, self.references)):
            heading = heading[: link.start] + link.label + heading[link.end :]
        return bare(one_line(heading)).replace("**", "")

    def _refuse_doubles(self) -> None:
        at: dict[int, int] = {}
        for found in self.sessions:
            for number in found.numbers:
                if number in at:
                    raise UnreadableError(
                        f"session {number} stands here again, first in line {at[number]}; give one of them another number",
                        found.heading.line,
                    )
                at[number] = found.heading.line

    # --- The introduction ----------------------------------------------------------------------------------

    def _read_introduction(self, introduction: list[Section]) -> None:
        kept: list[str] = []
        named = self._name(introduction)
        for section in introduction:
            blocks = [
                text
                for block in _without_contents(section.blocks, self.references)
                if (
                    text := HTML_TITLE.sub("", block.source).strip() if block.kind == "html" else block.source
                )
            ]
            if section is not named and section.level and blocks:
                kept.append(f"{'#' * section.level} {section.heading}")
            kept.extend(blocks)
        text = "\n\n".join(kept)
        self.group["introduction"] = fitting(text, 20_000, 1, "introduction")
        every = (link for line in text.split("\n") for link in links(line, self.references))
        addresses = [link.href for link in every if safe_url(link.href)]
        self.group["chat_url"] = next((url for url in addresses if on_host(url, words.CHAT_HOSTS)), "")
        self.group["playlist_url"] = next((url for url in addresses if words.is_playlist(url)), "")
        if room := next((url for url in addresses if on_host(url, words.MEETING_HOSTS)), ""):
            self.group["join_url"] = room

    def _name(self, introduction: list[Section]) -> Section | None:
        """Note the group's name: the heading of the first level, in Markdown or HTML, else the first heading."""
        headings = [section for section in introduction if section.level]
        heading = next((section for section in headings if section.level == 1), None)
        if not heading:
            for block in (
                block for section in introduction for block in section.blocks if block.kind == "html"
            ):
                if title := HTML_TITLE.search(block.source):
                    name = html.unescape(re.sub(r"<[^<>]*>", "", title[1]))
                    self.group["name"] = fitting(one_line(name), 200, block.line, "group's name")
                    return None
            heading = headings[0] if headings else None
        if heading and (name := self._plain(heading.heading)):
            self.group["name"] = fitting(name, 200, heading.line, "group's name")
        return heading

    # --- The lines of a session ----------------------------------------------------------------------------

    def _read_lines(self, found: SessionLines) -> None:
        """Sort a session's lines into readings, materials, presenters, and the rest: its summary."""
        has_list = any(
            words.READINGS.match(_words(text))
            for block in found.blocks
            for text in ([item.text for item in block.items] if block.items else [block.source])
        )
        mode: Mode = "materials" if has_list else "any"
        for block in found.blocks:
            title = _words(block.source)
            if block.kind in {"heading", "paragraph"}:
                if words.READINGS.match(title):
                    mode = "readings"
                    continue
                if words.MATERIALS.match(title):
                    mode = "materials"
                    continue
                if words.PRESENTERS.match(title):
                    line = people_in(Item(block.line, block.source), self.references)
                    if line.presenters:
                        found.presented.append(line)
                        continue
            if block.kind == "list":
                for item in block.items:
                    self._read_item(found, item, mode)
            elif not _is_comment(block):
                if links(block.source[:2000], self.references):
                    self.warn(
                        block.line,
                        "links in the text of a session: kept as its summary, neither readings nor materials",
                    )
                found.summary.append(block.source)

    def _read_item(self, found: SessionLines, item: Item, mode: Mode) -> None:
        title = _words(item.text)
        if words.READINGS.match(title):
            self._read_list(found, item.children)
        elif words.MATERIALS.match(title) and item.children:
            for child in item.children:
                self._read_item(found, child, "materials")
        elif words.PRESENTERS.match(title) and not item.children:
            line = people_in(item, self.references)
            if line.presenters:
                found.presented.append(line)
            else:
                found.summary.extend(_as_list([item]))
        elif mode != "materials":
            self._read_list(found, [item], materials=words.MATERIAL_ANYWHERE)
        else:
            line = self._understand(item)
            if line.is_link:
                if arxiv.arxiv_link(line.href):
                    self.warn(item.line, "an arXiv link outside of the readings: kept as a material")
                self._add_material(found, line)
                for child in item.children:
                    self._read_item(found, child, "materials")
            else:
                found.summary.extend(_as_list([item]))

    def _read_list(
        self, found: SessionLines, items: list[Item], materials: re.Pattern[str] = words.MATERIAL_IN_READINGS
    ) -> None:
        for item, indent in _flat(items):
            if indent > 1:
                self.warn(
                    item.line, "lists of readings have two levels here; this line was moved up to the second"
                )
            line = self._understand(item)
            if line.is_link and materials.match(line.label):
                self._add_material(found, line)
            else:
                found.readings.append((line, min(indent, 1)))
                identifier = arxiv.arxiv_link(line.href)
                for link in line.more:
                    if identifier and arxiv.arxiv_link(link.href) == identifier:
                        continue  # "[Title](abs) [[pdf](pdf)]" is one reading
                    label = one_line(link.label) or link.href
                    further = Line(item.line, label, bare(label), link.href)
                    found.readings.append((further, 1))

    def _add_material(self, found: SessionLines, line: Line) -> None:
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
                self.backlog.append(self._understand(Item(line, text)))


def fitting(text: str, most: int, line: int, what: str) -> str:
    """The text, when it is no longer than the site takes."""
    if len(text) > most:
        raise UnreadableError(f"the {what} has more than {most:,} characters; shorten it", line)
    return text


def _words(text: str) -> str:
    """The words of a line by which it may say what it is, without emphasis and the picture before them."""
    return re.sub(r"^[^\w(]+", "", bare(one_line(text[:500])).replace("**", ""))


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
