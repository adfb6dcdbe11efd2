"""Papers: found by every title they were known by, and by the addresses of each."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from papers.models import Paper, PaperTitle, Resource, TitleTakenError
from tests.factories import make_paper


def keys(paper):
    return list(paper.titles.values_list("key", flat=True))


def test_a_paper_is_found_by_its_title_however_it_is_spelt(db):
    paper = make_paper(r"I$^2$SB: Image-to-Image Schr\"odinger Bridge.")
    for title in ("I²SB: Image-to-Image Schrödinger Bridge", "i2sb: image‐to‐image  SCHRÖDINGER bridge."):
        assert list(Paper.objects.known_as(title)) == [paper]
    assert list(Paper.objects.known_as("I2SB: Image-to-Image Schrodinger Bridge")) == []


def test_every_title_a_paper_ever_had_goes_on_finding_it(db):
    paper = make_paper("Old title")
    paper.title = "New title"
    paper.save()
    assert keys(paper) == ["new title", "old title"]
    assert paper.slug == "old-title"  # an address does not change with a title
    assert list(Paper.objects.known_as("OLD TITLE.")) == [paper]


def test_a_title_that_another_paper_is_known_by_is_refused(db):
    first = make_paper("Old title")
    first.title = "New title"
    first.save()
    with pytest.raises(ValidationError) as refusal:
        Paper(title="old title.").clean()
    assert refusal.value.message_dict == {
        "title": ["Another paper is already known by this title: New title (/papers/old-title/)."]
    }


def test_only_papers_on_arxiv_share_a_title(db):
    first = make_paper("One title", arxiv_id="2001.00001")
    with pytest.raises(TitleTakenError) as refusal, transaction.atomic():
        make_paper("One Title.", doi="10.1000/182")
    assert isinstance(refusal.value, IntegrityError)
    assert (
        str(refusal.value) == "Another paper is already known by this title: One title (/papers/one-title/)."
    )
    assert list(Paper.objects.all()) == [first]

    second = make_paper("One Title", arxiv_id="2001.00002")  # the title goes on finding the first
    second.clean()
    assert list(Paper.objects.known_as("one title")) == [first]
    assert (keys(second), second.slug) == ([], "one-title-2")

    second.arxiv_id = None
    with pytest.raises(TitleTakenError), transaction.atomic():
        second.save()
    second.refresh_from_db()
    assert second.arxiv_id == "2001.00002"


def test_a_refused_title_takes_everything_back_without_a_transaction_around_it(transactional_db):
    first = make_paper("One title")
    second = make_paper("Another", authors="Ann")
    second.title, second.authors = "One title", "Bob"
    with pytest.raises(TitleTakenError):
        second.save()
    with pytest.raises(TitleTakenError):
        make_paper("One title")
    assert list(Paper.objects.values_list("title", "authors")) == [("Another", "Ann"), ("One title", "")]
    assert list(PaperTitle.objects.values_list("key", "paper")) == [
        ("another", second.pk),
        ("one title", first.pk),
    ]


def test_a_title_that_finds_a_paper_is_kept_in_one_spelling(db):
    title = PaperTitle(paper=make_paper("DDPM"), key="  Denoising  DIFFUSION. ")
    title.clean()
    assert title.key == "denoising diffusion"
    with pytest.raises(ValidationError):
        PaperTitle(key="\u200b").clean()


def test_a_title_that_folds_into_thousands_of_letters_finds_its_paper_too(db):
    paper = make_paper("\ufdfa" * 500)  # each is eighteen letters, folded
    assert list(Paper.objects.known_as(paper.title)) == [paper]


@pytest.mark.parametrize("title", ["\u200b", "$$", "  "])
def test_a_title_with_nothing_to_go_by_is_refused(db, title):
    paper = Paper(title=title)
    with pytest.raises(ValidationError) as refusal:
        paper.full_clean()
    assert list(refusal.value.message_dict) == ["title"]


@pytest.mark.parametrize(
    ("title", "slug"),
    [("Flow Matching", "flow-matching"), ("拡散", "paper"), ("…", "paper"), ("x" * 499, "x" * 80)],
)
def test_a_slug_is_made_of_the_title(db, title, slug):
    assert [make_paper(title).slug, make_paper(title + "!").slug] == [slug, f"{slug}-2"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"arxiv_id": "https://arxiv.org/pdf/2006.11239v2"}, ("2006.11239", None, None)),
        ({"arxiv_id": "", "doi": "", "url": ""}, (None, None, None)),
        ({"doi": "https://doi.org/10.1000/ABC"}, (None, "10.1000/abc", None)),
    ],
)
def test_links_are_understood_and_absence_is_null(db, given, kept):
    paper = Paper(title="DDPM", **given)
    paper.clean()
    assert (paper.arxiv_id, paper.doi, paper.url) == kept


@pytest.mark.parametrize(
    ("fields", "link"),
    [
        ({}, None),
        ({"doi": "10.1000/182"}, "https://doi.org/10.1000/182"),
        ({"doi": "10.1000/182", "arxiv_id": "2006.11239"}, "https://arxiv.org/abs/2006.11239"),
        (
            {"doi": "10.1000/182", "arxiv_id": "2006.11239", "url": "https://own.example/"},
            "https://own.example/",
        ),
    ],
)
def test_the_groups_own_link_comes_first_then_arxiv_then_the_doi(fields, link):
    assert Paper(title="DDPM", **fields).link == link


def test_an_address_is_a_papers_or_a_resources(db):
    make_paper("DDPM", url="https://one.example/")
    Resource.objects.create(title="Post", url="https://two.example/")
    with pytest.raises(ValidationError) as refusal:
        Resource(title="x", url="https://one.example/").clean()
    assert list(refusal.value.message_dict) == ["url"]
    with pytest.raises(ValidationError) as refusal:
        Paper(title="x", url="https://two.example/").clean()
    assert list(refusal.value.message_dict) == ["url"]


def test_authors_are_one_a_line():
    assert Paper(authors=" Ann Lee \n\nBob\n").author_names == ["Ann Lee", "Bob"]


@pytest.mark.parametrize(
    ("authors", "named", "others"),
    [
        ("", [], []),
        ("Ann", ["Ann"], []),
        ("Ann\nBob", ["Ann", "Bob"], []),
        ("Ann\nBob\nCy", ["Ann", "Bob", "Cy"], []),
        ("Ann\nBob\nCy\nDan", ["Ann", "Bob"], ["Cy", "Dan"]),
    ],
)
def test_of_many_authors_the_first_are_named_and_nobody_is_left_out_alone(
    authors: str, named: list[str], others: list[str]
):
    assert Paper(authors=authors).first_authors(2) == (named, others)


def test_resources_come_by_kind_and_the_others_last(db):
    kinds = ["other", "talk", "code", "article", "notebook"]
    for kind in kinds:
        Resource.objects.create(kind=kind, title="T", url=f"https://{kind}.example/")
    found = [resource.kind for resource in Resource.objects.by_kind()]
    assert found == ["article", "code", "notebook", "talk", "other"]
