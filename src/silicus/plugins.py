"""Names to the objects behind them; nothing heavy is imported until a name is asked for.

Each kind of extension has one table of ``name: "module:object"``. A distribution outside silicus
joins through the entry-point group ``silicus.<kind>`` (``silicus.datasets``, ...).
"""

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from silicus.errors import StudyError, unknown_name

BUILT_IN: dict[str, dict[str, str]] = {
    "datasets": {
        "akata_repeated": "silicus.datasets.akata_repeated:AkataRepeated",
        "casino": "silicus.datasets.casino:Casino",
        "choices13k": "silicus.datasets.choices13k:Choices13k",
        "glee_bargaining": "silicus.datasets.glee_bargaining:GleeBargaining",
        "glee_negotiation": "silicus.datasets.glee_negotiation:GleeNegotiation",
        "glee_persuasion": "silicus.datasets.glee_persuasion:GleePersuasion",
        "heffner_dilemma": "silicus.datasets.heffner_dilemma:HeffnerDilemma",
        "heffner_ultimatum": "silicus.datasets.heffner_ultimatum:HeffnerUltimatum",
        "hotel_persuasion": "silicus.datasets.hotel_persuasion:HotelPersuasion",
        "moblab_dictator": "silicus.datasets.moblab_dictator:MoblabDictator",
        "nay_vorobeychik": "silicus.datasets.nay_vorobeychik:NayVorobeychik",
        "sample_lottery": "silicus.datasets.sample_lottery:SampleLottery",
        "sample_one_shot_2x2": "silicus.datasets.sample_one_shot_2x2:SampleOneShot2x2",
        "sample_repeated_pd": "silicus.datasets.sample_repeated_pd:SampleRepeatedPD",
        "sample_ultimatum": "silicus.datasets.sample_ultimatum:SampleUltimatum",
        "stratest_df2011": "silicus.datasets.stratest_df2011:StratestDF2011",
        "stratest_frd2012": "silicus.datasets.stratest_frd2012:StratestFRD2012",
        "threshold_public_goods": "silicus.datasets.threshold_public_goods:ThresholdPublicGoods",
        "zhu_2x2": "silicus.datasets.zhu_2x2:Zhu2x2",
        "zhu_2x2_rates": "silicus.datasets.zhu_2x2:Zhu2x2Rates",
    },
    "backends": {
        "fake": "silicus.backends.fake:load",
        "transformers": "silicus.backends.transformers:load",
    },
    "figures": {
        "nearer": "silicus.report.figures.nearer:FIGURE",
        "agreement": "silicus.report.figures.agreement:FIGURE",
        "base_against_aligned": "silicus.report.figures.base_against_aligned:FIGURE",
        "difference": "silicus.report.figures.difference:FIGURE",
        "by_part": "silicus.report.figures.by_part:FIGURE",
        "by_size": "silicus.report.figures.by_size:FIGURE",
        "specification": "silicus.report.figures.specification:FIGURE",
        "calibration": "silicus.report.figures.calibration:FIGURE",
        "option_mass": "silicus.report.figures.option_mass:FIGURE",
        "mass_bounds": "silicus.report.figures.mass_bounds:FIGURE",
        "difference_bounds": "silicus.report.figures.difference_bounds:FIGURE",
        "normative_bias": "silicus.report.figures.normative_bias:FIGURE",
    },
    "checks": {"backends": "silicus.backends.weights:doctor"},
    "formulations": {},  # silicus's own stand side by side in silicus.prompts.formulations
    "theories": {
        "bayesian_buyer": "silicus.theory.bayesian_buyer:BayesianBuyer",
        "bayesian_buyer_tremble": "silicus.theory.tremble:bayesian_buyer",
        "belief_learning": "silicus.theory.belief_learning:BeliefLearning",
        "best_theory": "silicus.theory.best:BestTheory",
        "boosted_lotteries": "silicus.theory.boosted_lotteries:BoostedLotteries",
        "charness_rabin": "silicus.theory.charness_rabin:CharnessRabin",
        "cognitive_hierarchy": "silicus.theory.cognitive_hierarchy:CognitiveHierarchy",
        "cpt": "silicus.theory.cpt:CPT",
        "cpt_fitted_logit": "silicus.theory.cpt:fitted_logit",
        "cpt_logit": "silicus.theory.cpt:logit",
        "cpt_tremble": "silicus.theory.tremble:cpt",
        "erc": "silicus.theory.erc:ERC",
        "ewa": "silicus.theory.ewa:EWA",
        "expected_utility": "silicus.theory.expected_utility:ExpectedUtility",
        "expected_value": "silicus.theory.expected_value:ExpectedValue",
        "expected_value_logit": "silicus.theory.expected_value:logit",
        "expected_value_tremble": "silicus.theory.tremble:expected_value",
        "fehr_schmidt": "silicus.theory.fehr_schmidt:FehrSchmidt",
        "fictitious_play": "silicus.theory.fictitious_play:FictitiousPlay",
        "history_logit": "silicus.theory.history_logit:HistoryLogit",
        "level_k": "silicus.theory.level_k:LevelK",
        "level_k_2": "silicus.theory.level_k:two",
        "level_k_2_tremble": "silicus.theory.tremble:level_k_2",
        "level_k_tremble": "silicus.theory.tremble:level_k",
        "memory_one": "silicus.theory.memory_one:MemoryOne",
        "nash": "silicus.theory.nash:Nash",
        "nash_all": "silicus.theory.nash:all_equilibria",
        "nash_all_tremble": "silicus.theory.tremble:nash_all",
        "nash_payoff_dominant": "silicus.theory.nash:payoff_dominant",
        "nash_payoff_dominant_tremble": "silicus.theory.tremble:nash_payoff_dominant",
        "nash_pure": "silicus.theory.nash:pure",
        "nash_pure_tremble": "silicus.theory.tremble:nash_pure",
        "nash_risk_dominant": "silicus.theory.nash:risk_dominant",
        "nash_risk_dominant_tremble": "silicus.theory.tremble:nash_risk_dominant",
        "nash_symmetric": "silicus.theory.nash:symmetric",
        "nash_symmetric_tremble": "silicus.theory.tremble:nash_symmetric",
        "nash_tremble": "silicus.theory.tremble:nash",
        "negotiation_cutoff": "silicus.theory.negotiation_cutoff:NegotiationCutoff",
        "negotiation_cutoff_tremble": "silicus.theory.tremble:negotiation_cutoff",
        "noisy_introspection": "silicus.theory.noisy_introspection:NoisyIntrospection",
        "qre": "silicus.theory.qre:QRE",
        "qre_range": "silicus.theory.qre:by_range",
        "reciprocity": "silicus.theory.memory_one:Reciprocity",
        "reinforcement": "silicus.theory.reinforcement:Reinforcement",
        "repeat_last": "silicus.theory.repeat_last:RepeatLast",
        "repeat_last_tremble": "silicus.theory.tremble:repeat_last",
        "subgame_perfect": "silicus.theory.subgame_perfect:SubgamePerfect",
        "subgame_perfect_accept": "silicus.theory.subgame_perfect:accept_ties",
        "subgame_perfect_accept_tremble": "silicus.theory.tremble:spe_accept",
        "subgame_perfect_as_if_complete": "silicus.theory.subgame_perfect:as_if_complete",
        "subgame_perfect_as_if_complete_tremble": "silicus.theory.tremble:as_if_complete",
        "subgame_perfect_reject": "silicus.theory.subgame_perfect:reject_ties",
        "subgame_perfect_reject_tremble": "silicus.theory.tremble:spe_reject",
        "subgame_perfect_tremble": "silicus.theory.tremble:subgame_perfect",
        "tit_for_tat": "silicus.theory.tit_for_tat:TitForTat",
        "tit_for_tat_tremble": "silicus.theory.tremble:tit_for_tat",
        "win_stay": "silicus.theory.win_stay:WinStay",
        "win_stay_tremble": "silicus.theory.tremble:win_stay",
    },
}

NOUNS = {
    "datasets": "data set",
    "backends": "backend",
    "checks": "check",
    "figures": "figure",
    "formulations": "formulation",
    "theories": "theory",
}


SYNONYMS: dict[str, dict[str, str]] = {
    "theories": {
        "best": "best_theory",
        "bayesian_persuasion": "bayesian_buyer",
        "poisson_cognitive_hierarchy": "cognitive_hierarchy",
        "camerer_ho_chong": "cognitive_hierarchy",
        "cumulative_prospect_theory": "cpt",
        "prospect_theory": "cpt",
        "tversky_kahneman": "cpt",
        "prospect_theory_fitted": "cpt_fitted_logit",
        "cpt_fitted": "cpt_fitted_logit",
        "inequity_aversion": "fehr_schmidt",
        "inequality_aversion": "fehr_schmidt",
        "bolton_ockenfels": "erc",
        "social_welfare": "charness_rabin",
        "goeree_holt": "noisy_introspection",
        "boosted": "boosted_lotteries",
        "eut": "expected_utility",
        "eu": "expected_utility",
        "risk_aversion": "expected_utility",
        "ev": "expected_value",
        "experience_weighted_attraction": "ewa",
        "camerer_ho": "ewa",
        "reinforcement_learning": "reinforcement",
        "roth_erev": "reinforcement",
        "weighted_fictitious_play": "fictitious_play",
        "bayesian_learning": "belief_learning",
        "bayesian_belief_learning": "belief_learning",
        "generous_tit_for_tat": "reciprocity",
        "forgiving_tit_for_tat": "reciprocity",
        "gtft": "reciprocity",
        "memory_one_strategy": "memory_one",
        "logistic_regression": "history_logit",
        "level_1": "level_k",
        "level_2": "level_k_2",
        "k_level": "level_k",
        "nash_equilibrium": "nash",
        "nash_mixed": "nash",
        "mixed_nash": "nash",
        "nash_mean": "nash_all",
        "outside_option": "negotiation_cutoff",
        "quantal_response": "qre",
        "quantal_response_equilibrium": "qre",
        "logit_equilibrium": "qre",
        "inertia": "repeat_last",
        "habit": "repeat_last",
        "spe": "subgame_perfect",
        "subgame_perfect_equilibrium": "subgame_perfect",
        "backward_induction": "subgame_perfect",
        "rubinstein": "subgame_perfect",
        "tft": "tit_for_tat",
        "pavlov": "win_stay",
        "win_stay_lose_shift": "win_stay",
    },
}
"""Other names in use, in lower case with underscores, and the name that is meant."""


def resolved(kind: str, name: str) -> str:
    """Return the registered name that is meant: spelt with spaces or capitals, or a synonym.

    Raises
    ------
    StudyError
        If there is no such name; with the nearest one.
    """
    names, others = known(kind), SYNONYMS.get(kind, {})
    if name in names:
        return name
    plain = "_".join(name.casefold().replace("-", " ").replace("_", " ").split())
    for word in (plain, plain.removesuffix("_theory"), plain.removesuffix("_model")):
        for found in (word, others.get(word)):
            if found in names:
                return str(found)
    raise StudyError(unknown_name(NOUNS[kind], name, [*names, *others]))


@cache
def known(kind: str) -> dict[str, str]:
    """Return every name of a kind, built in or from an installed distribution."""
    outside = {point.name: point.value for point in entry_points(group=f"silicus.{kind}")}
    return {**outside, **BUILT_IN[kind]}


def load(kind: str, name: str) -> Any:
    """Return the object behind a name.

    Raises
    ------
    StudyError
        If there is no such name (with the nearest one), or its module cannot be imported.
    """
    names = known(kind)
    name = resolved(kind, name)
    module, _, attribute = names[name].partition(":")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as cause:
        raise StudyError(
            f'{NOUNS[kind]} "{name}" cannot be loaded from {names[name]}: {cause}. '
            "Install or repair the distribution that provides it."
        ) from cause
