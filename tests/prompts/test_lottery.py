"""What is told of lotteries."""

from typing import Any

import pytest

from silicus.errors import PromptError
from silicus.games import LotteryChoice, Outcome
from silicus.prompts import write

from .cases import decision, lottery, table


def text(row: dict[str, Any], **kwargs: Any) -> str:
    messages = write(table(row), format="plain", **kwargs)["messages"][0]
    return str(messages[0]["content"])


def choice(*lotteries: list[tuple[float, float]], **changes: Any) -> dict[str, Any]:
    game = LotteryChoice(
        lotteries=tuple(
            tuple(Outcome(probability=p, payoff=x) for p, x in lottery) for lottery in lotteries
        ),
        payoff_unit="dollars",
        **changes,
    )
    return decision(game, family="lottery", options=tuple("ABC"[: len(lotteries)]))


def test_lottery_when_losses_then_lost_not_won() -> None:
    """Negative payoffs are losses, a zero is nothing, a sure thing is for certain."""
    told = text(choice([(0.8, -4000), (0.2, 0)], [(1, -3000)]))
    assert "A: lose $4,000 with a chance of 80% or nothing with a chance of 20%.\n" in told
    assert "B: lose $3,000 for certain." in told


def test_lottery_when_an_outcome_is_impossible_then_is_left_out() -> None:
    """Probability 0 (as in choices13k) makes no outcome."""
    assert "A: win $10 for certain." in text(choice([(1, 10), (0, 99)], [(0.5, 1), (0.5, 2)]))


def test_lottery_when_ambiguous_then_probabilities_are_not_told() -> None:
    """The participant was not told the probabilities, so neither is the model, in any wording."""
    row = choice([(1, 10)], [(0.37, 1), (0.63, 2)], ambiguous=(False, True))
    assert "B: win $1 or win $2, with probabilities that are not told." in text(row)
    for formulation in ("baseline", "numbers_only", "observer"):
        told = text(row, formulation=formulation)
        assert not {"37", "0.37", "63", "0.63", "37%", "63%"} & set(told.split())


def test_lottery_when_hypothetical_then_says_so() -> None:
    """Kahneman and Tversky asked about hypothetical choices."""
    assert "The choice is hypothetical" in text(lottery())
    assert "hypothetical" not in text(choice([(1, 10)], [(1, 20)]))


def test_lottery_when_three_then_all_are_listed() -> None:
    """More than two options are listed and asked for."""
    told = text(choice([(1, 1)], [(1, 2)], [(1, 3)]))
    assert "one of three options" in told
    assert told.endswith("Which do you choose, A, B or C?\n")


def test_lottery_when_options_do_not_fit_then_is_refused() -> None:
    """As many lotteries as options."""
    row = {**choice([(1, 1)], [(1, 2)], [(1, 3)]), "options": ["A", "B"]}
    with pytest.raises(PromptError, match="d1: 2 options but 3 lotteries"):
        text(row)
