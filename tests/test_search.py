"""Search: what finds what, best first, and nothing that is not public."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from papers.models import Paper, PaperTitle, Resource
from papers.tex import to_text
from readinggroup.search.filters import Narrowing
from readinggroup.search.finding import MOST, Findings, find
from readinggroup.search.index import SearchEntry
from readinggroup.search.words import parse
from sessions.models import Group, Material, Person, PersonName, Reading
from tests.factories import leave, make_group, make_paper, make_session, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("searched_at_once")]

SCHRODINGER = 'I$^2$SB: Image-to-Image Schr\\"odinger Bridge'


def search(words: str, **narrowing: Any) -> Findings:
    return find(parse(words), Narrowing(**narrowing))


def found(words: str, **narrowing: Any) -> list[str]:
    """The titles found, best first."""
    return [to_text(answer.title) for answer in search(words, **narrowing).answers]


def said(client: Client, **query: Any) -> str:
    """What the part with the results says, without markup."""
    response = client.get("/search/results/", query)
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.mark.parametrize(
    "words",
    [
        "schrodinger bridge", "Schrödinger Bridge", 'Schr\\"odinger bridge', "SCHRO\u0308DINGER", "schroedinger", "i2sb",
        "I²SB", "I$^2$SB", '"schrodinger bridge"', "“schrodinger bridge”", "bridges", "schrod", "bridge -flow",
        "nothing or schrodinger", "flux | schrodinger", "Schrodinger\0bridge", "image-to-image", "imagetoimage brid",
        "bridge, schrodinger", "the bridge of schrodinger", 'schrodinger "bridge', "shrodinger", "schrodnger brige",
    ],
)  # fmt: skip
def test_a_paper_is_found_however_its_title_is_typed(client: Client, words: str):
    make_paper(SCHRODINGER)
    make_paper("Flow Matching")
    html = client.get("/search/", {"q": words}).content.decode()
    assert re.findall(r'<a class="work answer" href="([^"]*)"', html) == [
        "/papers/i2sb-image-to-image-schrodinger-bridge/"
    ]


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("quantised", "Quantized models"),
        ("behaviour", "Behavior models"),
        ("neighbor", "Neighbour models"),
        ("modeling", "Modelling owls"),
        ("alpha", "α models"),
        ("β-vae", "beta VAE"),
        ("super resolution", "Super-resolution"),
        ("super-resolution", "Superresolution"),
        ("superresolution", "Super resolution"),
        ("c++", "Owls in C++"),
        ("3x3", "Owls of 3×3"),
        ("256×256", "Owls of 256x256"),
        ("katherines", "Katherine's code"),
        ("Müller", "Mueller"),
        ("mueller", "M\\\"uller"),
        ("Cech", "Čech complexes"),
        ("strasse", "Straße"),
        ("ЖИЗНЬ", "жизнь"),
        ("流匹配", "流匹配"),
        ("深", "深度学习 与 扩散模型"),
        ("度学", "深度学习 与 扩散模型"),
        ("扩散模型 学习", "深度学习 与 扩散模型"),
        ('"散模"', "深度学习 与 扩散模型"),
        ("diffsion models", "Diffusion models"),  # a letter is missing
        ("dfifusion models", "Diffusion models"),  # two are swapped
        ("difusi", "Diffusion models"),  # and it is not typed to its end
        ("diffusion mod", "Diffusion models"),
    ],
)  # fmt: skip
def test_other_spellings_of_the_same_are_found(words: str, title: str):
    make_paper(title)
    make_paper("Something else")
    assert found(words) == [to_text(title)]


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ('"bridge models"', ["Bridge models"]),
        ("bridge models", ["Bridge models", "Models of a bridge"]),
        ("bridge-models", ["Bridge models"]),
        ("models -bridge", ["Flow models"]),
        ('models -"bridge models"', ["Flow models", "Models of a bridge"]),
        ("models -bridges", ["Flow models"]),
        ("flow or bridge", ["Bridge models", "Flow models", "Models of a bridge"]),
        ('"bridges"', []),
        ('"bridge model"', []),  # English has one stem for it and “models”, and these are not asked for
        ('"model"', []),
        ('"models"', ["Bridge models", "Flow models", "Models of a bridge"]),
        ('"bridge" model', ["Bridge models", "Models of a bridge"]),
        ("bridges-model", ["Bridge models"]),
        ('models -"model"', ["Bridge models", "Flow models", "Models of a bridge"]),
        ('"model of bridges"', []),
        ('"brdge"', []),
    ],
)
def test_quotes_keep_together_and_minus_leaves_out(words: str, titles: list[str]):
    for title in ("Bridge models", "Models of a bridge", "Flow models"):
        make_paper(title)
    assert sorted(found(words)) == sorted(titles)


def test_a_phrase_does_not_go_from_one_text_into_the_next():
    session = make_session(1, "Flow matching", summary="Owls.")
    read(session, label="Flow")
    read(session, label="Bridges")
    assert found('"matching flow"') == found('"flow bridges"') == found('"bridges owls"') == []
    assert found('"flow matching"') == ["Flow matching"]


def test_a_paper_is_found_by_a_title_of_former_days_its_authors_and_its_identifiers(client: Client):
    paper = make_paper(
        "Classifier-Free Diffusion Guidance",
        authors="Jonathan Ho\nTim Salimans",
        arxiv_id="2207.12598",
        doi="10.1000/182",
        abstract="One network with and without its condition.",
    )
    PaperTitle.objects.create(paper=paper, key="conditional sampling")
    make_paper("Another", arxiv_id="2207.00001")
    for words in ("conditional sampling", "salimans", "2207.125", "10.1000", "network condition"):
        assert (words, found(words)) == (words, ["Classifier-Free Diffusion Guidance"])
    assert "Also known as “ conditional sampling ”" in said(client, q='"conditional sampling"')
    assert "Jonathan Ho, Tim Salimans" in said(client, q="salimans")
    assert "arXiv: 2207.12598" in said(client, q="2207.125")
    assert "One network with and without its condition ." in said(client, q="network condition")


def test_a_word_in_the_title_counts_more_than_in_readings_and_that_more_than_in_prose():
    by_summary = make_session(1, "One", summary="All about bridges.")
    by_reading, by_title = make_session(2, "Two"), make_session(3, 'Schr\\"odinger bridges')
    paper = make_paper("A bridge")
    read(by_reading, paper)
    assert found("bridge", kind="session") == ["Schrödinger bridges", "Two", "One"]
    assert found("schrodinger") == ["Schrödinger bridges"]
    assert [by_summary.number, by_title.number] == [1, 3]


def test_of_very_many_those_with_the_words_in_the_title_are_put_in_order():
    def make_many(title: str, **fields: str) -> None:
        Paper.objects.bulk_create(
            Paper(title=f"{title} {number:03}", slug=f"{title[:5]}-{number}".lower(), **fields)
            for number in range(MOST + 10)
        )

    make_many("Annals", abstract="Zebra owls.")
    make_paper("Zebra facts", abstract="Owls.")
    assert found("zebra owls")[0] == "Zebra facts"
    make_many("Brief zebra owls")
    make_paper("Zebra owls")
    assert found("zebra owls")[0] == "Zebra owls"


def test_of_equal_titles_the_one_with_more_of_the_words_elsewhere_comes_first():
    make_paper("Barns", abstract="There is an owl, and much that is none.")
    make_paper("Caves", abstract="An owl, an owl, and an owl again.")
    assert found("owl") == ["Caves", "Barns"]


def test_of_titles_with_the_same_words_the_one_that_has_them_side_by_side_comes_first():
    make_paper("Owls tall night")
    make_paper("Tall night owls")
    assert found("night owls") == ["Tall night owls", "Owls tall night"]


def test_resources_and_people_are_found_and_say_where_they_belong(client: Client):
    resource = Resource.objects.create(title="Official Codebase", kind="code", url="https://git.example/edm")
    resource.papers.add(make_paper("Elucidating the Design Space"))
    person = Person.objects.create(name="José Álvarez")
    PersonName.objects.create(person=person, name="pepe")
    assert found("alvarez") == []  # who had no part in anything public is nobody yet
    session = make_session(1, "One")
    session.presenters.add(person)
    read(session, resource=resource)
    for words in ("alvarez", "jose", "pepe"):
        assert (words, found(words, kind="person")) == (words, ["José Álvarez"])
    assert found("alvarez") == ["José Álvarez", "One"]
    for words in ("codebase design", "codebase"):
        assert said(client, q=words, kind="resource").endswith(
            "resource Official Codebase code, git.example Belongs to Elucidating the Design Space In Week 1"
        )
    assert "Also known as pepe In Week 1" in said(client, q="pepe")


def test_a_result_says_which_reading_material_or_person_has_the_word(client: Client):
    session = make_session(1, "One", summary="*Much* ado about **owls**, at length.")
    read(session, label="A line on bridges", presenters=[Person.objects.create(name="Ann Lee")])
    leave(session, "https://a.example/", kind="slides", label="The deck")
    assert "Reads A line on bridges" in said(client, q="bridges")
    assert "Material: The deck" in said(client, q="deck")
    assert "With Ann Lee" in said(client, q="lee", kind="session")
    assert "Much ado about owls , at length." in said(client, q="owls")


@pytest.mark.parametrize(
    "words", ["week 17", "17", "Week 16", "#17", "session 17", "meeting 17", "slides edm"]
)
def test_a_session_is_found_by_its_numbers_and_materials(words: str):
    make_group(session_word="Meeting" if "meeting" in words else "Week")
    make_session(8, "Something else", last_number=None)
    make_session(170, "17 owls")
    session = make_session(16, "Flow Matching", last_number=17)
    Material.objects.create(session=session, kind="slides", href="a.pdf", label="Slides - EDM")
    assert found(words)[0] == "Flow Matching"


# --- What was pasted ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "pasted",
    [
        "2006.11239", "arXiv:2006.11239v2", "https://arxiv.org/pdf/2006.11239", "arxiv.org/abs/2006.11239",
        "http://testserver/papers/ddpm/", "https://doi.org/10.1000/182", "https://git.example/two",
        "(https://arxiv.org/abs/2006.11239)", "“https://arxiv.org/pdf/2006.11239.”", "https://huggingface.co/papers/2006.11239",
        "alphaxiv.org/abs/2006.11239v1", "https://www.scirate.com/arxiv/2006.11239/",
    ],
)  # fmt: skip
def test_a_pasted_identifier_leads_to_the_paper_and_is_first_in_the_live_results(client: Client, pasted: str):
    make_paper("DDPM", arxiv_id="2006.11239", doi="10.1000/182", url="https://git.example/two")
    make_paper("Another", abstract=f"After 2006.11239, {pasted}")
    response = client.get("/search/", {"q": pasted})
    assert (response.status_code, response["Location"]) == (302, "/papers/ddpm/")
    html = client.get("/search/results/", {"q": pasted}).content.decode()
    assert re.findall(r'<a class="work answer" href="([^"]*)"', html)[0] == "/papers/ddpm/"


@pytest.mark.parametrize("pasted", ["2006.11239", "https://arxiv.org/abs/2006.11239"])
def test_a_paper_of_a_draft_is_not_led_to(client: Client, pasted: str):
    read(make_session(1, state="draft"), make_paper("Secret", arxiv_id="2006.11239"))
    assert "The group has no paper with the identifier 2006.11239." in said(client, q=pasted)
    assert client.get("/search/", {"q": pasted}).status_code == 200


# --- What helps --------------------------------------------------------------------------------------------
def test_a_word_spelt_otherwise_is_said_with_a_way_to_search_exactly(client: Client):
    make_paper("Latent diffusion")
    make_paper("Latent owls")
    html = client.get("/search/", {"q": "latent difussion", "kind": "paper"}).content.decode()
    assert "Nothing here has “difussion”. Showing results for “diffusion” instead." in html
    link = re.search(r'href="([^"]*)">Search exactly as typed', html)
    assert link
    assert link[1] == "/search/?q=latent+%22difussion%22&amp;kind=paper"
    exactly = client.get(link[1].replace("&amp;", "&")).content.decode()
    assert "Nothing was found for “latent &quot;difussion&quot;”" in exactly
    assert "Nothing here" not in said(client, q="diffusion")


def test_a_word_that_only_a_draft_has_is_proposed_to_nobody(client: Client):
    make_session(1, "Supersecret", state="draft")
    make_session(2, "Owls")
    assert said(client, q="supersecrit").startswith("Nothing was found for “supersecrit”")
    assert "upersecret" not in said(client, q="owls supersecrit")


def test_where_nothing_has_all_of_the_words_that_with_some_is_shown_and_so_said(client: Client):
    make_paper("Latent diffusion")
    make_paper("Owls")
    assert said(client, q="diffusion zebra").startswith(
        "1 result Nothing has all of these words. Showing what has some of them."
    )
    assert said(client, q='"diffusion" zebra').startswith("Nothing was found")


@pytest.mark.parametrize("words", ["", "   ", "\0"])
def test_without_words_there_is_help(client: Client, words: str):
    html = client.get("/search/", {"q": words}).content.decode()
    assert "Accents make no difference" in html
    assert '<ol class="index results"' not in html


@pytest.mark.parametrize("words", ["-bridge", '-"a bridge" -flow', "- -bridge"])
def test_words_that_only_leave_out_are_answered_with_what_to_do(client: Client, words: str):
    make_paper(SCHRODINGER)
    assert "only says what to leave out. Add a word to look for." in said(client, q=words)


@pytest.mark.parametrize(
    "words",
    [
        "the", "!!", "' or 1=1 --", '"', "-", "\\", "%", "_", "&", "| |", "or or", "a:*", "x' & !(y", "<->", ":", "''''",
        "x" * 5000, "a" * 100 + "\ud800", "💥", "\u200b", "-" * 200, '"' * 199, "q" * 199 + " ", "a-" * 100, "(((", "\\:",
    ],
)  # fmt: skip
def test_any_words_get_an_answer(client: Client, words: str):
    make_paper(SCHRODINGER)
    for url in ("/search/", "/search/results/"):
        response = client.get(url, {"q": words.encode("utf-8", "surrogatepass")})
        assert (url, response.status_code) == (url, 200)
        assert "Nothing was found" in response.content.decode()


def letters(count: int, first: int = 0x20000) -> str:
    """The worst that a text can be to PostgreSQL's search: letters of four bytes, each a word."""
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
    assert re.findall(r'<span class="kind">(\w+)</span>', html) == ["session", "paper"]


def test_results_go_on_over_pages_in_one_order(client: Client):
    for number in range(65):
        make_paper(f"Bridge {number:02}")
    url, seen = "/search/?q=bridge", []
    while url:
        html = client.get(url).content.decode()
        seen.append(re.findall(r'href="/papers/bridge-(\d+)/"', html))
        following = re.search(r'<a rel="next" href="([^"]*)"', html)
        url = following[1].replace("&amp;", "&") if following else ""
    assert [len(page) for page in seen] == [30, 30, 5]
    assert [number for page in seen for number in page] == [f"{number:02}" for number in range(65)]


@pytest.mark.parametrize("page", ["4", "0x", "-1", "9" * 30, "1000000"])
def test_a_page_that_the_results_do_not_have_is_said_to_be_missing_with_the_way_to_the_first(
    client: Client, page: str
):
    for number in range(65):
        make_paper(f"Bridge {number:02}")
    for path in ("/search/", "/search/results/"):
        response = client.get(path, {"q": "bridge", "kind": "paper", "page": page})
        html = response.content.decode()
        assert (response.status_code, "answer" in html) == (404, False)
        assert f"These results have no page {page}." in html
        assert '<a href="/search/?q=bridge&amp;kind=paper">Go to the first page of these results</a>' in html
    assert client.get("/search/", {"kind": "paper", "page": page}).status_code == 404


def test_equals_are_always_in_the_same_order():
    for number in range(1, 6):
        make_session(number, "Bridges")
    assert [answer.names.split()[-1] for answer in search("bridges").answers] == ["5", "4", "3", "2", "1"]


def test_what_is_cancelled_or_to_come_is_marked(client: Client):
    make_session(1, "Owls", state="cancelled")
    make_session(2, "Bridges", starts_at=datetime(2058, 10, 28, 22, tzinfo=UTC))
    make_session(3, "Feathers", starts_at=datetime(2022, 10, 28, 22, tzinfo=UTC))
    assert said(client, q="owls").endswith("Week 1: Owls Cancelled")
    assert said(client, q="bridges").endswith("Week 2: Bridges Monday, 28 October 2058, 22:00 – 23:00 (UTC)")
    assert said(client, q="feathers").endswith("Week 3: Feathers 28 October 2022")


def test_the_groups_word_for_a_session_is_found_as_soon_as_it_changes():
    make_group()
    make_session(3, "Owls")
    assert search("meeting 3").is_partial
    Group.objects.update(session_word="Meeting")
    assert found("meeting 3") == ["Owls"]
    assert not search("meeting 3").is_partial


def test_every_thing_has_one_entry_and_a_resource_one_more_for_each_paper():
    session, paper = make_session(1), make_paper("A paper")
    resource = Resource.objects.create(title="Code", url="https://a.example/")
    resource.papers.add(paper, make_paper("Another"))
    person = Person.objects.create(name="Ann")
    assert sorted(SearchEntry.objects.values_list("kind", "thing")) == sorted(
        [(1, session.pk), (2, paper.pk), (2, paper.pk + 1), *[(3, resource.pk)] * 3, (4, person.pk)]
    )
