"""Games of amounts and of groups in words: nothing of the future, nothing that cannot be."""

import json
from typing import Any

import pytest

from silicus.errors import PromptError
from silicus.games import DictatorGame, TrustGame
from silicus.prompts import formulations, write

from .cases import (
    amounts,
    auction,
    centipede,
    event,
    guessing,
    minimum_effort,
    public_goods,
    receiver,
    sender,
    table,
)

ROUNDS = {
    "public_goods": public_goods,
    "sender": sender,
    "guessing": guessing,
    "minimum_effort": minimum_effort,
}


def text(row: dict[str, Any], formulation: str = "baseline") -> str:
    """Return the whole plain prompt."""
    return write(table(row), formulation=formulation, format="plain")["messages"][0][0]["content"]


@pytest.mark.parametrize("name", formulations())
@pytest.mark.parametrize("game", ROUNDS)
def test_prompt_when_a_round_is_added_then_goes_on_from_the_same_words(game, name):
    """What was told up to a round is the beginning of what is told up to the next one."""
    if name == "numbers_only":
        pytest.skip("numbers hold no history")
    for rounds in range(3):
        before, after = (text(ROUNDS[game](n), name) for n in (rounds, rounds + 1))
        assert after.startswith(before)


@pytest.mark.parametrize("game", ROUNDS)
@pytest.mark.parametrize("actor", ["other", "nature", "self"])
def test_prompt_when_something_of_this_round_is_in_the_history_then_refused(game, actor):
    """Simultaneous moves, sums and payoffs of the round being decided are never shown."""
    row = ROUNDS[game](1)
    kinds = {e["kind"] for e in row["history"] if e["actor"] == actor and e["kind"] != "answer"}
    for kind in kinds:
        late = event(row["round"], actor, kind, amount=3)
        with pytest.raises(
            PromptError, match=f'round {row["round"]} of the history holds "{kind}"'
        ):
            text({**row, "history": [*row["history"], late]})


def test_trust_when_the_round_tells_another_sum_than_the_game_then_refused():
    """What a receiver got is said twice and must agree."""
    row = receiver(1)
    row["history"][-1] = event(2, "other", "sent", amount=3)
    with pytest.raises(PromptError, match=r"3\.0 was sent in round 2, and the game that 2"):
        text(row)


def test_trust_when_only_the_game_says_what_was_sent_then_told_all_the_same():
    """A one-shot receiver needs no history."""
    game = TrustGame(role="receiver", endowment=10, sent=4)
    assert "The other person sent 4 points; 12 points arrived." in text(amounts(game))


def test_options_when_not_the_amounts_of_the_game_then_refused():
    """A missing amount is named."""
    row = amounts(DictatorGame(total=10))
    with pytest.raises(PromptError, match="found 10, which differ in 7"):
        text({**row, "options": [o for o in row["options"] if o != "7"]})


def test_amounts_when_neutral_labels_are_asked_for_then_refused():
    """Letters for amounts would hide what is decided."""
    with pytest.raises(PromptError, match="Leave neutral_labels out"):
        text(amounts(DictatorGame(total=10)), "baseline+neutral_labels")


def test_ends_when_an_amount_could_go_on_then_leave_out_point_and_comma():
    """2 is no beginning of 2.5, nor 1 of 1,000; the unit may follow."""
    half = write(table(auction()), formulation="natural_language", format="plain")["ends"][0]
    assert {".", ","}.isdisjoint(half)
    assert " " in half
    large = amounts(DictatorGame(total=2000, step=500))
    ends = write(table(large), formulation="natural_language", format="plain")["ends"][0]
    assert "." in ends
    assert "," not in ends


def test_centipede_when_somebody_took_before_then_refused():
    """After an end there is nothing to decide."""
    row = centipede()
    row["history"][-1] = {**row["history"][-1], "action": "end"}
    with pytest.raises(PromptError, match='holds "end" in round 1'):
        text(row)


@pytest.mark.parametrize("game", [public_goods(), auction(), guessing()], ids=lambda r: r["family"])
def test_reversed_roles_when_in_a_group_then_speak_to_another_member(game):
    """Who decides is a certain participant, and the reader is in the same group."""
    told = text(game, "reversed_roles")
    assert "in the same group as a certain participant" in told
    assert json.loads(game["game"])["kind"] != "dictator"
