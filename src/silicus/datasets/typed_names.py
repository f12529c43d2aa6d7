"""Names that people typed in, found where a message addresses someone, and replaced.

A name is found at the places of address: at the beginning of a message or after a greeting, before
a comma or exclamation mark; or at the end of a sentence after a comma. A word that other
conversations use as an ordinary word, or that often opens a sentence, is not taken for a name.
This finds names that are used as an address at least once in a conversation; a name that only ever
occurs inside a sentence is not found.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

_NAME = r"[^\W\d_][^\s,!?.:;\"]*(?: [^\W\d_][^\s,!?.:;\"]*){0,2}"
_GREETING = (
    r"(?:hi|hello|hey|dear|greetings|thanks|thank you|welcome|welcome back|sorry|congratulations|"
    r"good (?:morning|day|afternoon|evening))"
)
_ADDRESSES = (
    re.compile(rf"^\W*{_GREETING}[,!]? ({_NAME})(?=\s*[,!.:\n\u2013\u2014-])", re.IGNORECASE),
    re.compile(rf"^\W*({_NAME})(?=[,!:])"),
    re.compile(r", ([A-Z][^\W_]*(?: [A-Z][^\W_]*)?)(?=[.!?])"),
    re.compile(r", ([^\W\d_][^\s,!?.:;\"]*)(?=, (?:but|and|so|let|we|I)\b)"),
)
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W\d_]+)*")

_OPENERS = """
a additionally again ah aha alright also although always and as be before both but buyer by
clearly come congratulations consider considering course deal dear definitely don't done enough
everyone exactly excellent fact fair fairness fine first firstly folks for frankly friend
furthermore given good great greetings hello hey hi hmm honestly how however i if in indeed
instead it its just last lastly let let's like likewise listen look meanwhile my nice no
nonetheless not now of oh ok okay on once otherwise partner perfect perhaps player please plus
remember right same second secondly seller similarly since sir so sorry still sure take thank
thanks that the then there therefore this though thus time to today together trust two
ultimately understood unfortunately wait well what while why wow yeah yes yet you your
"""
OPENERS = frozenset(_OPENERS.split())
"""Words that stand before a comma without being a name."""

_NAMES_TOO = """
angel april art bill carol chance chase chip clay cliff daisy dawn dean destiny drew faith frank
gene grace grant guy hope hunter iris ivy jack joy june lance lily mark max may melody miles
nick olive pat pearl penny ray rich rob robin rose ruby rusty star sue summer sunny violet wade
will
"""
NAMES_TOO = frozenset(_NAMES_TOO.split())
"""Ordinary words that are given names where someone is addressed."""


def vocabulary(conversations: Sequence[Sequence[str]]) -> Counter[str]:
    """Return in how many conversations each word occurs in lower case, outside an address."""
    counts: Counter[str] = Counter()
    for messages in conversations:
        words: set[str] = set()
        for message in messages:
            for pattern in _ADDRESSES:
                message = pattern.sub(" ", message)
            words.update(word for word in _WORD.findall(message) if word.islower())
        counts.update(words)
    return counts


def typed_names(messages: Iterable[str], ordinary: Counter[str]) -> set[str]:
    """Return the names by which the messages of one conversation address someone.

    Parameters
    ----------
    messages : iterable of str
        Messages to the person, all of one conversation.
    ordinary : Counter
        Of :func:`vocabulary`, over all conversations.
    """
    texts = list(messages)
    here = vocabulary([texts])
    names = set()
    for text in texts:
        for pattern in _ADDRESSES:
            for found in pattern.findall(text):
                words = [word.lower() for word in _WORD.findall(found)]
                if words and not any(_is_ordinary(word, ordinary, here) for word in words):
                    names.add(found)
    return names


def _is_ordinary(word: str, ordinary: Counter[str], here: Counter[str]) -> bool:
    if word in NAMES_TOO:
        return False
    if word in OPENERS or "'" in word or "\u2019" in word or word.endswith(("ing", "ly")):
        return True
    return ordinary[word] - here[word] > 0


def replace_names(text: str, names: Iterable[str], replacement: str) -> str:
    """Return a text with every whole occurrence of the names replaced, in any case.

    Examples
    --------
    >>> replace_names("Hi Mike, deal? mike's choice.", {"Mike"}, "Bob")
    "Hi Bob, deal? Bob's choice."
    """
    for name in sorted(names, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", replacement, text, flags=re.IGNORECASE)
    return text
