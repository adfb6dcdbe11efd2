import importlib

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ReadingGroupConfig(AppConfig):
    """The roof: what spans papers and sessions (home, search, interchange, health)."""

    name = "readinggroup"
    verbose_name = "Site"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have `manage.py check` look at the fonts of the cards."""
        importlib.import_module("readinggroup.cards.checks")


class GroupAdminConfig(AdminConfig):
    """Django's admin, with the group's name and time zone."""

    default_site = "readinggroup.adminsite.GroupAdminSite"
