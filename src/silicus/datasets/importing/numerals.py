"""Numbers as a file writes them: decimal comma, groups of thousands, percent signs."""

import math
import re
from dataclasses import dataclass
from typing import Literal

Percent = Literal["shares", "numbers"]
_PLAIN = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)")


class NoNumber(str):
    """A text that looks like a number but may be none in its file (1.234 beside decimal commas)."""

    __slots__ = ()


@dataclass(frozen=True)
class Numerals:
    """How a file writes numbers; the default is 1234.5 and nothing else.

    Attributes
    ----------
    decimal : str
        The decimal sign.
    thousands : str or None
        What stands between groups of three digits, if anything.
    percent : "shares", "numbers" or None
        Whether 45% means 0.45 or 45; None: it is no number.
    """

    decimal: Literal[".", ","] = "."
    thousands: Literal[".", ",", "'", " "] | None = None
    percent: Percent | None = None

    def pointed(self, value: str) -> str:
        """Return a number of this file as one with a decimal point; any other text as it is.

        Examples
        --------
        >>> german = Numerals(",", ".")
        >>> [german.pointed(text) for text in ("1.234,56", "1.234", "12,5", "no")]
        ['1234.56', '1234', '12.5', 'no']
        """
        if not any(sign.isdigit() for sign in value):
            return value
        bare = value.removesuffix("%").rstrip() if self.percent else value
        found = self._ungrouped(bare)
        if bare is not value and bare != value and _PLAIN.fullmatch(found):
            return _hundredth(found) if self.percent == "shares" else found
        return found if found is not bare else value

    def _ungrouped(self, value: str) -> str:
        spaces = value.replace("\u00a0", " ").replace("\u202f", " ").replace("\u2019", "'")
        mark, sign = self.thousands, re.escape(self.decimal)
        if mark and re.fullmatch(rf"[-+]?\d{{1,3}}({re.escape(mark)}\d{{3}})+({sign}\d+)?", spaces):
            return spaces.replace(mark, "").replace(self.decimal, ".")
        if self.decimal == ",":
            if re.fullmatch(r"[-+]?\d*,\d+", value):
                return value.replace(",", ".")
            if "." in value and _is_number(value):
                return NoNumber(value)
        return value


def _hundredth(number: str) -> str:
    return f"{float(number) / 100:.15g}"


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def parse_number(text: str) -> float | None:
    """Return a text as a finite number, or None; no thousands separators, point as decimal.

    Examples
    --------
    >>> parse_number("1.50"), parse_number("1,50"), parse_number("nan")
    (1.5, None, None)
    """
    if "_" in text or isinstance(text, NoNumber):
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def guessed(texts: list[str]) -> Numerals:
    """Return how the numbers among some texts seem to be written.

    Only what has one reading counts: 12,5 or 1.234,56 or 1,234.5, but never 1,234 or 1.234.
    """
    grouped = [t for t in texts if re.fullmatch(r"[-+]?\d{1,3}(\.\d{3})+,\d+", t)]
    commas = [t for t in texts if re.fullmatch(r"[-+]?\d+,(\d{1,2}|\d{4,})", t)]
    points = [t for t in texts if re.fullmatch(r"[-+]?\d+\.(\d{1,2}|\d{4,})", t)]
    if grouped or (commas and not points):
        return Numerals(",", "." if grouped else None)
    if any(re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+\.\d+|[-+]?\d{1,3}(,\d{3}){2,}", t) for t in texts):
        return Numerals(".", ",")
    return Numerals()
