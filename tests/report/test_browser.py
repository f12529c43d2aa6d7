"""The page in real headless Chromium: drawn, silent, readable, and never on the network."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from playwright.sync_api import sync_playwright

from silicus.report import page

from .synthetic import BASE
from .test_html import HOSTILE, hostile

pytestmark = pytest.mark.browser
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
POINTS = "#figure-base-against-aligned .live path[aria-roledescription=point]"
DRAWN = """() => {
  const charts = [...document.querySelectorAll("figure.chart")];
  return charts.length > 0 && charts.every((one) => one.dataset.drawn === "yes");
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A running Chromium; its absence skips the tests, except where CI must have it."""
    if not Path(CHROMIUM).exists():
        if os.environ.get("SILICUS_CI") == "1":
            pytest.fail(f"{CHROMIUM} is missing; the checks need it (apt-get install chromium)")
        pytest.skip(f"{CHROMIUM} is missing")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


class Opened:
    """A page opened from a file, with everything it said and asked for."""

    def __init__(self, browser: Any, file: Path, **context: Any) -> None:
        self.context = browser.new_context(**context)
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(file.as_uri())


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """Open HTML text in a fresh context; all are closed at the end."""
    made: list[Opened] = []

    def open_text(text: str, **context: Any) -> Opened:
        file = tmp_path / f"page-{len(made)}.html"
        file.write_text(text, encoding="utf-8")
        made.append(Opened(browser, file, **context))
        return made[-1]

    yield open_text
    for one in made:
        one.context.close()


def hover(mark: Any) -> None:
    """Move the mouse onto the middle of a mark, in steps as a hand would."""
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    mark.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=5)


@pytest.mark.parametrize(
    ("width", "scheme"), [(400, "light"), (1600, "light"), (400, "dark"), (1600, "dark")]
)
def test_page_when_opened_then_figures_are_drawn_silently_within_the_width(
    opened: Any,
    manifest: dict[str, Any],
    results: pl.DataFrame,
    prompts_examples: list[dict[str, Any]],
    width: int,
    scheme: str,
) -> None:
    """Every figure is drawn, the console is silent, nothing is fetched, nothing is cut off."""
    one = opened(
        page(manifest, results, prompts_examples),
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
    )
    one.page.wait_for_function(DRAWN)
    assert one.said == []
    assert one.asked == [one.page.url]
    assert one.page.evaluate("document.documentElement.scrollWidth") <= width
    for figure in one.page.query_selector_all("figure.chart"):
        box = figure.query_selector(".live svg").bounding_box()
        frame = figure.bounding_box()
        assert box["width"] > 0.8 * min(frame["width"], 576)
        assert box["x"] + box["width"] <= frame["x"] + frame["width"] + 1
        assert not figure.query_selector(".still").is_visible()
    assert one.page.locator(POINTS).count() == 4


def test_page_when_a_point_is_hovered_then_its_cells_are_shown(
    opened: Any, manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """Hovering works without network and shows the text of the table's cells."""
    one = opened(page(manifest, results, []), viewport={"width": 1000, "height": 900})
    one.page.wait_for_function(DRAWN)
    hover(one.page.locator(POINTS).first)
    one.page.wait_for_selector("#tip.visible")
    tip = one.page.inner_text("#tip")
    assert BASE in tip
    assert "0.31 [0.20, 0.42]" in tip
    assert "NOT a same-provider pair" in tip


def test_page_when_scripts_are_off_or_it_is_printed_then_still_pictures_are_shown(
    opened: Any, manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """Without scripts, and on paper, each figure is its still picture."""
    text = page(manifest, results, [])
    off = opened(text, java_script_enabled=False)
    printed = opened(text, color_scheme="dark")
    printed.page.wait_for_function(DRAWN)
    printed.page.emulate_media(media="print")
    for one in (off, printed):
        stills = one.page.locator("figure.chart .still svg")
        assert stills.count() == 3
        assert all(stills.nth(i).is_visible() for i in range(3))
    assert not printed.page.locator("figure.chart .live").first.is_visible()
    paper = printed.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == "rgb(255, 255, 255)"


def test_page_when_only_the_keyboard_is_used_then_everything_is_reached(
    opened: Any,
    manifest: dict[str, Any],
    results: pl.DataFrame,
    prompts_examples: list[dict[str, Any]],
) -> None:
    """Tab reaches the skip link, every link, table and fold; each shows that it has the focus."""
    one = opened(page(manifest, results, prompts_examples), viewport={"width": 400, "height": 900})
    one.page.wait_for_function(DRAWN)
    reachable = one.page.locator("a[href], summary, [tabindex='0'], input, select, button").count()
    seen = set()
    for _ in range(reachable + 5):
        one.page.keyboard.press("Tab")
        seen.add(
            one.page.evaluate(
                """() => { const a = document.activeElement;
                const style = getComputedStyle(a);
                return a === document.body ? "" :
                  [...document.querySelectorAll("*")].indexOf(a) + ":" + style.outlineStyle; }"""
            )
        )
    seen.discard("")
    assert len(seen) >= reachable - 5  # the tables inside closed folds are not in the tab order
    assert all(mark.endswith(":solid") for mark in seen)


def test_page_when_every_text_is_hostile_then_nothing_of_it_runs(
    opened: Any,
    manifest: dict[str, Any],
    results: pl.DataFrame,
    prompts_examples: list[dict[str, Any]],
) -> None:
    """HTML and script in names, notes, labels and prompts run neither at once nor on hover."""
    spoil = pl.col("formulation", "note", "dataset", "predictor_id", "reference_id") + HOSTILE
    for entry in (*manifest["datasets"], *manifest["predictors"]):
        for key in {"id", "name"} & set(entry):
            entry[key] += HOSTILE
    for side in ("base", "aligned"):
        manifest["comparisons"][0][side] += HOSTILE
    text = page(hostile(manifest), results.with_columns(spoil), hostile(prompts_examples))
    one = opened(text, viewport={"width": 1000, "height": 900})
    one.page.wait_for_function(DRAWN)
    hover(one.page.locator(POINTS).first)
    one.page.wait_for_selector("#tip.visible")
    assert HOSTILE in one.page.inner_text("#tip")
    assert one.page.locator("#tip img").count() == 0
    assert one.page.evaluate("window.hacked") is None
    assert one.said == []
    assert one.asked == [one.page.url]
