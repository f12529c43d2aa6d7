"""Every analysis of a study, in one place: agreement first, then what explains and limits it."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import polars as pl

from silicus import analysis
from silicus.errors import AnalysisError, StudyError
from silicus.study.file import StudyFile
from silicus.study.manifest import described
from silicus.theory import BEST

NORMATIVE = (
    "nash",
    "subgame_perfect",
    "negotiation_cutoff",
    "bayesian_buyer",
    "expected_value",
)
"""Theories that say what a rational player does: the yardsticks of normative bias."""


def native_formats(study: StudyFile) -> dict[str, str]:
    """Return each model's own format: plain for a base model, chat for an aligned one."""
    listed: dict[str, list[str]] = {}
    for entry in study.models:
        listed.setdefault(entry.predictor_id, []).append(entry.format)
    native = {}
    for entry in study.models:
        name = entry.predictor_id
        own = "plain" if described(entry).kind == "base" else "chat"
        native[name] = own if own in listed[name] else listed[name][0]
    return native


def history_scores(study: StudyFile, decisions: pl.DataFrame) -> tuple[list[pl.DataFrame], str]:
    """Return the scores of what can be learnt from other people's histories, or why there are none.

    They are the ceiling that individual choices leave attainable.
    """
    if decisions["choice"].is_null().all():
        return [], ""
    try:
        return [analysis.history_scores(decisions, seed=study.seed)], ""
    except AnalysisError as error:
        return [], f"no ceiling from histories: {error}"


def analyse(
    study: StudyFile, decisions: pl.DataFrame, scores: pl.DataFrame
) -> tuple[pl.DataFrame, list[str]]:
    """Return the Result table of a study, and a sentence for each analysis that had no ground.

    Parameters
    ----------
    study : StudyFile
    decisions : Decision table
    scores : Score table
        Of models, theories and history predictors.

    Raises
    ------
    AnalysisError
        If agreement itself cannot be computed.
    """
    resampling: dict[str, Any] = {
        "n_resamples": study.n_resamples,
        "seed": study.seed,
        "ci_level": study.ci_level,
    }
    native = native_formats(study)
    compared = [(c.base, c.aligned) for c in study.comparisons]
    paired: dict[str, Any] = {"comparisons": compared, "native_formats": native}
    rival = [pair for pair in against_best(study, scores) if pair not in compared]
    everything = {**paired, "comparisons": [*compared, *rival]}
    scored = set(scores["predictor_id"].unique())
    tables = [
        analysis.analyse(decisions, scores, **everything, **resampling),
        analysis.against_yardsticks(
            decisions,
            scores,
            [name for name in study.theories if name in scored],
            declared=everything["comparisons"],
            native_formats=native,
            **resampling,
        ),
    ]
    skipped: list[str] = []

    def add(what: str, compute: Callable[[], pl.DataFrame]) -> None:
        try:
            tables.append(compute())
        except AnalysisError as error:
            skipped.append(f"{what} was not computed: {error}")

    add(
        "r within groups", lambda: analysis.within_groups(decisions, scores, **paired, **resampling)
    )
    add("calibration", lambda: analysis.calibration(decisions, scores, **resampling))
    add("the bounds of low mass", lambda: _bounds(decisions, scores, paired, resampling))
    add("the noise ceiling", lambda: analysis.noise_ceilings(decisions, scores, **resampling))
    pairs = pair_table(study)
    if len(pairs):
        if _varies(decisions):
            add(
                "the split by condition",
                lambda: _boundary(decisions, scores, pairs, study.conditions, resampling),
            )
        if len(pairs) > 1:
            add(
                "the mean over pairs",
                lambda: analysis.over_pairs(decisions, scores, pairs, **resampling),
            )
    for theory in [name for name in study.theories if name in NORMATIVE]:
        compute = partial(_bias, decisions, scores, theory, paired)
        add(f"normative bias towards {theory}", compute)
    if decisions.group_by("family").agg(pl.col("dataset").n_unique())["dataset"].max() != 1:
        add("heterogeneity", lambda: analysis.heterogeneity(pl.concat(tables)))
    declared = [(c.base, c.aligned) for c in study.comparisons if not c.control]
    return _adjusted(pl.concat(tables), declared), skipped


def against_best(study: StudyFile, scores: pl.DataFrame) -> list[tuple[str, str]]:
    """Return each model with ``best_theory``, where both have scored some decision."""
    told = scores.filter(pl.col("predictor_id") == BEST).select("decision_id").unique()
    met = scores.join(told, on="decision_id", how="semi")["predictor_id"].unique().to_list()
    models = dict.fromkeys(entry.predictor_id for entry in study.models)
    return [(name, BEST) for name in models if name in met]


def _adjusted(results: pl.DataFrame, declared: Sequence[tuple[str, str]]) -> pl.DataFrame:
    """Return the results with p-values adjusted: Holm for what the study file declares.

    Declared is the log-loss difference of each comparison over all decisions of a data set; every
    other test is exploration (Benjamini-Hochberg). The note of a row keeps the unadjusted value.
    """
    tested = results.filter(pl.col("p_value").is_not_null())
    tests = [
        {"metric": "log_loss", "slice": "all", "predictor_id": base, "reference_id": aligned}
        for base, aligned in declared
    ]
    met = [
        one
        for one in tests
        if not tested.filter(*(pl.col(name) == value for name, value in one.items())).is_empty()
    ]
    return analysis.declared_and_exploratory(results, met)


def pair_table(study: StudyFile) -> pl.DataFrame:
    """Return the comparisons of two models as the pair table of :mod:`silicus.analysis`."""
    models = {entry.predictor_id: described(entry) for entry in study.models}
    rows = []
    for comparison in study.comparisons:
        base, aligned = models.get(comparison.base), models.get(comparison.aligned)
        if base is None or aligned is None or comparison.control:
            continue
        size = aligned.size_billion
        rows.append(
            {
                "pair_id": f"{comparison.base}+{comparison.aligned}",
                "base": comparison.base,
                "aligned": comparison.aligned,
                "model_family": base.model_family,
                "provider": base.provider,
                "size_billion": size if isinstance(size, float) else None,
            }
        )
    columns = dict.fromkeys(("pair_id", "base", "aligned", "model_family", "provider"), pl.String)
    return pl.DataFrame(rows, schema={**columns, "size_billion": pl.Float64})


def _varies(decisions: pl.DataFrame) -> bool:
    return decisions["round"].n_unique() > 1 or decisions["game"].n_unique() > 1


def check_conditions(study: StudyFile, decisions: pl.DataFrame) -> None:
    """Refuse conditions that do not vary in any decision, before anything is scored.

    Raises
    ------
    StudyError
        Lists what can be named.
    """
    if not study.conditions:
        return
    known = analysis.nameable(decisions)
    for name in study.conditions:
        if name not in known:
            listed = ", ".join(f"{column} ({n} values)" for column, n in known.items())
            raise StudyError(
                f'conditions: "{name}" is no column or parameter that varies in the decisions of '
                f"study {study.study}. What can be named: {listed or 'nothing varies'}."
            )


def _boundary(
    decisions: pl.DataFrame,
    scores: pl.DataFrame,
    pairs: pl.DataFrame,
    conditions: Sequence[str],
    resampling: Any,
) -> pl.DataFrame:
    rounds = ("first_round", "round")
    by = tuple(dict.fromkeys((*rounds, *(conditions or ("configuration",)))))
    return analysis.boundary(decisions, scores, pairs, by=by, **resampling)


def _bounds(
    decisions: pl.DataFrame, scores: pl.DataFrame, paired: Any, resampling: Any
) -> pl.DataFrame:
    return analysis.mass_bounds(decisions, scores, **paired, **resampling)


def _bias(
    decisions: pl.DataFrame, scores: pl.DataFrame, theory: str, paired: dict[str, Any]
) -> pl.DataFrame:
    """Return weights on people and theory, and how they change from base to aligned."""
    change: Sequence[tuple[str, str]] = [(aligned, base) for base, aligned in paired["comparisons"]]
    return analysis.normative_bias(
        decisions,
        scores,
        theory,
        comparisons=change,
        native_formats=paired["native_formats"],
    )
