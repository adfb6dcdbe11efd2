"""What was typed, as a query; text as it is compared; the words found, marked. Nothing here needs rows."""

import html
import importlib
import re
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import connection
from django.utils.html import escape
from hypothesis import given, settings
from hypothesis import strategies as st

from papers.tex import to_html, to_text
from readinggroup.search import matching
from readinggroup.search.marking import excerpt, mark, mark_title
from readinggroup.search.matching import Wanted
from readinggroup.search.spellings import nearest, slips, spellings
from readinggroup.search.words import Term, parse, plain, stem

pytestmark = pytest.mark.usefixtures("searched_at_once")

SCHRODINGER = 'I$^2$SB: Image-to-Image Schr\\"odinger Bridge'
# What titles are made of, and what breaks them.
PIECES = st.sampled_from(
    [
        "owl", "Owl's", "Schr\\\"odinger", "Schrödinger", "o\u0308", "$^2$", "$x_0$", "$\\alpha$", "&amp;", "&", "<b>", "'",
        '"', "-", "++", "C++", " ", " ", " ", "\\textbf{Bold}", "{BERT}", "ﬁnding", "ß", "İ", "Σ", "流", "\u200b", "%", "\\",
        "don't", "models'", "a/b", "<mark>", "\n", "1.5",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=3), max_size=12).map("".join)
QUERIES = st.lists(
    st.sampled_from(
        ["owl", "schrodinger", "2", "bold", "c++", "x", "finding", "bert", "'s", "amp", '"', "-", "or"]
    )
    | st.text(max_size=4),
    max_size=5,
).map(" ".join)


# --- Marks -------------------------------------------------------------------------------------------------
@settings(deadline=None, max_examples=50)
@given(TEXTS, QUERIES)
def test_a_marked_title_without_its_marks_is_the_title(title: str, query: str):
    marked = mark_title(title, Wanted(parse(query)))
    assert re.sub("</?mark>", "", marked) == to_html(title)
    assert marked.count("<mark>") == marked.count("</mark>")
    assert "<mark><mark>" not in marked
    assert re.search(r"<(math|i)>(?:(?!</\1>).)*</?mark>", marked, re.DOTALL) is None


@settings(deadline=None, max_examples=50)
@given(TEXTS, QUERIES)
def test_an_excerpt_is_escaped_and_a_part_of_the_text(text: str, query: str):
    cut = excerpt(text, Wanted(parse(query)))
    assert re.sub("</?mark>", "", cut).count("<") == 0
    words = html.unescape(re.sub("</?mark>", "", cut))
    assert words.strip("…") in " ".join(to_text(text).split())


@pytest.mark.parametrize(
    ("title", "query", "marked"),
    [
        (SCHRODINGER, "schrodinger", ["Schrödinger"]),
        (SCHRODINGER, "schroedinger brid", ["Schrödinger", "Bridge"]),
        (SCHRODINGER, "i2sb", ["I²SB"]),
        ("Fast $k$-NN search", "k-nn", ["k-NN"]),
        ("Fast $k$-NN search", "k", ["k"]),
        (SCHRODINGER, '"schrodinger bridge"', ["Schrödinger Bridge"]),
        (SCHRODINGER, "image-to-image", ["Image-to-Image"]),
        ("Schro\u0308dinger", "schrodinger", ["Schrödinger"]),
        ("ﬁnding owls", "finding", ["ﬁnding"]),
        ("Owls & <b>", "owl b", ["Owls", "b"]),
        ("Katherine's code", "katherine", ["Katherine"]),
        ("DPM-Solver++: fast", "dpm-solver++", ["DPM-Solver++"]),
        ("Bridges, bridge", "bridges", ["Bridges", "bridge"]),
        ("Quantised", "quantized", ["Quantised"]),
        ("Abridged", "bridge", []),
        ("Bridges", '"bridge"', []),
        ("Bridge", "-bridge", []),
        ("深度学习 与 扩散模型", "度学 模", ["度学", "模"]),
    ],
)
def test_words_are_marked_however_they_are_written(title: str, query: str, marked: list[str]):
    found = re.findall("<mark>(.*?)</mark>", mark_title(title, Wanted(parse(query))))
    assert [html.unescape(re.sub("<[^>]*>", "", each)) for each in found] == marked


def test_an_excerpt_shows_the_place_that_has_most_of_the_words():
    text = (
        "An owl. " + "Nothing here. " * 50 + "An owl <i>and</i> a bridge at night. " + "Nothing more. " * 50
    )
    cut = excerpt(text, Wanted(parse("owl bridge")))
    assert "An <mark>owl</mark> &lt;i&gt;and&lt;/i&gt; a <mark>bridge</mark> at night." in cut
    assert cut.startswith("…")
    assert cut.endswith("…")
    assert len(cut) < 500


def test_marking_takes_time_in_proportion_to_the_text():
    text = escape("owl & " * 20_000)
    assert mark(text, Wanted(parse("owl"))).count("<mark>") == 20_000


def test_a_text_is_read_once_however_much_is_looked_for(monkeypatch: pytest.MonkeyPatch):
    compared = []
    like = matching._like

    def counted(words: Sequence[str], sought: tuple[str, ...], term: Term) -> float:
        compared.append(words)
        return like(words, sought, term)

    monkeypatch.setattr(matching, "_like", counted)
    wanted = Wanted(parse("modelled center behaviour flows an owl bridge night paper train steps"))
    assert len(list(wanted.spans(["nothing", "here", "flow"] * 1000))) == 1000
    assert len(compared) == 1000


def test_of_a_text_without_end_an_excerpt_reads_the_beginning():
    wanted = Wanted(parse("owl"))
    assert excerpt("nothing " * 100_000 + "owl", wanted) == ""
    assert "<mark>owl</mark>" in excerpt("nothing " * 1000 + "owl " + "nothing " * 100_000, wanted)


# --- Queries -----------------------------------------------------------------------------------------------
def shape(text: str) -> tuple[list[list[str]], list[str]]:
    """The groups, each of its terms: quoted in “”, with … where it may go on; and what is left out."""

    def said(term: Term) -> str:
        words = " ".join(term.words)
        return f"“{words}”" if term.exactly else words + ("…" if term.open_ended else "")

    query = parse(text)
    return [[said(term) for term in group] for group in query.groups], [said(term) for term in query.without]


@pytest.mark.parametrize(
    ("text", "groups", "without"),
    [
        ("flow matching", [["flow…"], ["matching…"]], []),
        ("an owl", [["an"], ["owl…"]], []),
        ("ow", [["ow…"]], []),
        ("x", [["x"]], []),
        ("17", [["17"]], []),
        ("2006.11", [["2006 11…"]], []),
        ('"flow matching" owl', [["“flow matching”"], ["owl…"]], []),
        ("“flow matching”", [["“flow matching”"]], []),
        ('"flow', [["“flow”"]], []),
        ("flow -owl", [["flow…"]], ["owl…"]),
        ('flow -"an owl"', [["flow…"]], ["“an owl”"]),
        ("super-resolution", [["super resolution…"]], []),
        ("-", [], []),
        ("flow OR owl", [["flow…", "owl…"]], []),
        ("or flow or", [["flow…"]], []),
        ("flow|owl", [["flow…", "owl…"]], []),
        ("flow,owl/sheep", [["flow…"], ["owl…"], ["sheep…"]], []),
        ('Schr\\"odinger bridge', [["schrodinger…"], ["bridge…"]], []),
        ("% \\ ! '", [], []),
    ],
)
def test_what_was_typed_is_read_as_people_mean_it(text: str, groups: list[list[str]], without: list[str]):
    assert shape(text) == (groups, without)


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=300) | QUERIES | TEXTS)
def test_any_text_is_a_query(text: str):
    query = parse(text)
    for term in (*query.terms, *query.without):
        assert term.words
        assert all(word and not re.search(r"[\s'\\\"%:&|!()<>*]", word) for word in term.words)


# --- Text as it is compared --------------------------------------------------------------------------------
# Python and PostgreSQL each know their own version of Unicode: letters that are as old as both.
OLD_LETTERS = st.text(
    st.characters(min_codepoint=1, max_codepoint=0x2BFF, categories=["L", "N", "P", "S", "Z"]), max_size=8
)


@pytest.mark.django_db
@settings(deadline=None, max_examples=30)
@given(st.lists(OLD_LETTERS.filter(lambda text: not re.search(r"[\\$&{}]", text)), min_size=20, max_size=20))
def test_the_database_makes_the_same_words_of_a_text_as_the_query(texts: list[str]):
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(readinggroup_plain(text)) FROM unnest(%s::text[]) text", [texts])
        (found,) = cursor.fetchone() or ([],)
    assert found == [plain(text) for text in texts]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    [
        SCHRODINGER, "\\textbf{Bold} and {BERT}", "{\\ss} \\o l \\v{S}ilhav\\'y", "Katherine's Q&amp;A", "C++ in $x_0$",
        "$x_{0}$ 10% $5", "C:\\new", "Erd\\H{o}s--R\\'enyi", "\\\"Attention\\\"", "\\ae \\L{}odz", "$\\mathcal{L}$ owls",
        "深度学习 与owl扩散模型", "\U00020000\U0002ebe0\uf900拡散モデル",
    ],
)  # fmt: skip
def test_so_it_does_of_the_tex_of_titles(text: str):
    with connection.cursor() as cursor:
        cursor.execute("SELECT readinggroup_plain(%s)", [text])
        assert cursor.fetchone() == (plain(text),)


def test_a_word_has_one_stem_however_many_threads_ask_for_it():
    words = [
        f"{start}{end}"
        for start in ("model", "gener", "relat", "hop")
        for end in ("izations", "ational", "fulness", "ingly")
    ]
    alone = {word: stem.__wrapped__(word) for word in words}

    def of_all(_: int) -> list[tuple[str, str]]:
        return [(word, stem.__wrapped__(word)) for word in words]

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            found = [pair for pairs in threads.map(of_all, range(100)) for pair in pairs]
    finally:
        sys.setswitchinterval(before)
    assert {(word, each) for word, each in found if each != alone[word]} == set()


@pytest.mark.django_db(transaction=True)
def test_capitals_of_all_scripts_are_small_letters_whatever_the_locale_of_the_database():
    first = importlib.import_module("readinggroup.migrations.0005_search_kept_by_the_database")
    latest = importlib.import_module("readinggroup.migrations.0006_stems_and_letters_of_their_own")
    texts = ["ЖИЗНЬ Ёлки", "ΟΔΟΣ Άλφα", "Schrödinger ÅNGSTRÖM", "ŁÓDŹ ÆON Þor", "ԵՐԵՒԱՆ"]
    name = f"{connection.settings_dict['NAME']}_c"
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE 'C'"
        )
        try:
            with psycopg.connect(
                **{**connection.get_connection_params(), "dbname": name, "cursor_factory": None}
            ) as other:
                other.execute(first.LETTERS + latest.PLAIN)
                found = other.execute(
                    "SELECT array_agg(readinggroup_plain(text)) FROM unnest(%s::text[]) text", [texts]
                ).fetchone()
            other.close()
        finally:
            cursor.execute(f"DROP DATABASE {name}")
    assert found == ([plain(text) for text in texts],)


# --- Spelling ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        ("howrad", "howard", 1),
        ("difusion", "diffusion", 1),
        ("", "owl", 3),
        ("owl", "owl", 0),
        ("owl", "bowls", 2),
    ],
)
def test_slips_are_counted_as_typists_make_them(one: str, other: str, count: int):
    assert slips(one, other) == slips(other, one) == count


def test_the_nearest_word_has_the_fewest_slips_and_not_too_many():
    known = ["diffusion", "diffusions", "confusion", "owl"]
    assert nearest("difusion", known) == [(1, "diffusion"), (2, "diffusions")]
    assert nearest("diffs", ["differ", "diff"]) == [(1, "diff")]
    assert nearest("difusi", known) == []
    assert nearest("difusi", known, begins=True) == [(2, "diffusion"), (2, "diffusions")]


def test_spellings_go_both_ways():
    for one, other in (
        ("quantized", "quantised"),
        ("behavior", "behaviour"),
        ("center", "centre"),
        ("alpha", "α"),
    ):
        assert other in spellings(one)
        assert one in spellings(other)
    assert spellings("schrodinger", "Schrödinger") == ["schroedinger"]
    assert spellings("owl") == []
