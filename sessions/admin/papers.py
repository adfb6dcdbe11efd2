"""Papers, with what the group does with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.http import HttpRequest

from papers.admin import PaperAdmin
from papers.duplicates import Pair, known_papers, likely_duplicates
from papers.merging import taken_over
from papers.models import Paper, TwoPapers
from sessions.admin.backlog import backlog_url, may_schedule, schedule_url
from sessions.admin.duplicates import DuplicatesAdmin
from sessions.merging import merge_papers
from sessions.models import BacklogEntry, Reading


@admin.register(Paper)
class GroupPaperAdmin(DuplicatesAdmin, PaperAdmin):
    """A paper's pages, and what needs to know of sessions and the backlog."""

    actions: Any = ("merge_selected", *PaperAdmin.actions)
    merge = staticmethod(merge_papers)
    two = TwoPapers
    called = "title"
    find_help = "Any title that it was ever known by, its arXiv id, DOI or address."

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """With buttons that put the paper into a new session, or on the backlog where it is not yet."""
        paper = context.get("original")
        if paper is not None and may_schedule(request):
            context["schedule_url"] = schedule_url(paper)
        may_list = request.user.has_perm("reading_sessions.add_backlogentry")
        if paper is not None and may_list and not paper.backlog_entries.exists():
            context["backlog_url"] = backlog_url(paper)
        return super().render_change_form(request, context, *args, **kwargs)

    def likely(self) -> Sequence[Pair]:
        return likely_duplicates(known_papers())

    def known(self, text: str) -> Paper | None:
        return Paper.objects.at(text).first() or Paper.objects.known_as(text).first()

    def side_by_side(self, keep: Any, lose: Any) -> list[tuple[str, Any, Any, Any]]:
        taken = taken_over(keep, lose)
        names = ("arxiv_id", "doi", "url", "authors", "published_on", "abstract", "slug")
        shown = []
        for name in names:
            ours, theirs = getattr(keep, name), getattr(lose, name)
            if ours or theirs:
                label = str(label_for_field(name, Paper))
                shown.append((label, ours, theirs, taken.get(name) or ours))
        return shown

    def moves(self, lose: Any) -> list[str]:
        readings = Reading.objects.filter(paper=lose).select_related("session").order_by("session__number")
        entry = BacklogEntry.objects.filter(paper=lose).first()
        return [
            *(f"Reading of session {reading.session}" for reading in readings),
            *(f"Resource “{resource}”" for resource in lose.resources.all()),
            *([f"Line {entry.position} of the backlog"] if entry else []),
        ]

    def caution(self, keep: Any, lose: Any) -> str:
        if keep.arxiv_id and lose.arxiv_id:
            return (
                f"Both are on arXiv, as {keep.arxiv_id} and {lose.arxiv_id}: there, they are two papers. "
                f"Merged, {lose.arxiv_id} leads to {keep.arxiv_id}."
            )
        return ""
