from django.apps import AppConfig


class ReadingGroupConfig(AppConfig):
    """The roof: what spans papers and sessions (home, search, interchange, health)."""

    name = "readinggroup"
    verbose_name = "Imports"
    default_auto_field = "django.db.models.BigAutoField"
