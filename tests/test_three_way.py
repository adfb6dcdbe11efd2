"""What the file changed comes in, what an organizer changed stays, and where both did a warning says so."""

import pytest
from django.utils import timezone

from papers.models import Paper, PaperTitle, Resource
from readinggroup.interchange.document import GroupDocument
from readinggroup.interchange.dump import dump
from readinggroup.interchange.load import load
from readinggroup.interchange.markdown.reader import read_markdown
from readinggroup.interchange.serial import read_yaml, write_yaml
from readinggroup.models import Import
from sessions.models import BacklogEntry, Group, Material, Person, Reading, Session

pytestmark = pytest.mark.django_db

README = """\
# The group

Welcome.

## Week 1: First
* Readings:
  * [Alpha](https://arxiv.org/abs/2001.00001)
    * [Code](https://github.com/a/alpha)
  * [Post](https://blog.example/post) (walk-thru by Ann Bee)
* [Recording](https://youtu.be/one)

## Week 2: Second
* Readings:
  * [Beta](https://arxiv.org/abs/2001.00002)
* [Recording](https://youtu.be/two)

## Week 3: Third
* Readings:
  * Same as Week 1

## List of papers to cover:
1. ~~Alpha~~
2. ~~Beta~~
3. Gamma
"""
# group, sessions, readings, materials, papers, resources, people, backlog
PARTS = 1 + 3 + 5 + 2 + 3 + 2 + 1 + 3


def bring_in(text: str = README, *, prune: bool = False) -> tuple[str, list[str]]:
    """Import a README; the last line of the report, and the warnings."""
    report = load(read_markdown(text), file_name="README.md", prune=prune)
    return str(report), [f"{notice.line}: {notice.text}" for notice in report.warnings]


def changed(*pairs: tuple[str, str]) -> str:
    text = README
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


@pytest.fixture(autouse=True)
def first_import() -> None:
    assert bring_in() == (f"created {PARTS}, updated 0, unchanged 0, removed 0, warnings 0", [])


def unchanged(
    count: int = PARTS, *, updated: int = 0, created: int = 0, removed: int = 0, warnings: int = 0
) -> str:
    return f"created {created}, updated {updated}, unchanged {count}, removed {removed}, warnings {warnings}"


def reading_texts(number: int) -> list[str]:
    return [reading.text for reading in Reading.objects.filter(session__number=number)]


# --- The same file -------------------------------------------------------------------------------------------


def test_the_same_file_again_changes_nothing() -> None:
    before = dump()
    assert bring_in() == (unchanged(), [])
    assert dump() == before
    assert Import.objects.count() == 2


def test_an_edit_made_here_survives_the_same_file() -> None:
    session = Session.objects.get(number=1)
    session.title = "Edited here"
    session.save()
    Reading.objects.filter(session=session, position=1).update(note="sections 1 to 3")
    Paper.objects.filter(arxiv_id="2001.00001").update(title="Alpha, edited here")
    Group.objects.update(time_zone="Europe/Berlin", introduction="Edited here.")
    before = dump()
    assert bring_in() == (unchanged(), [])
    assert dump() == before


# --- A newer file --------------------------------------------------------------------------------------------


def test_what_the_file_changed_comes_in() -> None:
    newer = changed(("## Week 2: Second", "## Week 2: Second, again"), ("Welcome.", "Welcome all."))
    assert bring_in(newer) == (unchanged(PARTS - 2, updated=2), [])
    assert Session.objects.get(number=2).title == "Second, again"
    assert Group.objects.current().introduction == "Welcome all."


def test_an_address_stays_when_the_title_changes() -> None:
    bring_in(changed(("## Week 2: Second", "## Week 2: Second, again")))
    assert Session.objects.get(number=2).slug == "2-second"


def test_an_edit_made_here_survives_a_newer_file() -> None:
    Session.objects.filter(number=1).update(summary="Ours.", state="cancelled")
    newer = changed(("## Week 1: First", "## Week 1: First, renamed"))
    assert bring_in(newer) == (unchanged(PARTS - 1, updated=1), [])
    session = Session.objects.get(number=1)
    assert (session.title, session.summary, session.state) == ("First, renamed", "Ours.", "cancelled")


def test_where_both_changed_a_field_the_organizers_stays_with_a_warning() -> None:
    Session.objects.filter(number=1).update(title="Edited here")
    newer = changed(("## Week 1: First", "## Week 1: Edited there"))
    warning = "5: session 1 “Edited here”: title was changed both here and in the file; kept “Edited here”"
    assert bring_in(newer) == (unchanged(warnings=1), [warning])
    assert Session.objects.get(number=1).title == "Edited here"
    # Said once: the next import of the same file knows of it.
    assert bring_in(newer) == (unchanged(), [])


def test_where_both_say_the_same_there_is_nothing_to_say() -> None:
    Session.objects.filter(number=1).update(title="Better")
    assert bring_in(changed(("Week 1: First", "Week 1: Better"))) == (unchanged(), [])


def test_a_new_session_with_new_things_comes_in() -> None:
    newer = changed(
        (
            "## List of papers",
            (
                "## Week 4: Fourth\n* Readings:\n  * [Gamma](https://arxiv.org/abs/2001.00003)\n"
                "  * [Alpha](https://arxiv.org/abs/2001.00001)\n* [Slides](4.pdf) - Presented by Cy Dee\n\n## List of papers"
            ),
        )
    )
    # session, two readings, one material, one person; Gamma gets its arXiv id.
    assert bring_in(newer) == (unchanged(PARTS - 1, created=5, updated=1), [])
    assert reading_texts(4) == ["Gamma", "Alpha"]
    assert Paper.objects.get(title="Gamma").arxiv_id == "2001.00003"
    assert BacklogEntry.objects.covered(timezone.now()).count() == 3


def test_a_reading_moved_in_the_file_moves_here() -> None:
    newer = changed(
        ("  * [Post](https://blog.example/post) (walk-thru by Ann Bee)\n", ""),
        ("  * [Alpha]", "  * [Post](https://blog.example/post) (walk-thru by Ann Bee)\n  * [Alpha]"),
    )
    assert bring_in(newer) == (unchanged(updated=1), [])
    assert reading_texts(1) == ["Post", "Alpha", "Code"]


def test_an_order_made_here_stays_and_new_lines_find_their_place() -> None:
    Reading.objects.filter(session__number=1, position=3).update(position=0)
    newer = changed(("    * [Code]", "    * [Data](https://data.example/)\n    * [Code]"))
    assert bring_in(newer) == (unchanged(created=2), [])
    assert reading_texts(1) == ["Post", "Alpha", "Data", "Code"]
    assert bring_in(newer)[0] == unchanged(PARTS + 2)


def test_an_order_changed_on_both_sides_stays_with_a_warning() -> None:
    Reading.objects.filter(session__number=1, position=3).update(position=0)
    newer = changed(
        ("    * [Code](https://github.com/a/alpha)\n", ""),
        ("(walk-thru by Ann Bee)\n", "(walk-thru by Ann Bee)\n    * [Code](https://github.com/a/alpha)\n"),
    )
    _, warnings = bring_in(newer)
    assert warnings == [
        "1: session 1 “First”: the order was changed both here and in the file; kept the one here"
    ]
    assert reading_texts(1) == ["Post", "Alpha", "Code"]


# --- Added and removed here ----------------------------------------------------------------------------------


def test_what_an_organizer_added_stays() -> None:
    session = Session.objects.get(number=1)
    Reading.objects.create(session=session, position=9, label="Bring questions")
    Material.objects.create(session=session, position=9, kind="slides", href="https://slides.example/1")
    own = Session.objects.create(number=9, title="Ours", state="published")
    before = dump()
    for prune in (False, True):
        assert bring_in(prune=prune) == (unchanged(), [])
    assert dump() == before
    assert own in Session.objects.all()


def test_what_an_organizer_removed_stays_removed() -> None:
    Material.objects.get(href="https://youtu.be/one").delete()
    BacklogEntry.objects.get(label="Gamma").delete()
    Session.objects.get(number=2).delete()
    before = dump()
    # Gone: session 2 with its reading and recording, a recording, a line of the backlog.
    assert bring_in() == (unchanged(PARTS - 5), [])
    assert dump() == before


def test_what_was_removed_here_and_changed_there_stays_removed_with_a_warning() -> None:
    Session.objects.get(number=2).delete()
    _, warnings = bring_in(changed(("## Week 2: Second", "## Week 2: Second, again")))
    assert warnings == ["12: session 2 “Second, again”: removed here, changed in the file; stays removed"]
    assert not Session.objects.filter(number=2).exists()


def test_a_paper_removed_here_comes_back_when_a_new_session_reads_it() -> None:
    Session.objects.get(number=2).delete()
    Paper.objects.get(arxiv_id="2001.00002").delete()
    assert bring_in()[0].startswith("created 0,")
    newer = changed(
        (
            "## List of papers",
            "## Week 4: D\n* Readings:\n  * [Beta](https://arxiv.org/abs/2001.00002)\n\n## List of papers",
        )
    )
    assert bring_in(newer)[0].startswith("created 3,")
    assert reading_texts(4) == ["Beta"]


# --- Gone from the file --------------------------------------------------------------------------------------


def without(text: str, *pieces: str) -> str:
    for piece in pieces:
        assert text.count(piece) == 1, piece
        text = text.replace(piece, "")
    return text


SECOND = "## Week 2: Second\n* Readings:\n  * [Beta](https://arxiv.org/abs/2001.00002)\n* [Recording](https://youtu.be/two)\n\n"


def test_without_prune_what_the_file_no_longer_has_stays_and_is_named() -> None:
    before = dump()
    shorter = without(README, SECOND, "* [Recording](https://youtu.be/one)\n", "3. Gamma\n")
    _, warnings = bring_in(shorter.replace("~~Beta~~", "Beta"))
    assert warnings == [
        "1: session 1 “First”, recording https://youtu.be/one: no longer in the file; kept (--prune removes it)",
        "1: session 2 “Second”: no longer in the file; kept (--prune removes it)",
        "1: the backlog, “Gamma”: no longer in the file; kept (--prune removes it)",
    ]
    assert dump() == before


def test_prune_removes_what_an_import_made_and_nobody_edited() -> None:
    shorter = without(README, SECOND, "* [Recording](https://youtu.be/one)\n", "2. ~~Beta~~\n", "3. Gamma\n")
    report, warnings = bring_in(shorter, prune=True)
    # session 2, its reading and recording, a recording, two lines of the backlog, and the papers Beta and Gamma.
    assert (report, warnings) == (unchanged(PARTS - 8, removed=8), [])
    assert dump() == with_slugs(read_markdown(shorter))


def test_prune_knows_what_imports_before_the_last_one_made() -> None:
    shorter = without(README, SECOND)
    bring_in(shorter)
    assert Session.objects.filter(number=2).exists()
    report, _ = bring_in(shorter, prune=True)
    assert "removed 3" in report
    assert not Session.objects.filter(number=2).exists()


@pytest.mark.parametrize("edit", ["session", "reading", "material"])
def test_prune_leaves_what_somebody_edited(edit: str) -> None:
    if edit == "session":
        Session.objects.filter(number=2).update(summary="Ours.")
    elif edit == "reading":
        Reading.objects.filter(session__number=2).update(note="ours")
    else:
        Material.objects.filter(session__number=2).update(label="Ours")
    _, warnings = bring_in(without(README, SECOND), prune=True)
    assert Session.objects.filter(number=2).exists()
    assert warnings == ["1: session 2 “Second”: no longer in the file, but edited here or in use; kept"]


def test_prune_leaves_what_another_session_repeats() -> None:
    start, end = README.index("## Week 1"), README.index("## Week 2")
    Reading.objects.create(
        session=Session.objects.get(number=2), label="Same", same_as=Session.objects.get(number=1)
    )
    shorter = (README[:start] + README[end:]).replace("  * Same as Week 1", "  * Nothing")
    bring_in(shorter, prune=True)
    assert Session.objects.filter(number=1).exists()


def test_prune_never_removes_an_uploaded_file() -> None:
    session = Session.objects.get(number=2)
    Material.objects.create(session=session, position=5, kind="slides", file="materials/ours.pdf")
    bring_in(without(README, SECOND), prune=True)
    assert list(session.materials.values_list("href", "file")) == [
        ("https://youtu.be/two", ""),
        ("", "materials/ours.pdf"),
    ]


def test_prune_leaves_papers_that_still_stand_somewhere() -> None:
    own = Session.objects.create(number=9, title="Ours", state="published")
    Reading.objects.create(session=own, paper=Paper.objects.get(arxiv_id="2001.00002"))
    bring_in(without(README, SECOND, "2. ~~Beta~~\n"), prune=True)
    assert reading_texts(9) == ["Beta"]


# --- Who is who ----------------------------------------------------------------------------------------------


def test_a_paper_is_found_by_any_title_it_was_known_by() -> None:
    paper = Paper.objects.get(arxiv_id="2001.00001")
    paper.title = "Alpha: the title that arXiv has"
    paper.save()
    newer = changed(("## List of papers", "## Week 4: D\n* Readings:\n  * alpha.\n\n## List of papers"))
    assert bring_in(newer)[0] == unchanged(PARTS, created=2)
    assert Reading.objects.get(session__number=4).paper == paper


def test_a_new_title_for_a_known_arxiv_id_is_remembered() -> None:
    bring_in(
        changed(
            (
                "## List of papers",
                "## Week 4: D\n* Readings:\n  * [A.l.p.h.a](https://arxiv.org/abs/2001.00001)\n\n## List of papers",
            )
        )
    )
    assert Paper.objects.get(titles__key="a.l.p.h.a").arxiv_id == "2001.00001"
    assert bring_in(changed())[1] == [
        "1: session 4 “D”: no longer in the file; kept (--prune removes it)",
    ]


def test_a_person_is_found_by_another_name() -> None:
    person = Person.objects.get(name="Ann Bee")
    person.name = "Ann B. Bee"
    person.save()
    assert bring_in() == (unchanged(), [])
    assert list(Person.objects.values_list("name", flat=True)) == ["Ann B. Bee"]


def test_a_session_is_found_by_any_number_of_its_range() -> None:
    Session.objects.filter(number=3).update(last_number=4)
    newer = changed(("## Week 3: Third", "## Week 4: Third"))
    _, warnings = bring_in(newer)
    # The file's number comes in; its silence about a last number is no change, so that one would stand alone.
    assert warnings == ["17: session 3 “Third”: its new numbers are not above each other here; numbers kept"]
    assert list(Session.objects.values_list("number", "last_number")) == [(1, None), (2, None), (3, 4)]


def test_one_session_becomes_two() -> None:
    joined = changed(("## Week 3: Third", "## Week 3 & 4: Third"))
    bring_in(joined)
    assert Session.objects.get(number=3).last_number == 4
    parted = changed(("## List of papers", "## Week 4: Fourth\n\n## List of papers"))
    assert bring_in(parted)[1] == []
    assert list(Session.objects.values_list("number", "last_number")) == [
        (1, None),
        (2, None),
        (3, None),
        (4, None),
    ]


def test_a_session_of_an_organizer_keeps_its_number() -> None:
    Session.objects.create(number=4, title="Ours", state="published")
    newer = changed(("## Week 3: Third", "## Week 3 & 4: Third"))
    _, warnings = bring_in(newer)
    assert warnings == ["17: session 3 “Third”: its new numbers are another session's here; numbers kept"]
    assert list(Session.objects.values_list("number", "last_number")) == [
        (1, None),
        (2, None),
        (3, None),
        (4, None),
    ]


def test_a_resource_that_became_a_paper_here_stays_one() -> None:
    Reading.objects.filter(resource__url="https://blog.example/post").update(
        resource=None, paper=Paper.objects.create(title="The post as a paper")
    )
    Resource.objects.filter(url="https://blog.example/post").delete()
    Paper.objects.filter(title="The post as a paper").update(url="https://blog.example/post")
    before = dump()
    report, warnings = bring_in()
    assert (report.split(", removed")[0], warnings) == (f"created 0, updated 0, unchanged {PARTS - 1}", [])
    assert dump() == before


def test_titles_of_the_site_are_not_lost_to_an_import() -> None:
    assert set(PaperTitle.objects.values_list("key", flat=True)) == {"alpha", "beta", "gamma"}


# --- Between formats -----------------------------------------------------------------------------------------


def test_a_readme_does_not_speak_of_what_yaml_said() -> None:
    document = dump()
    document.sessions[1].starts_at = timezone.datetime(2026, 1, 8, 18, tzinfo=timezone.get_fixed_timezone(60))  # type: ignore[attr-defined]
    document.papers[0].authors = ["A. Author"]
    report = load(read_yaml(write_yaml(document)), file_name="group.yaml")
    assert str(report) == unchanged(PARTS - 2, updated=2)
    before = dump()
    assert bring_in() == (unchanged(), [])
    assert dump() == before
    # And what the YAML said is still the base of the next one.
    document.sessions[1].starts_at = None
    assert str(load(read_yaml(write_yaml(document)), file_name="group.yaml")) == unchanged(
        PARTS - 1, updated=1
    )


def test_a_dry_run_changes_nothing_and_says_the_same() -> None:
    before = dump()
    newer = read_markdown(changed(("Week 1: First", "Week 1: Other")))
    dry = load(newer, file_name="README.md", dry_run=True)
    assert (dump(), Import.objects.count()) == (before, 1)
    assert str(dry) == str(load(newer, file_name="README.md"))


def with_slugs(document: GroupDocument) -> GroupDocument:
    """The document with the addresses that the site gave its parts."""
    now = dump()
    for field, key in (("sessions", "number"), ("papers", "title"), ("people", "name")):
        slugs = {getattr(part, key): part.slug for part in getattr(now, field)}
        for part in getattr(document, field):
            part.slug = slugs[getattr(part, key)]
    return document
