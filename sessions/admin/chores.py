"""The week's chores as pages of a session: announcement, next session, many at once, moving, the recording."""

from __future__ import annotations

from collections.abc import Callable, Container
from contextlib import suppress
from datetime import date, time
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DataError, IntegrityError, OperationalError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_safe

from papers.adminbase import DayInput, explain, gave_way
from sessions import chores
from sessions.admin.clock import ClockInput
from sessions.announcement import announce, facts_of, what_is_missing
from sessions.dates import DateOutOfRangeError, following
from sessions.models import Group, Material, Session
from sessions.models.session import HIGHEST_NUMBER, LACKING
from sessions.paste import NotReadableError, read_address

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Session]
else:
    ModelAdmin = object

MOST_WEEKS_BETWEEN = 52
MOST_DAYS = 365 * 20


class LacksFilter(admin.SimpleListFilter):
    """The lists that the front desk shows the beginning of."""

    title = "what it lacks"
    parameter_name = "lacks"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(LACKING.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        what = self.value()
        if what not in LACKING:
            return queryset
        return queryset.filter(pk__in=Session.objects.lacking(what, timezone.now()).order_by().values("pk"))


# --- Forms ---------------------------------------------------------------------------------------------------
class NextForm(forms.Form):
    title = forms.CharField(
        max_length=300, help_text="Without the number; it can be changed as long as it is a draft."
    )
    with_presenters = forms.BooleanField(
        label="The same presenters", required=False, help_text="Else nobody presents it yet."
    )


class PlanForm(forms.Form):
    count = forms.IntegerField(
        label="How many",
        min_value=1,
        max_value=chores.MOST_AT_ONCE,
        help_text=f"1 to {chores.MOST_AT_ONCE}.",
        error_messages={
            "max_value": f"At most {chores.MOST_AT_ONCE} at once, a year of weeks. Plan the others after these."
        },
    )
    every = forms.IntegerField(
        label="Every … weeks",
        min_value=1,
        max_value=MOST_WEEKS_BETWEEN,
        initial=1,
        help_text="1 is every week, 2 every other week.",
    )
    first_on = forms.DateField(
        label="First on",
        widget=DayInput,
        help_text="The day of the first one.",
    )
    at = forms.TimeField(label="At", widget=ClockInput)
    first_number = forms.IntegerField(
        label="Numbers from",
        min_value=0,
        max_value=HIGHEST_NUMBER,
        help_text="Numbers that a session has already are skipped.",
    )
    title = forms.CharField(
        max_length=300,
        initial="To be announced",
        help_text=f"Of each; {chores.NUMBER} in it becomes the session's number.",
    )
    shown = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, zone: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["at"].help_text = f"Time zone: {zone}. It stays the same when clocks change."


class MoveForm(forms.Form):
    by = forms.IntegerField(
        label="Move by",
        required=False,
        min_value=-MOST_DAYS,
        max_value=MOST_DAYS,
        help_text="A number below zero moves them to earlier dates.",
    )
    unit = forms.ChoiceField(choices=[("7", "weeks"), ("1", "days")], initial="7")
    to = forms.DateField(
        label="Or move this one to",
        required=False,
        widget=DayInput,
        help_text="Its new day; all later ones move by as many days.",
    )
    with_cancelled = forms.BooleanField(
        label="Cancelled ones too", required=False, help_text="Else cancelled sessions keep their dates."
    )
    shown = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.day = day

    def clean(self) -> dict[str, Any]:
        """Adds `days`: how far, whichever way it was said."""
        given = super().clean() or {}
        if self.errors:
            return given
        by, to = given.get("by"), given.get("to")
        if (by is None) == (to is None):
            raise ValidationError("Say either by how much to move, or the new day; not both.")
        days = (to - self.day).days if to else (by or 0) * int(given["unit"])
        if not days:
            self.add_error(
                "to" if to else "by", "That moves nothing: choose another day, or a number that is not 0."
            )
        given["days"] = days
        return given


class RecordingForm(forms.Form):
    href = forms.CharField(
        label="Link to the recording",
        max_length=2000,
        # Not type=url: a browser would refuse “youtu.be/…”, which is understood here.
        widget=forms.TextInput({"inputmode": "url", "placeholder": "https://", "autocomplete": "off"}),
        help_text="Such as a YouTube link: paste it from the browser.",
        error_messages={"required": "Paste the link to the recording."},
    )

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session = session

    def clean_href(self) -> str:
        """An address of the web that this session does not have yet; a bare host gets its https://."""
        try:
            href = read_address(self.cleaned_data["href"])
        except NotReadableError as error:
            raise ValidationError(str(error)) from error
        if self.session.materials.filter(kind=Material.Kind.RECORDING, href=href).exists():
            raise ValidationError("This session has this recording already: nothing was added.")
        return href


# --- Pages ---------------------------------------------------------------------------------------------------
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
        site = settings.SITE_URL or request.build_absolute_uri("/").rstrip("/")
        facts = facts_of(session, Group.objects.current(), site, timezone.now())
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
        session = self._session(request, pk)
        back = request.POST.get("next") or request.GET.get("next") or ""
        if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
            back = f"{_change_url(session)}#materials-group"
        form = RecordingForm(_sent(request), session=session)
        if request.method == "POST" and form.is_valid():
            href = form.cleaned_data["href"]
            added = _tried(form, lambda: chores.add_recording(session, href))
            if added:
                what = {"name": "material", "object": str(added)}
                self.log_change(request, session, [{"added": what}])
                said = format_html(
                    'Added the recording of <a href="{}">{}</a>: {}', _change_url(session), session, href
                )
                self.message_user(request, said, messages.SUCCESS)
                return HttpResponseRedirect(back)
        context = {
            "form": form,
            "back": back,
            "recordings": session.materials.filter(kind=Material.Kind.RECORDING),
        }
        return self._page(request, session, "recording", "Add the recording", context)

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
        return action()
    except (DateOutOfRangeError, chores.NumbersRunOutError) as refusal:
        form.add_error(None, str(refusal))
    except chores.ChangedMeanwhileError:
        form.add_error(
            None,
            "Somebody changed these sessions meanwhile, or this was not shown yet. Look again, then confirm.",
        )
    except Session.DoesNotExist:
        form.add_error(None, "Somebody deleted this session meanwhile.")
    except (IntegrityError, DataError, OperationalError) as refusal:
        if isinstance(refusal, OperationalError) and not gave_way(refusal):
            raise
        form.add_error(None, explain(refusal))
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
