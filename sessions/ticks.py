"""What a visitor can tick as done, and the key under which a browser remembers it.

A key outlives every change of slugs, titles, numbers and order: `s12` is a session, `p7` a paper, `r3` a resource, by
primary key. A line of words has no row that lasts: an organizer, or a session put back to an earlier day, makes its
line anew. What it says in which session is all that it is, so that is its key: `w12-0f3c9a1b`. Other words are
another thing to do.
"""

from __future__ import annotations

from hashlib import blake2b

from papers.titles import title_key

# Said of what nobody can read yet.
_TO_COME = {"to be announced", "to be determined", "to be decided", "to come", "tba", "tbd", "…", "..."}


def session_tick(pk: int) -> str:
    return f"s{pk}"


def line_tick(
    session: int, paper: int | None, resource: int | None, same_as: int | None, label: str
) -> str | None:
    """The key of a reading, by the primary keys that its row has; None where there is nothing of its own to tick.

    The lines of “same as” are those of the other session, ticked there and here.
    """
    if paper is not None:
        return f"p{paper}"
    if resource is not None:
        return f"r{resource}"
    words = title_key(label) if label else ""
    if same_as is not None or not words or words in _TO_COME:
        return None
    return f"w{session}-{blake2b(words.encode(), digest_size=4).hexdigest()}"
