"""Where a session was found in former days."""

from django.db import models

from papers.history import recorded


class SessionSlug(models.Model):
    """A slug that a session had in public: it leads there for ever."""

    session = models.ForeignKey("reading_sessions.Session", on_delete=models.CASCADE, related_name="slugs")
    slug = models.SlugField(max_length=120, unique=True)

    history = recorded()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.slug
