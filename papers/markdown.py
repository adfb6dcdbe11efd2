"""Markdown from people as HTML that is safe to show, whatever comes in."""

from __future__ import annotations

from collections.abc import Sequence

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from papers.links import SAFE_SCHEMES, safe_url

# Raw HTML is shown as the text it is; images are not asked for, so that no page sends its readers to another host.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
# Which links are safe is asked of safe_url below, so that one that is not keeps its words instead of its brackets.
_MARKDOWN.validateLink = lambda url: True  # type: ignore[method-assign]
_TAGS = frozenset(
    [
        "a",
        "blockquote",
        "br",
        "code",
        "em",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "strong",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}

# A paragraph that leaves room on a phone for what comes after it.
LONGEST_LEAD = 400


def render(text: str, base_url: str = "", top_heading: int = 2) -> SafeString:
    """The text as HTML: its highest headings are `<h2>` (`top_heading`), so that a page keeps its one `<h1>`.

    Relative links are joined to `base_url`; one that leads nowhere safe keeps its words only. An image becomes
    a link that says its alternative text.
    """
    return _html(_MARKDOWN.parse(text), base_url, top_heading)


def parted(text: str, base_url: str = "", top_heading: int = 3) -> tuple[SafeString, SafeString]:
    """The text as HTML in two parts: its first paragraph, if it begins with one that is short, and the rest."""
    tokens = _MARKDOWN.parse(text)
    first = tokens[:3]
    is_short = [token.type for token in first] == ["paragraph_open", "inline", "paragraph_close"] and (
        len(_words(first[1].children or [])) <= LONGEST_LEAD
    )
    end = 3 if is_short else 0
    return _html(tokens[:end], base_url, top_heading), _html(tokens[end:], base_url, top_heading)


def _html(tokens: list[Token], base_url: str, top_heading: int) -> SafeString:
    levels = [int(token.tag[1:]) for token in tokens if token.type == "heading_open"]
    shift = top_heading - min(levels, default=top_heading)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1:]) + shift)}"
        elif token.type == "inline" and token.children:
            token.children = _with_safe_links(token.children, base_url)
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    # No rel: links stay in their window, and the Referrer-Policy header speaks for all of them.
    clean = nh3.clean(
        html, tags=set(_TAGS), attributes=_ATTRIBUTES, url_schemes=set(SAFE_SCHEMES), link_rel=None
    )
    return mark_safe(clean)  # nh3 left only the tags and attributes named above


def plain(text: str) -> str:
    """The text without markup, in one line: for descriptions and search engines."""
    inline = (token.children or [] for token in _MARKDOWN.parse(text) if token.type == "inline")
    return " ".join(" ".join(map(_words, inline)).split())


def _words(children: Sequence[Token]) -> str:
    """What inline tokens say, without how."""
    return "".join(
        " " if child.type.endswith("break") else _words(child.children) if child.children else child.content
        for child in children
    )


def _with_safe_links(children: list[Token], base_url: str) -> list[Token]:
    """The inline tokens, links made absolute or dropped, images made links."""
    kept: list[Token] = []
    open_links: list[bool] = []
    for token in children:
        if token.type == "link_open":
            url = safe_url(str(token.attrGet("href") or ""), base=base_url)
            open_links.append(url is not None)
            if url is not None:
                token.attrSet("href", url)
                kept.append(token)
        elif token.type == "link_close":
            if open_links.pop():
                kept.append(token)
        elif token.type == "image":
            kept += _image(token, base_url, inside_a_link=any(open_links))
        else:
            kept.append(token)
    return kept


def _image(image: Token, base_url: str, *, inside_a_link: bool) -> list[Token]:
    words = Token("text", "", 0, content=_words(image.children or []) or "Image")
    url = safe_url(str(image.attrGet("src") or ""), base=base_url)
    if inside_a_link or url is None:
        return [words]
    return [Token("link_open", "a", 1, attrs={"href": url}), words, Token("link_close", "a", -1)]
