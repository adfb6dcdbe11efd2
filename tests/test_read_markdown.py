"""How a README is understood, rule by rule (docs/import.md)."""

import cProfile

import pytest

from readinggroup.interchange.errors import UnreadableError
from readinggroup.interchange.markdown.blocks import Item
from readinggroup.interchange.markdown.lines import Line, understand
from tests.readmes import read, said, week

ABS = "https://arxiv.org/abs/"


def session(body: str, **more: object) -> dict[str, object]:
    """The one session of a README with this body, without what has its default."""
    document = said(read(week(body)))
    sessions = document["sessions"]
    assert isinstance(sessions, list)
    found: dict[str, object] = sessions[0]
    return {key: value for key, value in found.items() if key not in {"number", "title"}}


def warnings(text: str) -> list[str]:
    return [f"{notice.line}: {notice.text}" for notice in read(text).warnings]


# --- Text as written -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "title",
    [
        r"I$^2$SB: Image-to-Image Schr\"odinger Bridge",
        r"100% of \{this\} _stays_ & A*B <T>",
        "ﬁnding “effective” MCMC – samplers",
        "A `code` title",
        "Q&amp;A with nobody",
    ],
)
def test_a_title_is_a_slice_of_the_source(title: str) -> None:
    document = read(week(f"* Readings:\n  * [{title}]({ABS}2001.00001)"))
    assert [paper.title for paper in document.papers] == [title]


def test_emphasis_around_a_whole_title_is_not_part_of_it() -> None:
    document = read(week(f"* Readings:\n  * **[_A title_]({ABS}2001.00001)**"))
    assert [paper.title for paper in document.papers] == ["A title"]


def test_a_label_over_a_line_break_is_one_line() -> None:
    document = read(week(f"* Readings:\n  * [A long\n    title]({ABS}2001.00001)"))
    assert [paper.title for paper in document.papers] == ["A long title"]


def test_lists_nested_deeper_than_two_levels_keep_every_line() -> None:
    body = "* Readings:\n" + "\n".join(f"{'  ' * depth}* line {depth}" for depth in range(1, 6))
    assert session(body) == {
        "readings": [{"label": "line 1"}, *({"label": f"line {depth}", "indent": 1} for depth in range(2, 6))]
    }
    assert warnings(week(body)) == [
        f"{line}: lists of readings have two levels here; this line was moved up to the second"
        for line in (7, 8, 9)
    ]


# --- Headings ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "word", "numbers", "title"),
    [
        ("## Week 3: Title", "Week", (3, None), "Title"),
        ("### Session 3 - Title", "Session", (3, None), "Title"),
        ("## #4 Title", "#", (4, None), "Title"),
        ("## Meeting #12: Title", "Meeting", (12, None), "Title"),
        ("## Week 16 & 17: Flow", "Week", (16, 17), "Flow"),
        ("## Week 16 &amp; 17: Flow", "Week", (16, 17), "Flow"),
        ("## Weeks 5-6: Two", "Week", (5, 6), "Two"),
        ("## Week 5 – 7: Three", "Week", (5, 7), "Three"),
        ("## Week 3 - 2023 in review", "Week", (3, None), "2023 in review"),
        ("## **Week 3:** Title", "Week", (3, None), "Title"),
        ("## [Week 3: Title](https://example.org)", "Week", (3, None), "Title"),
        ("Week 3: Title\n-------------", "Week", (3, None), "Title"),
        ("## Week 0: Before", "Week", (0, None), "Before"),
        ("## Woche 3: Äpfel", "Woche", (3, None), "Äpfel"),
        ("## Week 3", "Week", (3, None), "First reading"),
    ],
)
def test_a_heading_with_a_number_is_a_session(
    heading: str, word: str, numbers: tuple[int, int | None], title: str
) -> None:
    document = read(f"# Group\n\n{heading}\n* Readings:\n  * First reading\n")
    found = document.sessions[0]
    assert (document.group.session_word, (found.number, found.last_number), found.title) == (
        word,
        numbers,
        title,
    )


def test_the_word_that_most_headings_have_makes_the_sessions() -> None:
    document = read("# G\n\n## Version 2\nNew.\n\n## Week 1: A\n\n## Week 2: B\n")
    assert [each.number for each in document.sessions] == [1, 2]
    assert document.group.introduction == "## Version 2\n\nNew."


def test_what_is_neither_session_nor_list_is_named_and_left_out() -> None:
    assert warnings(week("* Readings:\n  * A") + "\n## Contributing\nWrite to us.\n") == [
        "7: “Contributing” is neither a session nor the list of papers; left out"
    ]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (
            "# G\n\nOnly words.\n",
            None,
            "holds no session; a session is a heading with a number, such as “## Week 3: Title”",
        ),
        (
            "# G\n## Week 1: A\n## Week 2: B\n## Week 1: C\n",
            4,
            "session 1 stands here again, first in line 2; give one of them another number",
        ),
        (
            "# G\n## Week 1-3: A\n## Week 2: B\n",
            3,
            "session 2 stands here again, first in line 2; give one of them another number",
        ),
        ("# G\n## Week 5 & 4: A\n", 2, "the session's numbers go backwards: 5 to 4"),
        ("# G\n## Week 100000: A\n", 2, "a session's number can be 99999 at most"),
        (f"# G\n## Week 1: {'a' * 301}\n", 2, "the session's title has more than 300 characters; shorten it"),
        (
            f"# G\n## Week 1: A\n* {'a' * 501}\n",
            3,
            "the line's title has more than 500 characters; shorten it",
        ),
        (
            "# G\n## Week 1: A\n" + "\n".join(f"{'  ' * depth}* a" for depth in range(51)),
            53,
            "lists are nested more than 50 deep here",
        ),
        (
            "# G\n## Week 1: A\n" + "* A\n" * 3200,
            203,
            "session 1 has 3,200 readings; a session can have 200, so spread them over several",
        ),
        (
            "# G\n## Week 1: A\n* Readings:\n  * A\n" + "* [Slides](a.pdf)\n" * 101,
            105,
            "session 1 has 101 materials; a session can have 100, so spread them over several",
        ),
        (
            "# G\n## Week 1: A\n* Same as Week 2\n## Week 2: B\n* Same as Week 1\n",
            None,
            "sessions: “same as” goes in a circle: 1 → 2 → 1",
        ),
    ],
)
def test_a_contradiction_is_refused_with_its_line(text: str, line: int | None, message: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(text)
    assert (caught.value.line, caught.value.message) == (line, message)


def test_fifty_levels_are_read() -> None:
    body = "* Readings:\n" + "\n".join(f"{'  ' * depth}* line {depth}" for depth in range(1, 50))
    assert len(read(week(body)).sessions[0].readings) == 49


# --- Reading or material? ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Recording", "recording"),
        ("recording of the talk", "recording"),
        ("Slides - EDM paper", "slides"),
        ("Notebook - P2 paper", "notebook"),
    ],
)
def test_inside_the_readings_what_begins_as_a_material_is_one(label: str, kind: str) -> None:
    body = f"* Readings:\n  * [A paper]({ABS}2001.00001)\n  * [{label}](https://example.org/x)"
    materials = read(week(body)).sessions[0].materials
    assert [(material.kind, material.label) for material in materials] == [
        (kind, "" if label == kind.capitalize() else label)
    ]


@pytest.mark.parametrize(
    "label", ["A Colab Notebook", "Arash's talk slides", "Slideshow", "Recordings archive of others"]
)
def test_inside_the_readings_everything_else_is_a_reading(label: str) -> None:
    body = f"* Readings:\n  * [{label}](https://example.org/x)"
    assert session(body) == {"readings": [{"resource": "https://example.org/x"}]}


@pytest.mark.parametrize(
    ("label", "href", "kind"),
    [
        ("DDPM Colab notebook", "https://colab.research.google.com/x.ipynb", "notebook"),
        ("Watch it", "https://youtu.be/x", "recording"),
        ("Deck", "deck.pdf", "slides"),
        ("What we said", "notes/1.pdf", "slides"),
        ("Notes", "https://example.org/notes", "other"),
        ("Video", "https://example.org/v", "recording"),
    ],
)
def test_outside_the_readings_it_is_a_material(label: str, href: str, kind: str) -> None:
    body = f"* Readings:\n  * A\n* [{label}]({href})"
    assert session(body)["materials"] == [
        {"href": href}
        | ({"kind": kind} if kind != "other" else {})
        | ({"label": label} if label != kind.capitalize() else {})
    ]


def test_a_session_that_names_no_readings_has_its_list_as_readings() -> None:
    body = f"* [A paper]({ABS}2001.00001)\n* [Slides](a.pdf)\n* Bring questions"
    assert session(body) == {
        "readings": [{"paper": "arXiv:2001.00001"}, {"label": "Bring questions"}],
        "materials": [{"kind": "slides", "href": "a.pdf"}],
    }


def test_readings_below_a_heading_or_a_line_of_their_own() -> None:
    for title in ("### Readings", "Readings:", "**Readings**"):
        body = (
            f"{title}\n\n* [A paper]({ABS}2001.00001)\n\n### Materials\n\n* [Recording](https://youtu.be/x)"
        )
        assert session(body) == {
            "readings": [{"paper": "arXiv:2001.00001"}],
            "materials": [{"kind": "recording", "href": "https://youtu.be/x"}],
        }, title


def test_other_text_is_the_summary() -> None:
    body = "We met *twice*.\n\n* Readings:\n  * A\n* Bring a pen\n\n> Quote\n\n### Notes\n\nMore."
    assert session(body) == {
        "readings": [{"label": "A"}],
        "summary": "We met *twice*.\n\n* Bring a pen\n\n> Quote\n\n### Notes\n\nMore.",
    }


# --- Paper or resource? --------------------------------------------------------------------------------------


def test_a_title_on_the_backlog_is_a_paper_wherever_it_stands() -> None:
    text = week("* Readings:\n  * [Stable diffusion](https://github.com/x/y)\n  * Only Words.") + (
        "\n## Papers to cover\n1. Stable Diffusion\n2. only words\n"
    )
    document = said(read(text))
    assert document["papers"] == [
        {"title": "only words"},
        {"title": "Stable Diffusion", "url": "https://github.com/x/y"},
    ]
    assert document["sessions"] == [
        {
            "number": 1,
            "title": "A title",
            "readings": [
                {"paper": "Stable Diffusion", "label": "Stable diffusion"},
                {"paper": "only words", "label": "Only Words."},
            ],
        }
    ]


def test_arxiv_links_are_papers_in_every_form() -> None:
    urls = [
        f"{ABS}2001.00001v2",
        "http://arxiv.org/pdf/2001.00001.pdf",
        "https://www.arxiv.org/abs/2001.00001?x#y",
    ]
    body = "* Readings:\n" + "\n".join(f"  * [A title]({url})" for url in urls)
    document = said(read(week(body)))
    assert document["papers"] == [{"title": "A title", "arxiv_id": "2001.00001"}]
    assert session(body) == {"readings": [{"paper": "arXiv:2001.00001"}] * 3}


def test_one_paper_under_two_titles_is_found_by_both() -> None:
    body = f"* Readings:\n  * [A title]({ABS}2001.00001)\n  * [Its other title.]({ABS}2001.00001)"
    document = said(read(week(body)))
    assert document["papers"] == [
        {"title": "A title", "arxiv_id": "2001.00001", "titles": ["its other title"]}
    ]
    assert session(body)["readings"] == [
        {"paper": "arXiv:2001.00001"},
        {"paper": "arXiv:2001.00001", "label": "Its other title."},
    ]


def test_two_arxiv_ids_are_two_papers_even_with_one_title() -> None:
    body = f"* Readings:\n  * [Survey]({ABS}2001.00001)\n  * [Survey]({ABS}2001.00002)"
    document = said(read(week(body)))
    assert document["papers"] == [
        {"title": "Survey", "arxiv_id": "2001.00001"},
        {"title": "Survey", "arxiv_id": "2001.00002"},
    ]


def test_a_link_called_paper_has_its_title_before_it() -> None:
    body = f"* Readings:\n  * DDPM: [paper]({ABS}2001.00001), [code](https://github.com/x/y)"
    document = said(read(week(body)))
    assert document["papers"] == [{"title": "DDPM", "arxiv_id": "2001.00001"}]
    assert session(body) == {
        "readings": [{"paper": "arXiv:2001.00001"}, {"resource": "https://github.com/x/y", "indent": 1}]
    }
    assert document["resources"] == [
        {"title": "code", "url": "https://github.com/x/y", "kind": "code", "papers": ["arXiv:2001.00001"]}
    ]


@pytest.mark.parametrize(
    ("written", "href"),
    [
        ("[A](<https://example.org/a b>)", "https://example.org/a%20b"),
        ("<https://example.org/a>", "https://example.org/a"),
        ("A: https://example.org/a_(b).", "https://example.org/a_(b)"),
        ('<a href="https://example.org/a">A</a>', "https://example.org/a"),
        ("[A][ref]", "https://example.org/ref"),
        ("[![Badge](https://example.org/i.png)](https://example.org/a)", "https://example.org/a"),
    ],
)
def test_links_in_every_form(written: str, href: str) -> None:
    document = read(week(f"* Readings:\n  * {written}\n\n[ref]: https://example.org/ref"))
    assert [resource.url for resource in document.resources] == [href]


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "data:text/html,x", "notes.md", "ftp://example.org/x"]
)
def test_a_reading_that_leads_nowhere_safe_is_kept_as_words(href: str) -> None:
    body = f"* Readings:\n  * [A]({href})"
    assert session(body) == {"readings": [{"label": "A"}]}
    assert warnings(week(body)) == [f"5: “{href}” is no web address; kept “A” without the link"]


def test_an_unsafe_material_is_left_out_with_a_warning() -> None:
    body = "* Readings:\n  * A\n* [Slides](javascript:alert(1))"
    assert session(body) == {"readings": [{"label": "A"}]}
    assert warnings(week(body)) == ["6: “javascript:alert(1)” cannot be a link; “Slides” is left out"]


def test_the_same_recording_twice_is_one() -> None:
    body = "* Readings:\n  * A\n* [Recording](https://youtu.be/x)\n* [Recording again](https://youtu.be/x)"
    assert session(body)["materials"] == [{"kind": "recording", "href": "https://youtu.be/x"}]
    assert warnings(week(body)) == ["7: the recording of line 6 again; left out the second time"]


# --- Same as -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("Same as Week 1", 1),
        ("same readings as in week 1.", 1),
        ("Same as last week", 2),
        ("Same as the previous session", 2),
        ("The same as #1", 1),
        ("Same as usual", None),
    ],
)
def test_same_as(words: str, number: int | None) -> None:
    document = read(
        f"# G\n## Week 1: A\n* Readings:\n  * x\n## Week 2: B\n## Week 3: C\n* Readings:\n  * {words}\n"
    )
    reading = document.sessions[2].readings[0]
    assert (reading.label, reading.same_as) == (words, number)


def test_same_as_a_session_that_is_not_there_is_kept_as_words() -> None:
    body = "* Readings:\n  * Same as Week 9"
    assert session(body) == {"readings": [{"label": "Same as Week 9"}]}
    assert warnings(week(body)) == ["5: there is no other session 9; kept as words"]


# --- Who presents --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "presenters", "note"),
    [
        ("[T](u) (presented by Molly Beavers)", ["Molly Beavers"], ""),
        ("[T](u) - Presented by marii", ["marii"], ""),
        ("[T](u) (walk-thru by Jeremy Howard)", ["Jeremy Howard"], "walk-thru"),
        ("[T](u), presented by A. Bee, C. Dee & E. Eff", ["A. Bee", "C. Dee", "E. Eff"], ""),
        ("[T](u) (sections 1-3, presented by A and B)", ["A", "B"], "sections 1-3"),
        ("[T](u) presented by [A Bee](https://a.example)", ["A Bee"], ""),
        ("[T](u) - Presenter: A Bee", ["A Bee"], ""),
        ("[T](u) (optional)", [], "optional"),
        ("[T](u) by Yang Song", [], "by Yang Song"),
        ("[T](u)", [], ""),
        ("**Required:** [T](u)", [], "Required"),
    ],
)
def test_who_presents_and_what_else_is_said(text: str, presenters: list[str], note: str) -> None:
    line = understand(Item(1, text), {})
    assert (line.label, line.href, line.presenters, line.note) == ("T", "u", presenters, note)


def test_a_presenters_home_page_is_kept() -> None:
    document = read(week("* Readings:\n  * [T](https://t.example) (presented by [A Bee](https://a.example))"))
    assert said(document)["people"] == [{"name": "A Bee", "url": "https://a.example"}]


@pytest.mark.parametrize(
    "body", ["* Presenters: A Bee, C Dee", "Presented by A Bee and C Dee", "* Speaker: A Bee & C Dee"]
)
def test_who_presents_the_session(body: str) -> None:
    assert session(body + "\n\n* Readings:\n  * A") == {
        "presenters": ["A Bee", "C Dee"],
        "readings": [{"label": "A"}],
    }


# --- The backlog ---------------------------------------------------------------------------------------------


def backlog(lines: str, body: str = "* Readings:\n  * A") -> object:
    return said(read(week(body) + f"\n## List of papers to cover:\n{lines}\n")).get("backlog")


def test_a_struck_line_after_the_list_is_an_entry_of_its_own() -> None:
    assert backlog("1. ~~One~~\n~~2. Two: the sequel~~\n3. Three") == [
        {"paper": "One", "label": "One", "override": "covered"},
        {"paper": "Two: the sequel", "label": "Two: the sequel", "override": "covered"},
        {"paper": "Three", "label": "Three"},
    ]


def test_struck_and_read_needs_no_override() -> None:
    assert backlog("1. ~~A paper~~\n2. Another", f"* Readings:\n  * [A Paper]({ABS}2001.00001)") == [
        {"paper": "arXiv:2001.00001", "label": "A paper"},
        {"paper": "Another", "label": "Another"},
    ]


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        ("* [T](https://arxiv.org/abs/2001.00001)", {"paper": "arXiv:2001.00001", "label": "T"}),
        ("- [x] T", {"paper": "T", "label": "T", "override": "covered"}),
        ("- [ ] T", {"paper": "T", "label": "T"}),
        ("1. ~~[T](https://t.example)~~", {"paper": "T", "label": "T", "override": "covered"}),
    ],
)
def test_entries_in_every_form(line: str, entry: dict[str, str]) -> None:
    assert backlog(line) == [entry]


def test_a_paper_listed_twice_stays_once() -> None:
    text = week("* Readings:\n  * A") + "\n## Papers to cover\n1. One\n2. one.\n"
    assert said(read(text))["backlog"] == [{"paper": "One", "label": "One"}]
    assert warnings(text) == ["9: “one.” is on the list already; left out the second time"]


def test_the_table_of_contents_is_no_list_of_papers() -> None:
    text = "# G\n\n<!--ts-->\n* [Week 1](#week-1)\n   * [x](#list-of-papers)\n<!--te-->\n\nHello.\n\n## Week 1: A\n"
    assert read(text).group.introduction == "Hello."


def test_a_plain_line() -> None:
    assert understand(Item(7, "All prior readings"), {}) == Line(
        7, "All prior readings", "All prior readings"
    )


# --- What other groups write ---------------------------------------------------------------------------------


def test_a_readme_of_another_kind() -> None:
    text = """\
<h1 align="center">Papers &amp; Tea</h1>
<p align="center"><a href="https://discord.gg/abc">Chat</a></p>

We meet on [Zoom](https://us02web.zoom.us/j/123?pwd=a&x=b).

## 📅 Schedule

### Session 1: Transformers 🤖
- 📄 Paper: [Attention](https://arxiv.org/pdf/1706.03762.pdf) ([code](https://github.com/x/t2t), [blog](https://b.example/t))
- 🎥 [Recording](https://youtu.be/xyz)
- 🧑‍🏫 Presenter: Jane Doe

### Session 2: BERT
- [x] [BERT](https://arxiv.org/abs/1810.04805), presented by Bob Smith & Ann Lee
- RoBERTa: https://arxiv.org/abs/1907.11692
"""
    assert said(read(text)) == {
        "group": {
            "name": "Papers & Tea",
            "introduction": '<p align="center"><a href="https://discord.gg/abc">Chat</a></p>\n\n'
            "We meet on [Zoom](https://us02web.zoom.us/j/123?pwd=a&x=b).",
            "chat_url": "https://discord.gg/abc",
            "join_url": "https://us02web.zoom.us/j/123?pwd=a&x=b",
            "session_word": "Session",
        },
        "sessions": [
            {
                "number": 1,
                "title": "Transformers 🤖",
                "presenters": ["Jane Doe"],
                "readings": [
                    {"paper": "arXiv:1706.03762"},
                    {"resource": "https://github.com/x/t2t", "indent": 1},
                    {"resource": "https://b.example/t", "indent": 1},
                ],
                "materials": [{"kind": "recording", "href": "https://youtu.be/xyz"}],
            },
            {
                "number": 2,
                "title": "BERT",
                "readings": [
                    {"paper": "arXiv:1810.04805", "presenters": ["Ann Lee", "Bob Smith"]},
                    {"paper": "arXiv:1907.11692"},
                ],
            },
        ],
        "papers": [
            {"title": "Attention", "arxiv_id": "1706.03762"},
            {"title": "BERT", "arxiv_id": "1810.04805"},
            {"title": "RoBERTa", "arxiv_id": "1907.11692"},
        ],
        "resources": [
            {"title": "blog", "url": "https://b.example/t", "papers": ["arXiv:1706.03762"]},
            {
                "title": "code",
                "url": "https://github.com/x/t2t",
                "kind": "code",
                "papers": ["arXiv:1706.03762"],
            },
        ],
        "people": [{"name": "Ann Lee"}, {"name": "Bob Smith"}, {"name": "Jane Doe"}],
    }


@pytest.mark.parametrize(
    ("headings", "word"), [(["Class 1", "Class 2"], "Class"), (["Week 1", "Weeks 2-3"], "Week")]
)
def test_a_word_in_s_is_a_plural_only_beside_its_singular(headings: list[str], word: str) -> None:
    document = read("# G\n" + "".join(f"## {heading}: Title\n" for heading in headings))
    assert (document.group.session_word, len(document.sessions)) == (word, 2)


def test_reading_takes_work_in_proportion_to_length() -> None:
    """Twice the lines, twice the work: counted in function calls, as seconds depend on the machine."""

    def calls(count: int) -> int:
        text = "# G\n## Week 0: A\n* B\n"
        text += "".join(
            f"## Week {number}: A\n* Same as Week {number - 1}\n* [T {number}](https://t.example/{number})\n"
            for number in range(1, count)
        )
        text += "## Backlog\n" + "".join(
            f"* [P {number}](https://p.example/{number})\n" for number in range(count)
        )
        profile = cProfile.Profile()
        profile.runcall(read, text)
        return sum(entry.callcount for entry in profile.getstats())

    assert calls(800) < 2.5 * calls(400)


@pytest.mark.parametrize(
    ("line", "title", "more"),
    [
        ("Double ML [[pdf]](https://arxiv.org/abs/2001.00001) [[code]](https://c.example/)", "Double ML", 1),
        (
            "Attention [[paper](https://arxiv.org/abs/2001.00001)] [[code](https://c.example/)]",
            "Attention",
            1,
        ),
        ("[Long](https://arxiv.org/abs/2001.00001) [[pdf]](https://arxiv.org/pdf/2001.00001)", "Long", 0),
        ("https://arxiv.org/abs/2001.00001v2", "arXiv:2001.00001", 0),
        ("[paper](https://arxiv.org/abs/2001.00001)", "arXiv:2001.00001", 0),
    ],
)
def test_a_label_that_only_names_the_link_is_no_title(line: str, title: str, more: int) -> None:
    document = read(week(f"* Readings:\n  * {line}"))
    assert [(paper.title, paper.titles) for paper in document.papers] == [(title, [])]
    assert [reading.note for reading in document.sessions[0].readings] == [""] * (1 + more)
    assert [resource.title for resource in document.resources] == ["code"] * more


@pytest.mark.parametrize(
    "line", ["- **Presenter:** [Ann Lee](https://ann.example)", "Presented by [Ann Lee](https://ann.example)"]
)
def test_a_presenter_whose_name_is_a_link(line: str) -> None:
    document = said(read(week(f"{line}\n\n* Readings:\n  * A")))
    assert document["people"] == [{"name": "Ann Lee", "url": "https://ann.example"}]


def test_a_list_of_presenters_that_is_none_stays_as_text() -> None:
    body = "* Presenter: whoever has read all of this by next week, really\n* Readings:\n  * A"
    assert session(body) == {
        "readings": [{"label": "A"}],
        "summary": "* Presenter: whoever has read all of this by next week, really",
    }


@pytest.mark.parametrize(
    "text",
    [
        "# G\n\n## Week 1: Next one (2026-12-10 18:00 UTC)\n* Readings:\n  * A\n",
        "# G\n\n## Week 1: A\n* Date: 10 December 2026\n* Readings:\n  * A\n",
        "# G\n\n## Week 1: TBA\n* Readings:\n  * A\n",
    ],
)
def test_a_date_is_pointed_out_since_a_readme_sets_none(text: str) -> None:
    assert warnings(text) == [
        "3: looks like a date; a README sets none, so the session counts as held: give it its date on the site"
    ]


def test_links_that_stay_in_text_are_pointed_out() -> None:
    body = "**Paper**: [A](https://arxiv.org/abs/2001.00001)\n\n* Readings:\n  * A\n* [B](https://arxiv.org/abs/2001.00002)"
    assert warnings(week(body)) == [
        "4: links in the text of a session: kept as its summary, neither readings nor materials",
        "8: an arXiv link outside of the readings: kept as a material",
    ]


def test_sessions_in_tables_are_told_of() -> None:
    with pytest.raises(UnreadableError, match=r"; sessions in tables are not read$"):
        read("# G\n\n| Week | Paper |\n|---|---|\n| 1 | x |\n")


def test_a_video_is_a_material_where_one_list_holds_all() -> None:
    body = "* [A paper](https://arxiv.org/abs/2001.00001)\n* [Video](https://youtu.be/x)"
    assert session(body)["materials"] == [
        {"kind": "recording", "label": "Video", "href": "https://youtu.be/x"}
    ]
