"""The admin's pages for imports: history, which nobody edits."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from papers.adminbase import CarefulAdmin
from readinggroup.models import Import


@admin.register(Import)
class ImportAdmin(CarefulAdmin):
    list_display = ("imported_at", "file_name", "user")
    list_filter = ("imported_at",)
    list_select_related = ("user",)
    search_fields = ("file_name",)
    fields = readonly_fields = ("imported_at", "user", "file_name", "what_it_did")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without the documents, which may be megabytes each."""
        return super().get_queryset(request).defer("document")

    @admin.display(description="report")
    def what_it_did(self, done: Import) -> SafeString:
        return format_html("<pre>{}</pre>", json.dumps(done.report, indent=2, ensure_ascii=False))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
