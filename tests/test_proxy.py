"""A site behind a proxy that ends TLS, and one without, as gunicorn serves both."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from readinggroup.proxy import address_in
from tests.checkouts import BASE_DIR
from tests.servers import Server

# What the shipped nginx sends for a visitor at 203.0.113.7.
HTTPS = ["X-Forwarded-Proto: https", "X-Forwarded-For: 203.0.113.7"]
VISITOR = {
    "address": "203.0.113.7",
    "link": "https://reading.example.org/who/",
    "path": "/who/",
    "secure": True,
}


@pytest.fixture(scope="module")
def behind_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("proxy") / "log", BEHIND_PROXY="on") as server:
        yield server


@pytest.fixture(scope="module")
def in_the_open(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Reached by anybody, so that every header is a stranger's."""
    log = tmp_path_factory.mktemp("open") / "log"
    with Server(log, SECURE_SSL_REDIRECT="off", SITE_URL="http://reading.example.org") as server:
        yield server


def who(server: Server, *lines: str) -> dict[str, Any]:
    answer = server.get("/who/", *lines)
    assert answer.status == 200, answer
    found: dict[str, Any] = json.loads(answer.body)
    return found


def test_https_at_the_proxy_is_https_here_without_a_redirect(behind_proxy: Server) -> None:
    assert who(behind_proxy, *HTTPS) == VISITOR


def test_plain_http_at_the_proxy_is_sent_to_https(behind_proxy: Server) -> None:
    for lines in (["X-Forwarded-Proto: http", "X-Forwarded-For: 203.0.113.7"], []):
        answer = behind_proxy.get("/who/?page=2", *lines)
        assert (answer.status, answer.headers["location"]) == (
            301,
            "https://reading.example.org/who/?page=2",
        )


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_checks_need_no_https(behind_proxy: Server, path: str) -> None:
    assert behind_proxy.get(path).status in {200, 503}


@pytest.mark.parametrize(
    "lines",
    [
        ["X-Forwarded-Proto: https", "X-Forwarded-For: 198.51.100.66, 203.0.113.7"],
        ["X-Forwarded-Proto: https", "X-Forwarded-For: 198.51.100.66", "X-Forwarded-For: 203.0.113.7"],
        ["X-Forwarded-Proto: http, https", "X-Forwarded-For: nonsense,203.0.113.7"],
        ["X-Forwarded-Ssl: off", "X-Forwarded-Host: elsewhere.example.com", *HTTPS],
        ["Forwarded: for=198.51.100.66;proto=http;host=elsewhere.example.com", *HTTPS],
        ["X_Forwarded_For: 198.51.100.66", *HTTPS],
        ["SCRIPT_NAME: /who", "PATH_INFO: /broken/", *HTTPS],
    ],
)
def test_what_the_client_wrote_before_the_proxy_changes_nothing(
    behind_proxy: Server, lines: list[str]
) -> None:
    assert who(behind_proxy, *lines) == VISITOR


def test_a_client_cannot_claim_https_through_the_proxy(behind_proxy: Server) -> None:
    assert behind_proxy.get("/who/", "X-Forwarded-Proto: https, http").status == 301


@pytest.mark.parametrize("value", ["", ",", "\xff", "%", "1.2.3.4.5", "unknown", "fe80::1%eth0", "x" * 4000])
def test_a_header_that_makes_no_sense_is_as_good_as_none(behind_proxy: Server, value: str) -> None:
    found = who(behind_proxy, "X-Forwarded-Proto: https", f"X-Forwarded-For: {value}")
    assert found == VISITOR | {"address": "127.0.0.1"}
    assert behind_proxy.get("/who/", f"X-Forwarded-Proto: {value}").status == 301


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:47011", "192.0.2.1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:47011", "2001:db8::1"),
        ("[2001:db8::1", "2001:db8::1"),
        ("[]", ""),
        (":1", ""),
        ("", ""),
    ],
)
def test_addresses_as_proxies_write_them(text: str, address: str) -> None:
    assert address_in(text) == address


@pytest.mark.parametrize(
    "line",
    [
        "X-Forwarded-Proto: https",
        "X-Forwarded-Protocol: ssl",
        "X-Forwarded-Ssl: on",
        "X-Forwarded-For: 198.51.100.66",
        "X-Forwarded-Host: elsewhere.example.com",
        "Forwarded: for=198.51.100.66;proto=https;host=elsewhere.example.com",
        "SCRIPT_NAME: /who",
        "PATH_INFO: /broken/",
    ],
)
def test_without_a_proxy_its_headers_are_ignored(in_the_open: Server, line: str) -> None:
    assert who(in_the_open, line) == {
        "address": "127.0.0.1",
        "link": "http://reading.example.org/who/",
        "path": "/who/",
        "secure": False,
    }


def test_a_host_that_is_not_ours_is_refused(behind_proxy: Server) -> None:
    for host in ("elsewhere.example.com", "@@", "127.0.0.1"):
        assert behind_proxy.get("/who/", *HTTPS, host=host).status == 400


def test_the_shipped_proxy_sets_what_is_believed() -> None:
    """Set, where "$proxy_add_x_forwarded_for" would append: then not even the log holds a client's own words."""
    text = (BASE_DIR / "deploy" / "nginx.conf").read_text()
    assert dict(re.findall(r"proxy_set_header ([\w-]+) (\S+);", text)) == {
        "Connection": '""',
        "Host": "$host",
        "X-Forwarded-For": "$remote_addr",
        "X-Forwarded-Proto": "$scheme",
    }
