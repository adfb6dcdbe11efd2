"""manage.py fetch_arxiv: authors, abstract, date and DOI of the papers, from arXiv."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections import Counter
from datetime import timedelta
from itertools import batched
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import F
from django.utils import timezone
from tqdm import tqdm

from papers.arxiv_api import MOST_IDS, ArxivError
from papers.arxiv_fetch import Came, Outcome, fetch
from papers.models import Paper

FRESH = timedelta(days=1)
WITHIN = 180.0  # seconds for each request, its tries and pauses included


class Command(BaseCommand):
    help = (
        "Ask arXiv about the papers that have an arXiv id, and fill in what they lack. What the group wrote stays; "
        "the admin shows where arXiv says something else."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--missing", action="store_true", help="only papers without authors or abstract, or never fetched"
        )
        parser.add_argument(
            "--again",
            action="store_true",
            help="also what was fetched within the last day, which is left out else",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        papers = Paper.objects.filter(arxiv_id__isnull=False).order_by("pk")
        if options["missing"]:
            never = papers.exclude(
                arxiv_record__arxiv_id=F("arxiv_id"), arxiv_record__fetched_at__isnull=False
            )
            papers = papers.without_metadata() | never
        if not options["again"]:
            papers = papers.exclude(
                arxiv_record__arxiv_id=F("arxiv_id"), arxiv_record__fetched_at__gt=timezone.now() - FRESH
            )
        left = list(papers.distinct())
        came: Counter[Came] = Counter()
        # None: a bar only where somebody looks.
        with tqdm(total=len(left), unit="paper", file=sys.stderr, disable=self._nobody_looks()) as bar:
            try:
                for batch in batched(left, MOST_IDS):
                    for outcome in fetch(batch, within=WITHIN):
                        came[outcome.came] += 1
                        self._tell(outcome, bar)
                    bar.update(len(batch))
            except ArxivError as error:
                raise CommandError(f"{error} {self._so_far(came, len(left))}") from None
            except KeyboardInterrupt:
                raise CommandError(f"Stopped. {self._so_far(came, len(left))}", returncode=130) from None
        self.stdout.write(_summary(came))

    def _nobody_looks(self) -> bool:
        return not self.stderr.isatty()

    def _tell(self, outcome: Outcome, bar: tqdm[Any]) -> None:
        if outcome.problem:
            bar.clear()
            paper = outcome.paper
            self.stderr.write(f"warning: {paper} (arXiv:{paper.arxiv_id}): {outcome.problem}")

    def _so_far(self, came: Counter[Came], total: int) -> str:
        return f"Done {came.total()} of {total} ({_summary(came)}); the same command goes on with the rest."


def _summary(came: Counter[Came]) -> str:
    return (
        f"filled {came[Came.FILLED]}, differs {came[Came.DIFFERS]}, "
        f"unchanged {came[Came.UNCHANGED]}, problems {came[Came.PROBLEM]}"
    )
