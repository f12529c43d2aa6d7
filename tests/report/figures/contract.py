"""What every figure owes; the test class of a figure inherits :class:`FigureContract`."""

import math
from collections.abc import Iterator
from typing import Any, ClassVar

import polars as pl
import pytest

from silicus import plugins
from silicus.report import embed, facts, gallery, style, tables
from silicus.report.figures.base import SECTIONS, Figure

from ..pages import page
from ..synthetic import figure_manifest, figure_rows, result, table

PALETTE = {
    *style.ROLE_COLOURS.values(),
    *style.FAMILY_COLOURS.values(),
    *style.GROUP_COLOURS,
    style.GREY,
    "currentColor",
}
COLOURED = ("color", "fill", "stroke")


class FigureContract:
    """Tests that hold for every figure; a subclass names it.

    ``name`` is the one in :mod:`silicus.plugins`. ``columns`` are those of the drawn data that
    hold numbers of the Result table, ``placed`` those that only say where something stands (a
    round, a size).
    """

    name: ClassVar[str]
    columns: ClassVar[tuple[str, ...]] = ("estimate", "ci_low", "ci_high")
    placed: ClassVar[tuple[str, ...]] = ()

    @pytest.fixture
    def known(self) -> facts.Facts:
        """The facts of a synthetic run in which every figure has something to draw."""
        return facts.read(figure_manifest())

    @pytest.fixture
    def rows(self, known: facts.Facts) -> pl.DataFrame:
        """Its Result table in reading order."""
        return tables.checked(table(figure_rows()), known)

    @property
    def figure(self) -> Figure:
        """The figure behind the name."""
        return gallery.named(self.name)

    def drawn(self, rows: pl.DataFrame, known: facts.Facts) -> list[tuple[pl.DataFrame, Any]]:
        """Return each picture's rows and specification."""
        made = self.figure.data(rows, known)
        groups = [made]
        if self.figure.keys:
            groups = [own for _, own in made.group_by(self.figure.keys, maintain_order=True)]
        return [(own, self.figure.draw(own).to_dict()) for own in groups]

    def test_figure_when_named_then_it_is_registered_and_says_what_it_is(self) -> None:
        """It is found by its name, and has a title, a caption and a section of the page."""
        assert self.name in plugins.known("figures")
        assert self.figure.title
        assert self.figure.caption.endswith((".", "?"))
        assert self.figure.section in SECTIONS

    def test_data_when_there_is_nothing_to_draw_then_it_is_empty_and_no_picture_is_made(
        self, known: facts.Facts
    ) -> None:
        """Without its rows it gives an empty table, no error and no picture on the page."""
        nothing = table([result(metric="split_half_reliability", dataset="elsewhere")])
        assert self.figure.data(tables.checked(nothing, known), known).is_empty()
        identity = f'id="figure-{self.name.replace("_", "-")}'
        assert identity not in page(figure_manifest(), nothing, [])

    def test_draw_when_read_back_then_every_number_is_a_cell_of_the_results(
        self, rows: pl.DataFrame, known: facts.Facts
    ) -> None:
        """Nothing is computed: each drawn number is an estimate or an interval's end."""
        cells = {
            value for name in ("estimate", "ci_low", "ci_high") for value in rows[name].drop_nulls()
        }
        seen = 0
        for _, spec in self.drawn(rows, known):
            for one in spec["datasets"].values():
                for row in one:
                    for column, value in row.items():
                        if isinstance(value, float) and column not in self.placed:
                            assert column in self.columns, column
                            assert math.isfinite(value)
                            assert value in cells, (column, value)
                            seen += 1
        assert seen > 0

    def test_draw_when_coloured_then_the_palette_is_safe_for_the_colour_blind(
        self, rows: pl.DataFrame, known: facts.Facts
    ) -> None:
        """Only colours of the style are used, and a shape tells apart what a colour does."""
        for _, spec in self.drawn(rows, known):
            assert set(_colours(spec)) <= PALETTE
            encodings = [layer.get("encoding", {}) for layer in spec["layer"]]
            coloured = {e["color"]["field"] for e in encodings if "field" in e.get("color", {})}
            shaped = {e["shape"]["field"] for e in encodings if "field" in e.get("shape", {})}
            assert coloured <= shaped | {e["y"]["field"] for e in encodings if "y" in e}

    def test_draw_when_it_cannot_be_seen_then_it_is_described(
        self, rows: pl.DataFrame, known: facts.Facts
    ) -> None:
        """The picture says what it shows to screen readers, and so do its marks."""
        for n, (_, spec) in enumerate(self.drawn(rows, known)):
            assert len(spec["description"].split()) > 5
            still = embed.still(spec, prefix=f"f{n}")
            assert 'role="img"' in still
            assert still.count("aria-label") > 1

    def test_draw_when_hovered_then_text_of_the_cells_is_shown(
        self, rows: pl.DataFrame, known: facts.Facts
    ) -> None:
        """Tooltips read text columns of the drawn data, n and unit among them."""
        for own, spec in self.drawn(rows, known):
            fields = [
                {line["field"] for line in layer["encoding"]["tooltip"]}
                for layer in spec["layer"]
                if isinstance(layer.get("encoding", {}).get("tooltip"), list)
            ]
            assert fields
            for found in fields:
                assert found <= set(own.columns)
                assert all(own[name].dtype == pl.String for name in found)
                assert {"decisions"} <= found or self.name == "specification"

    def test_draw_when_several_runs_are_shown_then_the_tooltip_names_the_run(
        self, known: facts.Facts, rows: pl.DataFrame
    ) -> None:
        """In a report of several runs each mark says which run it is from."""
        manifest = figure_manifest(n_runs=2)
        several = facts.read(manifest)
        for own, spec in self.drawn(rows, several):
            assert set(own["run"]) <= {"first", "second", "first, second"}
            assert '"field": "run"' in str(spec["layer"]).replace("'", '"')
        for _, spec in self.drawn(rows, known):
            assert '"field": "run"' not in str(spec["layer"]).replace("'", '"')


def _colours(value: Any) -> Iterator[str]:
    """Return every colour that a specification sets, the page's configuration left out."""
    if isinstance(value, list):
        for one in value:
            yield from _colours(one)
    if not isinstance(value, dict):
        return
    for key, own in value.items():
        if key in ("datasets", "config"):
            continue
        if key in COLOURED and isinstance(own, str):
            yield own
        elif key in COLOURED and isinstance(own, dict):
            yield from (own.get("scale") or {}).get("range", [])
            if isinstance(own.get("value"), str):
                yield own["value"]
        else:
            yield from _colours(own)
