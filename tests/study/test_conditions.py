"""Conditions that a study names: what can be, what is refused, and how they split."""

import pytest

from silicus import analysis
from silicus.errors import StudyError
from silicus.study.analyses import check_conditions
from silicus.study.file import StudyFile
from tests.theory.tables import decision, dilemma, moves, symmetric, table, ultimatum


def study(*conditions: str) -> StudyFile:
    """Return a study that names these conditions."""
    return StudyFile(study="s", datasets=("d",), theories=("nash",), conditions=conditions)


def games(n: int):
    """Return one decision in each of n games that differ in name and payoffs."""
    return table(
        *(
            decision(symmetric(((8, 0), (10, i))).model_copy(update={"name": f"game{i}"}))
            for i in range(n)
        )
    )


def test_conditions_when_twenty_games_vary_can_be_named():
    """Twenty games have twenty names: too many to be split by unasked, but they can be named."""
    decisions = games(20)
    assert analysis.nameable(decisions) == {"name": 20}
    check_conditions(study("name"), decisions)


def test_conditions_when_a_name_is_unknown_list_what_can_be_named():
    """A mistyped condition is refused with the columns that vary and their numbers of values."""
    decisions = table(*(decision(ultimatum(i / 10)) for i in range(5)))
    with pytest.raises(StudyError, match=r'"share" is no column.*share_offered \(5 values\)'):
        check_conditions(study("share"), decisions)


def test_nameable_when_there_are_rounds_holds_them():
    """Rounds can be named where there are several."""
    decisions = table(decision(dilemma()), decision(dilemma(), round=2, history=moves("A", "B")))
    assert analysis.nameable(decisions) == {"round": 2, "first_round": 2}
    with pytest.raises(StudyError, match=r"What can be named: round \(2 values\)"):
        check_conditions(study("topology"), decisions)
