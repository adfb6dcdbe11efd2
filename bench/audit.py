"""What Lighthouse says of the pages that most visitors see: make audit

Serves the first group's content by gunicorn alone, and has each page judged RUNS times as on a slow phone (Lighthouse's
own settings). Prints the median of each score, and what cost points; ends with status 1 where a median is below LEAST.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

BASE_DIR = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE_DIR))

from tests.browsers import CHROMIUM  # noqa: E402 (found by the line above)
from tests.shown import the_first_group  # noqa: E402

LIGHTHOUSE = BASE_DIR / "node_modules" / ".bin" / "lighthouse"
RUNS = 5
TRIES = 3
LEAST = {"performance": 98, "accessibility": 100, "best-practices": 100, "seo": 100}
PAGES = {
    "home": "/",
    "archive": "/archive/",
    "session": "/sessions/8-perception-prioritized-training-elucidating-design-spaces/",
    "paper": "/papers/elucidating-the-design-space-of-diffusion-based-generative-models/",
    "backlog": "/backlog/",
    "search": "/search/",
    "results": "/search/?q=schrodinger",
}
# What was found asks to be left out of other search engines, on purpose.
NOT_ASKED = {"results": ["is-crawlable"]}


def fetch_lighthouse() -> None:
    """Lighthouse as package-lock.json names it, some 200 MB that nothing else needs."""
    print("Fetching Lighthouse with npm ...")
    try:
        done = subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=BASE_DIR, check=False)
    except FileNotFoundError:
        sys.exit("error: Lighthouse is missing, and so is npm, which would fetch it: install Node.")
    if done.returncode or not LIGHTHOUSE.exists():
        sys.exit("error: npm could not fetch Lighthouse; npm ci --verbose says why.")


def report(url: str, skipped: list[str]) -> dict[str, Any]:
    """One run of Lighthouse. Where it lost the browser's trace, which a busy machine can bring about, it runs again."""
    flags = "--headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update"
    command = [
        str(LIGHTHOUSE), url, "--output=json", "--quiet", f"--chrome-flags={flags}",
        f"--only-categories={','.join(LEAST)}", *(f"--skip-audits={name}" for name in skipped),
    ]  # fmt: skip
    for _ in range(TRIES):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                command,
                cwd=folder,
                env=os.environ | {"CHROME_PATH": str(CHROMIUM)},
                capture_output=True,
                text=True,
                check=False,
            )
        if not done.returncode:
            found: dict[str, Any] = json.loads(done.stdout)
            return found
        print(f"{'':10}once more: {done.stderr.strip().splitlines()[-1]}")
    sys.exit(f"error: Lighthouse did not judge {url}:\n{done.stderr[-2000:]}")


def lost(found: dict[str, Any], category: str) -> list[str]:
    """The audits that cost points in this category."""
    audits = found["audits"]
    wanted = [each["id"] for each in found["categories"][category]["auditRefs"] if each["weight"]]
    return [
        f"{name} {audits[name].get('displayValue', '')}".strip()
        for name in wanted
        if audits[name]["score"] is not None and audits[name]["score"] < 0.9
    ]


def main() -> None:
    if CHROMIUM is None:
        sys.exit("error: no Chromium is found; install one, or name it in CHROMIUM.")
    if not LIGHTHOUSE.exists():
        fetch_lighthouse()
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    failed = False
    print(f"{'':10}{''.join(f'{name:>16}' for name in LEAST)}   medians of {runs}")
    with the_first_group() as site:
        for name, path in PAGES.items():
            reports = [report(site + path, NOT_ASKED.get(name, [])) for _ in range(runs)]
            scores = {
                category: statistics.median(
                    round(100 * each["categories"][category]["score"]) for each in reports
                )
                for category in LEAST
            }
            print(f"{name:10}{''.join(f'{score:16.0f}' for score in scores.values())}", flush=True)
            for category, score in scores.items():
                if score < LEAST[category]:
                    failed = True
                    print(f"{'':10}{category}: {'; '.join(lost(reports[-1], category))}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
