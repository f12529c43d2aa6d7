"""What is told when money is divided."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from silicus.games import UltimatumGame
from silicus.prompts import write

from .cases import decision, table, ultimatum


def text(row: dict[str, Any], **kwargs: Any) -> str:
    messages = write(table(row), format="plain", **kwargs)["messages"][0]
    return str(messages[0]["content"])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 20))
def test_ultimatum_when_only_the_share_is_known_then_both_shares_sum_to_all(step: int) -> None:
    """Shares are told in whole percent, without rounding noise."""
    told = text(ultimatum(step / 20))
    expected = (
        f"You are offered {step * 5}% of the money; the proposer would keep {100 - step * 5}%."
    )
    assert expected in told


def test_ultimatum_when_the_sum_is_known_then_amounts_are_told() -> None:
    """With a known sum the offer is in money."""
    game = UltimatumGame(total=20, share_offered=0.15)
    told = text(decision(game, family="bargaining", options=("accept", "reject")))
    assert "has received $20 and proposes how to divide it with you" in told
    assert "You are offered $3; the proposer would keep $17." in told
