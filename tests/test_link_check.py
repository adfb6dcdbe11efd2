"""Links are judged rightly, hosts are asked politely, and nothing private is ever asked."""

import socket
import threading
from dataclasses import replace
from itertools import pairwise
from urllib.parse import quote

import pytest

from papers.linkcheck import Finding, Kind, Manners, check, check_all
from papers.linkcheck.addresses import is_public
from papers.linkcheck.asking import Turns
from tests.link_targets import Targets

QUICK = Manners(private=True, pause=0, patience=0.3, longest=0.6, waits=(0, 0))


@pytest.fixture
def targets():
    with Targets() as running:
        yield running


def judged(url, manners=QUICK):
    stop = threading.Event()
    return check(url, manners, Turns(manners, stop).turn, stop)


@pytest.mark.parametrize(
    ("path", "kind", "status"),
    [
        ("ok", Kind.ANSWERS, 200),
        ("head/405", Kind.ANSWERS, 200),
        ("head/404", Kind.ANSWERS, 200),
        ("head/403", Kind.ANSWERS, 200),
        ("endless", Kind.ANSWERS, 200),
        ("recovers", Kind.ANSWERS, 200),
        ("to/302/ok", Kind.ANSWERS, 200),
        ("to/307/again", Kind.ANSWERS, 200),
        ("to/302/latin", Kind.ANSWERS, 200),
        ("to/301/ok", Kind.MOVED, 200),
        ("to/308/again", Kind.MOVED, 200),
        ("status/404", Kind.GONE, 404),
        ("status/410", Kind.GONE, 410),
        ("status/401", Kind.CLOSED, 401),
        ("status/403", Kind.CLOSED, 403),
        ("status/429", Kind.CLOSED, 429),
        ("to/302/loop", Kind.CLOSED, 302),
        ("status/503", Kind.TROUBLE, 503),
        ("hang", Kind.TROUBLE, None),
        ("close", Kind.TROUBLE, None),
        ("trickle", Kind.TROUBLE, None),
        ("huge", Kind.TROUBLE, None),
        ("to/302/file", Kind.CLOSED, None),
    ],
)
def test_each_way_to_answer_means_what_it_should(targets, path, kind, status):
    found = judged(targets.url(path))
    assert (found.kind, found.status) == (kind, status), found
    assert bool(found.reason) == (kind not in (Kind.ANSWERS, Kind.MOVED))
    assert found.moved_to == (targets.url("ok") if kind is Kind.MOVED else "")


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("7", 7.0),
        ("Mon, 01 Jan 2024 00:00:00 GMT", 0.0),
        ("Mon, 01 Jan 2024 00:00:00 +99999999999999999", None),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
        ("Mon, 01 Jan 2024 99999999999999999999:00:00 GMT", None),
        ("soon", None),
        ("9" * 5000, 999_999_999.0),
    ],
)
def test_whatever_a_host_says_of_later_its_link_is_in_trouble_and_no_more(targets, retry_after, seconds):
    found = judged(targets.url(f"later/{quote(retry_after)}"), replace(QUICK, waits=()))
    assert (found.kind, found.status, found.retry_after) == (Kind.TROUBLE, 503, seconds)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.100.100.200",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.0.192",
        "198.18.0.1",
        "192.88.99.1",
        "168.63.129.16",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2001::1",
        "2001:db8::1",
        "fec0::1",
    ],
)
def test_no_private_address_is_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "151.101.3.42", "2606:4700::1111", "64:ff9b::101:101"])
def test_the_public_internet_is(address):
    assert is_public(address)


@pytest.mark.parametrize("place", ["metadata", "private", "loopback", "file"])
def test_a_redirect_into_a_private_network_is_not_followed(targets, place):
    """The first host counts as public here; only what it redirects to is judged by the rules."""
    port = targets.server.server_address[1]

    def resolve(host, asked):
        if (
            host == "public.example"
        ):  # an address that passes, and that this machine has: none, so it is swapped
            return [(socket.AF_INET, Public(("127.0.0.1", port)))]
        return (
            [(socket.AF_INET, (host, asked))] if ":" not in host else [(socket.AF_INET6, (host, asked, 0, 0))]
        )

    manners = replace(QUICK, private=False, resolve=resolve)
    found = judged(f"http://public.example/to/302/{place}", manners)
    assert (found.kind, len(targets.asked)) == (Kind.CLOSED, 1), found


class Public(tuple[str, int]):
    """A socket address on this machine that says of itself that it is public."""

    __slots__ = ()

    def __getitem__(self, index):
        return "1.1.1.1" if index == 0 else super().__getitem__(index)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://[::1]/",
        "http://localhost/",
        "http://a:b@example.org/",
        "http://example.org:22/",
        "ftp://example.org/",
        "http://exa mple.org/",
        "https://",
    ],
)
def test_what_is_not_to_be_asked_is_not(url):
    assert judged(url, replace(QUICK, private=False)).kind is Kind.CLOSED


def test_one_request_at_a_time_for_each_host_with_a_pause(targets):
    hosts = ["127.0.0.1", "127.0.0.2", "127.0.0.3"]
    urls = [targets.url(f"ok/{number}", host) for host in hosts for number in range(4)]
    found = list(check_all(urls, replace(QUICK, pause=0.05), 60))
    assert sorted(finding.url for finding in found) == sorted(urls)
    assert targets.most == dict.fromkeys(hosts, 1)
    for host in hosts:
        times = [at for at, asked, *_ in targets.asked if asked == host]
        assert all(later - earlier >= 0.045 for earlier, later in pairwise(times))


def test_a_host_that_stays_silent_is_left_alone(targets):
    urls = [targets.url(f"hang/{number}") for number in range(5)]
    manners = replace(QUICK, waits=(), give_up=2, patience=0.1, longest=0.2)
    assert len(list(check_all(urls, manners, 60))) == 2


def test_a_link_whose_check_fails_is_in_trouble_and_the_others_are_checked(targets, caplog):
    port = targets.server.server_address[1]

    def resolve(host, asked):
        if host == "odd.example":
            raise RuntimeError("nobody thought of this")
        return [(socket.AF_INET, ("127.0.0.1", port))]

    urls = ["http://odd.example/", "http://odd.example/again", "http://good.example/ok"]
    found = {finding.url: finding for finding in check_all(urls, replace(QUICK, resolve=resolve), 60)}
    said = "It could not be checked: the site's log says why."
    assert found == {
        urls[0]: Finding(urls[0], Kind.TROUBLE, reason=said),
        urls[1]: Finding(urls[1], Kind.TROUBLE, reason=said),
        urls[2]: Finding(urls[2], Kind.ANSWERS, 200),
    }
    assert [record.getMessage() for record in caplog.records] == [
        f"checking {url} failed" for url in urls[:2]
    ]
    assert "nobody thought of this" in caplog.text
