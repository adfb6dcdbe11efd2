"""manage.py fetch_arxiv: everything or what is missing, resumable, and clear about what went wrong."""

import io
from unittest import mock

import pytest
from django.core.management import CommandError, call_command

from papers.arxiv_fetch import fetch
from papers.management.commands import fetch_arxiv
from papers.models import ArxivRecord, Paper
from tests.arxiv_server import Known, Reply, arxiv_server
from tests.factories import make_paper


@pytest.fixture
def arxiv(db, settings, monkeypatch):
    settings.ARXIV_DELAY = 0.01
    monkeypatch.setattr(fetch_arxiv, "MOST_IDS", 2)
    with arxiv_server() as server:
        settings.ARXIV_API_URL = server.url
        server.papers = {f"2001.0000{n}": Known(f"P{n}") for n in range(1, 6)}
        yield server


def papers(count, **fields):
    return [make_paper(f"P{n}", arxiv_id=f"2001.0000{n}", **fields) for n in range(1, count + 1)]


def run(*arguments):
    out, err = io.StringIO(), io.StringIO()
    call_command("fetch_arxiv", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_every_paper_on_arxiv_is_asked_for(arxiv):
    papers(5)
    make_paper("Elsewhere")
    del arxiv.papers["2001.00003"]
    arxiv.papers["2001.00004"].title = "Another"
    Paper.objects.filter(title="P4").update(authors="A", abstract="B", published_on="2020-01-01")
    assert run() == (
        "filled 3, differs 1, unchanged 0, problems 1\n",
        "warning: P3 (arXiv:2001.00003): arXiv knows no paper 2001.00003: check the id.\n",
    )
    assert arxiv.asked == [["2001.00001", "2001.00002"], ["2001.00003", "2001.00004"], ["2001.00005"]]


def test_what_was_fetched_within_a_day_is_left_out_unless_again(arxiv):
    papers(2)
    run()
    assert run() == ("filled 0, differs 0, unchanged 0, problems 0\n", "")
    assert run("--again") == ("filled 0, differs 0, unchanged 2, problems 0\n", "")
    assert len(arxiv.asked) == 2


def test_missing_is_what_lacks_something_or_was_never_fetched(arxiv):
    _, bare, never = papers(3)
    run()
    ArxivRecord.objects.update(fetched_at="2020-01-01T00:00Z")
    ArxivRecord.objects.filter(paper=never).delete()
    Paper.objects.filter(pk=bare.pk).update(abstract="")
    run("--missing")
    assert arxiv.asked[2:] == [[bare.arxiv_id, never.arxiv_id]]


def test_arxiv_away_is_one_line_and_the_next_run_goes_on(arxiv):
    papers(4)
    arxiv.replies = [Reply(), *[Reply(503)] * 3]
    with pytest.raises(CommandError) as raised:
        run()
    assert (str(raised.value), raised.value.returncode) == (
        (
            "arXiv is out of order or too busy (HTTP 503). Try again later. "
            "Done 2 of 4 (filled 2, differs 0, unchanged 0, problems 0); the same command goes on with the rest."
        ),
        1,
    )
    assert run()[0] == "filled 2, differs 0, unchanged 0, problems 0\n"


def test_an_interruption_keeps_what_is_done(arxiv):
    papers(3)
    first = fetch(list(Paper.objects.all()[:2]), within=5)
    with (
        mock.patch.object(fetch_arxiv, "fetch", side_effect=[first, KeyboardInterrupt]),
        pytest.raises(CommandError, match=r"^Stopped\. Done 2 of 3 "),
    ):
        run("--again")
    assert Paper.objects.exclude(authors="").count() == 2
    assert run()[0] == "filled 1, differs 0, unchanged 0, problems 0\n"
