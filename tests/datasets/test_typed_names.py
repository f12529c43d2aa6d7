"""Typed names are found where someone is addressed, and ordinary openings are left alone."""

import re

import pytest

from silicus.datasets.glee import _messages, _read_game
from silicus.datasets.typed_names import replace_names, typed_names, vocabulary

CONVERSATIONS = [
    [
        "However, I will go lower.",
        "Let's be fair, it is my best offer.",
        "As always, think it over!",
    ],
    ["Hi Jonny, a fair price.", "I could go lower, jonny, but not by much.", "Well, what now?"],
    ["xX_wolf99, this product is great.", "Will you buy it, xX_wolf99?"],
    ["Will, I'm offering it for $100.", "Take it or leave it, Will."],
    ["Hello there, good price!", "Dear buyer, look at this one."],
    ["Mary Ann Smith, here is another product!"],
]


@pytest.mark.parametrize(
    ("number", "names"),
    [
        (0, set()),
        (1, {"jonny"}),
        (2, {"xx_wolf99"}),
        (3, {"will"}),
        (4, set()),
        (5, {"mary ann smith"}),
    ],
)
def test_typed_names_when_someone_is_addressed_then_found(number, names):
    """Greeting, beginning, end and middle of a sentence give a name away; openers do not."""
    found = typed_names(CONVERSATIONS[number], vocabulary(CONVERSATIONS))
    assert {name.lower() for name in found} == names


def test_replace_names_when_inside_a_word_then_left_alone():
    """Only whole occurrences are replaced."""
    assert replace_names("Al sold also to AL, Alan", {"Al"}, "Bob") == "Bob sold also to Bob, Alan"


@pytest.mark.mirror
@pytest.mark.parametrize("family", ["bargaining", "negotiation", "persuasion"])
def test_typed_names_when_put_back_into_the_published_messages_then_found(mirror, family):
    """With an invented name for each person, every game whose messages use it gives it away."""
    games = [
        _read_game(path.parent, family) for path in sorted(mirror.glob(f"glee/{family}/*/game.csv"))
    ]
    invented = [
        f"{'QZWX'[i % 4]}{'aeiou'[i % 5]}lva{'rnbdt'[i % 5]}{'aeio'[i % 4]}" for i in range(60)
    ]
    named = [
        [re.sub(rf"\b{game.human}\b", invented[i], text) for text in _messages(game, game.other)]
        for i, game in enumerate(games)
    ]
    ordinary = vocabulary(named)
    others = 0
    for texts, name in zip(named, invented, strict=False):
        found = typed_names(texts, ordinary)
        if any(name in text for text in texts):
            assert name in found
        others += len(found - {name})
    # One name is left in the messages at hand; no other word is taken for a name.
    assert others == (family == "negotiation")
