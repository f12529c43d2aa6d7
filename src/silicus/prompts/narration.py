"""A history told in the order in which it happened, each own answer where it was asked for."""

from collections.abc import Callable

from silicus.errors import PromptError
from silicus.prompts.base import Describe, Event, Page, Step

ANSWERED = {
    "accept": "accepted the offer",
    "reject": "rejected the offer",
    "outside": "ended the negotiation",
    "walk_away": "walked away",
}


def narrate(
    page: Page,
    tell: Callable[[Page, Event], str],
    ask: Callable[[Page, int], str],
    describe: Describe,
    *,
    headed: bool = True,
) -> tuple[Step, ...]:
    """Return the history as steps, the last one asking for this choice.

    Parameters
    ----------
    page : Page
    tell : callable
        From a page of its round and an event to a text; an own answer is not told but becomes
        the answer of a step.
    ask : callable
        From a page of a round and its number to its question.
    describe : callable
        The rules, told anew in a round that changed them.
    headed : bool
        Whether each round begins with its number.

    Raises
    ------
    PromptError
        If the events are not in the order of their rounds.
    """
    situation = page.situation
    steps: list[Step] = []
    paragraphs: list[str] = []
    current: list[str] = []
    at = 0

    def begin(number_of_round: int) -> None:
        nonlocal at
        if current:
            paragraphs.append("\n".join(current))
            current.clear()
        if headed and number_of_round > at:
            current.append(f"Round {number_of_round}.")
        for passed in range(at + 1, number_of_round + 1):
            news = page.news(passed, describe)
            if news:
                current.append(f"{news}\n")
        at = max(at, number_of_round)

    for event in situation.history:
        if event.round < at:
            raise PromptError(
                f"{situation.where}: the history tells round {event.round} after round {at}. "
                "Correct the order in the recoding of the data set."
            )
        if event.round > at:
            begin(event.round)
        if event.actor == "self" and event.kind == "answer":
            there = page.of(event.round)
            asked = [*paragraphs, "\n".join([*current, ask(there, event.round)])]
            answer = there.answer(there.situation.index(event.action))
            steps.append(Step("\n\n".join(asked), answer))
            paragraphs.clear()
            current.clear()
        else:
            if headed and not current:
                current.append(f"Result of round {event.round}:")
            current.append(tell(page.of(event.round), event))
    if situation.round > at:
        begin(situation.round)
    asked = [*paragraphs, "\n".join([*current, ask(page, situation.round)])]
    return (*steps, Step("\n\n".join(asked)))


def quoted(page: Page, event: Event) -> list[str]:
    """Return the message that came with an event, in its writer's own words, if there is one."""
    if not event.text:
        return []
    who = "{Your}" if event.actor == "self" else "{Their}"
    return [page.say.say(f'{who} message: "{{text=}}"', text=event.text)]


def told_answer(page: Page, event: Event) -> str:
    """Return what the other side answered to an own offer."""
    labels = getattr(page.situation.game, "labels", {})
    meaning = labels.get(event.action, event.action)
    if meaning not in ANSWERED:
        raise PromptError(
            f'{page.situation.where}: the other side answered "{event.action}" in round '
            f"{event.round}, which is none of {', '.join(ANSWERED)}. Correct the recoding."
        )
    return page.say.say("{Them} {answered=}.", answered=ANSWERED[meaning])


def require_standing_offer(page: Page) -> Event:
    """Return the other side's offer that this decision answers.

    Raises
    ------
    PromptError
        If the history does not end with an offer of the other side with an amount.
    """
    situation = page.situation
    offers = situation.of_round(situation.round, "offer", "other")
    if not offers or offers[-1].amount is None:
        raise PromptError(
            f"{situation.where}: there is no offer of the other side in round {situation.round}, "
            "so there is nothing to answer. Correct the recoding of the data set."
        )
    return offers[-1]
