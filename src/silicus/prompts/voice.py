"""Sentences that can be said to the person who decides, about that person, or to the other side.

Families write each sentence once, addressed to the participant, with marks where the grammatical
person shows: ``{you}``, ``{your}`` for who decides, ``{them}``, ``{their}`` for the other side (a
capital where a sentence begins), ``{choose}`` for a verb of who decides, ``{choose~}`` for one of
the other side. ``{name=}`` puts in a given text as it is.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

_MARK = re.compile(r"\{(\w+)([~=]?)\}")
_THIRD = {"are": "is", "have": "has", "do": "does", "go": "goes", "press": "presses"}


@dataclass(frozen=True)
class Voice:
    """Who decides and who is on the other side, as nouns; exactly ``"you"`` is the second person.

    Examples
    --------
    >>> line = "If {you} {choose} F, {you} {get} {points=} and {them} {lose~} {their} stake."
    >>> Voice("you", "the other player").say(line, points="8 points")
    "If you choose F, you get 8 points and the other player loses the other player's stake."
    >>> Voice("the participant", "you").say(line, points="8 points")
    'If the participant chooses F, the participant gets 8 points and you lose your stake.'
    """

    who: str = "you"
    other: str = "the other player"

    def say(self, template: str, **given: str) -> str:
        """Return the sentence in this voice; ``given`` texts are put in untouched."""
        return _said(self, template, tuple(given.items()))

    def _noun(self, mark: str) -> str:
        noun = self.who if mark.startswith("you") else self.other
        if mark in ("you", "them"):
            return noun
        return "your" if noun == "you" else f"{noun}'s"


@lru_cache(maxsize=16_384)
def _said(voice: Voice, template: str, texts: tuple[tuple[str, str], ...]) -> str:
    """Return a sentence; the rounds of a game repeat the same ones over and over."""
    given = dict(texts)

    def put(match: re.Match[str]) -> str:
        word, kind = match.groups()
        if kind == "=":
            return given[word]
        lower = word.lower()
        if lower in ("you", "your", "them", "their"):
            return _capital_like(word, voice._noun(lower))
        noun = voice.other if kind else voice.who
        third = _capital_like(word, _THIRD.get(lower, lower + "s"))
        return word if noun == "you" else third

    return _MARK.sub(put, template)


def _capital_like(mark: str, text: str) -> str:
    return text[0].upper() + text[1:] if mark[0].isupper() else text


@lru_cache(maxsize=4096)
def number(value: float, digits: int = 6) -> str:
    """Return a number as people write it: no trailing zeros, thousands set apart.

    Rounded to ``digits`` places after the point, unless that would make it zero.

    Examples
    --------
    >>> [number(x) for x in (12.0, 0.75, 2400, -0.0, 1e-9, 1 / 3)]
    ['12', '0.75', '2,400', '0', '0.000000001', '0.333333']
    """
    rounded = round(float(value), digits)
    if rounded == 0 and value != 0:
        rounded = float(value)
    if rounded == 0:
        return "0"
    return f"{Decimal(repr(rounded)).normalize():,f}"


def percent(share: float) -> str:
    """Return a share in [0, 1] as a percentage, with at most two places after the point.

    Examples
    --------
    >>> percent(0.35), percent(1 / 3), percent(0.001)
    ('35%', '33.33%', '0.1%')
    """
    return f"{number(share * 100, 2)}%"


def amount(value: float, unit: str) -> str:
    """Return a sum in the experiment's unit; dollars with no cents or two digits of them.

    Examples
    --------
    >>> amount(1, "points"), amount(2400, "Israeli pounds"), amount(-0.5, "dollars")
    ('1 point', '2,400 Israeli pounds', '-$0.50')
    >>> amount(1200, "dollars"), amount(0.125, "dollars")
    ('$1,200', '$0.125')
    """
    if unit in ("dollars", "$", "USD"):
        size = abs(value)
        in_cents = not float(size).is_integer() and abs(100 * size - round(100 * size)) < 1e-6
        return f"{'-' if value < 0 else ''}${f'{size:,.2f}' if in_cents else number(size)}"
    singular = unit[:-1] if abs(value) == 1 and unit.endswith("s") else unit
    return f"{number(value)} {singular}"


def either(items: list[str], joint: str = "or") -> str:
    """Return an enumeration in English.

    Examples
    --------
    >>> either(["F", "J"]), either(["a", "b", "c"], "and")
    ('F or J', 'a, b and c')
    """
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {joint} {items[-1]}"
