"""“Fetch from arXiv” in the admin: for one paper, for many step by step, and what differs side by side."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods, require_POST

from papers.adminbase import CarefulAdmin
from papers.arxiv_api import ArxivError
from papers.arxiv_fetch import Came, Outcome, SeenOtherwiseError, comparisons, fetch, names, take_over
from papers.models import ArxivRecord, Paper
from papers.refusals import RefusedError, refusals_in_words

STEP = 40  # papers a request: what is asked in one step
WITHIN = 20.0  # seconds for a step: browsers and proxies give up after 30 or more
_KEPT = "arxiv_fetch"  # in the organizer's session: what is left to do, so that it can be gone on with
_MOST_TOLD = 200


class MetadataFilter(admin.SimpleListFilter):
    title = "metadata"
    parameter_name = "metadata"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("missing", "missing, and on arXiv"),
            ("differs", "differs from arXiv"),
            ("problem", "problem at the last try"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "missing":
                found = Paper.objects.without_metadata()
            case "differs":
                found = Paper.objects.differing_from_arxiv()
            case "problem":
                found = Paper.objects.with_arxiv_problem()
            case _:
                return queryset
        return queryset.filter(pk__in=found.order_by().values("pk"))


class ArxivAdmin(CarefulAdmin):
    """Papers, with buttons that ask arXiv about them."""

    actions = ("fetch_from_arxiv",)

    @admin.display(description="arXiv")
    def asked(self, paper: Paper) -> str:
        """When arXiv was asked about this paper, and what went wrong if anything did."""
        record = ArxivRecord.objects.filter(paper=paper, arxiv_id=paper.arxiv_id or "").first()
        if record is None or record.tried_at is None:
            return "Not asked yet"
        day = date_format(timezone.localtime(record.tried_at), "j M Y, H:i")
        return f"Asked {day}. {record.problem}".strip()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "asked"] if obj and obj.arxiv_id else fields

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        parts = super().get_fieldsets(request, obj)
        return [*parts, ("What arXiv said", {"fields": ("asked",)})] if obj and obj.arxiv_id else parts

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("arxiv/", view(self.arxiv_progress), name="papers_paper_fetch"),
            path("arxiv/missing/", view(self.arxiv_missing), name="papers_paper_fetch_missing"),
            path("arxiv/step/", view(self.arxiv_step), name="papers_paper_fetch_step"),
            path("<int:pk>/arxiv/", view(self.arxiv_view), name="papers_paper_arxiv"),
            path("<int:pk>/arxiv/fetch/", view(self.arxiv_fetch), name="papers_paper_arxiv_fetch"),
            *super().get_urls(),
        ]

    def _paper(self, request: HttpRequest, pk: int) -> Paper:
        paper = get_object_or_404(Paper, pk=pk)
        if not self.has_change_permission(request, paper):
            raise PermissionDenied
        return paper

    # --- One ---------------------------------------------------------------------------------------------
    @method_decorator(require_POST)
    def arxiv_fetch(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask arXiv about one paper, then show what differs, if anything does."""
        paper = self._paper(request, pk)
        form = HttpResponseRedirect(reverse("admin:papers_paper_change", args=[pk]))
        if not paper.arxiv_id:
            self.message_user(
                request, "It has no arXiv id: fill that in and save, then fetch.", messages.ERROR
            )
            return form
        outcomes, problem = self._ask(request, [paper])
        for outcome in outcomes:
            problem = problem or outcome.problem
            if outcome.filled:
                self.message_user(
                    request, f"Filled in from arXiv: {names(outcome.filled)}.", messages.SUCCESS
                )
            if outcome.differs and not outcome.problem:
                said = f"arXiv says something else: {names(outcome.differs)}. Yours stays, unless you take arXiv's over."
                self.message_user(request, said, messages.WARNING)
                return HttpResponseRedirect(reverse("admin:papers_paper_arxiv", args=[pk]))
            if outcome.came is Came.UNCHANGED:
                self.message_user(request, "arXiv says the same: nothing to fill in.", messages.SUCCESS)
        if problem:
            self.message_user(request, f"{problem} The paper is as it was.", messages.ERROR)
        return form

    def _ask(self, request: HttpRequest, papers: list[Paper]) -> tuple[list[Outcome], str]:
        """What came of each, or none and why not."""
        try:
            return fetch(papers, within=WITHIN, user=request.user), ""  # type: ignore[arg-type]
        except ArxivError as error:
            return [], str(error)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def arxiv_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Yours and arXiv's side by side; what is ticked is taken over."""
        paper = self._paper(request, pk)
        record = ArxivRecord.objects.filter(paper=paper, arxiv_id=paper.arxiv_id or "").first()
        here = HttpResponseRedirect(reverse("admin:papers_paper_arxiv", args=[pk]))
        if request.method == "POST":
            if record is not None:
                self._take_over(request, paper)
            return here
        compared = comparisons(paper, record) if record and record.fetched_at else []
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "What arXiv says",
            "paper": paper,
            "record": record,
            "compared": compared,
            "differs": any(each.differs for each in compared),
        }
        return TemplateResponse(request, "admin/papers/paper/arxiv.html", context)

    def _take_over(self, request: HttpRequest, paper: Paper) -> None:
        seen = {name: request.POST.get(f"seen-{name}", "") for name in request.POST.getlist("take")}
        if not seen:
            self.message_user(request, "Nothing was ticked, so nothing was taken over.", messages.WARNING)
            return
        try:
            with refusals_in_words():
                taken = take_over(paper.pk, seen, user=request.user)  # type: ignore[arg-type]
        except (SeenOtherwiseError, Paper.DoesNotExist, ArxivRecord.DoesNotExist):
            said = "Somebody changed it meanwhile, so nothing was taken over. This is how it is now: look at it again."
            self.message_user(request, said, messages.ERROR)
        except RefusedError as refusal:
            self.message_user(request, f"Nothing was taken over. {refusal}", messages.ERROR)
        else:
            said = f"Taken over from arXiv: {names([each.name for each in taken])}."
            self.log_change(request, paper, said)
            self.message_user(request, said, messages.SUCCESS)

    # --- Many --------------------------------------------------------------------------------------------
    @admin.action(permissions=["change"], description="Fetch the selected papers from arXiv")
    def fetch_from_arxiv(self, request: HttpRequest, queryset: QuerySet[Paper]) -> HttpResponse:
        """Remember which, and show the page that asks for them step by step."""
        chosen = list(queryset.order_by("pk").values_list("pk", "arxiv_id"))
        left = [pk for pk, arxiv_id in chosen if arxiv_id]
        if len(left) < len(chosen):
            said = f"{len(chosen) - len(left)} without an arXiv id left out."
            self.message_user(request, said, messages.WARNING)
        return self._remember(request, left)

    @method_decorator(require_POST)
    def arxiv_missing(self, request: HttpRequest) -> HttpResponse:
        """The same for all papers without metadata."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        missing = Paper.objects.without_metadata().order_by("-pk")
        return self._remember(request, list(missing.values_list("pk", flat=True)))

    def _remember(self, request: HttpRequest, keys: list[int]) -> HttpResponse:
        request.session[_KEPT] = {"left": keys, "total": len(keys), "came": {}, "told": [], "problem": ""}
        return HttpResponseRedirect(reverse("admin:papers_paper_fetch"))

    def arxiv_progress(self, request: HttpRequest) -> HttpResponse:
        """How far it is, and the button that goes on; with nothing under way, what could be fetched."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        kept = request.session.get(_KEPT)
        is_under_way = bool(kept and kept["left"])
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Fetch from arXiv",
            "kept": kept,
            "missing": 0 if is_under_way else Paper.objects.without_metadata().count(),
            "done": kept["total"] - len(kept["left"]) if kept else 0,
            "came": [(each.value, kept["came"].get(each.value, 0)) for each in Came] if kept else [],
        }
        return TemplateResponse(request, "admin/papers/paper/fetch.html", context)

    @method_decorator(require_POST)
    def arxiv_step(self, request: HttpRequest) -> HttpResponse:
        """Ask for the next papers, at most 40; where arXiv does not answer, they are still to do."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        kept = request.session.get(_KEPT)
        if kept and kept["left"]:
            batch = kept["left"][:STEP]
            # What was removed since, or has no id any more, is done.
            papers = list(Paper.objects.filter(pk__in=batch, arxiv_id__isnull=False))
            outcomes, kept["problem"] = self._ask(request, papers) if papers else ([], "")
            if not kept["problem"]:
                kept["left"] = kept["left"][STEP:]
            for outcome in outcomes:
                kept["came"][outcome.came.value] = kept["came"].get(outcome.came.value, 0) + 1
                if outcome.problem or outcome.differs:
                    kept["told"].append(
                        [outcome.paper.pk, str(outcome.paper), outcome.problem, names(outcome.differs)]
                    )
            del kept["told"][_MOST_TOLD:]
            request.session[_KEPT] = kept
        return HttpResponseRedirect(reverse("admin:papers_paper_fetch"))
