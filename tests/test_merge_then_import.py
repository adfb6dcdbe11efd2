"""Two that were merged here stay one, whatever file comes in again: the same, a newer one, another format."""

import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from papers.models import Paper, PaperAlias, Resource
from readinggroup.interchange.document import GroupDocument
from readinggroup.interchange.dump import dump
from readinggroup.interchange.load import load
from readinggroup.interchange.markdown.reader import read_markdown
from readinggroup.interchange.serial import read_json, read_yaml, write_json, write_yaml
from sessions.merging import merge_papers, merge_people
from sessions.models import BacklogEntry, Person, PersonSlug, Reading, Session
from tests.factories import make_paper

README = """\
# The group

## Week 1: First
* Readings:
  * [Alpha](https://arxiv.org/abs/2001.00001) (presented by Ann Bee)
  * [Alpha, revisited](https://arxiv.org/abs/2001.00002)

## Week 2: Second
* Readings:
  * [Alpha, revisited](https://arxiv.org/abs/2001.00002) (presented by A. Bee)
    * [Code](https://code.example/alpha)
  * [Beta](https://beta.example/)

## List of papers to cover:
1. Alpha, revisited
2. Beta
3. Alpha
4. Gamma
5. The Gamma paper
"""


def bring_in(text: str = README, *, prune: bool = False) -> tuple[str, list[str]]:
    report = load(read_markdown(text), file_name="README.md", prune=prune)
    return str(report), [f"{notice.line}: {notice.text}" for notice in report.warnings]


def changed(*pairs: tuple[str, str]) -> str:
    text = README
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def known(title: str) -> Paper:
    return Paper.objects.known_as(title).get()


def counts(report: str) -> str:
    """What was made, changed and removed, without how much was as it is."""
    return ", ".join(part for part in report.split(", ") if not part.startswith("unchanged"))


NOTHING = "created 0, updated 0, removed 0, warnings 0"


@pytest.fixture
def group(db: None) -> None:
    bring_in()


@pytest.fixture
def merged(group: None) -> Paper:
    """Alpha, with what was called “Alpha, revisited” in it; Ann Bee, with A. Bee; Gamma with “The Gamma paper”."""
    merge_papers(known("Alpha"), known("Alpha, revisited"))
    merge_papers(known("Gamma"), known("The Gamma paper"))
    merge_people(Person.objects.get(name="Ann Bee"), Person.objects.get(name="A. Bee"))
    return known("Alpha")


def outline() -> dict[int, list[tuple[str, str, list[str]]]]:
    return {
        session.number: [
            (
                line.text,
                line.paper.title if line.paper else "",
                [person.name for person in line.presenters.all()],
            )
            for line in session.readings.all()
        ]
        for session in Session.objects.all()
    }


OUTLINE = {
    1: [("Alpha", "Alpha", ["Ann Bee"]), ("Alpha, revisited", "Alpha", [])],
    2: [("Alpha, revisited", "Alpha", ["Ann Bee"]), ("Code", "", []), ("Beta", "Beta", [])],
}


def backlog() -> list[str]:
    return list(BacklogEntry.objects.values_list("paper__title", flat=True))


# --- The same file -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prune", [False, True])
def test_the_same_file_again_changes_nothing(merged: Paper, prune: bool) -> None:
    before = dump()
    for _ in range(2):
        report, warnings = bring_in(prune=prune)
        assert (counts(report), warnings) == (NOTHING, [])
        assert dump() == before
    assert outline() == OUTLINE
    assert backlog() == ["Alpha", "Beta", "Gamma"]
    assert list(Person.objects.values_list("name", flat=True)) == ["Ann Bee"]


@pytest.mark.parametrize(("write", "read"), [(write_yaml, read_yaml), (write_json, read_json)])
def test_what_the_site_exports_comes_in_again_unchanged(merged: Paper, write, read) -> None:
    before = dump()
    for prune in (False, True):
        report = load(read(write(before)), file_name="group", prune=prune)
        assert (counts(str(report)), dump()) == (NOTHING, before)


def test_the_readme_that_the_site_exports_comes_in_again_unchanged(merged: Paper) -> None:
    before = dump()
    out = io.StringIO()
    call_command("export_fixtures", format="md", stdout=out, stderr=io.StringIO())
    report, _ = bring_in(out.getvalue())
    assert (counts(report), dump()) == (NOTHING, before)


def test_a_file_from_before_the_merge_does_not_undo_it(group: None) -> None:
    text = write_yaml(dump())
    merge_papers(known("Alpha"), known("Alpha, revisited"))
    merge_people(Person.objects.get(name="Ann Bee"), Person.objects.get(name="A. Bee"))
    before = dump()
    for prune in (False, True):
        report = load(read_yaml(text), file_name="group.yaml", prune=prune)
        assert (counts(str(report)), dump()) == (NOTHING, before)


def test_papers_that_no_file_ever_named_stay_merged_when_one_does(db: None) -> None:
    one = make_paper("One", arxiv_id="2001.00001", doi="10.1000/1", url="https://one.example/")
    other = make_paper(
        "Other", arxiv_id="2001.00002", doi="10.1000/2", url="https://other.example/", authors="Ann"
    )
    Session.objects.create(number=1, title="First", state="published")
    text = write_yaml(dump())
    merge_papers(one, other)
    before = dump()
    report = load(read_yaml(text), file_name="group.yaml")
    assert (report.created, report.updated) == (1, 0)  # the group itself, which nobody had made yet
    assert [notice.text for notice in report.warnings] == []
    assert dump().papers == before.papers


# --- Newer files ---------------------------------------------------------------------------------------------------


def test_a_new_reading_of_either_is_one_of_the_kept_paper(merged: Paper) -> None:
    more = (
        "## Week 3: Third\n* Readings:\n  * [Alpha, again](https://arxiv.org/abs/2001.00002v2)\n"
        "  * Alpha, revisited\n  * The Gamma paper\n\n## List of papers"
    )
    report, warnings = bring_in(changed(("## List of papers", more)))
    assert (counts(report), warnings) == (
        "created 4, updated 1, removed 0, warnings 0",
        [],
    )  # a title that finds it
    assert outline()[3] == [
        ("Alpha, again", "Alpha", []),
        ("Alpha, revisited", "Alpha", []),
        ("The Gamma paper", "Gamma", []),
    ]
    assert known("Alpha, again") == merged


def test_a_new_title_of_the_other_one_finds_the_kept_paper_and_renames_nothing(merged: Paper) -> None:
    newer = README.replace("Alpha, revisited", "Alpha revisited, once more")
    report, warnings = bring_in(newer)
    assert (report.split(",")[0], warnings) == ("created 0", [])
    merged.refresh_from_db()
    assert (merged.title, merged.arxiv_id, known("Alpha revisited, once more")) == (
        "Alpha",
        "2001.00001",
        merged,
    )
    assert backlog() == ["Alpha", "Beta", "Gamma"]
    assert counts(bring_in(newer)[0]) == NOTHING


def test_a_new_title_of_the_kept_one_comes_in(merged: Paper) -> None:
    newer = changed(("[Alpha](", "[Alpha, corrected]("), ("3. Alpha", "3. Alpha, corrected"))
    assert bring_in(newer)[1] == []
    merged.refresh_from_db()
    assert merged.title == "Alpha, corrected"


def test_a_file_that_speaks_of_the_other_one_alone_does_not_bring_it_back(merged: Paper) -> None:
    newer = changed(
        ("  * [Alpha](https://arxiv.org/abs/2001.00001) (presented by Ann Bee)\n", ""),
        ("3. Alpha\n4. Gamma\n", ""),
    )
    bring_in(newer)
    for text in (newer, README, newer):
        assert bring_in(text)[0].startswith("created 0, ")
    merged.refresh_from_db()
    assert (merged.title, merged.arxiv_id) == ("Alpha", "2001.00001")
    assert [line[:2] for line in outline()[1]] == [line[:2] for line in OUTLINE[1]]
    assert backlog() == ["Alpha", "Beta", "Gamma"]


def test_what_is_pruned_is_the_line_and_never_a_paper_that_was_merged(merged: Paper) -> None:
    newer = changed(("2. Beta\n3. Alpha\n4. Gamma\n5. The Gamma paper\n", "2. Beta\n3. Alpha\n"))
    bring_in(newer, prune=True)
    assert backlog() == ["Alpha", "Beta"]
    assert known("The Gamma paper") == known("Gamma")


def test_a_link_to_the_other_ones_address_is_the_kept_paper(group: None) -> None:
    beta, gamma = known("Beta"), known("Gamma")
    gamma.url = "https://gamma.example/"
    gamma.save()
    merge_papers(gamma, beta)
    more = "## Week 3: Third\n* Readings:\n  * [A post](https://beta.example/)\n\n## List of papers"
    bring_in(changed(("## List of papers", more)))
    assert outline()[3] == [("A post", "Gamma", [])]
    assert list(Resource.objects.values_list("url", flat=True)) == ["https://code.example/alpha"]


def test_a_paper_without_an_id_that_merged_into_one_on_arxiv_keeps_finding_it(group: None) -> None:
    beta = known("Beta")
    alpha = known("Alpha")
    merge_papers(alpha, beta)
    before = dump()
    assert counts(bring_in()[0]) == NOTHING
    assert dump() == before


def test_an_organizer_who_removed_a_line_of_a_merged_paper_keeps_it_removed(merged: Paper) -> None:
    Reading.objects.filter(session__number=1, label="Alpha, revisited").delete()
    BacklogEntry.objects.filter(paper=merged).delete()
    before = dump()
    assert bring_in()[0].startswith("created 0, updated 0")
    assert dump() == before


WHOLE = {"title": "Whole", "aliases": ["arXiv:2002.00001", "arXiv:hep-th/9901001"]}


def bring_in_backlog(papers: list[dict[str, Any]], **labels: str) -> tuple[int, int, list[tuple[str, str]]]:
    lines = [{"paper": paper, "label": label} for paper, label in labels.items()]
    document = GroupDocument.model_validate({"sessions": [], "papers": papers, "backlog": lines})
    report = load(document, file_name="group.yaml")
    entries = BacklogEntry.objects.values_list("paper__title", "label")
    return report.created, report.updated, list(entries)


def test_of_two_lines_of_one_paper_the_same_one_speaks_each_time(db: None) -> None:
    """Neither is called as the paper is here: the one that gives its arXiv id speaks."""
    papers = [
        {"title": "Letter", "arxiv_id": "2001.00001", "aliases": ["arXiv:hep-th/9901001"]},
        {"title": "Talk", "aliases": ["arXiv:2002.00001"]},
    ]
    assert bring_in_backlog([WHOLE], Whole="All of it") == (3, 0, [("Whole", "All of it")])
    assert bring_in_backlog(papers, Talk="A talk", Letter="A letter") == (0, 2, [("Whole", "A letter")])
    assert bring_in_backlog(papers, Talk="A talk", Letter="A letter") == (0, 0, [("Whole", "A letter")])
    assert bring_in_backlog(papers, Talk="The talk", Letter="A letter") == (0, 0, [("Whole", "A letter")])
    assert bring_in_backlog(papers, Talk="A talk", Letter="The letter") == (0, 1, [("Whole", "The letter")])
    BacklogEntry.objects.update(label="An organizer's")
    assert bring_in_backlog(papers, Talk="A talk", Letter="The letter") == (
        0,
        0,
        [("Whole", "An organizer's")],
    )


def test_a_line_that_speaks_later_is_compared_with_what_it_said_before(db: None) -> None:
    """The second gives the arXiv id by which it is the paper from then on."""
    papers = [
        {"title": "Letter", "aliases": ["arXiv:hep-th/9901001"]},
        {"title": "Talk", "arxiv_id": "2001.00001", "aliases": ["arXiv:2002.00001"]},
    ]
    bring_in_backlog([WHOLE], Whole="All of it")
    assert bring_in_backlog(papers, Letter="A letter", Talk="A talk") == (0, 2, [("Whole", "A letter")])
    assert Paper.objects.get().arxiv_id == "2001.00001"
    assert bring_in_backlog(papers, Letter="A letter", Talk="A talk") == (0, 0, [("Whole", "A letter")])


def test_the_line_of_the_other_one_alone_is_compared_with_what_it_said_before(db: None) -> None:
    alpha, beta = ({"title": title} for title in ("Alpha", "Beta"))
    bring_in_backlog([alpha, beta], Alpha="First", Beta="Second")
    merge_papers(known("Alpha"), known("Beta"))
    assert bring_in_backlog([beta], Beta="Second") == (0, 0, [("Alpha", "First")])
    assert bring_in_backlog([beta], Beta="Second") == (0, 0, [("Alpha", "First")])
    assert bring_in_backlog([alpha, beta], Alpha="Again", Beta="Second") == (0, 1, [("Alpha", "Again")])


def test_lines_are_told_apart_by_what_their_file_calls_the_papers(db: None) -> None:
    """What led to one of them in an earlier file leads to the other in this one."""
    talk = {"title": "Talk", "arxiv_id": "2001.00001", "aliases": ["arXiv:2002.00001"]}
    earlier = [{"title": "Letter", "aliases": ["arXiv:hep-th/9901001"]}, talk]
    later = [{"title": "Letter", "aliases": ["arXiv:2002.00001"]}]
    bring_in_backlog([WHOLE], Whole="All of it")
    assert bring_in_backlog(earlier, Letter="A letter", Talk="A talk") == (0, 2, [("Whole", "A letter")])
    assert bring_in_backlog(later, Letter="The letter") == (0, 1, [("Whole", "The letter")])
    assert bring_in_backlog(later, Letter="The letter") == (0, 0, [("Whole", "The letter")])


# --- What documents say of it --------------------------------------------------------------------------------------


def test_a_document_says_what_else_leads_to_a_paper_and_to_a_person(merged: Paper) -> None:
    data = json.loads(write_json(dump()))
    (alpha,) = [paper for paper in data["papers"] if paper["title"] == "Alpha"]
    assert (alpha["aliases"], alpha["former_slugs"]) == (["arXiv:2001.00002"], ["alpha-revisited"])
    assert data["people"] == [
        {"name": "Ann Bee", "other_names": ["A. Bee"], "slug": "ann-bee", "former_slugs": ["a-bee"]}
    ]


def test_an_empty_site_learns_it_from_the_document(merged: Paper) -> None:
    before = dump()
    text = write_yaml(before)
    for model in (Reading, Session, BacklogEntry, Resource, Paper, Person):
        model.objects.all().delete()
    from readinggroup.models import Import  # noqa: PLC0415

    Import.objects.all().delete()
    load(read_yaml(text), file_name="group.yaml")
    assert dump() == before
    assert set(PaperAlias.objects.values_list("kind", "value")) == {
        ("arxiv", "2001.00002"),
        ("slug", "alpha-revisited"),
        ("slug", "the-gamma-paper"),
    }
    assert list(PersonSlug.objects.values_list("slug", flat=True)) == ["a-bee"]


def test_an_alias_that_was_removed_here_stays_removed(merged: Paper) -> None:
    text = write_yaml(dump())
    load(read_yaml(text), file_name="group.yaml")
    PaperAlias.objects.all().delete()
    PersonSlug.objects.all().delete()
    load(read_yaml(text), file_name="group.yaml")
    assert (PaperAlias.objects.count(), PersonSlug.objects.count()) == (0, 0)


def test_a_file_that_knows_of_a_merge_says_so_once_where_they_are_two(group: None) -> None:
    document = dump()
    alpha = next(paper for paper in document.papers if paper.title == "Alpha")
    alpha.aliases = ["arXiv:2001.00002", "doi:10.1000/alpha"]
    document.papers = [paper for paper in document.papers if paper.title != "Alpha, revisited"]
    for session in document.sessions:
        for reading in session.readings:
            reading.paper = "arXiv:2001.00001" if (reading.paper or "").startswith("arXiv") else reading.paper
    document.backlog = [entry for entry in document.backlog if entry.paper != "arXiv:2001.00002"]
    text = write_json(document)
    said = [notice.text for notice in load(read_json(text), file_name="group.json").warnings]
    assert (
        "“Alpha”: arXiv:2001.00002 is another paper here; if the two are one, merge them in the admin" in said
    )
    assert list(PaperAlias.objects.values_list("kind", "value")) == [("doi", "10.1000/alpha")]
    again = [notice.text for notice in load(read_json(text), file_name="group.json").warnings]
    assert [text for text in again if "merge them" in text] == []


@pytest.mark.parametrize(
    ("given", "becomes"),
    [
        (["arXiv:2001.00002v3", "ARXIV:2001.00002"], ["arXiv:2001.00002"]),
        (["doi:10.1000/ABC", "https://one.example/"], ["doi:10.1000/abc", "https://one.example/"]),
        (["arXiv:2001.00001"], []),  # its own
        (["arXiv:2001.00003"], []),  # another's own
    ],
)
def test_aliases_have_one_form(given: list[str], becomes: list[str]) -> None:
    papers = [
        {"title": "A", "arxiv_id": "2001.00001", "aliases": given},
        {"title": "B", "arxiv_id": "2001.00003", "aliases": ["doi:10.1000/xyz"]},
    ]
    document = GroupDocument.model_validate({"sessions": [], "papers": papers})
    assert [paper.aliases for paper in document.papers] == [becomes, ["doi:10.1000/xyz"]]


@pytest.mark.parametrize("wrong", ["arXiv:none", "doi:none", "javascript:alert(1)", "", "x" * 501])
def test_an_alias_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="aliases"):
        GroupDocument.model_validate({"papers": [{"title": "A", "aliases": [wrong]}]})


def test_a_reading_may_name_a_paper_by_what_leads_to_it() -> None:
    document = GroupDocument.model_validate(
        {
            "sessions": [{"number": 1, "title": "First", "readings": [{"paper": "arXiv:2001.00002"}]}],
            "papers": [{"title": "A", "arxiv_id": "2001.00001", "aliases": ["arXiv:2001.00002"]}],
        }
    )
    assert document.sessions[0].readings[0].paper == "arXiv:2001.00001"


# --- Any group, any merges -----------------------------------------------------------------------------------------

QUICK = [Phase.explicit, Phase.reuse, Phase.generate]
TITLES = ["Alpha", "Beta", "Gamma", "Delta", "Epsilon"]
NAMES = ["Ann", "Bob", "Cem"]
PAPER = st.integers(0, len(TITLES) - 1)


@st.composite
def readmes(draw: st.DrawFn) -> str:
    """A README whose papers are on arXiv, somewhere else, or only named; listed in any order."""
    place = [
        draw(st.sampled_from([f"https://arxiv.org/abs/2001.0000{n}", f"https://p{n}.example/", ""]))
        for n in range(1, len(TITLES) + 1)
    ]

    def line(paper: int) -> str:
        link = f"[{TITLES[paper]}]({place[paper]})" if place[paper] else TITLES[paper]
        name = draw(st.sampled_from(["", *NAMES]))
        return f"  * {link}" + (f" (presented by {name})" if name else "")

    weeks = [
        f"## Week {number}: Week {number}\n* Readings:\n"
        + "\n".join(map(line, draw(st.lists(PAPER, min_size=1, max_size=4))))
        for number in range(1, draw(st.integers(1, 3)) + 1)
    ]
    listed = draw(st.permutations(range(len(TITLES))))
    lines = "\n".join(f"{place}. {TITLES[paper]}" for place, paper in enumerate(listed, 1))
    return "# The group\n\n" + "\n\n".join(weeks) + f"\n\n## List of papers to cover:\n{lines}\n"


@pytest.mark.django_db
@settings(
    max_examples=40, deadline=None, phases=QUICK, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=readmes(), data=st.data())
def test_any_merges_survive_the_same_files_again(text: str, data: st.DataObject) -> None:
    with transaction.atomic():
        bring_in(text)
        exported = write_yaml(dump())
        kinds: list[tuple[Any, Any]] = [(Paper, merge_papers), (Person, merge_people)]
        for model, merge in kinds:
            for _ in range(data.draw(st.integers(0, 3))):
                rows = list(model.objects.order_by("pk"))
                if len(rows) > 1:
                    keep, lose = data.draw(st.permutations(rows))[:2]
                    merge(keep, lose)
        before = dump()
        for prune in (False, True, False):
            report, warnings = bring_in(text, prune=prune)
            assert (report.split(", unchanged")[0], warnings) == ("created 0, updated 0", [])
            assert dump() == before
        for again in (exported, write_yaml(before)):
            once_more = load(read_yaml(again), file_name="group.yaml")
            assert (once_more.created, once_more.updated) == (0, 0)
            assert dump() == before
        transaction.set_rollback(True)


def test_the_command_says_created_0_updated_0_after_a_merge(merged: Paper) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "README.md"
        path.write_text(README)
        out = io.StringIO()
        call_command("import_fixtures", str(path), stdout=out)
    assert out.getvalue().splitlines()[-1].startswith("created 0, updated 0, ")
