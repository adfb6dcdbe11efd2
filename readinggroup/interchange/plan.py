"""What an import is going to do: the parts to make, to change and to remove, and the report of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from readinggroup.interchange.document import (
    BacklogPart,
    GroupDocument,
    MaterialPart,
    PaperPart,
    Part,
    PersonPart,
    ReadingPart,
    ResourcePart,
    SessionPart,
)
from readinggroup.interchange.errors import Notice


@dataclass(frozen=True)
class Made:
    """A part that the import makes; `kind` is what it is, as the glossary calls it."""

    kind: str
    name: str
    line: int | None = None  # of the file


@dataclass(frozen=True)
class FieldChange:
    """What a field says before and after, shortened for people."""

    name: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Change:
    """A part that the import changes, or a list that it puts in another order."""

    name: str
    fields: tuple[FieldChange, ...]
    line: int | None = None


@dataclass(frozen=True)
class Kept:
    """What stays because an organizer made it so: a field, or, where `field` is empty, all of a part."""

    name: str
    field: str
    ours: str
    theirs: str = ""
    line: int | None = None


@dataclass
class Report:
    """What an import did, in numbers of parts: the group, sessions, readings, materials, papers, and so on.

    `made` and `changes` name what is counted as created and updated; `kept`, what the file says otherwise and an
    organizer decided.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    warnings: list[Notice] = field(default_factory=list)
    removals: list[str] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"created {self.created}, updated {self.updated}, unchanged {self.unchanged}, "
            f"removed {self.removed}, warnings {len(self.warnings)}"
        )


@dataclass
class Slot[P: Part]:
    """One line of a list as it shall stand: a row that is there with what changes in it, or a part to make."""

    part: P
    pk: int | None
    updates: dict[str, Any] = field(default_factory=dict)
    line: int | None = None  # of the file

    @property
    def row(self) -> int:
        """The primary key of the row that is there. Raises ValueError for a part still to be made."""
        if self.pk is None:
            raise ValueError(f"not there yet: {self.part!r}")
        return self.pk

    def __post_init__(self) -> None:
        self.line = self.line or self.part.line


@dataclass
class Lines[P: Part]:
    """A list as it shall stand, and the rows to remove from it."""

    slots: list[Slot[P]] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)


@dataclass
class SessionPlan:
    """A session with its lines; `numbers_refused` where its new numbers are another session's on the site."""

    slot: Slot[SessionPart]
    readings: Lines[ReadingPart]
    materials: Lines[MaterialPart]
    numbers_refused: bool = False
    former_slugs: list[str] = field(default_factory=list)  # that the file says


@dataclass
class Known:
    """The rows that are there, by the keys of the vocabulary."""

    sessions: dict[int, int]
    papers: dict[str, int]
    resources: dict[str, int]
    people: dict[str, int]


@dataclass
class Plan:
    """What to write. References in its parts are keys of the vocabulary."""

    report: Report
    base: GroupDocument
    known: Known
    group: dict[str, Any] = field(default_factory=dict)
    makes_group: bool = False
    group_changes: list[FieldChange] = field(default_factory=list)
    sessions: list[SessionPlan] = field(default_factory=list)
    removed_sessions: list[int] = field(default_factory=list)
    papers: dict[str, Slot[PaperPart]] = field(default_factory=dict)
    removed_papers: list[int] = field(default_factory=list)
    resources: dict[str, Slot[ResourcePart]] = field(default_factory=dict)
    removed_resources: list[int] = field(default_factory=list)
    people: dict[str, Slot[PersonPart]] = field(default_factory=dict)
    removed_people: list[int] = field(default_factory=list)
    backlog: Lines[BacklogPart] = field(default_factory=Lines)
    # Resources that the file knows as papers: row -> key of the paper that takes over address and readings.
    converted: dict[int, str] = field(default_factory=dict)
