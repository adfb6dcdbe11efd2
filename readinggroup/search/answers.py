"""What the page says of each thing found: its kind, its title, where the words stand, and in which sessions it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Value
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from papers.links import safe_url
from papers.markdown import plain as without_markdown
from papers.models import Paper, Resource
from readinggroup.search.finding import Found
from readinggroup.search.index import SearchEntry
from readinggroup.search.marking import excerpt, mark, mark_title
from readinggroup.search.matching import Wanted
from readinggroup.search.words import plain
from sessions.models import Group, Material, PaperRead, Person, Reading, ResourceRead, Session

Kind = SearchEntry.Kind
MOST_AUTHORS = 3  # of those that nobody looks for
MOST_LINES = 2
# How a line of a session, a paper or a person is introduced.
SAYS = {
    "reading": "Reads {}",
    "material": "Material: {}",
    "person": "With {}",
    "title": "Also known as “{}”",
    "name": "Also known as {}",
    "arXiv": "arXiv:{}",
    "DOI": "DOI {}",
    "year": "Published in {}",
    "author of a reading": "Reads a paper by {}",
}


@dataclass(frozen=True)
class Answer:
    """One line of the list."""

    kind: str
    url: str
    title: SafeString
    source: str = ""  # of a resource: what it is and where
    session: Session | None = None  # where it is one: its date and state are shown
    says: list[SafeString] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)


def answers(found: Sequence[Found], wanted: Wanted, group: Group, now: datetime) -> list[Answer]:
    """The things found as the page shows them, in their order; 5 queries, however many they are, and none for none."""
    if not found:
        return []
    keys: dict[int, list[int]] = {kind: [0] for kind in Kind}  # never none: an empty list asks nothing
    for each in found:
        keys[each.kind].append(each.thing)
    where = _where(keys, now)
    numbers = {*keys[Kind.SESSION], *(session for those in where.values() for session in those)}
    sessions = Session.objects.public().with_time(now).in_bulk(numbers)
    titles = Paper.objects.public().filter(resources=OuterRef("pk")).order_by("slug").values("title")
    things: dict[int, Mapping[int, object]] = {
        Kind.SESSION: sessions,
        Kind.PAPER: Paper.objects.in_bulk(keys[Kind.PAPER]),
        Kind.RESOURCE: Resource.objects.annotate(paper_titles=ArraySubquery(titles)).in_bulk(
            keys[Kind.RESOURCE]
        ),
        Kind.PERSON: Person.objects.in_bulk(keys[Kind.PERSON]),
    }
    shown = []
    for each in found:
        thing = things[each.kind].get(each.thing)
        its = sorted(
            (sessions[key] for key in where.get((each.kind, each.thing), ()) if key in sessions),
            key=lambda session: session.number,
        )
        match thing:
            case Session():
                shown.append(_session(thing, each, wanted, group))
            case Paper():
                shown.append(_paper(thing, each, wanted, its))
            case Resource():
                shown.append(_resource(thing, wanted, its))
            case Person():
                shown.append(_person(thing, each, wanted, its))
    return shown


def _where(keys: dict[int, list[int]], now: datetime) -> dict[tuple[int, int], set[int]]:
    """The keys of the sessions that have a paper, resource or person in them, in one query."""
    readings, materials = Reading.objects.of_public_sessions(), Material.objects.of_public_sessions()
    people = keys[Kind.PERSON]
    parts = [
        PaperRead.objects.filter(paper__in=keys[Kind.PAPER])
        .shown(now)
        .values_list(Value(Kind.PAPER.value), "paper", "session"),
        ResourceRead.objects.filter(resource__in=keys[Kind.RESOURCE]).values_list(
            Value(Kind.RESOURCE.value), "resource", "session"
        ),
        Session.objects.public()
        .filter(presenters__in=people)
        .values_list(Value(Kind.PERSON.value), "presenters", "pk"),
        readings.filter(presenters__in=people).values_list(Value(Kind.PERSON.value), "presenters", "session"),
        materials.filter(presenters__in=people).values_list(
            Value(Kind.PERSON.value), "presenters", "session"
        ),
    ]
    for kind in (Kind.RESOURCE, Kind.PAPER):  # what was read is worked out as a whole: not for nothing
        if keys[kind] == [0]:
            del parts[kind - Kind.PAPER]
    first, *others = (part.order_by() for part in parts)
    found: dict[tuple[int, int], set[int]] = {}
    for kind, thing, session in first.union(*others).order_by():
        found.setdefault((kind, thing), set()).add(session)
    return found


def _session(session: Session, found: Found, wanted: Wanted, group: Group) -> Answer:
    called = mark(escape(session.called(group.session_word)), wanted)
    title = format_html("{}: {}", called, mark_title(session.title, wanted))
    says = list(_lines(found, wanted, SAYS, besides=[session.called(group.session_word), session.title]))
    missing = _missing(wanted, [session.title, *(text for _, text in found.lines), found.names])
    if missing and session.summary and (cut := excerpt(without_markdown(session.summary), wanted)):
        says.append(cut)
    return Answer("session", session.get_absolute_url(), title, session=session, says=says)


def _paper(paper: Paper, found: Found, wanted: Wanted, sessions: list[Session]) -> Answer:
    says = [_authors(paper, wanted)] if paper.author_names else []
    others = {what: said for what, said in SAYS.items() if what in {"title", "arXiv", "DOI", "year"}}
    says += _lines(found, wanted, others, besides=[paper.title, *paper.author_names])
    missing = _missing(wanted, [paper.title, *(text for _, text in found.lines)])
    if missing and paper.abstract and (cut := excerpt(paper.abstract, wanted)):
        says.append(cut)
    return Answer(
        "paper", paper.get_absolute_url(), mark_title(paper.title, wanted), says=says, sessions=sessions
    )


def _resource(resource: Resource, wanted: Wanted, sessions: list[Session]) -> Answer:
    kind = "" if resource.kind == Resource.Kind.OTHER else resource.get_kind_display().lower()
    titles = format_html_join(
        ", ",
        "{}",
        ((mark_title(title, wanted),) for title in resource.paper_titles),  # type: ignore[attr-defined]
    )
    url = safe_url(resource.url)
    return Answer(
        "resource",
        url or resource.get_absolute_url(),
        mark_title(resource.title, wanted),
        source=kind,
        says=[format_html("Belongs to {}", titles)] if titles else [],
        sessions=sessions,
    )


def _person(person: Person, found: Found, wanted: Wanted, sessions: list[Session]) -> Answer:
    says = list(_lines(found, wanted, SAYS, besides=[person.name]))
    return Answer(
        "person", person.get_absolute_url(), mark(escape(person.name), wanted), says=says, sessions=sessions
    )


def _lines(
    found: Found, wanted: Wanted, said: dict[str, str], besides: Iterable[str]
) -> Iterator[SafeString]:
    """The lines that have most of what the title has not, at most MOST_LINES, in their order."""
    known = {span.group for text in besides for span in wanted.spans_of_title(plain(text).split())}
    news: list[tuple[int, int]] = []
    for place, (what, text) in enumerate(found.lines):
        groups = {span.group for span in wanted.spans_of_title(plain(text).split())} - known
        if what in said and groups:
            news.append((-len(groups), place))
    told: set[str] = set()
    for place in sorted(place for _, place in sorted(news)[:MOST_LINES]):
        what, text = found.lines[place]
        if text not in told:
            told.add(text)
            yield format_html(said[what], mark_title(text, wanted))


def _missing(wanted: Wanted, texts: Iterable[str]) -> set[int]:
    """The groups that none of these texts has."""
    return {group for group, _ in wanted.terms} - {
        span.group for text in texts for span in wanted.spans_of_title(plain(text).split())
    }


def _authors(paper: Paper, wanted: Wanted) -> SafeString:
    """The first authors and those looked for, and how many more there are."""
    named, others = paper.first_authors(MOST_AUTHORS)
    looked_for = [name for name in others if any(True for _ in wanted.spans(plain(name).split()))]
    named += looked_for[: 3 * MOST_AUTHORS - len(named)]
    said = format_html_join(", ", "{}", ((mark_title(name, wanted),) for name in named))
    more = len(paper.author_names) - len(named)
    return format_html("{} and {} more", said, more) if more else said
