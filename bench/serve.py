"""How long `manage.py serve` takes to be up and to be gone again.

    .venv/bin/python bench/serve.py

Works in a copy of this checkout with a database of its own. Prints the first start (database, migrations, first
content, static files), and the medians of the later ones and of stopping by Ctrl-C, in seconds.
"""

from __future__ import annotations

import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE_DIR))

from tests.checkouts import CODE, environment, temporary_checkout  # noqa: E402 (found by the line above)

RUNS = 5


def start_and_stop(checkout: Path) -> tuple[float, float]:
    """Seconds until the site answers, and from Ctrl-C until all of it is gone."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    begun = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--port", str(port)],
        cwd=checkout,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout
        for line in process.stdout:
            if "createsuperuser" in line:  # the last line: it is up
                break
        up = time.perf_counter() - begun
        told = time.perf_counter()
        os.killpg(process.pid, signal.SIGINT)
        process.wait()
        return up, time.perf_counter() - told


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        temporary_checkout(Path(folder) / "checkout", CODE) as checkout,
    ):
        (checkout / ".env").write_text(f"SECRET_KEY={'k' * 60}\nALLOWED_HOSTS=localhost\n")
        first, _ = start_and_stop(checkout)
        later = [start_and_stop(checkout) for _ in range(RUNS)]
        print(f"first start {first:.2f} s")
        print(f"later start {statistics.median(up for up, _ in later):.2f} s (median of {RUNS})")
        print(f"stop        {statistics.median(down for _, down in later):.2f} s (median of {RUNS})")


if __name__ == "__main__":
    main()
