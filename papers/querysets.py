"""Questions about papers and resources that need no session to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Case, Q, Value, When

from papers import arxiv
from papers.titles import title_key

if TYPE_CHECKING:
    from papers.models import Paper, Resource  # noqa: F401  (names in the type parameters only)


class PaperQuerySet(models.QuerySet["Paper"]):
    """Papers are public by themselves, read or not: that a draft is about to read one is nowhere to be seen."""

    def known_as(self, title: str) -> Self:
        """The paper that was ever known by this title, however it was spelt: at most one."""
        return self.filter(titles__key=title_key(title))

    def at(self, address: str) -> Self:
        """The paper whose arXiv id, DOI or address this is, however it is written."""
        identifier, doi = arxiv.arxiv_id(address), arxiv.doi(address)
        found = Q(url=address.strip())
        if identifier:
            found |= Q(arxiv_id=identifier)
        if doi:
            found |= Q(doi=doi)
        return self.filter(found)

    def alphabetical(self) -> Self:
        """By title, as a reader looks one up: slugs are titles without accents, case and maths."""
        return self.order_by("slug")


class ResourceQuerySet(models.QuerySet["Resource"]):
    def by_kind(self) -> Self:
        """In the order of the kinds' names, what is of no kind last; then by title."""
        last = Case(When(kind="other", then=Value(1)), default=Value(0))
        return self.order_by(last, "kind", "title", "id")

    def with_papers(self) -> Self:
        """With the papers that each belongs to."""
        return self.prefetch_related("papers")
