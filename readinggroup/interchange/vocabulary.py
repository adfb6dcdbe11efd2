"""Who is who in three documents: the same paper, person, resource or session under its one key.

Keys are the current document's wherever it knows the thing, so that a paper the file knows by its title alone and
the site by its arXiv id is one paper.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from papers.titles import title_key
from readinggroup.interchange.document import (
    BacklogPart,
    GroupDocument,
    MaterialPart,
    PaperPart,
    Part,
    PersonPart,
    ReadingPart,
    ResourcePart,
    SessionPart,
)
from readinggroup.interchange.several import chief_of
from sessions.models.people import name_key


def keyed[P: Part](parts: Iterable[P], key_of: Callable[[P], Any]) -> dict[Any, P]:
    """The parts by key; the second with one key is its number 2, and so on."""
    found: dict[Any, P] = {}
    count: dict[Any, int] = {}
    for part in parts:
        key = key_of(part)
        count[key] = count.get(key, 0) + 1
        found[(key, count[key]) if isinstance(key, tuple) else key] = part
    return found


def grouped[P: Part](parts: Iterable[P], key_of: Callable[[P], Any]) -> dict[Any, list[P]]:
    """The parts by key: those that two files tell apart may be one here."""
    found: dict[Any, list[P]] = {}
    for part in parts:
        found.setdefault(key_of(part), []).append(part)
    return found


def same_words[P: Part](base: dict[Any, P], new: dict[Any, P]) -> dict[Any, P]:
    """`new` with a line of mere words under the key of the one in `base` that it stands for.

    Their words are all that tells such lines apart; so when words changed, the first that went is the first that
    came.
    """
    went = [key for key in base if key[0][0] == "words" and key not in new]
    came = [key for key in new if key[0][0] == "words" and key not in base]
    stands_for = dict(zip(came, went, strict=False))
    return {stands_for.get(key, key): part for key, part in new.items()}


class Vocabulary:
    """Keys for what the three documents speak of; the first one's win.

    `freed` are addresses of papers here that the import gives up: what stands there is a resource from now on.
    """

    def __init__(self, *documents: GroupDocument, freed: Collection[str] = ()) -> None:
        self._papers: dict[str, str] = {}  # "arXiv:id", or a title's key -> key
        self._arxiv_ids: dict[str, set[str]] = {}  # key -> its arXiv id, and those that lead to it
        self._titles: dict[str, str] = {}  # key -> the title it goes by here, normalized
        self._former: dict[str, str] = {}  # "doi:…" or an address that leads to a paper -> key
        self._people: dict[str, str] = {}
        self._sessions: dict[int, int] = {}
        self._paper_urls: dict[str, str] = {}
        self._resources: dict[
            str, ResourcePart
        ] = {}  # key of a paper that is gone -> what the file calls it now
        for document in documents:
            taken: set[int] = set()
            for paper in document.papers:
                self._learn_paper(paper)
            for person in document.people:
                self._learn_person(person)
            for session in document.sessions:
                self._learn_session(session, taken)
        self._here = {paper.key: paper for document in documents[:1] for paper in document.papers}
        self._learn_addresses(documents, freed)

    # --- Learning ------------------------------------------------------------------------------------------

    def _learn_paper(self, paper: PaperPart) -> None:
        """Whatever led to a paper in an earlier document goes on leading there."""
        key = self._find_paper(paper)
        if key is None:
            key = f"arXiv:{paper.arxiv_id}" if paper.arxiv_id else f"title:{title_key(paper.title)}"
            self._titles[key] = title_key(paper.title)
        for identifier in _arxiv_ids(paper):
            if self._papers.setdefault(identifier, key) == key:
                self._arxiv_ids.setdefault(key, set()).add(identifier)
        for title in (title_key(paper.title), *paper.titles):
            self._papers.setdefault(title, key)
        for former in paper.aliases:
            if not former.startswith("arXiv:"):
                self._former.setdefault(former, key)
        paper.known_as(key)

    def _learn_addresses(self, documents: Sequence[GroupDocument], freed: Collection[str]) -> None:
        """Whose the addresses are: a resource at a paper's address is that paper.

        A base speaks only for papers that the file is silent of. Of others the next base says what this file does,
        and the same file is to mean the same the next time.
        """
        current, file, base = (*documents, GroupDocument(), GroupDocument())[:3]
        here, said = ({paper.key for paper in document.papers} for document in (current, file))
        resources_here = {resource.url for resource in current.resources}
        resources = {resource.url: resource for resource in file.resources}
        silent = [paper for paper in base.papers if paper.key not in said]
        for paper in (*current.papers, *file.papers, *(paper for paper in silent if paper.key in here)):
            if paper.url and not (paper.url in freed and paper.pk):
                self._paper_urls.setdefault(paper.url, paper.key)
            for former in paper.aliases:
                if not former.startswith(("arXiv:", "doi:")) and former not in resources_here:
                    self._paper_urls.setdefault(former, paper.key)
        for paper in silent:
            if paper.key not in here and paper.url in resources:
                self._resources.setdefault(paper.key, resources[paper.url])

    def _find_paper(self, paper: PaperPart) -> str | None:
        for identifier in _arxiv_ids(paper):
            if key := self._papers.get(identifier):
                return key
        found = [self._papers.get(title) for title in (title_key(paper.title), *paper.titles)]
        found += [self._former.get(identifier) for identifier in paper.identifiers]
        # Two arXiv ids are two papers, whatever their titles, unless one of them is known to lead to the other.
        return next((key for key in found if key and not (paper.arxiv_id and self._arxiv_ids.get(key))), None)

    def _was_merged(self, paper: PaperPart, document: GroupDocument) -> bool:
        """Whether it is one here with another paper, and that one gives the title."""
        key = self.paper_key(paper)
        if title_key(paper.title) == self._titles[key] or key == f"arXiv:{paper.arxiv_id}":
            return False
        if paper.arxiv_id and f"arXiv:{paper.arxiv_id}" in self._arxiv_ids.get(key, ()):
            return True
        return any(other.key == key for other in document.papers if other is not paper)

    def _learn_person(self, person: PersonPart) -> None:
        names = [name_key(person.name), *map(name_key, person.other_names)]
        key = next((self._people[name] for name in names if name in self._people), names[0])
        for name in names:
            self._people.setdefault(name, key)
        person.known_as(key)

    def _learn_session(self, session: SessionPart, taken: set[int]) -> None:
        """Any number in its range finds it; each session of one document is another one."""
        found = (self._sessions[number] for number in session.numbers if number in self._sessions)
        key = next((key for key in found if key not in taken), None)
        if key is None:
            key = session.number
        taken.add(key)
        for number in session.numbers:
            self._sessions.setdefault(number, key)
        session.known_as(key)

    # --- Keys ----------------------------------------------------------------------------------------------

    def paper_key(self, part: PaperPart) -> str:
        return str(part.key)

    def resource_key(self, part: ResourcePart) -> str:
        return part.url

    def person_key(self, part: PersonPart) -> str:
        return str(part.key)

    def session_key(self, part: SessionPart) -> int:
        return int(part.key)

    def backlog_key(self, part: BacklogPart) -> str:
        return part.paper

    def reading_key(self, part: ReadingPart) -> Any:
        """(target, nth): the same paper twice in one list is two lines."""
        if part.paper is not None:
            return ("paper", part.paper)
        if part.resource is not None:
            return ("resource", part.resource)
        if part.same_as is not None:
            return ("same as", part.same_as)
        return ("words", title_key(part.label) or part.label)

    # --- Translating ---------------------------------------------------------------------------------------

    def translated(self, document: GroupDocument) -> GroupDocument:
        """The document with every reference to a paper, person or session as a key."""
        refs = {paper.ref: self.paper_key(paper) for paper in document.papers}
        merged = {paper.ref: paper.title for paper in document.papers if self._was_merged(paper, document)}
        sessions = {number: self.session_key(part) for part in document.sessions for number in part.numbers}

        def people(names: list[str]) -> list[str]:
            return sorted({self._people.get(name_key(name), name_key(name)) for name in names})

        def reading(part: ReadingPart) -> ReadingPart:
            said: dict[str, Any] = {"presenters": people(part.presenters)}
            if part.paper is not None:
                said["paper"] = key = refs[part.paper]
                if key in self._resources:
                    said |= {"paper": None, "resource": self._resources[key].url}
            if part.same_as is not None:
                said["same_as"] = sessions[part.same_as]
            if part.resource in self._paper_urls:  # a resource there, a paper here: it is the paper
                said |= {"resource": None, "paper": self._paper_urls[part.resource]}
            return changed(part, said).saying(merged.get(part.paper or "", ""))

        def session(part: SessionPart) -> SessionPart:
            materials = [changed(each, {"presenters": people(each.presenters)}) for each in part.materials]
            said = {
                "presenters": people(part.presenters),
                "readings": list(map(reading, part.readings)),
                "materials": materials,
            }
            return changed(part, said)

        resources = [
            changed(part, {"papers": sorted({refs[ref] for ref in part.papers})})
            for part in document.resources
            if part.url not in self._paper_urls
        ]
        gone = [self._resources[paper.key] for paper in document.papers if paper.key in self._resources]
        known = {part.url for part in resources}
        resources += [changed(part, {"papers": []}) for part in gone if part.url not in known]
        said = {
            "sessions": list(map(session, document.sessions)),
            "resources": resources,
            "backlog": self._backlog(document, refs),
        }
        return changed(document, said)

    def _backlog(self, document: GroupDocument, refs: dict[str, str]) -> list[BacklogPart]:
        """Several lines may be one paper here: at the place of the first, the line of the one that it is first of all,
        which speaks for the paper, and then the others.
        """
        papers = grouped(document.papers, self.paper_key)
        chiefs = {key: chief_of(parts, self._here.get(key, parts[0])) for key, parts in papers.items()}
        lines = grouped(document.backlog, lambda part: refs[part.paper])
        return [
            changed(part, {"paper": key}).identified_as(part.paper)
            for key, several in lines.items()
            for part in sorted(several, key=lambda part: part.paper != chiefs[key].ref)
        ]

    def paper_at(self, url: str) -> str | None:
        """The paper that has this address in one of the documents."""
        return self._paper_urls.get(url)

    def spelt_out(self, document: GroupDocument, *elsewhere: GroupDocument) -> GroupDocument:
        """The translated document with references as people write them; `elsewhere` is asked for what it lacks."""
        papers: dict[str, PaperPart] = {}
        for paper in (paper for source in (document, *elsewhere) for paper in source.papers):
            papers.setdefault(self.paper_key(paper), paper)
        names = {
            self.person_key(person): person.name
            for source in (*elsewhere[::-1], document)
            for person in source.people
        }
        numbers = {self.session_key(session): session.number for session in document.sessions}
        used = {self.paper_key(paper) for paper in document.papers}
        refs = {(self.paper_key(paper), paper.ref) for paper in document.papers}
        more: list[PaperPart] = []

        def ref(key: str) -> str:
            if key not in used:
                used.add(key)
                more.append(papers[key])
            return papers[key].ref

        def line[P: (ReadingPart, MaterialPart)](part: P) -> P:
            said: dict[str, Any] = {"presenters": [names.get(name, name) for name in part.presenters]}
            if isinstance(part, ReadingPart) and part.paper is not None:
                said["paper"] = ref(part.paper)
            if isinstance(part, ReadingPart) and part.same_as is not None:
                said["same_as"] = numbers.get(part.same_as)
                said["label"] = part.label or f"Same as {part.same_as}"
            return changed(part, said)

        def session(part: SessionPart) -> SessionPart:
            said = {
                "presenters": [names.get(name, name) for name in part.presenters],
                "readings": list(map(line, part.readings)),
                "materials": list(map(line, part.materials)),
            }
            return changed(part, said)

        said = {
            "sessions": list(map(session, document.sessions)),
            "resources": [
                changed(part, {"papers": list(map(ref, part.papers))}) for part in document.resources
            ],
            "backlog": [
                changed(
                    part, {"paper": part.identity if (part.paper, part.identity) in refs else ref(part.paper)}
                )
                for part in document.backlog
            ],
        }
        return changed(document, {**said, "papers": [*document.papers, *more]})


def _arxiv_ids(paper: PaperPart) -> list[str]:
    """What finds a paper before any title: its arXiv id, then those that lead to it, as "arXiv:2001.00001"."""
    own = [f"arXiv:{paper.arxiv_id}"] if paper.arxiv_id else []
    return own + [former for former in paper.aliases if former.startswith("arXiv:")]


def changed[P: Part](part: P, said: dict[str, Any]) -> P:
    """A copy that says something else in some fields. What it left open stays so, unless it is changed here."""
    copy = part.model_copy(update=said)
    differs = {name for name, value in said.items() if value != getattr(part, name)}
    copy.__pydantic_fields_set__ = part.model_fields_set | differs
    return copy
