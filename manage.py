#!/usr/bin/env python
"""Django's command line. Without DATABASE_URL it starts the private PostgreSQL for as long as it runs."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from readinggroup import devdb

# These read no table, so that an image can be built and help be asked for without any database.
COMMANDS_WITHOUT_DATABASE = {"collectstatic", "help", "version", "--version"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readinggroup.settings")
    try:
        asks_for_help = not sys.argv[1:] or {"-h", "--help"} & set(sys.argv)
        if not asks_for_help and sys.argv[1] not in COMMANDS_WITHOUT_DATABASE:
            devdb.provide()
        execute_from_command_line(sys.argv)
    except KeyboardInterrupt:
        sys.exit(130)
    except (ImproperlyConfigured, devdb.DatabaseError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
