"""Where file and site contradict each other: the import keeps what it can, says what it could not, and never breaks."""

import threading
from io import StringIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import OperationalError, connection, connections, transaction

from papers.models import Paper, Resource
from readinggroup.interchange.dump import dump, one_moment
from readinggroup.interchange.errors import UnreadableError
from readinggroup.interchange.load import last_base, load
from readinggroup.interchange.markdown.reader import read_markdown
from readinggroup.interchange.serial import read_yaml
from readinggroup.models import Import
from sessions.models import BacklogEntry, Material, Person, Reading, Session, SessionSlug

pytestmark = pytest.mark.django_db

ALPHA = "https://arxiv.org/abs/2001.00001"


def bring_in(text: str, *, prune: bool = False) -> tuple[str, list[str]]:
    """Import a README or, where it starts so, YAML; then once more, which must change nothing. The first report."""
    reader = read_yaml if text.startswith(("sessions:", "group:")) else read_markdown
    report = load(reader(text), file_name="file", prune=prune)
    before = dump()
    again = load(reader(text), file_name="file", prune=prune)
    assert (again.created, again.updated, again.removed, dump()) == (0, 0, 0, before)
    return str(report).split(", unchanged")[0], [notice.text for notice in report.warnings]


def readme(body: str, backlog: str = "") -> str:
    return f"# G\n\n## Week 1: First\n{body}\n" + (
        f"\n## List of papers to cover\n{backlog}\n" if backlog else ""
    )


def weeks(*numbers: str) -> str:
    return "# G\n" + "".join(
        f"\n## Week {number}: Title {number}\n* Readings:\n  * Words {number}\n" for number in numbers
    )


# --- Papers and resources ------------------------------------------------------------------------------------


def test_a_title_that_another_paper_here_has_is_left_to_that_one() -> None:
    bring_in(readme(f"* Readings:\n  * [DDPM paper]({ALPHA})", "1. Denoising Diffusion"))
    _, warnings = bring_in(
        readme(f"* Readings:\n  * [Denoising Diffusion]({ALPHA})", "1. Denoising Diffusion")
    )
    assert (
        "“DDPM paper”: another paper here is called “Denoising Diffusion”; title kept: if the two are one, merge them in the admin"
        in warnings
    )
    assert sorted(Paper.objects.values_list("title", "arxiv_id")) == [
        ("DDPM paper", "2001.00001"),
        ("Denoising Diffusion", None),
    ]
    call_command("export_fixtures", format="yaml", stdout=StringIO())


def test_a_further_title_of_another_paper_here_is_left_to_that_one() -> None:
    bring_in(readme(f"* Readings:\n  * [DDPM paper]({ALPHA})", "1. Denoising Diffusion"))
    Paper.objects.get(title="Denoising Diffusion").titles.create(key="diffusion")
    report, warnings = bring_in(readme(f"* Readings:\n  * [Diffusion]({ALPHA})", "1. Denoising Diffusion"))
    assert (report, warnings) == (
        "created 0, updated 0",
        [
            "“DDPM paper”: another paper here is called “Diffusion”; title kept: if the two are one, merge them in the admin"
        ],
    )
    assert sorted(Paper.objects.values_list("title", "arxiv_id")) == [
        ("DDPM paper", "2001.00001"),
        ("Denoising Diffusion", None),
    ]


def test_papers_of_one_title_are_told_apart_in_an_export() -> None:
    # Two organizers at once: the title finds the first of the two.
    Paper.objects.bulk_create([Paper(title="Survey", slug="survey"), Paper(title="Survey", slug="survey-2")])
    assert [paper.title for paper in dump().papers] == ["Survey", "Survey (survey-2)"]


def test_a_resource_becomes_the_paper_that_the_backlog_calls_it() -> None:
    body = "* Readings:\n  * [Stable D](https://github.com/x)\n  * [The code](https://github.com/x)"
    bring_in(readme(body))
    reading = Reading.objects.get(label="")
    report, warnings = bring_in(readme(body, "1. Stable D"))
    assert (report, warnings) == (
        "created 2, updated 0",
        ["“Stable D”: a resource so far, a paper from now on"],
    )
    paper = Paper.objects.get()
    assert (paper.url, Resource.objects.count()) == ("https://github.com/x", 0)
    assert next(iter(Reading.objects.values_list("pk", "paper", "label"))) == (reading.pk, paper.pk, "")
    assert Reading.objects.get(label="The code").paper == paper


def test_an_identifier_of_another_paper_here_is_left_out() -> None:
    Paper.objects.create(title="Ours", doi="10.1000/1")
    _report, warnings = bring_in(
        "sessions: [{number: 1, title: A}]\npapers: [{title: Theirs, doi: 10.1000/1}]\n"
    )
    assert warnings == [
        "“Theirs”: 10.1000/1 belongs to another paper here; left out: if the two are one, merge them in the admin"
    ]
    assert Paper.objects.get(title="Theirs").doi is None


def test_a_paper_taken_from_a_resource_here_stays_away() -> None:
    body = f"* Readings:\n  * [Alpha]({ALPHA})\n    * [Code](https://github.com/x)"
    bring_in(readme(body))
    Resource.objects.get().papers.clear()
    bring_in(readme(body))
    assert list(Resource.objects.get().papers.all()) == []


# --- Sessions ------------------------------------------------------------------------------------------------


def test_weeks_that_became_one_session_leave_the_memory_of_imports_whole() -> None:
    bring_in(weeks("1", "3", "4"))
    Session.objects.get(number=1).delete()
    _, warnings = bring_in(weeks("1", "3 & 4"))
    assert (
        warnings
        == [
            "session 3 “Title 3”: its new numbers are another session's here; numbers kept",
            "session 3 “Title 3”, “Words 3”: no longer in the file; kept (--prune removes it)",
            "session 4 “Title 4”: no longer in the file; kept (--prune removes it)",
        ]
        or "session 4 “Title 4”: no longer in the file; kept (--prune removes it)" in warnings
    )
    # What an organizer removed stays removed, whatever came since.
    assert list(Session.objects.values_list("number", flat=True)) == [3, 4]


def test_numbers_refused_once_come_when_they_are_free() -> None:
    bring_in(weeks("3"))
    ours = Session.objects.create(number=4, title="Ours", state="published")
    bring_in(weeks("3 & 4"))
    ours.delete()
    bring_in(weeks("3 & 4"))
    assert list(Session.objects.values_list("number", "last_number")) == [(3, 4)]


def test_a_session_left_out_once_comes_when_its_number_is_free() -> None:
    ours = Session.objects.create(number=3, last_number=4, title="Ours", state="published")
    _, warnings = bring_in(weeks("1", "3", "4"))
    assert "session 4 “Title 4”: one of its numbers is another session's here; left out" in warnings
    Session.objects.filter(pk=ours.pk).update(last_number=None)
    bring_in(weeks("1", "3", "4"))
    assert list(Session.objects.values_list("number", flat=True)) == [1, 3, 4]


def test_same_as_a_session_that_was_removed_here_is_kept_as_words() -> None:
    bring_in(weeks("1", "2"))
    Session.objects.get(number=1).delete()
    _, warnings = bring_in(weeks("1", "2") + "\n## Week 3: C\n* Readings:\n  * Same as Week 1\n")
    assert warnings == ["session 3 “C”: the session it is the same as is not here; kept as words"]
    assert [(line.label, line.same_as) for line in Reading.objects.filter(session__number=3)] == [
        ("Same as Week 1", None)
    ]


def test_a_circle_made_by_file_and_organizer_together_is_kept_as_words() -> None:
    bring_in(weeks("1", "2"))
    first, second = Session.objects.all()
    Reading.objects.create(session=first, same_as=second)
    _, warnings = bring_in(weeks("1", "2").replace("Words 2", "Words 2\n  * Same as Week 1"))
    assert warnings == ["session 2 “Title 2”: the session it is the same as leads back to it; kept as words"]
    assert [(line.label, line.same_as) for line in second.readings.all()] == [
        ("Words 2", None),
        ("Same as Week 1", None),
    ]


def test_words_that_changed_are_one_line_still() -> None:
    bring_in(weeks("1"))
    assert bring_in(weeks("1").replace("Words 1", "Other words")) == ("created 0, updated 1", [])
    assert list(Reading.objects.values_list("label", flat=True)) == ["Other words"]


def test_a_line_removed_here_and_changed_there_stays_removed_with_a_warning() -> None:
    bring_in(readme("* Readings:\n  * A\n* [Slides](a.pdf)"))
    Material.objects.all().delete()
    _, warnings = bring_in(readme("* Readings:\n  * A\n* [Slides of the talk](a.pdf)"))
    assert warnings == [
        "session 1 “First”, slides Slides of the talk: removed here, changed in the file; stays removed"
    ]


# --- Addresses -----------------------------------------------------------------------------------------------


def test_an_address_that_leads_to_another_session_is_left_to_that_one() -> None:
    first = Session.objects.create(number=1, title="First", state="published")
    first.slug = "1-renamed"
    first.save()
    _, warnings = bring_in("sessions: [{number: 2, title: B, slug: 1-first}]")
    assert (
        warnings
        == [
            "session 1 “First”: no longer in the file; kept (--prune removes it)",
            "session 2 “B”: 1-first belongs to something else here; left out",
        ][1:]
    )
    assert list(SessionSlug.objects.values_list("slug", "session__number")) == [
        ("1-first", 1),
        ("1-renamed", 1),
        ("2-b", 2),
    ]


def test_what_comes_in_without_a_slug_leaves_the_one_that_another_gets_with_it() -> None:
    bring_in("""sessions: [{number: 1, title: A, slug: 1-a}]
papers: [{title: Alpha, slug: alpha}]
people: [{name: Ann, slug: ann}]
""")
    bring_in("""sessions: [{number: 1, title: A, slug: 2-b}, {number: 2, title: B}]
papers: [{title: Alpha, slug: beta}, {title: Beta}]
people: [{name: Ann, slug: bee}, {name: Bee}]
""")
    assert list(Session.objects.values_list("number", "slug")) == [(1, "2-b"), (2, "2-b-2")]
    assert list(Paper.objects.order_by("title").values_list("title", "slug")) == [
        ("Alpha", "beta"),
        ("Beta", "beta-2"),
    ]
    assert list(Person.objects.order_by("name").values_list("name", "slug")) == [
        ("Ann", "bee"),
        ("Bee", "bee-2"),
    ]


@pytest.mark.parametrize(
    "kind", ["papers: [{title: Alpha!, slug: alpha}]", "people: [{name: Ann B., slug: ann}]"]
)
def test_a_slug_of_something_else_is_left_out(kind: str) -> None:
    Paper.objects.create(title="Alpha", slug="alpha")
    Person.objects.create(name="Ann", slug="ann")
    _, warnings = bring_in(f"sessions: [{{number: 1, title: A}}]\n{kind}")
    assert [warning.split(": ")[1] for warning in warnings] == [
        f"{'alpha' if 'Alpha' in kind else 'ann'} belongs to something else here; left out"
    ]


def test_former_addresses_come_in_and_lead_on() -> None:
    bring_in("sessions: [{number: 1, title: A, former_slugs: [old-one]}]")
    assert (
        bring_in("sessions: [{number: 1, title: A, former_slugs: [old-one, older-one]}]")[0]
        == "created 0, updated 1"
    )
    assert list(SessionSlug.objects.values_list("slug", flat=True)) == ["1-a", "old-one", "older-one"]


def test_an_address_made_here_is_not_replaced_by_a_file_that_never_said_one() -> None:
    bring_in(weeks("1"))
    session = Session.objects.get()
    session.slug = "1-ours"
    session.save()
    bring_in("sessions: [{number: 1, title: Title 1, slug: 1-theirs, readings: [{label: Words 1}]}]")
    assert Session.objects.get().slug == "1-ours"


# --- Prune leaves what organizers made their own -------------------------------------------------------------


@pytest.mark.parametrize("edit", ["slug", "title", "resource"])
def test_prune_leaves_a_paper_that_somebody_made_their_own(edit: str) -> None:
    bring_in(readme("* Readings:\n  * A", "1. Alpha\n2. Beta"))
    paper = Paper.objects.get(title="Alpha")
    if edit == "slug":
        Paper.objects.filter(pk=paper.pk).update(slug="our-alpha")
    elif edit == "title":
        paper.titles.create(key="the alpha of ours")
    else:
        Resource.objects.create(title="Ours", url="https://ours.example/").papers.add(paper)
    bring_in(readme("* Readings:\n  * A"), prune=True)
    assert list(Paper.objects.values_list("title", flat=True)) == ["Alpha"]


def test_prune_leaves_a_session_whose_address_somebody_chose() -> None:
    bring_in(weeks("1", "2"))
    session = Session.objects.get(number=2)
    session.slug = "our-second"
    session.save()
    _, warnings = bring_in(weeks("1"), prune=True)
    assert warnings == ["session 2 “Title 2”: no longer in the file, but edited here or in use; kept"]


def test_prune_leaves_a_resource_that_somebody_gave_a_paper() -> None:
    bring_in(readme("* Readings:\n  * [Post](https://p.example/)"))
    Resource.objects.get().papers.add(Paper.objects.create(title="Ours"))
    Reading.objects.all().delete()
    bring_in(readme("* Readings:\n  * Else"), prune=True)
    assert Resource.objects.count() == 1


def test_prune_leaves_a_line_that_somebody_edited() -> None:
    body = "* Readings:\n  * [Post](https://p.example/)\n  * [Other](https://o.example/)"
    bring_in(readme(body))
    Reading.objects.filter(resource__title="Post").update(note="ours")
    bring_in(readme("* Readings:\n  * Else"), prune=True)
    assert [reading.text for reading in Reading.objects.order_by("pk")] == ["Post", "Else"]


def test_prune_leaves_people_who_are_still_named() -> None:
    body = "* Readings:\n  * [Post](https://p.example/) (presented by Ann Bee and Cy Dee)"
    bring_in(readme(body))
    own = Session.objects.create(number=9, title="Ours", state="published")
    own.presenters.add(Person.objects.get(name="Ann Bee"))
    bring_in(readme("* Readings:\n  * Else"), prune=True)
    assert list(Person.objects.values_list("name", flat=True)) == ["Ann Bee"]


def test_prune_leaves_uploaded_files_that_a_file_once_named() -> None:
    with_file = "materials: [{kind: slides, file: materials/a.pdf}]"
    default_storage.save("materials/a.pdf", ContentFile(b"%PDF-1.7"))
    bring_in(f"sessions: [{{number: 1, title: A, {with_file}}}, {{number: 2, title: B, {with_file}}}]")
    bring_in("sessions: [{number: 1, title: A}]", prune=True)
    assert list(Material.objects.values_list("session__number", "file")) == [
        (1, "materials/a.pdf"),
        (2, "materials/a.pdf"),
    ]


def test_a_file_that_the_site_does_not_have_makes_no_material() -> None:
    part = "materials: [{kind: slides, file: materials/none.pdf}, {kind: slides, file: materials/here.pdf}]"
    default_storage.save("materials/here.pdf", ContentFile(b"%PDF-1.7"))
    document = f"sessions: [{{number: 1, title: A, {part}}}]"
    try:
        report = load(read_yaml(document), file_name="file")
        again = load(read_yaml(document), file_name="file")
    finally:
        default_storage.delete("materials/here.pdf")
    said = "session 1: the site does not have the file materials/none.pdf; left out. Put the files into place first, then import again"
    assert [notice.text for notice in report.warnings] == [said]
    assert (again.created, again.updated, [notice.text for notice in again.warnings]) == (0, 0, [said])
    assert list(Material.objects.values_list("file", "file_size")) == [("materials/here.pdf", 8)]


# --- The memory of imports, and others at work ---------------------------------------------------------------


def test_a_memory_that_cannot_be_read_stops_the_import_before_it_undoes_edits() -> None:
    bring_in(weeks("1"))
    Import.objects.update(document={"sessions": [{"number": "many"}]})
    with pytest.raises(
        UnreadableError, match=r"^what the last import said \(number \d+ among the imports\) cannot"
    ):
        load(read_markdown(weeks("1")), file_name="README.md")


def test_the_memory_is_what_was_stored() -> None:
    bring_in(weeks("1", "2"))
    bring_in(weeks("2"))
    assert [session.number for session in last_base().sessions] == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_an_import_waits_for_organizers_who_are_saving() -> None:
    saving, done = threading.Event(), threading.Event()

    def organizer() -> None:
        try:
            with transaction.atomic():
                BacklogEntry.objects.create(paper=Paper.objects.create(title="Ours"))
                saving.set()
                done.wait(20)
        finally:
            connections.close_all()

    thread = threading.Thread(target=organizer)
    thread.start()
    try:
        assert saving.wait(20)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '300ms'")
        with pytest.raises(OperationalError, match="lock timeout"):
            load(read_markdown(weeks("1")), file_name="README.md")
    finally:
        done.set()
        thread.join()
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
    assert Session.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_an_export_is_of_one_moment() -> None:
    def organizer() -> None:
        Session.objects.create(number=7, title="Late", state="published")
        connections.close_all()

    with one_moment():
        assert Session.objects.count() == 0
        thread = threading.Thread(target=organizer)
        thread.start()
        thread.join()
        assert dump().sessions == []
    assert [session.number for session in dump().sessions] == [7]
