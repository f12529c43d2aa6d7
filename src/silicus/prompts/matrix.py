"""Games in strategic form in words: one-shot, repeated for a number of rounds, or by chance.

The payoffs are told for each combination of actions, by the participant's action first, as
people were told; actions keep the names they had on the screen and are never called
"cooperate" or "defect" here.
"""

from silicus.errors import PromptError
from silicus.games import MatrixGame
from silicus.prompts.base import Family, Page, Script, Situation, Step
from silicus.prompts.voice import amount, either, number, percent

OPPONENTS = {
    "human": "{Them} {are~} another person taking part in the experiment.",
    "computer": "{Them} {are~} a computer program.",
    "either": "{Them} may be another person or a computer program.",
    "unknown": "",
}

EVENTS = {"move": ("self earlier", "other earlier"), "payoff": ("self earlier", "other earlier")}
SEQUENTIAL_EVENTS = {**EVENTS, "move": (*EVENTS["move"], "other this")}


class Matrix(Family):
    """Two players, each with a list of actions, and what each combination pays."""

    kind = "matrix"
    reversed_opening = (
        "You are taking part in an experiment on how people make decisions, and say what "
        "{you} will choose."
    )

    def script(self, page: Page) -> Script:
        """Return the game, then each round with what was chosen and paid."""
        situation = page.situation
        game = _game(situation)
        situation.refuse_unknown_events(SEQUENTIAL_EVENTS if game.sequential else EVENTS)
        rules = page.told(_described)
        if game.n_rounds == 1:
            return Script(rules, (Step(f"{_seen(page, 1)}{_question(page)}"),))
        steps = []
        outcome = ""
        for past in range(1, situation.round):
            there = page.of(past)
            own = situation.of_round(past, "move", "self")
            answer = there.answer(there.situation.index(own[0].action)) if own else None
            steps.append(Step(outcome + _round(page, past), answer))
            outcome = _outcome(there, past) + "\n\n"
        return Script(rules, (*steps, Step(outcome + _round(page, situation.round))))

    def numbers(self, page: Page) -> str:
        """Return one line per combination: own action, other action, own and other payoff."""
        game = _game(page.situation)
        return "\n".join(
            f"{page.label(game.actions[i])} {page.label(game.other_actions[j])} "
            f"{number(game.own[i][j])} {number(game.other[i][j])}"
            for i, j in _cells(page, game)
        )


def _game(situation: Situation) -> MatrixGame:
    game: MatrixGame = situation.game
    if sorted(game.actions) != sorted(situation.options):
        raise PromptError(
            f"{situation.where}: the options are {', '.join(situation.options)}, but the actions "
            f"of the game {', '.join(game.actions)}. Correct the recoding of the data set."
        )
    too_late = game.n_rounds is not None and situation.round > game.n_rounds
    if too_late and not game.in_series:
        raise PromptError(
            f"{situation.where}: round {situation.round} of a game of {game.n_rounds} round(s). "
            "Correct the recoding of the data set."
        )
    return game


def _described(page: Page) -> list[str]:
    start = _one_shot(page) if page.situation.game.n_rounds == 1 else _repeated(page)
    return [*start, _payoffs(page)]


def _round(page: Page, at: int) -> str:
    """Return what a round began with: its number, what it changed, and the question."""
    there, news = page.of(at), page.news(at, _described)
    asked = f"{_seen(there, at)}{_question(there)}"
    return f"Round {at}. {news}\n\n{asked}" if news else f"Round {at}. {asked}"


def _cells(page: Page, game: MatrixGame) -> list[tuple[int, int]]:
    rows = list(range(len(game.actions)))
    columns = list(range(len(game.other_actions)))
    if page.balance.rows_reversed:
        rows.reverse()
    if page.balance.columns_reversed:
        columns.reverse()
    return [(row, column) for row in rows for column in columns]


def _other_actions(page: Page, game: MatrixGame) -> str:
    if set(game.other_actions) == set(page.situation.options):
        return page.listed(rules=True)
    return either([page.label(action) for action in game.other_actions])


def _choices(page: Page) -> str:
    game = page.situation.game
    if game.sequential:
        return page.say.say(
            "{Them} {choose~} {theirs=} first. {You} {are} told of this and then {choose} {own=}.",
            own=page.listed(rules=True),
            theirs=_other_actions(page, game),
        )
    return page.say.say(
        "{You} {choose} {own=}; at the same time {them} {choose~} {theirs=}, and neither knows "
        "what the other chooses.",
        own=page.listed(rules=True),
        theirs=_other_actions(page, game),
    )


def _one_shot(page: Page) -> list[str]:
    say = page.say.say
    return [
        say(f"{{You}} {{play}} a game once with {{them}}. {_opponent(page)}").strip(),
        _choices(page),
    ]


def _opponent(page: Page) -> str:
    """Return what people were told of the other player, unless it is who reads this."""
    return "" if page.say.other == "you" else OPPONENTS[page.situation.game.opponent]


def _repeated(page: Page) -> list[str]:
    say, game = page.say.say, page.situation.game
    rounds = "several" if game.n_rounds is None else number(game.n_rounds)
    game_played = "a game" if page.situation.earlier else "the same game"
    with_whom = say(
        f"{{You}} {{play}} {game_played} for {{rounds=}} rounds with {{them}}.", rounds=rounds
    )
    text = [f"{with_whom} {say(_opponent(page))}".strip()]
    if game.continuation is not None:
        text.append(
            "After each round chance decides whether there is another one: with a probability of "
            f"{percent(game.continuation)} the game goes on, otherwise it ends."
        )
    text.append(f"In each round, {_lower(_choices(page))}")
    if game.noise:
        text.append(
            f"With a probability of {percent(game.noise)} a choice is carried out as the opposite "
            "one; this holds for the choices of both."
        )
    return text


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]


def _payoffs(page: Page) -> str:
    game: MatrixGame = page.situation.game
    when = " in a round" if game.n_rounds != 1 else ""
    lines = [f"What each of the two gets{when}:"]
    for i, j in _cells(page, game):
        lines.append(
            page.say.say(
                "If {you} {choose} {own=} and {them} {choose~} {theirs=}, {you} {get} {mine=} and "
                "{them} {get~} {other=}.",
                own=page.label(game.actions[i]),
                theirs=page.label(game.other_actions[j]),
                mine=amount(game.own[i][j], game.payoff_unit),
                other=amount(game.other[i][j], game.payoff_unit),
            )
        )
    return "\n".join(lines)


def _question(page: Page) -> str:
    return page.ask.say("Which {do} {you} choose, {listed=}?", listed=page.listed())


def _seen(page: Page, number_of_round: int) -> str:
    """Return what was known of the other's move before a choice, in the sequential form."""
    game: MatrixGame = page.situation.game
    if not game.sequential:
        return ""
    moves = page.situation.of_round(number_of_round, "move", "other")
    if not moves or moves[0].action is None:
        raise PromptError(
            f"{page.situation.where}: in a sequential game the other player's move of round "
            f"{number_of_round} must be in the history. Correct the recoding of the data set."
        )
    return page.say.say("{Them} chose {move=}. ", move=page.label(moves[0].action))


def _outcome(page: Page, past: int) -> str:
    """Return what the participant learnt after a round."""
    situation, game, say = page.situation, page.situation.game, page.say.say
    # A move that the source does not tell is left out; what was won in the round is still told.
    moves = {actor: situation.of_round(past, "move", actor) for actor in ("self", "other")}
    own, other = (
        [event.action for event in moves[actor] if event.action is not None]
        for actor in ("self", "other")
    )
    parts = []
    if own:
        parts.append(say("{you} chose {move=}", move=page.label(own[0])))
    if other:
        parts.append(say("{them} chose {move=}", move=page.label(other[0])))
    got = []
    for actor, mark in (("self", "{you}"), ("other", "{them}")):
        told_gains = [*situation.of_round(past, "payoff", actor), *moves[actor]]
        value = next((event.amount for event in told_gains if event.amount is not None), None)
        if value is None and own and other:
            table = game.own if actor == "self" else game.other
            value = table[_at(page, game.actions, own[0])][_at(page, game.other_actions, other[0])]
        if value is not None:
            got.append(say(f"{mark} got {{sum=}}", sum=amount(value, game.payoff_unit)))
    told = [either(parts, "and"), either(got, "and")]
    sentences = [text[0].upper() + text[1:] + "." for text in told if text]
    return (
        f"Result of round {past}: " + " ".join(sentences)
        if sentences
        else (f"Result of round {past}: not known.")
    )


def _at(page: Page, actions: tuple[str, ...], action: str | None) -> int:
    if action not in actions:
        raise PromptError(
            f'{page.situation.where}: the history holds the move "{action}", the game has '
            f"{', '.join(actions)}. Correct the recoding of the data set."
        )
    return actions.index(action)


MATRIX = Matrix()
