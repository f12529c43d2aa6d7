"""Make the pictures of the documentation: pages of run folders in a real browser.

``python docs/screenshots.py runs/quickstart`` writes ``docs/images/quickstart.png`` (the first
screen) and ``docs/images/stand-in-card.png``. Needs Chromium and Playwright.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).parent / "images"


def main(run: Path) -> None:
    """Write both pictures of a run's page."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"))
        page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light")
        page.goto((run / "report.html").resolve().as_uri())
        page.screenshot(path=IMAGES / "quickstart.png")
        page.locator("#card .matrices .scroll").first.screenshot(path=IMAGES / "stand-in-card.png")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
