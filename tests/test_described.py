"""What a link to a session says of it, and what tells links of one name apart."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from papers.invisible import TURNS_AROUND
from papers.links import arxiv_search, repository
from papers.models import Resource
from sessions.described import LONGEST, cut, described
from sessions.models import Person
from tests.factories import make_group, make_paper, make_session, read

# --- A session in a line or two -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "people", "readings", "otherwise", "said"),
    [
        ("12 May 2026", ["Ann", "Bob", "Cem"], ["DDPM", "EDM"], "We met.",
         "12 May 2026. Presented by Ann, Bob and Cem. Readings: DDPM; EDM."),
        ("", ["Ann"], [], "We met!", "Presented by Ann. We met!"),
        ("", [], ["What is it?"], "", "Readings: What is it?"),
        ("", [], [], "A session of The Owls", "A session of The Owls."),
    ],
)  # fmt: skip
def test_a_session_is_described_by_when_who_and_what(
    day: str, people: list[str], readings: list[str], otherwise: str, said: str
):
    assert described(day, people, readings, otherwise) == said


@given(st.text(max_size=500), st.integers(2, 300))
def test_a_text_is_cut_between_words_and_is_never_too_long(text: str, most: int):
    whole, found = " ".join(text.split()), cut(text, most)
    assert len(found) <= most
    assert found == whole or (found.endswith("…") and whole.startswith(found[:-1]))


def test_a_word_that_is_cut_is_one_without_end():
    assert cut("one two three", 9) == "one two…"
    assert cut("one, two", 7) == "one…"
    assert cut("x" * 300) == "x" * (LONGEST - 1) + "…"


@pytest.mark.django_db
def test_a_sessions_page_tells_chats_what_it_reads(client: Client):
    make_group(name="The Owls", time_zone="America/New_York")
    first = make_session(1)
    read(first, make_paper(r"On <Schr\"odinger> & $x^2$"))
    read(first, resource=Resource.objects.create(title="Code", url="https://code.example/"), indent=1)
    session = make_session(2, starts_at="2026-05-13T02:00:00Z", summary="We met.", state="cancelled")
    session.presenters.add(Person.objects.create(name="Ann"))
    read(session, same_as=first)
    said = "Cancelled, 12 May 2026. Presented by Ann. Readings: On &lt;Schrödinger&gt; &amp; x²; Code."
    html = client.get(session.get_absolute_url()).content.decode()
    assert f'<meta property="og:description" content="{said}">' in html
    assert f'<meta name="description" content="{said}">' in html


# --- Whose code it is ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://github.com/NVlabs/edm", "github.com/NVlabs/edm"),
        ("https://www.github.com/NVlabs/edm.git", "github.com/NVlabs/edm"),
        ("https://github.com/NVlabs/edm/tree/main/training?plain=1#L5", "github.com/NVlabs/edm"),
        ("https://huggingface.co/stabilityai/sdxl-turbo", "huggingface.co/stabilityai/sdxl-turbo"),
        ("https://huggingface.co/blog/stable_diffusion", "huggingface.co"),
        ("https://github.com/NVlabs", "github.com"),
        ("https://github.com/a/b%0Ac", "github.com"),
        ("https://github.com/a/%E2%80%AEb", "github.com"),
        (f"https://github.com/a/{'b' * 80}", "github.com"),
        ("https://arxiv.org/abs/2006.11239", "arXiv"),
        ("https://example.org/NVlabs/edm", "example.org"),
        ("", ""),
    ],
)
def test_a_codebase_is_named_by_whose_it_is(url: str, said: str):
    assert repository(url) == said


# --- Papers without an address ------------------------------------------------------------------------------


@given(st.text(max_size=300))
def test_a_title_is_looked_for_as_it_is_seen(title: str):
    parts = urlsplit(arxiv_search(title))
    asked = parse_qs(parts.query, keep_blank_values=True)
    assert (parts.netloc, parts.path, asked) == (
        "arxiv.org",
        "/search/",
        {"searchtype": ["title"], "query": [TURNS_AROUND.sub("", title)]},
    )


@pytest.mark.django_db
def test_what_has_no_address_is_looked_for_on_arxiv_and_nothing_else_is(client: Client):
    make_group()
    session = make_session(1)
    unknown, known = (
        make_paper(r"The Schr\"odinger bridge & $x^2$"),
        make_paper("DDPM", arxiv_id="2006.11239"),
    )
    for paper in (unknown, known):
        read(session, paper)
    search = (
        '<a class="source" rel="nofollow noreferrer" href="https://arxiv.org/search/?searchtype=title'
        '&amp;query=The+Schr%C3%B6dinger+bridge+%26+x%C2%B2">Search arXiv for this title</a>'
    )
    assert search in client.get(unknown.get_absolute_url()).content.decode()
    assert "arxiv.org/search" not in client.get(known.get_absolute_url()).content.decode()
