"""Two papers, or two people, that turn out to be one: one of them stays and takes over all that the other had.

Nothing that was said is lost: history has both as they were, and every title, name, identifier and address of the
one that goes leads to the one that stays. So an import that still speaks of two finds the one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import OperationalError, connection, models, transaction
from psycopg.errors import DeadlockDetected

from papers import merging as papers_merging
from papers.history import because
from papers.merging import MergeRefusedError, short
from papers.models import Paper
from papers.titles import title_key
from sessions.models import (
    BacklogEntry,
    Material,
    Person,
    PersonName,
    PersonSlug,
    Reading,
    Session,
    TwoPeople,
)

# A merge comes wholly before or after an import, which locks the same tables against writers in the same order.
# Others who write are held up only where they write the same rows.
LOCK = """
LOCK TABLE reading_sessions_session, reading_sessions_reading, reading_sessions_material, reading_sessions_person,
    reading_sessions_backlogentry, papers_paper, papers_papertitle, papers_paperalias, papers_resource
IN ROW EXCLUSIVE MODE
"""
ATTEMPTS = 3
MERGED = "merged “"  # how the reason begins that history has for a merge


@dataclass(frozen=True)
class Merged:
    """What a merge did: the row that stayed, and how much the other one brought."""

    kept: Any
    readings: int = 0
    dropped: int = 0  # readings that said the same as the line that is there
    materials: int = 0
    sessions: int = 0
    backlog: str = ""  # "", "moved" or "joined"


def merge_papers(
    keep: Paper,
    lose: Paper,
    *,
    called_as_lost: bool = False,
    user: AbstractBaseUser | None = None,
    seen: Mapping[int, int | None] | None = None,
) -> Merged:
    """Make one paper of two, in one transaction; `lose` is gone afterwards.

    Readings, resources, titles, former identifiers and the place on the backlog move. Where `keep` has no arXiv id,
    DOI, address, authors, abstract or date, those of `lose` come in; its other identifiers go on finding the paper.
    With `called_as_lost` it has the title of `lose` from now on. `seen` is the newest history record of each (by
    primary key) that the organizer decided upon.

    Raises MergeRefusedError where the two are one already, or one of them was changed or removed meanwhile.
    """

    def merge(keep: Paper, lose: Paper) -> Merged:
        keep.title = lose.title if called_as_lost else keep.title
        readings, dropped, touched = _move_readings(keep, lose)
        backlog = _join_backlog(keep, lose)
        papers_merging.absorb(keep, lose)
        revise(touched)
        return Merged(keep, readings=readings, dropped=dropped, backlog=backlog)

    return _merge(merge, keep, lose, user, seen)


def merge_people(
    keep: Person,
    lose: Person,
    *,
    called_as_lost: bool = False,
    user: AbstractBaseUser | None = None,
    seen: Mapping[int, int | None] | None = None,
) -> Merged:
    """Make one person of two, in one transaction, as `merge_papers` does: sessions, readings, materials and names."""

    def merge(keep: Person, lose: Person) -> Merged:
        touched: set[int] = set()
        count = {}
        for model in (Session, Reading, Material):
            found: models.QuerySet[Any] = model._default_manager.filter(presenters=lose)
            rows: list[Any] = list(locked(found))
            for row in rows:
                row.presenters.add(keep)
                row.presenters.remove(lose)
                touched.add(row.pk if isinstance(row, Session) else row.session_id)
            count[model] = len(rows)
        for name in PersonName.objects.filter(person=lose).order_by("pk"):
            name.person = keep
            name.save()
        for slug in PersonSlug.objects.filter(person=lose).order_by("pk"):
            slug.person = keep
            slug.save()
        TwoPeople.objects.hand_over(lose.pk, keep.pk)
        lose_slug, lose_url = lose.slug, lose.url
        lose.delete()
        keep.name = lose.name if called_as_lost else keep.name
        keep.url = keep.url or lose_url
        keep.save()
        PersonSlug.objects.update_or_create(slug=lose_slug, defaults={"person": keep})
        for own in PersonSlug.objects.filter(person=keep, slug=keep.slug):
            own.delete()
        revise(touched)
        return Merged(keep, count[Reading], materials=count[Material], sessions=count[Session])

    return _merge(merge, keep, lose, user, seen)


def newest_record(row: Any) -> int | None:
    """The primary key of the row's newest history record: another one later means that somebody changed it."""
    return row.history.order_by("-history_id").values_list("history_id", flat=True).first()  # type: ignore[no-any-return]


def _merge[Row: (Paper, Person)](
    merge: Callable[[Row, Row], Merged],
    keep: Row,
    lose: Row,
    user: AbstractBaseUser | None,
    seen: Mapping[int, int | None] | None,
) -> Merged:
    if keep.pk == lose.pk:
        raise MergeRefusedError("This is one and the same: choose two different ones.")
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                keep, lose = _both(keep, lose, seen)
                reason = f"{MERGED}{short(str(lose))}” into “{short(str(keep))}”"
                with because(reason, user):
                    return merge(keep, lose)
        except OperationalError as error:
            # Somebody saved the same rows in another order, and PostgreSQL chose this one to give way.
            again = isinstance(error.__cause__, DeadlockDetected) and not connection.in_atomic_block
            if attempt == ATTEMPTS or not again:
                raise
    raise AssertionError("the loop returns or raises")


def _both[Row: (Paper, Person)](
    keep: Row, lose: Row, seen: Mapping[int, int | None] | None
) -> tuple[Row, Row]:
    """The two as they are now, locked: the sessions first that have to do with them, as who edits a session does."""
    lock()
    model = type(keep)
    list(locked(_sessions_of(lose)))
    rows: dict[int, Row] = {
        row.pk: row for row in locked(model._default_manager.filter(pk__in=[keep.pk, lose.pk]))
    }
    for row in (keep, lose):
        if row.pk not in rows:
            raise MergeRefusedError(
                f"“{short(str(row))}” was removed, or merged, in the meantime. Nothing was changed."
            )
        if seen is not None and seen.get(row.pk) != newest_record(row):
            raise MergeRefusedError(
                f"Somebody changed “{short(str(row))}” in the meantime. Look at both again, then merge them."
            )
    return rows[keep.pk], rows[lose.pk]


def lock() -> None:
    """Let no import, and no other merge of the same rows, come between."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)


def _sessions_of(row: Paper | Person) -> models.QuerySet[Session]:
    if isinstance(row, Paper):
        return Session.objects.filter(pk__in=Reading.objects.filter(paper=row).values("session"))
    lines = (model._default_manager.filter(presenters=row).values("session") for model in (Reading, Material))
    found = models.Q(pk__in=Session.objects.filter(presenters=row).order_by().values("pk"))
    for sessions in lines:
        found |= models.Q(pk__in=sessions)
    return Session.objects.filter(found)


def locked[Row: models.Model](rows: models.QuerySet[Row]) -> models.QuerySet[Row]:
    """The rows, locked until the end of the transaction, always in the same order."""
    return rows.order_by("pk").select_for_update(of=("self",))


def revise(sessions: Iterable[int]) -> None:
    """One revision more for sessions whose lines changed: who has an old form of one open is told."""
    for session in Session.objects.filter(pk__in=set(sessions)).order_by("pk"):
        session.save()


def _move_readings(keep: Paper, lose: Paper) -> tuple[int, int, set[int]]:
    """Point the readings of `lose` at `keep`; how many moved, how many were dropped, and the sessions they are in.

    A line without a label said the title of `lose`: it goes on saying that, unless both titles are one. `keep` has
    the title that it is to have; its own lines without a label say that, as after any change of a title. A line is
    dropped only where its session already has the same line: same words, indent, note and presenters, and nothing
    stands below it.
    """
    moved, dropped, touched = 0, 0, set()
    for reading in list(locked(Reading.objects.filter(paper=lose))):
        touched.add(reading.session_id)
        if not reading.label and title_key(lose.title) != title_key(keep.title):
            reading.label = lose.title
        reading.paper = keep
        if _is_there_already(reading):
            reading.delete()
            dropped += 1
        else:
            reading.save()
            moved += 1
    return moved, dropped, touched


def _is_there_already(reading: Reading) -> bool:
    lines = list(
        Reading.objects.filter(session=reading.session_id).select_related("paper").order_by("position", "id")
    )
    place = next(index for index, line in enumerate(lines) if line.pk == reading.pk)
    if reading.indent == 0 and place + 1 < len(lines) and lines[place + 1].indent > 0:
        return False
    others = [line for line in lines if line.paper_id == reading.paper_id and line.pk != reading.pk]
    for line in others:
        line.paper = reading.paper  # with the title that it is to have
    return any(_says(line) == _says(reading) for line in others)


def _says(reading: Reading) -> tuple[Any, ...]:
    presenters = set(reading.presenters.values_list("pk", flat=True))
    return title_key(reading.text), reading.indent, reading.note, presenters


def _join_backlog(keep: Paper, lose: Paper) -> str:
    """The line of `lose` becomes that of `keep`; of two lines the one nearer to the top stays, with what both say."""
    lines = {line.paper_id: line for line in locked(BacklogEntry.objects.filter(paper__in=[keep, lose]))}
    own, other = lines.get(keep.pk), lines.get(lose.pk)
    if other is None:
        return ""
    if own is None:
        other.paper = keep
        other.save()
        return "moved"
    label, override = own.label or other.label, own.override or other.override
    first, second = sorted([own, other], key=lambda line: (line.position, line.pk))
    second.delete()
    first.paper, first.label, first.override = keep, label, override
    first.save()
    return "joined"
