"""Cards and icons, each kept for as long as it stays the same."""

from __future__ import annotations

import logging

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from papers.models import Paper
from readinggroup.cards.cards import address_of, card_of
from readinggroup.cards.drawing import Card, png
from readinggroup.cards.icons import icon_png
from readinggroup.colours import as_hex, shades
from sessions.models import Group, Session

logger = logging.getLogger(__name__)
MONTH = 60 * 60 * 24 * 30
FOR_EVER = "public, max-age=31536000, immutable"
# A session that was taken back takes its card along, out of caches too.
A_DAY = "public, max-age=86400"
ASKED_EACH_TIME = "public, no-cache"


@require_safe
def session_card(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A session's card; a slug of former days leads to the present one."""
    group = Group.objects.current()
    session = get_object_or_404(Session.objects.public().at(slug))
    if session.slug != slug:
        return redirect(address_of(session, group))
    return answer(request, card_of(session, group))


@require_safe
def paper_card(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A paper's card; a former slug leads to the present one."""
    group = Group.objects.current()
    paper = Paper.objects.public().with_slug(slug).first()
    if paper is None:
        raise Http404("no paper has or had this address")
    if paper.slug != slug:
        return redirect(address_of(paper, group))
    return answer(request, card_of(paper, group))


@require_safe
def site_card(request: HttpRequest) -> HttpResponseBase:
    """The card of the site, for all pages that have none of their own."""
    group = Group.objects.current()
    return answer(request, card_of(group, group))


def answer(request: HttpRequest, card: Card) -> HttpResponseBase:
    """The picture, drawn only if neither the asker nor the cache has it. Only its own version may keep it for long."""
    etag = f'"{card.version}"'
    response: HttpResponseBase = get_conditional_response(request, etag=etag) or HttpResponse(
        picture(card), content_type="image/png"
    )
    response["ETag"] = etag
    response["Cache-Control"] = A_DAY if request.GET.get("v") == card.version else ASKED_EACH_TIME
    return response


def picture(card: Card) -> bytes:
    """The card out of the cache; drawn where it is not there, or the cache is broken, which one line of the log says."""
    key, found = f"card:{card.version}", None
    try:
        found = cache.get(key)
    except Exception as error:  # noqa: BLE001  # each backend has its own
        logger.warning("Cards are drawn without the cache: %s", " ".join(str(error).split()))
        return png(card)
    if found is None:
        found = png(card)
        try:
            cache.set(key, found, MONTH)
        except Exception as error:  # noqa: BLE001
            logger.warning("Cards are not kept in the cache: %s", " ".join(str(error).split()))
    return bytes(found)


@require_safe
def icon(request: HttpRequest, colour: str) -> HttpResponse:
    """The site's icon in a colour, as `accent` is the colours of its pages."""
    context = {"light": as_hex(shades(f"#{colour}").link), "dark": as_hex(shades(f"#{colour}").dark_link)}
    picture = render_to_string("icon.svg", context)
    return HttpResponse(picture, content_type="image/svg+xml", headers={"Cache-Control": FOR_EVER})


@require_safe
def touch_icon(request: HttpRequest, colour: str) -> HttpResponse:
    """The same for the start screen of a phone."""
    return HttpResponse(icon_png(f"#{colour}"), content_type="image/png", headers={"Cache-Control": FOR_EVER})


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """For feed readers and old browsers, which ask for this one whatever a page says."""
    return redirect("touch-icon", colour=Group.objects.current().accent.removeprefix("#"))
