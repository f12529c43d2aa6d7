"""What games in which an amount is chosen share: bare numbers, steps, sums told after a round."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from silicus.prompts.base import Event, Family, Page, Script
from silicus.prompts.narration import narrate
from silicus.prompts.voice import amount, number


class Amounts(Family):
    """A game whose options are amounts."""

    counted = True

    def numbers(self, page: Page) -> str:
        """Return first and last amount and the step, then the numbers that define the game."""
        game = page.situation.game
        ends = (page.labels[page.order[0]], page.labels[page.order[-1]], number(game.step))
        return f"{' '.join(ends)}\n{' '.join(number(x) for x in self.figures(game))}"

    @abstractmethod
    def figures(self, game: Any) -> list[float]:
        """Return the numbers that define the game besides its grid."""


def by_round(
    page: Page,
    events: Mapping[str, tuple[str, ...]],
    tell: Callable[[Page, Event], str],
    ask: Callable[[Page, int], str],
    describe: Callable[[Page], list[str]],
) -> Script:
    """Return the rules, then each round with what it came to; rounds are numbered if repeated.

    ``events`` are those that a history may hold; the rest is as in
    :func:`silicus.prompts.narration.narrate`.
    """
    page.situation.refuse_unknown_events(events)
    headed = page.situation.game.n_rounds > 1
    return Script(page.told(describe), narrate(page, tell, ask, describe, headed=headed))


def steps(page: Page) -> str:
    """Return in which steps an amount can be chosen."""
    game = page.situation.game
    return f"in steps of {amount(game.step, game.payoff_unit)}"


def unit(page: Page) -> str:
    """Return the unit after a range of amounts."""
    name = page.situation.game.payoff_unit
    return "dollars" if name in ("$", "USD") else str(name)


def gained(page: Page, event: Event) -> str:
    """Return what the participant got in a round."""
    value = amount(event.amount or 0, page.situation.game.payoff_unit)
    return page.say.say("{You} got {sum=}.", sum=value)


def told_sum(page: Page, event: Event, template: str) -> str:
    """Return a sentence about the amount of an event, ``{sum=}`` with its unit."""
    return page.say.say(template, sum=amount(event.amount or 0, page.situation.game.payoff_unit))


def told_number(page: Page, event: Event, template: str) -> str:
    """Return a sentence about the number of an event, ``{sum=}`` without a unit."""
    return page.say.say(template, sum=number(event.amount or 0))


def repeated(page: Page, with_whom: str) -> str:
    """Return how often a game is played; nothing where once."""
    rounds = page.situation.game.n_rounds
    return "" if rounds == 1 else f"This is repeated for {number(rounds)} rounds, {with_whom}."
