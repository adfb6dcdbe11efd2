"""Papers, every name they go by, and everything else that a reading can point at."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models.functions import Length
from django.urls import reverse

from papers import arxiv
from papers.history import recorded
from papers.links import repository, safe_url
from papers.querysets import PaperQuerySet, ResourceQuerySet
from papers.slugs import unused_slug
from papers.tex import to_text
from papers.titles import slug_of, title_key

# https://info.arxiv.org/help/arxiv_identifier.html: since April 2007, and before.
ARXIV_ID = r"^(\d{4}\.\d{4,5}|[a-z-]+(\.[A-Z]{2})?/\d{7})$"
# https://www.doi.org/doi-handbook/HTML/index.html: a directory indicator of 10, a slash, and anything printable.
DOI = r"^10\.\d{4,9}/\S+$"
# Characters of authors, and of an abstract: above what people write, and below what a page or the search has trouble with.
LONGEST_TEXT = 20_000


class TitleTakenError(IntegrityError):
    """Another paper is known by this title, and not both are told apart by an arXiv id."""


class Paper(models.Model):
    """A work with a title. Every title it was ever known by finds it (PaperTitle)."""

    title = models.CharField(
        max_length=500,
        help_text="As the group writes it; TeX accents and $…$ are shown as letters and mathematics.",
    )
    slug = models.SlugField(
        max_length=120,
        unique=True,
        blank=True,
        help_text="The end of the paper's address. Made of the title when left empty.",
    )
    arxiv_id = models.CharField(
        "arXiv id",
        max_length=32,
        unique=True,
        null=True,
        blank=True,
        help_text="Such as 2006.11239, without a version; a link to arXiv is understood too.",
    )
    doi = models.CharField(
        "DOI",
        max_length=200,
        unique=True,
        null=True,
        blank=True,
        help_text="Such as 10.1000/182, for papers with one.",
    )
    url = models.URLField(
        "address",
        max_length=500,
        unique=True,
        null=True,
        blank=True,
        help_text="Where to read it, when it is not on arXiv.",
    )
    authors = models.TextField(
        blank=True, max_length=LONGEST_TEXT, help_text="One name a line, in the order of the paper."
    )
    abstract = models.TextField(blank=True, max_length=LONGEST_TEXT, help_text="Shown on the paper's page.")
    published_on = models.DateField(null=True, blank=True, help_text="Its year is shown beside the title.")

    objects = PaperQuerySet.as_manager()
    history = recorded()

    class Meta:
        ordering = ("slug",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(arxiv_id__regex=ARXIV_ID),
                name="an_arxiv_id_has_no_version",
                violation_error_message="An arXiv id looks like 2006.11239 or hep-th/9901001.",
            ),
            models.CheckConstraint(
                condition=models.Q(doi__regex=DOI),
                name="a_doi_starts_with_10",
                violation_error_message="A DOI looks like 10.1000/182.",
            ),
            models.CheckConstraint(condition=~models.Q(title=""), name="a_paper_has_a_title"),
            models.CheckConstraint(
                condition=models.lookups.LessThanOrEqual(Length("authors"), LONGEST_TEXT),
                name="authors_have_20000_characters_at_most",
                violation_error_message=f"Authors can have {LONGEST_TEXT:,} characters. Shorten the list.",
            ),
            models.CheckConstraint(
                condition=models.lookups.LessThanOrEqual(Length("abstract"), LONGEST_TEXT),
                name="an_abstract_has_20000_characters_at_most",
                violation_error_message=f"An abstract can have {LONGEST_TEXT:,} characters. Shorten it.",
            ),
        )

    def __str__(self) -> str:
        return to_text(self.title)

    def get_absolute_url(self) -> str:
        return reverse("paper", args=[self.slug])

    @property
    def tick(self) -> str:
        """The key under which a browser remembers that its visitor read it."""
        return f"p{self.pk}"

    @property
    def link(self) -> str | None:
        """Where to read it: its own address first, since the group chose that one."""
        if self.url:
            return self.url
        if self.arxiv_id:
            return arxiv.abs_url(self.arxiv_id)
        return f"https://doi.org/{self.doi}" if self.doi else None

    @property
    def is_provisional(self) -> bool:
        """Whether its title is nothing but its arXiv id, as it is where somebody pasted a link."""
        return self.arxiv_id is not None and arxiv.arxiv_id(self.title) == self.arxiv_id

    @property
    def author_names(self) -> list[str]:
        return [name.strip() for name in self.authors.splitlines() if name.strip()]

    def first_authors(self, most: int) -> tuple[list[str], list[str]]:
        """The authors to name where so many have room, and the others: two or more, since “1 more” saves no room."""
        names = self.author_names
        most = len(names) if len(names) == most + 1 else most
        return names[:most], names[most:]

    def clean(self) -> None:
        # Absent has to be NULL: two papers without a DOI are not the same paper.
        self.arxiv_id = (arxiv.arxiv_id(self.arxiv_id) or self.arxiv_id) if self.arxiv_id else None
        self.doi = (arxiv.doi(self.doi) or self.doi) if self.doi else None
        self.url = self.url or None
        if self.title and not title_key(self.title):
            raise ValidationError({"title": "Write a title with at least one letter or digit."})
        if taken := self._title_is_taken():
            raise ValidationError({"title": taken})
        if self.url and Resource.objects.filter(url=self.url).exists():
            raise ValidationError(
                {"url": "A resource has this address. Remove that resource, or leave this empty."}
            )

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, with the title. Raises TitleTakenError, with nothing saved, where the title is another paper's."""
        if not self.slug:
            slug = slug_of(self.title, fallback="paper")
            others = (
                Paper.objects.filter(slug__startswith=slug).exclude(pk=self.pk).values_list("slug", flat=True)
            )
            former = PaperAlias.objects.filter(kind=PaperAlias.Kind.SLUG, value__startswith=slug)
            self.slug = unused_slug(slug, {*others, *former.values_list("value", flat=True)})
        before = Paper.objects.filter(pk=self.pk).values_list("slug", flat=True).first() if self.pk else None
        super().save(*args, **kwargs)
        # A title that finds another paper already goes on finding that one.
        PaperTitle.objects.get_or_create(key=title_key(self.title), defaults={"paper": self})
        if before not in (None, self.slug):
            PaperAlias.objects.update_or_create(
                kind=PaperAlias.Kind.SLUG, value=before, defaults={"paper": self}
            )
        if taken := self._title_is_taken():
            raise TitleTakenError(taken)

    def _title_is_taken(self) -> str:
        """Why this paper may not have its title, if so: titles are shared only by papers on arXiv."""
        other = Paper.objects.known_as(self.title).exclude(pk=self.pk).first()
        if other is None or (self.arxiv_id and other.arxiv_id):
            return ""
        return f"Another paper is already known by this title: {other} (/papers/{other.slug}/)."


class PaperTitle(models.Model):
    """A title that finds a paper, normalized by `papers.titles.title_key`."""

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="titles")
    key = models.CharField(
        max_length=500,
        unique=True,
        help_text="The title in small letters, without accents' TeX and final stop.",
    )

    history = recorded()

    class Meta:
        ordering = ("key",)
        verbose_name = "title that finds it"
        verbose_name_plural = "titles that find it"
        constraints = (models.CheckConstraint(condition=~models.Q(key=""), name="a_title_key_is_not_empty"),)

    def __str__(self) -> str:
        return self.key

    def clean(self) -> None:
        self.key = title_key(self.key)
        if not self.key:
            raise ValidationError({"key": "Write a title with at least one letter or digit."})


class PaperAlias(models.Model):
    """An identifier that leads to a paper although it is not the paper's own.

    It was the paper's once, or that of a paper merged into it: links, pages and files that know it go on finding
    the paper.
    """

    class Kind(models.TextChoices):
        ARXIV = "arxiv", "arXiv id"
        DOI = "doi", "DOI"
        URL = "url", "Address"
        SLUG = "slug", "Page on this site"

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="aliases")
    kind = models.CharField(max_length=10, choices=Kind, help_text="What it is.")
    value = models.CharField(max_length=500, help_text="The identifier itself, as papers have it.")

    history = recorded()

    class Meta:
        ordering = ("kind", "value")
        verbose_name = "former identifier"
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "value"],
                name="an_alias_leads_to_one_paper",
                violation_error_message="This identifier leads to another paper already.",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["arxiv", "doi", "url", "slug"]),
                name="an_alias_is_of_a_known_kind",
            ),
            models.CheckConstraint(condition=~models.Q(value=""), name="an_alias_is_not_empty"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.value}"


class Resource(models.Model):
    """Anything else to read or run, at one address."""

    class Kind(models.TextChoices):
        ARTICLE = "article", "Article"
        CODE = "code", "Code"
        NOTEBOOK = "notebook", "Notebook"
        TALK = "talk", "Talk"
        OTHER = "other", "Other"

    kind = models.CharField(
        max_length=10,
        choices=Kind,
        default=Kind.ARTICLE,
        help_text="Under which heading the page of resources lists it.",
    )
    title = models.CharField(max_length=500, help_text="As readings name it.")
    url = models.URLField(
        "address", max_length=500, unique=True, help_text="Where it is; no paper may have the same address."
    )
    papers = models.ManyToManyField(
        Paper,
        blank=True,
        related_name="resources",
        help_text="The papers it belongs to, whose pages list it too.",
    )

    objects = ResourceQuerySet.as_manager()
    history = recorded("papers")

    class Meta:
        ordering = ("kind", "title", "id")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind__in=["article", "code", "notebook", "talk", "other"]),
                name="a_resource_is_of_a_known_kind",
            ),
            models.CheckConstraint(condition=~models.Q(title=""), name="a_resource_has_a_title"),
        )

    def __str__(self) -> str:
        return to_text(self.title)

    def get_absolute_url(self) -> str:
        return f"{reverse('resources')}#resource-{self.pk}"

    @property
    def tick(self) -> str:
        """The key under which a browser remembers that its visitor read it."""
        return f"r{self.pk}"

    @property
    def whose(self) -> str:
        """Of code, whose it is (github.com/NVlabs/edm), since most is called “Official Codebase”; of all else nothing."""
        return repository(safe_url(self.url) or "") if self.kind == self.Kind.CODE else ""

    def clean(self) -> None:
        if self.url and Paper.objects.filter(url=self.url).exists():
            raise ValidationError({"url": "A paper has this address: let the reading point at that paper."})
