"""What is searched is never older than what is there, whoever wrote it; and nothing of a draft is found."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import zip_longest

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from papers.merging import absorb
from papers.models import Paper, PaperTitle, Resource
from readinggroup.search.filters import Narrowing
from readinggroup.search.finding import find
from readinggroup.search.index import SearchEntry
from readinggroup.search.words import parse
from sessions.models import BacklogEntry, Group, Material, Person, PersonName, Reading, Session
from tests.factories import leave, make_group, make_paper, make_session, populate, read
from tests.factories import move_in as import_the_first_group

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("searched_at_once")]


def found(words: str) -> set[str]:
    """What is found by these words, exactly: its kind and title."""
    findings = find(parse(f'"{words}"'), Narrowing())
    return {f"{SearchEntry.Kind(answer.kind).label} {answer.title}" for answer in findings.answers}


@pytest.fixture
def group() -> None:
    """A session that reads a paper and code, with a recording and a presenter, all public."""
    session = make_session(1, "Owls", summary="Nocturnal.")
    paper = make_paper("Feathers", authors="Ann", abstract="Silent flight.")
    code = Resource.objects.create(title="Codebase", kind="code", url="https://git.example/x")
    code.papers.add(paper)
    person = Person.objects.create(name="Bob")
    read(session, paper, note="chapter one", presenters=[person])
    read(session, resource=code)
    leave(session, "https://video.example/", kind="recording", label="Taped")


# What is done, by what it does not go through: models, signals, histories. Then what is found by “quail”.
CHANGES: dict[str, tuple[Callable[[], object], set[str]]] = {
    "a session's title": (lambda: Session.objects.update(title="quail"), {"session quail"}),
    "its summary": (lambda: Session.objects.update(summary="quail"), {"session Owls"}),
    "a paper's title": (
        lambda: Paper.objects.update(title="quail"),
        {"paper quail", "session Owls", "resource Codebase"},
    ),
    "its authors": (
        lambda: Paper.objects.update(authors="Ann\nquail"),
        {"paper Feathers", "session Owls"},
    ),
    "its abstract": (lambda: Paper.objects.update(abstract="quail"), {"paper Feathers"}),
    "another of its titles": (
        lambda: PaperTitle.objects.bulk_create([PaperTitle(paper=Paper.objects.get(), key="quail")]),
        {"paper Feathers"},
    ),
    "a resource's title": (
        lambda: Resource.objects.update(title="quail"),
        {"resource quail", "session Owls"},
    ),
    "a person's name": (lambda: Person.objects.update(name="quail"), {"person quail", "session Owls"}),
    "another of their names": (
        lambda: PersonName.objects.bulk_create([PersonName(person=Person.objects.get(), name="quail")]),
        {"person Bob"},
    ),
    "a line's words": (lambda: Reading.objects.filter(position=0).update(label="quail"), {"session Owls"}),
    "a line's note": (lambda: Reading.objects.filter(position=0).update(note="quail"), {"session Owls"}),
    "a material's words": (lambda: Material.objects.update(label="quail"), {"session Owls"}),
    "a new line": (
        lambda: Reading.objects.bulk_create([Reading(session=Session.objects.get(), label="quail")]),
        {"session Owls"},
    ),
    "a new paper": (lambda: Paper.objects.bulk_create([Paper(title="quail", slug="q")]), {"paper quail"}),
    "a presenter": (
        lambda: Session.objects.get().presenters.add(Person.objects.create(name="quail")),
        {"session Owls", "person quail"},
    ),
    "the paper of a resource": (
        lambda: Resource.objects.get().papers.add(make_paper("quail")),
        {"resource Codebase", "paper quail"},
    ),
}


@pytest.mark.usefixtures("group")
@pytest.mark.parametrize("what", CHANGES)
def test_what_is_written_by_any_means_is_found_at_once(what: str):
    change, expected = CHANGES[what]
    assert found("quail") == set()
    change()
    assert found("quail") == expected


@pytest.mark.usefixtures("group")
@pytest.mark.parametrize(
    ("words", "before", "undo"),
    [
        ("owls", {"session Owls"}, lambda: Session.objects.update(title="x")),
        ("feathers", {"session Owls", "paper Feathers", "resource Codebase"}, lambda: [Paper.objects.update(title="x"), PaperTitle.objects.all().delete()]),
        ("taped", {"session Owls"}, lambda: Material.objects.all().delete()),
        ("chapter one", {"session Owls"}, lambda: Reading.objects.all().delete()),
        ("bob", {"person Bob", "session Owls"}, lambda: Person.objects.all().delete()),
        ("bob", {"person Bob", "session Owls"}, lambda: Reading.presenters.through._default_manager.all().delete()),
        ("owls", {"session Owls"}, lambda: Session.objects.all().delete()),
        ("owls", {"session Owls"}, lambda: Session.objects.update(state="draft")),
        ("codebase", {"resource Codebase", "session Owls"}, lambda: [Reading.objects.all().delete(), Resource.objects.all().delete()]),
    ],
)  # fmt: skip
def test_what_is_gone_is_found_no_more(words: str, before: set[str], undo: Callable[[], object]):
    assert found(words) == before
    undo()
    assert found(words) == set()


@pytest.mark.usefixtures("group")
def test_what_only_a_draft_names_is_found_nowhere_and_appears_with_it():
    Session.objects.update(state="draft")
    for words in (
        "owls",
        "feathers",
        "codebase",
        "bob",
        "taped",
        "nocturnal",
        "silent flight",
        "ann",
        "git example",
    ):
        assert (words, found(words)) == (words, set())
    # A resource of a hidden paper is not found by that paper's title.
    Resource.objects.create(title="Known", url="https://known.example/").papers.add(Paper.objects.get())
    assert found("known") == {"resource Known"}
    assert found("feathers") == set()
    BacklogEntry.objects.create(paper=Paper.objects.get())
    assert found("feathers") == {"paper Feathers", "resource Known"}
    Session.objects.update(state="cancelled")
    assert found("owls") == {"session Owls"}
    assert found("bob") == {"person Bob", "session Owls"}


@pytest.mark.usefixtures("group")
def test_a_merged_paper_is_found_by_all_its_titles():
    keep, lose = make_paper("Quail"), make_paper("Partridge")
    assert found("partridge") == {"paper Partridge"}
    absorb(keep, lose)
    assert found("partridge") == found("quail") == {"paper Quail"}


def test_what_an_import_brings_is_found_as_if_each_was_saved():
    import_the_first_group()
    imported = list(
        SearchEntry.objects.order_by("kind", "thing", "paper").values_list("kind", "thing", "paper", "vector")
    )
    SearchEntry.objects.all().delete()
    with connection.cursor() as cursor:
        for name, table in (
            ("session", "reading_sessions_session"), ("paper", "papers_paper"), ("resource", "papers_resource"),
            ("person", "reading_sessions_person"),
        ):  # fmt: skip
            cursor.execute(f"SELECT readinggroup_index_{name}(ARRAY(SELECT id FROM {table}))")
    again = SearchEntry.objects.order_by("kind", "thing", "paper").values_list(
        "kind", "thing", "paper", "vector"
    )
    assert list(again) == imported
    assert len({(kind, thing) for kind, thing, *_ in imported}) == 16 + 68 + 13 + 4


def test_a_save_that_changes_no_word_writes_no_entry():
    session = make_session(1, "Owls")
    before = SearchEntry.objects.extra(select={"version": "xmin"}).values_list("version", flat=True).get()
    with transaction.atomic():
        Session.objects.filter(pk=session.pk).update(duration=None, revision=7)
    after = SearchEntry.objects.extra(select={"version": "xmin"}).values_list("version", flat=True).get()
    assert before == after


# --- Two at once -------------------------------------------------------------------------------------------
type Statement = Callable[[], object]


class Organizer:
    """Somebody who writes in a transaction and a thread of their own, statement by statement."""

    def __init__(self) -> None:
        self.thread = ThreadPoolExecutor(1)
        self.pid: int = self.thread.submit(self._begin).result(10)

    def _begin(self) -> int:
        connection.set_autocommit(False)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone() or (0,)
        return int(pid)

    def does(self, statement: Statement) -> Future[object]:
        """What comes of it, when it is done or waits for somebody."""
        doing = self.thread.submit(statement)
        deadline = time.monotonic() + 10
        while not doing.done() and not self._waits():
            assert time.monotonic() < deadline
            time.sleep(0.002)
        return doing

    def _waits(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [self.pid])
            return bool((cursor.fetchone() or [False])[0])

    def ends(self) -> Future[object]:
        return self.does(lambda: connection.commit())  # noqa: PLW0108 - of that thread

    def leaves(self) -> None:
        self.thread.submit(lambda: connection.close()).result(10)  # noqa: PLW0108 - as above
        self.thread.shutdown()


@pytest.fixture
def two() -> Iterator[tuple[Organizer, Organizer]]:
    """Two who write at once."""
    organizers = Organizer(), Organizer()
    yield organizers
    for organizer in organizers:
        organizer.leaves()


def lock_the_session() -> object:
    return Session.objects.select_for_update().get(number=1)


def note_on_its_lines() -> object:
    return Reading.objects.filter(session__number=1).update(note="Partridge")


def add_a_line() -> object:
    return Reading.objects.create(
        session=Session.objects.get(number=1), paper=Paper.objects.get(), position=9
    )


def name_the_paper() -> object:
    return Paper.objects.update(title="Quail")


def describe_the_paper() -> object:
    return Paper.objects.update(abstract="Quail")


def rename_the_word() -> object:
    return Group.objects.update(session_word="Quail")


def make_another_session() -> object:
    return make_session(2, "Barn")


def title_the_session() -> object:
    return Session.objects.filter(number=1).update(title="Partridge")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("one", "other", "quail"),
    [
        ([lock_the_session, note_on_its_lines], [name_the_paper], {"session Owls", "paper Quail"}),
        ([lock_the_session, note_on_its_lines], [describe_the_paper], {"paper Feathers"}),
        ([lock_the_session, note_on_its_lines], [name_the_paper, describe_the_paper], {"session Owls", "paper Quail"}),
        ([note_on_its_lines, lock_the_session], [name_the_paper], {"session Owls", "paper Quail"}),
        ([note_on_its_lines, lock_the_session], [describe_the_paper, name_the_paper], {"session Owls", "paper Quail"}),
        ([add_a_line], [name_the_paper], {"session Owls", "paper Quail"}),
        ([lock_the_session, add_a_line], [name_the_paper], {"session Owls", "paper Quail"}),
        ([make_another_session], [rename_the_word], {"session Owls", "session Barn"}),
        ([title_the_session], [rename_the_word], {"session Partridge"}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("turns", ["the one first", "the other first", "in turn"])
def test_of_two_who_write_at_once_none_fails_and_both_are_found(
    two: tuple[Organizer, Organizer], one: list[Statement], other: list[Statement], quail: set[str], turns: str
):  # fmt: skip
    make_group()
    read(make_session(1, "Owls"), make_paper("Feathers"))
    first, second = [(two[0], each) for each in one], [(two[1], each) for each in other]
    order = {
        "the one first": [*first, *second],
        "the other first": [*second, *first],
        "in turn": [each for pair in zip_longest(first, second) for each in pair if each],
    }[turns]
    doing = [organizer.does(statement) for organizer, statement in order]
    doing += [organizer.ends() for organizer in two]
    for each in doing:
        each.result(10)
    assert found("quail") == quail
    # All is as if it was indexed now.
    rows = SearchEntry.objects.order_by("kind", "thing", "paper").values_list("title", "lines", "vector")
    before = list(rows)
    with connection.cursor() as cursor:
        cursor.execute("SELECT readinggroup_index_session(ARRAY(SELECT id FROM reading_sessions_session))")
        cursor.execute("SELECT readinggroup_index_paper(ARRAY(SELECT id FROM papers_paper))")
    assert before == list(rows)


@pytest.mark.django_db(transaction=True)
def test_who_writes_holds_no_lock_of_the_search_before_the_end(two: tuple[Organizer, Organizer]):
    read(make_session(1, "Owls"), make_paper("Feathers"))
    for organizer in two:
        organizer.does(note_on_its_lines if organizer is two[0] else name_the_paper).result(10)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = ANY(%s)",
            [[each.pid for each in two]],
        )
        assert cursor.fetchone() == (0,)


@pytest.mark.usefixtures("group")
@pytest.mark.parametrize(
    ("change", "written"),
    [
        (lambda: Paper.objects.update(abstract="x", arxiv_id="2006.11239", doi="10.1000/x"), {("paper", 0)}),
        (lambda: Paper.objects.update(authors="y"), {("paper", 0), ("session", 0)}),
        (lambda: Paper.objects.update(title="x"), {("paper", 0), ("session", 0), ("resource", 1)}),
        (lambda: Resource.objects.update(url="https://b.example/"), {("resource", 0), ("resource", 1)}),
        (lambda: Resource.objects.update(title="x"), {("resource", 0), ("resource", 1), ("session", 0)}),
    ],
)  # fmt: skip
def test_only_the_entries_that_have_the_words_are_written(change: Statement, written: set[tuple[str, int]]):
    SearchEntry.objects.update(heading="untouched")
    change()
    touched = SearchEntry.objects.exclude(heading="untouched")
    assert {(entry.get_kind_display(), min(entry.paper, 1)) for entry in touched} >= written - {
        ("resource", 0)
    }
    assert {entry.get_kind_display() for entry in touched} == {kind for kind, _ in written}


def test_what_is_taken_back_is_not_indexed_and_what_comes_after_it_is():
    session = make_session(1, "Owls")
    for title in ("Quail", "Partridge"):
        with suppress(ZeroDivisionError), transaction.atomic():
            Session.objects.filter(pk=session.pk).update(title=title)
            _ = 1 / (title == "Partridge")
    assert (found("quail"), found("partridge")) == (set(), {"session Partridge"})


def test_a_search_costs_the_same_few_queries_however_much_there_is(client: Client):
    def queries(words: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/search/results/", {"q": words}).status_code == 200
        return len(captured)

    words = [
        "read",
        "held",
        "person",
        "code",
        "raed",
        "-read",
        "read zebra",
        '"read"',
        "nothing",
        "week 99",
        "https://youtu.be/ffq6RAmfGzk",
    ]
    populate(1)
    few = [queries(each) for each in words]
    populate(8)
    assert [queries(each) for each in words] == few
    assert max(few) <= 13  # two of them say how long the database may take


def test_a_paper_of_very_many_authors_keeps_its_other_names():
    authors = "\n".join(f"Author {number}" for number in range(900))
    paper = make_paper("Feathers", authors=authors, arxiv_id="2312.11805", doi="10.1000/feathers")
    kinds = [what for what, _ in SearchEntry.objects.get(kind=SearchEntry.Kind.PAPER, thing=paper.pk).lines]
    assert {what: kinds.count(what) for what in kinds} == {"author": 480, "arXiv": 1, "DOI": 1, "year": 1}
