"""Which of the things found comes first. Pure: no database.

A title that has all that was asked for comes before one that has a part of it; of those, the one that says little
else; initials are less than words; the rest of the words, in readings, authors, names and prose, decide only between equals. A title that is just
what was typed, and the session of a number, come before everything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from readinggroup.search.matching import Wanted
from readinggroup.search.words import STOP_WORDS, Query, plain

JUST_THAT = 3.0
ALSO_CALLED_THAT = 2.5
IN_THE_TITLE = 2.0  # all words; a part of them that part of it
BEGINS_WITH_IT = 0.3
AS_A_PHRASE = 0.2
ELSEWHERE = 0.2  # times PostgreSQL's rank, below 1
OTHER_NAMES = frozenset(["title", "name"])
_NUMBER = re.compile(r"(?:(\S+) )?(\d+)")


class Score:
    """How well things answer a query."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self.wanted = Wanted(query)
        self.asked = [number for number, group in enumerate(query.groups) if group in query.asked]
        self.wording = " ".join(word for group in query.groups for word in group[0].words)

    def of(self, heading: str, names: str, lines: Sequence[Sequence[str]], rank: float) -> float:
        words = heading.split()
        content = [word for word in words if word not in STOP_WORDS] or words
        groups: dict[int, float] = {}
        hit: dict[str, float] = {}
        for span in self.wanted.spans_of_title(words):
            groups[span.group] = max(groups.get(span.group, 0), span.likeness)
            for word in words[span.start : span.end]:
                hit[word] = max(hit.get(word, 0), span.likeness)
        distinct = set(content)
        score = IN_THE_TITLE * sum(groups.get(group, 0) for group in self.asked) / max(1, len(self.asked))
        score += sum(hit.get(word, 0) for word in distinct) / max(1, len(distinct))
        if len(self.asked) > 1:
            if self._begins(content):
                score += BEGINS_WITH_IT
            if f" {self.wording} " in f" {heading} ":
                score += AS_A_PHRASE
        return score + self._just_that(heading, names, lines) + ELSEWHERE * rank

    def _begins(self, content: Sequence[str]) -> bool:
        starts = {span.start: span.group for span in self.wanted.spans(content[: len(self.asked)])}
        return [starts.get(place) for place in range(len(self.asked))] == self.asked

    def _just_that(self, heading: str, names: str, lines: Sequence[Sequence[str]]) -> float:
        if heading == self.wording:
            return JUST_THAT
        if self.is_number_of(names):
            return JUST_THAT
        if any(plain(text) == self.wording for what, text in lines if what in OTHER_NAMES):
            return ALSO_CALLED_THAT
        return 0

    def is_number_of(self, names: str) -> bool:
        """Whether “17”, “week 17” or “session 17” was typed, and these are the names of the session that has it."""
        called = _NUMBER.fullmatch(self.wording)
        known = plain(names).split()
        return bool(called and called[2] in known and (called[1] is None or called[1] in known))
