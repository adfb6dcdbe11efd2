"""What is searched is never older than what is there, whoever wrote it; and nothing of a draft is found."""

import threading
from collections.abc import Callable

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
from sessions.models import BacklogEntry, Material, Person, PersonName, Reading, Session
from tests.factories import leave, make_paper, make_session, populate, read
from tests.factories import move_in as import_the_first_group

pytestmark = pytest.mark.django_db


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
    "its authors": (lambda: Paper.objects.update(authors="Ann\nquail"), {"paper Feathers"}),
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


def is_anybody_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)")
        return bool((cursor.fetchone() or [False])[0])


@pytest.mark.django_db(transaction=True)
def test_two_who_write_at_once_are_both_found():
    session, paper = make_session(1, "Owls"), make_paper("Feathers")
    first_wrote = threading.Event()

    def second() -> None:
        first_wrote.wait(10)
        Paper.objects.filter(pk=paper.pk).update(title="Quail")  # waits for the first one's end
        connection.close()

    thread = threading.Thread(target=second)
    thread.start()
    with transaction.atomic():
        Reading.objects.create(session=session, paper=paper)
        first_wrote.set()
        while not is_anybody_waiting() and thread.is_alive():
            pass
        assert thread.is_alive()
    thread.join(10)
    assert found("quail") == {"session Owls", "paper Quail"}


def test_a_search_costs_the_same_few_queries_however_much_there_is(client: Client):
    def queries(words: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/search/results/", {"q": words}).status_code == 200
        return len(captured)

    words = ["read", "held", "person", "code", "raed", "-read", "read zebra", '"read"', "nothing"]
    populate(1)
    few = [queries(each) for each in words]
    populate(8)
    assert [queries(each) for each in words] == few
    assert max(few) <= 12
