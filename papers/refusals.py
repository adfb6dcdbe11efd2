"""What the database refused, in words that say what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import DataError, IntegrityError, OperationalError
from django.db.models import ProtectedError

from papers.models import TitleTakenError

# Said for what only the database can refuse, where the constraint's name does not say what to do. Others add theirs.
EXPLANATIONS = {
    "a_url_is_a_paper_or_a_resource": "This address is both a paper's and a resource's. Remove it from one of the two.",
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html: deadlock, lock timeout, failed serialization.
_GAVE_WAY = {"40P01", "55P03", "40001"}


class RefusedError(Exception):
    """What the database refused, in words for an organizer; nothing of it was saved."""


@contextmanager
def refusals_in_words() -> Iterator[None]:
    """Turn what the database refuses in here into RefusedError. A database that is away refuses nothing: that passes."""
    try:
        yield
    except (IntegrityError, DataError) as refusal:
        raise RefusedError(explain(refusal)) from refusal
    except OperationalError as refusal:
        if not gave_way(refusal):
            raise
        raise RefusedError(explain(refusal)) from refusal


def gave_way(refusal: Exception) -> bool:
    """Whether the database gave up this transaction for somebody else's: the same again may succeed."""
    return getattr(refusal.__cause__, "sqlstate", None) in _GAVE_WAY


def explain(refusal: Exception) -> str:
    """What the database refused, for an organizer: the rule that does not hold, by its name if need be."""
    if gave_way(refusal):
        return "Somebody else was writing at the same time, so nothing was changed. Try again."
    if isinstance(refusal, TitleTakenError):
        return str(refusal)
    diagnosis = getattr(refusal.__cause__, "diag", None)
    name = getattr(diagnosis, "constraint_name", None) or ""
    if name in EXPLANATIONS:
        return EXPLANATIONS[name]
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            if constraint.name == name:
                message = str(constraint.get_violation_error_message())
                own = message != str(constraint.default_violation_error_message) % {"name": name}
                return message if own else f"{name.replace('_', ' ').capitalize()}."
    detail = getattr(diagnosis, "message_detail", None) or ""
    if isinstance(refusal, ProtectedError) or "is still referenced from" in detail:
        return "Somebody began to use it at the same time, so it was not deleted."
    if taken := re.fullmatch(r"Key \((.+?)\)=\((.*)\) already exists\.", detail, re.DOTALL):
        return f"There is one with this {taken[1]} already: {taken[2]}. Change it, or remove one of the two."
    if isinstance(refusal, DataError):
        return "Something is too long or too large to be kept. Shorten it."
    return (
        "Somebody changed or removed a part of this at the same time. Look at it again, then save once more."
    )
