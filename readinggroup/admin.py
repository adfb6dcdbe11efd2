"""The admin's pages for imports and exports: bring a file, see what it would do, confirm; the record of those done."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import DatabaseError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from papers.adminbase import CarefulAdmin
from readinggroup import pending
from readinggroup.admin_links import LinkCheckAdmin
from readinggroup.interchange.dump import dump, one_moment
from readinggroup.interchange.errors import UnreadableError
from readinggroup.interchange.markdown.writer import left_out
from readinggroup.interchange.readers import WRITERS
from readinggroup.models import Import, PendingImport
from sessions.models import Group

__all__ = ["ImportAdmin", "LinkCheckAdmin", "may_export"]

FORMATS = {
    "md": ("README in Markdown", "text/markdown; charset=utf-8"),
    "yaml": ("YAML", "application/yaml; charset=utf-8"),
    "json": ("JSON", "application/json"),
}
# An export holds all of these, drafts and meeting rooms too.
EXPORTED = [
    f"{app}.view_{model}"
    for app, models in {
        "reading_sessions": ("group", "session", "reading", "material", "person", "backlogentry"),
        "papers": ("paper", "resource"),
    }.items()
    for model in models
]


@admin.register(Import)
class ImportAdmin(CarefulAdmin):
    """Nobody edits the record of an import; to add one is to import."""

    list_display = ("imported_at", "file_name", "who", "created", "updated", "removed", "warnings")
    list_filter = ("imported_at",)
    list_select_related = ("user",)
    search_fields = ("file_name",)
    fields = readonly_fields = ("imported_at", "who", "file_name")

    class Media:
        css = {"all": ["admin/import.css"]}  # noqa: RUF012  (as Django declares it)

    # --- The record --------------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without the documents, which may be megabytes each."""
        return super().get_queryset(request).defer("document")

    @admin.display(description="by")
    def who(self, done: Import) -> str:
        return str(done.user) if done.user else "command line"

    @admin.display
    def created(self, done: Import) -> Any:
        return done.report.get("created")

    @admin.display
    def updated(self, done: Import) -> Any:
        return done.report.get("updated")

    @admin.display
    def removed(self, done: Import) -> Any:
        return done.report.get("removed")

    @admin.display
    def warnings(self, done: Import) -> Any:
        return done.report.get("warning_count", len(done.report.get("warnings", ())))

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """With what it did, below what it was."""
        done = context.get("original")
        context["report"] = done.report | {"warning_count": self.warnings(done)} if done else None
        return super().render_change_form(request, context, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        may = {"may_export": may_export(request), "waiting": []}
        if self.has_add_permission(request):
            may["waiting"] = list(pending.waiting()[:10])
        return super().changelist_view(request, may | (extra_context or {}))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    # --- Import and export -------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        def at(route: str, view: Callable[..., Any], name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"readinggroup_import_{name}")

        return [
            at("add/", _with_what_is_too_much(self.bring), "add"),
            at("pending/<int:pk>/", _methods(self.dry_run, "GET", "HEAD", "POST"), "pending"),
            at("export/", require_safe(self.export), "export"),
            at("export/<str:ending>/", require_safe(self.download), "download"),
            *super().get_urls(),
        ]

    def bring(self, request: HttpRequest, *, too_much: bool = False) -> HttpResponse:
        """A file is brought, read, and kept until somebody has looked at what it would do."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if too_much:
            form = pending.ImportForm(initial=_start(), data=None)
            said = "This is more than 2.5 MB of text. Save it as a file, and upload that."
            return self._page(request, "bring", "Import", form=form, too_much=said)
        if request.method == "POST":
            form = pending.ImportForm(request.POST, request.FILES)
            if form.is_valid():
                kept = pending.keep(form, cast(User, request.user))
                return HttpResponseRedirect(reverse("admin:readinggroup_import_pending", args=[kept.pk]))
        else:
            form = pending.ImportForm(initial=_start())
        return self._page(
            request, "bring", "Import a README, YAML or JSON", form=form, waiting=pending.waiting()[:10]
        )

    def dry_run(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What a file that was brought would do. Posted: it is imported, or put aside."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        brought = pending.waiting().defer(None).filter(pk=pk).first()
        if brought is None:
            return self._gone(request)
        if request.method == "POST":
            if "_aside" in request.POST:
                brought.delete()
                self.message_user(request, f"{brought.file_name} was put aside. Nothing was imported.")
                return HttpResponseRedirect(reverse("admin:readinggroup_import_changelist"))
            return self._import(request, brought)
        report = unreadable = None
        try:
            report = pending.dry_run(brought)
        except UnreadableError as error:
            unreadable = error.in_file(brought.file_name)
        title = f"What {brought.file_name} would do"
        return self._page(
            request, "dry_run", title, pending=brought, report=report, unreadable=unreadable, is_dry=True
        )

    def _import(self, request: HttpRequest, brought: PendingImport) -> HttpResponse:
        here = HttpResponseRedirect(request.path)
        try:
            report = pending.carry_out(brought.pk, cast(User, request.user))
        except PendingImport.DoesNotExist:
            return self._gone(request)
        except UnreadableError as error:
            self.message_user(
                request, f"Nothing was imported: {error.in_file(brought.file_name)}", messages.ERROR
            )
            return here
        except DatabaseError as error:
            words = str(error).strip().splitlines()
            said = f"Nothing was imported: the database says “{words[0] if words else type(error).__name__}”. Try again."
            self.message_user(request, said, messages.ERROR)
            return here
        done = Import.objects.only("pk").first()
        said = f"{brought.file_name} was imported: {report}."
        if request.POST.get("promised") not in (None, str(report)):
            said += " This is not what the dry run had said: somebody changed the site in between."
        self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(
            reverse("admin:readinggroup_import_change", args=[done.pk if done else 0])
        )

    def _gone(self, request: HttpRequest) -> HttpResponse:
        said = "That file is not waiting any more: it was imported or put aside, or it waited for more than a day."
        self.message_user(request, said, messages.WARNING)
        return HttpResponseRedirect(reverse("admin:readinggroup_import_changelist"))

    def export(self, request: HttpRequest) -> HttpResponse:
        """The formats to take home, and what a README has no words for."""
        if not may_export(request):
            raise PermissionDenied
        with one_moment():
            missing = left_out(dump())
        formats = [(ending, name) for ending, (name, _) in FORMATS.items()]
        return self._page(request, "export", "Export", formats=formats, left_out=missing)

    def download(self, request: HttpRequest, ending: str) -> HttpResponse:
        """The group in one of the formats, as a file."""
        if not may_export(request):
            raise PermissionDenied
        if ending not in FORMATS:
            raise Http404
        with one_moment():
            document = dump()
        name = slugify(document.group.name)[:60] or "reading-group"
        file_name = f"{name}-{timezone.localdate():%Y-%m-%d}.{ending}"
        return HttpResponse(
            WRITERS[ending](document),
            content_type=FORMATS[ending][1],
            headers={"Content-Disposition": content_disposition_header(True, file_name) or "attachment"},
        )

    def _page(self, request: HttpRequest, name: str, title: str, **context: Any) -> HttpResponse:
        request.current_app = self.admin_site.name
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "media": self.media}
        template = f"admin/readinggroup/import/{name}.html"
        return TemplateResponse(request, template, {**shared, "title": title, **context})


def may_export(request: HttpRequest) -> bool:
    """Whether somebody may see all that an export holds."""
    return request.user.has_perms(EXPORTED)


def _start() -> dict[str, str]:
    return {"base_url": Group.objects.current().source_url}


def _methods(view: Callable[..., Any], *allowed: str) -> Callable[..., Any]:
    return require_http_methods(list(allowed))(view)


def _with_what_is_too_much(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view, asked with `too_much` where more was pasted than Django takes.

    Whoever first looks at what was posted gets Django's refusal, and that is the check against forged requests: so
    this looks first, and that check comes second. https://docs.djangoproject.com/en/6.1/topics/http/file-uploads/
    """
    checked = csrf_protect(view)

    def look_first(request: HttpRequest) -> HttpResponse:
        try:
            request.POST  # noqa: B018  (parses it)
        except RequestDataTooBig:
            return view(request, too_much=True)
        return checked(request)

    return csrf_exempt(update_wrapper(look_first, view))
