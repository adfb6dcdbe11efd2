"""The pages of sessions, and of papers and people as the sessions know them. `now` is the moment of asking."""

import re

from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from papers.keyset import page_of
from papers.models import Paper, Resource
from sessions import calendar
from sessions.addresses import site_of
from sessions.answers import answers
from sessions.catchup import session_page
from sessions.entries import whole_entry_of
from sessions.lanes import rows
from sessions.mapping import whole_spine
from sessions.models import BacklogEntry, Group, PaperRead, Person, Session
from sessions.parts import parts
from sessions.strip import strip
from sessions.syllabus import syllabus


@require_safe
def schedule(request: HttpRequest) -> HttpResponseBase:
    """Sessions to come, the next one first."""
    sessions = Session.objects.scheduled(timezone.now()).with_brief()
    return TemplateResponse(request, "sessions/schedule.html", {"sessions": sessions})


@require_safe
def archive(request: HttpRequest) -> HttpResponseBase:
    """Sessions held, newest first."""
    held = Session.objects.held(timezone.now()).with_brief()
    page = page_of(held, "number", request.GET, newest_first=True)
    return TemplateResponse(request, "sessions/archive.html", {"page": page})


@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    """The address of a session without its end: the archive has them all."""
    return redirect("archive", permanent=True)


@require_safe
def course(request: HttpRequest) -> HttpResponseBase:
    """The same sessions in order, as a course to follow; its first page says how long it is, its last where to go on."""
    now = timezone.now()
    group = Group.objects.current()
    page = page_of(Session.objects.course(now).with_checklist(), "number", request.GET)
    whole = syllabus(now)
    starts = page.before is None and bool(page.rows)
    context = {
        "group": group,
        "page": page,
        "syllabus": whole if starts else None,
        "jumps": whole.jumps(group),
        "goes_on": Session.objects.upcoming(now).exists(),
        "coverage": BacklogEntry.objects.coverage(now),
    }
    return TemplateResponse(request, "sessions/course.html", context)


@require_safe
def map_(request: HttpRequest) -> HttpResponseBase:
    """The whole history as a picture and as a table: sessions in time, papers as threads through them."""
    group = Group.objects.current()
    spine = whole_spine(group, timezone.now())
    whole = strip(spine)
    context = {
        "group": group,
        "spine": spine,
        "strip": whole,
        "parts": parts(whole),
        "rows": list(rows(spine)) if whole.is_named else [],
        "answers": answers(spine),
    }
    return TemplateResponse(request, "sessions/map.html", context)


@require_safe
def session(request: HttpRequest, slug: str) -> HttpResponseBase:
    """One session with all that belongs to it; a slug of former days leads to the present one."""
    now = timezone.now()
    found = Session.objects.public().at(slug).with_time(now).with_outline().first()
    if found is None:
        return no_session(request, slug)
    if found.slug != slug:
        return redirect(found)
    return session_page(request, "sessions/session.html", found, now)


@require_safe
def session_ics(request: HttpRequest, slug: str) -> HttpResponse:
    """One session as a file for calendars; 404 with a word of why where it has no date yet."""
    found = get_object_or_404(Session.objects.public().at(slug).with_outline())
    if found.slug != slug:
        return redirect("session-ics", slug=found.slug)
    entry = whole_entry_of(found, Group.objects.current(), site_of(request), timezone.now())
    if entry is None:
        return render(request, "sessions/no_date.html", {"session": found}, status=404)
    headers = {"Content-Disposition": f'inline; filename="{found.slug}.ics"'}
    return HttpResponse(calendar.ics(entry), content_type="text/calendar; charset=utf-8", headers=headers)


@require_safe
def session_number(request: HttpRequest, number: int) -> HttpResponse:
    """A number leads to the session that has it, alone or in its range."""
    found = Session.objects.public().numbered(number).first()
    return redirect(found) if found else no_session(request, str(number))


def no_session(request: HttpRequest, slug: str) -> HttpResponse:
    """404, with the sessions whose numbers are nearest to the one that the address begins with.

    Raises Http404 where it begins with none that a session could have.
    """
    number = re.match(r"\d{1,5}(?!\d)", slug, re.ASCII)
    if not number:
        raise Http404("no session has or had this address")
    public = Session.objects.public()
    meant = public.numbered(int(number[0])).first()
    context = {
        "number": int(number[0]),
        "meant": meant,
        "nearest": [] if meant else list(public.nearest(int(number[0]))),
    }
    return render(request, "sessions/no_session.html", context, status=404)


@require_safe
def papers(request: HttpRequest) -> HttpResponseBase:
    """Every paper, by title, with the sessions held that read it."""
    reads = PaperRead.objects.held(timezone.now()).with_sessions()
    public = Paper.objects.public()
    page = page_of(public.prefetch_related(Prefetch("reads", reads)), "slug", request.GET)
    return TemplateResponse(request, "papers/papers.html", {"page": page, "letters": public.letters()})


@require_safe
def paper(request: HttpRequest, slug: str) -> HttpResponseBase:
    """One paper: what it is, who reads it when, and what else there is to it; a former slug leads to the present one."""
    now = timezone.now()
    resources = Prefetch("resources", Resource.objects.public())
    found = Paper.objects.public().with_slug(slug).prefetch_related(resources).first()
    if found is None:
        raise Http404("no paper has or had this address")
    if found.slug != slug:
        return redirect(found)
    context = {
        "paper": found,
        "reads": PaperRead.objects.filter(paper=found).shown(now).with_manner(now).with_sessions(),
        "entry": BacklogEntry.objects.with_coverage(now).filter(paper=found).first(),
    }
    return TemplateResponse(request, "papers/paper.html", context)


@require_safe
def backlog(request: HttpRequest) -> HttpResponseBase:
    """The list of papers to cover: what is to come, and what is done."""
    now = timezone.now()
    entries = list(BacklogEntry.objects.listed(now).with_reads(now))
    context = {
        "to_cover": [entry for entry in entries if not entry.is_covered],
        "covered": [entry for entry in entries if entry.is_covered],
        "listed": len(entries),
    }
    return TemplateResponse(request, "sessions/backlog.html", context)


@require_safe
def people(request: HttpRequest) -> HttpResponseBase:
    """Everybody who presented or walked through something."""
    page = page_of(Person.objects.public().with_parts(), "slug", request.GET)
    return TemplateResponse(request, "sessions/people.html", {"page": page})


@require_safe
def person(request: HttpRequest, slug: str) -> HttpResponseBase:
    """One of them, with what they did; a former slug leads to the present one."""
    found = Person.objects.public().with_slug(slug).with_parts().first()
    if found is None:
        raise Http404("nobody has or had this address")
    if found.slug != slug:
        return redirect(found)
    return TemplateResponse(request, "sessions/person.html", {"person": found})


@require_safe
def accent(request: HttpRequest, colour: str) -> HttpResponse:
    """A colour, as the one rule that the stylesheet derives all colours from.

    Pages link to the group's own: another colour is another address, so that this one never changes.
    """
    css = f":root {{ --accent: #{colour}; }}\n"
    headers = {"Cache-Control": "public, max-age=31536000"}
    return HttpResponse(css, content_type="text/css; charset=utf-8", headers=headers)
