"""The journal of a run: scores as they come, keyed by content, in small files never rewritten.

A key names the model's weights, its number format and backend, and every token id scored, so a
journal can be continued after a kill at any moment, by a changed study or with another model,
and never gives one model's answer for another.
"""

import marshal
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import polars as pl

from silicus.errors import StoreError
from silicus.store import atomic

FLUSH_S = 5.0
"""Seconds of work that a kill can cost."""

FLUSH_ROWS = 20_000

_COLUMNS: dict[str, pl.DataType] = {
    "key": pl.String(),
    "form_logprobs": pl.List(pl.List(pl.Float64)),
    "first_token_logprobs": pl.List(pl.Float64),
    "n_prompt_tokens": pl.Int32(),
}
_SCHEMA = pl.Schema(_COLUMNS)


class Entry(NamedTuple):
    """One scored request, see :class:`silicus.engine.ScoredRequest`."""

    key: str
    form_logprobs: tuple[tuple[float, ...], ...]
    first_token_logprobs: tuple[float, ...] | None
    n_prompt_tokens: int


class Journal:
    """Scores by key; :meth:`add` keeps them, :meth:`flush` makes sure they are on disk.

    Parameters
    ----------
    folder : Path
        Made if missing.

    Raises
    ------
    StoreError
        If a part is damaged: names it. Deleting that part loses its scores only.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        atomic.remove_leftovers(folder)
        self._entries: dict[bytes, bytes] = {}  # half of what tuples of floats would take
        self._parts = sorted(folder.glob("part-*.parquet"))
        for part in self._parts:
            self._read(part)
        self._fresh: list[Entry] = []
        self._flushed = time.monotonic()

    def _read(self, part: Path) -> None:
        try:
            table = pl.read_parquet(part)
            if table.schema != _SCHEMA:
                raise pl.exceptions.SchemaError(f"columns {dict(table.schema)}")
        except (pl.exceptions.PolarsError, OSError) as cause:
            raise StoreError(
                f"{part} is damaged ({cause}). Delete this one file and run the study again: only "
                "its scores are computed anew."
            ) from cause
        for row in table.iter_rows(named=True):
            first = row["first_token_logprobs"]
            self._hold(
                Entry(
                    row["key"],
                    tuple(tuple(forms) for forms in row["form_logprobs"]),
                    None if first is None else tuple(first),
                    row["n_prompt_tokens"],
                )
            )

    def _hold(self, entry: Entry) -> None:
        self._entries[_short(entry.key)] = marshal.dumps(tuple(entry[1:]))

    def __contains__(self, key: str) -> bool:
        return _short(key) in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, key: str) -> Entry:
        packed = self._entries[_short(key)]
        return Entry(key, *marshal.loads(packed))  # noqa: S302 - made above, never read from a file

    def add(self, entry: Entry) -> None:
        """Keep a score; it reaches the disk within :data:`FLUSH_S` seconds of work."""
        if entry.key not in self:
            self._hold(entry)
            self._fresh.append(entry)
        late = time.monotonic() - self._flushed > FLUSH_S
        if late or len(self._fresh) >= FLUSH_ROWS:
            self.flush()

    def flush(self) -> None:
        """Write what is not yet on disk as one more part."""
        if self._fresh:
            number = int(self._parts[-1].stem.removeprefix("part-")) + 1 if self._parts else 0
            part = self._folder / f"part-{number:06d}.parquet"
            atomic.write_table(part, pl.DataFrame(self._fresh, schema=_SCHEMA, orient="row"))
            self._parts.append(part)
            self._fresh = []
        self._flushed = time.monotonic()


def _short(key: str) -> bytes:
    """Return a key in half its bytes where it is a SHA-256, as keys of the engine are."""
    if len(key) == 64:
        with suppress(ValueError):
            return bytes.fromhex(key)
    return b"text " + key.encode()
