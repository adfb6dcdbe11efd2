"""What spans both floors: the record of imports."""

from __future__ import annotations

from django.conf import settings
from django.db import models


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
