"""How long a search takes with 300 sessions and 2,000 papers with abstracts, and how that compares, in one run.

    .venv/bin/python bench/search.py

For each query, those of somebody who means harm among them, prints the median milliseconds in the database and of the
whole answer; how many times longer the database takes to look through the papers' texts themselves, without the index;
and how many times longer the answer takes than the page of people, which is shown to be as long. Works in a database of its own, gone afterwards.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readinggroup.settings")
# Static files by their names, whether or not they were collected.
PLAIN_NAMES = '{"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}'
os.environ |= {"SECURE_SSL_REDIRECT": "off", "STORAGES": PLAIN_NAMES}

from readinggroup import devdb  # noqa: E402 (found by the line above)

devdb.provide()

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402 (needs Django)
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext, setup_databases, teardown_databases  # noqa: E402

from papers.models import Paper  # noqa: E402
from readinggroup.search.words import LONGEST  # noqa: E402
from tests.big_group import make_big_group  # noqa: E402

RUNS = 7
QUERIES = [
    "diffusion", "diffusion models of kind 17", "training well", '"models of kind"', "diffusion -kind", "week 17", "dif",
    "difussion", "nothing like that",
    "diffusion models of kind trained with many more steps than needed give better samples overall",
    "difusion modls traning zebras withot giraffes elefants penguns ostrichs beter sampels overal kindd",
]  # fmt: skip
# What a visitor who means harm types, up to the 200 characters that are looked at.
LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORST = {
    "one-letter words": " ".join(LETTERS) * 4,
    "alternatives": "|".join(LETTERS) * 4,
    "beginnings of common words": "|".join(["dif", "mod", "tra", "wel", "kin", "how", "the"] * 8),
    "misspelt words": "difusion modls trane thm wel dffusion moels traan kinnd modesl diffusoin ofk hwo " * 3,
    "words run together": "diffusionmodels kindandhow trainthem modelskind andhow trainwell ofkind " * 3,
    "other spellings": "aeoeue|mueller|schroedinger|quantising|behaviour|centre|alpha|" * 4,
    "phrases": '"models of" "of kind" "train them" "how to" "them well" ' * 4,
    "one long phrase": f'"{"of kind and how to train them " * 7}"',
    "left out": "kind " + " ".join(f"-{letter}" for letter in LETTERS * 3),
    "hyphens": "a-" * 100,
    "Chinese": "流匹配扩散模型" * 30,
    "Russian": "диффузионные модели обучение шума изображения генеративные сети " * 4,
    "letters that are many": "\ufdfa " * 100,
}
WITHOUT_THE_INDEX = """
    SELECT count(*) FROM papers_paper
    WHERE to_tsvector('english', readinggroup_plain(concat_ws(' ', title, authors, abstract))) @@ plainto_tsquery(%s)
"""


def fill() -> None:
    """The big group; each paper with five authors and an abstract of 160 words out of 8,000."""
    make_big_group()
    chance = random.Random(1)
    words = ["".join(chance.choices("abcdefghijklmnop", k=chance.randint(3, 10))) for _ in range(8000)]
    papers = list(Paper.objects.all())
    for paper in papers:
        paper.abstract = " ".join(chance.choices(words, k=160))
        paper.authors = "\n".join(" ".join(chance.choices(words, k=2)).title() for _ in range(5))
    Paper.objects.bulk_update(papers, ["abstract", "authors"], batch_size=500)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def measured(ask: Callable[[], object]) -> tuple[float, float]:
    """Median milliseconds in the database, and altogether."""
    inside, whole = [], []
    for _ in range(RUNS):
        with CaptureQueriesContext(connection) as captured:
            start = time.perf_counter()
            ask()
            whole.append(1000 * (time.perf_counter() - start))
        inside.append(1000 * sum(float(query["time"]) for query in captured.captured_queries))
    return statistics.median(inside), statistics.median(whole)


def look_through(words: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(WITHOUT_THE_INDEX, [words])


def main() -> None:
    host = settings.ALLOWED_HOSTS[0].lstrip(".").replace("*", "localhost")
    client = Client(headers={"host": host})
    fill()
    _, page = measured(lambda: client.get("/people/"))
    print(f"{'query':30}   in the database   whole answer   without the index   page of people = 1")
    for name, typed in {**{words: words for words in QUERIES}, **WORST}.items():
        words = typed[:LONGEST]
        inside, whole = measured(lambda words=words: client.get("/search/results/", {"q": words}))  # type: ignore[misc]
        without, _ = measured(lambda words=words: look_through(words))  # type: ignore[misc]
        print(
            f"{name[:30]:30} {inside:15.0f} ms {whole:11.0f} ms {without / max(inside, 1):17.1f} x {whole / page:18.1f}"
        )


if __name__ == "__main__":
    made = setup_databases(verbosity=0, interactive=False, aliases={"default": True})
    try:
        main()
    finally:
        teardown_databases(made, verbosity=0)
