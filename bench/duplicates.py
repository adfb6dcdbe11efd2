"""How the search for likely duplicates grows: 500 papers beside 2,000, in one run.

    .venv/bin/python bench/duplicates.py

Titles are of eight words out of 1,500, as unlike each other as those of a field are. Prints the median seconds of
each and their ratio: 4 is linear, 16 is all with all.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readinggroup.settings")

import django

django.setup()

from papers.duplicates import Known, likely_duplicates  # noqa: E402 (needs Django)

RUNS = 5


def papers(count: int) -> list[Known]:
    chance = random.Random(1)
    words = ["".join(chance.choices("abcdefghijklmnop", k=chance.randint(3, 10))) for _ in range(1500)]
    return [Known(number, " ".join(chance.choices(words, k=8))) for number in range(count)]


def seconds(known: list[Known]) -> float:
    start = time.perf_counter()
    likely_duplicates(known)
    return time.perf_counter() - start


def main() -> None:
    few, many = papers(500), papers(2000)
    pairs = [(seconds(few), seconds(many)) for _ in range(RUNS)]
    small, large = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(
        f"500 papers {small:.3f} s, 2,000 papers {large:.3f} s, ratio {large / small:.1f} (medians of {RUNS})"
    )


if __name__ == "__main__":
    main()
