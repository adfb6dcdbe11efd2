"""What the head of every page says about it."""

from django import template
from django.http import HttpRequest
from django.template import Context
from django.utils.encoding import iri_to_uri
from django.utils.http import urlencode

from papers.models import Paper
from readinggroup.cards.cards import address_of, said_of
from readinggroup.colours import as_hex, shades
from sessions.addresses import site_of
from sessions.models import Group, Session

register = template.Library()


@register.simple_tag(takes_context=True)
def canonical(context: Context) -> str:
    """The one address of this page: without what a link may have added to it, on the site's own host."""
    request: HttpRequest = context["request"]
    places = {name: request.GET[name] for name in ("before", "after", "from", "q") if name in request.GET}
    return _absolute(request, f"{request.path}?{urlencode(places)}" if places else request.path)


def _absolute(request: HttpRequest, path: str) -> str:
    return site_of(request) + iri_to_uri(path)


@register.simple_block_tag
def kept(content: str) -> str:
    """What a page says once, to be said in two places: {% kept as title %}{% block title %}…{% endkept %}."""
    return content


@register.inclusion_tag("_card.html", takes_context=True)
def card(context: Context, thing: Session | Paper | Group) -> dict[str, object]:
    """The picture that a chat shows of a link to this page: the card of what it is about."""
    group: Group = context["group"]
    return {"address": _absolute(context["request"], address_of(thing, group)), "says": said_of(thing, group)}


@register.simple_tag
def shade(group: Group, name: str) -> str:
    """A shade of the group's colour for what reads no stylesheet, by its name in `Shades`, as #rrggbb."""
    return as_hex(getattr(shades(group.accent), name))
