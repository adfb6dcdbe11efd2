"""How long a social card takes: drawn, taken from the cache, and told to be known already.

    .venv/bin/python bench/cards.py

Asks the view without its queries, in one run. Prints medians in milliseconds, how much longer the longest title takes
than a short one, and how many times a card from the cache is quicker than one that is drawn.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readinggroup.settings")

import django

django.setup()

from django.core.cache import cache  # noqa: E402 (needs Django)
from django.http import HttpRequest  # noqa: E402
from django.test import RequestFactory  # noqa: E402

from readinggroup.cards.drawing import Card  # noqa: E402
from readinggroup.cards.views import answer  # noqa: E402

RUNS = 30
SHORT = Card("Flow Matching", "Diffusion Reading Group", "#8c2f1b", "Week", "16 & 17")
LONG = Card(
    ("Extraordinarily long-winded titles of papers " * 12)[:500], "A group " * 25, "#0b6e4f", "Week", "9"
)


def milliseconds(card: Card, before: Callable[[], object], **headers: str) -> float:
    request: HttpRequest = RequestFactory().get("/card.png", headers=headers)
    times = []
    for _ in range(RUNS):
        before()
        start = time.perf_counter()
        answer(request, card)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def nothing() -> None:
    pass


def main() -> None:
    answer(RequestFactory().get("/card.png"), SHORT)  # the fonts are read once a process
    short, long = milliseconds(SHORT, cache.clear), milliseconds(LONG, cache.clear)
    kept = milliseconds(SHORT, nothing)
    known = milliseconds(SHORT, nothing, **{"If-None-Match": f'"{SHORT.version}"'})
    print(f"drawn {short:.1f} ms, 500 characters {long:.1f} ms, ratio {long / short:.1f}")
    print(f"from the cache {kept:.2f} ms, known already {known:.2f} ms, drawn / cached {short / kept:.0f}")


if __name__ == "__main__":
    main()
