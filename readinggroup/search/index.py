"""What is searched: a row for each session, paper, resource and person, kept by triggers (migrations 0005 and 0006).

Whoever writes, by whatever means, changes these rows in the same transaction, as its last deed. Drafts have rows too: what may be found
is asked of the querysets that the pages ask, when somebody searches.
"""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models


class SearchEntry(models.Model):
    """One thing in words, as `words.plain` makes them.

    A resource has a row for itself and one with the title of each of its papers, since not each may be public.
    """

    class Kind(models.IntegerChoices):
        """In the order in which equals are listed."""

        SESSION = 1, "session"
        PAPER = 2, "paper"
        RESOURCE = 3, "resource"
        PERSON = 4, "person"

    kind = models.PositiveSmallIntegerField(choices=Kind)
    thing = models.BigIntegerField(help_text="The primary key of the session, paper, resource or person.")
    paper = models.BigIntegerField(
        default=0, help_text="Of a resource: the paper whose title is in this row, or 0."
    )
    number = models.PositiveIntegerField(default=0, help_text="Of a session: its number.")
    title = models.TextField(help_text="As written.")
    names = models.TextField(
        help_text="What finds a session as its title does: the group's word for it, and its numbers."
    )
    lines = models.JSONField(
        help_text="What else it is found by, as written: pairs of what it is (reading, author, name …) and the text."
    )
    heading = models.TextField(help_text="The title, plain.")
    heading_vector = SearchVectorField()
    vector = SearchVectorField(
        help_text="All words: A of title and names, B of the lines, C of the authors of what a session reads, D of the "
        "prose; and initials."
    )

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=["kind", "thing", "paper"], name="a_thing_is_in_the_index_once"),
        )
        indexes = (GinIndex(fields=["vector"], name="search_by_words"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.thing}"


class SearchWord(models.Model):
    """A word that was ever in the index, to be offered in the place of a misspelt one, if something public has it."""

    word = models.CharField(max_length=40)

    class Meta:
        default_permissions = ()
        indexes = (
            GistIndex(OpClass("word", name="gist_trgm_ops"), name="search_words_like"),
            models.Index(fields=["word"], name="search_words"),
        )

    def __str__(self) -> str:
        return self.word
