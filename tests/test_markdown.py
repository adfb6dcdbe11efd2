"""Markdown from people, as HTML that is safe to show."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papers.markdown import plain, render


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("*a* **b** `c` ~~d~~", "<p><em>a</em> <strong>b</strong> <code>c</code> <s>d</s></p>\n"),
        ("# One\n\n## Two\n\n###### Six", "<h2>One</h2>\n<h3>Two</h3>\n<h6>Six</h6>\n"),
        ("## Two\n\n### Three", "<h2>Two</h2>\n<h3>Three</h3>\n"),
        ("[a](https://a.example/?b=1&c=2)", '<p><a href="https://a.example/?b=1&amp;c=2">a</a></p>\n'),
        ("<mailto:a@b.example>", '<p><a href="mailto:a@b.example">mailto:a@b.example</a></p>\n'),
        ("[a](b.md) [c](/d) [e](#f)", "<p>a c e</p>\n"),
        ("[*a* b](javascript:alert(1))", "<p><em>a</em> b</p>\n"),
        ("[a](data:text/html,x) [b](ftp://c.example/)", "<p>a b</p>\n"),
        ("![a *b*](https://c.example/d.png)", '<p><a href="https://c.example/d.png">a b</a></p>\n'),
        ("![](https://c.example/d.png)", '<p><a href="https://c.example/d.png">Image</a></p>\n'),
        (
            "[![a](https://b.example/c.png)](https://d.example/)",
            '<p><a href="https://d.example/">a</a></p>\n',
        ),
        ("[![a](https://b.example/c.png)](d.md)", '<p><a href="https://b.example/c.png">a</a></p>\n'),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("<b onclick=x>a</b>", "<p>&lt;b onclick=x&gt;a&lt;/b&gt;</p>\n"),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>\n'),
    ],
)
def test_what_becomes_of_it(text: str, html: str):
    assert render(text) == html


def test_relative_links_and_images_start_at_the_home_of_the_readme():
    base = "https://git.example/group/blob/main/"
    assert render("[a](b%20c.pdf) ![d](e.png) [f](#g)", base) == (
        f'<p><a href="{base}b%20c.pdf">a</a> <a href="{base}e.png">d</a> <a href="{base}#g">f</a></p>\n'
    )


def test_plain_words():
    text = "# On *bridges*\n\nBring [paper](x), `pens`\nand ![an image](y). <b>1</b> &lt; 2"
    assert plain(text) == "On bridges Bring paper, pens and an image. <b>1</b> < 2"


@settings(deadline=None)
@given(st.text() | st.text(alphabet="[]()!<>*_`#:/ajxscript\n "))
def test_nothing_raises_and_nothing_dangerous_comes_out(text: str):
    html = render(text, "https://git.example/").lower()
    assert not any(f"<{tag}" in html for tag in ("script", "img", "iframe", "style", "h1", "svg"))
    assert 'href="javascript' not in html
    plain(text)
