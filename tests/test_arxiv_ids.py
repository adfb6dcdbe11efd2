"""arXiv identifiers and DOIs, read from links and from what people paste."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papers.arxiv import abs_url, arxiv_id, arxiv_link, doi


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("2006.11239", "2006.11239"),
        (" 2006.11239v2 ", "2006.11239"),
        ("arXiv:2006.11239", "2006.11239"),
        ("ARXIV: 2006.11239v12", "2006.11239"),
        ("arXiv:2006.11239v2 [cs.LG]", "2006.11239"),
        ("0704.0001", "0704.0001"),
        ("1412.7878", "1412.7878"),
        ("1501.00001", "1501.00001"),
        ("hep-th/9901001", "hep-th/9901001"),
        ("hep-th/9901001v3", "hep-th/9901001"),
        ("arXiv:math.GT/0309136", "math/0309136"),
        ("math/0309136", "math/0309136"),
        ("physics.ao-ph/0309136", "physics/0309136"),
        ("arxiv.org/abs/2006.11239", "2006.11239"),
        ("10.48550/arXiv.2006.11239", "2006.11239"),
        ("doi:10.48550/ARXIV.2006.11239", "2006.11239"),
        ("10.48550/arXiv.hep-th/9901001", "hep-th/9901001"),
        ("doi.org/10.48550/arXiv.2006.11239", "2006.11239"),
    ],
)
def test_an_identifier_is_read_in_every_form(text: str, identifier: str):
    assert (arxiv_id(text), arxiv_link(text)) == (identifier, None)


@pytest.mark.parametrize(
    ("link", "identifier"),
    [
        ("https://arxiv.org/abs/2006.11239", "2006.11239"),
        ("http://arxiv.org/abs/2006.11239v1", "2006.11239"),
        ("HTTPS://ArXiv.org/abs/2006.11239/", "2006.11239"),
        ("https://www.arxiv.org/pdf/2006.11239", "2006.11239"),
        ("https://export.arxiv.org/pdf/2006.11239.pdf", "2006.11239"),
        ("https://arxiv.org/pdf/2006.11239v3.pdf#page=2", "2006.11239"),
        ("https://arxiv.org/html/2006.11239v3?context=cs", "2006.11239"),
        ("https://arxiv.org/abs/hep-th/9901001", "hep-th/9901001"),
        ("https://arxiv.org/abs/hep-th%2F9901001v1", "hep-th/9901001"),
        ("https://arxiv.org/pdf/math.GT/0309136v1.pdf", "math/0309136"),
        ("https://arxiv.org:443/abs/2006.11239", "2006.11239"),
        ("https://doi.org/10.48550/arXiv.2006.11239", "2006.11239"),
    ],
)
def test_a_link_to_a_paper_is_read(link: str, identifier: str):
    assert (arxiv_id(link), arxiv_link(link)) == (identifier, identifier)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "12345.678",
        "2013.11239",
        "2000.11239",
        "2006.1123",
        "1412.78780",
        "2006.00000",
        "0703.0001",
        "0612.1234",
        "2006.11239v0",
        "2006.11239x",
        "x2006.11239",
        "see 2006.11239",
        "２００６.11239",
        "hep-th/9913001",
        "hep-th/0704001",
        "foo/9901001",
        "hep-th/990100",
        "hep-th/9901000",
        "https://arxiv.org/",
        "https://arxiv.org/list/cs.LG/2006.11239",
        "https://arxiv.org/a/2006.11239",
        "https://evil.example/abs/2006.11239",
        "https://arxiv.org.evil.example/abs/2006.11239",
        "https://arxiv.org@evil.example/abs/2006.11239",
        "https://evil.example@arxiv.org/abs/2006.11239",
        "https://evil.example/?arxiv.org/abs/2006.11239",
        "https://notarxiv.org/abs/2006.11239",
        "ftp://arxiv.org/abs/2006.11239",
        "javascript:arxiv.org/abs/2006.11239",
        "https://arxiv.org:8080/abs/2006.11239",
        "https://arxiv.org:x/abs/2006.11239",
        "https://[arxiv.org/abs/2006.11239",
        "https://arxiv.org/abs/2006.11239 x",
        "https://arxiv.org/abs/2006.11239/x",
        "10.1234/arXiv.2006.11239",
    ],
)
def test_anything_else_is_no_paper_on_arxiv(text: str):
    assert (arxiv_id(text), arxiv_link(text)) == (None, None)


@pytest.mark.parametrize("identifier", ["2006.11239", "hep-th/9901001", "math/0309136"])
def test_addresses_lead_back_to_the_identifier(identifier: str):
    assert abs_url(identifier) == f"https://arxiv.org/abs/{identifier}"
    assert arxiv_link(abs_url(identifier)) == arxiv_link(f"https://arxiv.org/pdf/{identifier}") == identifier


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("10.1000/ABC.Def", "10.1000/abc.def"),
        ("doi:10.1000/182", "10.1000/182"),
        ("DOI: 10.1000/182", "10.1000/182"),
        ("https://doi.org/10.1000/182", "10.1000/182"),
        ("http://dx.doi.org/10.1000.10/A%3Cb%3E?x=1#y", "10.1000.10/a<b>"),
        ("doi.org/10.1000/182", "10.1000/182"),
        ("https://doi.org/10.48550/arXiv.2006.11239", "10.48550/arxiv.2006.11239"),
        ("10.1000/É", "10.1000/É"),
        ("", None),
        ("10.1/x", None),
        ("10.1000", None),
        ("10.1000/", None),
        ("10.1000/a b", None),
        ("11.1000/182", None),
        ("https://evil.example/10.1000/182", None),
        ("https://doi.org/10.1000/a%0Ab", None),
    ],
)
def test_dois(text: str, name: str | None):
    assert doi(text) == name


@settings(deadline=None)
@given(st.text() | st.text().map("https://arxiv.org/abs/{}".format) | st.text().map("https://{}".format))
def test_nothing_raises_and_what_is_found_is_found_again(text: str):
    for found in (arxiv_id(text), arxiv_link(text)):
        assert found is None or arxiv_id(found) == found
    name = doi(text)
    assert name is None or doi(name) == name
