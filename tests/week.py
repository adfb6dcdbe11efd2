"""An organizer's week in a browser, from the login to taking a session back: what tests walk and pictures show."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from playwright.sync_api import Locator, Page

from tests.checkouts import BASE_DIR
from tests.hands import Mouse
from tests.uploaded import readable_pdf

CONTENT = BASE_DIR / "readinggroup" / "content" / "diffusion-reading-group.md"
PASSWORD = "a paper a week keeps boredom away"  # of who works through it: `factories.a_group_in_its_term`
ARXIV = [
    "https://arxiv.org/abs/2006.11239",  # DDPM, which the group knows
    "https://arxiv.org/pdf/2303.01469v2",
    "arXiv:2209.03003",
]
READINGS = ["Denoising Diffusion Probabilistic Models", "arXiv:2303.01469", "arXiv:2209.03003"]
RECORDING = "https://www.youtube.com/watch?v=Fc1SiDHJu0Y"
ROWS = "#readings-group .inline-related:not(.empty-form)"


class Week:
    """The steps, each on from where the one before ended. `at` is told each place that is worth a look, by name."""

    def __init__(self, site: str, page: Page, hands: Mouse, at: Callable[[str], None], files: Path) -> None:
        self.site, self.page, self.hands, self.at, self.files = site, page, hands, at, files
        page.set_default_timeout(10_000)

    # --- Words for what is on the page -------------------------------------------------------------------------

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=name, exact=True).first

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True).first

    def field(self, name: str) -> Locator:
        return self.page.locator(f"#id_{name}")

    def said(self) -> str:
        """What the site says of what was just done."""
        self.page.locator(".messagelist").wait_for()
        return self.page.locator(".messagelist").inner_text()

    def to_the_desk(self) -> None:
        self.hands.press(self.link("Diffusion Reading Group at EleutherAI"))
        self.page.locator("#desk-next").wait_for()

    # --- The week ----------------------------------------------------------------------------------------------

    def log_in(self) -> None:
        self.page.goto(f"{self.site}/admin/")
        self.hands.write(self.field("username"), "olive")
        self.hands.write(self.field("password"), PASSWORD)
        self.hands.press(self.button("Log in"))
        self.page.locator("#desk-next").wait_for()
        self.at("desk")

    def add_the_recording(self) -> str:
        """Of last week's session, from the front desk."""
        self.hands.write(self.page.get_by_label("Link to the recording of 18: Diffusion bridges"), RECORDING)
        self.hands.press(self.button("Add the recording"))
        return self.said()

    def new_session(self) -> str:
        """With three links pasted into one line."""
        self.hands.press(self.link("New session"))
        self.hands.write(self.field("title"), "Consistency, from noise to image")
        day = datetime.now(UTC).date() + timedelta(days=3)
        self.hands.write_day(self.field("starts_at_0"), day)
        self.hands.write_time(self.field("starts_at_1"), time(18))
        self.hands.write(self.field("presenters"), "Katherine Crowson")
        self.hands.write(self.field("readings-0-what"), "\n".join(ARXIV))
        self.at("new-session")
        self.hands.press(self.button("Save and continue editing"))
        return self.said()

    def shown(self) -> list[str]:
        rows = self.page.locator(f"{ROWS} .reading-what")
        return [rows.nth(index).input_value() for index in range(rows.count())]

    def put_in_order(self) -> None:
        """The last of the three goes to the top."""
        self.hands.drag(self.page.locator(ROWS), 2, 0)
        self.at("readings")

    def upload_slides(self) -> None:
        slides = self.files / "consistency-models.pdf"
        slides.write_bytes(readable_pdf("Consistency models"))
        self.hands.press(self.button("Add another Material"))
        self.hands.give(self.field("materials-0-file"), slides)
        self.at("slides")

    def publish(self) -> str:
        self.hands.choose(self.field("state"), "Published")
        self.hands.press(self.button("Save and continue editing"))
        return self.said()

    def see_it_on_the_site(self) -> None:
        self.hands.press(self.link("View on site"))
        self.page.get_by_role("heading", level=1).wait_for()
        self.at("public-page")

    def copy_the_announcement(self) -> str:
        """What is on the clipboard then."""
        self.page.go_back()
        self.hands.press(self.link("Announcement"))
        self.hands.press(self.button("Copy for Discord"))
        self.page.get_by_text("Copied", exact=True).wait_for()
        self.at("announcement")
        copied: str = self.page.evaluate("navigator.clipboard.readText()")
        return copied

    def import_the_readme(self) -> str:
        """As it is, with a paper more to cover."""
        readme = self.files / "README.md"
        readme.write_text(f"{CONTENT.read_text().rstrip()}\n69. Rectified Flow\n")
        self.to_the_desk()
        self.hands.press(self.link("Import"))
        self.hands.give(self.field("file"), readme)
        self.hands.press(self.button("See what it would do"))
        self.page.locator(".import-numbers").wait_for()
        self.at("dry-run")
        self.hands.press(self.button("Import"))
        return self.said()

    def go_back(self) -> str:
        """The new session, to what it was before it was published."""
        self.to_the_desk()
        self.hands.press(self.link("Week 19: Consistency, from noise to image"))
        self.hands.press(self.link("History"))
        self.page.locator("#change-history").wait_for()
        self.at("history")
        self.hands.press(self.page.get_by_role("link", name="Go back to this").last)
        self.page.get_by_text("This is what will change").wait_for()
        self.at("go-back")
        self.hands.press(self.button("Go back to this"))
        return self.said()
