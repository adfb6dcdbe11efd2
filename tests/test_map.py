"""The map: what stands on it, where it leads, and that nobody's drafts and nobody's markup get into it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from sessions.mapping import whole_spine
from sessions.models import BacklogEntry, Group, Session
from sessions.parts import FEWEST_DRAWN
from tests.factories import LONG_AGO, in_days, make_group, make_paper, make_session, move_in, read
from tests.long_history import make_long_history

pytestmark = pytest.mark.django_db
MAP = reverse("map")


def text(html: str) -> str:
    """What can be read, with white space as a browser shows it."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def page(client: Client, url: str = MAP) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def table(html: str) -> str:
    [found] = re.findall(r"<table.*?</table>", html, re.DOTALL)
    return str(found)


def rows_of(html: str) -> list[str]:
    return [text(row) for row in re.findall(r"<tr>.*?</tr>", table(html), re.DOTALL)]


def picture(html: str) -> str:
    start = html.index('<svg class="strip')
    return html[start : html.index("</g>", start)]


def test_the_first_group_as_a_picture(client: Client):
    move_in()
    html = page(client)
    assert "16 sessions held. 20 papers read, 6 of them more than once and 48 still to cover." in html  # fmt: skip
    drawn = picture(html)
    assert re.findall(r'href="(/[^"]*)"><title>', drawn) == [
        *(reverse("paper", args=[slug]) for slug in (
            "denoising-diffusion-probabilistic-models",
            "score-based-generative-modeling-through-stochastic-differential-equations",
            "classifier-free-diffusion-guidance",
            "elucidating-the-design-space-of-diffusion-based-generative-models",
            "high-resolution-image-synthesis-with-latent-diffusion-models",
            "stable-diffusion",
        )),
        *(session.get_absolute_url() for session in Session.objects.order_by("number")),
    ]  # fmt: skip
    assert sorted(re.findall(r'<text class="key[^>]*>(\w)<', drawn)) == list("abcdef")
    assert "<title>Week 16 &amp; 17: Flow Matching</title>" in drawn


def test_the_table_says_what_the_picture_shows(client: Client):
    move_in()
    rows = rows_of(page(client))
    assert len(rows) == 1 + 16
    assert rows[0] == "Session Papers"
    assert rows[4] == (
        "Week 4 Score SDEs and DDIM b Score-Based Generative Modeling through Stochastic Differential Equations "
        "also in Week 3 Denoising Diffusion Implicit Models"
    )
    assert rows[6] == "Week 6 Review"


def test_days_are_those_of_the_groups_calendar(client: Client):
    make_group(time_zone="Pacific/Auckland")
    make_session(1, "Late", starts_at=datetime(2024, 12, 31, 23, 0, tzinfo=UTC))
    make_session(2, "Later", starts_at=datetime(2025, 1, 7, 23, 0, tzinfo=UTC))
    html = page(client)
    assert rows_of(html) == ["Session Date Papers", "Week 1 Late 1 Jan 2025", "Week 2 Later 8 Jan 2025"]
    assert re.findall(r'<tbody id="(\w+)">', html) == ["y2025"]


def test_held_by_number_then_to_come_as_scheduled(client: Client):
    make_group()
    make_session(5, "To come last", date_to_come=True)
    make_session(4, "To come first", starts_at=in_days(1))
    make_session(3, "To come later", starts_at=in_days(8))
    make_session(2, "Held in the end", starts_at=LONG_AGO)
    make_session(1, "Held without a date")
    make_session(6, "Never to be seen", state="draft", starts_at=LONG_AGO)
    make_session(7, "Cancelled long ago", state="cancelled", starts_at=LONG_AGO)
    make_session(8, "Will not be", state="cancelled", starts_at=in_days(9))
    spine = whole_spine(Group.objects.current(), timezone.now())
    assert [(stop.numbers, stop.is_upcoming, stop.is_cancelled) for stop in spine.stops] == [
        ("1", False, False), ("2", False, False), ("4", True, False), ("3", True, False), ("8", True, True),
        ("5", True, False),
    ]  # fmt: skip
    html = page(client)
    assert "Never to be seen" not in html
    assert "Cancelled long ago" not in html
    assert rows_of(html)[-1] == "Week 5 To come last to be announced"
    assert [row for row in rows_of(html) if row.startswith("Week 8 Will not be Cancelled")] != []


def test_no_draft_and_nothing_of_it_gets_onto_the_map(client: Client):
    make_group()
    open_one, secret = make_session(1, "Open"), make_session(2, "Secret", state="draft")
    paper, hidden = make_paper("Known"), make_paper("Hidden")
    read(open_one, paper)
    read(secret, paper)
    read(secret, hidden)
    html = page(client)
    assert "Secret" not in html
    assert "Hidden" not in html
    assert "1 session held. 1 paper read." in html


def test_a_paper_read_through_same_as_is_a_thread(client: Client):
    make_group()
    first, second = make_session(1, "List"), make_session(2, "Again")
    read(first, make_paper("Known"))
    read(second, same_as=first)
    assert rows_of(page(client))[1:] == [
        "Week 1 List a Known also in Week 2",
        "Week 2 Again a Known also in Week 1",
    ]


def test_a_paper_that_is_planned_is_no_longer_among_those_to_cover():
    make_group()
    planned, waiting = make_paper("Planned"), make_paper("Waiting")
    read(make_session(1, starts_at=in_days(2)), planned)
    for paper in (planned, waiting):
        BacklogEntry.objects.create(paper=paper)
    spine = whole_spine(Group.objects.current(), timezone.now())
    assert [work.title for work in spine.to_cover] == ["Waiting"]


@pytest.mark.parametrize("activity", ["running", "paused", "ended"])
def test_every_state_of_a_group_has_a_page(client: Client, activity: str):
    assert "There is nothing to draw yet" in page(client)  # not even a group
    make_group(activity=activity)
    assert "There is nothing to draw yet" in page(client)
    BacklogEntry.objects.create(paper=make_paper("Some day"))
    assert "1 paper still to cover." in page(client)
    only = make_session(1, "Only one", starts_at=in_days(3))
    assert "1 session to come. 1 paper still to cover." in page(client)
    Session.objects.filter(pk=only.pk).update(starts_at=LONG_AGO)
    assert "1 session held. 1 paper still to cover." in page(client)
    assert "map-link" in page(client, "/")


HOSTILE = '"><script>alert(1)</script><svg onload=x> & ]]> {{ x }} \u202eevil'


def test_whatever_people_write_stays_words(client: Client):
    make_group(name=HOSTILE, session_word='"><b>', accent="#0b6e4f")
    first, second = make_session(1, HOSTILE), make_session(2, "שלום עולם " * 20, starts_at=in_days(1))
    paper, long = make_paper(HOSTILE), make_paper("x" * 500)
    for session in (first, second):
        read(session, paper)
        read(session, long)
    for url in (MAP, first.get_absolute_url(), "/"):
        html = page(client, url)
        assert "<script>alert" not in html
        assert "<svg onload" not in html
        assert "<b>" not in re.sub(r"<b class", "", html).replace("</b>", "")


def test_what_is_said_to_have_been_read_again_was_and_what_is_to_come_is_told(client: Client):
    make_group()
    again, planned = make_paper("Again"), make_paper("Planned")
    for number in (1, 2):
        read(make_session(number), again)
    assert '<h2 id="threads">Read more than once</h2>' in page(client)
    read(Session.objects.get(number=1), planned)
    read(make_session(3, starts_at=in_days(3)), planned)
    html = page(client)
    assert "2 papers read, 1 of them more than once." in html
    [listed] = re.findall(r'<section aria-labelledby="threads">.*?</section>', html, re.DOTALL)
    assert text(listed) == (
        "Read or planned more than once a Again Week 1 and Week 2 b Planned Week 1 and Week 3 (to come)"
    )


def test_a_title_with_formulas_is_text_in_the_picture_and_html_in_the_table(client: Client):
    make_group()
    make_session(1, r"I$^2$SB, $x_0^n$ and Schr\"odinger")
    html = page(client)
    assert "<title>Week 1: I²SB, x₀ⁿ and Schrödinger</title>" in picture(html)
    assert re.search(r"I²SB, <math>.*</math> and Schrödinger", table(html))


def test_a_very_long_history_comes_in_years_each_with_a_picture_that_names_its_sessions(client: Client):
    make_long_history()
    html = page(client)
    years = re.findall(r'href="#(y\d+)"><title>', picture(html))
    assert len(years) >= 6
    assert picture(html).count("<a ") == len(years) + 26 + 1
    parts = re.findall(r'<section class="part".*?</section>', html, re.DOTALL)
    assert [re.findall(r'<h3 id="(\w+)"', part) for part in parts] == [[year] for year in years]
    [jump] = re.findall(r'<nav class="jump.*?</nav>', html, re.DOTALL)
    assert re.findall(r'href="#([\w-]+)"', jump) == [*years, "to-cover"]
    in_order = [session.get_absolute_url() for session in Session.objects.on_the_line(timezone.now())]
    assert len(in_order) > 280
    assert re.findall(r'<a class="stop" href="([^"]+)"', html) == in_order
    for part in parts:
        drawn = re.findall(r'<svg class="strip.*?</svg>\s*<table', part, re.DOTALL)
        rows = re.findall(r'<a class="stop" href="([^"]+)"', part)
        named = re.findall(r' href="(/sessions/[^"]+)"><title>', "".join(drawn))
        assert named == (rows if len(rows) >= FEWEST_DRAWN else [])
    assert len(set(re.findall(r' id="([^"]+)"', html))) == len(re.findall(r' id="', html))


def test_a_very_long_history_without_dates_comes_in_even_pieces(client: Client):
    make_group()
    Session.objects.bulk_create(Session(number=n, title=f"On {n}", slug=f"{n}-on", state="published") for n in range(1, 131))  # fmt: skip
    html = page(client)
    assert re.findall(r"<h3[^>]*>([^<]+)<", html) == ["Week 1 to Week 43", "Week 44 to Week 86", "Week 87 to Week 130"]  # fmt: skip
    assert re.findall(r'href="#(from-\d+)"><title>', picture(html)) == ["from-1", "from-44", "from-87"]


def test_the_page_says_in_words_where_to_start_what_comes_next_and_what_was_returned_to(client: Client):
    move_in()
    assert said_first(page(client)) == [
        "Where to start Week 1: DDPM paper , or take all sessions in order",
        "Builds most on others Week 9: DDPM paper, EDM paper code walk-thrus ; first see Week 1 and Week 8",
        "Longest between readings Denoising Diffusion Probabilistic Models , in Week 1 and Week 9",
    ]
    read(make_session(18, "Bridges", date_to_come=True), same_as=Session.objects.get(number=13))
    assert said_first(page(client))[1:] == [
        "Next session Week 18: Bridges ; it goes back to papers from Week 13 and Week 14",
        (
            "Most returned to High-Resolution Image Synthesis with Latent Diffusion Models , in Week 13 , Week 14 and Week 18 (to come)"
            "; Stable Diffusion , in Week 13 , Week 14 and Week 18 (to come)"
        ),
    ]


def said_first(html: str) -> list[str]:
    [found] = re.findall(r'<dl class="answers">(.*?)</dl>', html, re.DOTALL)
    return [text(each) for each in re.findall(r"<div>(.*?)</div>", found, re.DOTALL)]


def test_the_legend_explains_the_shapes_that_the_picture_has_and_no_others(client: Client):
    make_group()
    paper, other, last = make_paper("Again"), make_paper("And again"), make_paper("Once")
    first = make_session(1, "First")
    read(first, paper)
    assert legend_of(page(client)) == ["session", "paper read once, below its session"]
    for number in (2, 3):
        read(make_session(number, f"No. {number}"), paper)
    for number in (4, 5, 6):
        read(make_session(number, f"No. {number}"), other)
    read(make_session(7, "To come", starts_at=in_days(2)), other)
    make_session(8, "Off", starts_at=in_days(3), state="cancelled")
    BacklogEntry.objects.create(paper=last)
    assert legend_of(page(client)) == [
        "session", "session to come", "cancelled session", "paper read three times", "paper read more often",
        "to be read again", "paper still to cover, at the end",
    ]  # fmt: skip


def legend_of(html: str) -> list[str]:
    [found] = re.findall(r'<figcaption>.*?<ul class="in-a-row">(.*?)</ul>', html, re.DOTALL)
    return [text(each) for each in re.findall(r"<li>(.*?)</li>", found, re.DOTALL)]


def test_the_home_page_has_a_small_picture_however_long_the_history(client: Client):
    make_long_history()
    html = page(client, "/")
    [link] = re.findall(r'<a class="map-link".*?</a>', html, re.DOTALL)
    assert 'href="/map/"' in link
    assert link.count("<circle") == 40
    assert len(link) < 8_000


def test_the_first_groups_picture_on_the_home_page_is_light(client: Client):
    move_in()
    [link] = re.findall(r'<a class="map-link".*?</a>', page(client, "/"), re.DOTALL)
    assert len(link) < 4_000


def test_a_sessions_page_says_where_it_stands(client: Client):
    move_in()
    html = page(client, Session.objects.get(number=9).get_absolute_url())
    [here] = re.findall(r'<nav class="on-the-line.*?</nav>', html, re.DOTALL)
    assert text(here) == (
        "Previous Week 8: Perception-Prioritized Training, Elucidating Design Spaces "
        "You are here Week 9 "
        "Next Week 10: Paella The whole map"
    )
    # What earlier sessions read too, the page says above; what later ones do, here.
    first = page(client, Session.objects.get(number=1).get_absolute_url())
    assert "Denoising Diffusion Probabilistic Models : also in Week 9 Next Week 2" in text(first)
    assert re.findall(r'rel="(\w+)" href="([^"]+)"', here) == [
        ("prev", Session.objects.get(number=8).get_absolute_url()),
        ("next", Session.objects.get(number=10).get_absolute_url()),
    ]
    assert len(here) < 2_500


def test_the_ends_of_the_line_have_one_neighbour(client: Client):
    make_group()
    first, last = make_session(1, "First"), make_session(2, "Last", starts_at=in_days(2))
    alone = re.compile(r'rel="(prev|next)"')
    assert alone.findall(page(client, first.get_absolute_url())) == ["next"]
    assert alone.findall(page(client, last.get_absolute_url())) == ["prev"]
    last.delete()
    assert alone.findall(page(client, first.get_absolute_url())) == []


def test_a_session_names_no_draft_and_no_cancelled_one_beside_it(client: Client):
    make_group()
    paper = make_paper("Known")
    here = make_session(5, "Here")
    for number, state in ((4, "draft"), (6, "cancelled"), (5, None)):
        session = (
            here
            if state is None
            else make_session(number, f"Off {number}", state=state, starts_at=in_days(number))
        )
        read(session, paper)
    html = page(client, here.get_absolute_url())
    assert "Off" not in html
    assert "also in" not in html


def test_a_session_to_come_is_hollow_and_the_way_to_it_dashed(client: Client):
    make_group()
    make_session(1, starts_at=timezone.now() - timedelta(days=7))
    make_session(2, starts_at=in_days(7))
    drawn = picture(page(client))
    assert drawn.count('<circle class="coming"') == 1
    assert drawn.count('<line class="dashed"') == 1
