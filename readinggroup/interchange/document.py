"""The one typed document that every format is read into and written from.

    README.md, .yaml, .json  --readers-->  GroupDocument  --load-->  database
    README.md, .yaml, .json  <--writers--  GroupDocument  <--dump--  database

A part refers to another by what people call it: a paper by "arXiv:2006.11239", else by its title; a resource by
its address; a person by a name; a session by its number. Every part is kept in one canonical form, so that two
documents that say the same are equal.

A field that a reader did not set is one its format cannot speak of (a README knows no dates): an import leaves it
alone. `model_fields_set` tells which those are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    FailFast,
    Field,
    PrivateAttr,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from papers import arxiv
from papers.titles import title_key
from readinggroup.interchange.errors import Notice
from readinggroup.interchange.fields import (
    MEMO,
    Address,
    Aliases,
    ArxivId,
    Authors,
    Chapters,
    Doi,
    Duration,
    FormerSlugs,
    Href,
    Line,
    Moment,
    Name,
    Number,
    People,
    Prose,
    SessionSlug,
    SessionTitle,
    SessionWord,
    Slug,
    StoredFile,
    TimeZone,
    Title,
    TitleKeys,
    of_a_session,
    people_once,
)
from sessions.models.group import USUAL_DURATION
from sessions.models.outline import MOST_MATERIALS, MOST_READINGS
from sessions.models.people import name_key


class Part(BaseModel):
    """Something in a document. It knows the line it was read from, and the row it was dumped from."""

    model_config = ConfigDict(extra="forbid", validate_default=False, str_strip_whitespace=True)

    _line: int | None = PrivateAttr(default=None)
    _pk: int | None = PrivateAttr(default=None)
    _key: Any = PrivateAttr(default=None)
    _identity: Any = PrivateAttr(default=None)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.model_dump() == other.model_dump()

    __hash__ = None  # type: ignore[assignment]

    @property
    def line(self) -> int | None:
        return self._line

    @property
    def pk(self) -> int | None:
        return self._pk

    @property
    def key(self) -> Any:
        """Who this is among several documents (see `vocabulary`)."""
        return self._key

    def known_as(self, key: Any) -> None:
        self._key = key

    @property
    def identity(self) -> Any:
        """Who this is among the files alone: two parts may be one thing on the site (see `merge_things`)."""
        return self._identity

    def identified_as(self, identity: Any) -> Self:
        self._identity = identity
        return self

    def at(self, line: int | None) -> Self:
        """This part, read from that line of its file (the first is 1)."""
        self._line = line
        return self

    def of(self, pk: int) -> Self:
        """This part, dumped from the row with that primary key."""
        self._pk = pk
        return self


class GroupPart(Part):
    """The group itself. Durations are ISO 8601 (PT1H30M)."""

    name: Name = "Reading group"
    introduction: Prose = ""
    chat_url: Address = ""
    playlist_url: Address = ""
    join_url: Address = ""
    source_url: Address = ""
    time_zone: TimeZone = "UTC"
    usual_duration: Duration = USUAL_DURATION
    session_word: SessionWord = "Week"
    activity: Literal["running", "paused", "ended"] = "running"
    accent: Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")] = "#8c2f1b"


class PaperPart(Part):
    """A paper. `titles` are the further titles that find it, in normalized form.

    `aliases` lead to it without being its own: "arXiv:2001.00001", "doi:10.1000/1" or an address, which it had once
    or which another paper had that turned out to be this one. `former_slugs` are addresses of its page likewise.
    """

    title: Title
    arxiv_id: ArxivId = ""
    doi: Doi = ""
    url: Address = ""
    authors: Authors = []
    abstract: Prose = ""
    published_on: date | None = None
    titles: TitleKeys = []
    aliases: Aliases = []
    slug: Slug = ""
    former_slugs: FormerSlugs = []

    @model_validator(mode="after")
    def _title_is_not_another_title(self) -> Self:
        if not title_key(self.title):
            raise ValueError("title: needs a letter or a digit")
        if title_key(self.title) in self.titles:
            self.titles = [key for key in self.titles if key != title_key(self.title)]
        return self

    @property
    def ref(self) -> str:
        """What other parts call it."""
        return f"arXiv:{self.arxiv_id}" if self.arxiv_id else self.title

    @property
    def identifiers(self) -> list[str]:
        """Its own, as `aliases` write them."""
        arxiv_id, doi = self.arxiv_id and f"arXiv:{self.arxiv_id}", self.doi and f"doi:{self.doi}"
        return [identifier for identifier in (arxiv_id, doi, self.url) if identifier]


class ResourcePart(Part):
    """Anything else to read or run. `papers` are the papers it belongs to."""

    title: Title
    url: Annotated[Address, StringConstraints(min_length=1)]
    kind: Literal["article", "code", "notebook", "talk", "other"] = "article"
    papers: list[Title] = []


class PersonPart(Part):
    """Somebody who presents. `other_names` find them too, and `former_slugs` lead to their page."""

    name: Name
    url: Address = ""
    other_names: People = []
    slug: Slug = ""
    former_slugs: FormerSlugs = []

    @model_validator(mode="after")
    def _name_is_not_another_name(self) -> Self:
        self.other_names = [name for name in self.other_names if name_key(name) != name_key(self.name)]
        return self


class ReadingPart(Part):
    """A line of a reading list: a paper, a resource, another session's list, or only words."""

    paper: Title | None = None
    resource: Title | None = None
    same_as: Number | None = None
    label: Line = ""
    _says: str = PrivateAttr(default="")
    indent: Literal[0, 1] = 0
    presenters: People = []
    note: Line = ""

    @property
    def says(self) -> str:
        """The label of the line that it becomes here: another title than its paper's, where that was merged here."""
        return self.label or self._says

    def saying(self, title: str) -> Self:
        self._says = title
        return self

    @model_validator(mode="after")
    def _one_target_or_words(self) -> Self:
        targets = [self.paper, self.resource, self.same_as]
        if sum(target is not None for target in targets) > 1:
            raise ValueError("has more than one of paper, resource and same_as")
        if not any(target is not None for target in targets) and not self.label:
            raise ValueError("needs a paper, a resource, a same_as or a label")
        return self


class MaterialPart(Part):
    """What a session left behind: a link as written, or a file kept on the site."""

    kind: Literal["recording", "slides", "notebook", "other"] = "other"
    label: Line = ""
    href: Href = ""
    file: StoredFile = ""
    chapters: Chapters = ""
    presenters: People = []

    @model_validator(mode="after")
    def _link_or_file(self) -> Self:
        if self.chapters and self.kind != "recording":
            raise ValueError("chapters: only a recording has them")
        if bool(self.href) == bool(self.file):
            raise ValueError("needs either href or file")
        return self


class SessionPart(Part):
    """One meeting, or one that stands for several weeks. Times carry their offset from UTC."""

    number: Number
    last_number: Number | None = None
    title: SessionTitle
    state: Literal["draft", "published", "cancelled"] = "published"
    starts_at: Moment | None = None
    duration: Duration | None = None
    date_to_come: bool = False
    nothing_more: bool = False
    summary: Prose = ""
    presenters: People = []
    join_url: Address = ""
    readings: Annotated[
        list[ReadingPart],
        FailFast(),
        of_a_session(MOST_READINGS, "readings"),
        Field(json_schema_extra={"maxItems": MOST_READINGS}),
    ] = []
    materials: Annotated[
        list[MaterialPart],
        FailFast(),
        of_a_session(MOST_MATERIALS, "materials"),
        Field(json_schema_extra={"maxItems": MOST_MATERIALS}),
    ] = []
    slug: SessionSlug = ""
    former_slugs: Annotated[list[SessionSlug], AfterValidator(lambda slugs: sorted(set(slugs)))] = []

    @model_validator(mode="after")
    def _rules(self) -> Self:
        if self.last_number is not None and self.last_number <= self.number:
            raise ValueError(f"last_number {self.last_number} is not above number {self.number}")
        if self.date_to_come and self.starts_at:
            raise ValueError("has a date, and so cannot have date_to_come")
        recordings = [
            material.href for material in self.materials if material.kind == "recording" and material.href
        ]
        if len(set(recordings)) < len(recordings):
            raise ValueError(f"has the recording {Counter(recordings).most_common(1)[0][0]} twice")
        return self

    @property
    def numbers(self) -> range:
        return range(self.number, (self.last_number or self.number) + 1)


class BacklogPart(Part):
    """A line of the list of papers to cover, `label` as listed."""

    paper: Title
    label: Line = ""
    override: Literal["covered", "to_cover", "dropped"] | None = None


class GroupDocument(Part):
    """A group with everything it has read and has still to read, in canonical order."""

    group: GroupPart = Field(default_factory=GroupPart)
    # The first fault is the one that is told: no list of faults may grow with a hostile file.
    sessions: Annotated[list[SessionPart], FailFast()] = []
    papers: Annotated[list[PaperPart], FailFast()] = []
    resources: Annotated[list[ResourcePart], FailFast()] = []
    people: Annotated[list[PersonPart], FailFast()] = []
    backlog: Annotated[list[BacklogPart], FailFast()] = []

    _warnings: list[Notice] = PrivateAttr(default_factory=list)

    @property
    def warnings(self) -> list[Notice]:
        """What its reader understood but a person should look at, by line."""
        return self._warnings

    def warned(self, warnings: list[Notice]) -> Self:
        self._warnings = warnings
        return self

    @model_validator(mode="after")
    def _hold_together(self, info: ValidationInfo) -> Self:
        put_in_order(self)
        if info.context != MEMO:
            put_former_in_order(self)
            check(self)
        return self


def put_in_order(document: GroupDocument) -> None:
    """Bring lists whose order means nothing into the canonical one, in place."""
    document.sessions.sort(key=lambda session: session.number)
    document.papers.sort(key=lambda paper: (title_key(paper.title), paper.arxiv_id))
    document.resources.sort(key=lambda resource: resource.url)
    document.people.sort(key=lambda person: name_key(person.name))
    # A title finds one paper. A paper's own title counts first, a further one only if it is still free.
    owner: dict[str, PaperPart] = {}
    for paper in document.papers:
        owner.setdefault(title_key(paper.title), paper)
    for paper in document.papers:
        paper.titles = [key for key in paper.titles if owner.setdefault(key, paper) is paper]


def put_former_in_order(document: GroupDocument) -> None:
    """Let what leads to a paper or person without being its own lead to one, in place.

    Not for what is only remembered: there a paper may still stand beside the one that it was merged into.
    """
    _keep_former(
        document.papers,
        "aliases",
        [each for paper in document.papers for each in paper.identifiers]
        + [resource.url for resource in document.resources],
    )
    _keep_former(document.papers, "former_slugs", [paper.slug for paper in document.papers])
    _keep_former(document.people, "former_slugs", [person.slug for person in document.people])


def _keep_former(parts: Sequence[Any], name: str, taken: Iterable[str]) -> None:
    """What leads to a part without being its own leads to one part, and to none where it is `taken`."""
    owner: dict[str, Any] = dict.fromkeys(taken)
    for part in parts:
        values = [value for value in getattr(part, name) if owner.setdefault(value, part) is part]
        if values != getattr(part, name):
            setattr(part, name, values)


def check(document: GroupDocument) -> None:
    """Resolve the references between the parts, in place.

    Raises ValueError, with the place and the mend, where its parts contradict each other.
    """
    _check_sessions(document.sessions)
    _check_papers(document.papers, document.resources)
    _resolve_papers(document)
    _resolve_resources(document)
    _resolve_people(document)
    _check_slugs(document)


def _check_sessions(sessions: list[SessionPart]) -> None:
    by_number: dict[int, SessionPart] = {}
    for session in sessions:
        for number in session.numbers:
            if number in by_number:
                raise ValueError(
                    f"sessions: number {number} stands for both “{by_number[number].title}” and “{session.title}”; "
                    "give each its own"
                )
            by_number[number] = session
    leads_to: dict[int, set[int]] = {}
    for session in sessions:
        for reading in session.readings:
            if reading.same_as is None:
                continue
            target = by_number.get(reading.same_as)
            if target is None:
                raise ValueError(
                    f"sessions: {session.number} is the same as {reading.same_as}, which is not here"
                )
            reading.same_as = target.number
            leads_to.setdefault(session.number, set()).add(target.number)
    if circle := _circle(leads_to):
        raise ValueError(f"sessions: “same as” goes in a circle: {' → '.join(map(str, circle))}")


def _circle(leads_to: dict[int, set[int]]) -> list[int]:
    """A way that comes back to where it began, or nothing."""
    done: set[int] = set()
    for start in leads_to:
        way: dict[int, None] = {}  # in order, and quick to ask
        turns = [iter([start])]
        while turns:
            for number in turns[-1]:
                if number in way:
                    ordered = list(way)
                    return [*ordered[ordered.index(number) :], number]
                if number not in done:
                    way[number] = None
                    turns.append(iter(sorted(leads_to.get(number, ()))))
                    break
            else:
                turns.pop()
                if way:
                    done.add(way.popitem()[0])
    return []


def _check_papers(papers: list[PaperPart], resources: list[ResourcePart]) -> None:
    """Each arXiv id, DOI and address once; a paper without an arXiv id is told by its title alone."""
    for field in ("arxiv_id", "doi", "url"):
        _once(f"papers: the {field}", [getattr(paper, field) for paper in papers])
    _once("resources: the address", [resource.url for resource in resources])
    both = {paper.url for paper in papers if paper.url} & {resource.url for resource in resources}
    if both:
        raise ValueError(f"resources: {min(both)} is a paper's address too; let it be one or the other")
    owner: dict[str, PaperPart] = {}
    for paper in papers:
        first = owner.setdefault(title_key(paper.title), paper)
        if first is not paper and not (first.arxiv_id and paper.arxiv_id):
            raise ValueError(
                f"papers: two are called “{paper.title}”; make them one, or give both their arXiv id"
            )


def _once(what: str, values: list[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value and value in seen:
            raise ValueError(f"{what} {value} stands twice; each may stand once")
        seen.add(value)


def paper_index(papers: list[PaperPart]) -> dict[str, PaperPart]:
    """Every name that finds a paper: "arXiv:id", else the normalized form of any of its titles."""
    index = {f"arXiv:{paper.arxiv_id}": paper for paper in papers if paper.arxiv_id}
    for paper in papers:
        index.setdefault(title_key(paper.title), paper)
    for paper in papers:
        for key in (*paper.titles, *paper.aliases):
            index.setdefault(key, paper)
    return index


def find_paper(index: dict[str, PaperPart], ref: str) -> PaperPart | None:
    """The paper that a reference means."""
    identifier = arxiv.arxiv_id(ref)
    return (index.get(f"arXiv:{identifier}") if identifier else None) or index.get(title_key(ref))


def _resolve_papers(document: GroupDocument) -> None:
    index = paper_index(document.papers)

    def resolve(ref: str, where: str) -> str:
        paper = find_paper(index, ref)
        if paper is None:
            raise ValueError(f"{where}: there is no paper “{ref}” among the papers; add it there")
        return paper.ref

    for session in document.sessions:
        for reading in session.readings:
            if reading.paper is not None:
                reading.paper = resolve(reading.paper, f"sessions: {session.number}")
    for resource in document.resources:
        resource.papers = sorted({resolve(ref, f"resources: {resource.url}") for ref in resource.papers})
    for entry in document.backlog:
        entry.paper = resolve(entry.paper, "backlog")
    _once("backlog: the paper", [entry.paper for entry in document.backlog])


def _resolve_resources(document: GroupDocument) -> None:
    urls = {resource.url for resource in document.resources}
    for session in document.sessions:
        for reading in session.readings:
            if reading.resource is not None and reading.resource not in urls:
                raise ValueError(
                    f"sessions: {session.number}: there is no resource {reading.resource} among the resources; add it there"
                )


def _resolve_people(document: GroupDocument) -> None:
    """Call everybody by their own name; who is not among the people yet comes in."""
    owner: dict[str, str] = {}
    for person in document.people:
        if name_key(person.name) in owner:
            raise ValueError(f"people: “{person.name}” stands twice; make them one")
        owner[name_key(person.name)] = person.name
    for person in document.people:
        person.other_names = [
            name
            for name in person.other_names
            if owner.setdefault(name_key(name), person.name) == person.name
        ]

    def resolve(names: list[str]) -> list[str]:
        for name in names:
            if name_key(name) not in owner:
                owner[name_key(name)] = name
                document.people.append(PersonPart(name=name))
        return people_once([owner[name_key(name)] for name in names])

    for session in document.sessions:
        session.presenters = resolve(session.presenters)
        for reading in session.readings:
            reading.presenters = resolve(reading.presenters)
        for material in session.materials:
            material.presenters = resolve(material.presenters)
    document.people.sort(key=lambda person: name_key(person.name))


def _check_slugs(document: GroupDocument) -> None:
    _once("papers: the slug", [paper.slug for paper in document.papers])
    _once("people: the slug", [person.slug for person in document.people])
    _once(
        "sessions: the slug",
        [slug for session in document.sessions for slug in {session.slug, *session.former_slugs}],
    )
