"""One-shot games one after the other: each is told as if it stood alone, with what came of it.

The kinds of :data:`KINDS` may be played in a series (``in_series`` among their parameters): the
opening and how to answer are told once, then each game with its own terms, the answer given, and
afterwards what the participant learnt of it, if anything.
"""

from dataclasses import replace

from silicus.prompts.base import Event, Page, Script, Situation, Step
from silicus.prompts.voice import amount

KINDS = ("matrix", "lottery", "ultimatum", "contribution")
OWN = ("move", "answer")
LEARNT = {"matrix": ("move", "payoff")}
"""What may come of a game; of other kinds a ``payoff`` alone."""

_INTRO = {
    "lottery": "{You} {make} several choices, one after the other. Each stands alone.",
    "matrix": (
        "{You} {play} several games, one after the other, each once and each with another person "
        "in the place of {them}."
    ),
}
_OTHER = (
    "{You} {make} several decisions, one after the other. Each stands alone, with another person "
    "in the place of {them}."
)


def script_of(page: Page) -> Script:
    """Return the decision of a page in words, whether it stands alone or in a series."""
    if getattr(page.situation.game, "in_series", False):
        return _series(page)
    return page.family.script(page)


def _series(page: Page) -> Script:
    situation = page.situation
    kind = situation.game.kind
    situation.refuse_unknown_events(_known(situation))
    first = page.of(1)
    head = first.rules(page.say.say(_INTRO.get(kind, _OTHER)))
    steps, outcome, told = [], "", first.instruction()
    for number in range(1, situation.round + 1):
        alone = _alone(page, number)
        script = alone.family.script(alone)
        asked = alone.instruction()
        news = [asked] if asked != told else []
        told = asked
        own = [e for e in situation.history if (e.round, e.actor) == (number, "self")]
        chosen = next((e.action for e in own if e.kind in OWN), None)
        text = "\n\n".join(
            [*([outcome] if outcome else []), f"Round {number}.", script.rules, *news]
        )
        answer = None if chosen is None else alone.answer(alone.situation.index(chosen))
        steps.append(Step(f"{text}\n\n{script.steps[-1].text}", answer))
        outcome = _learnt(alone, situation, number, chosen)
    return Script(head, tuple(steps))


def _known(situation: Situation) -> dict[str, tuple[str, ...]]:
    """Return what a series can tell, and when it was seen."""
    known: dict[str, tuple[str, ...]] = {"payoff": ("self earlier", "other earlier")}
    if situation.game.kind == "matrix":
        sequential = situation.game.sequential
        seen = ("other this",) if sequential else ()
        return {**known, "move": ("self earlier", "other earlier", *seen)}
    return {**known, "answer": ("self earlier",)}


def _alone(page: Page, number: int) -> Page:
    """Return the page of one game of the series, told as the only one, without the opening."""
    there = page.situation.with_terms_of(number)
    seen: list[Event] = []
    if there.game.kind == "matrix" and there.game.sequential:
        seen = there.of_round(number, "move", "other")
    situation = replace(
        there,
        game=there.game.model_copy(update={"in_series": False}),
        round=1,
        history=tuple(event._replace(round=1) for event in seen),
        earlier=(),
    )
    alone = Page(page.family, situation, page.formulation, page.balance)
    alone.bare = True
    return alone


def _learnt(alone: Page, situation: Situation, number: int, chosen: str | None) -> str:
    """Return what the participant learnt of a game, or nothing."""
    game, say = alone.situation.game, alone.say.say
    moves = [e.action for e in situation.of_round(number, "move", "other") if e.action]
    told = [say("{Them} chose {move=}.", move=alone.label(moves[0]))] if moves else []
    if moves and game.sequential:
        told = []
    for actor, mark in (("self", "{You}"), ("other", "{Them}")):
        paid = [e.amount for e in situation.of_round(number, "payoff", actor)]
        value = next((one for one in paid if one is not None), None)
        if value is None and moves and chosen is not None:
            table = game.own if actor == "self" else game.other
            value = table[game.actions.index(chosen)][game.other_actions.index(moves[0])]
        if value is not None:
            told.append(say(f"{mark} got {{sum=}}.", sum=amount(value, game.payoff_unit)))
    return " ".join([f"Result of round {number}:", *told]) if told else ""
