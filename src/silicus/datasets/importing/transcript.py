"""The layout ``transcript``: a file of whole texts, read one at a time, as decisions.

Each text becomes one play whose rounds are its choices. The words before a choice are an event of
its round that was seen before it; a prompt is therefore the text up to the choice, and nothing
later can get in.
"""

import csv
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pyarrow.parquet as pq

from silicus.datasets.history import add_history
from silicus.datasets.importing.arrangement import fits
from silicus.datasets.importing.identities import hashed
from silicus.datasets.importing.kinds import kind_of_file
from silicus.datasets.importing.source import InvalidRow, SourceRow, require_columns
from silicus.datasets.importing.spec import FIRST, Spec
from silicus.datasets.importing.transcript_text import Options, Parsed, options_of, parse
from silicus.datasets.table import decision_table
from silicus.errors import DataError
from silicus.games import TranscriptGame
from silicus.schema import Decision, check

MOST_EVENTS = 30_000_000
"""Events of all histories together that an import holds; about 80 bytes each."""
OPTIONS = "options"
"""The field in which a record may list its options, as an export does."""
_CHUNK = 200_000
_LONGEST = 2**31 - 1


@dataclass
class Transcripts:
    """What came of a file of transcripts.

    ``sources`` counts the transcripts by where their options are known from; ``dropped`` lists
    the texts that could not be used.
    """

    tables: list[pl.DataFrame] = field(default_factory=list)
    dropped: list[dict[str, Any]] = field(default_factory=list)
    n_passed_over: int = 0
    sources: Counter[str] = field(default_factory=Counter)

    def notes(self) -> list[str]:
        """Return what has to be said of the options."""
        said = {
            "declared": "declared in the spec or the record",
            "instructions": "read from the instructions",
            "used": "those that the participant chose somewhere in the text, so that the list of "
            "options tells something of later choices",
        }
        return [
            f"options of {self.sources[source]} transcript(s): {words}"
            for source, words in said.items()
            if self.sources[source]
        ]


class _Batch(NamedTuple):
    rows: dict[str, list[Any]]
    events: dict[str, list[Any]]


def read_transcripts(path: Path, spec: Spec, secret: bytes, where: str) -> Transcripts:
    """Return the decisions of all transcripts of a file, which is read one text at a time.

    Raises
    ------
    DataError
        If the file is no table of texts, a field is missing, or the histories would be too large.
    """
    found = Transcripts()
    wanted = _drawn(path, spec)
    batch, n_events, total = _batch(), 0, 0
    seen: dict[tuple[str, str], int] = defaultdict(int)
    checked = False
    for row in _records(path, spec.missing):
        if not checked:
            keys = [spec.transcript.text, spec.transcript.participant, *spec.where]
            require_columns(path, list(row.values), keys, where)
            checked = True
        if not fits(row, spec.where) or (wanted is not None and _person(spec, row) not in wanted):
            found.n_passed_over += 1
            continue
        try:
            parsed, options, target = _understood(spec, row)
        except InvalidRow as cause:
            place = _place(spec, row)
            found.dropped.append(
                {
                    "line": row.line,
                    "column": f"{cause.column} ({place})" if place else cause.column,
                    "found": cause.found or "",
                    "expected": cause.expected,
                }
            )
            continue
        found.sources[options.source] += 1
        person = _person(spec, row)
        seen[person] += 1
        n = len(parsed.choices)
        total += n * n
        if total > MOST_EVENTS:
            raise DataError(
                f"{path.name}, line {row.line}: the histories of the transcripts so far hold more "
                f"than {MOST_EVENTS:,} events. Take a part: where: {{experiment: NAME}}, or "
                "transcript: {participants: 300, seed: 1}."
            )
        _add(batch, spec, row, parsed, options, target, secret, seen[person])
        n_events += n * n
        if n_events > _CHUNK:
            found.tables.append(_table(spec, batch))
            batch, n_events = _batch(), 0
    if batch.rows["play_id"]:
        found.tables.append(_table(spec, batch))
    return found


def _understood(spec: Spec, row: SourceRow) -> tuple[Parsed, Options, int]:
    column = spec.transcript.text
    row.required(spec.transcript.participant)
    parsed = parse(row.required(column), column)
    declared = spec.transcript.declared(row.values.get(spec.transcript.experiment) or "")
    if declared is None:
        declared = _listed(row)
    options = options_of(parsed, declared, column)
    if spec.target != FIRST and spec.target not in options.options:
        raise InvalidRow(
            column, ", ".join(options.options), f'options that hold the target "{spec.target}"'
        )
    return parsed, options, 0 if spec.target == FIRST else options.options.index(spec.target)


def _listed(row: SourceRow) -> list[str] | None:
    """Return the options that the record itself lists (``"options": ["J", "F"]``), if it does."""
    text = row.values.get(OPTIONS)
    if text is None:
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    if not isinstance(found, list) or not all(isinstance(one, str) and one for one in found):
        return None
    if len(set(found)) < 2 or len(set(found)) != len(found):
        raise InvalidRow(OPTIONS, text, "a list of at least two options, each once")
    return found


def _person(spec: Spec, row: SourceRow) -> tuple[str, str]:
    """Return experiment and participant: ids begin again in each experiment."""
    fields = spec.transcript
    return row.values.get(fields.experiment) or "", row.values.get(fields.participant) or ""


def _place(spec: Spec, row: SourceRow) -> str:
    experiment, participant = _person(spec, row)
    told = [f"experiment {experiment}"] if experiment else []
    return ", ".join([*told, f"participant {participant}"] if participant else told)


def _drawn(path: Path, spec: Spec) -> set[tuple[str, str]] | None:
    """Return the participants that are drawn; None where all are taken."""
    wanted = spec.transcript.participants
    if wanted is None:
        return None
    people = list(
        dict.fromkeys(
            _person(spec, row) for row in _records(path, spec.missing) if fits(row, spec.where)
        )
    )
    if wanted > len(people):
        raise DataError(
            f"{path.name} has {len(people)} participants, fewer than the {wanted} that "
            "transcript.participants asks for. Leave it out to take all."
        )
    return set(random.Random(spec.transcript.seed).sample(people, wanted))  # noqa: S311


def _batch() -> _Batch:
    rows = ("play_id", "round", "game", "participant_id", "session_id", "choice", "options",
            "target")  # fmt: skip
    events = ("play_id", "round", "actor", "kind", "action", "text", "shown_before")
    return _Batch({name: [] for name in rows}, {name: [] for name in events})


def _add(
    batch: _Batch,
    spec: Spec,
    row: SourceRow,
    parsed: Parsed,
    options: Options,
    target: int,
    secret: bytes,
    number: int,
) -> None:
    """Add the decisions of a transcript, and what happened in it, to a batch."""
    fields = spec.transcript
    experiment, participant = _person(spec, row)
    who = hashed("p", f"{experiment}\x1f{participant}", secret)
    play = f"{spec.name}/{who}/g{number}"
    known = (fields.text, fields.experiment, fields.participant, OPTIONS)
    game = TranscriptGame(
        name=experiment or spec.name,
        options_from=options.source,
        parameters={name: value for name, value in row.values.items() if name not in known},
    ).model_dump_json()
    n = len(parsed.choices)
    rounds = range(1, n + 1)
    for name, values in {
        "play_id": [play] * n,
        "round": rounds,
        "game": [game] * n,
        "participant_id": [who] * n,
        "session_id": [None] * n,
        "choice": [options.options.index(choice) for choice in parsed.choices],
        "options": [options.options] * n,
        "target": [target] * n,
    }.items():
        batch.rows[name] += values
    for actor, kind, actions, texts, before in (
        ("nature", "text", [None] * n, parsed.words, True),
        ("self", "move", parsed.choices, [None] * n, False),
    ):
        for name, values in {
            "play_id": [play] * n,
            "round": rounds,
            "actor": [actor] * n,
            "kind": [kind] * n,
            "action": actions,
            "text": texts,
            "shown_before": [before] * n,
        }.items():
            batch.events[name] += values


def _table(spec: Spec, batch: _Batch) -> pl.DataFrame:
    """Return the decisions of a batch; words of no length are no event."""
    types = {"action": pl.String, "text": pl.String, "round": pl.Int32}
    events = pl.DataFrame(batch.events, schema_overrides=types)
    events = events.filter((pl.col("kind") != "text") | (pl.col("text") != ""))
    rows = pl.DataFrame(
        batch.rows,
        schema_overrides={"session_id": pl.String, "choice": pl.Int32, "target": pl.Int32},
    )
    number = pl.format("r{}", pl.col("round").cast(pl.String).str.zfill(2))
    table = decision_table(
        add_history(rows, events),
        dataset=spec.name,
        family=spec.family,
        decision_id=pl.concat_str(["play_id", number], separator="/"),
    )
    return check(table, Decision, where=f"data set {spec.name}")


def looks_like_transcripts(path: Path) -> bool:
    """Return whether the first records of a file have a field ``text`` with marked choices."""
    try:
        for number, row in enumerate(_records(path, ("",))):
            if "<<" in (row.values.get("text") or ""):
                return True
            if number >= 20:
                return False
    except DataError:
        return False
    return False


def _records(path: Path, missing: tuple[str, ...]) -> Iterator[SourceRow]:
    """Yield the records of a file with their line, one at a time; texts are left as they are."""
    kind = kind_of_file(path)
    readers = {"json lines": _json_lines, "text": _csv, "parquet": _parquet}
    if kind not in readers:
        raise DataError(
            f"{path.name} is {kind}; transcripts are read from JSON lines, CSV or Parquet."
        )
    empty = set(missing)
    for line, values in readers[kind](path):
        cells = {
            name: None if value is None or value.strip() in empty else value
            for name, value in values.items()
        }
        if any(value is not None for value in cells.values()):
            yield SourceRow(line, cells)


def _json_lines(path: Path) -> Iterator[tuple[int, dict[str, str | None]]]:
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
                record = json.loads(text, parse_int=str, parse_float=str)
            except ValueError as cause:
                raise DataError(
                    f"{path.name}, line {number}: not a JSON record: {cause}."
                ) from cause
            if not isinstance(record, dict):
                raise DataError(f"{path.name}, line {number}: expected a JSON record like {{...}}.")
            yield number, {name: _as_text(value) for name, value in record.items()}


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else json.dumps(value, ensure_ascii=False)


def _csv(path: Path) -> Iterator[tuple[int, dict[str, str | None]]]:
    before = csv.field_size_limit(_LONGEST)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            head = stream.readline()
            separator = max(",;\t|", key=head.count)
            stream.seek(0)
            reader = csv.DictReader(stream, delimiter=separator, strict=True)
            for record in reader:
                if None in record or None in record.values():
                    raise DataError(
                        f"{path.name}, line {reader.line_num}: another number of fields than the "
                        "header has. Quote fields that hold a separator."
                    )
                yield reader.line_num, dict(record)
    except (csv.Error, UnicodeDecodeError) as cause:
        raise DataError(f"{path.name} is not CSV in UTF-8: {cause}.") from cause
    finally:
        csv.field_size_limit(before)


def _parquet(path: Path) -> Iterator[tuple[int, dict[str, str | None]]]:
    line = 1
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=256):
                for record in batch.to_pylist():
                    line += 1
                    yield line, {name: _as_text(value) for name, value in record.items()}
    except (OSError, ValueError) as cause:
        raise DataError(f"{path.name} is not a Parquet file: {cause}.") from cause
