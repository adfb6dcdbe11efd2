"""Filters for addresses and prose that people wrote."""

from django import template
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from papers import links
from papers.links import repository, safe_url, site_name
from papers.markdown import parted, plain, render
from papers.tex import to_text

register = template.Library()

register.filter(site_name)
register.filter(repository)
register.filter(parted)


@register.filter
def linkable(url: str | None) -> str:
    """The address where it may become a link, else nothing."""
    return safe_url(url or "") or ""


@register.filter
def arxiv_search(title: str) -> str:
    """Where to look for a paper that nobody gave an address: a title as written."""
    return links.arxiv_search(to_text(title))


@register.filter
def markdown(text: str, base_url: str = "") -> SafeString:
    """Prose as HTML, relative links joined to `base_url`."""
    return render(text, base_url)


@register.filter
def outline(text: str) -> str:
    """The beginning of some prose in plain words, as a description of the page."""
    return Truncator(plain(text)).chars(160)
