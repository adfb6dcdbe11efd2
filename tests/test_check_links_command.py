"""manage.py check_links: what it asks, keeps, forgets and says; and what the admin then shows."""

import io
import socket
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from papers.linkcheck import Finding, Kind, Manners
from papers.models import LinkCheck, Paper, Resource
from papers.spots import Spot
from readinggroup import link_checks
from readinggroup.links import Place, dead_links, linked
from readinggroup.management.commands import check_links
from sessions.models import Group, Material, Person, Session
from tests.factories import leave, make_group, make_paper, make_session
from tests.link_targets import Targets
from tests.servers import url_of_the_test_database

pytestmark = pytest.mark.django_db


@pytest.fixture
def targets(monkeypatch):
    quick = Manners(private=True, pause=0, patience=0.3, longest=0.6, waits=(0,))
    monkeypatch.setattr(link_checks, "manners", lambda: quick)
    with Targets() as running:
        yield running


def run(**options):
    out = io.StringIO()
    call_command("check_links", stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


def test_it_keeps_results_lists_the_dead_with_their_places_and_forgets_the_rest(targets):
    make_group(source_url=targets.url(""))
    session = make_session(1, "Diffusion", state="draft")
    leave(session, "status/404", kind="slides")
    Resource.objects.create(title="Post", url=targets.url("to/301/ok"))
    LinkCheck.objects.create(url="https://old.example/", result="dead", checked_at=timezone.now())
    today = f"{timezone.now():%Y-%m-%d}"
    assert run() == (
        "To ask: addresses 3, hosts 1.\n"
        f"dead since {today}: {targets.url('status/404')}\n"
        "  127.0.0.1 says that there is no such page (404).\n"
        f"  in 1: Diffusion (slides): {reverse('admin:reading_sessions_session_change', args=[session.pk])}"
        "#materials-group\n"
        "alive 1, moved 1, dead 1, cannot be told 0\n"
    )
    assert dict(LinkCheck.objects.values_list("url", "result")) == {
        targets.url(""): "alive",
        targets.url("status/404"): "dead",
        targets.url("to/301/ok"): "moved",
    }
    assert run() == run()  # checked a moment ago: nobody is asked again
    assert len([path for *_, path in targets.asked if path == "/to/301/ok"]) == 1


def test_two_at_once_refuse_each_other():
    with psycopg.connect(url_of_the_test_database()) as other:
        other.execute("SELECT pg_advisory_lock(hashtext(%s))", [link_checks.LOCK])
        with pytest.raises(CommandError, match="being checked already"):
            run()


def silent(host, kind=Kind.UNREACHABLE):
    return Finding(f"https://{host}.example/", kind, reason="No.")


def answering(host, kind=Kind.ANSWERS, status=200):
    return Finding(f"https://{host}.example/", kind, status)


def kept(findings):
    """The hosts whose results were written down, in their order, and how many results were left unread."""
    left = iter(findings)
    try:
        told = "".join(check.url[8] for check in link_checks.keep(left))
    except link_checks.NoNetworkError:
        told = "no network"
        assert not LinkCheck.objects.exists()
    return told, len(list(left))


@pytest.mark.parametrize(
    ("findings", "told"),
    [
        ([silent("a"), silent("b")], ("no network", 0)),
        ([silent("a"), silent("b", Kind.TROUBLE)], ("no network", 0)),
        ([silent("a"), silent("a")], ("aa", 0)),  # one host may be down
        ([silent("a"), silent("b"), answering("c"), silent("d")], ("abcd", 0)),
        ([silent("a"), silent("b"), answering("c", Kind.TROUBLE, 503)], ("abc", 0)),  # it was reached
        ([silent("a"), silent("b", Kind.CLOSED)], ("ab", 0)),  # b was not to be asked: that says nothing
        ([silent("a"), silent("b", Kind.CLOSED), silent("c")], ("no network", 0)),
        ([*map(silent, "abcdefghi"), answering("j")], ("no network", 2)),  # eight hosts are enough
        ([*map(silent, "abcdefg"), answering("h"), *map(silent, "ijklmnopqr")], ("abcdefghijklmnopqr", 0)),
    ],
)
def test_without_a_network_nothing_is_written_down_and_that_is_seen_early(findings, told):
    assert kept(findings) == told


def test_without_a_network_the_command_ends_with_one_line(monkeypatch):
    def resolve(host, port):
        raise socket.gaierror(socket.EAI_AGAIN, "no network")

    off_line = Manners(pause=0, waits=(0,), resolve=resolve)
    monkeypatch.setattr(link_checks, "manners", lambda: off_line)
    for host in ("a", "b"):
        Resource.objects.create(title=host, url=f"http://{host}.example/")
    out = io.StringIO()
    with pytest.raises(CommandError) as raised:
        call_command("check_links", stdout=out, stderr=io.StringIO())
    assert str(raised.value) == (
        "None of the first hosts could be reached: is this machine on the network? Nothing was written down."
    )
    assert out.getvalue() == "To ask: addresses 2, hosts 2.\n"
    assert not LinkCheck.objects.exists()


def test_without_a_terminal_a_line_tells_now_and_then_how_far_it_is(targets, monkeypatch):
    for number in (1, 2):
        Resource.objects.create(title=f"Post {number}", url=targets.url(f"ok/{number}"))
    monkeypatch.setattr(check_links, "EVERY", 0.0)
    summary = "alive {}, moved 0, dead 0, cannot be told 0"
    assert run().splitlines() == [
        "To ask: addresses 2, hosts 1.",
        "1 of 2 checked.",
        "2 of 2 checked.",
        summary.format(2),
    ]
    assert run().splitlines() == [
        "Nothing is due: all of it was checked not long ago. --older-than 0m checks it again.",
        summary.format(0),
    ]


def test_what_was_checked_the_night_before_is_due_again(targets):
    Resource.objects.create(title="Post", url=targets.url("ok"))
    last_night = timezone.now() - timedelta(hours=23)  # a run at the same time was faster this night
    LinkCheck.objects.create(url=targets.url("ok"), result="alive", checked_at=last_night)
    assert run().startswith("To ask: addresses 1, hosts 1.")


@pytest.mark.parametrize(
    ("kind", "failed_for", "result", "is_shown"),
    [
        (Kind.GONE, 0, "dead", True),
        (Kind.UNREACHABLE, 0, "unsure", False),
        (Kind.UNREACHABLE, 1, "dead", True),
        (Kind.TROUBLE, 13, "unsure", False),
        (Kind.TROUBLE, 14, "unsure", True),
        (Kind.CLOSED, 30, "unsure", False),
        (Kind.ANSWERS, 30, "alive", False),
    ],
)
def test_how_long_it_takes_to_be_called_dead(kind, failed_for, result, is_shown):
    now = timezone.now()
    Resource.objects.create(title="Post", url="https://a.example/")
    check = LinkCheck(url="https://a.example/", failing_since=now - timedelta(failed_for))
    check.learn(Finding(check.url, kind), now)
    check.save()
    assert check.result == result
    assert [link.url for link in dead_links(now)] == [check.url] * is_shown


def test_the_database_and_the_paper_agree_on_its_address():
    make_paper("A", url="https://a.example/", arxiv_id="2006.11239")
    make_paper("B", arxiv_id="hep-th/9901001", doi="10.1000/182")
    make_paper("C", doi="10.1000/183")
    make_paper("D")
    papers: list[Any] = list(Paper.objects.with_address())
    asked = [(paper.address, paper.link) for paper in papers]
    assert [address for address, _ in asked] == [link for _, link in asked]


def test_lists_and_forms_show_the_result_and_filter_by_it(client, django_assert_max_num_queries):
    client.force_login(User.objects.create(username="ada", is_staff=True, is_superuser=True))
    paper = make_paper("Gone paper", arxiv_id="2006.11239")
    make_paper("Other paper", arxiv_id="2006.11240")
    LinkCheck.objects.create(
        url=str(paper.link), result="dead", reason="No such page.", checked_at=timezone.now()
    )
    page = reverse("admin:papers_paper_changelist")
    with django_assert_max_num_queries(15):
        html = client.get(page, {"link": "dead"}).content.decode()
    assert "No such page." in html
    assert "Other paper" not in html
    html = client.get(page, {"link": "no"}).content.decode()
    assert ("Other paper" in html, "Gone paper" in html) == (True, False)
    form = client.get(reverse("admin:papers_paper_change", args=[paper.pk])).content.decode()
    assert "No such page." in form
    assert client.get(reverse("admin:papers_resource_changelist"), {"link": "moved"}).status_code == 200


def test_what_is_linked_costs_the_same_queries_however_much_there_is(django_assert_num_queries):
    for number in range(1, 4):
        leave(make_session(number, join_url=f"https://m.example/{number}"), f"https://a.example/{number}")
    with django_assert_num_queries(3):
        assert len(linked()) == 6


def test_each_place_of_an_address_is_known_in_an_order_that_stays():
    url = "https://a.example/"
    group = make_group(source_url=url)
    paper = make_paper("B", url=url)
    make_paper("A", arxiv_id="2006.11239")
    Person.objects.create(name="Nobody")
    person = Person.objects.create(name="Ann", url=url)
    weeks = make_session(16, "Flows", last_number=17, join_url=url)
    leave(weeks, "", file="a.pdf")
    recording = leave(weeks, url, kind="recording")
    leave(weeks, "a.pdf", position=1)
    assert linked({url}) == {
        url: [
            Place(Paper, paper.pk, "B", "address", "id_url", Spot(Paper, paper.pk, "url")),
            Place(Person, person.pk, "Ann", "home page", "id_url", Spot(Person, person.pk, "url")),
            Place(
                Session,
                weeks.pk,
                "16 & 17: Flows",
                "meeting room",
                "id_join_url",
                Spot(Session, weeks.pk, "join_url"),
            ),
            Place(Group, group.pk, "The Owls", "home of the README", "id_source_url"),
            Place(
                Session,
                weeks.pk,
                "16 & 17: Flows",
                "recording",
                "materials-group",
                Spot(Material, recording.pk, "href"),
            ),
        ]
    }
    made = [linked()[made] for made in ("https://arxiv.org/abs/2006.11239", "https://a.example/a.pdf")]
    assert [(place.what, place.spot) for [place] in made] == [("arXiv id", None), ("other", None)]
