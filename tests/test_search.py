"""Search: what finds what, best first, and nothing that is not public."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from papers.models import PaperTitle, Resource
from readinggroup.search import find
from sessions.models import Material, Person, PersonName, Reading
from tests.factories import make_paper, make_session, read

pytestmark = pytest.mark.django_db

SCHRODINGER = 'I$^2$SB: Image-to-Image Schr\\"odinger Bridge'


def found(words: str) -> list[str]:
    """Everything found, kind by kind, as the pages call it."""
    results = find(words, timezone.now())
    return [str(row) for row in (*results.sessions, *results.papers, *results.resources, *results.people)]


@pytest.mark.parametrize(
    "words",
    [
        "schrodinger bridge",
        "Schrödinger Bridge",
        'Schr\\"odinger bridge',
        "SCHRO\u0308DINGER",
        "i2sb",
        "I²SB",
        "I$^2$SB",
        '"schrodinger bridge"',
        "bridges",
        "schrod",
        "bridge -flow",
        "nothing or schrodinger",
        "Schrodinger\0bridge",
    ],
)
def test_a_paper_is_found_however_its_title_is_typed(client: Client, words: str):
    make_paper(SCHRODINGER)
    make_paper("Flow Matching")
    html = client.get("/search/", {"q": words}).content.decode()
    assert re.findall(r'<a class="work" href="([^"]*)"', html) == [
        "/papers/i2sb-image-to-image-schrodinger-bridge/"
    ]


def test_a_paper_is_found_by_a_title_of_former_days():
    paper = make_paper("Classifier-Free Diffusion Guidance", authors="Jonathan Ho\nTim Salimans")
    PaperTitle.objects.create(paper=paper, key="conditional sampling")
    assert found("conditional sampling") == ["Classifier-Free Diffusion Guidance"]
    assert found("salimans") == ["Classifier-Free Diffusion Guidance"]


def test_sessions_are_found_by_title_readings_and_summary_in_this_order():
    by_summary = make_session(1, "One", summary="All about bridges.")
    by_reading, by_title = make_session(2, "Two"), make_session(3, 'Schr\\"odinger bridges')
    read(by_reading, make_paper("A bridge"))
    assert [by_summary.number, by_reading.number] == [1, 2]
    assert [session.number for session in find("bridge", timezone.now()).sessions] == [3, 2, 1]
    assert [session.pk for session in find("schrodinger", timezone.now()).sessions] == [by_title.pk]


def test_resources_and_people_are_found_and_resources_say_their_papers(client: Client):
    resource = Resource.objects.create(title="Official Codebase", kind="code", url="https://git.example/edm")
    resource.papers.add(make_paper("Elucidating the Design Space"))
    person = Person.objects.create(name="José Álvarez")
    PersonName.objects.create(person=person, name="pepe")
    assert found("alvarez") == []  # who had no part in anything public is nobody yet
    make_session(1, "One").presenters.add(person)
    assert found("alvarez") == found("jose") == found("pepe") == ["José Álvarez"]
    html = client.get("/search/?q=codebase").content.decode()
    assert " ".join(re.sub(r"<[^>]+>", " ", html.split('id="resources">')[1].split("</ul>")[0]).split()) == (
        "Resources Official Codebase code, git.example with Elucidating the Design Space"
    )


@pytest.mark.parametrize(
    "pasted",
    ["2006.11239", "arXiv:2006.11239v2", "https://arxiv.org/pdf/2006.11239", "arxiv.org/abs/2006.11239"],
)
def test_a_pasted_identifier_leads_to_the_paper(client: Client, pasted: str):
    make_paper("DDPM", arxiv_id="2006.11239")
    response = client.get("/search/", {"q": pasted})
    assert (response.status_code, response["Location"]) == (302, "/papers/ddpm/")


def test_a_pasted_doi_or_address_leads_to_the_paper(client: Client):
    make_paper("One", doi="10.1000/182")
    make_paper("Two", url="https://git.example/two")
    assert client.get("/search/", {"q": "https://doi.org/10.1000/182"})["Location"] == "/papers/one/"
    assert client.get("/search/", {"q": "https://git.example/two"})["Location"] == "/papers/two/"


def test_an_identifier_that_the_group_has_not_is_said(client: Client):
    html = client.get("/search/?q=2006.11239").content.decode()
    assert "The group has no paper with the identifier 2006.11239." in html


@pytest.mark.parametrize("words", ["", "   ", "\0"])
def test_without_words_there_is_help(client: Client, words: str):
    html = client.get("/search/", {"q": words}).content.decode()
    assert "accents make no difference" in html


@pytest.mark.parametrize(
    "words", ["the", "!!", "' or 1=1 --", '"', "-", "\\", "%", "x" * 5000, "a" * 100 + "\ud800"]
)
def test_any_words_get_an_answer(client: Client, words: str):
    make_paper(SCHRODINGER)
    response = client.get("/search/", {"q": words.encode("utf-8", "surrogatepass")})
    assert response.status_code == 200
    assert "Nothing was found" in response.content.decode()


def letters(count: int, first: int = 0x20000) -> str:
    """The worst that a text can be to PostgreSQL's search: letters of four bytes, each pair kept whole and in parts."""
    return "".join(chr(first + place % 40_000) + "- "[place % 2] for place in range(count // 2))


def test_no_text_is_too_long_for_the_search(client: Client):
    session = make_session(1, "Owl " + letters(296), summary="owl " + letters(2_500_000, 0x28000))
    Reading.objects.bulk_create(
        Reading(session=session, label=letters(470, 0x20000 + 235 * place)) for place in range(3200)
    )
    paper = make_paper(letters(500), authors="owl " + letters(19_996), abstract="\ufdfa" * 20_000)
    PaperTitle.objects.bulk_create(
        PaperTitle(paper=paper, key=letters(500, 0x20100 + 250 * place)) for place in range(200)
    )
    html = client.get("/search/?q=owl").content.decode()
    assert re.findall(r'<h2 id="(\w+)">', html) == ["papers", "sessions"]


def test_the_best_thirty_are_shown_and_that_there_is_more(client: Client):
    for number in range(31):
        make_paper(f"Bridge {number}")
    html = client.get("/search/?q=bridge").content.decode()
    assert len(re.findall('<a class="work"', html)) == 30
    assert "The best 30; one word more finds less." in html


@pytest.mark.parametrize("words", ["week 17", "17", "Week 16", "slides edm"])
def test_a_session_is_found_by_its_numbers_and_materials(words: str):
    make_session(8, "Something else", last_number=None)
    session = make_session(16, "Flow Matching", last_number=17)
    Material.objects.create(session=session, kind="slides", href="a.pdf", label="Slides - EDM")
    assert found(words) == ["16 & 17: Flow Matching"]
