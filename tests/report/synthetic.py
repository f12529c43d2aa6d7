"""A synthetic run: invented numbers in the range of published ones, labelled as such."""

from typing import Any

import numpy as np
import polars as pl

from silicus.schema import FAMILIES as ALL_FAMILIES
from silicus.schema import Result

BASE, ALIGNED, THEORY = "synthetic-base-270m", "synthetic-chat-135m", "synthetic-nash"
FAMILIES = {
    "repeated_matrix": ("synthetic_pd", 60, "participant"),
    "one_shot_matrix": ("synthetic_2x2", 40, "row"),
    "bargaining": ("synthetic_ultimatum", 48, "participant"),
    "lottery": ("synthetic_lotteries", 50, "row"),
}
FORMATS = {BASE: "plain", ALIGNED: "chat", THEORY: "none"}
R = {
    BASE: (0.31, 0.22, 0.28, 0.41),
    ALIGNED: (0.09, 0.35, -0.06, 0.52),
    THEORY: (0.12, 0.3, 0.05, 0.47),
}
MASS = {BASE: (0.94, 0.91, 0.88, 0.83), ALIGNED: (0.44, 0.97, 0.71, 0.92), THEORY: (1, 1, 1, 1)}


def result(**cells: Any) -> dict[str, Any]:
    """Return one synthetic Result row with everything not given filled in."""
    filled: dict[str, Any] = {
        "dataset": "synthetic_pd",
        "family": "repeated_matrix",
        "formulation": "baseline",
        "format": "plain",
        "metric": "pearson_r",
        "predictor_id": BASE,
        "reference_id": None,
        "slice": "all",
        "estimate": 0.31,
        "ci_low": 0.2,
        "ci_high": 0.42,
        "ci_level": 0.95,
        "p_value": None,
        "n_decisions": 600,
        "n_choices": 600,
        "n_participants": 60,
        "unit": "participant",
        "n_units": 60,
        "n_resamples": 2000,
        "seed": 1,
        "note": "",
    }
    assert set(cells) <= set(filled)
    return filled | cells


def table(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return rows as a Result table with the right column types."""
    return pl.DataFrame(rows, schema=Result.create_empty().schema)


def synthetic_rows() -> list[dict[str, Any]]:
    """Return the rows of the synthetic run."""
    rows = []
    for place, (family, (dataset, n_units, unit)) in enumerate(FAMILIES.items()):
        where = {"family": family, "dataset": dataset, "unit": unit, "n_units": n_units}
        for predictor in (BASE, ALIGNED, THEORY):
            format_ = FORMATS[predictor]
            who = where | {"predictor_id": predictor, "format": format_}
            r, mass = R[predictor][place], MASS[predictor][place]
            loss = round(0.69 - 0.2 * r, 3)
            for metric, value, half in (
                ("pearson_r", r, 0.11),
                ("log_loss", loss, 0.03),
                ("option_mass", mass, 0.01),
                ("pearson_r_first_token", r - 0.02, 0.11),
            ):
                ends = {"ci_low": value - half, "ci_high": min(value + half, 1.0)}
                if metric == "log_loss":
                    ends = {"ci_low": value - half, "ci_high": value + half}
                rows.append(result(**who, metric=metric, estimate=value, **ends))
            if family == "repeated_matrix":
                rows += [
                    result(
                        **who,
                        slice=f"round={n}",
                        estimate=r - 0.01 * n,
                        ci_low=r - 0.01 * n - 0.15,
                        ci_high=r - 0.01 * n + 0.15,
                        n_decisions=60,
                        n_choices=60,
                    )
                    for n in range(1, 11)
                ]
        floor = where | {"predictor_id": "base_rate", "format": "none", "formulation": "none"}
        no_r = {"estimate": None, "ci_low": None, "ci_high": None, "note": "constant prediction"}
        rows.append(result(**(floor | no_r | {"unit": None, "n_units": None})))
        rows.append(result(**floor, metric="log_loss", estimate=0.655, ci_low=0.64, ci_high=0.67))
        difference = round(R[BASE][place] - R[ALIGNED][place], 3)
        rows.append(
            result(
                **where,
                format="plain|chat",
                reference_id=ALIGNED,
                estimate=difference,
                ci_low=difference - 0.14,
                ci_high=difference + 0.14,
                p_value=0.004,
            )
        )
    return rows


def synthetic_manifest() -> dict[str, Any]:
    """Return the manifest of the synthetic run: two models that are not a same-provider pair."""
    return {
        "study": {"name": "synthetic", "title": "Synthetic study (invented numbers)"},
        "created": "2026-05-01T12:00:00Z",
        "silicus_version": "0.1.0",
        "git_revision": "0" * 40,
        "seed": 1,
        "n_resamples": 2000,
        "predictors": [
            {
                "id": BASE,
                "kind": "base",
                "provider": "Provider One",
                "format": "plain",
                "weights": "synthetic-270m.safetensors",
                "sha256": "ab" * 32,
                "dtype": "float32",
                "n_parameters": 268_098_176,
                "note": "invented model",
            },
            {
                "id": ALIGNED,
                "kind": "aligned",
                "provider": "Provider Two",
                "format": "chat",
                "weights": "synthetic-135m.safetensors",
                "sha256": "cd" * 32,
                "dtype": "float32",
                "n_parameters": 134_515_008,
                "note": "invented model",
            },
            {"id": THEORY, "kind": "theory", "note": "invented theory"},
        ],
        "comparisons": [{"base": BASE, "aligned": ALIGNED, "same_provider": False}],
        "datasets": [
            {
                "name": name,
                "title": f"Synthetic data, {family.replace('_', ' ')}",
                "citation": "Invented for the tests; nobody chose anything.",
                "licence": "CC0-1.0",
                "n_decisions": 600,
                "n_participants": None if unit == "row" else n,
                "aggregate": unit == "row",
                "notes": ["All numbers are invented."],
            }
            for family, (name, n, unit) in FAMILIES.items()
        ],
        "warnings": ["The numbers on this page are synthetic."],
        "versions": {"python": "3.11.2", "polars": "2.1.0"},
        "settings": {"given": {"seed": 1}, "in_force": {"seed": 1, "threads": 2}},
        "timings": {"scoring_s": 12.3},
    }


def drawn_data(spec: dict[str, Any], layer: int) -> list[dict[str, Any]]:
    """Return the rows that one layer of a chart's specification draws."""
    rows: list[dict[str, Any]] = spec["datasets"][spec["layer"][layer]["data"]["name"]]
    return rows


def many_pairs(n_pairs: int, n_formulations: int) -> tuple[dict[str, Any], pl.DataFrame]:
    """Return a synthetic run of many pairs: invented numbers in the published ranges."""
    rng = np.random.default_rng(7)
    manifest = synthetic_manifest()
    manifest["warnings"] = ["All numbers are synthetic, drawn in the range of published ones."]
    manifest["predictors"], manifest["comparisons"] = [], []
    for n in range(n_pairs):
        provider = f"Provider {n % 12}"
        for kind, format_ in (("base", "plain"), ("aligned", "chat")):
            facts = {"id": f"synthetic-{kind}-{n}", "kind": kind, "format": format_}
            size = {"provider": provider, "n_parameters": 10**8 * (1 + 6 * n)}
            manifest["predictors"].append(facts | size)
        manifest["comparisons"].append(
            {
                "base": f"synthetic-base-{n}",
                "aligned": f"synthetic-aligned-{n}",
                "same_provider": True,
            }
        )
    rows = []
    for family in ALL_FAMILIES[:6]:
        for formulation in range(n_formulations):
            where = {"family": family, "formulation": f"wording-{formulation}"}
            for n in range(n_pairs):
                r = {"base": rng.uniform(-0.1, 0.5), "aligned": rng.uniform(-0.3, 0.45)}
                for kind, format_ in (("base", "plain"), ("aligned", "chat")):
                    who = where | {"predictor_id": f"synthetic-{kind}-{n}", "format": format_}
                    mass, end = rng.uniform(0.4, 1), r[kind]
                    rows.append(result(**who, estimate=end, ci_low=end - 0.1, ci_high=end + 0.1))
                    rows.append(
                        result(
                            **who, metric="option_mass", estimate=mass, ci_low=mass, ci_high=mass
                        )
                    )
                gap = r["base"] - r["aligned"]
                who = {"predictor_id": f"synthetic-base-{n}", "format": "plain|chat"}
                ends = {"estimate": gap, "ci_low": gap - 0.1, "ci_high": gap + 0.1}
                rows.append(result(**where, **who, reference_id=f"synthetic-aligned-{n}", **ends))
            mean = round(0.05 + 0.01 * formulation, 2)
            who = {"predictor_id": "base", "reference_id": "aligned", "format": "plain|chat"}
            ends = {"estimate": mean, "ci_low": mean - 0.04, "ci_high": mean + 0.04}
            rows.append(result(**where, **who, **ends, metric="pearson_r_mean_over_pairs"))
    return manifest, table(rows)


SMALL_BASE, SMALL_ALIGNED = "synthetic-base-70m", "synthetic-chat-70m"


def figure_rows() -> list[dict[str, Any]]:
    """Return rows of a synthetic run in which every figure has something to draw."""
    rows = synthetic_rows()
    first = {"dataset": "synthetic_pd", "family": "repeated_matrix"}
    for base, aligned, shift in ((BASE, ALIGNED, 0.0), (SMALL_BASE, SMALL_ALIGNED, 0.011)):
        gap = {"predictor_id": base, "reference_id": aligned, "format": "plain|chat"}
        for n in range(3):
            value = 0.1 + 0.07 * n + shift
            ends = {"estimate": value, "ci_low": value - 0.09, "ci_high": value + 0.09}
            rows.append(result(**first, **gap, **ends, formulation=f"wording-{n}"))
        for metric, value in (
            ("log_loss", -0.031),
            ("log_loss_lower", -0.058),
            ("log_loss_upper", 0.017),
        ):
            ends = {"estimate": value + shift, "ci_low": value - 0.01, "ci_high": value + 0.02}
            rows.append(result(**first, **gap, **ends, metric=metric))
        if base == SMALL_BASE:
            rows.append(result(**first, **gap, estimate=0.07, ci_low=-0.05, ci_high=0.19))
        for predictor, place in ((base, 0), (aligned, 1)):
            own = ("plain", "chat")[place]
            floor = {"metric": "log_loss", "reference_id": "base_rate", "format": f"{own}|none"}
            ends = {"estimate": -0.02 + shift, "ci_low": -0.05 + shift, "ci_high": 0.03 + shift}
            rows.append(result(**first, **floor, **ends, predictor_id=predictor))
            who = first | {"predictor_id": predictor, "format": own}
            if base == SMALL_BASE:
                rows.append(result(**who, estimate=0.2 + shift))
                rows.append(result(**who, metric="option_mass", estimate=0.9))
            for metric, value in (("pearson_r_lower", -0.03), ("pearson_r_upper", 0.63)):
                none = {"ci_low": None, "ci_high": None}
                rows.append(result(**who, **none, metric=metric, estimate=value + shift))
            for metric, value in (("human_weight", 0.3), ("normative_weight", 0.12)):
                value += shift + 0.05 * place
                ends = {"estimate": value, "ci_low": value - 0.04, "ci_high": value + 0.04}
                rows.append(result(**who, **ends, metric=metric, slice=f"theory={THEORY}"))
            for n in range(3):
                mean, rate = 0.2 + 0.3 * n + shift, 0.25 + 0.2 * n + shift
                where = {"slice": f"target_prob={n}"}
                rows.append(
                    result(
                        **who,
                        **where,
                        metric="calibration_mean_prob",
                        estimate=mean,
                        ci_low=None,
                        ci_high=None,
                    )
                )
                ends = {"estimate": rate, "ci_low": rate - 0.06, "ci_high": rate + 0.06}
                rows.append(result(**who, **where, **ends, metric="calibration_human_rate"))
    return rows


def figure_manifest(n_runs: int = 1) -> dict[str, Any]:
    """Return the manifest of :func:`figure_rows`, as one run or as two, base apart from aligned."""
    manifest = synthetic_manifest()
    for name, kind, format_ in (
        (SMALL_BASE, "base", "plain"),
        (SMALL_ALIGNED, "aligned", "chat"),
    ):
        manifest["predictors"].append(
            {"id": name, "kind": kind, "provider": "One", "format": format_, "n_parameters": 7e7}
        )
    manifest["comparisons"].append(
        {"base": SMALL_BASE, "aligned": SMALL_ALIGNED, "same_provider": True}
    )
    if n_runs == 2:
        formulations = ["baseline", "wording-0", "wording-1", "wording-2"]
        sides = {"first": (BASE, SMALL_BASE), "second": (ALIGNED, SMALL_ALIGNED, THEORY)}
        manifest["runs"] = [
            {
                "label": label,
                "study": "synthetic",
                "seed": 1,
                "n_resamples": 2000,
                "finished": "2026-05-01T13:00:00Z",
                "scored": [
                    {
                        "dataset": dataset,
                        "predictor_id": predictor,
                        "format": {BASE: "plain", SMALL_BASE: "plain", THEORY: "none"}.get(
                            predictor, "chat"
                        ),
                        "formulations": formulations,
                    }
                    for dataset, _, _ in FAMILIES.values()
                    for predictor in predictors
                ],
                "manifest": {"study": {"name": "synthetic"}, "seed": 1},
            }
            for label, predictors in sides.items()
        ]
    return manifest
