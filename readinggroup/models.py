"""What spans both floors: the record of imports, those still to be confirmed, and what is searched."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from readinggroup.search.index import SearchEntry, SearchWord

__all__ = ["Import", "PendingImport", "SearchEntry", "SearchWord"]


class Import(models.Model):
    """One import, done. The last one is the base of the next: what it says an earlier file said."""

    imported_at = models.DateTimeField(auto_now_add=True, help_text="When it was done.")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who did it; empty when it was done from the command line.",
    )
    file_name = models.CharField(max_length=300, help_text="The name of the file.")
    document = models.JSONField(
        help_text="What the file said, and what earlier files said that is still on the site: the base of the next import."
    )
    report = models.JSONField(
        help_text="What was created, updated, left unchanged and removed, and the warnings."
    )

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.file_name}, {self.imported_at:%Y-%m-%d %H:%M} UTC"


class PendingImport(models.Model):
    """A file brought to the admin, whose dry run somebody is reading. Gone once it is imported or put aside."""

    brought_at = models.DateTimeField(auto_now_add=True, help_text="When it was brought.")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", help_text="Who brought it."
    )
    file_name = models.CharField(max_length=300, help_text="The name of the file.")
    ending = models.CharField(max_length=10, help_text="Which reader reads it: .md, .yaml or .json.")
    text = models.TextField(help_text="What it says.")
    base_url = models.CharField(max_length=500, blank=True, help_text="Where its relative links start.")
    prune = models.BooleanField(default=False, help_text="Whether to remove what the file no longer has.")

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.file_name
