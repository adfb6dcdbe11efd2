"""Titles found by their initials, papers by their year, sessions by those who wrote what they read."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from hypothesis import example, given, settings
from hypothesis import strategies as st

from papers.models import Paper
from readinggroup.search.filters import Narrowing
from readinggroup.search.finding import find
from readinggroup.search.initials import letters_of, places, places_in_any_order
from readinggroup.search.marking import mark_title
from readinggroup.search.matching import Wanted
from readinggroup.search.words import parse
from tests.factories import make_paper, make_session, read

pytestmark = pytest.mark.usefixtures("searched_at_once")

WORDS = st.sampled_from(
    ["denoising", "models", "of", "the", "implicit", "3d", "gans", "through", "a", "流", "élan", "x"]
)


def indexed(titles: list[str]) -> set[str]:
    """The initials of the titles, as the index has them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tsvector_to_array(readinggroup_initials(%s::text[]))", [titles])
        (found,) = cursor.fetchone() or ([],)
    return {lexeme.removeprefix("ø") for lexeme in found}


def found(words: str, kind: str = "") -> list[str]:
    return [answer.title for answer in find(parse(words), Narrowing(kind=kind)).answers]


@pytest.mark.parametrize(
    ("title", "initials", "others"),
    [
        ("denoising diffusion implicit models", ["ddim", "ddi", "dim", "ddm"], ["ddd", "dmi", "im", "mid"]),
        ("score based generative modeling through stochastic differential equations", ["sde", "sbg", "sbgmts"], ["sxe", "ebs"]),
        ("classifier free diffusion guidance", ["cfg", "cfdg"], ["cdf g", "cg"]),
        ("elucidating the design space of diffusion based generative models", ["edm", "etds", "eds"], ["edbg m", "exm"]),
        ("mixture of experts", ["moe"], ["me"]),
        ("two words", [], ["tw"]),
        ("", [], ["a"]),
    ],
)  # fmt: skip
@pytest.mark.django_db
def test_initials_of_neighbours_and_those_of_a_whole_title_are_indexed(
    title: str, initials: list[str], others: list[str]
):
    assert indexed([title]) >= set(initials)
    assert indexed([title]).isdisjoint(others)


@pytest.mark.django_db
@settings(deadline=None, max_examples=40)
@given(st.lists(WORDS, max_size=14))
@example(["denoising"] * 30)
def test_what_is_indexed_is_marked_and_what_is_not_is_not(words: list[str]):
    there = indexed([" ".join(words)])
    for letters in there:
        at = places(letters, words)
        assert "".join(words[place][0] for place in at) == letters
    for other in ("dim", "odi", "mxg", "xyz", "dtm"):
        assert bool(places(other, words)) == (other in there)


@pytest.mark.parametrize(
    ("typed", "letters"),
    [
        ("ddim", ["ddim"]), ("ddims", ["ddims", "ddim"]), ("gan", ["gan"]), ("gans", ["gans", "gan"]), ("vq", []), ("the", []),
        ('"ddim"', []), ("denoising", []), ("2022", []), ("vq-vae", []), ("流匹配", []), ("i2sb", ["i2sb"]),
    ],
)  # fmt: skip
def test_only_a_short_word_may_be_initials(typed: str, letters: list[str]):
    (term,) = parse(typed).terms
    assert letters_of(term) == letters


def test_the_words_are_marked_that_the_initials_are_of():
    title = mark_title("Elucidating the Design Space of Diffusion-Based Models", Wanted(parse("edm")))
    assert re.findall("<mark>(.*?)</mark>", title) == ["Elucidating", "Design", "Models"]


@pytest.mark.django_db
def test_a_word_comes_before_initials_and_initials_before_nothing_and_minus_leaves_them():
    make_paper("Denoising Diffusion Implicit Models")
    make_paper("Faster DDIM")
    make_paper("Dogs", abstract="Not a DDIM.")
    assert found("ddim") == ["Faster DDIM", "Denoising Diffusion Implicit Models", "Dogs"]
    assert found('"ddim"') == ["Faster DDIM", "Dogs"]
    assert found("models -ddim") == ["Denoising Diffusion Implicit Models"]
    assert found("DDI") == ["Faster DDIM", "Denoising Diffusion Implicit Models", "Dogs"]


@pytest.mark.django_db
def test_a_session_is_found_by_the_initials_of_what_it_reads(client: Client):
    read(make_session(1, "Owls"), make_paper("Denoising Diffusion Implicit Models"))
    assert found("ddim") == ["Denoising Diffusion Implicit Models", "Owls"]
    html = client.get("/search/results/?q=ddim&kind=session").content.decode()
    assert (
        "Reads <mark>Denoising</mark> <mark>Diffusion</mark> <mark>Implicit</mark> <mark>Models</mark>"
        in html
    )


@pytest.mark.parametrize(
    ("letters", "title", "at"),
    [
        ("vae", "auto encoding variational bayes", (0, 1, 2)),
        ("cgf", "classifier free diffusion guidance", (0, 1, 3)),
        ("vmd", "variational diffusion models", (0, 1, 2)),
        ("dmd", "the diffusion of diffusion models", (1, 3, 4)),
        ("dmd", "denoising models of noise", ()),  # each word once
        ("vae", "variational encoders", ()),
        ("vae", "auto encoding variational bayes explained", ()),  # two words more
        ("vae", "", ()),
    ],
)
def test_the_initials_of_a_short_title_may_stand_in_any_order(letters: str, title: str, at: tuple[int, ...]):
    assert places_in_any_order(letters, title.split()) == at


@pytest.mark.django_db
def test_initials_in_another_order_are_looked_for_where_nothing_else_is_found(client: Client):
    make_paper("Auto-Encoding Variational Bayes")
    make_paper("Auto-Encoding Variational Bayes in Two Dimensions", authors="Ann Vae-Ember")
    make_paper("Evidence for and against a Vacuum")
    read(make_session(1, "Owls"), make_paper("Barn"))
    assert found("vea") == ["Auto-Encoding Variational Bayes", "Evidence for and against a Vacuum"]
    assert found("VEAs paper", "paper") == found("vea")
    assert found("vea", "session") == []
    assert found("vae") == ["Auto-Encoding Variational Bayes in Two Dimensions"]  # which has it
    for words in ('"vea"', "vea owls", "vea -barn", "ve", "vex", "aaa"):
        assert "Auto-Encoding Variational Bayes" not in found(words)
    html = client.get("/search/results/?q=vea").content.decode()
    assert "Nothing here has “vea”. Showing titles with these initials in another order." in html
    assert "<mark>Auto</mark>-<mark>Encoding</mark> <mark>Variational</mark> Bayes" in html
    assert "in another order" not in client.get("/search/results/?q=vae").content.decode()


@pytest.mark.parametrize(
    ("paper", "year"),
    [
        ({"arxiv_id": "2206.00364"}, "2022"),
        ({"arxiv_id": "0704.0001"}, "2007"),
        ({"arxiv_id": "hep-th/9901001"}, "1999"),
        ({"arxiv_id": "math/0309136"}, "2003"),
        ({"arxiv_id": "2112.10752", "published_on": date(2022, 6, 18)}, "2022"),
        ({"published_on": date(1986, 10, 9)}, "1986"),
    ],
)
@pytest.mark.django_db
def test_a_paper_is_found_by_its_year(client: Client, paper: dict[str, object], year: str):
    make_paper("Owls", authors="Tero Karras", **paper)
    make_paper(f"About {year}")
    make_paper("Undated", authors="Tero Karras")
    assert found(year) == [f"About {year}", "Owls"]
    for words in (f"karras {year}", f"Karras et al., {year}", f"({year}) Karras"):
        assert (words, found(words)) == (words, ["Owls"])
    html = client.get("/search/results/", {"q": f"karras {year}"}).content.decode()
    assert f"Published in <mark>{year}</mark>" in html


@pytest.mark.django_db
def test_a_session_is_found_by_who_wrote_what_it_reads_after_what_has_the_name_itself(client: Client):
    read(make_session(1, "Karras owls, in short"), make_paper("Barn", authors="Ann Lee"))
    read(
        make_session(2, "Bridges"),
        make_paper("Feathers of owls in flight over bridges", authors="Ann Lee\nTero Karras"),
    )
    make_paper("Night", abstract="As Karras has it.")
    assert found("karras") == [
        "Karras owls, in short", "Feathers of owls in flight over bridges", "Night", "Bridges",
    ]  # fmt: skip
    assert found("karras bridges") == ["Feathers of owls in flight over bridges", "Bridges"]
    html = client.get("/search/results/?q=karras+bridges&kind=session").content.decode()
    assert "Reads a paper by Tero <mark>Karras</mark>" in html
    Paper.objects.update(authors="")
    assert found("karras bridges", "session") == []


@pytest.mark.parametrize(
    "words", ["et al", "paper", "owl et al", "the owl paper", "owl papers pdf", "arxiv owl"]
)
@pytest.mark.django_db
def test_words_that_people_add_are_asked_for_only_alone(words: str):
    make_paper("An owl")
    expected = ["An owl"] if "owl" in words else []
    assert found(words) == expected
