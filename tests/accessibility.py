"""Pages held to axe-core's rules, to the width of the window, and to saying nothing in the console."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# WCAG 2.2, levels A and AA, and what axe calls good practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Fields that are about to scroll below the bar with “Save” are covered in part, and axe takes them for too small.
BAR_IN_ITS_PLACE = """
  for (const bar of document.querySelectorAll(".submit-row, .changelist-footer")) bar.style.position = "static";
"""


def violations(page: Any, *rules: str, within: str | None = None) -> list[tuple[str, str]]:
    """What axe finds, by all rules or by these, on the whole page or within what this selector finds."""
    page.evaluate(BAR_IN_ITS_PLACE)
    asked = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": RULES}
    # What passes need not be written down: that takes as long as the rules themselves.
    options = {"runOnly": asked, "resultTypes": ["violations"]}
    found = Axe().run(page, context=within, options=options).response["violations"]
    return [(each["id"], node["html"][:200]) for each in found for node in each["nodes"]]


def wrong_with(page: Page, faults: list[str]) -> list[tuple[str, ...]]:
    """All that is wrong with a page as it is shown; what its console said is taken out of `faults`."""
    found: list[tuple[str, ...]] = list(violations(page))
    if not page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"):
        found.append(("is too wide",))
    # Hints of the browser's maker about Django's own password form are no faults.
    found += [(fault,) for fault in faults if not fault.startswith("verbose:")]
    faults.clear()
    return found
