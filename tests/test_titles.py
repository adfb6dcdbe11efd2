"""The key under which spellings of a title meet, and slugs."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papers.titles import slug_of, title_key

UNASSIGNED = ("Cn", "Co", "Cs")
written = st.lists(
    st.sampled_from(
        ["\\", '\\"', "$", "{", "}", "^", "&amp;", "amp;", "&", ";", "'", "`", "-", ".", "ß", "ﬁ", "²", " "]
    )
    | st.text(max_size=4)
).map("".join)


@pytest.mark.parametrize(
    ("spellings", "key"),
    [
        (["I$^2$SB", "I2SB", "I²SB", "i²sb.", " I$^{2}$SB "], "i2sb"),
        (
            [r"Schr\"odinger", "Schrödinger", "Schro\u0308dinger", r"Schr{\"o}dinger", "SCHRÖDINGER"],
            "schrödinger",
        ),
        (["ﬁnding  effective", "Finding\neffective", "finding\u00a0effective..."], "finding effective"),
        (
            ["Diffusion-LM Improves Text Generation.", "Diffusion–LM improves text generation"],
            "diffusion-lm improves text generation",
        ),
        (
            ["Models' “Space”", 'Models’ "Space"', "Models' ``Space''", "Models&#39; &quot;Space&quot;"],
            'models\' "space"',
        ),
        (["Q&amp;A", "Q&A", r"Q\&A"], "q&a"),
        (["Straße", "STRASSE", r"Stra\ss e"], "strasse"),
        (["a---b", "a—b", "a−b", "a-b"], "a-b"),
        (["{BERT}", "BERT", "B\u00adERT"], "bert"),
        (["...", "…"], "..."),
        (["", " ", "{}"], ""),
    ],
)
def test_spellings_of_a_title_meet(spellings: list[str], key: str):
    assert [title_key(spelling) for spelling in spellings] == [key] * len(spellings)


def test_accents_tell_titles_apart():
    assert title_key("Schrodinger") != title_key("Schrödinger")


@settings(deadline=None)
@given(written)
def test_the_key_of_a_key_is_the_key(title: str):
    assert title_key(title_key(title)) == title_key(title)


def test_the_key_of_a_key_is_the_key_for_every_character_in_the_planes_of_letters():
    changed = [
        hex(code)
        for code in range(0x20000)
        if unicodedata.category(chr(code)) not in UNASSIGNED
        and title_key(title_key(chr(code))) != title_key(chr(code))
    ]
    assert changed == []


@settings(deadline=None)
@given(written)
def test_composed_and_decomposed_titles_have_one_key(title: str):
    composed, decomposed = (unicodedata.normalize(form, title) for form in ("NFC", "NFD"))
    assert title_key(composed) == title_key(decomposed) == title_key(title)


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        (r"I$^2$SB: Image-to-Image Schr\"odinger Bridge", "i2sb-image-to-image-schrodinger-bridge"),
        ("Straße Øre Łódź þorn Ægir œuvre Đuro ıi", "strasse-ore-lodz-thorn-aegir-oeuvre-duro-ii"),
        ("Latent/Stable Diffusion — a survey", "latent-stable-diffusion-a-survey"),
        (r"$\beta$-VAE and α", "beta-vae-and-alpha"),
        ("Q&amp;A with Robin", "qa-with-robin"),
        ("1984", "1984"),
        ("拡散モデルと3D", "paper-7"),
        ("Диффузия", "paper-7"),
        ("Διάχυση", "paper-7"),
        ("?!", "paper-7"),
        ("", "paper-7"),
        ("word " * 40, "-".join(["word"] * 16)),
        ("x" * 100, "x" * 80),
        ("x" * 80 + " y", "x" * 80),
    ],
)
def test_slugs(text: str, slug: str):
    assert slug_of(text, "paper-7") == slug


@settings(deadline=None)
@given(written)
def test_a_slug_is_ascii_of_at_most_80_characters(text: str):
    slug = slug_of(text, "fallback")
    assert 1 <= len(slug) <= 80
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert slug == slug.strip("-")
