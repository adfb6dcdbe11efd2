"""Papers, with what the group does with them."""

from __future__ import annotations

from django.contrib import admin

from papers.admin import PaperAdmin
from papers.models import Paper


@admin.register(Paper)
class GroupPaperAdmin(PaperAdmin):
    """A paper's pages, and what needs to know of sessions and the backlog."""
