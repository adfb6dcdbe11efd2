"""A README cut into sections, and its lists into items, by the Markdown parser's own line positions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from readinggroup.interchange.errors import UnreadableError
from readinggroup.interchange.markdown.links import as_written

DEEPEST_LIST = 50
# Where the parser meets more levels than this it drops what is inside without a word. A list and its item are two.
MOST_LEVELS = 2 * DEEPEST_LIST + 2
LONGEST_ITEM = 10_000


@dataclass
class Item:
    """A list item: its text as written, without the items below it. Lines count from 1."""

    line: int
    text: str
    children: list[Item] = field(default_factory=list)


@dataclass
class Block:
    """What stands between headings: a list, or anything else as a slice of the source."""

    line: int
    source: str
    kind: str  # "list", "paragraph", "html", "other"
    items: list[Item] = field(default_factory=list)


@dataclass
class Section:
    """A heading with the blocks up to the next one. The first section of a README may have no heading (level 0)."""

    line: int
    level: int
    heading: str
    blocks: list[Block] = field(default_factory=list)


@cache
def _parser() -> MarkdownIt:
    # Only blocks: what is inside a line is parsed item by item, where its place is known and its length bounded.
    return as_written(MarkdownIt("commonmark", {"maxNesting": MOST_LEVELS})).disable("inline")


def sections(text: str, references: dict[str, object]) -> list[Section]:
    """The sections of a README in order; `references` is filled with its link reference definitions.

    Raises UnreadableError where lists or quotes are nested deeper than the parser keeps.
    """
    lines = text.split("\n")
    tokens = _parser().parse(text, references)
    found = [Section(line=1, level=0, heading="")]
    position = 0
    while position < len(tokens):
        token = tokens[position]
        end = _closing(tokens, position)
        if token.type == "heading_open":
            found.append(Section(_line(token), int(token.tag[1:]), tokens[position + 1].content))
        else:
            found[-1].blocks.append(_block(tokens[position : end + 1], lines))
        position = end + 1
    return found


def _line(token: Token) -> int:
    return (token.map[0] if token.map else 0) + 1


def _closing(tokens: list[Token], start: int) -> int:
    """Where the block that opens at `start` closes."""
    depth = 0
    for position in range(start, len(tokens)):
        token = tokens[position]
        depth += token.nesting
        # Inside this token the parser would have been at its limit, and so have skipped what is there.
        if token.nesting == 1 and token.level + 1 >= MOST_LEVELS:
            raise UnreadableError(f"lists are nested more than {DEEPEST_LIST} deep here", _line(token))
        if depth == 0:
            return position
    return len(tokens) - 1


def _block(tokens: list[Token], lines: list[str]) -> Block:
    first = tokens[0]
    begin, end = first.map or [0, 0]
    kinds = {
        "bullet_list_open": "list",
        "ordered_list_open": "list",
        "paragraph_open": "paragraph",
        "html_block": "html",
    }
    block = Block(_line(first), "\n".join(lines[begin:end]).strip("\n"), kinds.get(first.type, "other"))
    if block.kind == "list":
        block.items = _items(iter(tokens[1:]))
    return block


def _items(tokens: Iterator[Token]) -> list[Item]:
    """The items of the list that has just opened, nested lists as their children."""
    top: list[Item] = []
    open_items: list[Item] = []
    for token in tokens:
        if token.type == "list_item_open":
            item = Item(_line(token), "")
            (open_items[-1].children if open_items else top).append(item)
            open_items.append(item)
        elif token.type == "list_item_close":
            open_items.pop()
        elif token.type in {"inline", "fence", "code_block", "html_block"} and open_items:
            item = open_items[-1]
            # An item may hold several paragraphs; a line break keeps them apart.
            item.text = f"{item.text}\n{token.content}" if item.text else token.content
            if len(item.text) > LONGEST_ITEM:
                raise UnreadableError(f"this list item has more than {LONGEST_ITEM:,} characters", item.line)
    return top
