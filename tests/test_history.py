"""Every row has a history: who changed what when, in words; and it goes back, or comes back, alone."""

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from papers.adminhistory import SEEN_OTHERWISE
from papers.changes import apart
from papers.models import Paper, Resource
from readinggroup.models import Import
from sessions.merging import merge_papers
from sessions.models import BacklogEntry, Group, Person, Session
from tests.factories import make_group, make_paper, make_session
from tests.test_admin import Inline, management, paper_form, url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(db):
    client = Client()
    user = User.objects.create(
        username="ada", first_name="Ada", last_name="L.", is_staff=True, is_superuser=True
    )
    client.force_login(user)
    return client


def told(lines):
    return [
        (line.what, line.how, line.name, [(each.field, each.old, each.new) for each in line.changes])
        for line in lines
    ]


def entries(client, row, key=None):
    page = client.get(url(type(row), "history", key or row.pk))
    assert Inline(page.content.decode()).refused == []
    return [(moment.kind, moment.who, told(moment.lines)) for moment in page.context_data["shown"]]


def version(row, index):
    """The address of going back to the index-th record of a row, oldest first."""
    record = type(row).history.filter(id=row.pk).order_by("history_id")[index]
    return url(type(row), "simple_history", row.pk, record.pk)


def go_back(client, address):
    """Look at what would change, then confirm."""
    return client.post(address, {"seen": client.get(address).context_data["seen"]})


def test_a_history_says_who_changed_what(client):
    resource = Resource.objects.create(title="Post", url="https://post.example/")
    paper = make_paper("DDPM")
    data = {"kind": "code", "title": "Code", "url": "https://post.example/", "papers": [paper.pk]}
    assert client.post(url(Resource, "change", resource.pk), data).status_code == 302
    assert entries(client, resource) == [
        (
            "Changed",
            "Ada L.",
            [
                (
                    "Resource",
                    "changed",
                    "",
                    [("Kind", "Article", "Code"), ("Title", "Post", "Code"), ("Papers", "nothing", "DDPM")],
                )
            ],
        ),
        (
            "Added",
            "the site",
            [
                (
                    "Resource",
                    "added",
                    "",
                    [
                        ("Kind", "nothing", "Article"),
                        ("Title", "nothing", "Post"),
                        ("Address", "nothing", "https://post.example/"),
                    ],
                )
            ],
        ),
    ]


def test_a_row_goes_back_alone_and_that_is_recorded(client):
    paper = make_paper("First", abstract="Old")
    paper.abstract, paper.authors = "New", "Ann"
    paper.save()
    page = version(paper, 0)
    asked = client.get(page)
    went_back = ("Paper", "changed", "", [("Authors", "Ann", "nothing"), ("Abstract", "New", "Old")])
    assert told(asked.context_data["lines"]) == [went_back]
    paper.refresh_from_db()
    assert paper.abstract == "New"
    assert go_back(client, page).status_code == 302
    paper.refresh_from_db()
    assert (paper.abstract, paper.authors) == ("Old", "")
    assert entries(client, paper)[0] == ("Changed", "Ada L.", [went_back])


def test_going_back_to_what_another_row_has_by_now_is_refused_with_a_message(client):
    paper = make_paper("First", arxiv_id="2006.11239")
    paper.arxiv_id = None
    paper.save()
    make_paper("Second", arxiv_id="2006.11239")
    response = go_back(client, version(paper, 0))
    assert response.status_code == 200
    assert response.context_data["refusals"] == ["ArXiv id: Paper with this ArXiv id already exists."]
    paper.refresh_from_db()
    assert paper.arxiv_id is None


@pytest.mark.parametrize("text", ["x", "0", "9" * 30, "-1", "²"])
def test_a_nonsense_version_is_not_found(client, text):
    paper = make_paper("First")
    assert client.get(url(Paper, "simple_history", paper.pk, text)).status_code == 404
    assert client.post(url(Paper, "simple_history", paper.pk, text)).status_code == 404
    assert client.get(url(Paper, "history", text)).status_code == 302


def test_a_deleted_paper_is_found_and_comes_back_with_its_titles(client):
    paper = make_paper("First")
    paper.titles.create(key="another name")
    key = paper.pk
    client.post(url(Paper, "delete", key), {"post": "yes"})
    listed = client.get(url(Paper, "deleted"))
    assert [row["name"] for row in listed.context_data["rows"]] == ["First"]
    assert Inline(listed.content.decode()).refused == []
    record = Paper.history.filter(id=key, history_type="-").get()
    assert go_back(client, url(Paper, "simple_history", key, record.pk)).status_code == 302
    assert sorted(Paper.objects.get(pk=key).titles.values_list("key", flat=True)) == ["another name", "first"]
    assert client.get(url(Paper, "deleted")).context_data["rows"] == []


def test_a_deleted_resource_comes_back_with_its_papers(client):
    resource = Resource.objects.create(title="Post", url="https://post.example/")
    resource.papers.add(paper := make_paper("DDPM"))
    key = resource.pk
    resource.delete()
    record = Resource.history.filter(id=key, history_type="-").get()
    go_back(client, url(Resource, "simple_history", key, record.pk))
    assert list(Resource.objects.get(pk=key).papers.all()) == [paper]


def test_deleting_many_at_once_is_recorded_row_by_row(client):
    rows = [make_paper(f"Paper {number}") for number in range(3)]
    data = {"action": "delete_selected", "_selected_action": [row.pk for row in rows], "post": "yes"}
    client.post(url(Paper, "changelist"), data)
    assert Paper.objects.count() == 0
    deleted = Paper.history.filter(history_type="-").order_by("id")
    assert [(each.title, each.history_user.username) for each in deleted] == [
        (f"Paper {number}", "ada") for number in range(3)
    ]


def test_every_kind_of_row_has_its_pages(client):
    rows = [make_group(), make_session(1), Person.objects.create(name="Ann"), paper := make_paper("DDPM")]
    rows.append(BacklogEntry.objects.create(paper=paper))
    for row in rows:
        assert client.get(url(type(row), "history", row.pk)).status_code == 200
        assert client.get(url(type(row), "deleted")).status_code == 200
        assert url(type(row), "deleted") in client.get(url(type(row), "changelist")).content.decode()
    done = Import.objects.create(file_name="README.md", document={}, report={})
    assert client.get(url(Import, "history", done.pk)).status_code == 200
    assert isinstance(rows[0], Group)
    assert isinstance(rows[1], Session)


def test_300_records_cost_no_more_queries_than_3(client):
    paper = make_paper("First")

    def cost():
        client.get(url(Paper, "history", paper.pk))
        with CaptureQueriesContext(connection) as queries:
            response = client.get(url(Paper, "history", paper.pk))
        assert len(response.content) < 250_000
        return len(queries)

    for number in range(3):
        paper.abstract = f"{number} " * 2_000
        paper.save()
    few = cost()
    for number in range(300):
        paper.abstract = f"again {number} " * 2_000
        paper.save()
    assert cost() == few <= 25


def test_saving_a_paper_unchanged_says_so(client):
    paper = make_paper("DDPM")
    titles = management("titles", 1, 1) | {
        "titles-0-id": paper.titles.get().pk,
        "titles-0-paper": paper.pk,
        "titles-0-key": "ddpm",
    }
    client.post(url(Paper, "change", paper.pk), paper_form(slug="ddpm") | titles)
    assert entries(client, paper)[0] == ("Changed", "Ada L.", [])


# --- Titles, names and former identifiers, which are rows below ----------------------------------------------
def rename(paper, title, **rows):
    """What the form of a paper sends with this title, and other texts (or None) for the titles of some keys."""
    titles = list(paper.titles.all())
    sent = paper_form(title=title, slug=paper.slug) | management("titles", len(titles), len(titles))
    for index, row in enumerate(titles):
        said = rows.get(row.key, row.key)
        sent |= {f"titles-{index}-id": row.pk, f"titles-{index}-paper": paper.pk}
        sent |= {f"titles-{index}-key": said or row.key} | ({} if said else {f"titles-{index}-DELETE": "on"})
    return sent


def test_a_history_says_which_titles_and_identifiers_came_and_went(client):
    paper = make_paper("DDPM")
    paper.titles.create(key="ho")
    page = url(Paper, "change", paper.pk)
    client.post(page, rename(paper, "DDPM", ho="ho et al"))
    client.post(page, rename(paper, "DDPM", **{"ho et al": None}))
    client.post(page, rename(paper, "Diffusion") | {"slug": "diffusion"})
    renamed = [("Title", "DDPM", "Diffusion"), ("Slug", "ddpm", "diffusion")]
    assert entries(client, paper) == [
        (
            "Changed",
            "Ada L.",
            [
                ("Paper", "changed", "", renamed),
                ("Title that finds it", "added", "diffusion", []),
                ("Former identifier", "added", "ddpm", [("Kind", "nothing", "Page on this site")]),
            ],
        ),
        ("Changed", "Ada L.", [("Title that finds it", "removed", "ho et al", [])]),
        ("Changed", "Ada L.", [("Title that finds it", "changed", "ho et al", [("Key", "ho", "ho et al")])]),
        ("Changed", "the site", [("Title that finds it", "added", "ho", [])]),
        (
            "Added",
            "the site",
            [
                ("Paper", "added", "", [("Title", "nothing", "DDPM"), ("Slug", "nothing", "ddpm")]),
                ("Title that finds it", "added", "ddpm", []),
            ],
        ),
    ]


def test_a_history_says_which_names_came_and_went(client):
    person = Person.objects.create(name="Ann")
    rows = management("names", 2, 1) | {"names-0-id": person.names.get().pk, "names-0-person": person.pk}
    rows |= {"names-0-name": "Ann", "names-1-name": "Nan", "names-1-person": person.pk}
    client.post(url(Person, "change", person.pk), {"name": "Ann", "slug": "ann", **rows})
    assert entries(client, person)[0] == ("Changed", "Ada L.", [("Name that finds them", "added", "Nan", [])])


def test_going_back_brings_titles_back_and_takes_none_away(client):
    paper = make_paper("DDPM")
    with transaction.atomic():
        for key in ("ho", "jain", "abbeel"):
            paper.titles.create(key=key)
        paper.save()
    then = version(paper, 1)
    client.post(url(Paper, "change", paper.pk), rename(paper, "DDPM", ho="ho et al", jain=None, abbeel=None))
    make_paper("Abbeel")
    paper.titles.create(key="since")
    assert told(client.get(then).context_data["lines"]) == [
        ("Title that finds it", "changed", "ho", [("Key", "ho et al", "ho")]),
        ("Title that finds it", "added", "jain", []),
        ("Title that finds it", "added", "abbeel", []),
    ]
    _, lost = get_messages(go_back(client, then).wsgi_request)
    assert str(lost) == "“abbeel” leads to another paper now and stays there."
    assert sorted(paper.titles.values_list("key", flat=True)) == ["ddpm", "ho", "jain", "since"]


def test_a_title_that_a_merge_brought_came_and_one_that_it_took_went(client):
    keep, lose = make_paper("Kept"), make_paper("Lost")
    gone = lose.pk
    merge_papers(keep, lose)
    came: tuple[object, ...] = ("Title that finds it", "added", "lost", [])
    former = ("Former identifier", "added", "lost", [("Kind", "nothing", "Page on this site")])
    assert entries(client, keep)[0] == ("Changed", "the site", [came, former])
    went: list[object] = [("Paper", "removed", "", []), ("Title that finds it", "removed", "lost", [])]
    assert entries(client, keep, gone)[0] == ("Deleted", "the site", went)


def test_what_a_merge_took_stays_there_when_the_other_is_brought_back(client):
    keep, lose = make_paper("Kept"), make_paper("Lost", abstract="A")
    lose.titles.create(key="lost too")
    gone = lose.pk
    merge_papers(keep, lose)
    keep.titles.get(key="lost").delete()
    page = url(Paper, "simple_history", gone, Paper.history.filter(id=gone, history_type="-").get().pk)
    _, said = get_messages(go_back(client, page).wsgi_request)
    assert str(said) == "“lost too” leads to another paper now and stays there."
    assert [title.key for title in Paper.objects.get(pk=gone).titles.all()] == ["lost"]
    assert sorted(title.key for title in keep.titles.all()) == ["kept", "lost too"]


def test_of_a_long_text_only_what_changed_is_shown():
    before = "x" * 500 + "old" + "y" * 500
    after = "x" * 500 + "new" + "y" * 500
    assert apart(before, after) == (f"…{'x' * 40}old{'y' * 40}…", f"…{'x' * 40}new{'y' * 40}…")
    assert apart("old", "new") == ("old", "new")


def test_going_back_overwrites_nothing_that_was_saved_after_one_looked(client):
    paper = make_paper("DDPM")
    paper.abstract = "Ours"
    paper.save()
    address = version(paper, 0)
    seen = client.get(address).context_data["seen"]
    paper.abstract = "A colleague's"
    paper.save()
    for sent in ({"seen": seen}, {}):
        response = client.post(address, sent)
        assert response.context_data["refusals"] == [SEEN_OTHERWISE]
        assert "A colleague&#x27;s" in response.text
        paper.refresh_from_db()
        assert paper.abstract == "A colleague's"
    assert client.post(address, {"seen": response.context_data["seen"]}).status_code == 302
    paper.refresh_from_db()
    assert paper.abstract == ""


def test_who_deletes_is_led_to_where_it_comes_back(client):
    paper = make_paper("DDPM")
    said = client.post(url(Paper, "delete", paper.pk), {"post": "yes"}, follow=True).context["messages"]
    back = url(Paper, "history", paper.pk)
    assert [str(message) for message in said][1:] == [
        f'Deleted by mistake? <a href="{back}">Bring it back</a>'
    ]
