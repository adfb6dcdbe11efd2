"""The history of a session in the admin: with its readings and materials, and back to any moment of it."""

from __future__ import annotations

from typing import Any

from papers.adminhistory import HistoryPages
from papers.moments import Moment
from papers.outlines import Line
from sessions.history import LINES, preview, revert


class SessionHistory(HistoryPages):
    """A session's pages of history: it goes back as a whole, so that lines that came since are gone."""

    below = LINES

    def would_change(self, moment: Moment) -> list[Line]:
        return preview(moment.root[1], moment)

    def go_back(self, moment: Moment) -> tuple[Any, list[str]]:
        done = revert(moment.root[1], moment)
        return done.session, done.lost
