"""Whether a session is shown: asked by sessions, and by what stands below them."""

from django.db import models


class SessionState(models.TextChoices):
    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    CANCELLED = "cancelled", "Cancelled"
