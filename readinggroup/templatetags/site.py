"""What the head of every page says about it."""

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template import Context
from django.utils.http import urlencode

register = template.Library()


@register.simple_tag(takes_context=True)
def canonical(context: Context) -> str:
    """The one address of this page: without what a link may have added to it, on the site's own host."""
    request: HttpRequest = context["request"]
    places = {name: request.GET[name] for name in ("before", "after", "q") if name in request.GET}
    path = f"{request.path}?{urlencode(places)}" if places else request.path
    return f"{settings.SITE_URL}{path}" if settings.SITE_URL else request.build_absolute_uri(path)
