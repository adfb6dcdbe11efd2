"""The admin's pages for the group, its sessions, people and backlog."""

from sessions.admin.backlog import BacklogEntryAdmin
from sessions.admin.group import GroupAdmin
from sessions.admin.papers import GroupPaperAdmin
from sessions.admin.people import PersonAdmin
from sessions.admin.session import SessionAdmin

__all__ = ["BacklogEntryAdmin", "GroupAdmin", "GroupPaperAdmin", "PersonAdmin", "SessionAdmin"]
