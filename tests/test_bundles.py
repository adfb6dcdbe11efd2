"""One stylesheet and one script, made of many files."""

import os
import re
from pathlib import Path

import brotli
import pytest
from django.contrib.staticfiles import finders
from django.core.exceptions import ImproperlyConfigured

from readinggroup.bundles import BundleFinder, bundle


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    for name, text in {
        "css/main.css": '@layer a, b;\n@import "a.css";\n@import "b.css";\n',
        "css/a.css": "/* Why. */\na { color: red } /* And\n   more. */\n",
        "css/b.css": '@import "a.css";\nb { color: blue }\n',
        "js/main.js": 'import "./a.js";\nimport { b } from "./b.js";\nb();\n',
        "js/a.js": '// Why.\n  // And more.\nimport { b } from "./b.js";\n\nif (b) {  // Why.\n  b("//x"); // So.\n}\n'
        'export const a = "import x";\n',
        "js/b.js": "export function b() {}\nexport async function c() {}\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_stylesheet_has_each_file_once_and_in_its_place(sources: Path):
    assert bundle(sources / "css/main.css") == "@layer a, b;\na { color: red }\nb { color: blue }\n"


def test_a_script_has_what_is_imported_before_what_imports_it(sources: Path):
    assert bundle(sources / "js/main.js").splitlines() == [
        "(() => {", '"use strict";',
        "function b() {}", "async function c() {}",
        "if (b) {", 'b("//x");', "}", 'const a = "import x";',
        "b();",
        "})();",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("js/a.js", 'import * as b from "./b.js";'),
        ("js/a.js", "export default 1;"),
        ("js/a.js", "export { a };"),
        ("js/a.js", 'import "https://example.org/x.js";'),
        ("css/a.css", "@import url(x.css);"),
    ],
)
def test_what_a_bundle_cannot_hold_is_refused_where_it_stands(sources: Path, name: str, line: str):
    (sources / name).write_text(f"\n{line}\n")
    with pytest.raises(ImproperlyConfigured) as refusal:
        bundle(sources / name)
    assert str(refusal.value) == f"{sources / name}:2: bundles have no such line: {line}"


def test_a_file_that_is_missing_is_named(sources: Path):
    (sources / "js/b.js").unlink()
    with pytest.raises(
        ImproperlyConfigured, match=r"b\.js: a file of the bundle cannot be read \(No such file"
    ):
        bundle(sources / "js/main.js")


def test_a_bundle_is_made_anew_only_when_a_source_has_changed(sources: Path, tmp_path: Path):
    finder = BundleFinder(sources, tmp_path / "made")
    found = Path(finder.find("css/site.css"))
    written = _written(found)
    assert [found] == [Path(path) for path in finder.find("css/site.css", find_all=True)]
    assert _written(found) == written
    (sources / "css/a.css").write_text("a { color: green }\n")
    finder.find("css/site.css")
    assert found.read_text() == "@layer a, b;\na { color: green }\nb { color: blue }\n"
    assert sorted(path.name for path in found.parent.iterdir()) == ["site.css"]


def _written(file: Path) -> tuple[int, int]:
    """Which file this is and when it was written, in nanoseconds; another one, or a later time, once it is written anew."""
    found = os.stat(file)
    return found.st_ino, found.st_mtime_ns


def test_only_bundles_are_found_here(sources: Path, tmp_path: Path):
    finder = BundleFinder(sources, tmp_path / "made")
    assert finder.find("css/main.css") == []
    assert [path for path, _ in finder.list(["*.js"])] == ["css/site.css"]


def test_the_sites_own_bundles_are_small_and_ask_for_nothing():
    found = {path: Path(str(finders.find(path))).read_bytes() for path in ("css/site.css", "js/site.js")}
    sizes = {path: len(brotli.compress(content)) for path, content in found.items()}
    assert {
        path for path, size in sizes.items() if size > {"css/site.css": 12_000, "js/site.js": 8_000}[path]
    } == set(), sizes
    assert re.findall(rb"@import|url\(|https?:", found["css/site.css"]) == []
