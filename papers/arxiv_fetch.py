"""What arXiv says of the group's papers: asked for, kept, and filled in where the group says nothing.

What the group wrote is never overwritten here. Where arXiv says something else, that waits in `ArxivRecord` until an
organizer has seen both and takes it over (`take_over`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.utils import timezone

from papers.arxiv_api import ArxivError, Found, Missing, ask
from papers.history import because
from papers.models import LONGEST_TEXT, ArxivRecord, Paper, PaperAlias, PaperTitle
from papers.querysets import ARXIV_FIELDS
from papers.refusals import RefusedError, refusals_in_words
from papers.titles import title_key

REASON = "arXiv"


class Came(Enum):
    """What came of asking arXiv for one paper."""

    FILLED = "filled"  # something that was empty is not any more
    DIFFERS = "differs"  # arXiv says something else than the group, which waits to be seen
    UNCHANGED = "unchanged"
    PROBLEM = "problem"  # nothing, and the paper is as it was


@dataclass(frozen=True)
class Outcome:
    """What came of one paper, for people. One that was filled may differ in its other fields."""

    paper: Paper
    came: Came
    filled: tuple[str, ...] = ()  # names of fields
    differs: tuple[str, ...] = ()
    problem: str = ""  # in words; also what could not be filled in


def fetch(papers: Sequence[Paper], *, within: float, user: AbstractBaseUser | None = None) -> list[Outcome]:
    """Ask arXiv about these papers, at most 50 and each with an arXiv id, and fill in what they lack.

    Each paper is saved in a transaction of its own. Raises ArxivError where arXiv gave no answer at all: every paper
    is as it was, and its record says why.
    """
    asked = {paper.arxiv_id: paper.pk for paper in papers if paper.arxiv_id}
    try:
        answers = ask(asked, within=within)
    except ArxivError as error:
        for identifier, pk in asked.items():
            _settle(pk, identifier, Missing(str(error)), user)
        raise
    return [_settled(asked[identifier], identifier, answer, user) for identifier, answer in answers.items()]


def _settled(pk: int, identifier: str, answer: Found | Missing, user: AbstractBaseUser | None) -> Outcome:
    """The same, where the paper may have to give way to another writer: that is no matter of the others."""
    try:
        with refusals_in_words():
            return _settle(pk, identifier, answer, user)
    except RefusedError as refusal:
        return Outcome(Paper(pk=pk, title=f"arXiv:{identifier}"), Came.PROBLEM, problem=str(refusal))


def _settle(pk: int, identifier: str, answer: Found | Missing, user: AbstractBaseUser | None) -> Outcome:
    """Keep what arXiv answered for this paper, and fill in what it lacks; the paper as it is by now decides."""
    with because(REASON, user), transaction.atomic():
        paper = Paper.objects.select_for_update().filter(pk=pk).first()
        if paper is None or paper.arxiv_id != identifier:
            gone = "Somebody removed it" if paper is None else "Somebody changed its arXiv id"
            return Outcome(
                paper or Paper(pk=pk, title=identifier), Came.PROBLEM, problem=f"{gone} meanwhile."
            )
        record = _keep(paper, identifier, answer)
        if isinstance(answer, Missing):
            return Outcome(paper, Came.PROBLEM, problem=answer.reason)
        try:
            with transaction.atomic():
                filled, problem = _fill(paper, record), ""
        except IntegrityError as refusal:
            # Only two papers that want to be one get here: see them both before anything is decided.
            filled, problem = (
                (),
                f"Nothing was filled in, since another paper has a part of it. {refusal}".strip(),
            )
            record.problem = problem.splitlines()[0][:300]
            record.save()
            paper.refresh_from_db()
        differs = differing(paper)
    came = Came.PROBLEM if problem else Came.FILLED if filled else Came.DIFFERS if differs else Came.UNCHANGED
    return Outcome(paper, came, filled, differs, problem)


def _keep(paper: Paper, identifier: str, answer: Found | Missing) -> ArxivRecord:
    """Write down what arXiv said, or why not; what it said of the same id before stays if it says nothing now."""
    now = timezone.now()
    record = ArxivRecord.objects.select_for_update().filter(paper=paper).first()
    if record is None or record.arxiv_id != identifier:
        record = ArxivRecord(pk=record.pk if record else None, paper=paper, arxiv_id=identifier)
    record.tried_at = now
    if isinstance(answer, Missing):
        record.problem = answer.reason[:300]
    else:
        record.title, record.authors = answer.title[:500], _authors(answer.authors)
        record.abstract, record.published_on, record.doi = (
            _abstract(answer.abstract),
            answer.published_on,
            answer.doi[:200],
        )
        record.fetched_at, record.problem = now, ""
    record.save()
    return record


def _authors(names: Sequence[str]) -> str:
    """One name a line; of a collaboration too large to be kept, the first ones and how many more there are."""
    text = "\n".join(names)
    if len(text) <= LONGEST_TEXT:
        return text
    # What the last line says takes some room, and the name that is cut in two goes.
    kept = text[: LONGEST_TEXT - len("\nand 9,999,999 others")].split("\n")[:-1]
    return "\n".join([*kept, f"and {len(names) - len(kept):,} others"])


def _abstract(text: str) -> str:
    """The abstract, or as much of it as can be kept, with a note of that."""
    note = " … (cut here: arXiv has more)"
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - len(note)] + note


def _fill(paper: Paper, record: ArxivRecord) -> tuple[str, ...]:
    """Fill in what is empty, and have arXiv's title find the paper too. The names of the fields that were filled."""
    filled = [name for name in ("authors", "abstract", "published_on") if _fills(paper, record, name)]
    if record.doi and not paper.doi and not Paper.objects.at(record.doi).exclude(pk=paper.pk).exists():
        filled.append("doi")
    for name in filled:
        setattr(paper, name, getattr(record, name))
    if record.title and paper.is_provisional:
        paper.title, paper.slug = record.title, ""  # the address made of the old one leads to the new one
        filled.insert(0, "title")
    if filled:
        paper.save()
    _find_by_title(paper, record.title)
    return tuple(filled)


def _fills(paper: Paper, record: ArxivRecord, name: str) -> bool:
    return bool(getattr(record, name)) and not getattr(paper, name)


def _find_by_title(paper: Paper, title: str) -> None:
    """Have this title find the paper, unless it finds another one already."""
    if key := title_key(title):
        PaperTitle.objects.get_or_create(key=key, defaults={"paper": paper})


def differing(paper: Paper) -> tuple[str, ...]:
    """The names of the fields of which arXiv says something else than the group."""
    compared = Paper.objects.compared_with_arxiv().filter(pk=paper.pk).first()
    return tuple(name for name in ARXIV_FIELDS if getattr(compared, f"{name}_differs", False))


@dataclass(frozen=True)
class Comparison:
    """One field as the group has it and as arXiv does; `seen` changes with either."""

    name: str
    label: str
    yours: str
    arxivs: str
    differs: bool

    @property
    def seen(self) -> str:
        return hashlib.sha256(f"{self.yours}\0{self.arxivs}".encode()).hexdigest()


def comparisons(paper: Paper, record: ArxivRecord) -> list[Comparison]:
    """Every field that both may have, side by side. Nothing differs where arXiv spoke of another id."""
    differs = differing(paper)
    return [
        Comparison(
            name,
            _label(name),
            _text(getattr(paper, name)),
            _text(getattr(record, name)),
            name in differs,
        )
        for name in ARXIV_FIELDS
    ]


def _text(value: object) -> str:
    return "" if value is None else str(value).replace("\r\n", "\n")


class SeenOtherwiseError(Exception):
    """What was to be replaced, or to replace it, is not what the organizer was shown."""


@transaction.atomic
def take_over(pk: int, seen: dict[str, str], user: AbstractBaseUser | None = None) -> list[Comparison]:
    """Replace what the group says by what arXiv does, in the fields that `seen` names. What was replaced.

    `seen` has the `Comparison.seen` of each as the organizer saw it. Raises SeenOtherwiseError where that has changed,
    and IntegrityError where another paper has the same DOI or title; nothing is saved then. The old title goes on
    finding the paper.
    """
    paper = Paper.objects.select_for_update().get(pk=pk)
    record = ArxivRecord.objects.select_for_update().get(paper=paper)
    chosen = [each for each in comparisons(paper, record) if each.name in seen]
    if len(chosen) != len(seen) or any(not each.differs or each.seen != seen[each.name] for each in chosen):
        raise SeenOtherwiseError
    for each in chosen:
        setattr(paper, each.name, getattr(record, each.name))
    with because(REASON, user):
        if chosen:
            paper.save()
        for each in chosen:
            if each.name == "doi":  # links by the old one go on finding the paper
                PaperAlias.objects.update_or_create(
                    kind=PaperAlias.Kind.DOI, value=each.yours, defaults={"paper": paper}
                )
    return chosen


def _label(field: str) -> str:
    column: Any = Paper._meta.get_field(field)
    return str(column.verbose_name)


def names(fields: Collection[str]) -> str:
    """Fields for people: “authors, abstract”."""
    return ", ".join(map(_label, fields))
