"""Which papers a README speaks of."""

from __future__ import annotations

from collections.abc import Callable

from papers import arxiv
from papers.links import safe_url
from papers.titles import title_key
from readinggroup.interchange.document import PaperPart
from readinggroup.interchange.errors import UnreadableError
from readinggroup.interchange.markdown.lines import Line, is_generic, one_line


class KnownPapers:
    """The papers of a README, by arXiv id and by every title that stands for them."""

    def __init__(self, warn: Callable[[int, str], None]) -> None:
        self.warn = warn
        self.by_arxiv: dict[str, PaperPart] = {}
        self.by_title: dict[str, PaperPart] = {}
        self.listed: set[str] = set()
        self.by_url: dict[str, PaperPart] = {}

    def list_title(self, line: Line) -> None:
        """A line of the backlog is a paper, whatever it links to."""
        key = title_key(line.label)
        if key:
            self.listed.add(key)
            self._meet(line, key)

    def see(self, line: Line) -> None:
        """A reading is a paper by its arXiv link, or because its label is a title on the backlog."""
        key = "" if is_generic(line.label, line.href) else title_key(line.label)
        if (key and key in self.listed) or (line.is_link and arxiv.arxiv_link(line.href)):
            self._meet(line, key)

    def of(self, line: Line) -> PaperPart | None:
        identifier = arxiv.arxiv_link(line.href) if line.is_link else None
        if identifier and identifier in self.by_arxiv:
            return self.by_arxiv[identifier]
        key = title_key(line.label)
        if key in self.listed:
            return self.by_title.get(key)
        # An address is a paper's or a resource's: once a paper's, whatever a line calls it.
        return self.by_url.get(safe_url(line.href) or "") if line.is_link else None

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
        title = "" if is_generic(line.label, line.href) else one_line(line.label)
        if len(title) > 500:
            raise UnreadableError("the paper's title has more than 500 characters; shorten it", line.line)
        if not title_key(title):
            title = f"arXiv:{identifier}" if identifier else one_line(line.label)
        return PaperPart(title=title, titles=[]).at(line.line)

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
        if not paper.url and url not in self.by_url:
            paper.url = url
            self.by_url[url] = paper
        elif paper.url != url:
            self.warn(
                line.line,
                f"the paper is linked to a second address, {url[:80]}; kept {paper.url[:80] or 'the first'}",
            )
