"""How long imports take, and how much memory: the shipped README, and one of 1,000 sessions and 5,000 readings.

    .venv/bin/python bench/import_readme.py

Each import is a process of its own, against a database that is made for it and dropped. Prints, for both, the
seconds of the whole process, the seconds of the import alone, and the most memory that the process had.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

BASE_DIR = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE_DIR))

from readinggroup import devdb  # noqa: E402 (found by the line above)

SHIPPED = BASE_DIR / "readinggroup" / "content" / "diffusion-reading-group.md"
RUNS = 3
IMPORT = """
import sys, time
from pathlib import Path
import django
django.setup()
from readinggroup.interchange.load import load
from readinggroup.interchange.readers import read_file
start = time.perf_counter()
report = load(read_file(Path(sys.argv[1])), file_name="README.md")
seconds = time.perf_counter() - start
# The kernel's other figure, ru_maxrss, counts what the parent had before this program was loaded.
memory = int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
print(f"{seconds:.3f}", memory // 1024, report)
"""


def large_readme(sessions: int, readings: int) -> str:
    """Sessions with as many readings each: arXiv papers, some of them read again, one post below each."""
    lines = ["# A large group", "", "Reading since ever.", ""]
    per_session = readings // sessions
    for number in range(1, sessions + 1):
        lines += [f"## Week {number}: On subject {number}", "* Readings:"]
        for each in range(per_session - 1):
            paper = (number * (per_session - 1) + each) % (readings // 2) + 1
            lines.append(
                f"  * [A Paper on Subject {paper}](https://arxiv.org/abs/{2001 + paper % 12:04d}.{paper:05d})"
            )
        lines.append(
            f"    * [A post about subject {number}](https://blog.example/{number}) (walk-thru by Person {number % 50})"
        )
        lines += [f"* [Recording](https://youtu.be/{number})", f"* [Slides](%23{number}.pdf)", ""]
    lines.append("## List of papers to cover:")
    lines += [f"{number}. ~~A paper on subject {number}~~" for number in range(1, 501)]
    return "\n".join(lines) + "\n"


def run(arguments: list[str], **variables: str) -> str:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=BASE_DIR,
        env=os.environ | variables,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def measure(path: Path) -> tuple[float, float, int, str]:
    """Seconds of the process, seconds of the import, MiB, and the report, on an empty database."""
    url = os.environ["DATABASE_URL"]
    name = f"bench_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            own = re.sub(r"/[^/?]*\?", f"/{name}?", url)
            run(["manage.py", "migrate", "-v0"], DATABASE_URL=own)
            start = time.perf_counter()
            said = run(["-c", IMPORT, str(path)], DATABASE_URL=own)
            whole = time.perf_counter() - start
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    seconds, memory, report = said.strip().split(" ", 2)
    return whole, float(seconds), int(memory), report


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readinggroup.settings")
    devdb.provide()
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "large.md"
        large.write_text(large_readme(1000, 5000))
        for name, path in (("the shipped README", SHIPPED), ("1,000 sessions, 5,000 readings", large)):
            results = sorted(measure(path) for _ in range(RUNS))
            whole, seconds, memory, report = results[RUNS // 2]
            print(
                f"{name}: import {seconds:.2f} s, process {whole:.2f} s, {memory} MiB (median of {RUNS}); {report}"
            )


if __name__ == "__main__":
    main()
