"""What the public pages say, to whom, and what they never say."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from papers.models import Resource
from papers.tex import to_text
from sessions.models import BacklogEntry, Group, Material, Person, Session
from tests.factories import in_days, leave, make_group, make_paper, make_session, move_in, populate, read

pytestmark = pytest.mark.django_db
LINKS_ABOUT_US = ["/", "/archive/course/"]
ABOUT_US = "A session of the reading group The Owls : start from its first one ."


def page(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert (url, response.status_code) == (url, status)
    return response.content.decode()


def words(html: str) -> str:
    """What the main part says, without markup."""
    main = html[html.index("<main") : html.index("</main>")]
    return to_text(" ".join(re.sub(r"<[^>]+>", " ", main).split()))


def links(html: str) -> list[str]:
    """Where the main part leads, in order."""
    return re.findall(r'<a [^>]*?href="([^"]*)"', html[html.index("<main") : html.index("</main>")])


# --- The first group ---------------------------------------------------------------------------------------
@pytest.fixture
def first_group() -> None:
    move_in()


@pytest.mark.usefixtures("first_group")
def test_the_archive_has_every_session_newest_first(client: Client):
    titles = re.findall(r'<h2 class="entry-title">(.*?)</h2>', page(client, "/archive/"), re.DOTALL)
    said = [" ".join(re.sub(r"<[^>]+>", "", title).split()) for title in titles]
    assert said == [
        "Week 16 &amp; 17: Flow Matching",
        "Week 15: Soft Diffusion",
        "Week 14: Q&amp;A with Robin Rombach",
        "Week 13: Latent Diffusion and Stable Diffusion",
        "Week 12: SDEDit",
        "Week 11: Progressive Distillation, Distillation of Guided Models",
        "Week 10: Paella",
        "Week 9: DDPM paper, EDM paper code walk-thrus",
        "Week 8: Perception-Prioritized Training, Elucidating Design Spaces",
        "Week 7: Classifier-Free Guidance, VDMs, and Denoising Diffusion GANs",
        "Week 6: Review",
        "Week 5: IDDPM, ADM, and Classifier-Free Guidance",
        "Week 4: Score SDEs and DDIM",
        "Week 3: NCSNv2 and Score SDEs",
        "Week 2: Score-based generative modeling",
        "Week 1: DDPM paper",
    ]


@pytest.mark.usefixtures("first_group")
def test_every_slide_link_is_absolute(client: Client):
    hrefs = re.findall(r'href="([^"]*\.pdf)">Slides', page(client, "/archive/"))
    home = "https://github.com/tmabraham/diffusion_reading_group/blob/main/%23"
    assert [href for href in hrefs if not href.startswith(home)] == []
    assert len(hrefs) == 12


@pytest.mark.usefixtures("first_group")
@pytest.mark.parametrize("url", ["/archive/", "/archive/course/"])
def test_links_of_one_name_lead_to_one_place(client: Client, url: str):
    """Recordings and slides of many sessions have the session's title in their names, for who hears only the links."""
    leads: dict[str, set[str]] = {}
    materials = r'href="(https?://[^"]*)"[^>]*>((?:Recording|Slides|Notebook).*?)</a>'
    for href, name in re.findall(materials, page(client, url)):
        leads.setdefault(re.sub(r"<[^>]*>", "", name), set()).add(href)
    assert {name: hrefs for name, hrefs in leads.items() if len(hrefs) > 1} == {}
    assert [name for name in leads if ": " not in name] == []
    assert len(leads) == 29


@pytest.mark.usefixtures("first_group")
def test_the_same_readings_are_shown_with_a_link_to_their_session(client: Client):
    html = page(client, "/sessions/14-qa-with-robin-rombach/")
    assert words(html) == (
        "14 of 16 in the course ← Previous: Week 13 : Latent Diffusion and Stable Diffusion "
        "Next: Week 15 : Soft Diffusion → "
        "Week 14 : Q&amp;A with Robin Rombach "
        "Recording Q&amp;A with Robin Rombach Play the recording "
        "Plays from YouTube: nothing is loaded before you click. "
        "Readings Same as Week 13 "
        "High-Resolution Image Synthesis with Latent Diffusion Models "
        "arXiv : High-Resolution Image Synthesis with Latent Diffusion Models "
        "Annotated Paper Implementation of Latent/Stable Diffusion article, nn.labml.ai "
        "Lilian Weng&#x27;s blog post article, lilianweng.github.io "
        "Stable Diffusion github.com : Stable Diffusion "
        "HuggingFace blog post on Stable Diffusion article, huggingface.co "
        "Earlier sessions that help They share readings with this one. "
        "Week 4: Score SDEs and DDIM reads Lilian Weng&#x27;s blog post "
        "Week 13: Latent Diffusion and Stable Diffusion reads "
        "High-Resolution Image Synthesis with Latent Diffusion Models , "
        "Annotated Paper Implementation of Latent/Stable Diffusion , Lilian Weng&#x27;s blog post , "
        "Stable Diffusion and HuggingFace blog post on Stable Diffusion "
        "A session of the reading group Diffusion Reading Group at EleutherAI : start from its first one , "
        "or join the group . "
        "Previous Week 13: Latent Diffusion and Stable Diffusion "
        "You are here Week 14 "
        "Next Week 15: Soft Diffusion The whole map"
    ).replace("&amp;", "&").replace("&#x27;", "'")
    assert links(html)[:5] == [
        "/archive/course/",
        "/sessions/13-latent-diffusion-and-stable-diffusion/",
        "/sessions/15-soft-diffusion/",
        "https://youtu.be/GZZvgxIm6WU",
        "/sessions/13-latent-diffusion-and-stable-diffusion/",
    ]


@pytest.mark.usefixtures("first_group")
def test_readings_nest_as_in_the_source_and_name_who_walks_through(client: Client):
    html = page(client, "/sessions/9-ddpm-paper-edm-paper-code-walk-thrus/")
    nested = re.search(r"<li[^>]*>\s*<a[^>]*>Elucidating.*?<ul>(.*?)</ul>", html, re.DOTALL)
    assert nested
    below = " ".join(re.sub(r"<[^>]+>", "", nested[1]).split())
    assert (
        below.replace("&#x27;", "'")
        == "Katherine's codebase code, github.com/crowsonkb/k-diffusion walk-thru, with Jeremy Howard"
    )


@pytest.mark.usefixtures("first_group")
def test_the_backlog_keeps_the_numbers_of_the_list(client: Client):
    html = page(client, "/backlog/")
    to_cover, covered = html.split('id="covered"')
    assert re.findall(r'<li id="paper-\d+" value="(\d+)"', to_cover) == [
        str(number) for number in range(21, 69)
    ]
    assert re.findall(r'<li id="paper-\d+" value="(\d+)"', covered) == [
        str(number) for number in range(1, 21)
    ]
    assert "20 of 68 covered" in words(html)


@pytest.mark.usefixtures("first_group")
def test_home_says_how_far_the_list_is_covered_and_where_to_join(client: Client):
    html = page(client, "/")
    assert "20 of 68 papers covered" in words(html)
    actions = re.findall(r'<ul class="actions">(.*?)</ul>', html, re.DOTALL)
    assert [" ".join(re.sub(r"<[^>]*>", " ", each).split()) for each in actions] == [
        "Start with the first session Newest recording: Week 16 &amp; 17, Flow Matching Join the group All recordings"
    ]
    make_session(18, "Bridges", starts_at=in_days(3))
    html = page(client, "/")
    assert '<a class="button" href="https://discord.gg/zBGx3azzUn">Join the group</a>' in html
    assert "Newest recording" not in html


@pytest.mark.usefixtures("first_group")
def test_exponents_and_accents_in_titles_are_letters(client: Client):
    html = page(client, "/papers/i2sb-image-to-image-schrodinger-bridge/")
    assert "<title>I²SB: Image-to-Image Schrödinger Bridge · Diffusion Reading Group" in html
    assert "<h1>I²SB: Image-to-Image Schrödinger Bridge</h1>" in html
    assert "<math" not in html


@pytest.mark.usefixtures("first_group")
def test_resources_of_one_name_say_their_paper(client: Client):
    said = words(page(client, "/resources/"))
    assert re.findall(r"Official Codebase (\S+) with ", said) == [
        "github.com/NVlabs/edm",
        "github.com/jychoi118/P2-weighting",
    ]


@pytest.mark.usefixtures("first_group")
def test_people_are_those_who_presented(client: Client):
    names = re.findall(r'<a class="work" href="/people/[^"]*">(.*?)</a>', page(client, "/people/"))
    assert names == ["Griffin Floto", "Jeremy Howard", "marii", "Molly Beavers"]
    said = words(page(client, "/people/marii/"))
    assert said == (
        "marii Slides, notebooks and recordings Slides - Progressive Distillation "
        "in Week 11: Progressive Distillation, Distillation of Guided Models"
    )


# --- Addresses ---------------------------------------------------------------------------------------------
def test_numbers_and_old_slugs_lead_to_the_session(client: Client):
    session = make_session(16, "Flow Matching", last_number=17)
    session.slug = "flows"
    session.save()
    for url in ("/sessions/16/", "/sessions/17/", "/sessions/16-17-flow-matching/"):
        response = client.get(url)
        assert (url, response.status_code, response["Location"]) == (url, 302, "/sessions/flows/")
    assert "Flow Matching" in page(client, "/sessions/flows/")


@pytest.mark.parametrize(
    "url",
    [
        "/sessions/15/",
        f"/sessions/{10**30}/",
        "/sessions/no-such/",
        "/papers/no-such/",
        "/people/no-such/",
        "/archive/?before=x",
        "/archive/?before=0",
        f"/archive/?before=-{10**30}",
        "/papers/?after=%00",
        "/papers/?after=zz",
        "/no-such-page",
    ],
)
def test_what_is_not_there_is_said_with_a_way_on(client: Client, url: str):
    make_session(16)
    make_paper("Some paper")
    html = page(client, url, 404)
    assert ("There is no Week 15" if "15" in url else "Page not found") in words(html)
    assert 'action="/search/"' in html


def test_a_broken_site_has_a_page_that_needs_nothing(client: Client, monkeypatch: pytest.MonkeyPatch):
    def break_down(*_: Any) -> None:
        raise RuntimeError

    client.raise_request_exception = False
    monkeypatch.setattr("sessions.models.session.SessionQuerySet.scheduled", break_down)
    monkeypatch.setattr("sessions.models.group.GroupQuerySet.current", break_down)
    response = client.get("/schedule/")
    assert response.status_code == 500
    assert "<h1>Something went wrong</h1>" in response.content.decode()


def test_a_request_that_makes_no_sense_has_a_page_that_needs_nothing(client: Client):
    response = client.get("/", headers={"host": "elsewhere.example"})
    assert response.status_code == 400
    html = response.content.decode()
    assert "<h1>This request is not valid</h1>" in html
    assert links(html) == ["/"]


# --- Drafts ------------------------------------------------------------------------------------------------
def test_a_draft_is_nowhere(client: Client):
    make_group()
    before, after = make_session(1, "Before"), make_session(3, "After")
    guest = Person.objects.create(name="Secret Guest")
    draft = make_session(2, "Secret", state="draft", starts_at=in_days(1), summary="Secret summary")
    draft.presenters.add(guest)
    paper = make_paper("Known paper")
    read(draft, paper, note="Secret note", presenters=[guest])
    leave(draft, "https://secret.example/", presenters=[guest])
    read(after, same_as=draft)
    twice_removed = make_session(4, "Twice removed", starts_at=in_days(2))
    read(twice_removed, same_as=after)
    BacklogEntry.objects.create(paper=paper)
    pages = {
        url: page(client, url)
        for url in (
            "/",
            "/schedule/",
            "/archive/",
            "/archive/course/",
            "/map/",
            "/syllabus.json",
            "/progress/tickable.json",
            before.get_absolute_url(),
            after.get_absolute_url(),
            twice_removed.get_absolute_url(),
            reverse("session-ics", kwargs={"slug": twice_removed.slug}),
            "/papers/",
            paper.get_absolute_url(),
            "/backlog/",
            "/resources/",
            "/people/",
            "/search/?q=known",
        )
    }
    assert [url for url, html in pages.items() if re.search("secret", html, re.IGNORECASE)] == []
    assert (
        "No session has read this paper yet" in pages[paper.get_absolute_url()]
        or "not covered yet" in pages[paper.get_absolute_url()]
    )
    assert (
        words(page(client, "/search/?q=secret")).count("ecret") == 1
    )  # as typed, in “Nothing was found for …”
    assert page(client, "/search/results/?q=secre").count("ecre") == 1  # nor is the word a draft has proposed
    for url in ("/sessions/2/", draft.get_absolute_url(), guest.get_absolute_url()):
        page(client, url, 404)
    assert f'href="{before.get_absolute_url()}"' in pages[after.get_absolute_url()]


def test_a_guest_is_known_from_public_parts_only(client: Client):
    make_group()
    public, draft = make_session(1, "Known"), make_session(2, "Secret", state="draft")
    guest = Person.objects.create(name="Guest")
    for session in (public, draft):
        session.presenters.add(guest)
        read(session, label=f"{session.title} line", presenters=[guest])
        leave(session, f"https://{session.title}.example/", label=f"{session.title} deck", presenters=[guest])
    assert words(page(client, "/people/guest/")) == (
        "Guest Sessions Week 1: Known "
        "Readings Known line in Week 1: Known "
        "Slides, notebooks and recordings Known deck in Week 1: Known"
    )
    assert words(page(client, "/people/")).endswith("Guest Week 1: Known")


@pytest.fixture
def read_by_a_draft() -> dict[str, Any]:
    """A paper and a resource of each sort: read by a draft alone, by more than that, by nobody."""
    make_group()
    draft, public, off = (
        make_session(1, "Draft", state="draft"),
        make_session(2, "Public"),
        make_session(3, "Off", state="cancelled"),
    )
    readers = {
        "Hidden": [draft, draft],
        "Shared": [draft, public],
        "Off": [draft, off],
        "Free": [],
        "Listed": [draft],
    }
    papers, resources = {}, {}
    for number, (name, sessions) in enumerate(readers.items()):
        papers[name] = make_paper(f"{name} paper", arxiv_id=f"2001.0000{number + 1}")
        resources[name] = Resource.objects.create(
            title=f"{name} post", url=f"https://{name.lower()}.example/"
        )
        for session in sessions:
            read(session, papers[name])
            if name != "Listed":
                read(session, resource=resources[name])
    for paper in papers.values():
        paper.resources.set(resources.values())
    BacklogEntry.objects.create(paper=papers["Listed"])
    return {"papers": papers, "resources": resources}


def test_what_only_a_draft_reads_is_nowhere(client: Client, read_by_a_draft: dict[str, Any]):
    shown = ["Free", "Listed", "Off", "Shared"]
    assert re.findall(r'href="/papers/(\w+)-paper/">', page(client, "/papers/")) == [
        name.lower() for name in shown
    ]
    html = page(client, "/resources/")
    assert re.findall(r'<a class="work" href="https://(\w+).example/">', html) == [
        name.lower() for name in shown
    ]
    for url in (
        *(read_by_a_draft["papers"][name].get_absolute_url() for name in shown),
        "/resources/",
        "/papers/",
        "/backlog/",
        "/",
        "/sessions/2-public/",
        "/search/?q=paper",
        "/search/?q=post",
        "/search/?q=off",
    ):
        assert (url, "Hidden" in words(page(client, url))) == (url, False)
    page(client, "/papers/hidden-paper/", 404)
    for query in ("hidden", "2001.00001", "https://hidden.example/"):
        assert client.get("/search/", {"q": query}).status_code == 200
    assert client.get("/search/", {"q": "2001.00002"})["Location"] == "/papers/shared-paper/"


@pytest.mark.usefixtures("searched_at_once")
def test_what_a_draft_reads_is_shown_with_the_draft(client: Client, read_by_a_draft: dict[str, Any]):
    Session.objects.filter(number=1).update(state="published")
    assert "Hidden post" in words(page(client, "/papers/hidden-paper/"))
    assert "Hidden post" in words(page(client, "/resources/"))
    assert "Hidden paper" in words(page(client, "/search/?q=hidden"))


def test_a_session_taken_back_to_draft_is_gone_from_its_old_addresses(client: Client):
    session = make_session(2, "Secret")
    session.slug = "renamed"
    session.save()
    session.state = Session.State.DRAFT
    session.save()
    for url in ("/sessions/2/", "/sessions/2-secret/", "/sessions/renamed/"):
        page(client, url, 404)


# --- When --------------------------------------------------------------------------------------------------
def test_the_next_session_shows_time_zone_and_meeting_room(client: Client):
    make_group(
        time_zone="Europe/Berlin", join_url="https://meet.example/", usual_duration=timedelta(minutes=90)
    )
    make_session(5, "Soon", starts_at=datetime(2100, 7, 3, 18, 0, tzinfo=UTC))
    for url in ("/", "/sessions/5-soon/", "/schedule/"):
        html = page(client, url)
        assert (
            '<span class="moment" data-live><span class="times">'
            '<time datetime="2100-07-03T20:00+02:00"><span class="day">Saturday, 3 July 2100, </span>20:00</time>–'
            '<time datetime="2100-07-03T21:30+02:00">21:30</time></span> '
            '<span class="zone">(UTC+2, Europe/Berlin)</span></span>'
        ) in html
    for url in ("/", "/sessions/5-soon/"):
        assert '<a class="button" href="https://meet.example/">Join the session</a>' in page(client, url)
    # Below the time, and the countdown that comes there: before anything longer.
    assert re.search(
        r'</time></span> <span class="zone">[^<]*</span></span>\s*</p>\s*<p data-until-end>',
        page(client, "/"),
    )


def test_what_goes_on_after_midnight_says_so(client: Client):
    make_group(time_zone="Asia/Kolkata")
    for number, (clock, minutes) in enumerate([(18, 60), (18, 30), (18, 720), (12, 120)], 1):
        starts_at = datetime(2100, 7, number, clock, 0, tzinfo=UTC)
        make_session(number, starts_at=starts_at, duration=timedelta(minutes=minutes))
    said = re.findall(r'<p class="when">(.*?)</p>', page(client, "/schedule/"), re.DOTALL)
    assert [" ".join(re.sub("<[^>]*>", "", each).split()) for each in said] == [
        "Thursday, 1 July 2100, 23:30–00:30 the next day (UTC+5:30, Asia/Kolkata)",
        "Friday, 2 July 2100, 23:30–00:00 (UTC+5:30, Asia/Kolkata)",
        "Saturday, 3 July 2100, 23:30–11:30 the next day (UTC+5:30, Asia/Kolkata)",
        "Sunday, 4 July 2100, 17:30–19:30 (UTC+5:30, Asia/Kolkata)",
    ]


def test_the_address_of_sessions_leads_to_the_archive(client: Client):
    response = client.get("/sessions/")
    assert (response.status_code, response.headers["Location"]) == (301, "/archive/")


@pytest.mark.parametrize(
    ("own", "room"),
    [
        ("https://own.example/?a=1&b=2", "https://own.example/?a=1&amp;b=2"),
        ("", "https://meet.example/?c=3&amp;d=4"),
    ],
)
def test_the_sessions_own_meeting_room_wins(client: Client, own: str, room: str):
    make_group(join_url="https://meet.example/?c=3&d=4")
    session = make_session(5, "Soon", starts_at=in_days(1), join_url=own)
    for url in ("/", session.get_absolute_url()):
        html = page(client, url)
        assert re.findall(r'<a class="button" href="([^"]*)">Join the session</a>', html) == [room]


def test_the_meeting_room_closes_when_the_session_ends(client: Client):
    make_group(join_url="https://meet.example/")
    make_session(4, "Over", starts_at=in_days(-0.1))
    make_session(5, "Running", starts_at=in_days(-0.01))
    make_session(6, "Off", starts_at=in_days(1), state="cancelled")
    assert "meet.example" not in page(client, "/sessions/4-over/")
    assert "meet.example" in page(client, "/sessions/5-running/")
    assert "meet.example" not in page(client, "/sessions/6-off/")
    assert "Happening now" in words(page(client, "/"))


def test_home_tells_of_a_cancelled_session_when_no_other_is_planned(client: Client):
    make_session(6, "Off", starts_at=in_days(1), state="cancelled")
    text = client.get("/").content.decode()
    assert [word in text for word in ("Cancelled</h2>", "Off", "No session is planned yet")] == [
        True,
        True,
        False,
    ]
    make_session(7, "On", starts_at=in_days(8))
    text = client.get("/").content.decode()
    assert [word in text for word in ("Next session</h2>", "On", "Cancelled</h2>")] == [True, True, False]


def test_a_cancelled_session_is_marked(client: Client):
    make_session(6, "Off", starts_at=in_days(1), state="cancelled")
    assert "Cancelled" in words(page(client, "/schedule/"))
    assert words(page(client, "/sessions/6-off/")).startswith(
        "Week 6 : Off Cancelled This session will not take place."
    )


@pytest.mark.parametrize(
    ("activity", "heading"),
    [
        ("running", "No session is planned yet"),
        ("paused", "The group is taking a break"),
        ("ended", "The group has ended"),
    ],
)
def test_home_says_what_to_do_when_nothing_is_planned(client: Client, activity: str, heading: str):
    make_group(activity=activity, chat_url="https://chat.example/")
    html = page(client, "/")
    assert f'<h2 id="next">{heading}</h2>' in html
    assert "/archive/" in links(html)
    assert ("Join the group" in html) == (activity != "ended")


def test_an_empty_site_has_all_its_pages(client: Client):
    for url in (
        "/",
        "/schedule/",
        "/archive/",
        "/papers/",
        "/backlog/",
        "/resources/",
        "/people/",
        "/search/",
    ):
        assert page(client, url).count("<h1") == 1


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("Week", "Week 16 &amp; 17: Flow"),
        ("Meeting", "Meeting 16 &amp; 17: Flow"),
        ("#", "#16 &amp; 17: Flow"),
    ],
)
def test_sessions_are_called_as_the_group_calls_them(client: Client, word: str, name: str):
    make_group(session_word=word)
    html = page(client, make_session(16, "Flow", last_number=17).get_absolute_url())
    assert f"<title>{name} · The Owls</title>" in html
    heading = re.search(r"<h1>(.*?)</h1>", html, re.DOTALL)
    assert heading
    assert re.sub(r"<[^>]+>", "", heading[1]).strip() == name
    card = re.search(r'<h2 class="entry-title">(.*?)</h2>', page(client, "/archive/"), re.DOTALL)
    assert card
    assert re.sub(r"<[^>]+>", "", card[1]).strip() == name


# --- What people wrote -------------------------------------------------------------------------------------
def test_nothing_written_becomes_markup_script_or_a_foreign_request(client: Client):
    evil = "<script>alert(1)</script>"
    group = make_group(introduction=f"{evil} [x](javascript:alert(1)) ![pic](https://spy.example/x.png)")
    session = make_session(1, evil, summary=f"{evil}\n\n# One\n\n[rel](notes.md) [bad](data:text/html,x)")
    person = Person.objects.create(name=evil, url="https://me.example/")
    session.presenters.add(person)
    paper = make_paper(evil, authors=evil, abstract=evil, url="ftp://files.example/x")
    resource = Resource.objects.create(title=evil, url="javascript:alert(1)")
    read(session, paper, note=evil)
    read(session, resource=resource)
    leave(session, "javascript:alert(1)", label=evil)
    BacklogEntry.objects.create(paper=paper, label=evil)
    for url in (
        "/",
        "/archive/",
        session.get_absolute_url(),
        "/papers/",
        paper.get_absolute_url(),
        "/backlog/",
        "/resources/",
        "/people/",
        person.get_absolute_url(),
        "/search/?q=%3Cscript%3E",
        "/search/?q=alert",
    ):
        html = page(client, url)
        assert (url, html.count("<script"), "<img" in html) == (url, 1, False)  # the site's own
        schemes = {link.partition(":")[0] for link in links(html) if not link.startswith(("/", "?", "#"))}
        assert (url, schemes - {"https"}) == (url, set())
    assert '<a href="https://spy.example/x.png">pic</a>' in page(client, "/")
    # Without a home of the README a relative link is only its words; with one it is a link.
    assert "<p>rel bad</p>" in page(client, session.get_absolute_url())
    group.source_url = "https://git.example/group/"
    group.save()
    assert '<a href="https://git.example/group/notes.md">rel</a> bad' in page(
        client, session.get_absolute_url()
    )
    assert "<h2>One</h2>" in page(client, session.get_absolute_url())


def test_a_material_without_a_way_there_is_only_its_words(client: Client):
    make_group()
    session = make_session(1)
    leave(session, "%231.pdf", kind="slides")
    assert words(page(client, session.get_absolute_url())).endswith(
        f"Slides Slides Readings No readings are listed. {ABOUT_US}"
    )
    Group.objects.update(source_url="https://git.example/group/")
    assert links(page(client, session.get_absolute_url())) == [
        "https://git.example/group/%231.pdf",
        *LINKS_ABOUT_US,
    ]


def test_a_line_is_escaped_once(client: Client):
    make_group()
    session = make_session(1)
    read(session, make_paper("A paper"), label="Q&A on $a<b$ &amp;lt; c")
    read(session, resource=Resource.objects.create(title="T&amp;lt;", url="https://a.example/?b&c"))
    html = page(client, session.get_absolute_url())
    assert "<mo>&lt;</mo>" in html
    assert "Q&amp;A on " in html
    assert '<a class="work" href="https://a.example/?b&amp;c">T&amp;lt;</a>' in html


def test_a_material_that_is_a_file_leads_there_and_says_what_it_is(client: Client):
    make_group(source_url="https://git.example/group/")
    session = make_session(1)
    Material.objects.create(session=session, file="materials/deck.pdf", file_size=2_202_010, label="Deck")
    html = page(client, session.get_absolute_url())
    assert (
        words(html)
        .replace("\xa0", " ")
        .endswith(f"Materials Deck (PDF, 2.1 MB) Show it here : Deck {ABOUT_US}")
    )
    assert links(html) == ["/media/materials/deck.pdf", *LINKS_ABOUT_US]


def test_a_paper_says_who_reads_it_and_how(client: Client):
    make_group()
    paper = make_paper("Paper", authors="Ann\nBob")
    held, coming = (
        make_session(1, "Held"),
        make_session(2, "Coming", starts_at=datetime(2058, 10, 28, 22, tzinfo=UTC)),
    )
    past_and_off = make_session(3, "Off", state="cancelled")
    read(held, paper)
    read(coming, same_as=held)
    read(past_and_off, paper)
    said = words(page(client, paper.get_absolute_url()))
    assert said == (
        "Paper Ann, Bob Search arXiv for this title (leaves this site) In this group Read in Week 1: Held "
        "Planned for Week 2: Coming Monday, 28 October 2058, 22:00 – 23:00 (UTC) , as part of another session's readings"
    )


# --- Long lists --------------------------------------------------------------------------------------------
def test_the_archive_goes_on_over_pages_without_gap_or_repetition(client: Client):
    Session.objects.bulk_create(
        Session(number=n, title=f"T{n}", slug=f"{n}-t", state="published") for n in range(1, 251)
    )
    url, seen = "/archive/", []
    while url:
        html = page(client, url)
        seen.append(
            [int(number) for number in re.findall(r'entry-title">\s*<a href="/sessions/(\d+)-t/"', html)]
        )
        older = re.search(r'<a rel="next" href="([^"]*)">Older', html)
        url = f"/archive/{older[1]}" if older else ""
    assert seen == [list(range(250, 150, -1)), list(range(150, 50, -1)), list(range(50, 0, -1))]
    newer = re.search(r'<a rel="prev" href="([^"]*)">Newer', html)
    assert newer
    back = page(client, f"/archive/{newer[1]}")
    assert re.findall(r'entry-title">\s*<a href="/sessions/(\d+)-t/"', back)[::99] == ["150", "51"]


def test_papers_go_on_over_pages_by_title(client: Client):
    for number in range(101):
        make_paper(f"Paper {number:03}")
    assert re.findall(r'rel="(?:next|prev)" href="([^"]*)"', page(client, "/papers/")) == ["?after=paper-099"]
    last = page(client, "/papers/?after=paper-099")
    assert re.findall(r'rel="(?:next|prev)" href="([^"]*)"', last) == ["?before=paper-100"]
    assert "Paper 100" in words(last)


# --- Every page --------------------------------------------------------------------------------------------
PAGES = [
    "/",
    "/schedule/",
    "/archive/",
    "/sessions/1-held/",
    "/papers/",
    "/papers/read-1/",
    "/backlog/",
    "/resources/",
    "/people/",
    "/people/person-1/",
    "/search/?q=read",
    "/accent/8c2f1b.css",
    "/sessions/1/",
    "/no-such-page/",
]


@pytest.mark.parametrize("url", PAGES)
def test_no_page_sets_a_cookie_or_varies_by_visitor(client: Client, url: str):
    populate(1)
    response = client.get(url)
    assert dict(response.cookies) == {}
    assert "Cookie" not in response.get("Vary", "")
    assert response["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


@pytest.mark.parametrize("url", [url for url in PAGES if url not in ("/accent/8c2f1b.css", "/sessions/1/")])
def test_every_page_has_one_heading_a_title_and_a_description(client: Client, url: str):
    populate(1)
    html = client.get(url).content.decode()
    assert len(re.findall(r"<h1[ >]", html)) == 1
    title, description = (
        re.search(r"<title>([^<]+)</title>", html),
        re.search(r'<meta name="description" content="([^"]+)">', html),
    )
    assert title
    assert description
    assert title[1] == "The Owls" if url == "/" else title[1].endswith(" · The Owls")


def test_the_canonical_address_is_the_sites_own(client: Client, settings: Any):
    populate(1)
    assert '<link rel="canonical" href="http://testserver/archive/">' in page(
        client, "/archive/?utm_source=x"
    )
    settings.SITE_URL = "https://group.example"
    html = page(client, "/archive/?before=3&utm_source=x")
    assert '<link rel="canonical" href="https://group.example/archive/?before=3">' in html


def test_the_colour_has_an_address_that_changes_with_it(client: Client):
    group = make_group(accent="#0b6e4f")
    assert 'href="/accent/0b6e4f.css"' in page(client, "/")
    group.accent = "#123456"
    group.save()
    assert 'href="/accent/123456.css"' in page(client, "/")
    # What was kept for a year is still the same.
    response = client.get("/accent/0b6e4f.css")
    assert (response.content, response["Content-Type"], response["Cache-Control"]) == (
        b":root { --accent: #0b6e4f; }\n",
        "text/css; charset=utf-8",
        "public, max-age=31536000",
    )
    assert client.get("/accent/0b6e4f.css", headers={"If-None-Match": response["ETag"]}).status_code == 304


def test_a_colour_asks_nothing_of_the_database(client: Client, django_assert_num_queries: Any):
    with django_assert_num_queries(0):
        client.get("/accent/0b6e4f.css")


@pytest.mark.parametrize("colour", ["0b6e4", "0b6e4f0", "0B6E4F", "0b6e4g", "red;}a{", "٠١٢٣٤٥", "0b6e4f%0a"])
def test_what_is_no_colour_has_no_stylesheet(client: Client, colour: str):
    page(client, f"/accent/{colour}.css", 404)
    page(client, f"/accent/0b6e4f.css{colour[6:] or 'x'}", 404)


@pytest.mark.parametrize("url", PAGES[:11])
def test_pages_are_only_read(client: Client, url: str):
    assert client.post(url).status_code == 405


# --- Numbers that no session has, letters, introductions -----------------------------------------------------
def test_a_number_that_no_session_has_leads_to_the_nearest(client: Client):
    make_session(2, "Two")
    make_session(5, "Five", last_number=6)
    make_session(4, "Secret", state="draft")
    for url in ("/sessions/4/", "/sessions/4-secret/", "/sessions/0003-x/"):
        html = page(client, url, 404)
        number = 3 if "3" in url else 4
        assert f"<h1>There is no Week {number}</h1>" in html
        assert words(html).startswith(
            f"There is no Week {number} The nearest ones are Week 2: Two Week 5 & 6: Five "
        )
        assert {"/archive/course/", "/map/", "/schedule/"} <= set(links(html))
    assert words(page(client, "/sessions/99999-foo/", 404)).startswith(
        "There is no Week 99999 The nearest one is Week 5 & 6: Five ."
    )
    assert words(page(client, "/sessions/6-fife/", 404)).startswith(
        "Page not found There is no page at this address. Did you mean Week 5 & 6: Five ?"
    )
    assert words(page(client, "/sessions/100000/", 404)).startswith("Page not found There is no page")


def test_a_list_says_which_place_it_has_not_and_where_it_begins(client: Client):
    make_session(1, "One")
    read(Session.objects.get(), make_paper("DDPM"))
    for path, query, why in (
        ("/archive/", "?after=abc", "The list has no place “abc”."),
        ("/archive/course/", "?after=<b>", "The list has no place “&lt;b&gt;”."),
        ("/archive/", f"?before={'9' * 99}", f"The list has no place “{'9' * 39}…”."),
        ("/papers/", "?from=zzz", "There is nothing on this page of the list."),
        ("/people/", "?after=a", "There is nothing on this page of the list."),
    ):
        html = page(client, path + query, 404)
        assert f'<p class="lead">{why} It begins on <a href="{path}">its first page</a>.</p>' in html
        assert f'<meta name="description" content="{why}">' in html
    assert words(page(client, "/archive/x/", 404)).startswith("Page not found There is no page at this")


def test_a_site_without_sessions_says_so_of_each_number(client: Client):
    assert words(page(client, "/sessions/1/", 404)).startswith(
        "There is no Week 1 There are no sessions here yet."
    )


def test_many_papers_have_their_letters_to_jump_to(client: Client, monkeypatch: pytest.MonkeyPatch):
    for title in ("Attention", "Bridges", "Diffusion", "diffusion again", "3D", "扩散"):
        make_paper(title)
    nav = re.compile(r'<nav class="jumps".*?</nav>', re.DOTALL)
    assert nav.findall(page(client, "/papers/")) == []
    for number in range(30):
        make_paper(f"Zero {number}")
    html = page(client, "/papers/")
    [jumps] = nav.findall(html)
    letters = re.findall(r'href="#(letter-\w)">(\w)<', jumps)
    assert letters == [(f"letter-{letter.lower()}", letter) for letter in "ABDZ"]
    assert [html.count(f'id="{place}"') for place, _ in letters] == [1, 1, 1, 1]
    monkeypatch.setattr("papers.keyset.PAGE_SIZE", 3)
    [jumps] = nav.findall(page(client, "/papers/"))
    assert re.findall(r'href="([^"]+)">(\w)<', jumps) == [
        ("/papers/", "A"), ("?from=b", "B"), ("?from=d", "D"), ("?from=p", "P"), ("?from=z", "Z"),
    ]  # fmt: skip
    html = page(client, "/papers/?from=d")
    assert re.findall(r'class="work" href="/papers/([\w-]+)/"', html) == [
        "diffusion",
        "diffusion-again",
        "paper",
    ]
    assert re.findall(r'rel="(\w+)" href="([^"]+)"', html)[-2:] == [
        ("prev", "?before=diffusion"),
        ("next", "?after=paper"),
    ]
    assert '<link rel="canonical" href="http://testserver/papers/?from=d">' in html
    assert client.get("/papers/?from=zzz").status_code == 404


def test_an_introduction_begins_before_what_comes_next_and_goes_on_below(client: Client):
    group = make_group(introduction="We [read][1].\n\n# More\n\nAnd we talk.\n\n[1]: https://read.example/")
    make_session(1, starts_at=in_days(2))
    html = page(client, "/")
    marks = [
        '<p>We <a href="https://read.example/">read</a>.</p>',
        "Next session</h2>",
        "About the group</h2>",
        "<h3>More</h3>",
    ]
    assert [html.count(mark) for mark in marks] == [1, 1, 1, 1]
    assert sorted(marks, key=html.index) == marks
    group.introduction = f"{'Much to say. ' * 40}\n\nAnd more."
    group.save()
    html = page(client, "/")
    assert html.index("Next session</h2>") < html.index("<p>Much to say.")
