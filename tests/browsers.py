"""Which browsers the tests and the pictures use, and the pages they visit."""

import os
import shutil
from functools import cache

from playwright.sync_api import Browser, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")


def _first(*names: str) -> str | None:
    return next(filter(None, [os.environ.get("CHROMIUM"), *map(shutil.which, names)]), None)


# The whole browser: it shows PDFs and asks for icons, which its shell without windows does not.
CHROMIUM = _first(*NAMES)
# The shell has the same engine and starts twice as fast.
CHROMIUM_SHELL = _first("chromium-headless-shell", *NAMES)
# A browser that calls its maker is no measure of whom a page calls.
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip
PAGES = [
    "/",
    "/schedule/",
    "/archive/",
    "/archive/course/",
    "/map/",
    "/sessions/8-perception-prioritized-training-elucidating-design-spaces/",
    "/sessions/14-qa-with-robin-rombach/",
    "/sessions/16-17-flow-matching/",
    "/papers/",
    "/papers/i2sb-image-to-image-schrodinger-bridge/",
    "/papers/elucidating-the-design-space-of-diffusion-based-generative-models/",
    "/backlog/",
    "/resources/",
    "/people/",
    "/people/jeremy-howard/",
    "/progress/",
    "/search/",
    "/search/?q=schrodinger",
    "/search/?q=nothingofthesort",
]

_browsers: dict[str, Browser] = {}


@cache
def _driver() -> Playwright:
    return sync_playwright().start()


def opened(executable: str) -> Browser:
    """This browser, started once a process: its contexts share nothing, so that no test sees what another left."""
    if executable not in _browsers or not _browsers[executable].is_connected():  # it may have crashed
        _browsers[executable] = _driver().chromium.launch(executable_path=executable, args=ARGUMENTS)
    return _browsers[executable]


def close_all() -> None:
    """End the browsers that were opened, and what drives them."""
    if _driver.cache_info().currsize:
        _driver().stop()  # with its browsers
    _browsers.clear()
    _driver.cache_clear()
