"""The admin's pages for papers and resources."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from papers import arxiv
from papers.admin_arxiv import ArxivAdmin, MetadataFilter
from papers.admin_known_as import KnownAsFormSet
from papers.admin_links import ShowsLinkCheck
from papers.adminbase import CarefulAdmin, SharedFields, TabularInline
from papers.models import Paper, PaperAlias, PaperTitle, Resource


class IdentifierField(forms.CharField):
    """An arXiv id or a DOI; of a link to it, which is longer than any, the identifier is taken."""

    reads: Callable[[str], str | None]

    def __init__(self, *, max_length: int, **kwargs: Any) -> None:
        super().__init__(max_length=500, **kwargs)  # how long an identifier may be the model says

    def to_python(self, value: Any) -> str | None:
        text = super().to_python(value)
        return type(self).reads(text) or text if text else text


class ArxivIdField(IdentifierField):
    reads = staticmethod(arxiv.arxiv_id)


class DoiField(IdentifierField):
    reads = staticmethod(arxiv.doi)


class PaperTitleInline(SharedFields, TabularInline):
    model = PaperTitle
    formset = KnownAsFormSet
    fields = ("key",)
    extra = 0


class PaperAdmin(ShowsLinkCheck, ArxivAdmin):
    """What a paper is. It is registered in `sessions.admin`, which adds what the group does with it."""

    address_field = "address"
    list_display = ("__str__", "arxiv_id", "doi", "published_on")
    list_filter = (MetadataFilter, "published_on", ("arxiv_id", admin.EmptyFieldListFilter))
    search_fields = ("title", "titles__key", "arxiv_id", "doi", "authors")
    search_help_text = "Any title that the paper was ever known by, arXiv id, DOI or author."
    inlines = (PaperTitleInline,)
    below = (PaperTitle, PaperAlias)
    fieldsets = (
        (None, {"fields": ("title", "arxiv_id", "doi", "url")}),
        ("About it", {"fields": ("authors", "abstract", "published_on", "slug")}),
    )

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if field := {"arxiv_id": ArxivIdField, "doi": DoiField}.get(db_field.name):
            kwargs["form_class"] = field
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def view_on_site(self, obj: Paper) -> str | None:
        return obj.get_absolute_url() if Paper.objects.public().filter(pk=obj.pk).exists() else None


@admin.register(Resource)
class ResourceAdmin(ShowsLinkCheck, CarefulAdmin):
    list_display = ("__str__", "kind", "url")
    list_filter = ("kind",)
    search_fields = ("title", "url", "papers__title")
    autocomplete_fields = ("papers",)

    def view_on_site(self, obj: Resource) -> str | None:
        return obj.get_absolute_url() if Resource.objects.public().filter(pk=obj.pk).exists() else None
