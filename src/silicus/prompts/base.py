"""The contract between a family of games and the formulations: pages, scripts and wordings.

A :class:`Family` puts one kind of game into words, once. A :class:`Formulation` says what is
varied (who is spoken to, a persona, how the answer is written). A :class:`Page` is one of them
with one counterbalancing, applied to one decision; the family writes its :class:`Script` on that
page. All of it is pure: a page knows what the participant had seen and never what was chosen.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple

from silicus.errors import PromptError
from silicus.prompts.voice import Voice, either
from silicus.terms import Terms, in_round


class Event(NamedTuple):
    """One thing the participant had seen; see :data:`silicus.schema.EVENT`."""

    round: int
    actor: str
    kind: str
    action: str | None = None
    amount: float | None = None
    text: str | None = None


class Step(NamedTuple):
    """A text shown to the participant and, where it asked for a past choice, the answer."""

    text: str
    answer: str | None = None


class Script(NamedTuple):
    """Rules, then what happened in order; the last step asks for this choice."""

    rules: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Situation:
    """A decision as the participant saw it: everything but the choice.

    ``game`` and ``options`` are those of ``round``; ``earlier`` holds those of earlier rounds
    where they were others.
    """

    decision_id: str
    game: Any
    round: int
    options: tuple[str, ...]
    history: tuple[Event, ...]
    earlier: tuple[Terms, ...] = ()

    def with_terms_of(self, number: int) -> "Situation":
        """Return the situation with the game and options of another round."""
        terms = in_round(self.earlier, number, Terms(self.round, self.game, self.options))
        return replace(self, game=terms.game, options=terms.options)

    @property
    def where(self) -> str:
        """Return the beginning of an error message."""
        return f"decision {self.decision_id}"

    def of_round(self, number: int, kind: str, actor: str | None = None) -> list[Event]:
        """Return the events of one round and kind, in order."""
        return [
            event
            for event in self.history
            if event.round == number and event.kind == kind and actor in (None, event.actor)
        ]

    def index(self, label: str | None) -> int:
        """Return which option a recorded answer is; of an earlier round, ask its own terms."""
        if label not in self.options:
            raise PromptError(
                f'{self.where}: the history holds the own answer "{label}", which is not one of '
                f"the options {either(list(self.options))}. Correct the recoding of the data set."
            )
        return self.options.index(label)

    def refuse_unknown_events(self, known: Mapping[str, Sequence[str]]) -> None:
        """Raise for an event that the family would silently leave out, or show too early.

        ``known`` maps each kind of event to when it is seen: of ``"earlier"`` rounds alone, or
        also of ``"this"`` round, for each actor (``"self earlier"``, ``"other this"``, ...).
        """
        for event in self.history:
            shown = known.get(event.kind, ())
            when = "this" if event.round == self.round else "earlier"
            if event.round > self.round or f"{event.actor} {when}" not in shown:
                raise PromptError(
                    f'{self.where}: round {event.round} of the history holds "{event.kind}" of '
                    f'"{event.actor}", which cannot be shown in round {self.round} of this game '
                    f"(can be shown: {_shown(known)}). Correct the recoding of the data set."
                )


def _shown(known: Mapping[str, Sequence[str]]) -> str:
    return "; ".join(f"{kind} of {', '.join(who)}" for kind, who in known.items()) or "nothing"


def _check_amounts(situation: Situation) -> None:
    """Raise unless the options are the amounts of the game, rising or falling."""
    amounts = situation.game.amounts
    if situation.options not in (amounts, amounts[::-1]):
        wrong = sorted(set(situation.options) ^ set(amounts)) or ["the same in another order"]
        raise PromptError(
            f"{situation.where}: the options must be the amounts of the game, {amounts[0]} to "
            f"{amounts[-1]} in order ({len(amounts)}); found {len(situation.options)}, which "
            f"differ in {', '.join(wrong[:5])}. Correct the recoding of the data set."
        )


@dataclass(frozen=True)
class AnswerStyle:
    """How an answer is written.

    ``prefix`` begins it, ``close`` ends a past answer, ``ends`` are the texts that may follow an
    option. ``acts`` tells whether options are said as verbs ("accept", "choose J").
    """

    prefix: str
    close: str
    ends: tuple[str, ...]
    ask: str
    spaced: bool = True
    acts: bool = False


JSON = AnswerStyle(
    prefix='{"decision": "',
    close='"}',
    ends=('"',),
    ask="Answer with a JSON object that holds {whose=} choice and nothing else: {listed=}.",
    spaced=False,
)


@dataclass(frozen=True)
class Formulation:
    """One wording of a decision, for every family.

    ``who`` is how the rules call who decides ("you" or a noun), ``asked`` how the question does.
    ``opening`` begins the rules; ``persona`` follows it.
    """

    name: str
    opening: str = "{You} {are} taking part in an experiment on how people make decisions."
    persona: str = ""
    who: str = "you"
    asked: str = "you"
    reversed_roles: bool = False
    answer: AnswerStyle = JSON
    numbers_only: bool = False
    preamble_reversed: bool = False


@dataclass(frozen=True)
class Counterbalance:
    """What is swapped without changing what is decided; crossed with every formulation."""

    options_reversed: bool = False
    neutral_labels: bool = False
    rows_reversed: bool = False
    columns_reversed: bool = False


NEUTRAL = "PQRSTVWXYZ"
"""Letters that stand for options where labels are neutral."""


class Page:
    """One formulation and one counterbalancing, applied to one decision.

    Attributes
    ----------
    say, ask : Voice
        For what the participant was told, and for the question.
    labels : tuple of str
        What each option is called here, in the order of the options.
    bare : bool
        Whether rules are told without opening and instruction, which came before.
    order, rules_order : list of int
        Options in the order in which a question, and the rules, list them.
    """

    def __init__(
        self,
        family: "Family",
        situation: Situation,
        formulation: Formulation,
        balance: Counterbalance,
    ) -> None:
        self.family = family
        self.situation = situation
        self.formulation = formulation
        self.balance = balance
        other = "you" if formulation.reversed_roles else family.other
        who = family.reversed_who if formulation.reversed_roles else formulation.who
        asked = family.reversed_who if formulation.reversed_roles else formulation.asked
        self.say = Voice(who, other)
        self.ask = Voice(asked, other)
        options = situation.options
        if family.counted:
            _check_amounts(situation)
        if balance.neutral_labels and (family.counted or len(options) > len(NEUTRAL)):
            raise PromptError(
                f"{situation.where}: neutral_labels gives letters to at most {len(NEUTRAL)} "
                f"options that are no amounts; here there are {len(options)}, {options[0]} to "
                f"{options[-1]}. Leave neutral_labels out for this data set."
            )
        self.labels = tuple(NEUTRAL[: len(options)]) if balance.neutral_labels else options
        self.order = list(range(len(options)))
        if balance.options_reversed:
            self.order.reverse()
        self._of_rounds: dict[int, Page] = {}
        self.bare = False
        self.rules_order = list(self.order)
        if formulation.preamble_reversed:
            self.rules_order.reverse()

    def of(self, number: int) -> "Page":
        """Return this page with the game and the options of another round."""
        if not self.situation.earlier:
            return self
        if number not in self._of_rounds:
            there = self.situation.with_terms_of(number)
            self._of_rounds[number] = Page(self.family, there, self.formulation, self.balance)
        return self._of_rounds[number]

    def told(self, describe: "Describe") -> str:
        """Return the rules as they were told first: with the terms of the first round."""
        first = self.of(1)
        return first.rules(*describe(first))

    def news(self, number: int, describe: "Describe") -> str:
        """Return the paragraphs of the rules that a round changed, or nothing.

        What a participant reads of a round thus stays as it was when later rounds change it.
        """
        now, before = self.of(number), self.of(number - 1)
        if number == 1 or now.situation == before.situation:
            return ""
        old = {*describe(before), before.instruction()}
        new = [text for text in (*describe(now), now.instruction()) if text and text not in old]
        return "\n\n".join(["From this round on:", *new]) if new else ""

    def meaning(self, option: int) -> str:
        """Return what an option means in its game: its standard name, or else its label.

        An option without a standard name, in a game that gives them, is an error.
        """
        label = self.situation.options[option]
        if not self.family.meanings:
            return label
        found = getattr(self.situation.game, "labels", {}).get(label, label)
        if found not in self.family.meanings:
            raise PromptError(
                f'{self.situation.where}: option "{label}" means none of '
                f"{either(list(self.family.meanings))}. Say in the game's labels what it means."
            )
        return str(found)

    def meanings(self, *, rules: bool = False) -> list[str]:
        """Return what the options mean, in the order of this page."""
        return [self.meaning(option) for option in (self.rules_order if rules else self.order)]

    def explained(self, texts: Mapping[str, str]) -> str:
        """Return one line per option saying what it means, in the order of the rules."""
        lines = [f"{self.labels[i]}: {texts[self.meaning(i)]}" for i in self.rules_order]
        return "\n".join(lines)

    def label(self, name: str) -> str:
        """Return what an action is called here; one that is no option keeps its name."""
        options = self.situation.options
        return self.labels[options.index(name)] if name in options else name

    def listed(self, *, rules: bool = False, joint: str = "or") -> str:
        """Return the options in the order of this page."""
        order = self.rules_order if rules else self.order
        labels = [self.labels[i] for i in order]
        return f"{labels[0]} to {labels[-1]}" if self.family.counted else either(labels, joint)

    def answer(self, option: int) -> str:
        """Return a whole answer, as the participant is shown to have given it."""
        return self._whole(self.forms(option)[0])

    def _whole(self, form: str) -> str:
        style = self.formulation.answer
        return style.prefix + form + style.close

    def forms(self, option: int) -> list[str]:
        """Return the texts that count as an option, the first being the one asked for."""
        return self._forms(self.labels[option], self.acts(option))

    def _forms(self, label: str, acts: tuple[str, ...]) -> list[str]:
        style = self.formulation.answer
        if not style.spaced:
            return [label]
        if style.acts:
            return [f" {act}" for act in acts]
        capital = [label[0].upper() + label[1:]] if label[0].islower() and len(label) > 1 else []
        return [f" {text}" for text in (label, *capital, f'"{label}')]

    def acts(self, option: int) -> tuple[str, ...]:
        """Return what someone who takes the option says after "I"."""
        if self.family.counted:
            return self._amount_acts(self.labels[option])
        words = self.family.acts.get(self.meaning(option))
        if words and not self.balance.neutral_labels:
            return words
        return tuple(f"{verb} {self.labels[option]}" for verb in ("choose", "pick", "take"))

    def _amount_acts(self, label: str) -> tuple[str, ...]:
        return tuple(f"{verb} {label}" for verb in self.family.verbs)

    @property
    def ends(self) -> tuple[str, ...]:
        """The texts one of which must come right after an option.

        An amount may be followed by its unit, but by no point or comma where that could go on as
        another amount (2 and 2.5, 1 and 1,000).
        """
        style = self.formulation.answer
        if not (self.family.counted and style.spaced):
            return style.ends
        options = self.situation.options
        goes_on = {"."} if any("." in option for option in options) else set()
        if goes_on or any(len(option.partition(".")[0]) > 3 for option in options):
            goes_on.add(",")
        return tuple(dict.fromkeys([*(end for end in style.ends if end not in goes_on), " "]))

    def instruction(self) -> str:
        """Return how to answer, the options listed in the order of the rules."""
        quote = '"' if self.formulation.answer.spaced else ""
        answers = [f"{quote}{self.answer(option)}{quote}" for option in self.rules_order]
        text = self.ask.say(
            self.formulation.answer.ask,
            whose=self.ask.say("{your}"),
            listed=(
                f"from {answers[0]} to {answers[-1]}" if self.family.counted else either(answers)
            ),
        )
        options = self.situation.options
        told = not self.family.explains_labels and any(len(option) > 1 for option in options)
        if self.balance.neutral_labels and told:
            meanings = [f'{self.labels[i]} means "{options[i]}"' for i in self.rules_order]
            text += f" Here {either(meanings, 'and')}."
        return text

    def rules(self, *paragraphs: str) -> str:
        """Return opening, persona, the family's paragraphs and the instruction, one a paragraph."""
        if self.bare:
            return "\n\n".join(part for part in paragraphs if part)
        opening = self.formulation.opening
        if self.formulation.reversed_roles:
            opening = self.family.reversed_opening
        head = " ".join(text for text in (opening, self.formulation.persona) if text)
        parts = [self.say.say(head), *paragraphs, self.instruction()]
        return "\n\n".join(part for part in parts if part)


Describe = Callable[[Page], Sequence[str]]
"""From a page to the paragraphs of the rules between the opening and how to answer."""


class Family(ABC):
    """One kind of game in words.

    Attributes
    ----------
    kind : str
        The game kind (``kind`` of a model in :mod:`silicus.games`).
    other : str
        The other side, as the participant's text calls it.
    reversed_who, reversed_opening : str
        In reversed roles: what the other side calls who decides, and how its text begins.
    meanings : tuple of str
        Standard names of the options, where there are such; see :meth:`Page.meaning`.
    acts : mapping
        For options that are verbs, by meaning: what someone who takes them says after "I".
    explains_labels : bool
        Whether the rules say what each option means.
    counted : bool
        Whether the options are the amounts of a :class:`silicus.games.AmountGame`, asked for by
        the first and the last of them.
    verbs : tuple of str
        For amounts: what stands before the amount after "I".
    """

    kind: ClassVar[str]
    other: ClassVar[str] = "the other player"
    reversed_who: ClassVar[str] = "the other player"
    reversed_opening: ClassVar[str]
    meanings: ClassVar[tuple[str, ...]] = ()
    acts: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    explains_labels: ClassVar[bool] = False
    counted: ClassVar[bool] = False
    verbs: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def script(self, page: Page) -> Script:
        """Return the decision in words, ending with the question for this choice."""

    @abstractmethod
    def numbers(self, page: Page) -> str:
        """Return the bare numbers of the situation, without history or explanation."""
