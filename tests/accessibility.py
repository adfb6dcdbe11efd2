"""Pages held to axe-core's rules, to the width of the window, and to saying nothing in the console."""

from itertools import product

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# WCAG 2.2, levels A and AA, and what axe calls good practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Fields that are about to scroll below the bar with “Save” are covered in part, and axe takes them for too small.
BAR_IN_ITS_PLACE = """
  for (const bar of document.querySelectorAll(".submit-row, .changelist-footer")) bar.style.position = "static";
"""


# What passes takes longer to write down than to find.
FIND = """
([within, options]) => axe.run(within ?? document, options).then(found => found.violations)
"""


def violations(page: Page, *rules: str, within: str | None = None) -> list[tuple[str, str]]:
    """What axe finds, by all rules or by these, on the whole page or within what this selector finds."""
    page.evaluate(BAR_IN_ITS_PLACE)
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    asked = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": RULES}
    found = page.evaluate(FIND, [within, {"runOnly": asked, "resultTypes": ["violations"], "preload": False}])
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


def wrong_at(widths: tuple[int, ...], page: Page, faults: list[str]) -> list[tuple[object, ...]]:
    """The same at each of these widths, light and dark: of axe's rules one alone has to do with colours.

    The page is as wide as the first of them afterwards, and light.
    """
    found: list[tuple[object, ...]] = []
    for width, scheme in product(widths, ("light", "dark")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two
        page.evaluate("document.getAnimations().forEach(change => change.finish())")
        wrong = wrong_with(page, faults) if scheme == "light" else violations(page, "color-contrast")
        found += [(width, scheme, *each) for each in wrong]
    page.set_viewport_size({"width": widths[0], "height": 800})
    page.emulate_media(color_scheme="light")
    return found
