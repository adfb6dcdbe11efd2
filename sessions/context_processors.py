"""What every page knows."""

import logging

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from sessions.models import Group

logger = logging.getLogger(__name__)


def group(request: HttpRequest) -> dict[str, object]:
    """`group`, asked of the database by the first template that uses it."""
    return {"group": SimpleLazyObject(current_or_default)}


def current_or_default() -> Group:
    """The group; one with the defaults while the database is down, so that "not found" can still be said."""
    try:
        return Group.objects.current()
    except (InterfaceError, OperationalError) as error:
        logger.warning("The group's name is not known: %s", " ".join(str(error).split()))
        return Group()
