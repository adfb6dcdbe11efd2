"""Filters for addresses and prose that people wrote."""

from urllib.parse import urlsplit

from django import template
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from papers.links import safe_url
from papers.markdown import plain, render

register = template.Library()


@register.filter
def linkable(url: str | None) -> str:
    """The address where it may become a link, else nothing."""
    return safe_url(url or "") or ""


@register.filter
def site_name(url: str) -> str:
    """Where a link leads, in a word: arXiv, doi.org, github.com."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    return {"arxiv.org": "arXiv", "doi.org": "DOI"}.get(host, host)


@register.filter
def markdown(text: str, base_url: str = "") -> SafeString:
    """Prose as HTML, relative links joined to `base_url`."""
    return render(text, base_url)


@register.filter
def outline(text: str) -> str:
    """The beginning of some prose in plain words, as a description of the page."""
    return Truncator(plain(text)).chars(160)
