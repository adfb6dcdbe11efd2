"""The week's chores as pages of a session: announcement, next session, many at once, moving, recording, slides."""

from __future__ import annotations

from collections.abc import Callable, Container
from contextlib import suppress
from datetime import date, time
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from papers.history import because
from papers.refusals import RefusedError, refusals_in_words
from sessions import chores
from sessions.addresses import site_of
from sessions.admin.chore_forms import MoveForm, NextForm, PlanForm, RecordingForm, SlidesForm
from sessions.announcement import announce, facts_of, what_is_missing
from sessions.dates import DateOutOfRangeError, following
from sessions.models import Group, Material, Session
from sessions.models.stored import NotStoredError
from sessions.uploads import undone_unless_saved

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Session]
else:
    ModelAdmin = object

ADDED: dict[Material.Kind, type[RecordingForm] | type[SlidesForm]] = {
    Material.Kind.RECORDING: RecordingForm,
    Material.Kind.SLIDES: SlidesForm,
}


class ChoresMixin(ModelAdmin):
    """A session's pages for what is done week after week; its buttons stand beside “History”."""

    actions = ("publish", "cancel", "make_drafts")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path(
                "<int:pk>/announcement/",
                view(self.announcement),
                name="reading_sessions_session_announcement",
            ),
            path("<int:pk>/next/", view(self.next_like), name="reading_sessions_session_next"),
            path("<int:pk>/plan/", view(self.plan), name="reading_sessions_session_plan"),
            path("<int:pk>/move/", view(self.move), name="reading_sessions_session_move"),
            path("<int:pk>/recording/", view(self.recording), name="reading_sessions_session_recording"),
            path(
                "<int:pk>/nothing-more/",
                view(self.nothing_more),
                name="reading_sessions_session_nothing_more",
            ),
            path("<int:pk>/slides/", view(self.slides), name="reading_sessions_session_slides"),
            *super().get_urls(),
        ]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        return super().render_change_form(
            request, context | {"chores": self.chores_of(request, kwargs.get("obj"))}, *args, **kwargs
        )

    def chores_of(self, request: HttpRequest, session: Session | None) -> list[tuple[str, str]]:
        """The buttons that lead to what this person may do with the session: text and address."""
        if session is None or not session.pk:
            return []
        may_change, may_add = self.has_change_permission(request, session), self.has_add_permission(request)
        has_begun = session.starts_at <= timezone.now() if session.starts_at else not session.date_to_come
        buttons = [
            ("Preview", "preview", not session.is_public),
            ("Announcement", "announcement", True),
            ("Next like this", "next", may_add),
            ("Plan several", "plan", may_add),
            ("Move this and later", "move", may_change and session.starts_at is not None),
            ("Add the recording", "recording", may_change and session.is_public and has_begun),
            ("Add the slides", "slides", may_change),
        ]
        return [
            (text, reverse(f"admin:reading_sessions_session_{name}", args=[session.pk]))
            for text, name, is_offered in buttons
            if is_offered
        ]

    @admin.action(description="Publish", permissions=["change"])
    def publish(self, request: HttpRequest, sessions: QuerySet[Session]) -> None:
        """Those that have a date, or whose date is to be announced; the others are named."""
        self._set_state(request, sessions, Session.State.PUBLISHED)

    @admin.action(description="Cancel", permissions=["change"])
    def cancel(self, request: HttpRequest, sessions: QuerySet[Session]) -> None:
        self._set_state(request, sessions, Session.State.CANCELLED)

    @admin.action(description="Make drafts again", permissions=["change"])
    def make_drafts(self, request: HttpRequest, sessions: QuerySet[Session]) -> None:
        self._set_state(request, sessions, Session.State.DRAFT)

    def _set_state(self, request: HttpRequest, sessions: QuerySet[Session], state: Any) -> None:
        changed, undated = chores.set_state(sessions, state)
        for session in changed:
            self.log_change(request, session, [{"changed": {"fields": ["state"]}}])
        count = f"{len(changed)} session{'' if len(changed) == 1 else 's'}"
        self.message_user(request, f"{state.label}: {count}.", messages.SUCCESS if changed else messages.INFO)
        if undated:
            names = ", ".join(f"“{session}”" for session in undated)
            self.message_user(request, f"Not published: {names}. {chores.UNDATED}", messages.WARNING)

    @method_decorator(require_safe)
    def announcement(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Texts ready to be pasted."""
        session = get_object_or_404(Session.objects.with_outline(), pk=pk)
        if not self.has_view_permission(request, session):
            raise PermissionDenied
        facts = facts_of(session, Group.objects.current(), site_of(request), timezone.now())
        context = {"announcement": announce(facts), "missing": what_is_missing(facts)}
        return self._page(request, session, "announcement", "Announcement", context)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def next_like(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A draft like this session, a week later."""
        session = self._session(request, pk, adds=True)
        group = Group.objects.current()
        form = NextForm(_sent(request))
        if request.method == "POST" and form.is_valid():
            title, with_presenters = form.cleaned_data["title"], form.cleaned_data["with_presenters"]
            made = _tried(
                form, lambda: chores.make_next(session, title, group, with_presenters=with_presenters)
            )
            if made:
                self.log_addition(request, made, [{"added": {}}])
                name = made.called(group.session_word)
                self.message_user(request, f"Made the draft {name}. Add its readings.", messages.SUCCESS)
                return HttpResponseRedirect(_change_url(made))
        try:
            starts = chores.next_week(session, group)
        except DateOutOfRangeError:
            starts = None
        context = {"form": form, "starts": starts, "number": Session.objects.next_number()}
        return self._page(request, session, "next", "Next session like this one", context)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def plan(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Several drafts at once: first the dates are shown, then they are made."""
        session = self._session(request, pk, adds=True)
        zone = Group.objects.current().zone
        days = Session.objects.days(zone)
        drafts: list[chores.Draft] = []
        skipped: list[Session] = []
        if request.method == "POST":
            form = PlanForm(request.POST, zone=zone)
            if form.is_valid():
                drafts, skipped = _drafts(form, zone)
            if drafts and "make" in request.POST:
                if form.cleaned_data["shown"] != chores.fingerprint(drafts):
                    form.add_error(
                        None, "This is not what was shown. Look at the dates again, then make the drafts."
                    )
                else:
                    made = _tried(form, lambda: chores.make_drafts(drafts, session))
                    for one in made or ():
                        self.log_addition(request, one, [{"added": {}}])
                    if made:
                        count = f"{len(made)} draft{'' if len(made) == 1 else 's'}"
                        self.message_user(request, f"Made {count}.", messages.SUCCESS)
                        changelist = reverse("admin:reading_sessions_session_changelist")
                        return HttpResponseRedirect(f"{changelist}?state__exact=draft")
        else:
            form = PlanForm(zone=zone, initial=_a_plan_after(session, zone, days))
        if drafts:
            _keep_shown(form, chores.fingerprint(drafts))
        beside = [(draft, days.get(draft.starts.at.astimezone(zone).date())) for draft in drafts]
        context = {"form": form, "drafts": beside, "skipped": skipped}
        return self._page(request, session, "plan", "Plan weekly sessions from here", context)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def move(self, request: HttpRequest, pk: int) -> HttpResponse:
        """This and all later sessions, to other days: first shown, then done."""
        session = self._session(request, pk)
        if session.starts_at is None:
            self.message_user(
                request, "This session has no date yet: give it one, then it can be moved.", messages.ERROR
            )
            return HttpResponseRedirect(f"{_change_url(session)}#id_starts_at_0")
        zone, now = Group.objects.current().zone, timezone.now()
        form = MoveForm(_sent(request), day=session.starts_at.astimezone(zone).date())
        shown: list[chores.Move] = []
        if request.method == "POST" and form.is_valid():
            days, with_cancelled = form.cleaned_data["days"], form.cleaned_data["with_cancelled"]
            if "move" in request.POST:
                shift, seen = chores.Shift(days, with_cancelled), form.cleaned_data["shown"]
                here = session
                done = _tried(form, lambda: chores.move(here, shift, zone, now, seen))
                for line in done or ():
                    self.log_change(request, line.session, [{"changed": {"fields": ["starts at"]}}])
                if done:
                    count = f"{len(done)} session{'' if len(done) == 1 else 's'}"
                    far = chores.days_in_words(days)
                    self.message_user(request, f"Moved {count} by {far}.", messages.SUCCESS)
                    return HttpResponseRedirect(_change_url(session))
                session = self._session(request, pk)  # somebody else may have saved it
            try:
                shown = chores.moves(
                    Session.objects.from_here(session, now, with_cancelled=with_cancelled), days, zone
                )
            except DateOutOfRangeError as error:
                form.add_error("to" if form.cleaned_data["to"] else "by", str(error))
            else:
                if not shown:
                    form.add_error(
                        None, "There is nothing to move: this session and all later ones have been held."
                    )
            _keep_shown(form, chores.fingerprint(shown))
        usual = Group.objects.current().usual_duration
        context = {
            "form": form,
            "moves": [(line, (line.session.duration or usual) + line.after.at <= now) for line in shown],
            "stays": not Session.objects.from_here(session, now, with_cancelled=True).filter(pk=pk).exists(),
        }
        return self._page(request, session, "move", "Move this and all later sessions", context)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def recording(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One field: the link to the recording. Then back to where it came from."""
        return self._add_material(request, pk, Material.Kind.RECORDING)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def slides(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A file or a link. Then back to where it came from."""
        return self._add_material(request, pk, Material.Kind.SLIDES)

    @method_decorator(require_POST)
    def nothing_more(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A recording or slides that are missing do not exist: nobody need look for them. Then back to the desk."""
        session = self._session(request, pk)
        with because("Nothing more will come"):
            session.nothing_more = True
            session.save(update_fields=["nothing_more"])
        self.log_change(request, session, [{"changed": {"fields": ["nothing more will come"]}}])
        said = format_html(
            'Nothing more will come of <a href="{}">{}</a>: it is not asked for any more.',
            _change_url(session),
            session,
        )
        self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:index"))

    def _add_material(self, request: HttpRequest, pk: int, kind: Material.Kind) -> HttpResponse:
        session = self._session(request, pk)
        name = kind.label.lower()
        back = request.POST.get("next") or request.GET.get("next") or ""
        if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
            back = f"{_change_url(session)}#materials-group"
        form = ADDED[kind](_sent(request), request.FILES or None, session=session)
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            with undone_unless_saved():
                added = _tried(form, lambda: chores.add_material(session, kind, **given))
            if added:
                self.log_change(request, session, [{"added": {"name": "material", "object": str(added)}}])
                said = format_html(
                    'Added the {} of <a href="{}">{}</a>: {}',
                    name,
                    _change_url(session),
                    session,
                    added.href or added.file_name,
                )
                self.message_user(request, said, messages.SUCCESS)
                return HttpResponseRedirect(back)
        context = {"form": form, "back": back, "kind": name, "there": session.materials.filter(kind=kind)}
        return self._page(request, session, "material", f"Add the {name}", context)

    def _session(self, request: HttpRequest, pk: int, *, adds: bool = False) -> Session:
        """The session, for who may change it, or make another from it."""
        session = get_object_or_404(Session, pk=pk)
        may = (
            self.has_add_permission(request) and self.has_view_permission(request, session)
            if adds
            else self.has_change_permission(request, session)
        )
        if not may:
            raise PermissionDenied
        return session

    def _page(
        self, request: HttpRequest, session: Session, name: str, title: str, context: dict[str, Any]
    ) -> TemplateResponse:
        return TemplateResponse(
            request,
            f"admin/chores/{name}.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "session": session,
                "title": title,
                "subtitle": str(session),
                **context,
            },
        )


def _tried[Done](form: forms.Form, action: Callable[[], Done]) -> Done | None:
    """What was done; None where it was refused, which the form then says, and nothing of it is done."""
    try:
        with refusals_in_words():
            return action()
    except (DateOutOfRangeError, chores.NumbersRunOutError, RefusedError) as refusal:
        form.add_error(None, str(refusal))
    except chores.ChangedMeanwhileError:
        form.add_error(
            None,
            "Somebody changed these sessions meanwhile, or this was not shown yet. Look again, then confirm.",
        )
    except Session.DoesNotExist:
        form.add_error(None, "Somebody deleted this session meanwhile.")
    except NotStoredError as refusal:
        form.add_error("file", str(refusal))
    return None


def _sent(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _keep_shown(form: forms.Form, fingerprint: str) -> None:
    """The form goes out again with what its page shows."""
    data: Any = form.data
    form.data = data = data.copy()
    data["shown"] = fingerprint


def _change_url(session: Session) -> str:
    return reverse("admin:reading_sessions_session_change", args=[session.pk])


def _drafts(form: PlanForm, zone: Any) -> tuple[list[chores.Draft], list[Session]]:
    """What the form asks for, and the sessions whose numbers were skipped. Refusals are put into the form."""
    asked = {name: value for name, value in form.cleaned_data.items() if name != "shown"}
    taken = Session.objects.all().taken_numbers()
    try:
        drafts = chores.plan(chores.Series(**asked), zone, taken)
    except DateOutOfRangeError as error:
        form.add_error("first_on", str(error))
        return [], []
    except chores.NumbersRunOutError as error:
        form.add_error("first_number", str(error))
        return [], []
    numbers = range(asked["first_number"], drafts[-1].number)
    return drafts, list({taken[number].pk: taken[number] for number in numbers if number in taken}.values())


def _a_plan_after(session: Session, zone: Any, taken: Container[date]) -> dict[str, Any]:
    """What is most likely meant: weekly at this session's time, from the first later week that is free."""
    initial: dict[str, Any] = {"count": 4, "first_number": Session.objects.next_number(), "at": time(18)}
    if session.starts_at:
        start = session.starts_at.astimezone(zone)
        initial["at"] = start.time()
        with suppress(DateOutOfRangeError):
            initial["first_on"] = following(session.starts_at, zone, taken).at.astimezone(zone).date()
    return initial
