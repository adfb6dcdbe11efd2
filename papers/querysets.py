"""Questions about papers and resources that need no session to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Case, Count, Exists, F, Func, OuterRef, Q, Subquery, TextField, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, Left, Lower, Trim
from django.db.models.lookups import Exact

from papers import arxiv
from papers.titles import title_key

if TYPE_CHECKING:
    from papers.models import Paper, Resource  # noqa: F401  (names in the type parameters only)


# The states of a session with a page of its own; sessions are known here by reverse names only.
_SHOWN = ("published", "cancelled")


def _read_in_the_open(rows: models.QuerySet[Any]) -> Q:
    """That a session with a page reads it, or nobody at all. For each of `rows`, as the outer query finds them."""
    same = rows.model._base_manager.filter(pk=OuterRef("pk"))
    shown, read = same.filter(readings__session__state__in=_SHOWN), same.filter(readings__isnull=False)
    return Q(Exists(shown)) | ~Q(Exists(read))


def most_used_first[Rows: models.QuerySet[Any]](rows: Rows, *relations: str) -> Rows:
    """Those at which the most rows of these relations point come first; of equals the older."""
    same = rows.model._base_manager.filter(pk=OuterRef("pk")).values("pk")
    counts = (Subquery(same.annotate(number=Count(name)).values("number")) for name in relations)
    return rows.order_by(sum(counts, Value(0)).desc(), "pk")


# What arXiv and a paper both have.
ARXIV_FIELDS = ("title", "authors", "abstract", "published_on", "doi")


def _folded(name: str) -> Lower:
    """Text with neither case nor white space to differ in; empty where there is none."""
    text = Coalesce(Cast(name, TextField()), Value(""))
    space = Func(
        text, Value(r"\s+"), Value(" "), Value("g"), function="regexp_replace", output_field=TextField()
    )
    return Lower(Trim(space))


def _differs(field: str) -> Case:
    """Whether the paper and arXiv's record of its present id both have this field, and differ in it."""
    ours, arxivs = _folded(field), _folded(f"arxiv_record__{field}")
    both = Q(arxiv_id=F("arxiv_record__arxiv_id")) & ~Exact(ours, Value("")) & ~Exact(arxivs, Value(""))
    return Case(When(both & ~Exact(ours, arxivs), then=Value(True)), default=Value(False))


class PaperQuerySet(models.QuerySet["Paper"]):
    def public(self) -> Self:
        """All but those that only drafts read: what a draft brings along is nowhere to be seen, unless it is listed."""
        listed = self.model._base_manager.filter(pk=OuterRef("pk"), backlog_entries__isnull=False)
        return self.filter(_read_in_the_open(self) | Q(Exists(listed)))

    def letters(self) -> list[str]:
        """The letters that their addresses begin with, each once, in order."""
        first = self.order_by().values_list(Lower(Left("slug", 1)), flat=True).distinct()
        return sorted(letter for letter in first if letter.isalpha())

    def known_as(self, title: str) -> Self:
        """The paper that was ever known by this title, however it was spelt: at most one."""
        return self.filter(titles__key=title_key(title))

    def at(self, address: str) -> Self:
        """The paper whose arXiv id, DOI or address this is or was, however it is written."""
        identifier, doi = arxiv.arxiv_id(address), arxiv.doi(address)
        found = Q(url=address.strip()) | self._was("url", address.strip())
        if identifier:
            found |= Q(arxiv_id=identifier) | self._was("arxiv", identifier)
        if doi:
            found |= Q(doi=doi) | self._was("doi", doi)
        return self.filter(found)

    def with_slug(self, slug: str) -> Self:
        """The paper whose page has this address, or had it once; whose it is now comes first."""
        found = self.filter(Q(slug=slug) | self._was("slug", slug))
        return found.annotate(is_former=Case(When(slug=slug, then=Value(0)), default=Value(1))).order_by(
            "is_former"
        )

    def without_metadata(self) -> Self:
        """Those on arXiv that lack authors or abstract, which arXiv knows."""
        return self.filter(arxiv_id__isnull=False).filter(Q(authors="") | Q(abstract=""))

    def compared_with_arxiv(self) -> Self:
        """Each with `title_differs` and so on, by field: both the group and arXiv say something, and not the same.

        Case and white space make no difference. What arXiv said of a former id does not count.
        """
        return self.annotate(**{f"{field}_differs": _differs(field) for field in ARXIV_FIELDS})

    def differing_from_arxiv(self) -> Self:
        """Those of which arXiv says something else than the group in at least one field."""
        anything = Q()
        for field in ARXIV_FIELDS:
            anything |= Q(**{f"{field}_differs": True})
        return self.compared_with_arxiv().filter(anything)

    def with_arxiv_problem(self) -> Self:
        """Those on arXiv of which the last try to ask it brought nothing."""
        return self.filter(arxiv_id=F("arxiv_record__arxiv_id")).exclude(arxiv_record__problem="")

    def by_use(self) -> Self:
        """Those with the most readings and lines of the backlog first; of equals the older."""
        return most_used_first(self, "readings", "backlog_entries")

    def with_address(self) -> Self:
        """With `address`: what `Paper.link` says, asked of the database."""
        return self.annotate(
            address=Case(
                When(url__gt="", then=F("url")),
                When(arxiv_id__gt="", then=Concat(Value(arxiv.abs_url("")), F("arxiv_id"))),
                When(doi__gt="", then=Concat(Value("https://doi.org/"), F("doi"))),
                output_field=models.TextField(null=True),
            )
        )

    def _was(self, kind: str, value: str) -> Q:
        """That an identifier led there before."""
        alias = self.model._base_manager.filter(aliases__kind=kind, aliases__value=value)
        return Q(pk__in=alias.values("pk"))


class ResourceQuerySet(models.QuerySet["Resource"]):
    def public(self) -> Self:
        """All but those that only drafts read."""
        return self.filter(_read_in_the_open(self))

    def by_kind(self) -> Self:
        """In the order of the kinds' names, what is of no kind last; then by title."""
        last = Case(When(kind="other", then=Value(1)), default=Value(0))
        return self.order_by(last, "kind", "title", "id")
