"""Acting on someone's word in words: buying what a seller praises, going to a hotel reviewed."""

from typing import ClassVar

from silicus.errors import PromptError
from silicus.games import HotelGame, PersuasionGame
from silicus.prompts.base import Event, Family, Page, Script
from silicus.prompts.narration import narrate
from silicus.prompts.voice import amount, number, percent

EVENTS = {
    "message": ("other earlier", "other this"),
    "recommendation": ("other earlier", "other this"),
    "answer": ("self earlier",),
    "quality": ("nature earlier",),
}

HOTEL_EVENTS = {
    "message": ("other earlier", "other this"),
    "answer": ("self earlier",),
    "quality": ("nature earlier",),
    "payoff": ("self earlier",),
}


class Persuasion(Family):
    """A buyer decides on a seller's word, round after round (GLEE)."""

    kind = "persuasion"
    other = "the seller"
    reversed_who = "the buyer"
    reversed_opening = (
        "You are taking part in an experiment on how people make decisions, as the seller, and "
        "say what {you} will do."
    )
    meanings = ("yes", "no")
    acts: ClassVar = {
        "yes": ("buy", "will buy"),
        "no": ("pass", "do not buy", "don't buy", "will not buy", "won't buy", "will pass"),
    }

    def script(self, page: Page) -> Script:
        """Return the rules, then message, choice and quality round by round."""
        page.situation.refuse_unknown_events(EVENTS)
        require_word(page, ("message", "recommendation"))
        return Script(page.told(_shop), narrate(page, _product, _buy, _shop))

    def numbers(self, page: Page) -> str:
        """Return per option: chance and gain of high, then of low quality."""
        game: PersuasionGame = page.situation.game
        high, low = game.worth_high - game.price, game.worth_low - game.price
        bought = (
            f"{number(game.chance_of_high)} {number(high)} "
            f"{number(1 - game.chance_of_high)} {number(low)}"
        )
        lines = {"yes": bought, "no": "0"}
        return "\n".join(f"{page.labels[i]} {lines[page.meaning(i)]}" for i in page.order)


def _shop(page: Page) -> list[str]:
    game: PersuasionGame = page.situation.game
    say, unit = page.say.say, game.payoff_unit
    informed = "{Them} {know~}" if game.seller_knows_worth else "{Them} {do~} not know"
    word = (
        "{send~} {you} a message"
        if game.message_type == "text"
        else "{recommend~} to buy it or {do~} not recommend it"
    )
    choices = {"yes": "buy", "no": "pass"}
    return [
        say(
            "In each of {rounds=} rounds {them} {offer~} {you} one product at the price of "
            "{price=}. It is of high quality with a probability of {high=} and of low quality with "
            "a probability of {low=}. A product of high quality is worth {good=} to {you}, one of "
            f"low quality {{bad=}}. {informed} what the products are worth to {{you}}.",
            rounds=number(game.n_rounds),
            price=amount(game.price, unit),
            high=percent(game.chance_of_high),
            low=percent(1 - game.chance_of_high),
            good=amount(game.worth_high, unit),
            bad=amount(game.worth_low, unit) if game.worth_low else "nothing",
        ),
        say(
            f"In each round {{them}} {{learn~}} the true quality of the product and {word}. Then "
            f"{{you}} can {' or '.join(choices[m] for m in page.meanings(rules=True))}; a product "
            "not bought is lost. At the end of each round {you} {learn} the quality, also of a "
            "product that was not bought."
        ),
    ]


def _buy(page: Page, _: int) -> str:
    return page.ask.say("{Do} {you} buy the product, {listed=}?", listed=page.listed())


def _product(page: Page, event: Event) -> str:
    game: PersuasionGame = page.situation.game
    say, situation = page.say.say, page.situation
    if event.kind == "message":
        return say('{Them} {write~}: "{text=}"', text=event.text or "")
    if event.kind == "recommendation":
        does = {"yes": "{recommend~} to buy the product", "no": "{do~} not recommend the product"}
        return say(f"{{Them}} {does[known(page, event, tuple(does))]}.")
    quality = known(page, event, ("high", "low"))
    worth = game.worth_high if quality == "high" else game.worth_low
    answers = situation.of_round(event.round, "answer", "self")
    did = ""
    if answers:
        bought = page.meaning(situation.index(answers[0].action)) == "yes"
        did = say("{You} bought the product. " if bought else "{You} did not buy the product. ")
    return did + say(
        "It was of {quality=} quality, worth {worth=} to {you}.",
        quality=quality,
        worth=amount(worth, game.payoff_unit) if worth else "nothing",
    )


class Hotel(Family):
    """Go or stay on the strength of one review, picked by an expert who wants one to go."""

    kind = "hotel"
    other = "the expert"
    reversed_who = "the traveller"
    reversed_opening = (
        "You are taking part in an experiment on how people make decisions, as the expert, and "
        "say what {you} will do."
    )
    meanings = ("go", "stay")
    acts: ClassVar = {"go": ("go", "will go"), "stay": ("stay", "will stay")}
    explains_labels = True

    def script(self, page: Page) -> Script:
        """Return the rules, then review, choice and score round by round."""
        page.situation.refuse_unknown_events(HOTEL_EVENTS)
        require_word(page, ("message",))
        return Script(page.told(_hotels), narrate(page, _visit, _stay, _hotels))

    def numbers(self, page: Page) -> str:
        """Return per option the range of mean scores at which it is right."""
        limit = number(page.situation.game.threshold)
        lines = {"go": f"{limit} 10", "stay": f"0 {limit}"}
        return "\n".join(f"{page.labels[i]} {lines[page.meaning(i)]}" for i in page.order)


def _hotels(page: Page) -> list[str]:
    game: HotelGame = page.situation.game
    rules = page.say.say(
        "{You} {play} {rounds=} rounds with {them}. In each round {them} {see~} seven reviews "
        "of a hotel with their scores, 10 being the best, and {send~} {you} the text of one of "
        "them, without its score. {Them} {get~} a point each time {you} {go}. {You} {get} a "
        "point for going when the mean score of the hotel is at least {limit=}, and for "
        "staying when it is below {limit=}. After each round {you} {learn} the mean score.",
        rounds=number(game.n_rounds),
        limit=number(game.threshold),
    )
    return [rules, page.explained({"go": "go to the hotel.", "stay": "stay at home."})]


def _stay(page: Page, _: int) -> str:
    return page.ask.say("Which {do} {you} choose, {listed=}?", listed=page.listed())


def _visit(page: Page, event: Event) -> str:
    say, situation = page.say.say, page.situation
    if event.kind == "message":
        return say('{Them} {send~} {you} this review: "{text=}"', text=event.text or "")
    if event.amount is None:
        raise PromptError(
            f"{situation.where}: the {event.kind} of round {event.round} has no amount. Correct "
            "the recoding of the data set."
        )
    if event.kind == "payoff":
        got = amount(event.amount, situation.game.payoff_unit)
        return say("{You} got {points=}.", points=got)
    answers = situation.of_round(event.round, "answer", "self")
    did = ""
    if answers:
        went = page.meaning(situation.index(answers[0].action)) == "go"
        did = say("{You} went to the hotel. " if went else "{You} stayed at home. ")
    return f"{did}The mean score of the hotel was {number(event.amount, 2)}."


def require_word(page: Page, kinds: tuple[str, ...]) -> None:
    """Raise unless this round's message or recommendation is in the history."""
    situation = page.situation
    if not any(situation.of_round(situation.round, kind, "other") for kind in kinds):
        raise PromptError(
            f"{situation.where}: there is no {' or '.join(kinds)} of round {situation.round} in "
            "the history, so there is nothing to go by. Correct the recoding of the data set."
        )


def known(page: Page, event: Event, names: tuple[str, ...]) -> str:
    """Return the action of an event, which must be one of ``names``."""
    if event.action not in names:
        raise PromptError(
            f'{page.situation.where}: {event.kind} of round {event.round} is "{event.action}", '
            f"not one of {', '.join(names)}. Correct the recoding of the data set."
        )
    return event.action


PERSUASION = Persuasion()
HOTEL = Hotel()
