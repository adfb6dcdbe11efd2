"""The list of papers to cover: its order, where each paper stands, and what organizers say of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR
from django.db import connection, transaction
from django.db.models import Max, Prefetch, QuerySet
from django.forms.models import modelform_factory
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from papers.adminbase import CarefulAdmin
from papers.adminhistory import is_key
from papers.history import because
from papers.models import Paper
from papers.refusals import RefusedError, refusals_in_words
from sessions.admin.backlog_forms import AddForm, MoveForm, PlaceForm, place_of
from sessions.admin.lines import may_have_no_position, number_from_1, put_last, renumber, was_moved
from sessions.admin.readings import own_hosts
from sessions.models import BacklogEntry, PaperRead, Session
from sessions.order import rearranged

# Writers wait, readers do not, as imports have it too: what is compared is what is changed.
LOCK = "LOCK TABLE reading_sessions_backlogentry IN SHARE ROW EXCLUSIVE MODE"


def schedule_url(paper: Paper) -> str:
    """The form of a new session with this paper on its reading list."""
    asked = {"readings": _pasted(paper)} | ({} if paper.is_provisional else {"title": paper.title[:300]})
    return f"{reverse('admin:reading_sessions_session_add')}?{urlencode(asked)}"


def backlog_url(paper: Paper) -> str:
    """The form of a new line with this paper."""
    return f"{reverse('admin:reading_sessions_backlogentry_add')}?{urlencode({'what': _pasted(paper)})}"


def _pasted(paper: Paper) -> str:
    """What finds the paper when it is pasted."""
    return f"arXiv:{paper.arxiv_id}" if paper.arxiv_id else paper.title


class CoverageFilter(admin.SimpleListFilter):
    title = "where it stands"
    parameter_name = "stands"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("covered", "covered"), ("to_cover", "to cover"), ("dropped", "dropped")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        now = timezone.now()
        match self.value():
            case "covered":
                return queryset.filter(pk__in=BacklogEntry.objects.covered(now).order_by().values("pk"))
            case "to_cover":
                return queryset.filter(pk__in=BacklogEntry.objects.to_cover(now).order_by().values("pk"))
            case "dropped":
                return queryset.filter(override=BacklogEntry.Override.DROPPED)
        return queryset


@admin.register(BacklogEntry)
class BacklogEntryAdmin(CarefulAdmin):
    list_display = ("title", "position", "stands", "schedule")
    list_display_links = ("title",)
    list_editable = ("position",)
    list_filter = (CoverageFilter, "override")
    list_select_related = ("paper",)
    list_per_page = 100
    search_fields = ("label", "paper__title", "paper__titles__key", "paper__arxiv_id")
    search_help_text = "Title or arXiv id. To put the list in order, see all of it."
    autocomplete_fields = ("paper",)
    fields = ("paper", "label", "position", "override", "stands")
    readonly_fields = ("stands",)
    action_form = MoveForm
    actions = ("move_to_position", "say_covered", "say_to_cover", "drop", "as_the_sessions_say")

    class Media:
        css = {"all": ["admin/backlog.css"]}  # noqa: RUF012  (as Django declares it)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        now = timezone.now()
        reads = PaperRead.objects.with_manner(now).with_sessions()
        entries: Any = super().get_queryset(request)
        return entries.with_coverage(now).prefetch_related(Prefetch("paper__reads", reads))  # type: ignore[no-any-return]

    # --- Columns -----------------------------------------------------------------------------------------------

    @admin.display(ordering="label", description="paper")
    def title(self, entry: BacklogEntry) -> str:
        return Truncator(str(entry)).chars(160)

    @admin.display(description="where it stands")
    def stands(self, entry: Any) -> SafeString | str:
        """Covered, to cover or dropped; by which sessions, or because an organizer says so."""
        if entry.pk is None:
            return "not on the list yet"
        if entry.override == BacklogEntry.Override.DROPPED:
            word = "dropped"
        else:
            word = "covered" if entry.is_covered else "to cover"
        sessions = format_html_join(", ", "{}", ((each,) for each in _sessions_of(entry)))
        said = " (set by an organizer)" if entry.override else ""
        return format_html(
            '<span class="stands stands-{}">{}</span>{}{}{}',
            word.replace(" ", "-"),
            word,
            said,
            ": " if sessions else "",
            sessions,
        )

    @admin.display(description="schedule")
    def schedule(self, entry: BacklogEntry) -> SafeString:
        return format_html(
            '<a href="{}" aria-label="Schedule {}">Schedule</a>', schedule_url(entry.paper), str(entry)
        )

    def get_list_display(self, request: HttpRequest) -> Any:
        columns = super().get_list_display(request)
        return [name for name in columns if name != "schedule" or may_schedule(request)]

    # --- The form ----------------------------------------------------------------------------------------------

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        return may_have_no_position(field) if db_field.name == "position" else field

    def view_on_site(self, obj: BacklogEntry) -> str | None:
        """Its place on the public list; what was dropped is not on it."""
        return (
            None if obj.override == BacklogEntry.Override.DROPPED else f"{reverse('backlog')}#paper-{obj.pk}"
        )

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = type("AddForm", (AddForm,), {"own_hosts": own_hosts(request)})
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return super().get_fields(request, obj) if obj else ("what", "position")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return super().get_readonly_fields(request, obj) if obj else ()

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        entry = context.get("original")
        if entry is not None and may_schedule(request):
            context["schedule_url"] = schedule_url(entry.paper)
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if isinstance(form, PlaceForm):
            return  # `changelist_view` places all of them at once
        entries = BacklogEntry.objects.all()
        put_last(obj, entries)
        if change:
            super().save_model(request, obj, form, change)
            renumber(entries, {obj.pk} if was_moved(form) else ())
        else:
            self._add(request, obj, form)

    def _add(self, request: HttpRequest, obj: BacklogEntry, form: Any) -> None:
        """A line for each paper, one after the other from the place that was typed, else at the end."""
        obj.paper, *others = form.papers()
        added = [obj, *(BacklogEntry(paper=paper, position=obj.position) for paper in others)]
        for entry in added:
            entry.save()
        renumber(BacklogEntry.objects.all(), {entry.pk for entry in added} if was_moved(form) else ())
        obj.refresh_from_db(fields=["position"])
        if others:
            names = ", ".join(f"“{entry}”" for entry in added[1:])
            self.message_user(request, f"Added as well: {names}.", messages.SUCCESS)
        if any(paper.is_provisional for paper in (obj.paper, *others)):
            link = '<a href="{}">Fetch titles and authors from arXiv</a>'
            self.message_user(request, format_html(link, reverse("admin:papers_paper_fetch")), messages.INFO)

    # --- The order ---------------------------------------------------------------------------------------------

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Places are those of the whole list, so they are typed only where that is what one sees."""
        changes = super().get_changelist_instance(request)
        if changes.query or changes.get_filters_params() or "o" in request.GET:
            changes.list_editable = ()
        return changes

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        form = type("PlaceForm", (PlaceForm,), {"highest": _highest()})
        return modelform_factory(BacklogEntry, form=form, fields=("position",))

    def get_changelist_formset(self, request: HttpRequest, **kwargs: Any) -> Any:
        return super().get_changelist_formset(request, **kwargs, formfield_callback=None)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if request.method == "POST" and "_save" in request.POST:
            response = self._order(request)
            if response is not None:
                return response
        context = {
            "version": version_of_the_list(),
            "has_change_permission": self.has_change_permission(request),
            "first_place": self._first_place(request),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    def _first_place(self, request: HttpRequest) -> int:
        """The place of the page's first line in the whole list."""
        page = request.GET.get(PAGE_VAR, "1")
        return (int(page) - 1) * self.list_per_page + 1 if is_key(page) and int(page) else 1

    def _order(self, request: HttpRequest) -> HttpResponse | None:
        """Place what was moved in the list. None where something is wrong with what was typed: the list says so."""
        if not self.has_change_permission(request):
            return None  # refused there
        try:
            changes = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            return None  # said there, too
        if not changes.list_editable:
            return None
        formset = self.get_changelist_formset(request)(
            request.POST, queryset=BacklogEntry.objects.select_related("paper")
        )
        moved = [form for form in formset.forms if form.has_changed()]
        if request.POST.get("version") != str(version_of_the_list()):
            # Its lines may have gone, and its rows no longer stand as the page has them.
            there = {form.instance.pk: form["position"].data for form in moved if form.instance.pk}
            return self._place(request, there, gone=len(moved) - len(there))
        if not formset.is_valid():
            return None
        return self._place(request, {form.instance.pk: form.cleaned_data["position"] for form in moved})

    def _place(self, request: HttpRequest, places: Mapping[int, Any], gone: int = 0) -> HttpResponse:
        """Give the lines their places; where somebody was faster, ask first, with what was typed kept.

        `gone` counts lines that were to be moved and are not on the list any more.
        """
        back = HttpResponseRedirect(request.get_full_path())
        if not places and not gone:
            self.message_user(request, "Nothing was moved: every line kept its position.", messages.INFO)
            return back
        with self._alone(request, "put in order"):
            entries = list(BacklogEntry.objects.select_related("paper").order_by("position", "id"))
            if request.POST.get("version") != str(version_of_the_list()):
                return self._ask_again(request, entries, places, gone)
            moved = number_from_1(rearranged(entries, places))
            there = [entry for entry in entries if entry.pk in places]
            self._log(request, there, "Moved in the list.")
            self.message_user(request, _counted(there, "moved", moved), messages.SUCCESS)
        return back

    def _ask_again(
        self, request: HttpRequest, entries: list[BacklogEntry], places: Mapping[int, Any], gone: int
    ) -> HttpResponse:
        """The list changed since the page was made: say who did it, and what would be moved now."""
        last = BacklogEntry.history.select_related("history_user").order_by("history_id").last()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "title": "The list changed meanwhile",
            "last": last,
            "moves": [(entry, places[entry.pk]) for entry in entries if entry.pk in places],
            "gone": gone + len(places.keys() - {entry.pk for entry in entries}),
            "version": version_of_the_list(),
        }
        template = "admin/reading_sessions/backlogentry/changed_meanwhile.html"
        return TemplateResponse(request, template, context)

    @admin.action(description="Move to position …", permissions=["change"])
    def move_to_position(self, request: HttpRequest, entries: QuerySet[BacklogEntry]) -> HttpResponse | None:
        """The first of them gets the place, the others follow it. Confirmed, each comes with its own place."""
        typed = {
            int(name.removeprefix("place-")): place
            for name, place in request.POST.items()
            if name.startswith("place-") and is_key(name[6:])
        }
        keys = list(entries.order_by("position", "id").values_list("pk", flat=True))
        try:
            highest = _highest()
            if typed:
                places = {key: place_of(typed.get(key), highest) for key in keys}
            else:
                first = place_of(request.POST.get("to"), highest)
                places = {key: first + index for index, key in enumerate(keys)}
        except forms.ValidationError as error:
            self.message_user(request, f"Nothing was moved. {' '.join(error.messages)}", messages.ERROR)
            return None
        return self._place(request, places)

    # --- What organizers say -----------------------------------------------------------------------------------

    @admin.action(description="Covered, whatever the sessions say", permissions=["change"])
    def say_covered(self, request: HttpRequest, entries: QuerySet[BacklogEntry]) -> None:
        self._say(request, entries, BacklogEntry.Override.COVERED, "marked as covered")

    @admin.action(description="To cover, whatever the sessions say", permissions=["change"])
    def say_to_cover(self, request: HttpRequest, entries: QuerySet[BacklogEntry]) -> None:
        self._say(request, entries, BacklogEntry.Override.TO_COVER, "marked as to cover")

    @admin.action(description="Dropped: off the public list", permissions=["change"])
    def drop(self, request: HttpRequest, entries: QuerySet[BacklogEntry]) -> None:
        self._say(request, entries, BacklogEntry.Override.DROPPED, "dropped")

    @admin.action(description="As the sessions say", permissions=["change"])
    def as_the_sessions_say(self, request: HttpRequest, entries: QuerySet[BacklogEntry]) -> None:
        self._say(request, entries, None, "left to what the sessions say")

    def _say(
        self, request: HttpRequest, entries: QuerySet[BacklogEntry], override: str | None, words: str
    ) -> None:
        """Set it row by row, so that each change is recorded; only where it says something else so far."""
        with self._alone(request, words):
            keys = set(entries.values_list("pk", flat=True))
            chosen = BacklogEntry.objects.select_related("paper").filter(pk__in=keys)
            changing = [entry for entry in chosen if entry.override != override]
            for entry in changing:
                entry.override = override
                entry.save(update_fields=["override"])
            self._log(request, changing, f"{words.capitalize()}.")
            same = len(keys) - len(changing)
            said = _counted(changing, words) + (f" {same} had that already." if same else "")
            self.message_user(request, said, messages.SUCCESS)

    @contextmanager
    def _alone(self, request: HttpRequest, reason: str) -> Iterator[None]:
        """Nobody else writes the list meanwhile. Who has to give way to another is told so, and nothing is changed."""
        try:
            with refusals_in_words(), transaction.atomic(), because(reason):
                with connection.cursor() as cursor:
                    cursor.execute(LOCK)
                yield
        except RefusedError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)

    def _log(self, request: HttpRequest, entries: Iterable[BacklogEntry], message: str) -> None:
        if rows := list(entries):
            LogEntry.objects.log_actions(request.user.pk or 0, rows, CHANGE, message)


def may_schedule(request: HttpRequest) -> bool:
    return request.user.has_perm("reading_sessions.add_session")


def version_of_the_list() -> int:
    """A number that is another one after every change of the backlog."""
    newest: int | None = BacklogEntry.history.aggregate(newest=Max("history_id"))["newest"]
    return newest or 0


def _highest() -> int:
    """The last place that can be typed: of a list whose positions may have gaps."""
    entries = BacklogEntry.objects.aggregate(last=Max("position"))
    return max(BacklogEntry.objects.count(), entries["last"] or 0)


def _counted(entries: list[BacklogEntry], words: str, renumbered: int | None = None) -> str:
    """“DDPM” was moved. / 3 papers were moved."""
    if len(entries) == 1:
        said = f"“{entries[0]}” was {words}"
    else:
        said = f"{len(entries)} papers were {words}" if entries else f"No paper was {words}"
    return f"{said}; {renumbered} lines have a new position." if renumbered is not None else f"{said}."


def _sessions_of(entry: BacklogEntry) -> Iterator[SafeString]:
    """The sessions that read the paper, each with its form; drafts and those to come are called so."""
    for read in entry.paper.reads.all():
        session: Session = read.session
        if session.state == Session.State.CANCELLED:
            continue
        note = ""
        if session.state == Session.State.DRAFT:
            note = " (draft)"
        elif read.is_upcoming:
            when = date_format(timezone.localtime(session.starts_at), "j M Y") if session.starts_at else ""
            note = f" (planned{', ' if when else ''}{when})"
        page = reverse("admin:reading_sessions_session_change", args=[session.pk])
        yield format_html('<a href="{}">{}</a>{}', page, f"session {session.numbers}", note)
