"""People who are likely one and the same, for an organizer to look at. Pure but for the last function."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import combinations

from papers.duplicates import Pair, bare
from sessions.models import Person

_COMMON = 20
_ALIKE = 0.85


def likely_same(people: Sequence[tuple[int, Sequence[str]]]) -> list[Pair]:
    """The pairs of (primary key, names) that may be one person, likeliest first."""
    spelt = [(pk, words) for pk, names in people for name in names if (words := _words(name))]
    found: dict[tuple[int, int], Pair] = {}
    for pair in (*_clues(spelt), *_alike(spelt)):
        place = (pair.first, pair.second)
        if place not in found or found[place].likelihood < pair.likelihood:
            found[place] = pair
    return sorted(found.values(), key=lambda pair: (-pair.likelihood, pair.first, pair.second))


def likely_others(new: Collection[int], people: Sequence[tuple[int, Sequence[str]]]) -> dict[int, int]:
    """For each of the `new` people who may be somebody already: who that is, most likely."""
    found: dict[int, int] = {}
    for pair in likely_same(people):
        for one, other in ((pair.second, pair.first), (pair.first, pair.second)):
            if one in new and (other not in new or other < one):
                found.setdefault(one, other)
    return found


def _words(name: str) -> list[str]:
    """The words of a name, first name first: no accents, no punctuation, no case."""
    return bare(" ".join(reversed(name.split(",", 1)))).split()


def _clues(spelt: Iterable[tuple[int, Sequence[str]]]) -> Iterator[Pair]:
    """Those who share a way of writing a name."""
    clues: dict[str, dict[int, tuple[float, str]]] = {}

    def clue(key: str, pk: int, likelihood: float, why: str) -> None:
        clues.setdefault(key, {}).setdefault(pk, (likelihood, why))

    for pk, words in spelt:
        clue("words " + " ".join(sorted(words)), pk, 0.95, "same name but for accents and order")
        clue("joined " + "".join(words), pk, 0.8, "one is the other's name as a handle")
        if len(words) > 1:
            clue(f"initial {words[0][0]} {words[-1]}", pk, 0.7, "same last name and first initial")
            clue(f"joined {words[0][0]}{words[-1]}", pk, 0.6, "one is the other's name as a handle")
        clue(f"first {words[0]}", pk, 0.5 if len(words) == 1 else 0.4, "one is the other's first name")
    for key, having in clues.items():
        if len(having) > _COMMON:
            continue
        for (one, (sure, why)), (other, (less, _)) in combinations(sorted(having.items()), 2):
            # A first name alone is a clue only for somebody who is known by nothing else.
            if not (key.startswith("first ") and sure == less):
                yield Pair(one, other, min(sure, less), why)


def _alike(spelt: Iterable[tuple[int, Sequence[str]]]) -> Iterator[Pair]:
    """Names with a letter or two astray, and with the same numbers. Only what shares three letters is compared."""
    having: dict[str, set[tuple[int, str]]] = {}
    for pk, words in spelt:
        name = " ".join(words)
        for at in range(len(name)):
            having.setdefault(f" {name} "[at : at + 3], set()).add((pk, name))
    meetings = {
        pair
        for names in having.values()
        if len(names) <= _COMMON
        for pair in combinations(sorted(names), 2)
        if pair[0][0] != pair[1][0]
    }
    for (one, name), (other, another) in meetings:
        if re.findall(r"\d+", name) != re.findall(r"\d+", another):
            continue
        match = SequenceMatcher(None, name, another, autojunk=False)
        if match.real_quick_ratio() >= _ALIKE and match.quick_ratio() >= _ALIKE:
            likeness = match.ratio()
            if likeness >= _ALIKE:
                yield Pair(one, other, likeness * 0.9, "names spelt alike")


def known_people() -> list[tuple[int, list[str]]]:
    """Everybody with every name, in two queries."""
    return [
        (person.pk, [person.name, *(name.name for name in person.names.all())])
        for person in Person.objects.prefetch_related("names")
    ]
