"""Titles as written, as plain text and as HTML."""

import html
import re
import sys
import unicodedata

import html5lib
import pytest
from django.template import Context, Engine
from hypothesis import given, settings
from hypothesis import strategies as st

from papers import tex
from papers.formula import formula_letters, formula_text
from papers.tex import to_html, to_text

FRAGMENTS = [
    "\\",
    '\\"',
    "\\'",
    "\\c",
    "\\v ",
    "\\ss",
    "\\emph",
    "\\text",
    "\\frac",
    "\\href",
    "\\style",
    "\\color",
    "\\left",
    "\\begin{matrix}",
    "\\newcommand",
    "\\mathbb",
    "\\alpha",
    "$",
    "$$",
    "{",
    "}",
    "^",
    "_",
    "&",
    "&lt;",
    "&amp;",
    "%",
    "<script>",
    "</math>",
    "<!--",
    "javascript:",
    "'",
    '"',
    " ",
    "a",
    "B",
    "2",
    "ö",
    "\u0338",
    "\x00",
    "\n",
]
hostile = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=3), max_size=40).map("".join)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"I$^2$SB: Image-to-Image Schr\"odinger Bridge", "I²SB: Image-to-Image Schrödinger Bridge"),
        ("Journey to the BAOAB-limit: ﬁnding effective", "Journey to the BAOAB-limit: ﬁnding effective"),
        ("Week 14: Q&amp;A", "Week 14: Q&A"),
        # accents
        (r"\'{e}t\'e {\"o} {\'E}cole \~n \^o \`a \=a \.z", "été ö École ñ ô à ā ż"),
        (r"\c{c} Fran\c cois \v{s} \v s \H{o} \k{a} \r a \u{g} \d{s}", "ç François š š ő ą å ğ ṣ"),
        (r"Stra\ss e S\o ren \L{}ukasz \ae on {\O}rsted \AA{}s", "Straße Søren Łukasz æon Ørsted Ås"),
        (r"na\"{\i}ve \'\i{} \'{\^e}", "naïve í ế"),
        (r"Schr{\"o}dinger {Schr{\"o}dinger}", "Schrödinger Schrödinger"),
        # quotes that were escaped for Markdown are no accents
        (r"say \" and \"Attention\" is all, it\'s", 'say " and "Attention" is all, it\'s'),
        # maths
        (r"$\alpha$ $L_2$ $\ell_1$ $\mathbb{R}^n$ $x^{-1}$ $f'$", "α L₂ ℓ₁ ℝⁿ x⁻¹ f′"),
        (r"$\mathcal{O}(n\log n)$ $\frac{1}{2}$ $\sqrt{n+1}$ $\hat{x}_0$", "O(n log n) 1/2 √(n+1) x̂₀"),
        (r"$x^{a,b}$ $\left(a\right.$ $a &lt; b$ $95%$ $$E=mc^2$$", "x^(a,b) (a a < b 95% E=mc²"),
        (r"$\beta$-VAE, $k$-NN and $2\times 2$", "β-VAE, k-NN and 2×2"),
        (
            r"$n \times n$ $\alpha x$ $x\in \mathbb R$ $\log n$ $\alpha_1 + \hat{x} + y$",
            "n × n αx x∈ℝ log n α₁ + x̂ + y",
        ),
        # escapes, entities
        (r"\*a\* \_b\_ \#1 R\&D 5\% \$5 \\ \{x\}", "*a* _b_ #1 R&D 5% $5 \\ {x}"),
        ("&lt;b&gt; &#233; &#xe9; &bogus; AT&T", "<b> é é &bogus; AT&T"),
        # braces
        ("{BERT}: {B}ayes, {{GAN}}s, {Monte Carlo}", "BERT: Bayes, GANs, Monte Carlo"),
        (r"\emph{Deep} \textbf{learning}", "Deep learning"),
        ("e\u0301", "é"),
    ],
)
def test_what_is_recognised_becomes_plain_text(source: str, text: str):
    assert to_text(source) == text


@pytest.mark.parametrize(
    "source",
    [
        "$",
        "$5 and $10",
        "US$5-$10",
        "A$AP Rocky and KE$HA",
        "$x and y",
        "$HOME/$PATH",
        "100% faster",
        r"C:\new",
        r"C:\o",
        "{a, b}",
        "{true, false}",
        "{x}",
        "${HOME}",
        "{",
        "}",
        "{BERT",
        "BERT}",
        r"\foo{BERT}",
        r"\emph{x",
        r"$\foo{x}$",
        "$x^$",
        "$x_{1$",
        "x^{N}",
        "",
        " ",
        "R&D",
        "&amp",
        "$" + "x_1" * 200 + "$",
    ],
)
def test_what_is_not_recognised_stays_as_written(source: str):
    assert to_text(source) == source


@pytest.mark.parametrize(
    ("source", "markup"),
    [
        (r"I$^2$SB: Schr\"odinger", "I²SB: Schrödinger"),
        # one letter with at most one script that Unicode has: what stands for something else is slanted
        (r"$\alpha$ & <b>", "<i>α</i> &amp; &lt;b&gt;"),
        (r"$k$-NN, $\beta$-VAE, $x_0$, $f'$, CO$_2$", "<i>k</i>-NN, <i>β</i>-VAE, <i>x</i>₀, <i>f</i>′, CO₂"),
        (r"$10^{-3}$ $\mathbb{R}^n$ $\ell_1$ $\log$ $\infty$ $^\dagger$", "10⁻³ ℝⁿ ℓ₁ log ∞ †"),
        # what Unicode lacks, and what stands above other things
        ("x$^q$", "x<math><mrow><msup><mrow></mrow><mi>q</mi></msup></mrow></math>"),
        (
            "$x_0^2$",
            "<math><mrow><msubsup><mi>x</mi><mn>0</mn><mn>2</mn></msubsup></mrow></math>",
        ),
        ("$95%$", "<math><mrow><mn>95</mn><mi>%</mi></mrow></math>"),
        ("$a<b$", "<math><mrow><mi>a</mi><mo>&lt;</mo><mi>b</mi></mrow></math>"),
        ("Q&amp;A", "Q&amp;A"),
        # not understood: as text
        (r"$\href{javascript:alert(1)}{x}$", r"$\href{javascript:alert(1)}{x}$"),
        (r"$\style{color:red}{x}$", r"$\style{color:red}{x}$"),
        (r"$\text{<script>alert(1)</script>}$", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        # latex2mathml refuses a second superscript
        ("$x^2^3$", "x²³"),
        (r"\"{$x$}", "&quot;{<i>x</i>}"),
    ],
)
def test_html_is_escaped_text_with_formulas_as_letters_or_mathml(source: str, markup: str):
    assert to_html(source) == markup


def test_formulas_of_an_overlong_title_are_text():
    assert to_html("$x^2$" * 1000) == "x²" * 1000


def test_the_filters_show_a_title_in_a_template():
    engine = Engine(libraries={"tex": "papers.templatetags.tex"})
    template = engine.from_string("{% load tex %}{{ title|tex }}|{{ title|tex_text }}")
    assert template.render(Context({"title": r"$^2$ Schr\"odinger <i>"})) == (
        "² Schrödinger &lt;i&gt;|² Schrödinger &lt;i&gt;"
    )


FORMULA = [*"xB20^_{}<&' ", "\\beta", "\\mathbb", "\\log", "\\infty", "\\text", "\\dagger", "\\frac", "\\ell"]
MATHML = {
    "math",
    "mrow",
    "mi",
    "mn",
    "mo",
    "mtext",
    "mspace",
    "msqrt",
    "msup",
    "msub",
    "mfrac",
    "mover",
    "munder",
    "msubsup",
    "munderover",
}


def assert_harmless(markup: str) -> None:
    """No element but MathML's and slanted letters, and no attribute but the three that are allowed by value."""
    fragment = html5lib.parseFragment(markup, treebuilder="etree", namespaceHTMLElements=False)
    for element in fragment.iter():
        if element is fragment:
            continue
        name = str(element.tag).removeprefix("{http://www.w3.org/1998/Math/MathML}")
        assert name in MATHML | {"i"}
        assert set(element.attrib.items()) <= {
            ("mathvariant", "normal"), ("stretchy", "false"), ("accent", "true"),
        }  # fmt: skip


@settings(deadline=None)
@given(hostile)
def test_whatever_comes_in_html_is_harmless(source: str):
    assert_harmless(to_html(source))


@settings(deadline=None)
@given(hostile)
def test_whatever_stands_between_dollars_html_is_harmless(source: str):
    assert_harmless(to_html(f"${source}$"))
    assert_harmless(tex._mathml(tex._Piece("text", source)))


@settings(deadline=None)
@given(st.lists(st.sampled_from(FORMULA), min_size=1, max_size=6).map("".join))
def test_a_formula_in_letters_says_what_its_text_says(formula: str):
    letters = formula_letters(formula)
    if letters is not None:
        assert html.unescape(re.sub("</?i>", "", letters)) == formula_text(formula)


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_characters="\\${}&")))
def test_a_title_without_markup_is_only_composed(source: str):
    assert to_text(source) == unicodedata.normalize("NFC", source)


@pytest.mark.parametrize(
    "unit",
    [
        "{",
        "}",
        "\\",
        '\\"',
        '\\"a',
        '\\"{',
        "\\'\\",
        "$",
        "$x",
        "$x$",
        "$\\",
        "\\$",
        "{A}",
        "{A",
        "\\emph{",
        "&amp;",
        "\\c ",
    ],
)
def test_the_work_grows_with_the_length_only(unit: str, monkeypatch: pytest.MonkeyPatch):
    """Counted in calls of Python functions within the module, at 2,500 and 10,000 characters."""

    def calls(length: int) -> int:
        source, count = (unit * length)[:length], 0

        def count_calls(frame, event, arg):
            nonlocal count
            count += event in ("call", "c_call")

        to_text.cache_clear()
        sys.setprofile(count_calls)
        try:
            to_text(source)
        finally:
            sys.setprofile(None)
        return count

    assert calls(10_000) <= 5 * calls(2_500) + 100
