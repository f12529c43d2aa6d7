"""Every figure keeps the contract, and a figure from outside joins by its entry point."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from silicus import plugins
from silicus.errors import StudyError
from silicus.report import facts, gallery
from silicus.report.figures.base import Figure

from ..pages import page
from ..synthetic import figure_manifest, figure_rows, table
from .contract import FigureContract


class TestAgreement(FigureContract):
    """Agreement by family."""

    name = "agreement"


class TestBaseAgainstAligned(FigureContract):
    """The scatter of base against aligned."""

    name = "base_against_aligned"
    columns = tuple(
        f"{side}_{end}" for side in ("base", "aligned") for end in ("estimate", "ci_low", "ci_high")
    )
    placed = ("from", "to", "x", "y")


class TestDifference(FigureContract):
    """Differences by family."""

    name = "difference"


class TestByPart(FigureContract):
    """Rounds and conditions."""

    name = "by_part"
    placed = ("place",)


class TestBySize(FigureContract):
    """Differences by size."""

    name = "by_size"
    placed = ("size_billion",)


class TestSpecification(FigureContract):
    """The specification curve."""

    name = "specification"


class TestCalibration(FigureContract):
    """Calibration curves."""

    name = "calibration"
    columns = ("predicted", "estimate", "ci_low", "ci_high")


class TestOptionMass(FigureContract):
    """Option mass."""

    name = "option_mass"
    placed = ("at",)


class TestMassBounds(FigureContract):
    """Bounds of r."""

    name = "mass_bounds"


class TestDifferenceBounds(FigureContract):
    """Bounds of the difference in log-loss."""

    name = "difference_bounds"


class TestNormativeBias(FigureContract):
    """People, theory and model."""

    name = "normative_bias"
    columns = (
        *("human", "human_low", "human_high", "estimate", "ci_low", "ci_high"),
        *("base_x", "base_y", "aligned_x", "aligned_y"),
    )


def test_figures_when_registered_then_each_has_its_contract() -> None:
    """No figure of silicus is without a test class here."""
    tested = {one.name for one in FigureContract.__subclasses__()}
    own = {"nearer"}  # draws differences with their sign turned: test_nearer.py
    assert set(plugins.BUILT_IN["figures"]) <= tested | own


OUTSIDE = '''
from silicus.report import tables
from silicus.report.figures import chart, forest
from silicus.report.figures.base import Figure

def data(results, known):
    """Return the lines of the Brier score."""
    return forest.lines(tables.single(results, "log_loss"), known)

def draw(table):
    """Return the plot."""
    limits = chart.limits(table, ["estimate", "ci_low", "ci_high"], 0, 10)
    return forest.plot(table, axis="log-loss", limits=limits, description="Log-loss by family.")

FIGURE = Figure("Log-loss of all", "Lower is better.", "more", data, draw)
BROKEN = Figure("Broken", "Never drawn.", "more", data, lambda table: 1 / 0)
NO_FIGURE = "a text"
'''


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Install a little distribution with figures of its own, as pip would leave it."""

    def install(**points: str) -> None:
        (tmp_path / "stranger_figures.py").write_text(OUTSIDE)
        info = tmp_path / "stranger_figures-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: stranger-figures\nVersion: 1\n"
        )
        lines = [f"{name} = stranger_figures:{value}\n" for name, value in points.items()]
        (info / "entry_points.txt").write_text("[silicus.figures]\n" + "".join(lines))
        monkeypatch.syspath_prepend(str(tmp_path))
        plugins.known.cache_clear()

    yield install
    plugins.known.cache_clear()


def test_figure_when_it_comes_from_outside_then_it_stands_on_the_page(outside: Any) -> None:
    """A distribution that was only installed adds its figure, after silicus's own."""
    outside(log_loss_of_all="FIGURE")
    text = page(figure_manifest(), table(figure_rows()), [])
    assert 'id="figure-log-loss-of-all"' in text
    assert text.index('id="figure-option-mass"') < text.index("Log-loss of all")
    assert "Further figures" in text


def test_figure_when_a_strangers_one_fails_then_the_page_says_so_and_holds_the_rest(
    outside: Any,
) -> None:
    """A mistake in an installed figure costs no report; it is told in its place."""
    outside(broken="BROKEN", no_figure="NO_FIGURE")
    text = page(figure_manifest(), table(figure_rows()), [])
    assert "The figure &#34;broken&#34; could not be drawn: ZeroDivisionError" in text
    assert "is a str, not a silicus.report.figures.base.Figure" in text
    assert 'id="figure-agreement"' in text


def test_figure_when_unknown_then_the_nearest_is_named() -> None:
    """A mistyped name is answered with the one that was probably meant."""
    with pytest.raises(StudyError, match='unknown figure "agrement": did you mean "agreement"'):
        gallery.named("agrement")


def test_figure_when_its_section_is_unknown_then_it_is_refused() -> None:
    """A figure stands in one of the page's sections."""
    with pytest.raises(ValueError, match='section "elsewhere" of the figure "T"'):
        Figure("T", "C", "elsewhere", lambda results, known: results, lambda rows: rows)


def test_sections_when_a_run_has_all_kinds_of_results_then_each_section_has_pictures() -> None:
    """The synthetic run of the contract gives every section but that of strangers."""
    known = facts.read(figure_manifest())
    results: pl.DataFrame = table(figure_rows())
    found = gallery.sections(results, known)
    assert list(found) == [
        *("first", "answer", "scatter", "parts", "size", "wordings", "calibration", "mass", "bias")
    ]
