"""What every theory owes: a distribution, nothing read from the answer, silence elsewhere."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from silicus import plugins
from silicus.errors import StudyError
from silicus.schema import Score, check
from silicus.theory import FittedTheory, cross_fit, theory_named
from tests.theory.tables import (
    bargaining,
    contribution,
    decision,
    dilemma,
    event,
    issues,
    lotteries,
    moves,
    negotiation,
    persuasion,
    symmetric,
    table,
    ultimatum,
)

ZOO: tuple[dict[str, Any], ...] = (
    decision(symmetric(((8, 0), (10, 5)))),
    decision(dilemma(), round=3, history=moves("AB", "BB")),
    decision(dilemma(), round=2, history=moves("B", "A")),
    decision(ultimatum(0.2)),
    decision(lotteries([(3000, 1)], [(4000, 0.8), (0, 0.2)])),
    decision(bargaining(), history=[event(1, "other", "offer", amount=60)]),
    decision(negotiation(), history=[event(1, "other", "offer", amount=110)]),
    decision(persuasion(), history=[event(1, "other", "recommendation", "yes")]),
    decision(
        issues(),
        history=[event(1, "other", "offer", name, 1) for name in ("food", "water", "firewood")],
    ),
    decision(contribution()),
)
"""One decision of every kind of game, and two of a repeated one."""


def people(rows: tuple[dict[str, Any], ...], n: int = 12) -> pl.DataFrame:
    """Return every row once for each of ``n`` people, whose choices alternate."""
    return table(
        *(
            row | {"participant_id": f"p{person}", "choice": (person + index) % 2}
            for person in range(n)
            for index, row in enumerate(rows)
        )
    )


class TheoryContract:
    """Inherited by the tests of each theory; ``name`` is its registered name."""

    name: str
    kinds: tuple[str, ...]

    @pytest.fixture
    def decisions(self) -> pl.DataFrame:
        """A table with decisions that the theory speaks for, and others."""
        return people(ZOO)

    @pytest.fixture
    def ready(self, decisions):
        """The theory, fitted where it has something to fit."""
        theory = theory_named(self.name)
        return theory.fit(decisions) if isinstance(theory, FittedTheory) else theory

    def test_name_when_registered_is_the_predictor_id(self):
        """The name in a study file is the id under which its scores are kept."""
        theory = theory_named(self.name)
        assert theory.predictor_id == self.name
        assert self.name in plugins.BUILT_IN["theories"]
        assert theory.citation

    def test_predict_when_decisions_are_mixed_speaks_only_for_its_kinds(self, ready, decisions):
        """Games of other kinds get no rows, and applies() says which those are."""
        scores = check(ready.predict(decisions), Score, where="test")
        told = decisions.filter(ready.applies(decisions))
        assert len(told) > 0
        assert set(scores["predictor_id"]) == {self.name}
        assert set(scores["decision_id"]) == set(told["decision_id"])
        spoken = {
            row["kind"] for row in told["game"].str.json_decode(pl.Struct({"kind": pl.String}))
        }
        assert spoken == set(self.kinds)
        assert spoken <= set(ready.kinds)

    def test_predict_when_done_is_a_distribution_without_wording(self, ready, decisions):
        """Option probabilities sum to 1, the mass is 1, the logarithm is theirs."""
        scores = ready.predict(decisions)
        sums = scores.group_by("decision_id").agg(pl.col("option_prob").sum())["option_prob"]
        assert np.allclose(sums, 1)
        assert (scores["option_mass"] == 1).all()
        assert np.allclose(np.exp(scores["logprob"].to_numpy()), scores["option_prob"].to_numpy())
        assert set(scores["formulation"]) == set(scores["format"]) == {"none"}
        empty = ["first_token_prob", "form_logprobs", "request_key", "n_prompt_tokens"]
        assert scores.select(pl.col(empty).is_null().all()).row(0) == (True,) * len(empty)

    def test_predict_when_the_answer_changes_stays_the_same(self, ready, decisions):
        """The choice that is predicted is never read."""
        other = decisions.with_columns(choice=1 - pl.col("choice"))
        assert ready.predict(other).equals(ready.predict(decisions))

    def test_predict_when_options_are_reordered_follows_the_labels(self, ready, decisions):
        """A probability belongs to an option's label, not to its place (but in lotteries)."""
        decisions = decisions.filter(pl.col("family") != "lottery")
        if decisions.filter(ready.applies(decisions)).is_empty():
            pytest.skip("lotteries have no labels of their own")
        turned = decisions.with_columns(options=pl.col("options").list.reverse())

        def by_label(rows):
            return (
                rows.select("decision_id", "options")
                .with_columns(option=pl.int_ranges(0, pl.col("options").list.len(), dtype=pl.Int32))
                .explode("options", "option")
                .join(ready.predict(rows), on=["decision_id", "option"])
                .sort("decision_id", "options")["option_prob"]
            )

        assert np.allclose(by_label(decisions), by_label(turned))

    def test_predict_when_rows_are_shuffled_gives_each_the_same(self, ready, decisions):
        """A decision's probabilities do not depend on what else is in the table."""
        keys = ["decision_id", "option"]
        whole = ready.predict(decisions).sort(keys)
        shuffled = decisions.sample(fraction=1, shuffle=True, seed=3)
        parts = [ready.predict(part) for part in shuffled.iter_slices(7)]
        assert np.allclose(pl.concat(parts).sort(keys)["option_prob"], whole["option_prob"])

    def test_predict_when_no_decision_fits_is_an_empty_score_table(self, ready, decisions):
        """Silence is an empty table with all columns."""
        none = ready.predict(decisions.filter(~ready.applies(decisions)))
        assert none.is_empty()
        assert none.columns == Score.column_names()

    def test_cross_fit_when_run_predicts_everyone_once(self, decisions):
        """Each person is predicted by parameters fitted on the others."""
        theory = theory_named(self.name)
        found = cross_fit(theory, decisions, n_folds=3, rng=np.random.default_rng(1))
        told = decisions.filter(theory.applies(decisions))
        assert found.scores["decision_id"].unique(maintain_order=True).to_list() == (
            told["decision_id"].to_list()
        )
        free = getattr(theory, "free", ())
        assert bool(free) == bool(len(found.parameters))
        if free:
            assert set(found.parameters["fold"]) == {0, 1, 2}
            assert set(found.parameters["unit"]) == {"participant"}
            assert set(found.parameters["n_units"]) == {8}

    def test_predict_when_free_parameters_are_missing_says_so(self, decisions):
        """An unfitted theory refuses to predict instead of inventing a value."""
        theory = theory_named(self.name)
        if not getattr(theory, "free", ()):
            assert len(theory.predict(decisions))
            return
        with pytest.raises(StudyError, match=r"(has no value. Fit|was not fitted)"):
            theory.predict(decisions)
