"""One thing here that a file tells as several: two papers, or two people, that were merged here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from papers.titles import title_key
from sessions.models.people import name_key


def chief_of[P](several: Sequence[P], now: Any) -> P:
    """The part that the one that stands here is first of all: the same title or name, else arXiv id, else address."""

    def likeness(part: Any) -> tuple[bool, bool, bool, bool]:
        arxiv_id = getattr(part, "arxiv_id", "")
        return (
            _called(part) == _called(now),
            bool(arxiv_id) and arxiv_id == now.arxiv_id,
            bool(getattr(part, "slug", "")) and part.slug == now.slug,
            not _is_alias(part, now),
        )

    # Of several that are alike, the first.
    return max(several, key=likeness) if len(several) > 1 else several[0]


def counterparts[P](base: Sequence[P], new: Sequence[P], now: Any = None) -> list[tuple[P, P | None]]:
    """Each part of the file with the one of the base that it was before.

    They are the same by what the files say; else only the site knows that they are, and each stands for the next
    that is left. What leads to the one that stands here without being its own stands for no other.
    """
    left = list(base)
    found: dict[int, P] = {}
    for part in new:
        same: Any = next((was for was in left if _identity(was) == _identity(part)), None)
        if same is not None:
            found[id(part)] = same
            left = [was for was in left if was is not same]
    for part in new:
        if left and id(part) not in found and not (now is not None and _is_alias(part, now)):
            found[id(part)] = left.pop(0)
    return [(part, found.get(id(part))) for part in new]


def speaking[P](
    base: dict[Any, list[P]], new: dict[Any, list[P]], now: dict[Any, list[P]]
) -> tuple[dict[Any, P], dict[Any, P], dict[Any, P]]:
    """Of several lines of one thing the first, which speaks for it; of the base's, what the file's was before.

    Another one spoke before where the site has come to know the thing by what the file says of its second part.
    """
    was, said, stands = ({key: parts[0] for key, parts in each.items()} for each in (base, new, now))
    for key in base.keys() & new.keys():
        _, before = counterparts(base[key], new[key])[0]
        was[key] = before or was[key]
    return was, said, stands


def _identity(part: Any) -> Any:
    # Resources are told by their address, which is their key everywhere.
    return part.url if part.identity is None else part.identity


def _is_alias(part: Any, now: Any) -> bool:
    return bool(getattr(part, "arxiv_id", "")) and f"arXiv:{part.arxiv_id}" in now.aliases


def _called(part: Any) -> str:
    return title_key(part.title) if hasattr(part, "title") else name_key(part.name)
