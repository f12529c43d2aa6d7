"""Data frames saved by R (``.rda``, serialisation version 2 or 3, XDR), without R.

Only what a data frame of plain columns needs: logical, integer, factor, number and text. Anything
else is refused by name.

References
----------
.. [1] R Core Team, R Internals, section 1.8 "Serialization Formats".
"""

import bz2
import gzip
import lzma
import struct
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from silicus.errors import DataError

_NA_INTEGER = -(2**31)
_NIL, _GLOBAL, _REFERENCE = 254, 253, 255
_SYMBOL, _PAIRS, _CHARACTERS = 1, 2, 9
_LOGICAL, _INTEGER, _REAL, _STRINGS, _LIST = 10, 13, 14, 16, 19
_OPENERS = {b"BZh": bz2.decompress, b"\x1f\x8b\x08": gzip.decompress, b"\xfd7z": lzma.decompress}


def read_rda(path: Path) -> pl.DataFrame:
    """Return the first data frame saved in an ``.rda`` file; factors become texts, NA null.

    Raises
    ------
    DataError
        If the file is damaged or holds something else.
    """
    raw = path.read_bytes()
    opener = _OPENERS.get(raw[:3])
    try:
        content = opener(raw) if opener else raw
        return _frame(_Reader(content).first_object())
    except (OSError, EOFError, lzma.LZMAError, struct.error, ValueError, IndexError) as cause:
        raise DataError(
            f"{path.name} is not a data frame saved by R: {cause}. "
            "Restore the file from its source."
        ) from cause


class _Reader:
    """Walks through a serialised object; ``position`` is where it is."""

    def __init__(self, content: bytes) -> None:
        if content[:7] not in (b"RDX2\nX\n", b"RDX3\nX\n"):
            raise ValueError(f"it begins with {content[:7]!r}")
        self.content = content
        self.position = 7
        version = self._integers(3)[0]
        if version == 3:
            self.position += self._integers(1)[0]
        self.symbols: list[str] = []

    def first_object(self) -> Any:
        """Return the value of the first object saved."""
        flags = self._integers(1)[0]
        if flags & 0xFF != _PAIRS:
            raise ValueError("no list of named objects")
        if flags & 0x200:
            self._item()
        self._item()  # its name
        return self._item()

    def _integers(self, n: int) -> tuple[int, ...]:
        found = struct.unpack_from(f">{n}i", self.content, self.position)
        self.position += 4 * n
        return found

    def _array(self, dtype: str, n: int) -> np.ndarray:
        found = np.frombuffer(self.content, dtype=dtype, count=n, offset=self.position)
        self.position += found.nbytes
        return found

    def _item(self) -> Any:
        flags = self._integers(1)[0]
        kind = flags & 0xFF
        if kind in (_NIL, _GLOBAL):
            return None
        if kind == _REFERENCE:
            return self.symbols[(flags >> 8) - 1]
        if kind == _SYMBOL:
            name = self._item()
            self.symbols.append(name)
            return name
        if kind == _PAIRS:
            return self._pairs(flags)
        if kind == _CHARACTERS:
            length = self._integers(1)[0]
            if length < 0:
                return None
            text = self.content[self.position : self.position + length]
            self.position += length
            return text.decode("utf-8")
        length = self._integers(1)[0]
        value: Any
        if kind in (_LOGICAL, _INTEGER):
            value = self._array(">i4", length)
        elif kind == _REAL:
            value = self._array(">f8", length)
        elif kind in (_STRINGS, _LIST):
            value = [self._item() for _ in range(length)]
        else:
            raise ValueError(f"it holds an object of type {kind}")
        attributes = self._item() if flags & 0x200 else None
        return (kind, value, dict(attributes or []))

    def _pairs(self, flags: int) -> list[tuple[str, Any]]:
        """Return a pair list, whose tail is the next item until there is none."""
        pairs = []
        while flags & 0xFF == _PAIRS:
            if flags & 0x200:
                self._item()
            tag = str(self._item()) if flags & 0x400 else ""
            pairs.append((tag, self._item()))
            flags = self._integers(1)[0]
        return pairs


def _frame(value: Any) -> pl.DataFrame:
    kind, columns, attributes = value
    if kind != _LIST or "names" not in attributes:
        raise ValueError("the object is not a data frame")
    names = attributes["names"][1]
    return pl.DataFrame(
        [_column(name, *column) for name, column in zip(names, columns, strict=True)]
    )


def _column(name: str, kind: int, value: Any, attributes: dict[str, Any]) -> pl.Series:
    if kind == _STRINGS:
        return pl.Series(name, value, dtype=pl.String)
    native = value.astype(value.dtype.newbyteorder("="))
    if kind == _REAL:
        return pl.Series(name, native).fill_nan(None)
    series = pl.Series(name, native)
    series = series.set(series == _NA_INTEGER, None)
    if kind == _LOGICAL:
        return series.cast(pl.Boolean)
    if "levels" not in attributes:
        return series
    levels = attributes["levels"][1]
    return series.replace_strict(list(range(1, len(levels) + 1)), levels, return_dtype=pl.String)
