"""Anyone's own experiment in words, by Jinja templates in a sandbox.

Templates see the game's parameters by name (and all of them as ``parameters``), ``options`` (the
options listed, as a text), ``labels`` (what each option is called), the words ``you``, ``your``,
``them``, ``their`` with capital twins and ``verb("choose")``, which follow the formulation, and the
filters ``number``, ``percent`` and ``amount(unit)``.
"""

from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from silicus.errors import PromptError
from silicus.games import CustomGame
from silicus.prompts.base import Event, Family, Page, Script, Step
from silicus.prompts.voice import Voice, amount, number, percent

OWN = ("move", "answer")
"""Kinds of event that are a choice of the participant."""

_SANDBOX = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True
)
_SANDBOX.filters.update(number=number, percent=percent, amount=amount)


class Custom(Family):
    """Rules once, then a question each round and what came of it, all from templates."""

    kind = "custom"
    reversed_opening = (
        "You are taking part in an experiment on how people make decisions, on the other side, "
        "and say what {you} will choose."
    )

    def script(self, page: Page) -> Script:
        """Return what the templates of the game say, round by round."""
        situation = page.situation
        game: CustomGame = situation.game
        rules = page.told(_rules)
        steps: list[Step] = []
        outcome = ""
        for past in range(1, situation.round + 1):
            events = [event for event in situation.history if event.round == past]
            own = [n for n, e in enumerate(events) if e.actor == "self" and e.kind in OWN]
            seen = events[: own[0]] if own else events
            there = page.of(past)
            ask = _render(there, "ask", page.ask, round=past, seen=seen, listed=there.listed())
            if not ask:
                raise PromptError(
                    f'{situation.where}: the template "ask" of game "{game.name}" gives no text '
                    f"for round {past}. Let it end with the question."
                )
            index = there.situation.index(events[own[0]].action) if own else None
            answer = None if index is None else there.answer(index)
            parts = (outcome, page.news(past, _rules), ask)
            steps.append(Step("\n\n".join(part for part in parts if part), answer))
            if past < situation.round:
                outcome = _render(there, "outcome", page.say, round=past, events=events)
        return Script(rules, tuple(steps))

    def numbers(self, page: Page) -> str:
        """Return the numeric parameters in one line, then the options, one a line."""
        game: CustomGame = page.situation.game
        values = [
            number(value)
            for value in game.parameters.values()
            if isinstance(value, int | float) and not isinstance(value, bool)
        ]
        lines = [" ".join(values)] if values else []
        return "\n".join([*lines, *(page.labels[i] for i in page.order)])


def _rules(page: Page) -> list[str]:
    return [_render(page, "rules", page.say, listed=page.listed(rules=True))]


@lru_cache(maxsize=256)
def _compiled(source: str) -> Template:
    return _SANDBOX.from_string(source)


def _render(page: Page, name: str, voice: Voice, *, listed: str = "", **given: Any) -> str:
    game: CustomGame = page.situation.game
    words = {
        mark: voice.say(f"{{{mark}}}")
        for mark in ("you", "You", "your", "Your", "them", "Them", "their", "Their")
    }
    events = {key: value for key, value in given.items() if not _is_events(value)}
    for key in given.keys() - events.keys():
        events[key] = [_labelled(page, event) for event in given[key]]
    try:
        text = _compiled(getattr(game, name)).render(
            **{
                **words,
                "verb": lambda verb: voice.say(f"{{{verb}}}"),
                "labels": list(page.labels),
                "options": listed or page.listed(),
                **game.parameters,
                "parameters": dict(game.parameters),
                **events,
            }
        )
    except (TemplateError, TypeError, ValueError, ArithmeticError) as cause:
        raise PromptError(
            f'{page.situation.where}: the template "{name}" of game "{game.name}" cannot be '
            f"filled in: {cause}. Correct the template, or add the parameter."
        ) from cause
    return text.strip()


def _is_events(value: Any) -> bool:
    return isinstance(value, list)


def _labelled(page: Page, event: Event) -> Event:
    """Return an event with its action called as on this page."""
    return event if event.action is None else event._replace(action=page.label(event.action))


CUSTOM = Custom()
