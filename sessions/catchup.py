"""A session's page: all that is needed to catch up on it, or to come prepared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override

from sessions.file_types import PDF
from sessions.models import Group, Material, ResourceRead, Session
from sessions.models.shared import read_before
from sessions.recordings import PLAYER, is_a_file

# So long after its end a session without a recording says that it is not here yet; later, nobody waits for it.
STILL_AWAITED = timedelta(weeks=4)


@dataclass
class Pack:
    """What a session left behind, by the places where its page shows it."""

    recordings: list[Material] = field(default_factory=list)
    slides: list[Material] = field(default_factory=list)
    others: list[Material] = field(default_factory=list)
    recording_is_awaited: bool = False

    @property
    def plays(self) -> bool:
        """Whether a recording can be played in the page."""
        return any(material.video for material in self.recordings)

    @property
    def shows_files(self) -> bool:
        """Whether a PDF of the site's own can be shown in the page."""
        return any(is_shown_here(material) for material in [*self.slides, *self.others])


def is_shown_here(material: Material) -> bool:
    """Whether it is a PDF that is kept on the site."""
    return bool(material.file) and material.file_type == PDF


def pack_of(session: Session, group: Group, now: datetime) -> Pack:
    """The materials of a session, sorted."""
    pack = Pack()
    for material in session.materials.all():
        if material.kind == Material.Kind.RECORDING:
            pack.recordings.append(material)
        elif material.kind == Material.Kind.SLIDES:
            pack.slides.append(material)
        else:
            pack.others.append(material)
    ended_at = session.ends_at(group.usual_duration)
    pack.recording_is_awaited = (
        not pack.recordings
        and not session.nothing_more
        and session.state == Session.State.PUBLISHED
        and ended_at is not None
        and ended_at <= now < ended_at + STILL_AWAITED
    )
    return pack


def has_poster(url: str) -> bool:
    """Whether a recording has a place of its own: one on a page of the web. A film that is a file is a link in a line."""
    return url.lower().startswith(("https:", "http:")) and not is_a_file(url)


def session_page(request: HttpRequest, template: str, session: Session, now: datetime) -> HttpResponseBase:
    """The page of a session that was found `with_time` and `with_outline`."""
    group = Group.objects.current()
    pack = pack_of(session, group, now)
    context: dict[str, Any] = {
        **session.with_neighbours(now),
        "group": group,
        "pack": pack,
        "before": read_before(session, now),
        "related_code": ResourceRead.objects.code_of_papers(session),
    }
    sources = [*([CSP.SELF] if pack.shows_files else []), *([PLAYER] if pack.plays else [])]
    return _framing(sources)(request, template, context)


def _framing(sources: list[str]) -> Callable[..., TemplateResponse]:
    """Makes a page that may frame these. What else the site's policy says stays."""

    def page(request: HttpRequest, template: str, context: dict[str, Any]) -> TemplateResponse:
        return TemplateResponse(request, template, context)

    return csp_override(settings.SECURE_CSP | {"frame-src": sources})(page) if sources else page
