"""Papers that are likely one and the same, for an organizer to look at. Pure but for the last function.

Nothing here is certain: two papers become one only when a person says so (`sessions.merging`).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from papers import arxiv
from papers.models import Paper
from papers.titles import title_key

MOST = 100  # pairs that are listed
# Words that more papers share than this say nothing about two of them.
_COMMON = 20
_ALIKE = 0.7


@dataclass(frozen=True)
class Known:
    """What is known of one paper, as far as it tells duplicates. `titles` are normalized (`title_key`)."""

    pk: int
    title: str
    titles: frozenset[str] = frozenset()
    arxiv_id: str = ""
    doi: str = ""
    url: str = ""
    authors: tuple[str, ...] = ()
    arxiv_title: str = ""


@dataclass(frozen=True)
class Pair:
    """Two primary keys, how likely they are one (0 to 1), and why, in words."""

    first: int
    second: int
    likelihood: float
    why: str


@lru_cache(maxsize=20_000)
def bare(title: str) -> str:
    """The words of a title alone: no accents, no punctuation, no case."""
    plain = unicodedata.normalize("NFKD", title_key(title))
    return " ".join(
        re.findall(r"\w+", "".join(letter for letter in plain if not unicodedata.combining(letter)))
    )


def likely_duplicates(papers: Sequence[Known]) -> list[Pair]:
    """The pairs that may be one paper, likeliest first. Quick with thousands: only what shares a clue is compared."""
    found: dict[tuple[int, int], Pair] = {}
    for clue in (_same_identifier, _same_words, _without_subtitle, _initials, _alike):
        for pair in clue(papers):
            place = (pair.first, pair.second)
            if place not in found or found[place].likelihood < pair.likelihood:
                found[place] = pair
    return sorted(found.values(), key=lambda pair: (-pair.likelihood, pair.first, pair.second))


def _pair(one: Known, other: Known, likelihood: float, why: str) -> Pair:
    first, second = sorted((one.pk, other.pk))
    return Pair(first, second, likelihood, why)


def _titles(paper: Known) -> set[str]:
    return {words for title in (paper.title, *paper.titles, paper.arxiv_title) if (words := bare(title))}


def _meeting(clues: Iterable[tuple[str, Known]]) -> Iterator[tuple[Known, Known]]:
    """Every two papers that have a clue in common, unless too many have it."""
    having: dict[str, dict[int, Known]] = {}
    for clue, paper in clues:
        having.setdefault(clue, {})[paper.pk] = paper
    for papers in having.values():
        if len(papers) <= _COMMON:
            yield from combinations(papers.values(), 2)


def _told_apart(one: Known, other: Known) -> bool:
    return bool(one.arxiv_id and other.arxiv_id and one.arxiv_id != other.arxiv_id)


def _same_identifier(papers: Sequence[Known]) -> Iterator[Pair]:
    """An address or a title that is another paper's arXiv id or DOI."""
    clues = []
    for paper in papers:
        for text in (paper.arxiv_id, paper.url, paper.title, paper.doi):
            if identifier := arxiv.arxiv_id(text):
                clues.append((f"arXiv:{identifier}", paper))
            elif doi := arxiv.doi(text):
                clues.append((f"doi:{doi}", paper))
    for one, other in _meeting(clues):
        yield _pair(one, other, 1.0, "one links to what the other is")


def _same_words(papers: Sequence[Known]) -> Iterator[Pair]:
    for one, other in _meeting((words, paper) for paper in papers for words in _titles(paper)):
        likelihood = 0.7 if _told_apart(one, other) else 0.95
        yield _pair(one, other, likelihood, "same title but for punctuation and accents")


def _without_subtitle(papers: Sequence[Known]) -> Iterator[Pair]:
    """ "DDIM: Denoising Diffusion Implicit Models" and either half of it."""
    whole = [(words, paper) for paper in papers for words in _titles(paper)]
    known = {words for words, _ in whole}
    halves = []
    for paper in papers:
        for title in (paper.title, paper.arxiv_title):
            parts = [bare(part) for part in re.split(r":\s|\s[-–—]\s", title, maxsplit=1)]
            halves += [(part, paper) for part in parts if len(parts) > 1 and len(part) > 3 and part in known]
    for one, other in _meeting([*halves, *whole]):
        if not _told_apart(one, other):
            yield _pair(one, other, 0.85, "same title but for a subtitle")


def _initials(papers: Sequence[Known]) -> Iterator[Pair]:
    """ "DDPM" and "Denoising Diffusion Probabilistic Models"."""
    clues = []
    for paper in papers:
        words = bare(paper.title).split()
        if len(words) == 1 and 3 <= len(words[0]) <= 8 and paper.title.strip().isupper():
            clues.append((words[0], paper))
        elif len(words) >= 3:
            clues.append(("".join(word[0] for word in words), paper))
    for one, other in _meeting(clues):
        short, long = sorted((bare(one.title), bare(other.title)), key=len)
        if " " not in short and " " in long and not _told_apart(one, other):
            yield _pair(one, other, 0.6, "one is the other's initials")


def _alike(papers: Sequence[Known]) -> Iterator[Pair]:
    """Titles of mostly the same groups of three letters, and of the same numbers."""
    bares = {paper.pk: bare(paper.title) for paper in papers}
    threes = {pk: {f" {words} "[at : at + 3] for at in range(len(words))} for pk, words in bares.items()}
    lengths = {pk: len(words.split()) for pk, words in bares.items()}
    by_pk = {paper.pk: paper for paper in papers}
    meetings = _meeting((word, paper) for paper in papers for word in set(bares[paper.pk].split()))
    shared = Counter((one.pk, other.pk) for one, other in meetings)
    for (first_pk, second_pk), words in shared.items():
        one, other = by_pk[first_pk], by_pk[second_pk]
        # Long titles that have only a word or two in common are not worth a closer look.
        if words < min(lengths[one.pk], lengths[other.pk]) // 3 or _told_apart(one, other):
            continue
        first, second = threes[one.pk], threes[other.pk]
        if min(len(first), len(second)) < _ALIKE * max(len(first), len(second)):
            continue
        likeness = len(first & second) / len(first | second)
        same_authors = bool({*one.authors} & {*other.authors})
        if likeness < (_ALIKE - 0.15 if same_authors else _ALIKE):
            continue
        if re.findall(r"\d+", bares[one.pk]) != re.findall(r"\d+", bares[other.pk]):
            continue
        why = "similar titles, an author in common" if same_authors else "similar titles"
        yield _pair(one, other, likeness * 0.9, why)


def known_papers() -> list[Known]:
    """Every paper as `likely_duplicates` wants it, in two queries."""
    rows = Paper.objects.select_related("arxiv_record").prefetch_related("titles").defer("abstract")
    return [
        Known(
            pk=paper.pk,
            title=paper.title,
            titles=frozenset(title.key for title in paper.titles.all()),
            arxiv_id=paper.arxiv_id or "",
            doi=paper.doi or "",
            url=paper.url or "",
            authors=tuple(name.casefold() for name in paper.author_names),
            arxiv_title=paper.arxiv_record.title if hasattr(paper, "arxiv_record") else "",
        )
        for paper in rows
    ]
