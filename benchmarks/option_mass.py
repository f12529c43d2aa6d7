"""How much of its probability a model gives to the options, by family, formulation and format.

Both registry-carried models are shown the hand-built cases of ``tests/prompts/cases.py`` (one for
each way a family is shown), or decisions of data sets, in every formulation and both
formats. The base model has no partner here: in chat format it borrows the template of
SmolLM2-135M-Instruct, a stand-in.

    nice -n 10 python -m benchmarks.option_mass [--json] [--datasets NAME ...] [--n 5]
"""

import argparse
import json
import math

import numpy as np
import polars as pl
from tests.prompts.cases import CASES, table

from silicus import datasets, engine, pairs, plugins, prompts
from silicus.schema import FORMATS

MODELS = ("gemma-3-270m", "SmolLM2-135M-Instruct")
STAND_IN = "SmolLM2-135M-Instruct"
LEAST = 0.8
"""The study's filter: less option mass than this, and a cell fails."""


def decisions_of(names: list[str], n: int) -> dict[str, pl.DataFrame]:
    """Return decisions by case or data set; of a data set some, spread over all of it."""
    if names:
        every = {name: datasets.load(name) for name in names}
        return {
            name: decisions[np.linspace(0, len(decisions) - 1, n, dtype=int)]
            for name, decisions in every.items()
        }
    rows = [{**row, "decision_id": case} for case, row in CASES.items()]
    return {case: table(row) for case, row in zip(CASES, rows, strict=True)}


def measure(shown: dict[str, pl.DataFrame]) -> list[dict[str, object]]:
    """Return mean option mass of every cell; a formulation that is refused gives its reason."""
    load = plugins.load("backends", "transformers")
    rows: list[dict[str, object]] = []
    for name in MODELS:
        model = pairs.model(name)
        borrowed = None if name == STAND_IN else pairs.model(STAND_IN).sources[0]
        backend = load(
            model_id=name, source=model.sources[0], sha256=model.sha256, template_source=borrowed
        )
        cells, requests = [], []
        for case, decisions in shown.items():
            for formulation in prompts.formulations():
                for format in FORMATS:
                    written = prompts.write(decisions, formulation=formulation, format=format)
                    cell = (case, decisions["family"][0], formulation, format)
                    encoded = backend.encode(written.to_dicts())
                    cells += [cell] * len(encoded)
                    requests += encoded
        ends = {request.ends: backend.token_set(request.ends) for request in requests}
        keys = [engine.request_key(backend.card, r, ends[r.ends]) for r in requests]
        method = engine.choose_method(backend, requests, asked="auto").method
        found = {
            item.key: sum(math.exp(value) for option in item.form_logprobs for value in option)
            for part in engine.score(backend, requests, method=method)
            for item in part
        }
        for (case, family, formulation, format), key in zip(cells, keys, strict=True):
            rows.append(
                {
                    "model": name,
                    "case": case,
                    "family": family,
                    "formulation": formulation,
                    "format": format,
                    "option_mass": found[key],
                }
            )
        backend.close()
    return rows


def show(rows: list[dict[str, object]]) -> None:
    """Print mean mass by formulation and format, a column per family, for each model."""
    result = pl.DataFrame(rows)
    with pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_width_chars=200, float_precision=2):
        for (name,), own in result.group_by("model", maintain_order=True):
            by_family = own.pivot(
                "family",
                index=["formulation", "format"],
                values="option_mass",
                aggregate_function="mean",
            )
            mean = own.group_by("formulation", "format", maintain_order=True).agg(
                pl.mean("option_mass").alias("all")
            )
            print(name, "(mean option mass)")
            print(by_family.join(mean, on=["formulation", "format"], maintain_order="left"))
            failing = mean.filter(pl.col("all") < LEAST)
            listed = [f"{f} {t} {m:.2f}" for f, t, m in failing.iter_rows()]
            print(f"under {LEAST}: {', '.join(listed) or 'none'}\n")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--datasets", nargs="*", default=[])
    parser.add_argument("--n", type=int, default=5)
    given = parser.parse_args()
    rows = measure(decisions_of(given.datasets, given.n))
    if given.json:
        print(json.dumps(rows, indent=1))
    else:
        show(rows)


if __name__ == "__main__":
    main()
