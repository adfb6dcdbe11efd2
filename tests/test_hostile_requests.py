"""Requests that nobody's browser sends by itself: every address of the site with strange pieces in it, and strange queries."""

import random
from urllib.parse import quote

import pytest
from django.test import Client

from tests.addresses import address, patterns
from tests.factories import populate

pytestmark = pytest.mark.django_db

BYTES = [
    b"\0",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\x1b[2J",
    b"\r\nSet-Cookie: a=b",
    b"%00",
    b"%",
    b"\xf0\x9f\xa6\x89",
]
TEXTS = [
    "", " ", "0", "-1", "1e9", "NaN", "9" * 30, str(2**31), str(2**63), "１２", "²", "x" * 4000, "é" * 500, "'", "\"--",
    "';SELECT 1", "../../etc/passwd", "..", "//evil.example", "\\", "%s%n", "{{7*7}}", "<script>", "\u202eab", "\u2028",
    "a" * 60, "日本", "I\u0307", "ﬁ", "a\u0300" * 50, "null", "[]", "on", "true", "1-owls", "- - -", '"', '"" or "', "or or",
]  # fmt: skip
PIECES = [*(quote(each, safe="") for each in TEXTS), *(quote(each, safe="") for each in BYTES)]
NAMES = ["q", "page", "before", "after", "kind", "from", "to", "presenter", "has", "v", "next", "", "q[]"]


def strange_addresses(count: int) -> list[str]:
    """As many for each address of the site: pieces in its path, or queries."""
    chance = random.Random(count)
    found = []
    for pattern in patterns():
        plain = address(pattern, slug="1-held", number="1")
        found += [address(pattern, slug=piece, number=piece, colour=piece, name=piece) for piece in PIECES]
        found += [plain + piece for piece in PIECES[::4]]
        for _ in range(count):
            pairs = [
                f"{chance.choice(NAMES)}={chance.choice(PIECES)}" for _ in range(chance.choice((1, 1, 2, 5)))
            ]
            found.append(f"{plain}?{'&'.join(pairs)}")
    return list(dict.fromkeys(found))


def test_no_strange_request_breaks_anything() -> None:
    populate(1)
    client = Client(raise_request_exception=False)
    answered = {url: client.get(url).status_code for url in strange_addresses(8)}
    assert {url[:200]: status for url, status in answered.items() if status >= 500} == {}
    assert set(answered.values()) == {200, 301, 302, 404}


@pytest.mark.parametrize(
    "url", ["/", "/archive/", "/papers/", "/people/", "/search/", "/search/results/", "/card.png"]
)
def test_no_query_is_too_long_to_be_answered(url: str) -> None:
    populate(1)
    client = Client(raise_request_exception=False)
    long = ["q=" + "a " * 100_000, "&".join(["q=a", "page=1", "has=slides"] * 3000), "after=" + "9" * 100_000]
    assert {client.get(f"{url}?{query}").status_code for query in long} <= {200, 404}
    too_many = client.get(f"/search/?{'q=a&' * 10_001}")
    assert (too_many.status_code, "This request is not valid" in too_many.content.decode()) == (400, True)


@pytest.mark.parametrize(
    ("url", "status"),
    [
        (f"/search/?q=held&page={10**30}", 404),
        ("/search/?q=held&page=0", 200),
        ("/search/?q=held&page=-1", 404),
        ("/search/?q=held&page=x", 404),
        ("/search/?q=held&page=2", 404),
        ("/search/?q=held&page=1", 200),
        ("/search/?q=held&page=x&page=1", 200),  # the last one counts
        ("/search/?q=%00", 200),
        ("/search/?q=held%00&kind=%00&from=%00&presenter=%00&has=%00", 200),
        (f"/search/?q=held&from={10**30}&to=-1", 200),
        (f"/archive/?after={10**30}", 404),
        ("/archive/?before=%00", 404),
        ("/archive/?after=0&after=x", 404),
        ("/papers/?after=%00", 404),
        ("/papers/?after=%FF", 404),
        ("/people/?before=", 404),
        (f"/sessions/{10**30}/", 404),
        ("/sessions/%00/", 404),
        ("/papers/a%00b/", 404),
        ("/%00", 404),
        ("/%FF%FE", 404),
    ],
)  # fmt: skip
def test_what_the_site_makes_of_it(url: str, status: int) -> None:
    populate(1)
    assert Client().get(url).status_code == status
