"""The contract's own machinery: settings, fits, splits, errors."""

import re
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from silicus import plugins
from silicus.errors import AnalysisError, ScoringError, StudyError
from silicus.theory import Theory, cross_fit, predict_all, theory_named
from silicus.theory.base import observed
from silicus.theory.crossfit import unit_of
from silicus.theory.qre import QRE
from silicus.theory.tremble import Tremble
from tests.theory.contract import ZOO, TheoryContract, people
from tests.theory.tables import bargaining, decision, dilemma, lotteries, matrix, table


@dataclass(frozen=True)
class Broken(Theory):
    """A theory whose probabilities do not sum to 1."""

    name = "broken"
    kinds = ("matrix",)
    citation = "none"

    def speaks_for(self, game, options):
        return True

    def chances(self, decisions):
        return [(0.5, 0.6)] * len(decisions)


def test_predict_when_numbers_are_no_distribution_names_the_decision():
    """A mistaken theory is stopped before its numbers are used."""
    with pytest.raises(ScoringError, match="of decision d00000 do not sum to 1"):
        Broken().predict(table(decision(dilemma())))


def test_observed_when_rates_and_choices_mix_counts_each_choice():
    """A rate weighs as many choices as it stands for, a single choice one."""
    rows = table(
        decision(dilemma(), choice=1),
        decision(dilemma(), choice_rate=[0.25, 0.75], n_choices=40, participant_id=None),
    )
    assert observed(rows) == [(0, 1), (10, 30)]


@pytest.mark.parametrize(
    ("more", "unit"),
    [
        ({"participant_id": "p1"}, "participant"),
        ({"participant_id": None, "session_id": "s1"}, "session"),
        ({"participant_id": None, "session_id": None}, "play"),
        ({"participant_id": None, "choice_rate": [0.5, 0.5], "n_choices": 4}, "game"),
    ],
)
def test_unit_of_when_ids_are_missing_takes_the_next_best(more, unit):
    """People are kept together; where they are unknown sessions, plays, and for rates games."""
    assert unit_of(table(decision(dilemma(), **more)))[0] == unit


def test_cross_fit_when_a_person_is_odd_never_learns_from_that_person():
    """Leaving each person out in turn, a person's predictions do not depend on own choices."""
    rows = [
        decision(dilemma(), participant_id=f"p{person}", choice=int(person % 3 > 0))
        for person in range(6)
    ]
    changed = [row | {"choice": 1 - row["choice"]} if row["participant_id"] == "p2" else row
               for row in rows]  # fmt: skip

    def of_p2(table_rows):
        found = cross_fit(QRE(), table(*table_rows), n_folds=6, rng=np.random.default_rng(0))
        return found.scores.filter(pl.col("decision_id") == "d00002")["option_prob"].to_list()

    assert of_p2(rows) == of_p2(changed)
    fitted_on_all = [QRE().fit(table(*each)).value("lam") for each in (rows, changed)]
    assert fitted_on_all[0] != fitted_on_all[1]


def test_cross_fit_when_there_are_fewer_people_than_folds_is_refused():
    """Two people cannot make five folds."""
    rows = [decision(dilemma(), participant_id=f"p{person}") for person in range(2)]
    with pytest.raises(AnalysisError, match=r"2 participant\(s\) cannot be split into 5 folds"):
        cross_fit(QRE(), table(*rows), rng=np.random.default_rng(0))


def test_fit_when_nothing_applies_says_what_the_theory_is_about():
    """Fitting a theory of matrix games to bargaining is refused."""
    with pytest.raises(AnalysisError, match=r"speaks for none of the 1 .* about matrix games"):
        QRE().fit(table(decision(bargaining())))


def test_theory_named_when_a_setting_is_wrong_is_a_study_error():
    """Unknown names and settings are reported with the name."""
    with pytest.raises(StudyError, match='did you mean "nash"'):
        theory_named("nesh")
    with pytest.raises(StudyError, match=r"theory nash cannot be made with .*selektion"):
        theory_named("nash", {"selektion": "pure"})


def test_predict_all_when_run_keeps_data_sets_apart_and_repeats_itself():
    """Each data set has its own parameters, whatever else is in the study."""
    one, two = people(ZOO), people(ZOO, 10).with_columns(
        decision_id=pl.format("other-{}", "decision_id"), dataset=pl.lit("other")
    )  # fmt: skip
    both = pl.concat([one, two])
    names = {"nash": {}, "qre": {}, "expected_value": {"rule": "logit"}}
    found = predict_all(names, both, n_folds=2, seed=7)
    assert set(found.scores["predictor_id"]) == {"nash", "qre", "expected_value_logit"}
    assert set(found.parameters["dataset"]) == {"toy", "other"}
    alone = predict_all({"qre": {}}, two, n_folds=2, seed=7)
    keep = found.parameters.filter(dataset="other", predictor_id="qre")
    assert alone.parameters.equals(keep)
    assert predict_all({}, both).scores.is_empty()


def test_predict_all_when_people_are_too_few_then_tells_and_goes_on():
    """A data set of three people stops neither another theory nor another data set."""
    few = table(*(decision(dilemma(), participant_id=f"p{person}") for person in range(3)))
    few = few.with_columns(
        decision_id=pl.format("few-{}", "decision_id"), dataset=pl.lit("few")
    )  # fmt: skip
    found = predict_all({"nash": {}, "qre": {}}, pl.concat([people(ZOO), few]), n_folds=4, seed=7)
    by_dataset = found.scores.group_by("predictor_id").agg(pl.col("decision_id").n_unique())
    counts = dict(by_dataset.iter_rows())
    assert counts["nash"] == counts["qre"] + 3
    (told,) = found.not_computed
    assert re.match(r"data set few: theory qre: 3 participant\(s\) cannot be split", told)


def test_registered_theories_when_listed_all_have_a_contract_test():
    """A theory without a test class that inherits the contract fails here."""
    tested = set()
    for file in Path(__file__).parent.glob("test_*.py"):
        module = import_module(f"tests.theory.{file.stem}")
        tested |= {
            value.name
            for value in vars(module).values()
            if isinstance(value, type)
            and issubclass(value, TheoryContract)
            and hasattr(value, "name")
        }
    assert tested == set(plugins.BUILT_IN["theories"])


def test_bibliography_when_a_theory_cites_has_the_key(repository):
    """Every key that a theory cites is on the bibliography page."""
    page = (repository / "docs" / "reference" / "bibliography.md").read_text()
    for name in plugins.BUILT_IN["theories"]:
        for part in plugins.load("theories", name)().citation.split(";"):
            assert f"**{part.split(',')[0].strip()}**" in page, name


def test_tremble_when_fitted_finds_the_share_of_deviations():
    """With a dominant action, half of all random choices deviate: 10% of deviations are 20%."""
    row = decision(dilemma(), choice_rate=[0.1, 0.9], n_choices=100, participant_id=None)
    fitted = Tremble(theory_named("nash")).fit(table(row))
    assert fitted.value("rate") == pytest.approx(0.2, abs=1e-4)
    assert fitted.predict(table(row))["option_prob"].to_list() == pytest.approx(
        [0.1, 0.9], abs=1e-4
    )


def test_tremble_when_the_theory_has_free_parameters_is_refused():
    """A logit theory has its own noise."""
    with pytest.raises(StudyError, match=r"has parameters of its own to fit \(lam\)"):
        Tremble(QRE())
    with pytest.raises(StudyError, match=r"rate is 1\.5"):
        Tremble(theory_named("nash"), 1.5)
    assert Tremble(theory_named("nash"), 0.05).predictor_id == "nash_tremble_rate=0.05"


def test_applies_when_options_are_not_the_actions_is_false():
    """A theory does not speak for options that are no actions of the game."""
    odd = decision(matrix(((1, 0), (0, 1)), ((1, 0), (0, 1))), options=["left", "right"])
    assert not theory_named("nash").applies(table(odd)).any()
    short = decision(lotteries([(1, 1)], [(2, 1)]), options=["A", "B", "C"])
    assert not theory_named("expected_value").applies(table(short)).any()
