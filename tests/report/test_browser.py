"""The page in real headless Chromium: drawn, silent, readable, and never on the network."""

import shutil
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from silicus import plugins
from silicus.analysis.published import filter_grid, published_pairs
from silicus.report import published_page

from .pages import page
from .synthetic import BASE, THEORY, figure_manifest, figure_rows, many_pairs, table
from .test_html import HOSTILE, hostile

pytestmark = pytest.mark.browser
READY = "document.documentElement.dataset.ready === 'yes'"
LONGEST_S = 3
AXE = "4.10.3"
FIGURES = 5
POINTS = "#figure-base-against-aligned .still path[aria-roledescription=point]"
OPEN_ALL = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
DRAWN = """() => {
  const charts = [...document.querySelectorAll("figure.can-live")];
  return charts.length > 0 && charts.every((one) => one.dataset.drawn === "yes");
}"""


def wait_until(page: Any, condition: str, seconds: float = 30) -> None:
    """Wait for a condition in the page, asking from outside: its policy forbids eval inside."""
    end = time.monotonic() + seconds
    while not page.evaluate(condition):
        assert time.monotonic() < end, f"not so after {seconds} s: {condition}"
        page.wait_for_timeout(50)


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
    wait_until(one.page, READY)
    one.page.evaluate(OPEN_ALL)
    assert one.said == []
    assert one.asked == [one.page.url.partition("#")[0]]
    assert one.page.evaluate("document.documentElement.scrollWidth") <= width
    for figure in one.page.query_selector_all("figure.chart"):
        box = figure.query_selector(".still svg").bounding_box()
        frame = figure.bounding_box()
        assert box["width"] > 0.8 * min(frame["width"], 520)
        assert box["x"] + box["width"] <= frame["x"] + frame["width"] + 1
    assert one.page.locator(POINTS).count() == 4


@pytest.mark.parametrize(
    ("width", "scheme"), [(400, "light"), (1600, "light"), (400, "dark"), (1600, "dark")]
)
def test_page_of_several_runs_when_opened_then_every_kind_of_figure_fits(
    opened: Any, width: int, scheme: str
) -> None:
    """A page with a picture of every figure is drawn silently within the width."""
    one = opened(
        page(figure_manifest(2), table(figure_rows()), []),
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
    )
    wait_until(one.page, READY)
    one.page.evaluate(OPEN_ALL)
    assert one.said == []
    assert one.asked == [one.page.url.partition("#")[0]]
    assert one.page.evaluate("document.documentElement.scrollWidth") <= width
    shown = one.page.query_selector_all("figure.chart")
    names = {figure.get_attribute("id").removeprefix("figure-") for figure in shown}
    for name in plugins.BUILT_IN["figures"]:
        assert any(each.startswith(name.replace("_", "-")) for each in names), name
    for figure in shown:
        box, frame = figure.query_selector(".still svg").bounding_box(), figure.bounding_box()
        assert box["x"] + box["width"] <= frame["x"] + frame["width"] + 1
    hover(one.page.locator("#figure-agreement .still path[aria-roledescription=point]").first)
    one.page.wait_for_selector("#tip.visible")
    assert "first" in one.page.inner_text("#tip")


def test_page_when_a_point_is_hovered_then_its_cells_are_shown(
    opened: Any, manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """Hovering works without network and shows the text of the table's cells."""
    one = opened(page(manifest, results, []), viewport={"width": 1000, "height": 900})
    wait_until(one.page, READY)
    one.page.evaluate(OPEN_ALL)
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
    wait_until(printed.page, READY)
    printed.page.emulate_media(media="print")
    for one in (off, printed):
        stills = one.page.locator("figure.chart .still svg")
        assert stills.count() == FIGURES
    off.page.locator("#pairs summary").first.click()  # a fold needs no script
    for one in (off, printed):
        assert one.page.locator("#pairs figure.chart .still svg").first.is_visible()
    paper = printed.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == "rgb(255, 255, 255)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_when_an_accessibility_checker_reads_it_then_it_finds_nothing(
    opened: Any,
    manifest: dict[str, Any],
    results: pl.DataFrame,
    prompts_examples: list[dict[str, Any]],
    scheme: str,
) -> None:
    """axe-core finds no violation with every section open, in both schemes."""
    axe = axe_source()
    one = opened(
        page(manifest, results, prompts_examples),
        viewport={"width": 1280, "height": 800},
        color_scheme=scheme,
        bypass_csp=True,
    )
    wait_until(one.page, READY)
    one.page.evaluate(OPEN_ALL)
    one.page.add_script_tag(content=axe)
    found = one.page.evaluate("axe.run()")["violations"]
    assert [(each["id"], [n["html"][:160] for n in each["nodes"][:3]]) for each in found] == []


def test_page_when_a_fold_is_named_in_the_address_then_it_is_open(
    opened: Any, manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """A deep link opens its section, and the search leaves the rows that hold the words."""
    one = opened(page(manifest, results, []), viewport={"width": 1280, "height": 800})
    wait_until(one.page, READY)
    assert not one.page.locator("#tables table").first.is_visible()
    one.page.evaluate("location.hash = '#tables'")
    wait_until(one.page, "document.querySelector('#tables > details').open")
    one.page.fill("#find", THEORY)
    wait_until(one.page, "document.getElementById('found').textContent !== ''")
    left = one.page.locator("#tables tr[data-find]:visible").all_inner_texts()
    assert left
    assert all(THEORY in text for text in left)


def axe_source() -> str:
    """Return axe-core as a script, from the registry of packages, kept for the next time."""
    folder = Path(tempfile.gettempdir()) / f"silicus-axe-{AXE}"
    file = folder / "package" / "axe.min.js"
    if not file.is_file():
        folder.mkdir(exist_ok=True)
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("npm is not installed, so that axe-core cannot be had")
        got = subprocess.run(
            [npm, "pack", f"axe-core@{AXE}", "--silent"],
            cwd=folder,
            capture_output=True,
            timeout=60,
            check=False,
        )
        if got.returncode:
            pytest.skip("axe-core cannot be had from the package registry")
        with tarfile.open(folder / f"axe-core-{AXE}.tgz") as packed:
            packed.extractall(folder, filter="data")
    return file.read_text(encoding="utf-8")


def test_page_when_narrow_then_nested_facts_have_room_for_words(
    opened: Any, manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """On a phone a fact inside a fact is not set letter below letter."""
    manifest["predictors"][0]["details"] = {"torch": {"version": {"number": "2.13.0+cpu"}}}
    one = opened(page(manifest, results, []), viewport={"width": 400, "height": 900})
    one.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    widths = one.page.evaluate(
        "[...document.querySelectorAll('dl.facts dd')].map(d => d.getBoundingClientRect().width)"
    )
    assert len(widths) > 10
    assert min(widths) > 150


def test_page_when_only_the_keyboard_is_used_then_everything_is_reached(
    opened: Any,
    manifest: dict[str, Any],
    results: pl.DataFrame,
    prompts_examples: list[dict[str, Any]],
) -> None:
    """Tab reaches the skip link, every link, table and fold; each shows that it has the focus."""
    one = opened(page(manifest, results, prompts_examples), viewport={"width": 400, "height": 900})
    wait_until(one.page, READY)
    one.page.evaluate(OPEN_ALL)
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
    wait_until(one.page, READY)
    one.page.evaluate(OPEN_ALL)
    hover(one.page.locator(POINTS).first)
    one.page.wait_for_selector("#tip.visible")
    assert HOSTILE in one.page.inner_text("#tip")
    assert one.page.locator("#tip img").count() == 0
    assert one.page.evaluate("window.hacked") is None
    assert one.said == []
    assert one.asked == [one.page.url.partition("#")[0]]


@pytest.fixture(scope="module")
def published() -> tuple[str, pl.DataFrame]:
    """The page of the published figures and the grid of counts it was made from."""
    pairs = published_pairs()
    grid = filter_grid(pairs)
    return published_page(pairs, grid), grid


def set_filters(page: Any, mass: float | None, r: float | None, family: str = "") -> None:
    """Move the controls as a person would leave them, and tell the page."""
    page.evaluate(
        """([mass, r, family]) => {
          document.getElementById("least_mass").value = mass ?? 0;
          document.getElementById("least_r").value = r ?? -0.05;
          document.getElementById("model_family").value = family;
          document.getElementById("filters").dispatchEvent(new Event("input"));
        }""",
        [mass, r, family],
    )


def shown_counts(page: Any) -> dict[str, dict[str, int]]:
    """Return the counts that the page shows, by family."""
    return page.evaluate(  # type: ignore[no-any-return]
        """() => Object.fromEntries([...document.querySelectorAll("#counts [data-family]")].map(
          (row) => [row.dataset.family, Object.fromEntries(
            [...row.querySelectorAll("[data-count]")].map(
              (cell) => [cell.dataset.count, Number(cell.textContent)]))]))"""
    )


def test_published_when_filters_move_then_the_recount_is_the_table_of_expected_counts(
    opened: Any, published: tuple[str, pl.DataFrame]
) -> None:
    """In every cell of the grid the page counts what the analysis counts, from none to both."""
    text, grid = published
    one = opened(text, viewport={"width": 1200, "height": 900})
    wait_until(one.page, READY)
    filters = grid.select("least_mass", "least_r").unique(maintain_order=True)
    assert len(filters) == 24
    for mass, r in filters.rows():
        set_filters(one.page, mass, r)
        found = shown_counts(one.page)
        expected = grid.filter(
            pl.col("least_mass").eq_missing(pl.lit(mass, pl.Float64)),
            pl.col("least_r").eq_missing(pl.lit(r, pl.Float64)),
        )
        for row in expected.iter_rows(named=True):
            count = found[row["family"]]
            names = ("base", "aligned", "ties")
            assert [count[n] for n in names] == [row[n] for n in names], (mass, r, row["family"])
            assert count["left"] == sum(row[n] for n in names)
    assert one.said == []
    assert one.asked == [one.page.url.partition("#")[0]]


def test_published_when_a_slider_is_moved_by_keyboard_then_points_and_counts_follow(
    opened: Any, published: tuple[str, pl.DataFrame]
) -> None:
    """Arrow keys move a filter; dropped pairs become rings; the button brings all back."""
    one = opened(published[0], viewport={"width": 1200, "height": 900})
    wait_until(one.page, READY)
    kept = "#figure-pairs-0 .live .layer_2_marks path"
    assert one.page.locator(kept).count() == 120
    before = shown_counts(one.page)
    one.page.focus("#least_mass")
    for _ in range(16):
        one.page.keyboard.press("ArrowRight")
    assert one.page.inner_text("#least_mass_shown") == "0.80"
    left = shown_counts(one.page)["bargaining"]["left"]
    assert 0 < left < 120
    wait_until(one.page, f"document.querySelectorAll('{kept}').length === {left}")
    one.page.select_option("#model_family", "Llama")
    assert shown_counts(one.page)["bargaining"]["left"] <= 8
    one.page.click("button[type=reset]")
    wait_until(one.page, "document.getElementById('least_mass_shown').textContent === 'none'")
    assert shown_counts(one.page) == before


@pytest.mark.parametrize("width", [400, 1600])
def test_published_when_opened_then_it_fits_the_width(
    opened: Any, published: tuple[str, pl.DataFrame], width: int
) -> None:
    """Nothing is wider than a phone or leaves a wide screen's column."""
    one = opened(published[0], viewport={"width": width, "height": 900})
    wait_until(one.page, READY)
    assert one.page.evaluate("document.documentElement.scrollWidth") <= width
    for svg in one.page.query_selector_all("figure.chart .live svg"):
        box = svg.bounding_box()
        assert box["x"] + box["width"] <= width
        assert box["height"] >= 300


@pytest.mark.slow
def test_page_when_a_run_has_many_pairs_then_it_opens_in_under_three_seconds(
    opened: Any,
) -> None:
    """120 synthetic pairs x 6 families x 10 formulations: usable in 3 s of computing."""
    manifest, results = many_pairs(120, 10)
    one = opened(page(manifest, results, []), viewport={"width": 1200, "height": 900})
    wait_until(one.page, READY)
    measured = one.session.send("Performance.getMetrics")["metrics"]
    took_s = next(each["value"] for each in measured if each["name"] == "TaskDuration")
    assert took_s < LONGEST_S
    for figure in one.page.query_selector_all("figure.chart"):
        if figure.is_visible():
            figure.scroll_into_view_if_needed()
    wait_until(one.page, DRAWN)
    heavy = one.page.locator('figure.chart[data-renderer="canvas"]')
    assert heavy.count() == 3
    assert heavy.locator(".still img").count() == 3
    set_filters(one.page, 0.8, 0.3)
    counts = shown_counts(one.page)
    assert 0 < counts["all"]["left"] < 720
    set_filters(one.page, None, None)
    assert shown_counts(one.page)["all"]["left"] == 720
    assert one.said == []
