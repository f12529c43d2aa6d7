"""Sealed-bid auctions in words."""

from silicus.games import AuctionGame
from silicus.prompts.amounts import Amounts, steps, unit
from silicus.prompts.base import Page, Script, Step
from silicus.prompts.public_goods import GROUP_MEMBER, GROUP_OPENING
from silicus.prompts.voice import amount, number


class Auction(Amounts):
    """One bid for one thing with a value of one's own."""

    kind = "auction"
    reversed_who = GROUP_MEMBER
    reversed_opening = GROUP_OPENING
    verbs = ("bid", "will bid")

    def script(self, page: Page) -> Script:
        """Return the rules, the own value and the question."""
        page.situation.refuse_unknown_events({})
        game: AuctionGame = page.situation.game
        say, money = page.say.say, game.payoff_unit
        paid = "the own bid" if game.price == "first" else "the second-highest bid"
        rules = say(
            "{You} {are} in a group of {n=} people who each make one sealed bid for the same "
            "thing, {by=}. What it is worth differs from one to another: each value is drawn by "
            "chance from {lowest=} to {highest=}, every value being equally likely, and nobody "
            "knows the values of the others. The highest bid wins; chance decides between equal "
            "bids. Whoever wins gets the own value and pays {paid=}; all others get and pay "
            "nothing.",
            n=number(game.n_bidders),
            by=steps(page),
            lowest=amount(game.value_lowest, money),
            highest=amount(game.value_highest, money),
            paid=paid,
        )
        told = say("The thing is worth {value=} to {you}.", value=amount(game.value, money))
        question = page.ask.say(
            "How much {do} {you} bid, from {range=} {unit=}?",
            range=page.listed(),
            unit=unit(page),
        )
        return Script(page.rules(rules), (Step(f"{told} {question}"),))

    def figures(self, game: AuctionGame) -> list[float]:
        """Return bidders, the range of values, the own value and which bid is paid."""
        which = 1 if game.price == "first" else 2
        return [game.n_bidders, game.value_lowest, game.value_highest, game.value, which]


AUCTION = Auction()
