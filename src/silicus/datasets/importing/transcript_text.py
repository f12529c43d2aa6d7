"""One transcript: its choices between << and >>, the words before each, and its options."""

import re
from typing import Literal, NamedTuple

from silicus.datasets.importing.source import InvalidRow
from silicus.games.transcript import CLOSE, OPEN

_MARK = re.compile(f"{re.escape(OPEN)}|{re.escape(CLOSE)}")
_MOST_OPTIONS = 101
_NAME = (
    r"""(?:["'\u201c\u2018](?P<{0}q>[^"'\u201c\u201d\u2018\u2019\n]{{1,30}})["'\u201d\u2019]"""
    r"""|(?P<{0}k>[A-Z]|\d{{1,3}})(?![\w.]\w|\w))"""
)
_ANY = _NAME.replace("?P<{0}q>", "").replace("?P<{0}k>", "?:").format()
_PRESS = re.compile(
    r"\b(?:[Pp]ress(?:ing)?|[Hh]it(?:ting)?|[Tt]yp(?:e|ing)|[Cc]hoos(?:e|ing)|[Ss]elect(?:ing)?|"
    r"[Ss]ay(?:ing)?|[Aa]nswer(?:ing)?|[Uu]s(?:e|ing)|[Rr]eply(?:ing)?(?: with)?)\s+"
    r"(?:either\s+)?(?:the\s+)?(?:keys?\s+|buttons?\s+|letters?\s+|options?\s+|machines?\s+)?"
    + _NAME.format("a")
)
_LIST = re.compile(
    r"\b(?:labell?ed|called|named|keys?|buttons?|options?|machines?|letters?|between|either|are|"
    r"[Pp]ress|press(?:ing)?|decks?|doors?|boxes)[:\s]+(?:the\s+)?(?:keys?\s+|letters?\s+)?"
    rf"(?P<list>{_ANY}(?:(?:\s*(?:,|/|\bor\b|\band\b|,\s*or\b|,\s*and\b)\s*)(?:the\s+)?(?:key\s+|letter\s+)?{_ANY})+)"
)
_ALSO = re.compile(
    r"\b(?:and|or|,)\s+(?:the\s+)?(?:key\s+|button\s+|letter\s+)?"
    + _NAME.format("b")
    + r"(?=\s*(?:key\s+|button\s+)?(?:for|if|to|when)\b)"
)
_RANGE = re.compile(r"\b(?:from|between)\s+(\d{1,3})\s+(?:to|and)\s+(\d{1,3})\b")
_ON = re.compile(
    r"\s*(?:key\s+)?(?:to|when you are ready to)\s+(?:start|begin|continue|proceed|go on)"
)

Source = Literal["declared", "instructions", "used"]


class Parsed(NamedTuple):
    """The words before each choice, and the choices; both of one length."""

    words: list[str]
    choices: list[str]


class Options(NamedTuple):
    """The options of a transcript, and where they are known from."""

    options: list[str]
    source: Source


def parse(text: str, column: str) -> Parsed:
    """Return the choices of a transcript and the words before each, to the letter.

    Raises
    ------
    InvalidRow
        If there is no choice, a choice is empty, or a mark is not closed, not opened or nested:
        tells the character.
    """
    words: list[str] = []
    choices: list[str] = []
    end, opened = 0, -1
    for mark in _MARK.finditer(text):
        if mark[0] == OPEN:
            if opened >= 0:
                _refuse(column, text, mark.start(), f'a "{CLOSE}" before the next "{OPEN}"')
            words.append(text[end : mark.start()])
            opened = mark.end()
        else:
            if opened < 0:
                _refuse(column, text, mark.start(), f'a "{OPEN}" before this "{CLOSE}"')
            choices.append(text[opened : mark.start()])
            if not choices[-1].strip():
                _refuse(column, text, opened, f'a choice between "{OPEN}" and "{CLOSE}"')
            end, opened = mark.end(), -1
    if opened >= 0:
        _refuse(column, text, opened - len(OPEN), f'a "{CLOSE}" after this "{OPEN}"')
    if not choices:
        raise InvalidRow(column, text[:60], f'a text with choices between "{OPEN}" and "{CLOSE}"')
    return Parsed(words, choices)


def _refuse(column: str, text: str, place: int, expected: str) -> None:
    found = text[max(place - 20, 0) : place + 20]
    raise InvalidRow(f"{column}, character {place + 1}", found, expected)


def options_of(parsed: Parsed, declared: list[str] | None, column: str) -> Options:
    """Return the options: the declared ones, those of the instructions, or those that were used.

    The instructions are the words before the first choice; they are believed where they name at
    least two options and every choice is among them.

    Raises
    ------
    InvalidRow
        If a choice is not among declared options, or only one option is known.
    """
    used = list(dict.fromkeys(parsed.choices))
    if declared is not None:
        for number, choice in enumerate(parsed.choices, start=1):
            if choice not in declared:
                raise InvalidRow(
                    f"{column}, choice {number}",
                    choice,
                    f"one of the options {', '.join(declared)}",
                )
        return Options(declared, "declared")
    for told in (told_options(parsed.words[0]), told_range(parsed.words[0])):
        if len(told) >= 2 and set(used) <= set(told):
            return Options(told, "instructions")
    if len(used) < 2:
        raise InvalidRow(
            column, used[0], "at least two options; declare them under transcript: options"
        )
    return Options(sorted(used, key=_in_order), "used")


def told_options(instructions: str) -> list[str]:
    """Return the options that instructions name as keys or labels, in their order.

    Examples
    --------
    >>> told_options("Press F for the left and J for the right deck.")
    ['F', 'J']
    >>> told_options("Two machines labelled K and P give between 0 and 9 points.")
    ['K', 'P']
    """
    found: list[tuple[int, str]] = []
    for pattern, letter in ((_PRESS, "a"), (_ALSO, "b")):
        for match in pattern.finditer(instructions):
            if not _ON.match(instructions, match.end()):
                found.append((match.start(), match[f"{letter}q"] or match[f"{letter}k"]))
    for match in _LIST.finditer(instructions):
        if match[0].startswith("between") and _RANGE.match(match[0]):
            continue
        tokens = re.finditer(_NAME.format("c"), match["list"])
        found += [(match.start("list") + one.start(), one["cq"] or one["ck"]) for one in tokens]
    return list(dict.fromkeys(token for _, token in sorted(found, key=lambda one: one[0])))


def told_range(instructions: str) -> list[str]:
    """Return the whole numbers of the first range that instructions name: from 1 to 7.

    Examples
    --------
    >>> told_range("Rate it on a scale from 1 to 4.")
    ['1', '2', '3', '4']
    """
    for match in _RANGE.finditer(instructions):
        low, high = int(match[1]), int(match[2])
        if low < high < low + _MOST_OPTIONS:
            return [str(value) for value in range(low, high + 1)]
    return []


def _in_order(option: str) -> tuple[int, float, str]:
    """Return a key that sorts numbers as numbers and before words."""
    return (0, float(option), option) if option.isdecimal() else (1, 0, option)
