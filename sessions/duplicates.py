"""People who are likely one and the same, for an organizer to look at. Pure but for the last function."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from papers.duplicates import Pair, bare
from sessions.models import Person

_COMMON = 20


def likely_same(people: Sequence[tuple[int, Sequence[str]]]) -> list[Pair]:
    """The pairs of (primary key, names) that may be one person, likeliest first."""
    clues: dict[str, dict[int, tuple[float, str]]] = {}

    def clue(key: str, pk: int, likelihood: float, why: str) -> None:
        clues.setdefault(key, {}).setdefault(pk, (likelihood, why))

    for pk, names in people:
        for name in names:
            last_first = name.split(",", 1)
            words = bare(" ".join(reversed(last_first))).split()
            if not words:
                continue
            clue("words " + " ".join(sorted(words)), pk, 0.95, "same name but for accents and order")
            clue("joined " + "".join(words), pk, 0.8, "one is the other's name as a handle")
            if len(words) > 1:
                clue(f"initial {words[0][0]} {words[-1]}", pk, 0.7, "same last name and first initial")
                clue(f"joined {words[0][0]}{words[-1]}", pk, 0.6, "one is the other's name as a handle")
            clue(f"first {words[0]}", pk, 0.5 if len(words) == 1 else 0.4, "one is the other's first name")
    found: dict[tuple[int, int], Pair] = {}
    for key, having in clues.items():
        if len(having) > _COMMON:
            continue
        for (one, (sure, why)), (other, (less, _)) in combinations(sorted(having.items()), 2):
            # A first name alone is a clue only for somebody who is known by nothing else.
            if key.startswith("first ") and sure == less:
                continue
            pair = Pair(one, other, min(sure, less), why)
            if (one, other) not in found or found[one, other].likelihood < pair.likelihood:
                found[one, other] = pair
    return sorted(found.values(), key=lambda pair: (-pair.likelihood, pair.first, pair.second))


def known_people() -> list[tuple[int, list[str]]]:
    """Everybody with every name, in two queries."""
    return [
        (person.pk, [person.name, *(name.name for name in person.names.all())])
        for person in Person.objects.prefetch_related("names")
    ]
