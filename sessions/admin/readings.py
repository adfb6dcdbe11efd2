"""The reading list below a session."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from papers.adminbase import EXPLANATIONS
from sessions.admin.lines import LineInline
from sessions.models import Reading

EXPLANATIONS["same_as_is_never_a_circle"] = (
    "A “same as” leads back to this session. Choose the session that lists the readings itself."
)


class ReadingInline(LineInline):
    model = Reading
    fk_name = "session"
    autocomplete_fields = ("paper", "resource", "same_as", "presenters")
    fields = (("position", "indent"), ("paper", "resource", "same_as"), ("label", "note"), "presenters")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("paper", "resource", "same_as")
