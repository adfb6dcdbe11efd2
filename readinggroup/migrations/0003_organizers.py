"""The group `organizers`: whoever is in it, and is staff, may do all there is to do for the reading group.

It may not manage logins. A later migration that adds a model for organizers gives its permissions to this group.
"""

from django.contrib.auth.management import create_permissions
from django.db import migrations

NAME = "organizers"
# Records of history are written by the site alone.
MAY_DO_ALL = {"papers", "reading_sessions"}
MAY = {("readinggroup", "import"): {"add", "view"}, ("readinggroup", "pendingimport"): {"add", "view", "delete"}}


def make_organizers(apps, schema_editor):
    # On an empty database permissions are made only after the last migration, so they are made here.
    for label in ("papers", "reading_sessions", "readinggroup"):
        config = apps.get_app_config(label)
        # Those of a migration have no module, and without one no permissions are made; others keep theirs.
        module = getattr(config, "models_module", None)
        config.models_module = module or True
        create_permissions(config, apps=apps, verbosity=0)
        config.models_module = module
    organizers, _ = apps.get_model("auth", "Group").objects.get_or_create(name=NAME)
    organizers.permissions.add(
        *(
            permission
            for permission in apps.get_model("auth", "Permission").objects.select_related("content_type")
            if may_have(permission)
        )
    )


def may_have(permission):
    label, model = permission.content_type.app_label, permission.content_type.model
    if label in MAY_DO_ALL:
        return not model.startswith("historical")
    return permission.codename.partition("_")[0] in MAY.get((label, model), ())


def remove_organizers(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("readinggroup", "0002_pending_import"),
        ("papers", "0003_history_and_findings"),
        ("reading_sessions", "0003_history"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(make_organizers, remove_organizers)]
