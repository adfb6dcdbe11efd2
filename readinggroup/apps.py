from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ReadingGroupConfig(AppConfig):
    """The roof: what spans papers and sessions (home, search, interchange, health)."""

    name = "readinggroup"
    verbose_name = "Site"
    default_auto_field = "django.db.models.BigAutoField"


class GroupAdminConfig(AdminConfig):
    """Django's admin, with the group's name and time zone."""

    default_site = "readinggroup.adminsite.GroupAdminSite"
