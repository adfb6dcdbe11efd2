"""What the group does with its papers: sessions, their readings and materials, people, and the backlog."""

from sessions.models.backlog import BacklogEntry, PaperRead
from sessions.models.group import Group
from sessions.models.outline import Material, Reading
from sessions.models.people import Person, PersonName, PersonSlug, TwoPeople
from sessions.models.session import Session
from sessions.models.session_queryset import is_upcoming
from sessions.models.session_slug import SessionSlug
from sessions.models.shared import ResourceRead

__all__ = [
    "BacklogEntry",
    "Group",
    "Material",
    "PaperRead",
    "Person",
    "PersonName",
    "PersonSlug",
    "Reading",
    "ResourceRead",
    "Session",
    "SessionSlug",
    "TwoPeople",
    "is_upcoming",
]
