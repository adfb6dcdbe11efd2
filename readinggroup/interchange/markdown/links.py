"""The links of one line of Markdown, with their places in it.

The parser's own text of a link turns `Schr\\"odinger` into `Schr"odinger`; a title has to come in as it was written.
So the parser's rules are asked where they found a link, and the label is cut out of the source.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

HTML_LINK = re.compile(
    r"<a\s[^<>]*?href\s*=\s*[\"']([^\"'<>]*)[\"'][^<>]*>(.*?)</a\s*>", re.IGNORECASE | re.DOTALL
)
BARE_URL = re.compile(r"https?://[^\s<>\"`|]+", re.IGNORECASE)
MOST_BRACKETS = 40
Rule = Callable[[StateInline, bool], bool]


@dataclass(frozen=True)
class Link:
    """A link in `text[start:end]`, its label as written."""

    start: int
    end: int
    label: str
    href: str


def as_written(parser: MarkdownIt) -> MarkdownIt:
    """The parser, leaving addresses alone: unsafe ones are refused with a warning, not passed over as text."""
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return parser


@cache
def _parser() -> MarkdownIt:
    parser = as_written(MarkdownIt("commonmark", {"maxNesting": 20}))
    rules: dict[str, Rule] = {rule.name: rule.fn for rule in parser.inline.ruler.__rules__}
    # Emphasis inside a label stays as written, and finding it is what hostile lines make slow.
    parser.disable("emphasis")
    for name in ("link", "autolink"):
        parser.inline.ruler.at(name, _noting_places(rules[name]))
    return parser


def _noting_places(rule: Rule) -> Rule:
    """The parser's rule, which also notes on the token where in the source the link and its label stand."""

    def noting(state: StateInline, silent: bool) -> bool:
        start, count = state.pos, len(state.tokens)
        is_bracket = state.src[start] == "["
        label_end = state.md.helpers.parseLinkLabel(state, start, True) if is_bracket and not silent else -1
        found = rule(state, silent)
        if found and not silent:
            opening = next(token for token in state.tokens[count:] if token.type == "link_open")
            opening.meta["place"] = (start, label_end if is_bracket else state.pos - 1, state.pos)
        return found

    return noting


def links(text: str, references: dict[str, Any]) -> list[Link]:
    """The links of a line in order: Markdown's (inline, by reference, in angles), HTML's, and bare addresses.

    Empty where there are more brackets than a line of links has: the parser's work grows with their square.
    """
    if text.count("[") > MOST_BRACKETS:
        return []
    found = []
    for token in _parser().parseInline(text, references)[0].children or []:
        if token.type == "link_open" and "place" in token.meta:
            start, label_end, end = token.meta["place"]
            found.append(Link(start, end, text[start + 1 : label_end], str(token.attrGet("href") or "")))
    for match in HTML_LINK.finditer(text):
        _add(found, Link(*match.span(), label=match[2], href=match[1]))
    for match in BARE_URL.finditer(text):
        url = _without_closing(match[0])
        _add(found, Link(match.start(), match.start() + len(url), url, url))
    return sorted(found, key=lambda link: link.start)


def _add(found: list[Link], link: Link) -> None:
    if all(link.end <= other.start or link.start >= other.end for other in found):
        found.append(link)


def _without_closing(url: str) -> str:
    """An address in running text ends before the sentence's stop, and before a bracket opened outside it."""
    while url and (url[-1] in ".,;:!?'*_~]" or (url[-1] == ")" and url.count("(") < url.count(")"))):
        url = url[:-1]
    return url
