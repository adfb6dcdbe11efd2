"""Sessions, with their readings and materials."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from papers.admin_links import TellsLinkChecks
from papers.adminbase import CarefulAdmin, TabularInline
from papers.adminhistory import is_key
from papers.models import Paper
from sessions import chores
from sessions.admin.chores import ChoresMixin
from sessions.admin.clock import ClockForm, DayAndClock, MomentField, typed_moment
from sessions.admin.durations import DurationField
from sessions.admin.filters import LacksFilter
from sessions.admin.history import SessionHistory
from sessions.admin.links import DeadLinkFilter
from sessions.admin.materials import MaterialInline, UploadingAdmin
from sessions.admin.names import NamesField, NamesForm, said_of_new_people
from sessions.admin.readings import ReadingInline, asked_for
from sessions.catchup import session_page
from sessions.models import Group, Person, Session, SessionSlug


def _said_of_new(made: list[Any]) -> str:
    """What the readings brought that was not here; what arXiv knows of it is one click away."""
    said = f"New: {', '.join(str(thing) for thing in made)}."
    if not any(isinstance(thing, Paper) and thing.arxiv_id for thing in made):
        return said
    link = '{} <a href="{}">Fetch titles and authors from arXiv</a>'
    return format_html(link, said, reverse("admin:papers_paper_fetch"))


class FormerAddressInline(TabularInline):
    """Every address that the session had in public; all lead to the present one."""

    model = SessionSlug
    verbose_name = "address"
    verbose_name_plural = "addresses that lead here"
    fields = readonly_fields = ("slug",)
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SessionForm(NamesForm, ClockForm):
    presenters = NamesField(help_text="Who presents the session as a whole.")
    held_undated = forms.BooleanField(
        label="Held, nobody knows when",
        required=False,
        help_text="Files a published session without a date in the archive.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_published = self.instance.pk and self.instance.state == Session.State.PUBLISHED
        self.initial["held_undated"] = bool(is_published and self.instance.is_filed_undated)

    def clean(self) -> dict[str, Any]:
        """Says which number is free, and lets nobody file a session to come as held by leaving out its date."""
        given = super().clean() or self.cleaned_data
        if given.get("state") == Session.State.PUBLISHED and not (
            "starts_at" in self.errors
            or given.get("starts_at")
            or given.get("date_to_come")
            or given.get("held_undated")
        ):
            self.add_error("starts_at", chores.UNDATED)
        number, last = given.get("number"), given.get("last_number")
        if number is not None and (
            taken := Session.objects.taking(number, last).exclude(pk=self.instance.pk)
        ):
            self.add_error("number", chores.said_of_taken(taken, Session.objects.next_number()))
        return given


@admin.register(Session)
class SessionAdmin(UploadingAdmin, ChoresMixin, SessionHistory, TellsLinkChecks, CarefulAdmin):
    form = SessionForm
    address_fields = ("join_url",)
    list_display = ("numbers", "name", "state", "when")
    list_display_links = ("numbers", "name")
    list_filter = (LacksFilter, DeadLinkFilter, "state", "starts_at")
    ordering = ("-number",)
    search_fields = ("number", "last_number", "title", "presenters__name")
    search_help_text = "Number, title or presenter."
    inlines = (ReadingInline, MaterialInline, FormerAddressInline)
    # What is needed each week comes first.
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "title",
                    ("number", "last_number"),
                    "starts_at",
                    "zone",
                    ("date_to_come", "held_undated"),
                    "state",
                    "presenters",
                    "summary",
                )
            },
        ),
        ("More", {"classes": ("collapse",), "fields": ("duration", "join_url", "nothing_more", "slug")}),
    )

    @admin.display(ordering="number")
    def numbers(self, session: Session) -> str:
        return session.numbers

    @admin.display(ordering="starts_at", description="starts at", empty_value="no date")
    def when(self, session: Session) -> str | None:
        """In the group's zone."""
        if session.starts_at:
            return date_format(timezone.localtime(session.starts_at), "D, j M Y, H:i")
        return "to be announced" if session.date_to_come else None

    @admin.display(ordering="title", description="title")
    def name(self, session: Session) -> str:
        return str(session).partition(": ")[2]

    def view_on_site(self, obj: Session) -> str | None:
        return obj.get_absolute_url() if obj.is_public else None

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "duration":
            kwargs["form_class"] = DurationField
        if db_field.name == "starts_at":
            kwargs |= {"form_class": MomentField, "widget": DayAndClock}
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The next number that is free, the time that comes next in a group that meets weekly, and what is asked for."""
        initial: dict[str, Any] = {"number": Session.objects.next_number()}
        if starts := chores.next_time(Group.objects.current(), timezone.now()):
            initial["starts_at"] = starts.at
        asked: dict[str, Any] = super().get_changeform_initial_data(request)
        if "presenters" in asked:
            asked["presenters"] = Person.objects.filter(pk__in=filter(is_key, asked["presenters"]))
        if "starts_at" in asked:
            asked["starts_at"] = typed_moment(str(asked["starts_at"]))
        return initial | asked

    def get_formset_kwargs(self, request: HttpRequest, obj: Any, inline: Any, prefix: str) -> dict[str, Any]:
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        if isinstance(inline, ReadingInline) and obj.pk is None and (lines := asked_for(request)):
            kwargs["initial"] = [{"what": line} for line in lines]
        return kwargs

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        forms = [form, *(row for formset in formsets for row in formset.forms)]
        if people := said_of_new_people(forms, request.user):
            messages.info(request, people)
        made = [thing for row in forms for thing in getattr(row, "made", ())]
        if made:
            messages.info(request, _said_of_new(made))

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.preview)
        return [path("<int:pk>/preview/", view, name="reading_sessions_session_preview"), *super().get_urls()]

    @method_decorator(require_safe)
    def preview(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The session's page as it is or will be, drafts included, for who may see sessions here."""
        now = timezone.now()
        sessions = Session.objects.filter(pk=min(pk, 2**63 - 1)).with_time(now).with_outline()
        found = sessions.first()
        if not self.has_view_permission(request, found):
            raise PermissionDenied
        if found is None:
            raise Http404("no such session")
        return session_page(request, "admin/sessions/preview.html", found, now)
