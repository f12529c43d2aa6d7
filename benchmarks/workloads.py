"""What is scored: synthetic repeated games, and real sessions of Akata et al. (2025)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

RULES = (
    "You are taking part in an experiment on how people make decisions. You will play a game with "
    "another person who sits in a different room and reads the same instructions as you do. You "
    "cannot talk to each other, and neither of you will learn who the other one is, neither during "
    "the experiment nor afterwards. The game has ten rounds. In every round, each of you chooses "
    "one of two options, called J and F. Both choose at the same time, and neither knows what the "
    "other one chooses in this round. After both have chosen, each of you is told what the other "
    "one has chosen and how many points both have got in this round. Then the next round begins."
    "\n\n"
    "The points depend on what both of you choose, and are the same in every round:\n"
    "If you choose J and the other player chooses J, you get 8 points and the other player gets 8 "
    "points.\n"
    "If you choose J and the other player chooses F, you get 0 points and the other player gets 10 "
    "points.\n"
    "If you choose F and the other player chooses J, you get 10 points and the other player gets 0 "
    "points.\n"
    "If you choose F and the other player chooses F, you get 5 points and the other player gets 5 "
    "points.\n\n"
    "At the end of the experiment the points of all rounds are added up and changed into money: "
    "for every 100 points you are paid one pound, in addition to the three pounds that everybody "
    "gets for taking part. There are no right or wrong answers. Please take as much time as you "
    "like for each choice, and do not speak to anybody before everyone in the room has finished. "
    "Write each of your choices as a JSON object that holds nothing else, that is, as "
    '{"decision": "J"} or {"decision": "F"}.\n'
)

POINTS = {"JJ": (8, 8), "JF": (0, 10), "FJ": (10, 0), "FF": (5, 5)}


@dataclass(frozen=True)
class Workload:
    """Prompt rows, and groups of their indices: the games or sessions that they belong to."""

    name: str
    title: str
    prompts: list[dict[str, Any]]
    games: list[list[int]]


def _round(number: int, own: str, other: str) -> str:
    mine, theirs = POINTS[own + other]
    return (
        f'\nRound {number}. Which do you choose, J or F?\n{{"decision": "{own}"}}\n'
        f"Result of round {number}: you chose {own} and the other player chose {other}. You got "
        f"{mine} points and the other player got {theirs} points.\n"
    )


def repeated(n_games: int, format: str, *, seed: int = 1, n_rounds: int = 10) -> Workload:
    """Return a repeated prisoner's dilemma with the whole history as one text or one message.

    Both players choose J with probability 0.65. Histories are binary and the text is
    deterministic, so games share the beginnings of their histories.
    """
    rng = np.random.default_rng(seed)
    prompts, games = [], []
    for game in range(n_games):
        text = RULES
        games.append(list(range(len(prompts), len(prompts) + n_rounds)))
        for number in range(1, n_rounds + 1):
            now = f"{text}\nRound {number}. Which do you choose, J or F?"
            prompts.append(
                {
                    "decision_id": f"game{game}/r{number}",
                    "format": format,
                    "messages": [
                        {"role": "user", "content": now + ("\n" if format == "plain" else "")}
                    ],
                    "answer_prefix": '{"decision": "',
                    "forms": [["J"], ["F"]],
                    "ends": ['"'],
                }
            )
            own, other = ("J" if p < 0.65 else "F" for p in rng.random(2))
            text += _round(number, own, other)
    title = "repeated games, plain" if format == "plain" else "repeated games, one chat message"
    return Workload(f"repeated_{format}", title, prompts, games)


def akata(n_sessions: int) -> Workload:
    """Return sessions of people as published (two games of ten rounds each), as dialogue turns."""
    from silicus import datasets
    from silicus.prompts import write

    decisions = datasets.load("akata_repeated")
    people = decisions["participant_id"].unique(maintain_order=True)
    chosen = people.gather_every(max(1, len(people) // n_sessions)).head(n_sessions)
    decisions = decisions.filter(decisions["participant_id"].is_in(chosen.implode()))
    prompts = write(decisions, format="chat").to_dicts()
    of_play: dict[str, list[int]] = {}
    for i, play in enumerate(decisions["play_id"]):
        of_play.setdefault(play, []).append(i)
    return Workload(
        "akata_turns", "Akata sessions, dialogue turns", prompts, list(of_play.values())
    )
