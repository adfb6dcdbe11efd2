"""What the map costs, beside the archive, in one run.

    .venv/bin/python bench/map.py

A history of 300 sessions and 2,000 papers, in a database of its own that is rolled back. Prints the median of the map
as a ratio to a page of the archive (100 sessions), and the size of the page and of its parts.
"""

from __future__ import annotations

import os
import re
import statistics
import sys
import time
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE_DIR))
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "readinggroup.settings", "STATIC_ROOT": str(BASE_DIR / "static"), "ENV_FILE": os.devnull, "SECRET_KEY": "k" * 60,
    "ALLOWED_HOSTS": "testserver", "SECURE_SSL_REDIRECT": "off", "DEBUG": "off",
    "STORAGES": '{"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}',
}  # fmt: skip

import brotli  # noqa: E402 (found by the lines above)
import django  # noqa: E402

from readinggroup import devdb  # noqa: E402

RUNS = 15


def seconds(url: str) -> tuple[float, bytes]:
    from django.test import Client  # noqa: PLC0415 (needs Django)

    start = time.perf_counter()
    response = Client().get(url)
    assert response.status_code == 200, (url, response.status_code)
    return time.perf_counter() - start, response.content


def main() -> None:
    devdb.provide()
    django.setup()
    from django.db import connection  # noqa: PLC0415

    from tests.long_history import make_long_history  # noqa: PLC0415

    old = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        make_long_history()
        for url in ("/map/", "/archive/"):
            seconds(url)
        pairs = [(seconds("/map/")[0], seconds("/archive/")[0]) for _ in range(RUNS)]
        taken, archive = (statistics.median(times) for times in zip(*pairs, strict=True))
        _, page = seconds("/map/")
        print(
            f"map {taken * 1000:.0f} ms, archive {archive * 1000:.0f} ms, ratio {taken / archive:.1f} (medians of {RUNS})"
        )
        pictures = re.findall(rb'<svg class="strip.*?</g>\s*</svg>', page, re.DOTALL)
        tables = re.findall(rb"<table.*?</table>", page, re.DOTALL)
        sizes = (
            f"its {len(pictures)} pictures {sum(map(len, pictures)):,}, its tables {sum(map(len, tables)):,}"
        )
        print(
            f"page {len(page):,} bytes ({len(brotli.compress(page, quality=5)):,} as brotli), of these {sizes}"
        )
    finally:
        connection.creation.destroy_test_db(old, verbosity=0)


if __name__ == "__main__":
    main()
