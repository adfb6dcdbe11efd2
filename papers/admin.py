"""The admin's pages for papers and resources."""

from __future__ import annotations

from django.contrib import admin

from papers.admin_arxiv import ArxivAdmin, MetadataFilter
from papers.admin_known_as import KnownAsFormSet
from papers.admin_links import ShowsLinkCheck
from papers.adminbase import CarefulAdmin, SharedFields, TabularInline
from papers.models import Paper, PaperAlias, PaperTitle, Resource


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
