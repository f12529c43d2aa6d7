"""The site in a real browser, opened from the disk as a reader without a server would."""

import pytest

from tests.docs.test_site import pages

WIDTHS = (400, 1280)

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_when_opened_then_are_silent_and_fit_the_window(site, browser, width):
    """No page logs an error, asks the network, or is wider than a phone's or a desk's window."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    for name in pages():
        page.goto((site / name).with_suffix(".html").as_uri())
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, name
        assert page.locator("h1").inner_text().strip()
    page.close()
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def test_search_when_used_from_the_disk_then_finds_a_page(site, browser):
    """The search works without a server."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((site / "index.html").as_uri())
    page.locator("input.md-search__input").click()
    page.keyboard.type("option mass", delay=20)
    results = page.locator(".md-search-result__item a[href*='glossary']")
    results.first.wait_for(timeout=10_000)
    page.close()
