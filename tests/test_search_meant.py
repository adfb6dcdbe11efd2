"""Who types nothing but an identifier, an address or a number means one thing: that is found, or said to be missing."""

import re
from typing import Any

import pytest
from django.test import Client

from papers.models import Resource
from readinggroup.search.meant import paper_among, reference, session_number
from sessions.models import Group, Person
from tests.factories import leave, make_group, make_paper, make_session, move_in, read
from tests.test_search import said

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("searched_at_once")]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("2312.00752", "2312.00752"),
        ("<https://arxiv.org/abs/2312.00752>", "https://arxiv.org/abs/2312.00752"),
        ("arxiv.org/abs/2312.00752", "arxiv.org/abs/2312.00752"),
        ("math.GT/0309136", "math.GT/0309136"),
        ("10.1000/xyz", "10.1000/xyz"),
        ("github.com/owls/owl", "https://github.com/owls/owl"),
        ("www.owls.example", "https://www.owls.example"),
        ("/sessions/3-owls/", "/sessions/3-owls/"),
        ("/sessions/", "/sessions/"),
        ("arXiv:2006.11239v2 [cs.LG]", "arXiv:2006.11239v2 [cs.LG]"),
        ("“https://arxiv.org/pdf/2312.00752.”", "https://arxiv.org/pdf/2312.00752"),
        ("/etc/owls", ""),
        ("https://owls.example and bridges", ""),
        ("256/512", ""),
        ("v1.5/v2", ""),
        ("diffusion/flow", ""),
        ("diffusion", ""),
    ],
)
def test_identifiers_and_addresses_are_told_from_words(words: str, expected: str):
    assert reference(words) == expected


# Each word of these stands in an address or a title of the group's; and none of them is there.
LACKING = {
    "2312.00752": "The group has no paper with the identifier 2312.00752.",
    "https://arxiv.org/abs/2312.00752": "The group has no paper with the identifier 2312.00752.",
    "https://arxiv.org/pdf/2312.00752v3": "The group has no paper with the identifier 2312.00752.",
    "https://doi.org/10.1000/xyz": "The group has no paper with the identifier 10.1000/xyz.",
    "https://openreview.net/forum?id=diffusion": "Nothing here has the address https://openreview.net/forum?id=diffusion.",
    "https://www.youtube.com/watch?v=dQw4w9WgXcQ": "Nothing here has the address https://www.youtube.com/watch?v=dQw4w9WgXcQ.",
    "github.com/diffusion/models": "Nothing here has the address github.com/diffusion/models.",
    "/sessions/99-flow-matching/": "Nothing here has the address /sessions/99-flow-matching/.",
    "http://testserver/people/diffusion/": "Nothing here has the address http://testserver/people/diffusion/.",
}  # fmt: skip


def test_what_was_pasted_and_is_not_here_is_said_to_be_missing_and_nothing_like_it_is_shown(client: Client):
    move_in()
    for words, missing in LACKING.items():
        assert said(client, q=words) == (
            f"{missing} Try words of its title, or look through the papers , the archive and the resources ."
        )
        html = client.get("/search/", {"q": words}).content.decode()
        assert (words, missing in html, "answer" in html) == (words, True, False)
    assert said(client, q="https github.com").startswith("3 results")  # words, not an address
    assert said(client, q="https://openreview.net/x", kind="paper").startswith(
        "Nothing was found for “https://openreview.net/x” with these filters."
    )


def test_an_address_that_something_has_is_found_and_the_beginning_of_addresses_all_that_go_on(client: Client):
    for name in ("owl", "barn"):
        Resource.objects.create(title=f"The {name}", url=f"https://github.com/owls/{name}")
    Resource.objects.create(title="A talk", url="https://www.youtube.com/watch?v=ffq6-AmfGzk")
    assert said(client, q="http://github.com/owls/owl") == "1 result resource The owl article, github.com"
    assert said(client, q="https://youtu.be/ffq6-AmfGzk") == "1 result resource A talk article, youtube.com"
    assert said(client, q="github.com/owls/").startswith("2 results")


@pytest.fixture
def group() -> None:
    make_group(source_url="https://code.example/owls/main/")
    session = make_session(3, "Owls")
    other = make_session(4, "Bridges")
    draft = make_session(5, "Draft", state="draft")
    person = Person.objects.create(name="Ann Lee")
    session.presenters.add(person)
    for each in (other, session):
        leave(each, "https://www.youtube.com/watch?v=ffq6RAmfGzk&list=PL1", kind="recording")
    leave(session, "slides/Owls%20at%20night.pdf", kind="slides")
    leave(session, "https://slides.example/owls/", kind="slides")
    leave(draft, "https://youtu.be/aaaaaaaaaaa", kind="recording")
    read(draft, make_paper("Owl"))


@pytest.mark.usefixtures("group")
@pytest.mark.parametrize(
    ("pasted", "page"),
    [
        ("https://youtu.be/ffq6RAmfGzk", "/sessions/3-owls/"),
        ("https://youtu.be/ffq6RAmfGzk?t=90", "/sessions/3-owls/"),
        ("youtu.be/ffq6RAmfGzk", "/sessions/3-owls/"),
        ("https://www.youtube.com/watch?v=ffq6RAmfGzk&list=PLother&index=3", "/sessions/3-owls/"),
        ("https://m.youtube.com/live/ffq6RAmfGzk", "/sessions/3-owls/"),
        ("https://code.example/owls/main/slides/Owls%20at%20night.pdf", "/sessions/3-owls/"),
        ("https://slides.example/owls/", "/sessions/3-owls/"),
        ("http://testserver/sessions/3-owls/", "/sessions/3-owls/"),
        ("http://testserver/sessions/3/", "/sessions/3-owls/"),
        ("/sessions/3-owls", "/sessions/3-owls/"),
        ("/people/ann-lee/", "/people/ann-lee/"),
        ("http://testserver/people/ann-lee", "/people/ann-lee/"),
    ],
)
def test_a_link_to_a_recording_a_material_or_a_page_here_leads_there(client: Client, pasted: str, page: str):
    response = client.get("/search/", {"q": pasted})
    assert (response.status_code, response.get("Location")) == (302, page)
    html = client.get("/search/results/", {"q": pasted}).content.decode()
    assert re.findall(r'<a class="work answer" href="([^"]*)"', html) == [page]


@pytest.mark.usefixtures("group")
@pytest.mark.parametrize(
    "pasted",
    [
        "https://youtu.be/aaaaaaaaaaa", "/sessions/5-draft/", "/sessions/5/", "/papers/owl/", "https://slides.example/owl",
        "https://elsewhere.example/sessions/3-owls/", "/sessions/99999999999999999999999/", "http://[testserver/", "/media/materials/%00",
        "https://youtu.be/ffq6RAmfGz", "/people/" + "x" * 180,
    ],
)  # fmt: skip
def test_nothing_leads_to_what_is_not_here_or_not_public(client: Client, pasted: str):
    response = client.get("/search/", {"q": pasted})
    assert response.status_code == 200
    assert f"Nothing here has the address {pasted}." in response.content.decode()


# --- Numbers -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("words", "word", "number"),
    [
        ("week 99", "Week", 99), ("Week #99", "Week", 99), ("session 99", "Week", 99), ("#99", "#", 99), ("99", "Week", 99),
        ("reading night 7", "Reading night", 7), ("meeting 99", "Week", None), ("week", "Week", None),
        ("week 99 owls", "Week", None), ("week 123456", "Week", None), ("week ٣", "Week", None),
    ],
)  # fmt: skip
def test_the_number_of_a_session_is_read_under_each_of_its_names(words: str, word: str, number: int | None):
    assert session_number(words, Group(session_word=word)) == number


def test_a_number_that_no_session_has_is_said_and_those_nearest_to_it_shown(client: Client):
    make_group()
    assert said(client, q="week 9").startswith("There is no Week 9. Try")
    for number, title in ((1, "Owls"), (5, "Week of bridges"), (8, "Barns")):
        make_session(number, title)
    make_session(6, "Draft", state="draft")
    expected = "There is no Week 6. Nearest to it: session Week 5: Week of bridges session Week 8: Barns"
    for words in ("week 6", "6", "Session 6", "#6"):
        assert said(client, q=words) == expected
    assert said(client, q="week 99") == "There is no Week 99. Nearest to it: session Week 8: Barns"
    assert said(client, q="week 5").startswith("1 result session Week 5")
    filtered: dict[str, Any] = {"q": "week 6", "kind": "paper"}
    assert said(client, **filtered).startswith("Nothing was found for “week 6” with these filters.")


@pytest.mark.parametrize(
    ("pasted", "page"),
    [
        ("http://testserver/", "/"),
        ("http://testserver/map/", "/map/"),
        ("http://testserver/archive/course/", "/archive/course/"),
        ("/backlog/", "/backlog/"),
        ("http://testserver/papers", "/papers/"),
        ("http://testserver/sessions/", "/sessions/"),
        ("http://testserver/search/?q=diffusion&kind=paper", "/search/?q=diffusion&kind=paper"),
    ],
)
def test_the_address_of_another_page_of_this_site_leads_there(client: Client, pasted: str, page: str):
    make_session(3, "Owls")
    response = client.get("/search/", {"q": pasted})
    assert (response.status_code, response["Location"]) == (302, page)
    assert said(client, q=pasted) == "That is a page of this site: press Enter to open it."


@pytest.mark.parametrize(
    "pasted", ["http://testserver/admin/", "http://testserver/healthz", "http://elsewhere.example/map/", "http://testserver//x.example/"]
)  # fmt: skip
def test_no_other_address_leads_anywhere(client: Client, pasted: str):
    assert client.get("/search/", {"q": pasted}).status_code == 200
    assert said(client, q=pasted).startswith(f"Nothing here has the address {pasted}.")


@pytest.mark.parametrize(
    "words", ["see https://arxiv.org/abs/2006.11239", "DDPM: (https://arxiv.org/abs/2006.11239).", "see 2006.11239"]
)  # fmt: skip
def test_a_paper_named_among_other_words_comes_first(client: Client, words: str):
    make_paper("See the light", abstract="See DDPM at https arxiv.org abs, and see it again.")
    make_paper("Denoising", arxiv_id="2006.11239")
    for path in ("/search/", "/search/results/"):
        html = client.get(path, {"q": words}).content.decode()
        found = re.findall(r'<a class="work answer" href="([^"]*)"', html)
        assert (path, found[:1]) == (path, ["/papers/denoising/"])
    html = client.get("/search/", {"q": words, "kind": "session"}).content.decode()
    assert "/papers/denoising/" not in html


def test_of_several_papers_named_none_is_put_first():
    make_paper("Denoising", arxiv_id="2006.11239")
    make_paper("Improved", arxiv_id="2102.09672")
    assert str(paper_among("see 2006.11239")) == "Denoising"
    assert paper_among("2006.11239 2102.09672") is None
    assert paper_among("denoising diffusion") is None
