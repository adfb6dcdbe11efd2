"""One line of a README understood: what it links to, who presents it, what else it says.

Everything here works on slices of the source; nothing knows of documents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from readinggroup.interchange.markdown.blocks import Item
from readinggroup.interchange.markdown.links import Link, links

# Words that name the link and not what it leads to: "DDPM [paper](…)" is about DDPM.
GENERIC_LABELS = frozenset(
    [
        "paper", "papers", "reading", "arxiv", "pdf", "link", "here", "url", "abs", "abstract", "preprint", "this",
        "article", "openreview", "website", "project", "page",
    ]
)  # fmt: skip
# "presented by X" says who; "walk-thru by X" says also what, which is kept as a note.
PRESENTED = re.compile(
    r"(?P<before>.*?)(?<!\w)"
    r"(?:(?P<verb>presented|presenting|led|given|hosted|moderated)\s+by|presenters?\s*:|presented\s*:|"
    r"(?P<noun>walk-?\s?thr(?:u|ough)|talk|discussion|presentation|demo|tutorial)\s+by)"
    r"(?!\w)\s*:?\s*(?P<names>.+)",
    re.IGNORECASE | re.DOTALL,
)
BETWEEN_NAMES = re.compile(r"\s*(?:[,;&+/]|(?<!\w)(?:and|with)(?!\w))\s*", re.IGNORECASE)
EDGES = " \t\n-–—:;,|•·"
EMPHASIS = re.compile(r"^(\*\*\*|\*\*|\*|__|_|~~|`)(?=\S)(.+)(?<=\S)\1$", re.DOTALL)
BRACKETED = re.compile(r"^(\[)([^\[\]]+)\]$")
CHECKBOX = re.compile(r"^\[([ xX])\]\s+")
STRUCK = re.compile(r"^~~(?P<text>.+?)~~(?P<rest>.*)$", re.DOTALL)
MOST_WORDS_IN_A_NAME, LONGEST_NAME = 6, 200


@dataclass
class Line:
    """A list item as its author meant it."""

    line: int
    text: str  # all of it, as written
    label: str = ""  # what it is called: the link's label, or the words themselves
    href: str = ""
    note: str = ""
    presenters: list[str] = field(default_factory=list)
    homes: dict[str, str] = field(default_factory=dict)  # where a presenter's name links to
    more: list[Link] = field(default_factory=list)  # further links of the same line
    struck: bool = False

    @property
    def is_link(self) -> bool:
        return bool(self.href)


def one_line(text: str) -> str:
    """A slice that ran over a line break, on one line."""
    return " ".join(text.split())


def bare(text: str) -> str:
    """Without emphasis around the whole of it."""
    text = text.strip()
    while match := EMPHASIS.match(text) or BRACKETED.match(text):
        text = match[2].strip()
    return text


def understand(item: Item, references: dict[str, Any]) -> Line:
    """What one list item says."""
    text = item.text.strip()
    struck = False
    if box := CHECKBOX.match(text):
        struck, text = box[1] != " ", text[box.end() :]
    if match := STRUCK.match(text):
        struck, text = True, match["text"] + match["rest"]
    line = Line(line=item.line, text=one_line(text), struck=struck)
    found = [link for link in links(text, references) if link.href]
    if not found:
        _say_who(line, text, [])
        line.label = bare(line.note) or line.text
        line.note = ""
        return line
    first = found[0]
    before = text[: first.start].strip(EDGES + "(*_[")
    line.label, line.href = bare(one_line(first.label)), first.href
    if _words(before) in GENERIC_LABELS:  # "Paper: [Title](…)"
        before = ""
    if before and (is_generic(line.label, line.href) or not _words(line.label)):
        line.label, before = bare(one_line(before)), ""
    line.label = line.label or line.href
    _say_who(line, text[first.end :], [_moved(link, first.end) for link in found[1:]])
    if re.search(r"\w", before):
        line.note = f"{one_line(before)}: {line.note}" if line.note else one_line(before)
    return line


def _words(text: str) -> str:
    """A text without the pictures and punctuation around it, in small letters."""
    return re.sub(r"^\W+|\W+$", "", one_line(text)).casefold()


def is_generic(label: str, href: str) -> bool:
    """Whether a link's label names the link, and not what it leads to."""
    return label == href or _words(label) in GENERIC_LABELS


def people_in(item: Item, references: dict[str, Any]) -> Line:
    """Who a line such as "Presenters: [A](…), B" names; nobody, where it is no list of names."""
    line = Line(line=item.line, text=one_line(item.text))
    names = re.sub(r"^\W*[\w ]{1,30}[*_]*:|^\W*\w+ by\b", "", item.text, count=1)
    for link in reversed(links(names, references)):
        label = one_line(link.label)
        names = names[: link.start] + label + names[link.end :]
        line.homes[label] = link.href
    people = [_name(name) for name in BETWEEN_NAMES.split(one_line(names).strip("*_ "))]
    people = [name for name in people if name]
    line.presenters = people if all(map(_is_name, people)) else []
    return line


def _moved(link: Link, by: int) -> Link:
    return Link(link.start - by, link.end - by, link.label, link.href)


def _say_who(line: Line, rest: str, further: list[Link]) -> None:
    """Take presenters, note and further links out of what follows a line's link."""
    said = PRESENTED.match(rest)
    names = said["names"] if said else ""
    names_start = said.start("names") if said else len(rest)
    for link in further:
        if link.start < names_start:
            line.more.append(link)
        else:
            label = one_line(link.label)
            names = names.replace(rest[link.start : link.end], label)
            line.homes[label] = link.href
    people = [_name(name) for name in BETWEEN_NAMES.split(one_line(names))]
    people = [name for name in people if name]
    if said and people and all(map(_is_name, people)):
        line.presenters = people
        rest = said["before"] + (said["noun"] or "")
    for link in reversed(line.more):
        rest = rest[: link.start] + rest[link.end :] if link.end <= len(rest) else rest
    line.note = _note(rest)


def _name(text: str) -> str:
    text = text.strip(EDGES + ".")
    if text.count(")") > text.count("("):
        text = text.rstrip(")").strip(EDGES + ".")
    return bare(text)


def _is_name(text: str) -> bool:
    return len(text.split()) <= MOST_WORDS_IN_A_NAME and len(text) <= LONGEST_NAME


def _note(text: str) -> str:
    """What is left over, without the punctuation that joined it to the rest."""
    text = one_line(text).strip(EDGES + "[]")
    if text.startswith("(") and (text.endswith(")") or ")" not in text):
        text = text[1:].removesuffix(")").strip(EDGES)
    return text if re.search(r"\w", text) else ""
