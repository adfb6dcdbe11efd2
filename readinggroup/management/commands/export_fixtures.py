"""manage.py export_fixtures: the group goes out as README, YAML or JSON."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from readinggroup.interchange.dump import dump, one_moment
from readinggroup.interchange.files import write_whole
from readinggroup.interchange.markdown.writer import left_out
from readinggroup.interchange.readers import WRITERS
from readinggroup.interchange.serial import schema_text


class Command(BaseCommand):
    help = "Write the group as a README in Markdown, as YAML or as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--format",
            choices=sorted(WRITERS),
            default="",
            help="what to write; unless given, what the ending of --output says, else md",
        )
        parser.add_argument(
            "--output", type=Path, default=None, help="the file to write; standard output unless given"
        )
        parser.add_argument(
            "--schema",
            action="store_true",
            help="write the JSON Schema of YAML and JSON instead of the group",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        output: Path | None = options["output"]
        text = schema_text() if options["schema"] else self._document(options["format"] or _ending(output))
        if output is None:
            self.stdout.write(text, ending="")
            return
        try:
            write_whole(output, text)
        except OSError as error:
            raise CommandError(f"{output}: cannot be written: {error.strerror}") from None

    def _document(self, name: str) -> str:
        with one_moment():
            document = dump()
        if name == "md":
            for what in left_out(document):
                self.stderr.write(f"A README cannot say {what}; YAML and JSON can.")
        return WRITERS[name](document)


def _ending(output: Path | None) -> str:
    """The format that a file's name asks for."""
    ending = output.suffix.removeprefix(".").replace("yml", "yaml") if output else ""
    return ending if ending in WRITERS else "md"
