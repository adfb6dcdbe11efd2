"""The facts of the Diffusion Reading Group's README, after reading and after importing it."""

from collections import Counter
from pathlib import Path

import pytest
from django.utils import timezone

from papers.models import Paper, Resource
from readinggroup.interchange.document import GroupDocument
from readinggroup.interchange.dump import dump
from readinggroup.interchange.load import load
from readinggroup.interchange.markdown.reader import read_markdown
from readinggroup.interchange.markdown.writer import left_out, write_markdown
from readinggroup.interchange.readers import read_file
from sessions.models import BacklogEntry, Group, Material, Person, Reading, Session
from tests.readmes import BASE_URL, SAME_FACTS


@pytest.fixture(params=SAME_FACTS, ids=lambda path: path.name)
def readme(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture
def document(readme: Path) -> GroupDocument:
    return read_file(readme, base_url=BASE_URL)


@pytest.fixture
def moved_in(document: GroupDocument, db: None) -> GroupDocument:
    load(document, file_name="README.md")
    return document


def test_the_group(document: GroupDocument) -> None:
    group = document.group
    assert (group.name, group.session_word, group.chat_url, group.playlist_url, group.source_url) == (
        "Diffusion Reading Group at EleutherAI",
        "Week",
        "https://discord.gg/zBGx3azzUn",
        "https://www.youtube.com/playlist?list=PLXqc0KMM8ZtKVEh8fIWEUaIU43SmWnfdM",
        BASE_URL,
    )
    assert "#week-1" not in group.introduction


def test_sixteen_sessions_for_seventeen_weeks_without_dates(document: GroupDocument) -> None:
    numbers = [number for session in document.sessions for number in session.numbers]
    assert numbers == list(range(1, 18))
    assert [(session.number, session.last_number) for session in document.sessions][-1] == (16, 17)
    assert len(document.sessions) == 16
    assert {session.starts_at for session in document.sessions} == {None}
    assert {session.state for session in document.sessions} == {"published"}


def test_readings_papers_and_resources(document: GroupDocument) -> None:
    readings = [reading for session in document.sessions for reading in session.readings]
    papers = [reading.paper for reading in readings if reading.paper]
    resources = [reading.resource for reading in readings if reading.resource]
    arxiv = [ref for ref in papers if ref.startswith("arXiv:")]
    assert len(readings) == 44
    assert (len(arxiv), len(set(arxiv))) == (23, 19)
    # 19 links lead to 14 other addresses: 13 resources, and Stable Diffusion, which the backlog calls a paper.
    assert (len(resources), len(set(resources)), papers.count("Stable Diffusion")) == (18, 13, 1)
    assert [
        (reading.label, reading.same_as) for reading in readings if not reading.paper and not reading.resource
    ] == [
        ("All prior readings", None),
        ("Same as Week 13", 13),
    ]
    assert len(document.papers) == 68
    assert sum(bool(paper.arxiv_id) for paper in document.papers) == 19
    assert len(document.resources) == 13


def test_materials_and_people(document: GroupDocument) -> None:
    materials = [material for session in document.sessions for material in session.materials]
    assert Counter(material.kind for material in materials) == {"recording": 16, "slides": 12, "notebook": 2}
    assert [person.name for person in document.people] == [
        "Griffin Floto",
        "Jeremy Howard",
        "marii",
        "Molly Beavers",
    ]


def test_week_8_with_materials_inside_its_readings(document: GroupDocument) -> None:
    week_8 = document.sessions[7].model_dump(exclude_defaults=True)
    assert week_8 == {
        "number": 8,
        "title": "Perception-Prioritized Training, Elucidating Design Spaces",
        "readings": [
            {"paper": "arXiv:2204.00227"},
            {"resource": "https://github.com/jychoi118/P2-weighting", "indent": 1},
            {"paper": "arXiv:2206.00364"},
            {"resource": "https://github.com/NVlabs/edm", "indent": 1},
            {"resource": "https://github.com/crowsonkb/k-diffusion/", "indent": 1},
        ],
        "materials": [
            {"kind": "recording", "href": "https://youtu.be/ffq6RAmfGzk"},
            {
                "kind": "notebook",
                "label": "Notebook - P2 paper",
                "href": "https://marii-moe.github.io/quatro-blog/posts/perception-prioritized-training-of-diffusion-models/"
                "Perception%20Prioritized%20Training%20of%20Diffusion%20Models.html",
                "presenters": ["Molly Beavers"],
            },
            {"kind": "slides", "label": "Slides - EDM paper", "href": "%238%20EDM.pdf"},
        ],
    }


def test_codebases_belong_to_the_papers_they_stand_below(document: GroupDocument) -> None:
    belongs = {
        resource.url: (resource.kind, resource.papers) for resource in document.resources if resource.papers
    }
    assert belongs == {
        "https://github.com/NVlabs/edm": ("code", ["arXiv:2206.00364"]),
        "https://github.com/crowsonkb/k-diffusion/": ("code", ["arXiv:2206.00364"]),
        "https://github.com/jychoi118/P2-weighting": ("code", ["arXiv:2204.00227"]),
    }


def test_week_9_walks_through_the_codebase_of_week_8(document: GroupDocument) -> None:
    assert document.sessions[8].readings[2].model_dump(exclude_defaults=True) == {
        "resource": "https://github.com/crowsonkb/k-diffusion/",
        "indent": 1,
        "presenters": ["Jeremy Howard"],
        "note": "walk-thru",
    }
    assert [material.label for material in document.sessions[8].materials] == ["", "DDPM Colab notebook"]


def test_the_backlog_has_68_papers_and_needs_no_override(document: GroupDocument) -> None:
    assert len(document.backlog) == 68
    assert {entry.override for entry in document.backlog} == {None}
    # CommonMark takes this struck line for a part of item 19.
    assert (document.backlog[19].paper, document.backlog[19].label) == (
        "arXiv:2210.02747",
        "Flow Matching for Generative Modeling",
    )
    assert document.backlog[30].label == r"I$^2$SB: Image-to-Image Schr\"odinger Bridge"


def test_the_one_thing_to_look_at(readme: Path, document: GroupDocument) -> None:
    lines = readme.read_text().split("\n")
    first = 1 + next(index for index, line in enumerate(lines) if line.startswith("* [Slides - Progressive"))
    assert [(notice.line, notice.text) for notice in document.warnings] == [
        (
            first,
            f"two different slide decks link to the same file, here and in line {first + 1}; imported both, check the second",
        )
    ]


def test_imported_it_is_all_there(moved_in: GroupDocument) -> None:
    now = timezone.now()
    counts = [
        model._default_manager.count()
        for model in (Group, Session, Reading, Paper, Resource, Material, Person, BacklogEntry)
    ]
    assert counts == [1, 16, 44, 68, 13, 30, 4, 68]
    assert Session.objects.held(now).count() == 16
    assert list(BacklogEntry.objects.covered(now).values_list("position", flat=True)) == list(range(1, 21))
    assert list(BacklogEntry.objects.to_cover(now).values_list("position", flat=True)) == list(range(21, 69))


def test_slides_are_joined_to_where_the_readme_lives(moved_in: GroupDocument) -> None:
    source_url = Group.objects.current().source_url
    slides = Material.objects.filter(kind="slides").order_by("session__number", "position")
    links = [material.link(source_url) for material in slides]
    assert len(links) == 12
    assert all(link is not None and link.startswith(BASE_URL + "%23") for link in links)
    assert links[0] == BASE_URL + "%231%20DDPM%20paper.pdf"
    assert sum(material.href.startswith("http") for material in slides) == 1


def test_the_same_file_again_changes_nothing(moved_in: GroupDocument, readme: Path) -> None:
    before = dump()
    report = load(read_file(readme, base_url=BASE_URL), file_name="README.md")
    assert (report.created, report.updated, report.removed) == (0, 0, 0)
    assert report.unchanged == 1 + 16 + 44 + 30 + 68 + 13 + 4 + 68
    assert dump() == before


def test_exported_as_a_readme_it_reads_the_same(moved_in: GroupDocument) -> None:
    again = read_markdown(write_markdown(dump()))
    again.group.source_url = BASE_URL  # which a README cannot say
    assert again == moved_in
    assert left_out(dump()) == []
