"""What arXiv says of papers: asked politely, believed only when whole, filled in only where nothing stands."""

import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest
from django.conf import settings as the_settings
from django.contrib.auth.models import User
from django.utils import timezone

from papers import arxiv_turn
from papers.arxiv_api import ArxivError, Found, Missing, ask
from papers.arxiv_fetch import Came, SeenOtherwiseError, comparisons, differing, fetch, take_over
from papers.models import ArxivRecord, ArxivTurn, Paper, PaperAlias, PaperTitle
from tests.arxiv_server import HTML, Known, Reply, arxiv_server, error, page
from tests.checkouts import BASE_DIR
from tests.factories import make_paper
from tests.servers import production, url_of_the_test_database

DDPM = "2006.11239"
OLD = "hep-th/9901001"
THEIRS = "Denoising Diffusion Probabilistic Models"
AUTHORS = "Jonathan Ho\nAjay Jain\nPieter Abbeel"
ABSTRACT = "We present high quality image synthesis results using diffusion probabilistic models."


@pytest.fixture
def arxiv(settings):
    settings.ARXIV_DELAY = 0.02
    with arxiv_server() as server:
        settings.ARXIV_API_URL = server.url
        server.papers[DDPM] = Known(THEIRS)
        yield server


def whole(paper):
    return (paper.title, paper.authors, paper.abstract, paper.published_on, paper.doi)


# --- Asking -----------------------------------------------------------------------------------------------
def test_many_are_asked_in_one_request_and_found_by_their_ids(db, arxiv):
    arxiv.papers[OLD] = Known(
        "Strings\n  and  $\\beta$\n  Branes", ["Ed  Witten"], "One\nline.\n  Another\nparagraph.", version=11
    )
    arxiv.papers[OLD].published, arxiv.papers[OLD].doi = (
        "1999-01-01T23:59:59Z",
        "10.1103/PhysRevD.1 10.1/second",
    )
    assert ask([DDPM, "2001.99999", OLD], within=5) == {
        DDPM: Found(THEIRS, ("Jonathan Ho", "Ajay Jain", "Pieter Abbeel"), ABSTRACT, date(2020, 6, 19)),
        "2001.99999": Missing("arXiv knows no paper 2001.99999: check the id."),
        OLD: Found(
            "Strings and $\\beta$ Branes",
            ("Ed Witten",),
            "One line.\n\nAnother paragraph.",
            date(1999, 1, 1),
            "10.1103/physrevd.1",
        ),
    }
    assert arxiv.asked == [[DDPM, "2001.99999", OLD]]
    assert ask([], within=5) == {}


def test_the_day_is_that_of_utc(db, arxiv):
    arxiv.papers[DDPM].published = "2020-06-19T23:30:00-04:00"
    answer = ask([DDPM], within=5)[DDPM]
    assert isinstance(answer, Found)
    assert answer.published_on == date(2020, 6, 20)


def test_one_id_that_arxiv_cannot_read_does_not_spoil_the_others(db, arxiv):
    arxiv.replies = [Reply(400, page([DDPM, "2001.00001"], [error("incorrect id format for 2001.00001")]))]
    answers = ask([DDPM, "2013.00001", "2001.00001"], within=5)
    assert type(answers.pop(DDPM)) is Found
    assert answers == {
        "2013.00001": Missing("“2013.00001” is no arXiv id: correct it."),
        "2001.00001": Missing("arXiv says that “2001.00001” is no id of its own: correct it."),
    }
    assert arxiv.asked == [[DDPM, "2001.00001"], [DDPM]]


def test_an_error_entry_with_status_200_is_no_paper(db, arxiv):
    arxiv.always = Reply(200, page([DDPM], [error("incorrect id format for elsewhere")]))
    with pytest.raises(ArxivError, match="arXiv refused the question because of “elsewhere”"):
        ask([DDPM], within=5)


def test_an_answer_for_another_id_is_not_taken(db, arxiv):
    arxiv.papers[DDPM].answers_as = "2001.00001"
    assert ask([DDPM], within=5) == {
        DDPM: Missing("arXiv answered for another paper (2001.00001): check the id.")
    }


def test_a_feed_that_counts_more_than_it_holds_is_asked_for_once(db, arxiv):
    feed = page([DDPM], [], count=7).replace(b"</feed>", b"<entry><title>x</title></entry></feed>")
    arxiv.always = Reply(200, feed)
    assert ask([DDPM], within=5) == {DDPM: Missing(f"arXiv knows no paper {DDPM}: check the id.")}
    assert len(arxiv.asked) == 1


def test_an_empty_answer_for_many_is_asked_twice(db, arxiv):
    arxiv.replies = [Reply(200, page([], []))]
    assert type(ask([DDPM, "2001.99999"], within=5)[DDPM]) is Found
    arxiv.always = Reply(200, page([], []))
    assert {type(answer) for answer in ask([DDPM, "2001.99999"], within=5).values()} == {Missing}
    assert len(arxiv.asked) == 4


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(429, b"Rate exceeded."), "arXiv has too many requests just now (HTTP 429). Try again later."),
        (Reply(503, HTML), "arXiv is out of order or too busy (HTTP 503). Try again later."),
        (Reply(500, b""), "arXiv is out of order or too busy (HTTP 500). Try again later."),
        (Reply(200, HTML), "arXiv's answer is no feed of papers. Try again later."),
        (Reply(200, b""), "arXiv's answer is broken or cut off. Try again later."),
        (Reply(200, b"<rss/>"), "arXiv's answer is no feed of papers. Try again later."),
        (Reply(truncate=0.8), "arXiv's answer is broken or cut off. Try again later."),
        (Reply(cut_at=0.8), "arXiv could not be reached, or the connection broke. Try again later."),
        (Reply(reset=True), "arXiv could not be reached, or the connection broke. Try again later."),
        (Reply(200, page([DDPM], []).replace(b"</feed>", b"<entry><id>http://arxiv.org/abs/2006.11239v1</id><updated>soon</updated><published>once</published></entry></feed>")), "arXiv's answer is broken: an entry cannot be read. Try again later."),
    ],
    ids=["429", "503", "500", "html", "nothing", "rss", "truncated", "cut", "reset", "dates"],
)  # fmt: skip
def test_what_goes_wrong_is_tried_three_times_and_said(db, arxiv, reply, said):
    arxiv.always = reply
    with pytest.raises(ArxivError) as raised:
        ask([DDPM], within=5)
    assert (str(raised.value), len(arxiv.asked)) == (said, 3)


@pytest.mark.parametrize("reply", [Reply(503), Reply(truncate=0.5), Reply(reset=True), Reply(429)])
def test_what_goes_wrong_once_is_no_problem(db, arxiv, reply):
    arxiv.replies = [reply]
    assert type(ask([DDPM], within=5)[DDPM]) is Found
    assert len(arxiv.asked) == 2


def test_a_refusal_for_good_is_not_repeated(db, arxiv):
    arxiv.always = Reply(403, HTML)
    with pytest.raises(ArxivError, match=r"^arXiv refused the question \(HTTP 403\)\. If it stays"):
        ask([DDPM], within=5)
    assert len(arxiv.asked) == 1


def test_nobody_there_is_a_message(db, settings):
    settings.ARXIV_DELAY, settings.ARXIV_API_URL = 0.01, "http://127.0.0.1:1/api/query"
    with pytest.raises(ArxivError, match=r"^arXiv could not be reached"):
        ask([DDPM], within=5)


@pytest.mark.parametrize("reply", [Reply(delay=30), Reply(drip=0.05)], ids=["silent", "dripping"])
def test_a_slow_answer_has_an_end(db, arxiv, reply):
    arxiv.always = reply
    began = time.monotonic()
    with pytest.raises(ArxivError, match=r"^arXiv did not answer in time\. Try again later\.$"):
        ask([DDPM], within=0.3)
    assert time.monotonic() - began < 2


def test_a_pause_that_arxiv_asks_for_is_everybodys(db, arxiv):
    arxiv.replies = [Reply(429, b"Rate exceeded.", {"Retry-After": "600"})]
    for said in (r"\(HTTP 429\)\. Try again in 10 minutes\.$", r"^The site has to pause before"):
        began = time.monotonic()
        with pytest.raises(ArxivError, match=said):
            ask([DDPM], within=5)
        assert time.monotonic() - began < 2
    assert len(arxiv.asked) == 1


def test_a_pause_may_be_a_date_and_has_bounds(db, arxiv):
    for value, seconds in (
        (format_datetime(datetime.now(UTC) + timedelta(seconds=120), usegmt=True), 120),
        ("99999999", 900),
    ):
        ArxivTurn.objects.all().delete()
        arxiv.replies = [Reply(503, b"", {"Retry-After": value})]
        with pytest.raises(ArxivError):
            ask([DDPM], within=1)
        wait = (ArxivTurn.objects.get().free_at - timezone.now()).total_seconds()
        assert abs(wait - seconds) < 5, value
    ArxivTurn.objects.all().delete()
    arxiv.replies = [Reply(503, b"", {"Retry-After": word}) for word in ("soon", "-1")]
    assert type(ask([DDPM], within=5)[DDPM]) is Found


def test_a_short_pause_is_waited_for(db, arxiv):
    arxiv.replies = [Reply(503, b"", {"Retry-After": "1"})]
    ask([DDPM], within=5)
    assert 0.9 < arxiv.times[1] - arxiv.times[0] < 3


# --- In turn ----------------------------------------------------------------------------------------------
def test_requests_are_three_seconds_apart():
    assert the_settings.ARXIV_DELAY == 3.0


def test_one_process_keeps_its_distance(db, arxiv, settings):
    settings.ARXIV_DELAY = 0.2
    for _ in range(3):
        ask([DDPM], within=5)
    assert all(later - sooner >= 0.2 for sooner, later in pairwise(arxiv.times))


@pytest.mark.django_db(transaction=True)
def test_two_processes_keep_their_distance(arxiv):
    script = (
        "import django; django.setup()\n"
        "from django.conf import settings; settings.ARXIV_DELAY = 0.3\n"
        "from papers.arxiv_api import ask\n"
        "for _ in range(3): ask(['2006.11239'], within=20)"
    )
    variables = production(
        DATABASE_URL=url_of_the_test_database(),
        ARXIV_API_URL=arxiv.url,
        DJANGO_SETTINGS_MODULE="readinggroup.settings",
    )
    command = [sys.executable, "-c", script]
    both = [subprocess.Popen(command, cwd=BASE_DIR, env=variables, stderr=subprocess.PIPE) for _ in range(2)]
    assert [(process.communicate(timeout=60)[1], process.returncode) for process in both] == [(b"", 0)] * 2
    assert len(arxiv.times) == 6
    assert all(later - sooner >= 0.3 for sooner, later in pairwise(arxiv.times))


def test_a_turn_that_was_never_given_back_ends(db):
    arxiv_turn.take(time.monotonic() + 1, loan=0.1)
    arxiv_turn.take(time.monotonic() + 1, loan=30)
    with pytest.raises(arxiv_turn.NotYetError):
        arxiv_turn.take(time.monotonic() + 0.1, loan=30)


def test_a_turn_that_came_back_too_late_shortens_no_others(db, settings):
    settings.ARXIV_DELAY = 0.01
    late = arxiv_turn.take(time.monotonic() + 1, loan=0.01)
    time.sleep(0.02)
    arxiv_turn.take(time.monotonic() + 1, loan=30)
    arxiv_turn.give_back(late)
    with pytest.raises(arxiv_turn.NotYetError):
        arxiv_turn.take(time.monotonic() + 0.1, loan=30)


# --- Filling in -------------------------------------------------------------------------------------------
def test_what_is_empty_is_filled_in_with_a_reason(db, arxiv):
    arxiv.papers[DDPM].doi = "10.5555/DDPM"
    ada = User.objects.create(username="ada")
    paper = make_paper("DDPM", arxiv_id=DDPM)
    [outcome] = fetch([paper], within=5, user=ada)
    assert (outcome.came, outcome.filled, outcome.differs, outcome.problem) == (
        Came.FILLED, ("authors", "abstract", "published_on", "doi"), ("title",), ""
    )  # fmt: skip
    paper.refresh_from_db()
    assert whole(paper) == ("DDPM", AUTHORS, ABSTRACT, date(2020, 6, 19), "10.5555/ddpm")
    newest = paper.history.first()
    assert (newest.history_change_reason, newest.history_user) == ("arXiv", ada)
    record = ArxivRecord.objects.get()
    assert (record.paper, record.arxiv_id, record.title, record.authors, record.abstract, record.problem) == (
        paper, DDPM, THEIRS, AUTHORS, ABSTRACT, ""
    )  # fmt: skip
    assert (record.published_on, record.doi, record.fetched_at) == (
        date(2020, 6, 19),
        "10.5555/ddpm",
        record.tried_at,
    )
    # Both titles find it.
    assert [Paper.objects.known_as(title).get() for title in ("DDPM", THEIRS)] == [paper, paper]
    [outcome] = fetch([paper], within=5)
    assert (outcome.came, outcome.filled, outcome.differs) == (Came.DIFFERS, (), ("title",))
    assert paper.history.count() == 2


def test_what_is_too_long_is_cut_with_a_note_and_then_the_same(db, arxiv):
    names = [f"Author {number:04}" for number in range(3000)]
    arxiv.papers[DDPM] = Known(THEIRS, names, "x" * 30_000)
    paper = make_paper(THEIRS, arxiv_id=DDPM)
    assert [outcome.came for outcome in fetch([paper], within=5)] == [Came.FILLED]
    paper.refresh_from_db()
    assert paper.author_names == [*names[:1664], "and 1,336 others"]
    assert paper.abstract == "x" * 19_971 + " … (cut here: arXiv has more)"
    assert [len(text) <= 20_000 for text in (paper.authors, paper.abstract)] == [True, True]
    assert [outcome.came for outcome in fetch([paper], within=5)] == [Came.UNCHANGED]


def test_what_the_group_wrote_stays(db, arxiv):
    paper = make_paper(
        "DDPM", arxiv_id=DDPM, authors="Ho et al.", abstract="Ours.", published_on=date(2020, 1, 1)
    )
    [outcome] = fetch([paper], within=5)
    assert (outcome.came, outcome.differs) == (Came.DIFFERS, ("title", "authors", "abstract", "published_on"))
    paper.refresh_from_db()
    assert whole(paper) == ("DDPM", "Ho et al.", "Ours.", date(2020, 1, 1), None)
    assert paper.history.count() == 1


def test_case_and_white_space_are_no_difference(db, arxiv):
    authors = "Jonathan Ho\r\nAjay Jain \r\nPieter Abbeel\r\n"
    paper = make_paper(
        THEIRS.upper(), arxiv_id=DDPM, authors=authors, abstract=ABSTRACT, published_on=date(2020, 6, 19)
    )
    assert [outcome.came for outcome in fetch([paper], within=5)] == [Came.UNCHANGED]
    assert not Paper.objects.differing_from_arxiv().exists()


@pytest.mark.parametrize("title", ["arXiv:2006.11239", "2006.11239", "https://arxiv.org/abs/2006.11239v2"])
def test_a_title_that_is_only_the_id_is_replaced(db, arxiv, title):
    paper = make_paper(title, arxiv_id=DDPM)
    former = paper.slug
    [outcome] = fetch([paper], within=5)
    assert outcome.filled == ("title", "authors", "abstract", "published_on")
    paper.refresh_from_db()
    assert (paper.title, paper.slug) == (THEIRS, "denoising-diffusion-probabilistic-models")
    assert [Paper.objects.known_as(known).get() for known in (title, THEIRS)] == [paper, paper]
    assert Paper.objects.with_slug(former).get() == paper


def test_a_title_that_another_paper_has_is_left_to_the_organizer(db, arxiv):
    other = make_paper(THEIRS)
    paper = make_paper(f"arXiv:{DDPM}", arxiv_id=DDPM)
    [outcome] = fetch([paper], within=5)
    assert outcome.came is Came.PROBLEM
    assert outcome.problem == (
        "Nothing was filled in, since another paper has a part of it. Another paper is already known by this title: "
        f"{THEIRS} (/papers/{other.slug}/)."
    )
    paper.refresh_from_db()
    assert whole(paper) == (f"arXiv:{DDPM}", "", "", None, None)
    assert ArxivRecord.objects.get().problem == outcome.problem
    assert Paper.objects.known_as(THEIRS).get() == other


def test_a_title_or_doi_that_finds_another_paper_goes_on_doing_so(db, arxiv):
    arxiv.papers[DDPM].doi = "10.5555/ddpm"
    other = make_paper("Other", doi="10.5555/ddpm")
    PaperTitle.objects.create(paper=other, key="denoising diffusion probabilistic models")
    paper = make_paper("DDPM", arxiv_id=DDPM)
    [outcome] = fetch([paper], within=5)
    assert outcome.filled == ("authors", "abstract", "published_on")
    assert Paper.objects.known_as(THEIRS).get() == Paper.objects.at("10.5555/ddpm").get() == other


def test_on_any_problem_the_paper_stays_as_it_was(db, arxiv):
    paper = make_paper("DDPM", arxiv_id=DDPM)
    arxiv.always = Reply(503, HTML)
    with pytest.raises(ArxivError):
        fetch([paper], within=5)
    record = ArxivRecord.objects.get()
    assert (record.problem, record.fetched_at) == (
        "arXiv is out of order or too busy (HTTP 503). Try again later.",
        None,
    )
    paper.refresh_from_db()
    assert (whole(paper), paper.history.count()) == (("DDPM", "", "", None, None), 1)
    assert list(Paper.objects.with_arxiv_problem()) == [paper]
    # What arXiv said before is kept when it says nothing now.
    arxiv.always = None
    fetch([paper], within=5)
    assert not Paper.objects.with_arxiv_problem().exists()
    del arxiv.papers[DDPM]
    [outcome] = fetch([paper], within=5)
    assert (outcome.came, outcome.problem) == (Came.PROBLEM, f"arXiv knows no paper {DDPM}: check the id.")
    record.refresh_from_db()
    assert (record.problem, record.title) == (outcome.problem, THEIRS)
    assert list(Paper.objects.with_arxiv_problem()) == [paper]


def test_what_arxiv_said_of_a_former_id_is_forgotten(db, arxiv):
    paper = make_paper("DDPM", arxiv_id=DDPM)
    fetch([paper], within=5)
    paper.refresh_from_db()
    paper.arxiv_id = "2001.99999"
    paper.save()
    assert differing(paper) == ()
    fetch([paper], within=5)
    record = ArxivRecord.objects.get()
    assert (record.arxiv_id, record.title, record.authors, record.fetched_at) == ("2001.99999", "", "", None)


def test_what_somebody_did_while_arxiv_was_asked_stays(db, arxiv):
    edited, moved, gone = (make_paper(f"P{n}", arxiv_id=f"2001.0000{n}") for n in (1, 2, 3))
    arxiv.papers |= {f"2001.0000{n}": Known(f"P{n}") for n in (1, 2, 3)}
    paper = Paper.objects.get(pk=edited.pk)
    paper.authors = "Somebody"
    paper.save()
    paper = Paper.objects.get(pk=moved.pk)
    paper.arxiv_id = "2001.00009"
    paper.save()
    Paper.objects.get(pk=gone.pk).delete()
    # The rows as they were before.
    outcomes = fetch([edited, moved, gone], within=5)
    assert [(outcome.came, outcome.problem) for outcome in outcomes] == [
        (Came.FILLED, ""),
        (Came.PROBLEM, "Somebody changed its arXiv id meanwhile."),
        (Came.PROBLEM, "Somebody removed it meanwhile."),
    ]
    assert Paper.objects.get(pk=edited.pk).authors == "Somebody"
    assert whole(Paper.objects.get(pk=moved.pk)) == ("P2", "", "", None, None)


# --- Taking over ------------------------------------------------------------------------------------------
def compared(paper):
    paper.refresh_from_db()
    return {each.name: each for each in comparisons(paper, ArxivRecord.objects.get(paper=paper))}


def test_only_what_is_chosen_is_taken_over(db, arxiv):
    arxiv.papers[DDPM].doi = "10.5555/new"
    paper = make_paper("DDPM", arxiv_id=DDPM, authors="Ho", abstract="Ours.", doi="10.5555/old")
    fetch([paper], within=5)
    shown = compared(paper)
    assert {name for name, each in shown.items() if each.differs} == {"title", "authors", "abstract", "doi"}
    take_over(paper.pk, {name: shown[name].seen for name in ("title", "doi")})
    paper.refresh_from_db()
    assert whole(paper) == (THEIRS, "Ho", "Ours.", date(2020, 6, 19), "10.5555/new")
    assert paper.history.first().history_change_reason == "arXiv"
    assert Paper.objects.known_as("DDPM").get() == Paper.objects.at("10.5555/old").get() == paper
    assert PaperAlias.objects.get().kind == "doi"


@pytest.mark.parametrize("who", ["group", "arxiv"])
def test_nothing_is_overwritten_unseen(db, arxiv, who):
    paper = make_paper(THEIRS, arxiv_id=DDPM, authors="Ho", abstract="Ours.")
    fetch([paper], within=5)
    shown = compared(paper)
    if who == "group":
        paper.authors = "Ho et al."
        paper.save()
    else:
        ArxivRecord.objects.update(authors="J. Ho")
    with pytest.raises(SeenOtherwiseError):
        take_over(paper.pk, {name: shown[name].seen for name in ("authors", "abstract")})
    assert Paper.objects.get().abstract == "Ours."
    assert Paper.objects.get().authors == ("Ho et al." if who == "group" else "Ho")


# --- On the site ------------------------------------------------------------------------------------------
def test_the_page_of_a_paper_shows_what_was_fetched(db, arxiv, client):
    arxiv.papers[DDPM].abstract = "We take $\\alpha < 1$ & more.\n  A second <b>paragraph</b>."
    paper = make_paper("DDPM", arxiv_id=DDPM)
    fetch([paper], within=5)
    page = client.get(paper.get_absolute_url()).content.decode()
    assert "Jonathan Ho, Ajay Jain, Pieter Abbeel, 2020" in page
    assert page.count("<math") == 1
    assert "<p>A second &lt;b&gt;paragraph&lt;/b&gt;.</p>" in page


def test_many_authors_are_folded(db, arxiv, client):
    arxiv.papers[DDPM].authors = [f"Author {n}" for n in range(1, 26)]
    paper = make_paper("DDPM", arxiv_id=DDPM)
    fetch([paper], within=5)
    page = client.get(paper.get_absolute_url()).content.decode()
    assert "Author 9, Author 10 and 15 more, 2020</p>" in page
    assert "<summary>All 25 authors</summary>" in page
    assert "Author 24, Author 25</p></details>" in page
