"""The centipede game in words: turn by turn, end it or go on."""

from typing import ClassVar

from silicus.errors import PromptError
from silicus.games import CentipedeGame
from silicus.prompts.base import Event, Family, Page, Script
from silicus.prompts.narration import narrate
from silicus.prompts.voice import amount, number

EVENTS: dict[str, dict[str, tuple[str, ...]]] = {
    "first": {"answer": ("self earlier", "other earlier")},
    "second": {"answer": ("self earlier", "other earlier", "other this")},
}


class Centipede(Family):
    """Two players in turn end the game or let the pot grow."""

    kind = "centipede"
    reversed_opening = (
        "You are taking part in an experiment on how people make decisions, on the other side, and "
        "say what {you} will choose."
    )
    meanings = ("take", "pass")
    acts: ClassVar = {"take": ("take", "will take"), "pass": ("pass", "will pass")}
    explains_labels = True

    def script(self, page: Page) -> Script:
        """Return the turns with what each pays if the game ends there, then those that passed."""
        situation = page.situation
        game: CentipedeGame = situation.game
        situation.refuse_unknown_events(EVENTS[game.role])
        if situation.round > game.max_rounds:
            raise PromptError(
                f"{situation.where}: round {situation.round}, but the participant has "
                f"{game.max_rounds} turns at most in {len(game.taken)}. Correct the recoding."
            )
        for event in situation.history:
            if game.labels.get(event.action or "") != "pass":
                raise PromptError(
                    f'{situation.where}: the history holds "{event.action}" in round '
                    f"{event.round}, but only after passes there is something to decide. Correct "
                    "the recoding of the data set."
                )
        told = narrate(page, _told, _asked, self.describe, headed=False)
        return Script(page.told(self.describe), told)

    def describe(self, page: Page) -> list[str]:
        """Return whose turns there are and what each pays, and what the options mean."""
        game: CentipedeGame = page.situation.game
        first = "{You} {have}" if game.role == "first" else "{Them} {have~}"
        rules = page.say.say(
            "{You} and {them} take turns, at most {n=} of them. "
            f"{first} the first turn. Whoever has a turn ends the game or lets it go on.",
            n=number(len(game.taken)),
        )
        explained = page.explained(
            {"take": "end the game at this turn.", "pass": "let the game go on."}
        )
        return [rules, _payoffs(page), explained]

    def numbers(self, page: Page) -> str:
        """Return each turn with own and other payoff if ended there; options with this turn's."""
        game: CentipedeGame = page.situation.game
        turn = game.turn(page.situation.round)
        lines = []
        for i in page.order:
            later = range(turn + 1, len(game.taken) + 1)
            ends = [turn] if page.meaning(i) == "take" else [*later, None]
            pays = [number(x) for end in ends for x in _sides(game, game.payoff(end))]
            lines.append(f"{page.labels[i]} {' '.join(pays)}")
        return "\n".join(lines)


def _sides(game: CentipedeGame, pays: tuple[float, float]) -> tuple[float, float]:
    """Return payoffs of first and second mover as own and other's."""
    return pays if game.role == "first" else (pays[1], pays[0])


def _payoffs(page: Page) -> str:
    game: CentipedeGame = page.situation.game
    lines = ["What each of the two gets:"]
    for turn in [*range(1, len(game.taken) + 1), None]:
        when = f"If the game is ended at turn {turn}"
        if turn is None:
            when = "If nobody ends the game"
        mine, theirs = _sides(game, game.payoff(turn))
        lines.append(
            page.say.say(
                f"{when}, {{you}} {{get}} {{mine=}} and {{them}} {{get~}} {{other=}}.",
                mine=amount(mine, game.payoff_unit),
                other=amount(theirs, game.payoff_unit),
            )
        )
    return "\n".join(lines)


def _asked(page: Page, round: int) -> str:
    game: CentipedeGame = page.situation.game
    return page.ask.say(
        "It is turn {turn=}. Which {do} {you} choose, {listed=}?",
        turn=number(game.turn(round)),
        listed=page.listed(),
    )


def _told(page: Page, event: Event) -> str:
    game: CentipedeGame = page.situation.game
    turn = 2 * event.round if game.role == "first" else 2 * event.round - 1
    return page.say.say(
        "At turn {turn=} {them} chose {label=}.",
        turn=number(turn),
        label=page.label(event.action or ""),
    )


CENTIPEDE = Centipede()
