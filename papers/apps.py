from django.apps import AppConfig


class PapersConfig(AppConfig):
    """The ground floor: what there is to read."""

    name = "papers"
    verbose_name = "What we read"
    default_auto_field = "django.db.models.BigAutoField"
