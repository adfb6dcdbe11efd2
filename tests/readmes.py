"""READMEs for the tests: the group's own that ships with the site, and small ones for single rules."""

import os
from pathlib import Path

from readinggroup.interchange.document import GroupDocument
from readinggroup.interchange.markdown.reader import read_markdown

BASE_DIR = Path(__file__).resolve().parent.parent
BASE_URL = "https://github.com/tmabraham/diffusion_reading_group/blob/main/"
SHIPPED = BASE_DIR / "readinggroup" / "content" / "diffusion-reading-group.md"
# Development may name further copies of the same README, such as the group's original, to be held to the same facts.
SAME_FACTS = [SHIPPED, *(Path(name) for name in os.environ.get("READMES_TO_CHECK", "").split())]


def week(body: str, number: int = 1, title: str = "A title") -> str:
    """A README of one session with this body."""
    return f"# The group\n\n## Week {number}: {title}\n{body}\n"


def read(text: str) -> GroupDocument:
    return read_markdown(text)


def said(document: GroupDocument) -> dict[str, object]:
    """A document without what has its default, and its warnings as `line: text`."""
    data = document.model_dump(exclude_defaults=True)
    if document.warnings:
        data["warnings"] = [f"{notice.line}: {notice.text}" for notice in document.warnings]
    return data
