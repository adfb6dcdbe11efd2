"""What is covered: what organizers say, else what held sessions read, directly or through “same as”."""

from datetime import UTC, datetime, timedelta

import pytest

from papers.models import Paper
from sessions.models import BacklogEntry, PaperRead
from tests.factories import make_paper, make_session, read

NOW = datetime(2026, 5, 1, 18, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def ddpm(db):
    return make_paper("DDPM")


@pytest.fixture
def entry(ddpm):
    return BacklogEntry.objects.create(paper=ddpm)


def covered():
    return list(BacklogEntry.objects.covered(NOW))


def to_cover():
    return list(BacklogEntry.objects.to_cover(NOW))


def test_what_nobody_read_is_to_cover(entry):
    assert (covered(), to_cover()) == ([], [entry])


@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        ({}, True),  # undated history
        ({"starts_at": NOW - DAY}, True),
        ({"starts_at": NOW - timedelta(hours=1)}, True),  # it ends now
        ({"starts_at": NOW}, False),
        ({"starts_at": NOW + DAY}, False),
        ({"date_to_come": True}, False),
        ({"state": "draft"}, False),
        ({"state": "draft", "starts_at": NOW - DAY}, False),
        ({"state": "cancelled", "starts_at": NOW - DAY}, False),
        ({"state": "cancelled"}, False),
    ],
)
def test_only_a_held_session_covers(ddpm, entry, fields, counts):
    read(make_session(1, **fields), ddpm)
    assert (covered(), to_cover()) == (([entry], []) if counts else ([], [entry]))


@pytest.mark.parametrize(
    ("override", "counts"), [("covered", (2, 0, 2)), ("to_cover", (0, 2, 2)), ("dropped", (0, 0, 0))]
)
def test_what_organizers_say_comes_first(ddpm, entry, override, counts):
    was_covered, was_to_cover, is_listed = counts
    unread = BacklogEntry.objects.create(paper=make_paper("Unread"), position=1)
    read(make_session(1), ddpm)
    assert (covered(), to_cover()) == ([entry], [unread])
    BacklogEntry.objects.update(override=override)
    both = [entry, unread]
    assert covered() == both[:was_covered]
    assert to_cover() == both[:was_to_cover]
    assert list(BacklogEntry.objects.listed(NOW)) == both[:is_listed]
    assert BacklogEntry.objects.coverage(NOW) == {"listed": is_listed, "covered": was_covered}


def test_a_paper_is_covered_through_same_as_however_far(ddpm, entry):
    lists = make_session(1, starts_at=NOW + DAY)  # itself still to come
    middle = make_session(2, starts_at=NOW + DAY)
    held = make_session(3)
    read(lists, ddpm)
    read(middle, same_as=lists)
    assert covered() == []
    read(held, same_as=middle)
    assert covered() == [entry]
    assert [(row.session, row.paper) for row in PaperRead.objects.held(NOW).with_sessions()] == [(held, ddpm)]


def test_a_draft_in_the_chain_leads_nowhere(ddpm, entry):
    lists, middle, held = make_session(1, date_to_come=True), make_session(2, state="draft"), make_session(3)
    read(lists, ddpm)
    read(middle, same_as=lists)
    read(held, same_as=middle)
    assert covered() == []
    middle.state = "published"
    middle.save()
    assert covered() == [entry]


def test_a_cancelled_session_in_the_chain_has_its_page_and_counts(ddpm, entry):
    cancelled, held = make_session(1, state="cancelled"), make_session(2)
    read(cancelled, ddpm)
    read(held, same_as=cancelled)
    assert covered() == [entry]


def test_a_paper_read_twice_is_covered_once(ddpm, entry):
    first, second = make_session(1), make_session(2)
    for session in (first, first, second):
        read(session, ddpm)
    read(second, same_as=first)
    assert covered() == [entry]
    found = BacklogEntry.objects.with_reads(NOW).get()
    assert [row.session for row in found.paper.reads.all()] == [first, second]
    assert PaperRead.objects.count() == 2


def test_the_list_stays_in_order_and_numbered_without_what_was_dropped(ddpm, entry):
    papers = [make_paper(title) for title in ("A", "B", "C")]
    last, dropped, first = (
        BacklogEntry.objects.create(paper=paper, position=position)
        for paper, position in zip(papers, (9, 1, 0), strict=True)
    )
    dropped.override = "dropped"
    dropped.save()
    listed = [(row, row.number) for row in BacklogEntry.objects.listed(NOW)]
    assert listed == [(entry, 1), (first, 2), (last, 3)]


def test_an_entry_leaves_with_its_paper(ddpm, entry):
    ddpm.delete()
    assert (BacklogEntry.objects.count(), Paper.objects.count()) == (0, 0)
