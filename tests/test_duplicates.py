"""Likely duplicates: what shares a clue is listed, what only looks alike is not, and thousands take no second."""

import pytest

from papers.duplicates import Known, known_papers, likely_duplicates
from papers.models import ArxivRecord
from sessions.duplicates import known_people, likely_same
from sessions.models import Person
from tests.factories import make_paper


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (
            {"title": "Score-based SDE"},
            {"title": "Score based  SDE!"},
            "same title but for punctuation and accents",
        ),
        (
            {"title": "DDIM: Denoising Diffusion Implicit Models"},
            {"title": "Denoising diffusion implicit models"},
            "same title but for a subtitle",
        ),
        (
            {"title": "A", "url": "https://arxiv.org/pdf/2001.00001v2"},
            {"title": "B", "arxiv_id": "2001.00001"},
            "one links to what the other is",
        ),
        (
            {"title": "arXiv:2001.00001"},
            {"title": "B", "arxiv_id": "2001.00001"},
            "one links to what the other is",
        ),
        (
            {"title": "A", "url": "https://doi.org/10.1000/X"},
            {"title": "B", "doi": "10.1000/x"},
            "one links to what the other is",
        ),
        (
            {"title": "DDPM"},
            {"title": "Denoising Diffusion Probabilistic Models"},
            "one is the other's initials",
        ),
        (
            {"title": "Our name"},
            {"title": "X", "arxiv_title": "Our Name."},
            "same title but for punctuation and accents",
        ),
        (
            {"title": "Denoising Difusion Probabilistic Models"},
            {"title": "Denoising Diffusion Probabilistic Models"},
            "similar titles",
        ),
    ],
)
def test_a_clue_makes_a_pair(one, other, why):
    (pair,) = likely_duplicates([Known(1, **one), Known(2, **other)])
    assert (pair.first, pair.second, pair.why) == (1, 2, why)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"title": "Flow matching 2"}, {"title": "Flow matching 3"}),
        (
            {"title": "Denoising Difusion Models", "arxiv_id": "2001.00001"},
            {"title": "Denoising Diffusion Models", "arxiv_id": "2001.00002"},
        ),
        ({"title": "Diffusion models beat GANs"}, {"title": "Diffusion models for video"}),
        ({"title": "A"}, {"title": "B"}),
    ],
)
def test_what_is_told_apart_is_no_pair(one, other):
    assert likely_duplicates([Known(1, **one), Known(2, **other)]) == []


def test_papers_are_known_in_a_constant_number_of_queries(db, django_assert_num_queries):
    from django.utils import timezone  # noqa: PLC0415

    paper = make_paper("Alpha", arxiv_id="2001.00001")
    ArxivRecord.objects.create(
        paper=paper, arxiv_id="2001.00001", title="Beta", tried_at=timezone.now(), fetched_at=timezone.now()
    )
    make_paper("Beta.")
    with django_assert_num_queries(2):
        (pair,) = likely_duplicates(known_papers())
    assert pair.likelihood == 0.95


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jeremy Howard", "J. Howard"),
        ("Zoë Lee", "Zoe Lee"),
        ("Jeremy Howard", "jhoward"),
        ("Howard, Jeremy", "Jeremy Howard"),
        ("Jeremy", "Jeremy Howard"),
        ("@jeremyhoward", "Jeremy Howard"),
        ("Jeremy Howrd", "Jeremy Howard"),
        ("Jeremey Howard", "Jeremy Howard"),
        ("Howard, Jermey", "Jeremy Howard"),
    ],
)
def test_names_that_may_be_one_person(db, one, other):
    people = [Person.objects.create(name=name) for name in (one, other)]
    (pair,) = likely_same(known_people())
    assert (pair.first, pair.second) == (people[0].pk, people[1].pk)


def test_names_with_a_letter_astray_are_said_to_be_spelt_alike():
    people = [(1, ["Jeremy Howrd"]), (2, ["Ann"]), (3, ["J.P. Howard", "Jeremy Howard"])]
    (pair,) = likely_same(people)
    assert (pair.first, pair.second, pair.why) == (1, 3, "names spelt alike")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann Lee", "Bob Lee"),
        ("Ann Lee", "Ann Smith"),
        ("Ann", "Bob"),
        ("Person 1", "Person 2"),
        ("Ann Sorensen", "Ian Sorokin"),
    ],
)
def test_names_of_two_people(one, other):
    assert likely_same([(1, [one]), (2, [other])]) == []
