"""The sessions held as a course: what there is to do in which order, for the browsers that remember what is done.

Each question costs the same few queries however long the course is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, chain, pairwise
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from papers import keyset
from papers.invisible import TURNS_AROUND
from papers.models import Paper, PaperAlias, Resource
from papers.tex import to_text
from sessions.models import Group, Reading, Session
from sessions.ticks import line_tick

FORMAT = "reading-group-syllabus"
VERSION = 1
# A course that is no longer than this is seen at a glance, and needs no jumps.
SHORT = 20
BETWEEN_JUMPS = 10


@dataclass(frozen=True)
class Step:
    """A session, and the keys of all that its page lists: each once, however often it is listed."""

    session: Session
    readings: tuple[str, ...]


@dataclass(frozen=True)
class Syllabus:
    """The whole course, the first session first."""

    steps: list[Step]

    @property
    def places(self) -> list[str]:
        """Where on the pages of the course each step is."""
        found = []
        start = reverse("course")
        for place, step in enumerate(self.steps):
            if place and place % keyset.PAGE_SIZE == 0:
                start = f"{reverse('course')}?after={self.steps[place - 1].session.number}"
            found.append(f"{start}#{step.session.tick}")
        return found

    def jumps(self, group: Group) -> list[tuple[str, str]]:
        """Words and places to jump to in a long course: its years where all is dated and there are some, else every tenth step."""
        if len(self.steps) <= SHORT:
            return []
        places = self.places
        starts = [step.session.starts_at for step in self.steps]
        latest = list(
            accumulate((start.astimezone(group.zone).year if start else 0 for start in starts), max)
        )
        years = [at for at, (before, year) in enumerate(pairwise([0, *latest])) if year > before]
        if all(starts) and len(years) > 1:
            return [(str(latest[at]), places[at]) for at in years]
        tenths = range(0, len(self.steps), BETWEEN_JUMPS)
        return [(self.steps[at].session.called(group.session_word), places[at]) for at in tenths]

    @property
    def readings(self) -> int:
        """How many different things there are to read: what two sessions read is read once."""
        return len(set(chain.from_iterable(step.readings for step in self.steps)))


def syllabus(now: datetime) -> Syllabus:
    """The sessions held, as of `now`: two queries."""
    sessions = Session.objects.course(now).only("number", "last_number", "title", "slug", "starts_at")
    lines: dict[int, list[Any]] = {}
    for session, *line in Reading.objects.as_listed():
        lines.setdefault(session, []).append(line)
    return Syllabus([Step(each, tuple(dict.fromkeys(_ticks(each.pk, lines)))) for each in sessions])


def _ticks(session: int, lines: dict[int, list[Any]], *, resolve: bool = True) -> Iterator[str]:
    """The keys of what a session's page shows: “same as” is resolved once there."""
    for paper, resource, same_as, label in lines.get(session, ()):
        if same_as is not None and resolve:
            yield from _ticks(same_as, lines, resolve=False)
        elif key := line_tick(session, paper, resource, same_as, label):
            yield key


def as_document(course: Syllabus, group: Group) -> dict[str, Any]:
    """What pages need to say how much is done: sessions in order, and which keys have become others."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "sessions": [
            {
                "key": step.session.tick,
                "name": _name(step.session, group),
                "address": step.session.get_absolute_url(),
                "place": place,
                "readings": step.readings,
            }
            for step, place in zip(course.steps, course.places, strict=True)
        ],
        "moved": moved(),
    }


def moved() -> dict[str, str]:
    """The keys of papers and resources that are gone, and of the paper that each has become: two queries.

    History has what was deleted. A merge leaves the former address of the one as an alias of the other; what an
    import took for a resource first may be a paper at the same address.
    """
    slug, url = OuterRef("slug"), OuterRef("url")
    aliases = PaperAlias.objects.values("paper")
    by_slug = _first(
        aliases.filter(kind=PaperAlias.Kind.SLUG, value=slug), Paper.objects.filter(slug=slug).values("pk")
    )
    by_url = _first(
        Paper.objects.filter(url=url).values("pk"), aliases.filter(kind=PaperAlias.Kind.URL, value=url)
    )
    found: dict[str, str] = {}
    for letter, model, paper in (("p", Paper, by_slug), ("r", Resource, by_url)):
        deleted = model.history.filter(history_type="-").exclude(id__in=model._default_manager.values("pk"))
        rows = deleted.annotate(now=paper).filter(now__isnull=False).order_by("history_id")
        found |= {f"{letter}{pk}": f"p{now}" for pk, now in rows.values_list("id", "now")}
    return found


def _first(*questions: models.QuerySet[Any, Any]) -> Coalesce:
    """What the first of these finds, else the second."""
    return Coalesce(*(Subquery(each[:1]) for each in questions), output_field=models.BigIntegerField())


def tickable(now: datetime, group: Group) -> list[list[Any]]:
    """All that can be ticked anywhere on the site: key, title, address, and the addresses it had before.

    By these a file finds its things again after they were mended, and on a site that was built anew and has other keys:
    seven queries. Drafts, and what only they name, are not among them. Of resources the former addresses are told by
    their fingerprints: one may have been mended because nobody was to see it.
    """
    sessions = {
        each.pk: each for each in Session.objects.public().prefetch_related("slugs").order_by("number")
    }
    held = set(Session.objects.held(now).order_by().values_list("pk", flat=True))
    rows: list[list[Any]] = [
        [each.tick, _name(each, group), *_addresses("session", each.slug, each.slugs.all())]
        for each in sessions.values()
        if each.pk in held
    ]
    for paper in Paper.objects.public().only("title", "slug").prefetch_related("aliases"):
        former = (alias for alias in paper.aliases.all() if alias.kind == PaperAlias.Kind.SLUG)
        rows.append([paper.tick, _said(str(paper)), *_addresses("paper", paper.slug, former, "value")])
    former = Resource.history.filter(id=OuterRef("pk")).exclude(url=OuterRef("url")).order_by("url")
    resources = Resource.objects.public().annotate(were=ArraySubquery(former.values("url").distinct()))
    for each in resources.only("title", "url", "kind").order_by("pk"):
        title = _said(", ".join(filter(None, [str(each), each.whose])))
        rows.append([each.tick, title, each.url, *map(fingerprint, each.were)])  # type: ignore[attr-defined]
    words: dict[str, list[str]] = {}
    for session, paper_pk, resource_pk, same_as, label in Reading.objects.as_listed():
        key = line_tick(session, paper_pk, resource_pk, same_as, label)
        place = sessions.get(session)  # none where it was published since they were asked for
        if place and key and key.startswith("w"):
            addresses = _addresses("session", place.slug, place.slugs.all())
            end = key.rpartition("-")[2]
            words[key] = [key, _said(to_text(label)), *(f"{address}#{end}" for address in addresses)]
    return [*rows, *words.values()]


def fingerprint(address: str) -> int:
    """By which `static/js/progress-file.js` knows an address that it has, and cannot tell one that it has not: 32 bits."""
    found = 0
    for letter in address:
        found = (found * 31 + ord(letter)) % 2**32
    return found


def _name(session: Session, group: Group) -> str:
    return _said(f"{session.called(group.session_word)}: {to_text(session.title)}")


def _said(text: str) -> str:
    """Without control characters: JSON writes them in letters, so what looks at answers as text finds none."""
    return TURNS_AROUND.sub("", text)


def _addresses(name: str, slug: str, former: Any, field: str = "slug") -> list[str]:
    """The present one first."""
    slugs = dict.fromkeys([slug, *(getattr(each, field) for each in former)])
    return [reverse(name, args=[each]) for each in slugs]
