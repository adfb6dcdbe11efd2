"""“Fetch from arXiv” in the admin: one and many, what differs side by side, nothing overwritten unseen."""

import html
import re
import threading
from contextlib import contextmanager

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.db import connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from papers import admin_arxiv
from papers.models import ArxivRecord, Paper
from tests.arxiv_server import HTML, Known, Reply, arxiv_server
from tests.factories import make_paper

DDPM = "2006.11239"
THEIRS = "Denoising Diffusion Probabilistic Models"
LIST = "/admin/papers/paper/"
PROGRESS = LIST + "arxiv/"


@pytest.fixture
def arxiv(settings):
    settings.ARXIV_DELAY = 0.01
    with arxiv_server() as server:
        settings.ARXIV_API_URL = server.url
        server.papers[DDPM] = Known(THEIRS)
        yield server


@pytest.fixture
def client(db):
    client = Client()
    client.force_login(User.objects.create(username="ada", is_staff=True, is_superuser=True))
    return client


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def fetch(client, paper):
    return client.post(reverse("admin:papers_paper_arxiv_fetch", args=[paper.pk]))


def shown(client, paper):
    """The page that compares, and the marks of what was seen there, by field."""
    page = client.get(reverse("admin:papers_paper_arxiv", args=[paper.pk])).content.decode()
    return page, dict(re.findall(r'name="(seen-\w+)" value="(\w+)"', page))


def take(client, paper, *fields, **marks):
    url = reverse("admin:papers_paper_arxiv", args=[paper.pk])
    return client.post(url, {"take": fields, **marks})


# --- One --------------------------------------------------------------------------------------------------
def test_the_form_of_a_paper_on_arxiv_leads_to_the_button(client):
    paper, other = make_paper("DDPM", arxiv_id=DDPM), make_paper("Other")
    link = reverse("admin:papers_paper_arxiv", args=[paper.pk])
    assert (
        f'href="{link}"' in client.get(reverse("admin:papers_paper_change", args=[paper.pk])).content.decode()
    )
    assert (
        "Fetch from arXiv"
        not in client.get(reverse("admin:papers_paper_change", args=[other.pk])).content.decode()
    )
    assert "arXiv was not asked about 2006.11239 yet." in shown(client, paper)[0]


def test_one_is_fetched_and_what_differs_is_shown(client, arxiv):
    paper = make_paper("DDPM", arxiv_id=DDPM, authors="Ho")
    response = fetch(client, paper)
    assert response["Location"] == reverse("admin:papers_paper_arxiv", args=[paper.pk])
    assert said(response) == [
        "Filled in from arXiv: abstract, published on.",
        "arXiv says something else: title, authors. Yours stays, unless you take arXiv's over.",
    ]
    page, marks = shown(client, paper)
    assert set(marks) == {"seen-title", "seen-authors"}
    assert "Jonathan Ho<br>Ajay Jain<br>Pieter Abbeel" in page
    response = take(client, paper, "authors", **marks)
    assert said(response)[-1] == "Taken over from arXiv: authors."
    paper.refresh_from_db()
    assert (paper.title, paper.author_names) == ("DDPM", ["Jonathan Ho", "Ajay Jain", "Pieter Abbeel"])
    assert [record.history_user.username for record in paper.history.all()[:2]] == ["ada", "ada"]


def test_a_paper_that_says_the_same_leads_back_to_its_form(client, arxiv):
    paper = make_paper(THEIRS, arxiv_id=DDPM)
    response = fetch(client, paper)
    assert response["Location"] == reverse("admin:papers_paper_change", args=[paper.pk])
    assert said(response) == ["Filled in from arXiv: authors, abstract, published on."]
    assert said(fetch(client, paper))[-1] == "arXiv says the same: nothing to fill in."
    assert "Nothing differs." in shown(client, paper)[0]


def test_what_somebody_changed_meanwhile_is_not_overwritten(client, arxiv):
    paper = make_paper(THEIRS, arxiv_id=DDPM, authors="Ho")
    fetch(client, paper)
    _, marks = shown(client, paper)
    paper.refresh_from_db()
    paper.authors = "Ho et al."
    paper.save()
    response = take(client, paper, "authors", **marks)
    assert said(response)[-1].startswith("Somebody changed it meanwhile, so nothing was taken over.")
    assert Paper.objects.get().authors == "Ho et al."


@pytest.mark.parametrize("fields", [[], ["slug"], ["id", "authors"], ["abstract"]])
def test_only_what_differs_can_be_taken_over(client, arxiv, fields):
    paper = make_paper(THEIRS, arxiv_id=DDPM, authors="Ho")
    fetch(client, paper)
    _, marks = shown(client, paper)
    before = Paper.objects.values().get()
    assert take(client, paper, *fields, **marks).status_code == 302
    assert Paper.objects.values().get() == before


def test_a_title_that_is_anothers_is_not_taken_over(client, arxiv):
    make_paper(THEIRS)
    paper = make_paper("DDPM", arxiv_id=DDPM)
    fetch(client, paper)
    response = take(client, paper, "title", **shown(client, paper)[1])
    assert said(response)[-1].startswith(
        "Nothing was taken over. Another paper is already known by this title"
    )
    assert Paper.objects.get(arxiv_id=DDPM).title == "DDPM"


def test_a_problem_is_a_message_and_the_paper_is_as_it_was(client, arxiv):
    paper = make_paper("DDPM", arxiv_id=DDPM)
    arxiv.always = Reply(503, HTML)
    assert said(fetch(client, paper)) == [
        "arXiv is out of order or too busy (HTTP 503). Try again later. The paper is as it was."
    ]
    assert "(HTTP 503)" in shown(client, paper)[0]
    assert said(fetch(client, make_paper("Other")))[-1].startswith("It has no arXiv id")
    assert Paper.objects.get(pk=paper.pk).authors == ""


# --- Many -------------------------------------------------------------------------------------------------
def choose(client, papers):
    data = {"action": "fetch_from_arxiv", "_selected_action": [paper.pk for paper in papers]}
    return client.post(LIST, data, follow=True)


def step(client):
    return client.post(reverse("admin:papers_paper_fetch_step"), follow=True).content.decode()


def test_many_are_fetched_step_by_step(client, arxiv, monkeypatch):
    monkeypatch.setattr(admin_arxiv, "STEP", 2)
    ids = [f"2001.0000{n}" for n in range(1, 6)]
    papers = [make_paper(f"P{each}", arxiv_id=each) for each in ids]
    arxiv.papers = {each: Known(f"P{each}") for each in ids[:-1]}
    page = choose(client, [*papers, make_paper("Nowhere")]).content.decode()
    assert "1 without an arXiv id left out." in page
    assert '<progress id="progress" max="5" value="0">' in page
    assert arxiv.asked == []  # nothing happens before “Start”
    assert "2 of 5" in step(client)
    # arXiv is away for a step: nothing is lost, and the place is kept.
    arxiv.always = Reply(503, HTML)
    page = step(client)
    assert "2 of 5" in page
    assert "arXiv is out of order" in page
    arxiv.always = None
    assert "2 of 5" in client.get(PROGRESS).content.decode()
    assert "4 of 5" in step(client)
    papers[4].refresh_from_db()
    page = step(client)
    assert "Filled 4, Differs 0, Unchanged 0, Problem 1." in page
    assert "P2001.00005</a>: arXiv knows no paper 2001.00005: check the id." in page
    assert "Back to the papers" in page
    asked = len(arxiv.asked)
    step(client)
    assert len(arxiv.asked) == asked
    assert Paper.objects.exclude(authors="").count() == 4


def test_a_paper_removed_meanwhile_holds_nothing_up(client, arxiv):
    papers = [make_paper("DDPM", arxiv_id=DDPM), make_paper("Gone", arxiv_id="2001.00001")]
    choose(client, papers)
    papers[1].delete()
    assert "2 of 2" in step(client)


def test_without_a_choice_the_page_says_what_to_do(client):
    for page in (client.get(PROGRESS).content.decode(), step(client)):
        assert "Nothing is under way. Every paper with an arXiv id has authors and an abstract." in page


def test_all_that_lacks_metadata_is_fetched_without_choosing(client, arxiv):
    arxiv.papers = {DDPM: Known("DDPM"), "2001.00001": Known("Other")}
    for arxiv_id in (DDPM, "2001.00001"):
        make_paper(f"arXiv:{arxiv_id}", arxiv_id=arxiv_id)
    make_paper("No id")
    make_paper("Known", arxiv_id="2001.00002", authors="Ann", abstract="Said.")
    assert "2 papers are on arXiv, with no authors or abstract here" in client.get(PROGRESS).content.decode()
    assert client.post(PROGRESS + "missing/", follow=True).redirect_chain == [(PROGRESS, 302)]
    assert "2 of 2" in step(client)
    assert [paper.title for paper in Paper.objects.order_by("pk")] == ["DDPM", "Other", "No id", "Known"]


# --- Who, how, how much -----------------------------------------------------------------------------------
@pytest.mark.parametrize("rights", [[], ["view_paper"]])
def test_who_may_not_change_papers_may_not_fetch(arxiv, db, rights):
    user = User.objects.create(username="bob", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client = Client()
    client.force_login(user)
    paper = make_paper("DDPM", arxiv_id=DDPM)
    one = reverse("admin:papers_paper_arxiv", args=[paper.pk])
    answers = [client.get(one), client.post(one), fetch(client, paper), client.get(PROGRESS)]
    answers += [client.post(PROGRESS + "step/"), client.post(PROGRESS + "missing/")]
    assert [answer.status_code for answer in answers] == [403] * 6
    assert arxiv.asked == []


def test_nothing_is_asked_by_a_get_or_without_a_token(client, arxiv):
    paper = make_paper("DDPM", arxiv_id=DDPM)
    urls = [reverse("admin:papers_paper_arxiv_fetch", args=[paper.pk]), PROGRESS + "step/"]
    assert [client.get(url).status_code for url in urls] == [405, 405]
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(User.objects.get())
    assert [careful.post(url).status_code for url in urls] == [403, 403]
    assert arxiv.asked == []


def test_the_list_is_filtered_by_metadata(client, arxiv):
    make_paper("Plain")
    bare, known, odd = (make_paper(f"P{n}", arxiv_id=f"2001.0000{n}") for n in (1, 2, 3))
    arxiv.papers["2001.00002"] = Known("Another title")
    fetch(client, known)
    fetch(client, odd)
    found = {
        value: [
            paper.title
            for paper in client.get(LIST, {"metadata": value}).context_data["cl"].queryset.order_by("pk")
        ]
        for value in ("missing", "differs", "problem")
    }
    assert found == {"missing": [bare.title, odd.title], "differs": [known.title], "problem": [odd.title]}


def test_the_list_costs_the_same_queries_whatever_is_fetched(client):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(LIST, {"metadata": "differs"}).status_code == 200
        return len(queries)

    def one(n):
        paper = make_paper(f"P{n}", arxiv_id=f"2001.0000{n}", authors="Ann", abstract="A.")
        at = paper.history.get().history_date
        ArxivRecord.objects.create(
            paper=paper, arxiv_id=f"2001.0000{n}", title="Other", authors="Bob", fetched_at=at, tried_at=at
        )

    one(1)
    at_one = cost()
    one(2)
    one(3)
    assert cost() == at_one


@pytest.mark.django_db(transaction=True)
def test_a_paper_that_somebody_is_writing_holds_up_none_of_the_others(client, arxiv):
    arxiv.papers = {DDPM: Known("DDPM"), "2001.00001": Known("Other")}
    busy, free = make_paper("DDPM", arxiv_id=DDPM), make_paper("Other", arxiv_id="2001.00001")
    client.post(PROGRESS + "missing/")
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 100")
    try:
        with held_by_somebody_else(busy):
            page = step(client)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
    assert "2 of 2" in page
    assert "Somebody else was writing at the same time" in page
    free.refresh_from_db()
    busy.refresh_from_db()
    assert (bool(free.authors), bool(busy.authors)) == (True, False)


@contextmanager
def held_by_somebody_else(paper):
    """The row is locked by another connection."""
    has_it, may_go = threading.Event(), threading.Event()

    def hold():
        try:
            with transaction.atomic():
                Paper.objects.select_for_update().get(pk=paper.pk)
                has_it.set()
                may_go.wait(10)
        finally:
            connections.close_all()

    other = threading.Thread(target=hold)
    other.start()
    assert has_it.wait(10)
    try:
        yield
    finally:
        may_go.set()
        other.join()


def test_the_form_of_a_paper_says_what_came_of_asking(client, arxiv):
    paper = make_paper("DDPM", arxiv_id=DDPM)
    form = reverse("admin:papers_paper_change", args=[paper.pk])
    assert "Not asked yet" in client.get(form).text
    arxiv.papers = {}
    fetch(client, paper)
    problem = ArxivRecord.objects.get().problem
    assert problem
    assert problem in html.unescape(client.get(form).text)
