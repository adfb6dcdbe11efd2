"""manage.py clean_uploads: remove uploaded files that nothing has used for a while."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from sessions.leftovers import clean

UNITS = {"d": "days", "h": "hours"}


def period(text: str) -> timedelta:
    """90d, 12h."""
    if not (found := re.fullmatch(r"(\d{1,5})([dh])", text, re.ASCII)):
        raise ArgumentTypeError(f"{text!r} is no time such as 90d or 12h")
    return timedelta(**{UNITS[found[2]]: int(found[1])})


class Command(BaseCommand):
    help = (
        "Remove uploaded files that no material has used for a while. Until then a revert finds them. Also removes"
        " what uploads that were cut off left behind."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--older-than",
            type=period,
            default="90d",
            metavar="TIME",
            help="keep what was in use within this time: days (90d, the default) or hours (12h)",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be removed, remove nothing"
        )

    def handle(self, *_: Any, older_than: timedelta, dry_run: bool, **__: Any) -> None:
        try:
            cleaning = clean(timezone.now() - older_than, dry_run=dry_run)
        except OSError as error:
            raise CommandError(f"the storage cannot be read: {error}") from error
        for name in cleaning.removed:
            self.stdout.write(f"{'would remove' if dry_run else 'removed'} {name}")
        count = len(cleaning.removed)
        size = filesizeformat(cleaning.bytes).replace("\xa0", " ")
        self.stdout.write(
            f"{'would remove' if dry_run else 'removed'} {count} file{'' if count == 1 else 's'}, {size}"
        )
        if cleaning.failed:
            raise CommandError(f"could not be removed (the log says why): {', '.join(cleaning.failed)}")
