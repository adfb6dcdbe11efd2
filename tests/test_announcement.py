"""What is said of a session where the group talks: whole texts, each reader's own time, nobody mentioned, nothing too long."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from papers.models import Resource
from sessions.announcement import (
    DISCORD_LIMIT,
    Facts,
    Line,
    announce,
    discord,
    discord_length,
    escape,
    facts_of,
    what_is_missing,
)
from sessions.models import Person, Session
from tests.factories import leave, make_group, make_paper, make_session, read

SITE = "https://owls.example"
STARTS = datetime(2026, 12, 12, 17, tzinfo=UTC)  # 1797094800
BEFORE, AFTER = STARTS - timedelta(days=2), STARTS + timedelta(days=2)


def the_session(**fields):
    """A session with a reading of every kind."""
    group = make_group(time_zone="Europe/Berlin", join_url="https://room.example/owls")
    other = make_session(15, "Earlier")
    session = make_session(
        16, r"Schr\"odinger Bridges and I$^2$SB", last_number=17, starts_at=STARTS, **fields
    )
    ann, bob = Person.objects.create(name="Ann"), Person.objects.create(name="Bob")
    session.presenters.set([ann, bob])
    read(
        session,
        make_paper("Flow *Matching*", arxiv_id="2210.02747"),
        note="sections 1 to 3",
        presenters=[ann],
    )
    code = Resource.objects.create(title="Code", kind="code", url="https://code.example/a_b")
    read(session, resource=code, indent=1)
    read(session, same_as=other)
    read(session, same_as=make_session(18, "Not yet", state="draft"))
    read(session, label="All prior readings")
    leave(session, "https://video.example/1", kind="recording")
    leave(session, "deck.pdf", kind="slides")  # leads nowhere: the group says not where its README lives
    return group, session


def facts(group, session, now=BEFORE):
    return facts_of(Session.objects.with_outline().get(pk=session.pk), group, SITE, now)


PAGE = f"{SITE}/sessions/16-17-schrodinger-bridges-and-i2sb/"


def test_a_session_to_come(db):
    found = facts(*the_session())
    said = announce(found)
    assert said.discord.split("\n") == [
        "**Week 16 & 17: Schrödinger Bridges and I²SB**",
        "Presented by Ann and Bob",
        "<t:1797094800:F> (<t:1797094800:R>)",
        "",
        "**Readings**",
        r"- Flow \*Matching\* (sections 1 to 3, with Ann): <https://arxiv.org/abs/2210.02747>",
        "  - Code: <https://code.example/a_b>",
        f"- Same as Week 15: <{SITE}/sessions/15-earlier/>",
        "- To be announced",
        "- All prior readings",
        "",
        "Join: <https://room.example/owls>",
        PAGE,
    ]
    assert said.plain.split("\n") == [
        "Week 16 & 17: Schrödinger Bridges and I²SB",
        "Presented by Ann and Bob",
        "Saturday, 12 December 2026, 18:00–19:00 (Europe/Berlin, UTC+1), in UTC 17:00",
        "",
        "Readings:",
        "- Flow *Matching* (sections 1 to 3, with Ann): https://arxiv.org/abs/2210.02747",
        "  - Code: https://code.example/a_b",
        f"- Same as Week 15: {SITE}/sessions/15-earlier/",
        "- To be announced",
        "- All prior readings",
        "",
        "Join: https://room.example/owls",
        f"Page: {PAGE}",
    ]
    assert said.subject == (
        "[The Owls] Week 16 & 17: Schrödinger Bridges and I²SB, 12 December 2026 18:00 (UTC+1)"
    )
    mail = urlsplit(said.mailto)
    assert (mail.scheme, mail.path) == ("mailto", "")
    assert parse_qs(mail.query) == {"subject": [said.subject], "body": [said.plain.replace("\n", "\r\n")]}
    assert (said.left_out, what_is_missing(found)) == (0, [])


def test_a_session_held_says_what_it_left_behind(db):
    group, session = the_session()
    found = facts(group, session, now=AFTER)
    said = announce(found)
    assert said.discord.split("\n")[3:7] == [
        "",
        "**Recording and materials**",
        "- Recording: <https://video.example/1>",
        "- Slides",
    ]
    assert said.plain.split("\n")[3:7] == [
        "",
        "Readings:",
        "- Flow *Matching* (sections 1 to 3, with Ann): https://arxiv.org/abs/2210.02747",
        "  - Code: https://code.example/a_b",
    ]
    assert said.plain.split("\n")[-5:] == [
        "Recording and materials:",
        "- Recording: https://video.example/1",
        "- Slides",
        "",
        f"Page: {PAGE}",
    ]
    assert "Join" not in said.discord + said.plain
    assert [each.text for each in what_is_missing(found)] == [
        "It has been held, so the text says what it left behind instead of where to join."
    ]


def test_a_cancelled_session_says_so_first_and_asks_nobody_to_come(db):
    said = announce(facts(*the_session(state="cancelled")))
    assert said.discord.split("\n") == [
        "**Cancelled: Week 16 & 17: Schrödinger Bridges and I²SB**",
        "Presented by Ann and Bob",
        "<t:1797094800:F> (<t:1797094800:R>)",
        "",
        PAGE,
    ]
    assert said.plain.split("\n") == [
        "Cancelled: Week 16 & 17: Schrödinger Bridges and I²SB",
        "Presented by Ann and Bob",
        "Saturday, 12 December 2026, 18:00–19:00 (Europe/Berlin, UTC+1), in UTC 17:00",
        "",
        f"Page: {PAGE}",
    ]
    assert said.subject.startswith("[The Owls] Cancelled: Week 16 & 17")


def test_a_draft_without_anything_says_what_is_missing(db):
    session = make_session(1, "Later", state="draft")
    found = facts(make_group(), session)
    said = announce(found)
    assert said.discord == "**Week 1: Later**\nDate to be announced"
    assert said.plain == "Week 1: Later\nDate to be announced"
    assert said.subject == "[The Owls] Week 1: Later"
    assert [(each.text, each.place) for each in what_is_missing(found)] == [
        ("It is a draft: publish it first. Until then it has no page to link to.", "id_state"),
        ("It has no date yet, so the text says that it is to be announced.", "id_starts_at_0"),
        ("It has no readings yet.", "readings-group"),
        (
            "Neither the session nor the group has a meeting room, so the text does not say where to join.",
            "id_join_url",
        ),
    ]


def test_without_a_room_the_text_leads_to_the_chat(db):
    group, session = make_group(chat_url="https://chat.example/owls"), make_session(1, date_to_come=True)
    read(session, make_paper("arXiv:2006.11239", arxiv_id="2006.11239"))
    found = facts(group, session)
    said = announce(found)
    assert "Join: <https://chat.example/owls>" in said.discord
    assert "Join: https://chat.example/owls" in said.plain
    assert [each.text for each in what_is_missing(found)][1:] == [
        "Papers are called by their arXiv id: arXiv:2006.11239. Fetch their titles.",
        "Neither the session nor the group has a meeting room, so the text leads to the chat instead.",
    ]


@pytest.mark.parametrize(
    ("zone", "starts_at", "line"),
    [
        (
            "Europe/Berlin",
            datetime(2026, 10, 24, 17, tzinfo=UTC),
            "Saturday, 24 October 2026, 19:00–20:00 (Europe/Berlin, UTC+2), in UTC 17:00",
        ),
        (
            "Europe/Berlin",
            datetime(2026, 10, 31, 18, tzinfo=UTC),
            "Saturday, 31 October 2026, 19:00–20:00 (Europe/Berlin, UTC+1), in UTC 18:00",
        ),
        (
            "America/New_York",
            datetime(2026, 11, 1, 0, tzinfo=UTC),
            "Saturday, 31 October 2026, 20:00–21:00 (America/New York, UTC−4), in UTC Sunday, 1 November, 00:00",
        ),
        (
            "America/New_York",
            datetime(2026, 11, 2, 4, 30, tzinfo=UTC),
            "Sunday, 1 November 2026, 23:30–Monday, 2 November, 00:30 (America/New York, UTC−5), in UTC Monday, 2 November, 04:30",
        ),
        ("UTC", STARTS, "Saturday, 12 December 2026, 17:00–18:00 (UTC)"),
    ],
)
def test_the_time_is_said_on_the_groups_clock_and_in_utc(db, zone, starts_at, line):
    session = make_session(1, starts_at=starts_at)
    found = facts(make_group(time_zone=zone), session, now=starts_at)
    assert announce(found).plain.split("\n")[1] == line
    assert f"<t:{int(starts_at.timestamp())}:F>" in discord(found)[0]


def test_what_people_wrote_mentions_nobody_and_makes_no_lines(db):
    group = make_group(name="Owls\nBcc: all", session_word="#")
    session = make_session(1, "@everyone <@123> `code`\n# big\u2028@here", starts_at=STARTS)
    session.presenters.add(Person.objects.create(name="@here"))
    read(session, label="> quote [x](https://evil.example/@everyone) ||spoiler||")
    read(session, label="# heading")
    text, _ = discord(facts(group, session))
    assert text.split("\n") == [
        "**#1: @\u200beveryone \\<@\u200b123\\> \\`code\\` # big @\u200bhere**",
        "Presented by @\u200bhere",
        "<t:1797094800:F> (<t:1797094800:R>)",
        "",
        "**Readings**",
        "- \\> quote \\[x\\](<https://evil.example/%40everyone)> \\|\\|spoiler\\|\\|",
        "- \\# heading",
        "",
        f"{SITE}{session.get_absolute_url()}",
    ]
    assert announce(facts(group, session)).subject.startswith("[Owls Bcc: all] #1: @everyone")


def test_addresses_that_may_not_be_links_are_left_out(db):
    group = make_group()
    session = make_session(1, starts_at=STARTS, join_url="javascript:alert(1)")
    code = Resource.objects.create(title="Code", url="javascript:alert(2)")
    read(session, resource=code)
    said = announce(facts(group, session))
    assert "javascript" not in said.discord + said.plain + said.mailto
    assert "- Code" in said.plain.split("\n")


def many(readings):
    return Facts(
        group="The Owls",
        heading="Week 1: Diffusion",
        state="published",
        is_over=False,
        date_to_come=False,
        starts_at=STARTS,
        ends_at=STARTS + timedelta(hours=1),
        zone="UTC",
        readings=readings,
        room="https://room.example/",
        page=f"{SITE}/sessions/1/",
    )


def test_what_discord_has_no_place_for_is_left_out_from_the_end():
    readings = [
        Line(f"Reading {number} {'x' * 80}", "https://arxiv.org/abs/2210.02747") for number in range(40)
    ]
    text, left_out = discord(many(readings))
    lines = text.split("\n")
    shown = 40 - left_out
    assert [line[: len("- Reading 00")].strip() for line in lines[4 : 4 + shown]] == [
        f"- Reading {number}" for number in range(shown)
    ]
    assert lines[4 + shown :] == [
        f"… and {left_out} more",
        "",
        "Join: <https://room.example/>",
        f"{SITE}/sessions/1/",
    ]
    assert DISCORD_LIMIT - 150 < discord_length(text) <= DISCORD_LIMIT
    # All of it is in the text, which is too long for a link then.
    said = announce(many(readings))
    assert (said.plain.count("- Reading"), said.mailto) == (40, "")


TEXT = st.text(max_size=300)


@given(
    TEXT,
    st.lists(TEXT, max_size=30),
    st.lists(st.builds(Line, TEXT, st.just("https://x.example/" + "y" * 450)), max_size=30),
)
def test_discord_never_gets_more_than_it_takes_nor_a_mention(title, people, readings):
    found = Facts(
        group="The Owls",
        heading=f"Week 1: {title}",
        state="published",
        is_over=False,
        date_to_come=True,
        starts_at=None,
        ends_at=None,
        zone="UTC",
        presenters=people,
        readings=readings,
        room="https://room.example/" + "z" * 470,
        page=f"{SITE}/sessions/1/",
    )
    text, left_out = discord(found)
    assert discord_length(text) <= DISCORD_LIMIT
    assert 0 <= left_out <= len(readings)
    assert text.endswith(found.page)
    assert "@everyone" not in text


@given(st.text())
def test_an_escaped_text_mentions_nobody(text):
    for mention in ("@everyone", "@here", "<@1>", "<@&1>"):
        found = escape(text + mention)
        assert "@everyone" not in found
        assert "@here" not in found
        assert "<@" not in found.replace("\\<", "")


# --- Its page ------------------------------------------------------------------------------------------------
@pytest.fixture
def client(db):
    client = Client()
    client.force_login(User.objects.create(username="ada", is_staff=True, is_superuser=True))
    return client


def test_the_page_has_the_texts_ready(client, settings):
    _, session = the_session()
    address = reverse("admin:reading_sessions_session_announcement", args=[session.pk])
    said = client.get(address).context_data["announcement"]
    assert "http://testserver/sessions/16-17-" in said.discord
    settings.SITE_URL = SITE
    response = client.get(address)
    assert PAGE in response.context_data["announcement"].discord
    assert response.text.count("readonly") == 3
    assert response.text.count("data-copies=") == 3
    assert client.post(address).status_code == 405


def test_the_page_of_a_long_session_says_what_is_left_out(client):
    session = make_session(1, starts_at=STARTS)
    for number in range(30):
        read(session, label=f"{number} " + "x" * 200)
    text = client.get(reverse("admin:reading_sessions_session_announcement", args=[session.pk])).text
    assert "It takes 2,000 characters at most, so" in text
    assert "copy the subject from here" in text
