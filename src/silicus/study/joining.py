"""What runs share must agree: decisions row by row, scores up to what machines make of them."""

from collections.abc import Sequence

import polars as pl

from silicus.errors import DataError, StoreError
from silicus.schema import Decision
from silicus.study.parts import Part
from silicus.theory import BEST

TOLERANCES = {"float32": 1e-3}
"""How far probabilities may differ when one model is scored twice, by number type."""
TOLERANCE = 2e-2
"""The same for the shorter number types."""
KEYS = ("decision_id", "formulation", "format", "predictor_id", "option")
DIFFERENT_PROMPTS = (
    "The requests differ: other prompts (wording or history setting), or another library version. "
    "Report these runs apart, or score one of them again with the settings of the other."
)
SAME_PROMPTS = (
    "The requests are the same, so one of the machines computes something else, or a table was "
    "changed. Score one of the runs again."
)


def joined_decisions(parts: Sequence[Part], notices: list[str]) -> pl.DataFrame:
    """Return the decisions of all runs, each data set once; a note of files that differ is added.

    Raises
    ------
    DataError
        If a data set is not the same, decision by decision, in two runs.
    """
    first: dict[str, tuple[Part, pl.DataFrame]] = {}
    for part in parts:
        table = part.run.read_table("decisions").select(Decision.column_names())
        for (name,), own in table.group_by("dataset", maintain_order=True):
            dataset, own = str(name), own.sort("decision_id")
            if dataset not in first:
                first[dataset] = (part, own)
                continue
            other, before = first[dataset]
            _check_same(dataset, (other, before), (part, own))
            if _files(part, dataset) != _files(other, dataset):
                notices.append(
                    f"The files of {dataset} have other checksums in {part.label} than in "
                    f"{other.label}, but the decisions read from them are the same."
                )
    return pl.concat([table for _, table in first.values()])


def _check_same(
    dataset: str, one: tuple[Part, pl.DataFrame], two: tuple[Part, pl.DataFrame]
) -> None:
    (part, table), (other, against) = one, two
    what = f'data set "{dataset}" is not the same in the runs {part.label} and {other.label}'
    advice = "Report these runs apart, or run one of them again on the data of the other."
    lacking = table.join(against, on="decision_id", how="anti")
    further = against.join(table, on="decision_id", how="anti")
    if len(lacking) or len(further):
        odd = (lacking if len(lacking) else further)["decision_id"][0]
        raise DataError(
            f"{what}: {len(table):,} and {len(against):,} decisions, of which {len(lacking):,} "
            f"are only in the first and {len(further):,} only in the second (the first such: "
            f'"{odd}"). {advice}'
        )
    for name in table.columns:
        differs = table[name].ne_missing(against[name])
        if differs.any():
            at = differs.arg_true()[0]
            raise DataError(
                f"{what}: {int(differs.sum()):,} decisions differ in {name}, the first is "
                f'"{table["decision_id"][at]}" ({str(table[name][at])[:80]} against '
                f"{str(against[name][at])[:80]}). {advice}"
            )


def _files(part: Part, dataset: str) -> dict[str, str]:
    for facts in part.manifest["datasets"]:
        if facts["name"] == dataset:
            return dict(facts.get("files") or {})
    return {}


def joined_scores(
    parts: Sequence[Part], decisions: pl.DataFrame, notices: list[str]
) -> pl.DataFrame:
    """Return the scores of all runs; what was scored twice once, if it agrees.

    Raises
    ------
    StoreError
        If two runs give one predictor different probabilities for one option of one decision.
    """
    tables = [
        part.renamed(part.run.read_table("scores")).with_columns(
            part=pl.lit(place, pl.Int32),
            dtype=pl.col("predictor_id").replace_strict(
                {part.name(f["id"]): f.get("dtype") for f in part.manifest["predictors"]},
                default=None,
                return_dtype=pl.String,
            ),
        )
        for place, part in enumerate(parts)
    ]
    together = pl.concat(tables, how="diagonal_relaxed")
    kept = together.unique(list(KEYS), keep="first", maintain_order=True)
    twice = together.join(kept.select(*KEYS, "part"), on=[*KEYS, "part"], how="anti").join(
        kept, on=list(KEYS), suffix="_first", maintain_order="left"
    )
    if len(twice):
        _check_agreement(parts, twice, decisions, notices)
    return kept.drop("part", "dtype")


def _check_agreement(
    parts: Sequence[Part], twice: pl.DataFrame, decisions: pl.DataFrame, notices: list[str]
) -> None:
    """Refuse scores that differ; note how far the others are apart."""
    gap = pl.max_horizontal(
        (pl.col(name) - pl.col(f"{name}_first")).abs() for name in ("option_prob", "option_mass")
    )
    allowed = pl.col("dtype").replace_strict(TOLERANCES, default=TOLERANCE)
    allowed = pl.when(pl.col("dtype").is_null()).then(TOLERANCES["float32"]).otherwise(allowed)
    compared = twice.with_columns(gap=gap, allowed=allowed).join(
        decisions.select("decision_id", "dataset"), on="decision_id"
    )
    off = compared.filter(pl.col("gap") > pl.col("allowed"))
    fitted = off.filter(pl.col("request_key").is_null(), _other_seed(parts))
    if len(fitted):
        names = ", ".join(fitted["predictor_id"].unique(maintain_order=True))
        notices.append(
            f"{names}: fitted with different seeds in the runs, and so not quite the same; what "
            "the run named first found is kept."
        )
        off = off.join(fitted, on=[*KEYS, "part"], how="anti")
    other = off.filter(pl.col("predictor_id") == BEST)
    if len(other):
        notices.append(
            f"{BEST}: chosen among other candidates in the runs, because they name other theories; "
            "what the run named first found is kept."
        )
        off = off.filter(pl.col("predictor_id") != BEST)
    if len(off):
        row = off.row(0, named=True)
        same = row["request_key"] == row["request_key_first"]
        cells = off.select("dataset", "predictor_id", "formulation", "format").unique(
            maintain_order=True
        )
        named = "; ".join(", ".join(cell) for cell in cells.head(3).iter_rows())
        raise StoreError(
            f"the runs {parts[row['part_first']].label} and {parts[row['part']].label} contradict "
            f"each other in {len(off):,} scores of {len(cells)} cell(s) ({named}). First: decision "
            f'"{row["decision_id"]}", option {row["option"]}, has probability '
            f"{row['option_prob_first']:.4f} and {row['option_prob']:.4f}, option mass "
            f"{row['option_mass_first']:.4f} and {row['option_mass']:.4f}. "
            + (SAME_PROMPTS if same else DIFFERENT_PROMPTS)
        )
    for (name,), rows in compared.filter(pl.col("gap") > 0).group_by(
        "predictor_id", maintain_order=True
    ):
        notices.append(
            f"{name} was scored in several runs; its probabilities differ by at most "
            f"{max(rows['gap']):.1e}, and those of the run named first are kept."
        )


def _other_seed(parts: Sequence[Part]) -> pl.Expr:
    seeds = {place: part.study.seed for place, part in enumerate(parts)}
    seed = [
        pl.col(name).replace_strict(seeds, return_dtype=pl.Int64) for name in ("part", "part_first")
    ]
    return seed[0] != seed[1]
