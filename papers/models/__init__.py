"""What there is to read: papers, and everything else that a reading can point at."""

from papers.models.findings import ArxivRecord, ArxivTurn, LinkCheck
from papers.models.paper import (
    ARXIV_ID,
    DOI,
    LONGEST_TEXT,
    Paper,
    PaperAlias,
    PaperTitle,
    Resource,
    TitleTakenError,
)
from papers.models.two import Two, TwoPapers

__all__ = [
    "ARXIV_ID",
    "DOI",
    "LONGEST_TEXT",
    "ArxivRecord",
    "ArxivTurn",
    "LinkCheck",
    "Paper",
    "PaperAlias",
    "PaperTitle",
    "Resource",
    "TitleTakenError",
    "Two",
    "TwoPapers",
]
