"""Two papers that turn out to be one: what the one that stays takes over from the other.

`sessions.merging` carries out the whole merge; here is what papers know of themselves.
"""

from __future__ import annotations

from typing import Any

from papers import arxiv
from papers.models import ArxivRecord, Paper, PaperAlias, PaperTitle, TwoPapers

Kind = PaperAlias.Kind
# Each is one paper's: it fills an empty field, or becomes a former identifier.
IDENTIFIERS = {"arxiv_id": Kind.ARXIV, "doi": Kind.DOI, "url": Kind.URL}
# What is only ever filled in where nothing stands yet.
DETAILS = ("authors", "abstract", "published_on")


class MergeRefusedError(Exception):
    """Why two rows were not merged, in words for an organizer; nothing was changed."""


def short(text: str, length: int = 38) -> str:
    """A title or name that leaves room for another one beside it."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def taken_over(keep: Paper, lose: Paper) -> dict[str, Any]:
    """The fields of `keep` that are empty and that `lose` fills. Pure.

    An address that is just arXiv's page of the paper is no address of its own.
    """
    names = [*IDENTIFIERS, *DETAILS]
    fields = {name: getattr(lose, name) for name in names if getattr(lose, name) and not getattr(keep, name)}
    on_arxiv = arxiv.arxiv_link(fields.get("url", ""))
    if on_arxiv and on_arxiv == (keep.arxiv_id or lose.arxiv_id):
        del fields["url"]
    return fields


def left_behind(keep: Paper, lose: Paper) -> list[tuple[Kind, str]]:
    """The identifiers of `lose` that lead to `keep` from now on without becoming its own. Pure."""
    fields = taken_over(keep, lose)
    former = [
        (kind, getattr(lose, name))
        for name, kind in IDENTIFIERS.items()
        if getattr(lose, name) and name not in fields
    ]
    return [*former, (Kind.SLUG, lose.slug)]


def absorb(keep: Paper, lose: Paper) -> None:
    """Give `keep` all that papers know of `lose`, and delete that one.

    To be called in a transaction that has locked both, once no reading and no line of the backlog points at `lose`.
    """
    fields, former = taken_over(keep, lose), left_behind(keep, lose)
    for title in PaperTitle.objects.filter(paper=lose).order_by("pk"):
        title.paper = keep
        title.save()
    for alias in PaperAlias.objects.filter(paper=lose).order_by("pk"):
        alias.paper = keep
        alias.save()
    for resource in lose.resources.order_by("pk"):
        resource.papers.add(keep)
        resource.papers.remove(lose)
    _keep_one_record(keep, lose, fields.get("arxiv_id") or keep.arxiv_id)
    TwoPapers.objects.hand_over(lose.pk, keep.pk)
    # Its identifiers are free for the other one only when it is gone.
    lose.delete()
    for name, value in fields.items():
        setattr(keep, name, value)
    keep.save()
    for kind, value in former:
        PaperAlias.objects.update_or_create(kind=kind, value=value, defaults={"paper": keep})
    for name, kind in [*IDENTIFIERS.items(), ("slug", Kind.SLUG)]:
        for alias in PaperAlias.objects.filter(paper=keep, kind=kind, value=getattr(keep, name) or ""):
            alias.delete()  # it is the paper's own again


def _keep_one_record(keep: Paper, lose: Paper, identifier: str | None) -> None:
    """Of what arXiv said, keep what it said of the id that the paper will have; else what it said of `keep`."""
    records = {record.paper_id: record for record in ArxivRecord.objects.filter(paper__in=[keep, lose])}
    own, other = records.get(keep.pk), records.get(lose.pk)
    if other is None or (own and (own.arxiv_id == identifier or other.arxiv_id != identifier)):
        return  # that of `lose` goes with it
    if own:
        own.delete()
    other.paper = keep
    other.save()


def give_back_record(keep: Paper, lost: Paper) -> None:
    """What arXiv said of an id that is the other paper's again goes there too."""
    if lost.arxiv_id and lost.arxiv_id != keep.arxiv_id:
        ArxivRecord.objects.filter(paper=keep, arxiv_id=lost.arxiv_id).update(paper=lost)
