from django.apps import AppConfig


class SessionsConfig(AppConfig):
    """The first floor: what the group does with the papers."""

    name = "sessions"
    # Django refuses two apps with one label, and django.contrib.sessions already has "sessions".
    # Tables, migrations, permissions and admin addresses follow this label; imports and templates the folder.
    label = "reading_sessions"
    verbose_name = "What we do"
    default_auto_field = "django.db.models.BigAutoField"
