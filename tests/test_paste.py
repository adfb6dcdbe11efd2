"""What a pasted line means, and how people write how long something lasts."""

from datetime import timedelta

import pytest

from sessions.admin.durations import read_duration, write_duration
from sessions.paste import NotReadableError, Pasted, lines_of, read_address, read_line

HOSTS = {"owls.example"}


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("2006.11239", "arxiv", "2006.11239"),
        ("2006.11239v2", "arxiv", "2006.11239"),
        ("0706.0001", "arxiv", "0706.0001"),
        ("hep-th/9901001", "arxiv", "hep-th/9901001"),
        ("math.GT/0309136v1", "arxiv", "math/0309136"),
        ("arXiv:2006.11239", "arxiv", "2006.11239"),
        ("arXiv:2006.11239v2 [cs.LG]", "arxiv", "2006.11239"),
        ("https://arxiv.org/abs/2006.11239", "arxiv", "2006.11239"),
        ("http://arxiv.org/abs/hep-th/9901001v3", "arxiv", "hep-th/9901001"),
        ("https://arxiv.org/pdf/2006.11239v2", "arxiv", "2006.11239"),
        ("https://arxiv.org/pdf/2006.11239.pdf", "arxiv", "2006.11239"),
        ("arxiv.org/abs/2006.11239", "arxiv", "2006.11239"),
        ("https://doi.org/10.48550/arXiv.2006.11239", "arxiv", "2006.11239"),
        ("10.48550/arXiv.2006.11239", "arxiv", "2006.11239"),
        ("  - https://arxiv.org/abs/2006.11239  ", "arxiv", "2006.11239"),
        ("<https://arxiv.org/abs/2006.11239>", "arxiv", "2006.11239"),
        ("10.1000/182", "doi", "10.1000/182"),
        ("doi:10.1000/ABC", "doi", "10.1000/abc"),
        ("https://doi.org/10.1000/182", "doi", "10.1000/182"),
        ("http://dx.doi.org/10.1000/182", "doi", "10.1000/182"),
        ("https://post.example/a?b=c#d", "url", "https://post.example/a?b=c#d"),
        ("HTTP://post.example/", "url", "HTTP://post.example/"),
        ("www.post.example/a", "url", "https://www.post.example/a"),
        ("github.com/owls/edm", "url", "https://github.com/owls/edm"),
        ("https://arxiv.org/list/cs.LG/recent", "url", "https://arxiv.org/list/cs.LG/recent"),
        ("same as 13", "number", "13"),
        ("Same as Week 13", "number", "13"),
        ("Same as session #13.", "number", "13"),
        ("the same readings as in week 16 & 17", "number", "16"),
        ("Same as 16 & 17: Flow Matching 2", "number", "16"),
        ("https://owls.example/sessions/13/", "number", "13"),
        ("https://owls.example/sessions/16-17-flow-matching/", "session", "16-17-flow-matching"),
        ("https://OWLS.example/papers/ddpm/", "paper", "ddpm"),
        ("https://other.example/sessions/13/", "url", "https://other.example/sessions/13/"),
        ("All prior readings", "words", "All prior readings"),
        ("Same as last week", "words", "Same as last week"),
        ("Diffusion: a survey", "words", "Diffusion: a survey"),
        ("TCP/IP and  friends", "words", "TCP/IP and friends"),
        ("Node.js/Deno", "words", "Node.js/Deno"),
        ("1984", "words", "1984"),
        ("Data: a history", "words", "Data: a history"),
        ("about: the survey", "words", "about: the survey"),
        ("post.example.com/a", "url", "https://post.example.com/a"),
    ],
)
def test_a_line_means(text, kind, value):
    assert read_line(text, HOSTS) == Pasted(kind, value)


@pytest.mark.parametrize(
    "text",
    [
        "[DDPM](https://arxiv.org/abs/2006.11239)",
        "DDPM https://arxiv.org/abs/2006.11239",
        "DDPM (https://arxiv.org/abs/2006.11239)",
        "DDPM: <https://arxiv.org/abs/2006.11239v2>",
        "DDPM - https://arxiv.org/pdf/2006.11239",
    ],
)
def test_a_link_brings_the_words_before_it_as_its_label(text):
    assert read_line(text) == Pasted("arxiv", "2006.11239", "DDPM")


def test_several_addresses_on_a_line_are_several_lines():
    text = "One\n\nhttps://a.example/1, https://b.example/2 https://c.example/3\nTwo https://d.example/"
    lines = ["https://a.example/1", "https://b.example/2", "https://c.example/3"]
    assert lines_of(text) == ["One", *lines, "Two https://d.example/"]


def test_the_field_for_an_address_takes_bare_hosts_and_nothing_dangerous():
    assert read_address("youtu.be/abc") == "https://youtu.be/abc"
    assert read_address(" HTTPS://x.example/ ") == "HTTPS://x.example/"
    for text in (
        "words",
        "javascript:alert(1)",
        "https://ann:x@x.example/",
        "https://x.example/a b",
        "x." * 1500,
    ):
        with pytest.raises(NotReadableError):
            read_address(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("javascript:alert(1)", "cannot be a link"),
        ("data:text/html,x", "cannot be a link"),
        ("ftp://files.example/x", "cannot be a link"),
        ("mailto:ann@x.example", "cannot be a link"),
        ("[x](javascript:alert)", "cannot be a link"),
        ("https://", "is no address"),
        ("https://ann:secret@x.example/", "user's name"),
        ("https://x.example/a b", "no spaces"),
        ("arXiv:2613.11239", "no arXiv id"),
        ("2006.1123", "no arXiv id"),
        ("https://arxiv.org/abs/nonsense", "no arXiv id"),
        ("https://owls.example/backlog/", "neither a session's nor a paper's"),
        ("x" * 10_000, "10,000 characters"),
        (" ", "Paste a link"),
    ],
)
def test_what_can_be_no_reading_is_refused(text, said):
    with pytest.raises(NotReadableError, match=said):
        read_line(text, HOSTS)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("1:30", 90), ("01:30:00", 90), ("90 min", 90), ("90m", 90), ("2 h", 120), ("1.5 h", 90), ("1h30", 90),
     ("1 h 30 min", 90), ("2 hours", 120), ("0:45", 45), ("1 day 1:00", 25 * 60), ("-1:00", -60), ("90", None),
     ("soon", None), ("", None)],
)  # fmt: skip
def test_hours_and_minutes_are_read_as_people_write_them(text, minutes):
    assert read_duration(text) == (None if minutes is None else timedelta(minutes=minutes))


@pytest.mark.parametrize("minutes", [1, 45, 60, 90, 1440, 4000])
def test_a_duration_is_shown_as_it_is_read(minutes):
    assert read_duration(write_duration(timedelta(minutes=minutes))) == timedelta(minutes=minutes)
