"""manage.py import_fixtures: a group's README, YAML or JSON comes in."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from readinggroup.interchange.details import in_words
from readinggroup.interchange.errors import UnreadableError
from readinggroup.interchange.load import load
from readinggroup.interchange.readers import read_file


class Command(BaseCommand):
    help = "Bring a group's README (.md), YAML or JSON into the database. What organizers changed stays."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a README in Markdown (.md), or .yaml or .json")
        parser.add_argument(
            "--base-url",
            default="",
            help="the folder that the README lives in: where its relative links start",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would change, and change nothing"
        )
        parser.add_argument(
            "--prune",
            action="store_true",
            help="remove what an earlier import made, the file no longer has, and nobody edited",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            document = read_file(path, base_url=options["base_url"])
            report = load(document, file_name=path.name, prune=options["prune"], dry_run=options["dry_run"])
        except UnreadableError as error:
            raise CommandError(error.in_file(str(path))) from None
        except DatabaseError as error:
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise CommandError(f"{path}: nothing was imported; the database says: {reason}") from None
        for notice in report.warnings:
            self.stdout.write(notice.in_file(str(path)))
        if options["verbosity"] > 1:
            for detail in in_words(report):
                self.stdout.write(detail)
        for what in report.removals:
            self.stdout.write(f"removed: {what}")
        if options["dry_run"]:
            self.stdout.write("Dry run: nothing was changed. It would be:")
        self.stdout.write(str(report))
