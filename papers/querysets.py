"""Questions about papers and resources that need no session to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

from papers.titles import title_key

if TYPE_CHECKING:
    from papers.models import Paper, Resource  # noqa: F401  (names in the type parameters only)


class PaperQuerySet(models.QuerySet["Paper"]):
    def known_as(self, title: str) -> Self:
        """The paper that was ever known by this title, however it was spelt: at most one."""
        return self.filter(titles__key=title_key(title))

    def alphabetical(self) -> Self:
        """By title, as a reader looks one up: slugs are titles without accents, case and maths."""
        return self.order_by("slug")


class ResourceQuerySet(models.QuerySet["Resource"]):
    def by_kind(self) -> Self:
        """In the order of the kinds' names, then by title."""
        return self.order_by("kind", "title", "id")
