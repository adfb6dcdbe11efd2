"""What stands on a social card, and how: letters, lines, picture."""

import io
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import checks
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from readinggroup.cards import fonts
from readinggroup.cards.checks import fonts_can_be_read
from readinggroup.cards.drawing import TITLE_SIZES, Card, png
from readinggroup.cards.setting import Block, set_in, set_on_a_line, tidied
from readinggroup.colours import shades

ROOM, HEIGHT, SIZES = 760, 372, (120, 80, 53, 35, 20)
CARD = Card("Flow Matching", "The Owls", "#8c2f1b", "Week", "16 & 17", "3 December 2022")
LETTERS = st.sampled_from("aeinorstAEW éßøДжλΩأبتשל")
# Which letters this machine's own fonts have is another question on every machine.
ALONE = pytest.MonkeyPatch()


def forget_the_fonts() -> None:
    for cached in (fonts._of_the_machine, fonts._source, fonts.font_for, fonts.runs):
        cached.cache_clear()


@pytest.fixture(autouse=True, scope="module")
def only_the_packaged_fonts() -> Any:
    ALONE.setattr(fonts, "FOLDERS", ())
    ALONE.setattr(fonts, "SMALL_CJK", Path("/nonexistent"))
    forget_the_fonts()
    yield
    ALONE.undo()
    forget_the_fonts()


@pytest.fixture
def fonts_of_its_own() -> Any:
    """For a test that gives the machine other fonts: it finds none of those before it, and leaves none."""
    forget_the_fonts()
    yield
    forget_the_fonts()


def opened(card: Card) -> Image.Image:
    return Image.open(io.BytesIO(png(card)))


def ink(picture: Image.Image, box: tuple[int, int, int, int], colour: tuple[int, int, int]) -> Any:
    """The bounding box of a colour within a part of the picture."""
    part = picture.convert("RGB").crop(box)
    away = ImageChops.difference(part, Image.new("RGB", part.size, colour)).convert("L")
    return away.point([255 if value < 20 else 0 for value in range(256)]).getbbox()


# --- Lines -------------------------------------------------------------------------------------------------
def words_of(block: Block) -> list[str]:
    return " ".join(block.lines).split()


def fits(block: Block) -> bool:
    narrow = all(fonts.width(line, block.size) <= ROOM for line in block.lines)
    return narrow and len(block.lines) * block.leading <= HEIGHT


@settings(deadline=None)  # the first letters of a font take longer than all later ones
@given(st.lists(st.text(LETTERS.filter(str.isalpha), min_size=1, max_size=120), max_size=60).map(" ".join))
def test_no_word_is_ever_cut(title: str):
    block = set_in(title, ROOM, HEIGHT, SIZES)
    assert fits(block)
    words = iter(tidied(title).split())
    kept = [word for word in words_of(block) if word != "…"]
    assert all(word in words for word in kept), "a word that the title does not have, or not there"
    if "…" not in words_of(block):
        assert kept == tidied(title).split()


def test_a_short_title_is_large_and_a_long_one_steps_down_until_all_of_it_is_there():
    assert set_in("DDPM", ROOM, HEIGHT, SIZES) == Block(["DDPM"], 120)
    long = " ".join(["Extraordinarily long-winded titles of papers"] * 12)[:500].rpartition(" ")[0]
    block = set_in(long, ROOM, HEIGHT, SIZES)
    assert (words_of(block), block.size) == (long.split(), 20)


def test_lines_are_of_about_one_length():
    block = set_in("Score-based generative modeling", ROOM, HEIGHT, (80,))
    assert block.lines == ["Score-based", "generative modeling"]
    assert set_in("one two three four five", ROOM, HEIGHT, (100,)).lines == ["one two three", "four five"]


def test_a_line_may_end_after_a_hyphen_and_a_slash_in_a_word_but_not_after_a_minus():
    assert set_in("Perception-Prioritized", 340, HEIGHT, (60,)).lines == ["Perception-", "Prioritized"]
    assert set_in("train/test", 200, HEIGHT, (60,)).lines == ["train/", "test"]
    assert set_in("below -1", 190, HEIGHT, (60,)).lines == ["below", "-1"]


def test_a_word_wider_than_the_card_gives_way_and_the_rest_stays_large():
    assert set_in(f"On {'x' * 300} now", ROOM, HEIGHT, SIZES) == Block(["On … now"], 120)
    assert set_in("w" * 500, ROOM, HEIGHT, SIZES).lines == ["…"]
    assert set_in(f"On {'x' * 300} {'y' * 200} now", ROOM, HEIGHT, SIZES).lines == ["On … now"]


def test_what_is_too_long_for_the_smallest_letters_ends_after_a_word():
    title = " ".join(f"word{number}" for number in range(80))
    block = set_in(title, ROOM, 90, (35,))
    *kept, last = words_of(block)
    assert (kept, last, len(block.lines)) == (title.split()[: len(kept)], "…", 2)
    assert len(kept) > 10


@pytest.mark.parametrize("width", range(300, 620, 40))
def test_what_is_too_long_never_ends_after_a_hyphen_in_a_word(width: int):
    lines = set_in("alpha-beta " * 40, width, 90, (35,)).lines
    *kept, last = " ".join(lines).replace("- ", "-").split()
    assert ({*kept}, last) == ({"alpha-beta"}, "…")


def test_on_a_line_of_its_own_a_text_steps_down_and_ends_after_a_word():
    assert set_on_a_line("16 & 17", 200, (168, 56, 46)) == Block(["16 & 17"], 56)
    assert set_on_a_line("A group with a long name", 200, (34, 30)).lines == ["A group …"]


def test_scripts_without_spaces_break_between_letters():
    thai = "การแพร่กระจายของแบบจำลอง" * 9
    block = set_in(thai, ROOM, HEIGHT, (40,))
    assert fits(block)
    assert "".join(block.lines) == thai


# --- Letters -----------------------------------------------------------------------------------------------
@settings(deadline=None)
@given(st.text())
def test_nothing_becomes_an_empty_box(text: str):
    kept = fonts.settable(text)
    assert [cluster for cluster in fonts.clusters(kept) if not fonts.font_for(cluster)] == []
    assert fonts.settable(kept) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Διάχυση и потоки", "Διάχυση и потоки"),
        ("ინგლისური हिन्दी עברית العربية ไทย", "ინგლისური हिन्दी עברית العربية ไทย"),
        ("I²SB on ℝⁿ⁺¹ with 𝔸 → ∞", "I²SB on ℝⁿ⁺¹ with 𝔸 → ∞"),
        (
            "日本語 and Transformers",
            "… and Transformers",
        ),  # no font here has it: say that something is left out
        ("ﾃｽﾄ 한국어 now", "… now"),
        ("🎉 A party 🎉", "A party"),
        ("Tab\there\x00\x1b\u202e, line\u2028break", "Tab here, line break"),
        ("Ｗｉｄｅ", "Wide"),
    ],
)
def test_letters_that_no_font_has_are_told_or_left_out(text: str, kept: str):
    assert tidied(text) == kept


def test_an_equals_sign_of_a_formula_is_not_left_to_the_font_that_draws_it_as_two_minus_signs():
    assert [fonts.font_for(letter) for letter in "₌⁼₋₁"] == ["NotoSans_Regular"] * 2 + ["FiraGO_Regular"] * 2


def test_a_pile_of_marks_does_not_cover_other_lines():
    assert tidied("Z" + "\u0338" * 50 + "algo") == "Z" + "\u0338" * 3 + "algo"


@pytest.mark.usefixtures("fonts_of_its_own")
def test_a_machine_with_fonts_for_a_script_sets_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Any):
    """A packaged font stands in for one of Debian's, under a name that it would have."""
    path = tmp_path / "NotoSansGeorgian-Regular.ttf"
    source = fonts._source("FiraGO_Regular")
    assert source
    assert isinstance(source.data, bytes)
    path.write_bytes(source.data)
    monkeypatch.setattr(fonts, "FOLDERS", (tmp_path,))
    monkeypatch.setattr(fonts, "PACKAGED", ("NotoSansSymbols2_Regular",))
    assert fonts.font_for("ა") == str(path)
    assert fonts.width("აბ", 40) > 20
    path.write_bytes(b"no font at all")
    forget_the_fonts()
    assert fonts.font_for("ა") == ""


@pytest.mark.usefixtures("fonts_of_its_own")
def test_chinese_is_set_in_a_small_font_where_the_machine_has_no_large_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """A packaged font stands in for it again, with a letter in the place of another."""
    made = tmp_path / "small.ttf"
    data = fonts._data("FiraGO_Regular")
    assert isinstance(data, bytes)
    with TTFont(io.BytesIO(data)) as font:
        for table in font["cmap"].tables:
            table.cmap = {ord("日"): "A", 0x1112: "A"} if table.isUnicode() else {}
        font.save(made)
    monkeypatch.setattr(fonts, "SMALL_CJK", made)
    assert fonts.font_for("日") == str(made)
    assert tidied("日 and 한") == "日 and …"  # not the ᄒ that 한 begins with


@pytest.fixture
def broken_fonts(fonts_of_its_own: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A package that is not there as a whole: what cannot be imported, what is no font, what has no data."""
    modules = [None, SimpleNamespace(fontbuffer=b"no font at all"), SimpleNamespace()]
    for name, module in zip(fonts.PACKAGED, [*modules, None, None], strict=True):
        monkeypatch.setitem(sys.modules, f"pymupdf_fonts.{name}", module)


@pytest.mark.usefixtures("broken_fonts")
def test_without_its_fonts_a_card_is_a_picture_without_letters_and_the_log_says_why(
    caplog: pytest.LogCaptureFixture,
):
    bare = replace(CARD, title="", group="", word="", note="")
    assert png(CARD) == png(bare)
    picture = opened(CARD)
    assert picture.size == (1200, 630)
    assert ink(picture, (0, 0, 1200, 630), shades(CARD.accent).link)  # the knot
    assert [record.getMessage() for record in caplog.records] == [
        f"Cards go without the font {name}, which cannot be read" for name in fonts.PACKAGED
    ]


@pytest.mark.usefixtures("broken_fonts")
def test_check_warns_of_fonts_that_cannot_be_read():
    [warning] = fonts_can_be_read()
    assert (warning.id, warning.level) == ("readinggroup.W001", checks.WARNING)
    assert all(name in warning.msg for name in fonts.PACKAGED)
    assert warning in checks.run_checks()


def test_check_is_content_with_the_package():
    assert fonts_can_be_read() == []


# --- The picture -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "card",
    [
        CARD,
        Card("", "", "#ffffff"),
        Card("word " * 120, "group " * 40, "#ffff00", "Sitzungstermin der ganzen Gruppe", "10000–99999", "note " * 200),
        Card("\u202e\x00" + "Z̸̨̡̛͉͎̳" * 200, "\x1b", "#000000", "#", "0", "日本語" * 100),
    ],
    ids=["usual", "empty", "long", "hostile"],
)  # fmt: skip
def test_a_card_is_a_small_png_of_the_size_that_chats_show(card: Card):
    picture = opened(card)
    assert (picture.format, picture.size, picture.mode) == ("PNG", (1200, 630), "P")
    assert len(png(card)) < 60_000
    assert png(card) == png(card)


def test_a_card_has_the_groups_colour_and_nothing_beyond_its_edges():
    for accent in ("#8c2f1b", "#0b6e4f", "#ffffff", "#ffff00"):
        picture = opened(replace(CARD, accent=accent, title="Long words in a long title " * 10))
        whole = (0, 0, 1200, 630)
        assert ink(picture, whole, shades(accent).link)
        left, top, right, bottom = ink(picture, whole, shades(accent).ink)
        assert (left > 340, top > 60, right < 1140, bottom < 500) == (True, True, True, True)


def test_a_title_that_starts_at_the_right_is_set_from_there():
    picture = opened(replace(CARD, title="الانتشار", numbers=""))
    assert ink(picture, (120, 60, 1200, 420), shades(CARD.accent).ink)[2] > 980
    picture = opened(replace(CARD, title="Short", numbers=""))
    assert ink(picture, (120, 60, 1200, 420), shades(CARD.accent).ink)[0] < 30


def test_each_line_of_a_title_runs_as_the_whole_of_it_does():
    """Whatever letters a line begins with: here the second one, whose tall letters are to stand at its right."""
    title = "ששששששששששש llllllllllllllllllllllllllllll ש"
    block = set_in(title, 1200 - 72 - (72 + 13 + 52), 372, TITLE_SIZES)
    assert [line[0] for line in block.lines] == ["ש", "l"]
    baseline = 82 + round(block.size * 0.74) + round(block.leading)
    picture = opened(replace(CARD, title=title, numbers=""))
    band = (baseline - block.size, baseline + 2)
    right = ink(picture, (1128 - block.size, band[0], 1128, band[1]), shades(CARD.accent).ink)
    whole = ink(picture, (137, band[0], 1128, band[1]), shades(CARD.accent).ink)
    first = ink(picture, (137 + whole[0], band[0], 137 + whole[0] + 20, band[1]), shades(CARD.accent).ink)
    assert right[1] == whole[1]
    assert first[1] > whole[1]


def test_a_title_that_cannot_be_set_gives_its_place_to_what_can():
    assert png(replace(CARD, title="日本語")) == png(replace(CARD, title="Week 16 & 17"))
    assert png(replace(CARD, title="日本語", numbers="")) == png(replace(CARD, title="The Owls", numbers=""))


def test_whatever_looks_different_has_another_version():
    changed = {
        "title": "Flow", "group": "Owls", "accent": "#8c2f1c", "word": "Meeting", "numbers": "16", "note": "",
    }  # fmt: skip
    versions = {replace(CARD, **{name: value}).version for name, value in changed.items()}
    assert len(versions | {CARD.version}) == 7
    assert replace(CARD).version == CARD.version
