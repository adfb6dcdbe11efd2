"""One stylesheet and one script, made of many small files: `css/site.css` and `js/site.js`.

A page asks for two files, and each thing that the site does has a file of its own in the sources. Whatever asks the
finders for static files (collectstatic, the tests, Django's own server) finds the bundles made from the sources as they
are at that moment. Bundlers of the npm world would ask every machine for Node.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.utils import matches_patterns
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage, Storage

_IMPORT = {
    ".css": re.compile(r'^@import "([\w-]+\.css)";$'),
    ".js": re.compile(r'^import (?:\{[^}]*\} from )?"\./([\w-]+\.js)";$'),
}
# Comments are for the sources: those on a line of their own stay there, and those behind one of code. So does what
# indents a line, a fifth of what a script weighs. So no string may have several lines, nor hold "; // " or the like.
_COMMENT = re.compile(r"(?:^|(?<=[;,{}]))\s*//.*")
# Of a stylesheet too, wherever they stand: so no string in one may hold what begins a comment.
_CSS_COMMENT = re.compile(r"\s*/\*.*?\*/", re.DOTALL)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|let|class)\b)")
# What the two patterns above leave is a way to import or export that bundling would break.
_NOT_UNDERSTOOD = re.compile(r"^\s*(@import\b|import\b|export\b)")


def bundle(entry: Path) -> str:
    """The stylesheet or script that starts with this file, with all that it imports in its place, each file once.

    ES modules share one scope in the bundle, as if no name were used twice, and run as one strict script.
    Raises ImproperlyConfigured where a file is missing, or imports in a way that is not understood.
    """
    lines = list(_inlined(entry, set()))
    if entry.suffix == ".js":
        lines = ["(() => {", '"use strict";', *lines, "})();"]
    text = "\n".join([*lines, ""])
    return _CSS_COMMENT.sub("", text).lstrip() if entry.suffix == ".css" else text


def _inlined(file: Path, seen: set[Path]) -> Iterator[str]:
    seen.add(file)
    try:
        source = file.read_text(encoding="utf-8")
    except OSError as error:
        raise ImproperlyConfigured(
            f"{file}: a file of the bundle cannot be read ({error.strerror})."
        ) from error
    for number, line in enumerate(source.splitlines(), start=1):
        if imported := _IMPORT[file.suffix].match(line):
            if (wanted := file.with_name(imported[1])) not in seen:
                yield from _inlined(wanted, seen)
            continue
        kept = _EXPORT.sub("", _COMMENT.sub("", line).strip()) if file.suffix == ".js" else line
        if file.suffix == ".js" and not kept:
            continue
        if _NOT_UNDERSTOOD.match(kept):
            raise ImproperlyConfigured(f"{file}:{number}: bundles have no such line: {kept.strip()}")
        yield kept


class BundleFinder(BaseFinder):
    """Finds the two bundles, made anew whenever a source has changed."""

    def __init__(self, sources: Path | None = None, made: Path | None = None) -> None:
        sources = sources or settings.BASE_DIR / "static"
        self.entries = {"css/site.css": sources / "css/main.css", "js/site.js": sources / "js/main.js"}
        self.storage = FileSystemStorage(location=made or settings.BASE_DIR / ".bundles")

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        if path not in self.entries:
            return []
        found = self._made(path)
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        for path in self.entries:
            if not matches_patterns(path, list(ignore_patterns or [])):
                self._made(path)
                yield path, self.storage

    def _made(self, path: str) -> str:
        """Where the bundle is. It is written at once as a whole, since several processes may ask for it together."""
        content = bundle(self.entries[path]).encode()
        target = Path(self.storage.path(path))
        if not target.is_file() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as new:
                new.write(content)
            Path(new.name).chmod(0o644)
            os.replace(new.name, target)
        return str(target)
