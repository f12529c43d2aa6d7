"""Every printed figure of the reference study beside its recount from the printed table."""

import polars as pl

from silicus.analysis.published import (
    HALF,
    TINY,
    binomial_p,
    could_have_counted,
    count_wins,
    median_difference,
    printed_figures,
    published_pairs,
    select,
)


def recompute() -> pl.DataFrame:
    """Recompute every printed figure that the printed table, or plain arithmetic, can check.

    Returns
    -------
    polars.DataFrame
        One row per figure: ``name``, ``kind`` (wins, median difference, p), ``where`` in the
        paper, ``printed``, ``recount`` (ties in brackets), ``possible`` (what rounding allows,
        base and aligned apart), ``agrees`` and ``note``. Instant; no model is needed.
    """
    rows = []
    for figure in printed_figures().iter_rows(named=True):
        check = {"wins": _check_wins, "median difference": _check_median, "p": _check_p}
        shown = check[figure["kind"]](figure)
        rows.append(
            {
                **{name: figure[name] for name in ("name", "kind", "where")},
                **shown,
                "note": figure["note"] or "",
            }
        )
    columns = ["name", "kind", "where", "printed", "recount", "possible", "agrees", "note"]
    return pl.DataFrame(rows).select(columns)


def _check_wins(figure: dict[str, object]) -> dict[str, object]:
    rows, filters = _rows_of(figure)
    wins = count_wins(rows, **filters)
    base, aligned = int(str(figure["base"])), int(str(figure["aligned"]))
    ties = f" ({wins.ties} tied)" if wins.ties else ""
    return {
        "printed": f"{base}:{aligned}",
        "recount": f"{wins.base}:{wins.aligned}{ties}",
        "possible": f"{wins.base_low}-{wins.base_high}:{wins.aligned_low}-{wins.aligned_high}",
        "agrees": could_have_counted(rows, base, aligned, **filters),
    }


def _check_median(figure: dict[str, object]) -> dict[str, object]:
    rows, filters = _rows_of(figure)
    middle, low, high = median_difference(rows, **filters)
    printed = float(str(figure["value"]))
    return {
        "printed": f"{printed:+.2f}",
        "recount": f"{middle:+.3f}",
        "possible": f"{low:+.3f} to {high:+.3f}",
        "agrees": low - HALF - TINY <= printed <= high + HALF + TINY,
    }


def _check_p(figure: dict[str, object]) -> dict[str, object]:
    printed = str(figure["value"])
    found = binomial_p(int(str(figure["base"])), int(str(figure["aligned"])))
    assert found is not None
    if printed.startswith("<"):
        agrees = found < float(printed[1:])
    else:
        digits = len(printed.partition("e")[0].replace(".", "").lstrip("0"))
        agrees = f"{found:.{digits - 1}e}" == f"{float(printed):.{digits - 1}e}"
    return {
        "printed": f"{figure['base']}:{figure['aligned']}, p {printed}",
        "recount": f"{found:.2g}",
        "possible": "",
        "agrees": agrees,
    }


def _rows_of(figure: dict[str, object]) -> tuple[pl.DataFrame, dict[str, float | None]]:
    """Return the rows that a printed figure is about and the filters it was counted with."""
    rows = select(
        published_pairs(),
        families=str(figure["families"]).split("+"),
        model_family=figure["model_family"],  # type: ignore[arg-type]
        size_from=figure["size_from"],  # type: ignore[arg-type]
        size_below=figure["size_below"],  # type: ignore[arg-type]
    )
    return rows, {name: figure[name] for name in ("least_mass", "least_r")}  # type: ignore[misc]
