"""Many pairs at a glance: a scatter per family of games, filters, and the counts they leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from markupsafe import Markup

from silicus.errors import AnalysisError
from silicus.report import embed, pairing, style
from silicus.report.facts import Facts
from silicus.report.figures import chart, pair_scatter

COLUMNS = (
    "base_model",
    "aligned_model",
    "size_billion",
    "family",
    "mass_base",
    "mass_aligned",
    "r_base",
    "r_aligned",
    "model_family",
)
COUNTS = ("base", "aligned", "ties")
WHOLE = "all"
"""The family name of the counts over several families."""


@dataclass(frozen=True)
class Explorer:
    """What the page needs to show pairs with filters.

    ``families`` maps each family to its label; ``summed`` names those that the last line of the
    counts adds up; ``counts`` holds the unfiltered counts by family, where they were given;
    ``formulations`` are those to choose from, the first shown at first (none: no choice);
    ``groups`` are (name, colour, shape) of the coloured model families; ``data`` is what the
    page's script counts from.
    """

    charts: dict[str, embed.Embedded]
    families: dict[str, str]
    summed: list[str]
    counts: dict[str, dict[str, Any]]
    groups: list[tuple[str, str, str]]
    model_families: list[str]
    formulations: list[str]
    n_pairs: dict[str, int]
    n_summed: int
    rows: list[dict[str, Any]]
    data: Markup


def explorer(
    pairs: pl.DataFrame,
    counts: pl.DataFrame | None = None,
    *,
    summed: Sequence[str] | None = None,
) -> Explorer:
    """Return the pairs ready for the page.

    Parameters
    ----------
    pairs : polars.DataFrame
        The columns of :data:`COLUMNS`, one row per pair and family of games (and
        ``formulation``, where there is such a column). Rows without r on
        both sides cannot be drawn or counted and are refused.
    counts : polars.DataFrame or None
        ``family``, ``least_mass``, ``least_r`` (null: no such filter), ``base``, ``aligned``,
        ``ties``. The unfiltered rows are shown before any control is moved; ``family`` is
        ``all`` for the line "together".
    summed : sequence of str or None
        The families that the line "together" adds up; None: all.

    Raises
    ------
    AnalysisError
        If a column is missing, there is no pair, or an r or a mass is null.
    """
    missing = [name for name in COLUMNS if name not in pairs.columns]
    if missing:
        raise AnalysisError(
            f"table of pairs: column(s) {', '.join(missing)} missing (found: "
            f"{', '.join(pairs.columns) or 'none'}). Pass one row per pair and family."
        )
    needed = ("mass_base", "mass_aligned", "r_base", "r_aligned")
    bad = pairs.filter(pl.any_horizontal(pl.col(needed).is_null() | pl.col(needed).is_nan()))
    if pairs.is_empty() or not bad.is_empty():
        first = bad.select("base_model", "aligned_model", "family").head(1).to_dicts()
        raise AnalysisError(
            f"table of pairs: {len(bad)} of {len(pairs)} rows lack an r or a mass {first or ''}, "
            "and a page of pairs needs at least one row. Leave such rows out before."
        )
    table = pair_scatter.data(pairs)
    families: list[str] = table["family"].unique(maintain_order=True).to_list()
    groups = pair_scatter.most_frequent(pairs)
    wordings: list[str] = []
    if "formulation" in pairs.columns:
        wordings = pairs["formulation"].unique(maintain_order=True).to_list()
    wording = wordings[0] if wordings else ""
    shown = table.filter(pl.col("formulation") == wording) if wordings else table
    limits = chart.limits(table, ["r_base", "r_aligned"], -1, 1)
    plain = _unfiltered(counts)
    n_groups = len(groups)
    n_pairs = {family: len(shown.filter(pl.col("family") == family)) for family in families}
    together = [name for name in families if summed is None or name in summed]
    return Explorer(
        charts={
            family: embed.embedded(
                f"pairs-{place}",
                style.family_label(family),
                "",
                pair_scatter.draw(
                    table.filter(pl.col("family") == family), limits, groups, wording
                ),
            )
            for place, family in enumerate(families)
        },
        families={family: style.family_label(family) for family in families},
        summed=together,
        counts=plain,
        groups=[
            *zip(
                groups, style.GROUP_COLOURS[:n_groups], style.GROUP_SHAPES[:n_groups], strict=True
            ),
            *([(pair_scatter.OTHERS, style.GREY, "circle")] if _has_others(table) else []),
        ],
        formulations=wordings,
        model_families=sorted(pairs["model_family"].unique().to_list(), key=str.lower),
        n_pairs=n_pairs,
        n_summed=sum(n_pairs[family] for family in together),
        rows=pairs.select(COLUMNS).to_dicts(),
        data=embed.safe_json(
            {
                "tiny": pair_scatter.TINY,
                "rows": pairs.select(
                    "family",
                    "model_family",
                    "mass_base",
                    "mass_aligned",
                    "r_base",
                    "r_aligned",
                    *(["formulation"] if wordings else []),
                ).rows(),
            }
        ),
    )


def _has_others(table: pl.DataFrame) -> bool:
    return bool((table["group"] == pair_scatter.OTHERS).any())


def _unfiltered(counts: pl.DataFrame | None) -> dict[str, dict[str, Any]]:
    if counts is None:
        return {}
    missing = [n for n in ("family", "least_mass", "least_r", *COUNTS) if n not in counts.columns]
    if missing:
        raise AnalysisError(
            f"table of counts: column(s) {', '.join(missing)} missing (found: "
            f"{', '.join(counts.columns) or 'none'}). Pass the grid of filters with its counts."
        )
    rows = counts.filter(pl.col("least_mass").is_null(), pl.col("least_r").is_null())
    return {row["family"]: row for row in rows.iter_rows(named=True)}


def from_results(results: pl.DataFrame, known: Facts) -> pl.DataFrame:
    """Return the comparisons of a run as a table of pairs; those without r or mass are left out.

    The model family is the aligned model's provider and the size the base model's parameters.
    """
    keys = [*(name for name in pairing.MATCH if name != "metric"), "base", "aligned"]
    r = pairing.pairs(results, known, "pearson_r")
    mass = pairing.pairs(results, known, "option_mass")
    sides = ("base", "aligned")
    joined = r.join(
        mass.select(*keys, *(pl.col(f"{side}_estimate").alias(f"mass_{side}") for side in sides)),
        on=keys,
        how="inner",
        maintain_order="left",
    )
    facts = {p.id: p for p in known.predictors}
    return joined.select(
        base_model="base",
        aligned_model="aligned",
        size_billion=pl.col("base").replace_strict(
            {name: p.n_parameters / 1e9 for name, p in facts.items() if p.n_parameters},
            default=None,
            return_dtype=pl.Float64,
        ),
        family="family",
        formulation="formulation",
        mass_base="mass_base",
        mass_aligned="mass_aligned",
        r_base="base_estimate",
        r_aligned="aligned_estimate",
        model_family=pl.col("aligned").replace_strict(
            {name: p.provider or "not given" for name, p in facts.items()},
            default="not given",
            return_dtype=pl.String,
        ),
    ).drop_nulls(["mass_base", "mass_aligned", "r_base", "r_aligned"])
