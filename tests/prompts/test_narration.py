"""Histories of offers, messages and answers: told in order, and ending before this choice."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from silicus.errors import PromptError
from silicus.prompts import formulations, write

from .cases import bargaining, event, hotel, issues, negotiation, persuasion, table


def chat(row: dict[str, Any], **kwargs: Any) -> list[dict[str, str]]:
    prompt = write(table(row), format="chat", **kwargs).row(0, named=True)
    return list(prompt["messages"])


def told(row: dict[str, Any], **kwargs: Any) -> str:
    return "\n\n".join(message["content"] for message in chat(row, **kwargs))


def plain(row: dict[str, Any], **kwargs: Any) -> str:
    prompt = write(table(row), format="plain", **kwargs).row(0, named=True)
    return str(prompt["messages"][0]["content"] + prompt["answer_prefix"])


offers = st.lists(st.integers(0, 10_000), min_size=4, max_size=8)


@settings(max_examples=20, deadline=None)
@given(offers=offers, name=st.sampled_from(formulations()))
def test_bargaining_when_offers_are_added_then_the_earlier_text_is_its_beginning(
    offers: list[int], name: str
) -> None:
    """Each answer's whole prompt begins the next one's, in every formulation with a history."""
    history: list[dict[str, Any]] = []
    prompts = []
    for round, offer in enumerate(offers, start=1):
        other_proposes = round % 2 == 0
        proposer, answerer = ("other", "self") if other_proposes else ("self", "other")
        history = [*history, event(round, proposer, "offer", amount=offer, text=f"Offer {round}!")]
        if other_proposes:
            prompts.append(plain(bargaining(history, round=round), formulation=name))
        history = [*history, event(round, answerer, "answer", "reject")]
    for before, after in itertools.pairwise(prompts):
        assert after.startswith(before) or name == "numbers_only"


@pytest.mark.parametrize("message_type", ["text", "binary"])
@pytest.mark.parametrize("make", [persuasion, hotel])
def test_persuasion_when_a_round_is_added_then_the_earlier_turns_are_its_beginning(
    make: Any, message_type: str
) -> None:
    """Round t's turns begin round t + 1's, whatever the kind of message."""
    changes = {"message_type": message_type} if make is persuasion else {}
    before, after = chat(make(2, **changes)), chat(make(3, **changes))
    assert after[: len(before)] == before
    assert [turn["role"] for turn in after[len(before) :]] == ["assistant", "user"]
    assert json.loads(after[len(before)]["content"])["decision"] in ("no", "go")


def test_persuasion_when_the_quality_of_this_round_is_given_then_is_refused() -> None:
    """A buyer must not see the product's quality before deciding (pitfall 17)."""
    row = persuasion(2)
    row["history"] = [*row["history"], event(2, "nature", "quality", "high")]
    with pytest.raises(PromptError, match='round 2 of the history holds "quality" of "nature"'):
        told(row)


def test_hotel_when_the_score_of_this_round_is_given_then_is_refused() -> None:
    """Nor may the traveller see the mean score before going."""
    row = hotel(2)
    row["history"] = [*row["history"], event(2, "nature", "quality", amount=9)]
    with pytest.raises(PromptError, match='round 2 of the history holds "quality"'):
        told(row)


def test_persuasion_when_binary_then_the_seller_recommends_or_not() -> None:
    """The binary form says the two things the page said."""
    text = told(persuasion(3, message_type="binary", seller_knows_worth=False))
    assert "Round 2.\nThe seller recommends to buy the product." in text
    assert "Round 3.\nThe seller does not recommend the product." in text
    assert "The seller does not know what the products are worth to you." in text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"own_discount": 1, "other_discount": 1}, None),
        (
            {"own_discount": 0.9, "other_discount": 0.9},
            "with each round it is worth 10% less, for you and for the other player.",
        ),
        (
            {"own_discount": 1, "other_discount": 0.8},
            "For you the money keeps its value from round to round; for the other player it is "
            "worth 20% less with each round.",
        ),
        (
            {"own_discount": 0.8, "other_discount": 1},
            "worth 20% less for you, and keeps its value for the other player.",
        ),
        (
            {"own_discount": 0.95, "complete_information": False},
            "worth 5% less for you; how much value it loses for the other player is not known to "
            "you.",
        ),
    ],
)
def test_bargaining_when_money_loses_value_then_is_told_to_whom_it_was_told(
    changes: dict[str, Any], sentence: str | None
) -> None:
    """Discounts are told as people were told them, the other's only with complete information."""
    text = told(bargaining(**changes))
    if sentence is None:
        assert "value" not in text
        assert "less for you than in round 1" not in text
    else:
        assert sentence in text
    if not changes.get("complete_information", True):
        assert "20%" not in text


def test_bargaining_when_the_limit_was_not_told_then_is_not_told() -> None:
    """With 99 rounds nothing was said of an end."""
    assert "12 rounds" in told(bargaining())
    assert "99" not in told(bargaining(max_rounds=99, limit_told=False))


def test_bargaining_when_rounds_go_by_then_the_loss_so_far_is_told() -> None:
    """0.95 to the third power leaves 85.74%."""
    assert "The money is now worth 14.26% less for you than in round 1." in told(bargaining())


@pytest.mark.parametrize("make", [bargaining, negotiation])
def test_offer_when_missing_in_this_round_then_is_refused(make: Any) -> None:
    """Without an offer there is nothing to answer."""
    row = make()
    row["history"] = row["history"][:-1]
    with pytest.raises(PromptError, match="no offer of the other side in round"):
        told(row)


def test_negotiation_when_buyer_then_roles_and_outside_option_turn() -> None:
    """A buyer is told the own value, the seller's only with complete information."""
    labels = {"AcceptOffer": "accept", "RejectOffer": "reject", "BuyFromJhon": "outside"}
    history = [event(1, "other", "offer", amount=90)]
    row = negotiation(
        history, round=1, role="buyer", labels=labels, complete_information=True, max_rounds=30,
        limit_told=False,
    )  # fmt: skip
    text = told(row)
    assert "The other player sells a product and you are the buyer." in text
    assert "To you it is worth $100, to the other player $120." in text
    assert (
        "BuyFromJhon: end the negotiation and buy the product from John for exactly $100." in text
    )
    assert "30" not in text
    assert "$120" not in told(negotiation())


def test_negotiation_when_an_option_has_no_meaning_then_is_refused() -> None:
    """Every option must be said to accept, reject or deal outside."""
    row = negotiation()
    row["options"] = ["AcceptOffer", "RejectOffer", "Shrug"]
    with pytest.raises(PromptError, match='option "Shrug" means none of accept, reject or outside'):
        told(row)


def test_message_when_it_holds_marks_and_templates_then_stands_as_it_was_sent() -> None:
    """Texts of people are put in untouched: no mark, brace or template in them is filled in."""
    message = "{you} {{ parameters }} {text=} \\n 100% {decision}\nnew line \U0001f600"
    history = [event(1, "other", "offer", amount=90, text=message)]
    text = told(negotiation(history, round=1))
    assert f'The other player\'s message: "{message}"' in text


def test_history_when_out_of_order_then_is_refused() -> None:
    """Rounds must be told in their order."""
    row = bargaining()
    row["history"] = [*row["history"][2:4], *row["history"][:2], *row["history"][4:]]
    with pytest.raises(PromptError, match="tells round 1 after round 2"):
        told(row)


def test_issues_when_a_deal_was_turned_down_then_the_chat_goes_on_after_the_answer() -> None:
    """An earlier own answer is a turn of its own, and the chat goes on."""
    row = issues()
    row["round"] = 2
    row["history"] = [
        *row["history"],
        event(1, "self", "answer", "Reject-Deal"),
        event(2, "other", "message", text="What then?"),
        event(2, "other", "offer", "Food", 2),
    ]
    messages = chat(row)
    assert [m["role"] for m in messages] == ["system", "user", "assistant", "user"]
    assert messages[3]["content"].startswith('The other player: "What then?"\n')


def test_issues_when_only_numbers_then_the_standing_deal_is_counted() -> None:
    """Numbers only: 1 Food, 2 Water, 1 Firewood are 4 + 6 + 5 points; walking away gives 5."""
    text = told(issues(), formulation="numbers_only")
    assert text == "Accept-Deal 15\nReject-Deal\nWalk-Away 5"
