"""Two papers, or two people, become one: nothing that was said of either is lost, and everything finds the one."""

import threading
from datetime import date

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from papers.merging import MergeRefusedError, left_behind, taken_over
from papers.models import ArxivRecord, Paper, PaperAlias, PaperTitle, Resource, TwoPapers
from readinggroup.interchange.load import load
from readinggroup.interchange.markdown.reader import read_markdown
from sessions.merging import merge_papers, merge_people, newest_record
from sessions.models import BacklogEntry, Person, PersonName, PersonSlug, Reading, Session, TwoPeople
from tests.factories import leave, make_group, make_paper, make_session, read


@pytest.fixture
def pair(db):
    """The paper to keep, and another one that is the same."""
    keep = make_paper("Denoising Diffusion Probabilistic Models", arxiv_id="2006.11239", authors="Ho\nJain")
    lose = make_paper("DDPM", url="https://ddpm.example/", doi="10.1000/ddpm", abstract="We present…")
    return keep, lose


def lines(session):
    return [(line.text, line.paper_id) for line in Reading.objects.filter(session=session)]


def aliases(paper):
    return sorted(PaperAlias.objects.filter(paper=paper).values_list("kind", "value"))


# --- What the kept paper takes over ---------------------------------------------------------------------------


def test_empty_fields_are_filled_and_what_stands_stays(pair):
    keep, lose = pair
    lose.authors, lose.published_on = "Somebody else", date(2020, 6, 19)
    lose.save()
    merge_papers(keep, lose)
    keep.refresh_from_db()
    assert {
        name: getattr(keep, name) for name in ("title", "arxiv_id", "doi", "url", "authors", "abstract")
    } == {
        "title": "Denoising Diffusion Probabilistic Models",
        "arxiv_id": "2006.11239",
        "doi": "10.1000/ddpm",
        "url": "https://ddpm.example/",
        "authors": "Ho\nJain",
        "abstract": "We present…",
    }
    assert keep.published_on == date(2020, 6, 19)
    assert list(Paper.objects.all()) == [keep]


def test_identifiers_that_the_kept_one_has_already_go_on_finding_it(db):
    keep = make_paper("A", arxiv_id="2001.00001", doi="10.1000/a", url="https://a.example/")
    lose = make_paper("B", arxiv_id="2001.00002", doi="10.1000/b", url="https://b.example/")
    PaperAlias.objects.create(paper=lose, kind="arxiv", value="2001.00003")
    merge_papers(keep, lose)
    assert aliases(keep) == [
        ("arxiv", "2001.00002"),
        ("arxiv", "2001.00003"),
        ("doi", "10.1000/b"),
        ("slug", "b"),
        ("url", "https://b.example/"),
    ]
    for address in (
        "https://arxiv.org/abs/2001.00002v3",
        "2001.00003",
        "doi:10.1000/B",
        "https://b.example/",
    ):
        assert list(Paper.objects.at(address)) == [keep]


def test_every_title_finds_the_kept_one(pair):
    keep, lose = pair
    PaperTitle.objects.create(paper=lose, key="ho et al")
    merge_papers(keep, lose)
    for title in ("DDPM", "Ho et al", "denoising diffusion probabilistic models"):
        assert list(Paper.objects.known_as(title)) == [keep]


def test_an_address_that_is_just_its_page_on_arxiv_is_a_former_identifier():
    keep = Paper(title="A", arxiv_id="2001.00001")
    lose = Paper(title="B", slug="b", url="https://arxiv.org/pdf/2001.00001v2")
    assert taken_over(keep, lose) == {}
    assert left_behind(keep, lose) == [("url", "https://arxiv.org/pdf/2001.00001v2"), ("slug", "b")]


def test_any_other_address_fills_an_empty_one():
    lose = Paper(title="B", slug="b", url="https://b.example/")
    assert taken_over(Paper(title="A"), lose) == {"url": "https://b.example/"}


def test_a_former_identifier_that_becomes_its_own_again_is_former_no_more(db):
    keep, lose = make_paper("A"), make_paper("B", arxiv_id="2001.00001")
    PaperAlias.objects.create(paper=keep, kind="arxiv", value="2001.00001")
    merge_papers(keep, lose)
    keep.refresh_from_db()
    assert (keep.arxiv_id, aliases(keep)) == ("2001.00001", [("slug", "b")])


def test_an_identifier_that_led_elsewhere_before_leads_to_the_kept_one(db):
    keep, lose, third = make_paper("A"), make_paper("B"), make_paper("C")
    PaperAlias.objects.create(paper=third, kind="slug", value="b")  # of old: the page was B's since
    merge_papers(keep, lose)
    assert aliases(keep) == [("slug", "b")]
    assert aliases(third) == []


def test_the_page_of_the_other_one_leads_to_the_kept_one(pair):
    make_group()
    keep, lose = pair
    merge_papers(keep, lose)
    answer = Client().get("/papers/ddpm/")
    assert (answer.status_code, answer["Location"]) == (302, keep.get_absolute_url())


def test_a_chain_of_merges_leads_to_the_last(db):
    a, b, c = (make_paper(title, arxiv_id=f"2001.0000{n}") for n, title in enumerate("ABC", 1))
    merge_papers(b, a)
    merge_papers(c, b)
    assert aliases(c) == [("arxiv", "2001.00001"), ("arxiv", "2001.00002"), ("slug", "a"), ("slug", "b")]


def test_resources_belong_to_the_kept_one_once(pair):
    keep, lose = pair
    both = Resource.objects.create(title="Code", url="https://code.example/1")
    both.papers.set(pair)
    only = Resource.objects.create(title="Post", url="https://code.example/2")
    only.papers.set([lose])
    merge_papers(keep, lose)
    assert [list(resource.papers.all()) for resource in Resource.objects.order_by("pk")] == [[keep], [keep]]


@pytest.mark.parametrize(
    ("keep_has", "own", "other", "stays"),
    [
        ("2001.00001", "2001.00001", "2001.00002", "2001.00001"),
        ("2001.00001", None, "2001.00002", "2001.00002"),
        (None, None, "2001.00002", "2001.00002"),
        ("2001.00001", "2001.00009", "2001.00001", "2001.00001"),
        ("2001.00001", "2001.00009", "2001.00002", "2001.00009"),
        ("2001.00001", "2001.00001", None, "2001.00001"),
    ],
)
def test_what_arxiv_said_of_the_id_that_stays_is_kept(db, keep_has, own, other, stays):
    keep, lose = make_paper("A", arxiv_id=keep_has), make_paper("B", arxiv_id="2001.00002")
    for paper, identifier in ((keep, own), (lose, other)):
        if identifier:
            now = timezone.now()
            ArxivRecord.objects.create(paper=paper, arxiv_id=identifier, tried_at=now, fetched_at=now)
    merge_papers(keep, lose)
    assert list(ArxivRecord.objects.values_list("paper", "arxiv_id")) == [(keep.pk, stays)]


# --- Readings --------------------------------------------------------------------------------------------------


def test_readings_move_and_go_on_saying_what_they_said(pair):
    keep, lose = pair
    first, second = make_session(1), make_session(2)
    read(first, lose)
    read(second, lose, label="The DDPM paper", note="sections 1 to 3")
    merged = merge_papers(keep, lose)
    assert lines(first) == [("DDPM", keep.pk)]
    assert lines(second) == [("The DDPM paper", keep.pk)]
    assert (merged.kept, merged.readings, merged.dropped) == (keep, 2, 0)


def test_a_title_that_differs_in_spelling_only_is_no_label(db):
    keep, lose = (
        make_paper("Flow matching", arxiv_id="2001.00001"),
        make_paper("FLOW Matching.", arxiv_id="2001.00002"),
    )
    session = make_session(1)
    read(session, lose)
    merge_papers(keep, lose)
    assert Reading.objects.get().label == ""


def test_a_line_that_says_the_same_as_another_is_dropped(db):
    keep, lose = (
        make_paper("Flow matching", arxiv_id="2001.00001"),
        make_paper("FLOW matching", arxiv_id="2001.00002"),
    )
    session = make_session(1)
    read(session, lose)
    stays = read(session, keep)
    merged = merge_papers(keep, lose)
    assert list(Reading.objects.all()) == [stays]
    assert (merged.readings, merged.dropped) == (0, 1)


def test_lines_say_the_title_that_was_chosen_and_no_label_repeats_it(pair):
    keep, lose = pair
    first, second = make_session(1), make_session(2)
    read(first, keep)
    read(first, lose)
    read(second, lose)
    merged = merge_papers(keep, lose, called_as_lost=True)
    keep.refresh_from_db()
    assert (keep.title, merged.readings, merged.dropped) == ("DDPM", 1, 1)
    assert [line.label for line in Reading.objects.all()] == ["", ""]
    assert (lines(first), lines(second)) == ([("DDPM", keep.pk)], [("DDPM", keep.pk)])
    for title in ("DDPM", "Denoising Diffusion Probabilistic Models"):
        assert list(Paper.objects.known_as(title)) == [keep]


@pytest.mark.parametrize("differs", [{"label": "Again"}, {"note": "part 2"}, {"indent": 1}])
def test_a_line_that_says_anything_else_stays(db, differs):
    keep, lose = make_paper("Flow", arxiv_id="2001.00001"), make_paper("FLOW", arxiv_id="2001.00002")
    session = make_session(1)
    read(session, keep)
    read(session, lose, **differs)
    assert merge_papers(keep, lose).dropped == 0
    assert Reading.objects.filter(paper=keep).count() == 2


def test_a_line_with_other_presenters_or_lines_below_it_stays(db):
    keep, lose = make_paper("Flow", arxiv_id="2001.00001"), make_paper("FLOW", arxiv_id="2001.00002")
    ann = Person.objects.create(name="Ann")
    first, second = make_session(1), make_session(2)
    read(first, keep)
    read(first, lose, presenters=[ann])
    read(second, keep)
    read(second, lose)
    read(second, label="Its code", indent=1)
    assert merge_papers(keep, lose).dropped == 0


def test_a_session_whose_lines_changed_is_one_revision_on(pair):
    keep, lose = pair
    touched, other = make_session(1), make_session(2)
    read(touched, lose)
    read(other, keep)
    merge_papers(keep, lose)
    assert list(Session.objects.values_list("revision", flat=True)) == [touched.revision + 1, other.revision]


# --- The backlog -----------------------------------------------------------------------------------------------


def backlog():
    return list(BacklogEntry.objects.values_list("position", "paper__title", "label", "override"))


def test_the_place_on_the_backlog_moves(pair):
    keep, lose = pair
    BacklogEntry.objects.create(paper=lose, position=3, label="3. DDPM", override="covered")
    assert merge_papers(keep, lose).backlog == "moved"
    assert backlog() == [(3, keep.title, "3. DDPM", "covered")]


@pytest.mark.parametrize("better", ["keep", "lose"])
def test_of_two_places_the_better_one_stays_with_what_the_kept_one_says(pair, better):
    keep, lose = pair
    places = (1, 5) if better == "keep" else (5, 1)
    BacklogEntry.objects.create(paper=keep, position=places[0], label="Ho et al.")
    BacklogEntry.objects.create(paper=make_paper("Between"), position=3)
    BacklogEntry.objects.create(paper=lose, position=places[1], label="DDPM", override="dropped")
    assert merge_papers(keep, lose).backlog == "joined"
    assert backlog() == [(1, keep.title, "Ho et al.", "dropped"), (3, "Between", "", None)]


# --- People ----------------------------------------------------------------------------------------------------


def test_people_merge_with_all_that_they_did(db):
    make_group()
    keep = Person.objects.create(name="Jeremy Howard")
    lose = Person.objects.create(name="J. Howard", url="https://jph.example/")
    PersonName.objects.create(person=lose, name="@jph")
    PersonSlug.objects.create(person=lose, slug="jph")
    session = make_session(1)
    session.presenters.set([keep, lose])
    reading = read(session, label="x", presenters=[lose])
    material = leave(session, "x.pdf", presenters=[lose, keep])
    revision = session.revision
    merged = merge_people(keep, lose)
    assert list(Person.objects.values_list("name", "url")) == [("Jeremy Howard", "https://jph.example/")]
    for row in (session, reading, material):
        assert list(row.presenters.all()) == [keep]
    for name in ("@JPH", "j. howard", "Jeremy Howard"):
        assert list(Person.objects.known_as(name)) == [keep]
    for slug in ("jph", "j-howard"):
        assert Client().get(f"/people/{slug}/")["Location"] == "/people/jeremy-howard/"
    session.refresh_from_db()
    assert session.revision == revision + 1
    assert (merged.sessions, merged.readings, merged.materials) == (1, 1, 1)


# --- Those that are two ----------------------------------------------------------------------------------------


def test_what_the_other_one_was_told_apart_from_the_kept_one_is_apart_from(pair):
    keep, lose = pair
    ada, third, fourth = User.objects.create(username="ada"), make_paper("Third"), make_paper("Fourth")
    for one, other in ((lose, keep), (third, lose), (lose, fourth), (keep, fourth)):
        TwoPapers.objects.say(one.pk, other.pk, ada)
    said_at = TwoPapers.objects.of(lose.pk, third.pk).get().said_at
    merge_papers(keep, lose)
    assert TwoPapers.objects.pairs() == {(keep.pk, third.pk), (keep.pk, fourth.pk)}
    kept = TwoPapers.objects.of(third.pk, keep.pk).get()
    assert (kept.said_by, kept.said_at) == (ada, said_at)


def test_people_told_apart_stay_apart(db):
    keep, lose, third = (Person.objects.create(name=name) for name in ("Ann", "Ann Lee", "Anna Lee"))
    TwoPeople.objects.say(third.pk, lose.pk, None)
    merge_people(keep, lose)
    assert TwoPeople.objects.pairs() == {(keep.pk, third.pk)}
    third.delete()
    assert TwoPeople.objects.pairs() == set()


# --- Whole or not at all ---------------------------------------------------------------------------------------


def test_history_says_who_merged_what_and_has_all_that_went(pair):
    keep, lose = pair
    ada = User.objects.create(username="ada")
    session = make_session(1)
    read(session, lose)
    pk = lose.pk
    merge_papers(keep, lose, user=ada)
    gone = Paper.history.filter(id=pk).first()
    reason = "merged “DDPM” into “Denoising Diffusion Probabilistic Mod…”"
    assert (gone.history_type, gone.title, gone.doi) == ("-", "DDPM", "10.1000/ddpm")
    for record in (gone, keep.history.first(), Reading.history.first(), session.history.first()):
        assert (record.history_change_reason, record.history_user) == (reason, ada)
    moments = {record.saved_at for record in (gone, keep.history.first(), Reading.history.first())}
    assert len(moments) == 1
    assert [record.paper_id for record in Reading.history.all()] == [keep.pk, pk]


def test_a_paper_is_not_merged_with_itself(pair):
    keep, _ = pair
    with pytest.raises(MergeRefusedError, match="one and the same"):
        merge_papers(keep, Paper.objects.get(pk=keep.pk))


def test_a_row_removed_or_changed_meanwhile_is_refused(pair):
    keep, lose = pair
    seen = {row.pk: newest_record(row) for row in pair}
    lose.abstract = "Changed"
    lose.save()
    with pytest.raises(MergeRefusedError, match="Somebody changed “DDPM” in the meantime"):
        merge_papers(keep, lose, seen=seen)
    Paper.objects.get(pk=lose.pk).delete()
    with pytest.raises(MergeRefusedError, match="“DDPM” was removed, or merged, in the meantime"):
        merge_papers(keep, lose)
    assert list(Paper.objects.all()) == [keep]


def test_what_fails_on_the_way_leaves_everything_as_it_was(pair, monkeypatch):
    keep, lose = pair
    read(make_session(1), lose)
    monkeypatch.setattr(Paper, "delete", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        merge_papers(keep, lose)
    assert [Reading.objects.get().paper, Paper.objects.count(), PaperAlias.objects.count()] == [lose, 2, 0]


# --- At the same time ------------------------------------------------------------------------------------------


def at_once(*tasks):
    """Run the tasks at the same time; what each gave or raised."""
    start = threading.Barrier(len(tasks))
    results: list[object] = [None] * len(tasks)

    def run(index, task):
        try:
            start.wait(timeout=20)
            results[index] = task()
        except Exception as error:  # noqa: BLE001 (told to the test)
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


@pytest.mark.django_db(transaction=True)
def test_two_organizers_who_merge_the_same_pair_both_ways_merge_it_once():
    for number in range(1, 6):
        one = make_paper(f"One {number}", arxiv_id=f"2001.0000{number}")
        other = make_paper(f"Other {number}", arxiv_id=f"2002.0000{number}")
        session = make_session(number)
        read(session, one)
        read(session, other)
        results = at_once(
            lambda a=one, b=other: merge_papers(a, b), lambda a=one, b=other: merge_papers(b, a)
        )
        refused = [result for result in results if isinstance(result, MergeRefusedError)]
        assert len(refused) == 1, results
        (kept,) = Paper.objects.at(f"2001.0000{number}")
        assert set(session.readings.values_list("paper", flat=True)) == {kept.pk}
    assert Paper.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_a_merge_and_an_import_come_one_after_the_other():
    text = "# G\n\n## Week 1: A\n* Readings:\n  * [One](https://arxiv.org/abs/2001.00001)\n  * [Two](https://arxiv.org/abs/2001.00002)\n"
    load(read_markdown(text), file_name="README.md")
    keep, lose = Paper.objects.order_by("arxiv_id")
    for number in range(3):
        newer = f"{text}  * [New {number}](https://arxiv.org/abs/2001.00002)\n"
        imported, merged = at_once(
            lambda newer=newer: load(read_markdown(newer), file_name="README.md"),
            lambda: merge_papers(keep, lose),
        )
        assert type(imported).__name__ == "Report", imported
        assert type(merged).__name__ in {"Merged", "MergeRefusedError"}, merged
        assert set(Reading.objects.values_list("paper", flat=True)) == {keep.pk}
        assert list(Paper.objects.all()) == [keep]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("checked", [False, True], ids=["not checked yet", "checked, as the admin does"])
def test_a_reading_added_during_a_merge_is_moved_or_refused_whole(checked):
    keep, lose, session = make_paper("A"), make_paper("B"), make_session(1)
    added, go_on = threading.Event(), threading.Event()

    def add():
        with transaction.atomic():
            read(session, lose)
            if checked:
                connection.check_constraints()
            added.set()
            go_on.wait(20)

    def merge():
        added.wait(20)
        threading.Timer(0.3, go_on.set).start()
        merge_papers(keep, lose)

    adding, merging = at_once(add, merge)
    assert merging is None
    if checked:
        assert (adding, lines(session)) == (None, [("B", keep.pk)])
    else:
        assert (type(adding), lines(session)) == (IntegrityError, [])
