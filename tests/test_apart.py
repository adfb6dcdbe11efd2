"""A merge is taken apart: all is as it was before, but for what somebody changed since, which stays and is said."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission, User
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from papers.merging import MergeRefusedError
from papers.models import ArxivRecord, Paper, PaperAlias, PaperTitle, Resource, TwoPapers
from papers.refusals import RefusedError, refusals_in_words
from sessions.apart import find, take_apart, what_goes_back, what_stays
from sessions.merging import merge_papers, merge_people, newest_record
from sessions.models import BacklogEntry, Person, PersonName, PersonSlug, Reading, Session, TwoPeople
from tests.factories import leave, make_group, make_paper, make_session, read
from tests.test_admin import Inline, client, organizer  # noqa: F401 (two of them are fixtures)
from tests.test_merge_admin import form, said, url
from tests.test_merge_then_import import NOTHING, bring_in, counts

pytestmark = pytest.mark.django_db(transaction=True)
# What no record has, or what taking apart adds by itself.
APART_FROM = {"revision", "said_at"}


def everything():
    """All rows of papers and sessions as they stand, with whom they name."""
    found = {}
    for label in ("papers", "reading_sessions"):
        for model in apps.get_app_config(label).get_models(include_auto_created=True):
            if (
                model._meta.managed
                and "Historical" not in model.__name__
                and not issubclass(model, TwoPapers | TwoPeople)
            ):
                rows = model._default_manager.order_by("pk").values()
                # The keys of links are nobody's; what they link is.
                names = APART_FROM | ({"id"} if model._meta.auto_created else set())
                found[model._meta.label] = sorted(
                    str({name: value for name, value in row.items() if name not in names}) for row in rows
                )
    return found


def papers():
    """Two papers with everything that a paper can have, some of it both."""
    keep = make_paper("Denoising Diffusion Probabilistic Models", authors="Ho\nJain")
    lose = make_paper(
        "DDPM", arxiv_id="2006.11239", url="https://ddpm.example/", doi="10.1000/d", abstract="We"
    )
    third = make_paper("Third")
    PaperTitle.objects.create(paper=lose, key="ho et al")
    PaperAlias.objects.create(paper=lose, kind="arxiv", value="2001.00003")
    PaperAlias.objects.create(paper=keep, kind="doi", value="10.1000/d")  # becomes its own
    PaperAlias.objects.create(paper=third, kind="slug", value="ddpm")  # leads to the kept one
    first, second = make_session(1), make_session(2)
    ann = Person.objects.create(name="Ann")
    read(first, keep)
    read(first, lose, label=keep.title)  # said twice, so it is dropped
    read(second, lose, presenters=[ann], note="part 1")
    for number, owners in enumerate(([keep, lose], [lose], [keep])):
        Resource.objects.create(title="Code", url=f"https://code.example/{number}").papers.set(owners)
    ArxivRecord.objects.create(
        paper=lose, arxiv_id="2006.11239", tried_at=timezone.now(), fetched_at=timezone.now()
    )
    return keep, lose


def people():
    keep = Person.objects.create(name="Jeremy Howard")
    lose = Person.objects.create(name="Jeremy Howrd", url="https://jph.example/")
    PersonName.objects.create(person=lose, name="@jph")
    PersonSlug.objects.create(person=lose, slug="jph")
    PersonSlug.objects.create(person=keep, slug="jeremy-howrd")  # of old
    session, other = make_session(1), make_session(2)
    session.presenters.set([keep, lose])
    other.presenters.set([lose])
    read(session, label="x", presenters=[lose])
    leave(session, "x.pdf", presenters=[lose, keep])
    return keep, lose


def looked_at(keep, record=0):
    """The merge of a record of the row that stayed, or of its newest, as it stands now."""
    done = find(type(keep), keep.pk, record or newest_record(keep) or 0)
    assert done
    return done


def undone(keep, record=0):
    """What stays as it is when the merge is taken apart."""
    done = looked_at(keep, record)
    row, stays = take_apart(done, user=None, seen=done.seen)
    assert row == type(keep).objects.get(pk=done.lost.key)
    return stays


# --- All of it ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("called_as_lost", [False, True])
@pytest.mark.parametrize("backlog", ["none", "of the lost", "kept first", "lost first"])
def test_two_papers_are_as_they_were(backlog, called_as_lost):
    keep, lose = papers()
    places = {
        "none": {},
        "of the lost": {lose: 2},
        "kept first": {keep: 1, lose: 2},
        "lost first": {lose: 1, keep: 2},
    }
    for paper, position in places[backlog].items():
        BacklogEntry.objects.create(paper=paper, position=position, label=f"{position}.", override="covered")
    before = everything()
    merged = merge_papers(keep, lose, called_as_lost=called_as_lost)
    assert (merged.readings, merged.dropped) == ((1, 1) if not called_as_lost else (2, 0))
    assert everything() != before
    assert undone(keep) == []
    assert everything() == before
    assert TwoPapers.objects.pairs() == {(keep.pk, lose.pk)}


@pytest.mark.parametrize("called_as_lost", [False, True])
def test_two_people_are_as_they_were(called_as_lost):
    keep, lose = people()
    before = everything()
    merge_people(keep, lose, called_as_lost=called_as_lost)
    assert everything() != before
    assert undone(keep) == []
    assert everything() == before
    assert TwoPeople.objects.pairs() == {(keep.pk, lose.pk)}


def test_they_can_be_merged_again_and_taken_apart_again():
    keep, lose = papers()
    before = everything()
    for _ in range(2):
        keep, lose = Paper.objects.get(pk=keep.pk), Paper.objects.get(pk=lose.pk)
        merge_papers(keep, lose)
        undone(keep)
        assert everything() == before


def test_a_chain_of_merges_is_taken_apart_from_its_end(db):
    a, b, c = (make_paper(title, arxiv_id=f"2001.0000{n}") for n, title in enumerate("ABC", 1))
    session = make_session(1)
    read(session, a)
    before = everything()
    merge_papers(b, a)
    first = newest_record(b) or 0
    merge_papers(c, b)
    with pytest.raises(MergeRefusedError, match="“B” is gone itself"):
        undone(b, first)
    undone(c)
    undone(b, first)
    assert everything() == before


def test_sessions_whose_lines_change_are_one_revision_on():
    keep, lose = papers()
    make_session(3)
    merge_papers(keep, lose)
    before = list(Session.objects.order_by("number").values_list("revision", flat=True))
    undone(keep)
    first, second, untouched = before
    assert list(Session.objects.order_by("number").values_list("revision", flat=True)) == [
        first + 1,
        second + 1,
        untouched,
    ]


def test_an_import_of_the_same_file_then_changes_nothing():
    assert counts(bring_in()[0]) != NOTHING
    before = everything()
    for one, other in (("Alpha", "Alpha, revisited"), ("Gamma", "The Gamma paper")):
        keep, lose = (Paper.objects.known_as(title).get() for title in (one, other))
        merge_papers(keep, lose)
        bring_in()  # both mean the one, and the backlog closes up
        undone(keep)
    assert counts(bring_in()[0]) == NOTHING
    assert everything() == before


# --- As far as nobody changed it ----------------------------------------------------------------------------


def test_what_was_changed_since_stays_and_the_rest_goes_back():
    keep, lose = papers()
    merge_papers(keep, lose)
    merge = newest_record(keep) or 0
    keep.refresh_from_db()
    keep.abstract, keep.authors = "Better", "Ho"
    keep.save()
    PaperTitle.objects.get(key="ho et al").delete()
    line = Reading.objects.get(session__number=2)
    line.note = "part 2"
    line.save()
    new = read(make_session(3), keep)
    stays = [
        "Paper “Denoising Diffusion Probabilistic Models”: abstract changed since.",
        "Title that finds it “ho et al”: removed since.",
    ]
    assert what_stays(looked_at(keep, merge)) == stays
    assert undone(keep, merge) == stays
    lose = Paper.objects.get(pk=lose.pk)
    for row in (keep, line, new):
        row.refresh_from_db()
    assert (keep.arxiv_id, keep.doi, keep.url, keep.abstract, keep.authors) == (
        None,
        None,
        None,
        "Better",
        "Ho",
    )
    assert (lose.arxiv_id, lose.title, lose.abstract) == ("2006.11239", "DDPM", "We")
    assert (line.paper, line.label, line.note, new.paper) == (lose, "", "part 2", keep)
    assert [str(title) for title in lose.titles.all()] == ["ddpm"]


def test_presenters_that_somebody_chose_since_stay():
    keep, lose = people()
    ann, reading = Person.objects.create(name="Ann"), Reading.objects.get()
    merge_people(keep, lose)
    merge = newest_record(keep) or 0
    reading.session.presenters.add(ann)  # beside the one that stayed
    reading.presenters.set([ann])
    new = make_session(3)
    new.presenters.set([keep])
    assert undone(keep, merge) == ["Reading “x”: presenters changed since."]
    assert set(reading.session.presenters.all()) == {keep, lose, ann}
    assert [list(row.presenters.all()) for row in (reading, new)] == [[ann], [keep]]


def test_a_title_that_somebody_removed_since_finds_the_paper_that_is_called_so():
    keep, lose = papers()
    merge_papers(keep, lose)
    merge = newest_record(keep) or 0
    PaperTitle.objects.get(key="ddpm").delete()
    assert undone(keep, merge) == ["Title that finds it “ddpm”: removed since."]
    assert list(Paper.objects.known_as("DDPM")) == [lose]


def test_what_can_be_no_more_stays_and_says_why():
    keep, lose = papers()
    merge_papers(keep, lose)
    merge = newest_record(keep) or 0
    make_paper("Other", doi="10.1000/other")
    PaperAlias.objects.create(paper=make_paper("Fourth"), kind="doi", value="10.1000/d")
    Session.objects.get(number=1).delete()  # with the line that was dropped
    assert undone(keep, merge) == [
        "Former identifier “10.1000/d”: This identifier leads to another paper already.",
        "Reading “Denoising Diffusion Probabilistic Models”: its session is gone.",
        "Session “Title 1”: removed since.",
    ]
    assert Paper.objects.filter(pk=lose.pk).exists()


def test_an_identifier_that_another_paper_has_by_now_is_refused_and_nothing_is_half_done():
    keep, lose = papers()
    merge_papers(keep, lose)
    merge = newest_record(keep) or 0
    keep.refresh_from_db()
    keep.url = None
    keep.save()
    make_paper("Other", url=lose.url)
    before = everything()
    with pytest.raises(RefusedError) as refusal, refusals_in_words():
        undone(keep, merge)
    assert str(refusal.value) == (
        "There is one with this url already: https://ddpm.example/. Change it, or remove one of the two."
    )
    assert everything() == before


def test_a_title_that_would_be_two_papers_is_refused():
    keep, lose = make_paper("Kept"), make_paper("Lost")
    merge_papers(keep, lose)
    merge = newest_record(keep) or 0
    keep.refresh_from_db()
    keep.title = "Lost"
    keep.save()
    with pytest.raises(ValidationError, match="Another paper is already known by this title: Lost"):
        undone(keep, merge)
    assert list(Paper.objects.all()) == [keep]


def test_one_that_was_brought_back_by_hand_is_refused():
    keep, lose = papers()
    merge_papers(keep, lose)
    merge = newest_record(keep) or 0
    Paper.objects.create(pk=lose.pk, title="Again")
    with pytest.raises(MergeRefusedError, match="“DDPM” is here again already"):
        undone(keep, merge)


def test_who_looked_before_somebody_changed_it_looks_again():
    keep, lose = papers()
    merge_papers(keep, lose)
    seen = looked_at(keep)
    Reading.objects.get(session__number=2).save()
    with pytest.raises(MergeRefusedError, match="Somebody changed something of it in the meantime"):
        take_apart(seen, user=None, seen=seen.seen)
    assert not Paper.objects.filter(pk=lose.pk).exists()


def test_only_a_merge_is_taken_apart():
    keep, lose = papers()
    assert find(Paper, keep.pk, newest_record(keep) or 0) is None
    lost = lose.pk
    merge_papers(keep, lose)
    gone: Any = Paper.history.filter(id=lost).first()
    assert find(Paper, lost, gone.history_id) is None
    assert find(Paper, keep.pk, 0) is None


# --- In the admin -------------------------------------------------------------------------------------------


def test_it_is_led_to_shown_and_done(client):  # noqa: F811
    make_group()
    keep, lose = make_paper("Flow matching"), make_paper("Flow-Matching", abstract="We…")
    read(make_session(1), lose)
    answer = client.post(url("merge"), form(keep, lose), follow=True)
    address = url("apart", keep.pk, newest_record(keep))
    (message,) = said(answer)
    assert message.endswith(
        f'Its history has both as they were. <a href="{address}">Take this merge apart</a>'
    )
    assert message in answer.content.decode()
    assert (
        f'href="{address}">Take this merge apart</a>' in client.get(url("history", keep.pk)).content.decode()
    )
    page = client.get(address)
    assert Inline(page.content.decode()).refused == []
    assert [(line.what, line.how, line.name) for line in page.context["lines"]] == [
        ("Paper", "added", "Flow-Matching"),
        ("Paper", "changed", "Flow matching"),
        ("Title that finds it", "changed", "flow-matching"),
        ("Former identifier", "removed", "flow-matching-2"),
        ("Reading of session 1: Title 1", "changed", "Flow-Matching"),
    ]
    changed = [(each.field, each.old, each.new) for line in page.context["lines"] for each in line.changes]
    assert changed == [
        ("Abstract", "We…", "nothing"),
        ("Paper", "Flow matching", "Flow-Matching"),
        ("Paper", "Flow matching", "Flow-Matching"),
        ("Label", "Flow-Matching", "nothing"),
    ]
    assert not Paper.objects.filter(pk=lose.pk).exists()
    answer = client.post(address, {"seen": page.context["done"].seen}, follow=True)
    assert answer.redirect_chain[0][0] == url("change", lose.pk)
    assert said(answer) == ["“Flow-Matching” is one of its own again."]
    assert Reading.objects.get().paper == lose
    assert client.get(url("duplicates")).context["pairs"] == []
    again = client.get(address, follow=True)
    assert (again.redirect_chain, said(again)) == (
        [(url("history", keep.pk), 302)],
        ["“Flow-Matching” is here again already. Nothing was changed."],
    )
    reasons = [moment.reason for moment in client.get(url("history", keep.pk)).context_data["shown"]]
    assert reasons[0] == "“Flow-Matching” taken out of “Flow matching”"
    assert Paper.history.filter(id=lose.pk).first().history_user.username == "ada"


def test_only_the_history_of_the_one_that_stayed_leads_to_it(client):  # noqa: F811
    keep, lose = papers()
    third = Paper.objects.get(title="Third")
    Paper.history.filter(
        id=third.pk
    ).delete()  # it is older than its history, but for an address that it lost
    lost = lose.pk
    merge_papers(keep, lose)
    leads = {
        paper: "Take this merge apart" in client.get(url("history", paper)).content.decode()
        for paper in (keep.pk, lost, third.pk)
    }
    assert leads == {keep.pk: True, lost: False, third.pk: False}


def test_what_cannot_be_taken_apart_is_said(client):  # noqa: F811
    keep, lose = papers()
    client.post(url("merge"), form(keep, lose))
    address = url("apart", keep.pk, newest_record(keep))
    seen = client.get(address).context["done"].seen
    for wrong in ("", "x", "9" * 30, seen - 1):
        assert said(client.post(address, {"seen": wrong})) == [
            "Somebody changed something of it in the meantime. Look at it again."
        ]
    Paper.objects.filter(pk=keep.pk).update(url=None)
    make_paper("Other", url="https://ddpm.example/")
    answer = client.post(address, {"seen": seen})
    assert said(answer) == [
        "There is one with this url already: https://ddpm.example/. Change it, or remove one of the two."
    ]
    assert not Paper.objects.filter(pk=lose.pk).exists()
    for nonsense in (0, 10**30):
        assert client.get(url("apart", keep.pk, nonsense)).status_code == 404
        assert client.post(url("apart", nonsense, newest_record(keep))).status_code == 404


def test_who_may_not_add_may_not_take_apart(db):
    keep, lose = papers()
    merge_papers(keep, lose)
    user = User.objects.create(username="bob", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["view_paper", "change_paper", "delete_paper"])
    )
    bob = Client()
    bob.force_login(user)
    address = url("apart", keep.pk, newest_record(keep))
    assert (bob.get(address).status_code, bob.post(address).status_code) == (403, 403)
    assert "Take this merge apart" not in bob.get(url("history", keep.pk)).content.decode()
    assert not Paper.objects.filter(pk=lose.pk).exists()


def test_the_page_costs_the_same_with_1_and_30_readings(client):  # noqa: F811
    costs = []
    for count in (1, 30):
        keep, lose = make_paper(f"Kept {count}"), make_paper(f"Lost {count}")
        for number in range(count):
            read(make_session(100 * count + number), lose)
        merge_papers(keep, lose)
        address = url("apart", keep.pk, newest_record(keep))
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 40
    assert len(what_goes_back(looked_at(keep))) == 33
