"""What every page knows."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from sessions.models import Group


def group(request: HttpRequest) -> dict[str, object]:
    """`group`, asked of the database by the first template that uses it."""
    return {"group": SimpleLazyObject(Group.objects.current)}
