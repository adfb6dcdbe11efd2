"""Addresses of sessions: made of numbers and title, frozen once public, and never given to another session."""

from unittest import mock

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from sessions.models import Session, SessionSlug
from tests.factories import make_session


def draft(number, title, **fields):
    return make_session(number, title, state="draft", **fields)


def saved(session, **changes):
    """The slug after these changes were saved, as the database has it."""
    for name, value in changes.items():
        setattr(session, name, value)
    session.save()
    return Session.objects.get(pk=session.pk).slug


def addresses(session):
    return list(session.slugs.values_list("slug", flat=True))


@pytest.mark.parametrize(
    ("number", "last_number", "title", "slug"),
    [
        (1, None, "DDPM", "1-ddpm"),
        (16, 17, "Flow Matching", "16-17-flow-matching"),
        (0, None, "Warm up", "0-warm-up"),
        (7, None, r"Schr\"odinger Bridges & I$^2$SB", "7-schrodinger-bridges-i2sb"),
        (8, None, "拡散モデル", "8-session"),  # no ASCII form
        (9, None, "…", "9-session"),
        (99_998, 99_999, "word " * 60, "99998-99999-" + "-".join(["word"] * 16)),
    ],
)
def test_a_slug_is_made_of_numbers_and_title(db, number, last_number, title, slug):
    assert draft(number, title, last_number=last_number).slug == slug


def test_two_sessions_with_one_name_get_two_addresses(db):
    first = draft(16, "17 Things")
    second = draft(17, "x", last_number=None)
    assert saved(second, slug="16-17-things-2") == "16-17-things-2"
    assert first.slug == "16-17-things"
    third = draft(20, "x")
    Session.objects.filter(pk=first.pk).update(number=30)
    assert saved(third, number=16, last_number=None, title="17 things") == "16-17-things-3"


def test_a_slug_follows_number_and_title_while_a_draft(db):
    session = draft(1, "First")
    assert saved(session, title="Second") == "1-second"
    assert saved(session, number=5, last_number=6) == "5-6-second"
    assert addresses(session) == []


def test_a_slug_is_frozen_at_first_publication(db):
    session = draft(1, "First")
    assert saved(session, state="published", title="Second") == "1-second"
    assert saved(session, title="Third", number=9) == "1-second"
    assert saved(session, state="draft", title="Fourth") == "1-second"  # it was public once
    assert saved(session, state="cancelled", title="Fifth") == "1-second"
    assert addresses(session) == ["1-second"]


def test_a_cancelled_session_is_public_too(db):
    session = draft(1, "First")
    assert saved(session, state="cancelled") == "1-first"
    assert saved(session, title="Second") == "1-first"
    assert addresses(session) == ["1-first"]


def test_an_organizers_own_slug_stays_while_a_draft(db):
    session = draft(1, "First", slug="welcome")
    assert saved(session, title="Second") == "welcome"


@pytest.mark.parametrize(
    ("slug", "kept"),
    [
        ("1-first-look", "1-first-look"),
        ("1-first-2b", "1-first-2b"),
        ("1-first", "1-second"),
        ("1-first-2", "1-second"),
    ],
)
def test_only_a_slug_made_of_number_and_title_follows_them(db, slug, kept):
    session = draft(1, "First", slug=slug)
    assert saved(session, title="Second") == kept


def test_a_changed_slug_leaves_the_old_one_leading_there(db):
    session = make_session(1, "First")
    assert saved(session, slug="welcome") == "welcome"
    assert addresses(session) == ["1-first", "welcome"]
    assert [Session.objects.at(slug).get() for slug in ("1-first", "welcome")] == [session, session]
    assert saved(session, slug="1-first") == "1-first"  # and back
    assert addresses(session) == ["1-first", "welcome"]


def test_an_emptied_slug_is_made_anew(db):
    session = make_session(1, "First", slug="welcome")
    assert saved(session, slug="") == "1-first"
    assert addresses(session) == ["welcome", "1-first"]


def test_a_slug_that_was_public_is_never_given_to_another_session(db):
    first = make_session(1, "First")
    saved(first, slug="welcome", number=2)
    second = make_session(1, "First")  # the same number and title as the first had
    assert second.slug == "1-first-2"
    second.slug = "1-first"
    with pytest.raises(ValidationError) as refusal:
        second.full_clean()
    assert refusal.value.message_dict == {
        "slug": ["This address leads to session 2: First already. Choose another."]
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save()
    assert list(SessionSlug.objects.values_list("slug", "session")) == [
        ("1-first", first.pk),
        ("welcome", first.pk),
        ("1-first-2", second.pk),
    ]


def test_a_slug_of_digits_is_refused_since_it_would_be_a_number(db):
    session = Session(number=1, title="First", slug="17")
    with pytest.raises(ValidationError) as refusal:
        session.full_clean()
    assert refusal.value.message_dict["slug"] == [
        "An address of digits alone leads to the session of that number."
    ]


def test_a_session_without_a_slug_passes_validation(db):
    session = Session(number=1, title="First")
    session.full_clean()
    session.save()
    assert session.slug == "1-first"


def test_every_save_is_a_revision(db):
    session = make_session(1)
    session.save()
    session.save(update_fields=["title"])
    assert (session.revision, Session.objects.get().revision) == (3, 3)


def test_two_saves_at_the_same_time_are_two_revisions(db):
    make_session(1)
    mine, theirs = Session.objects.get(), Session.objects.get()
    theirs.save()
    mine.save()
    assert (theirs.revision, mine.revision, Session.objects.get().revision) == (2, 3, 3)


def test_a_session_is_saved_with_its_address_or_not_at_all(transactional_db):
    taken = mock.patch.object(SessionSlug.objects, "get_or_create", side_effect=IntegrityError)
    with taken, pytest.raises(IntegrityError):
        make_session(1)
    assert list(Session.objects.all()) == []
