"""An import as a whole: file and spec in, Decision table and list of dropped rows out."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import polars as pl

from silicus.datasets.history import add_history
from silicus.datasets.importing import otree
from silicus.datasets.importing.arrangement import arrange
from silicus.datasets.importing.game_table import with_games
from silicus.datasets.importing.identities import salt
from silicus.datasets.importing.plays import Harvest
from silicus.datasets.importing.rows import from_decisions, from_events, from_rates
from silicus.datasets.importing.source import SourceRow, read_rows, require_columns
from silicus.datasets.importing.spec import Spec, cells, read_spec
from silicus.datasets.importing.transcript import read_transcripts
from silicus.datasets.importing.values import check_game
from silicus.datasets.sampling import sample
from silicus.datasets.table import decision_table
from silicus.errors import DataError
from silicus.schema import Decision, check

OnInvalid = Literal["raise", "drop"]
DROPPED = {"line": pl.Int64, "column": pl.String, "found": pl.String, "expected": pl.String}
_EVENTS = {
    "play_id": pl.String,
    "round": pl.Int32,
    "actor": pl.String,
    "kind": pl.String,
    "action": pl.String,
    "amount": pl.Float64,
    "text": pl.String,
    "shown_before": pl.Boolean,
}
_Types = dict[str, pl.DataType | type[pl.DataType]]
_COMMON: _Types = {
    "play_id": pl.String,
    "round": pl.Int32,
    "game": pl.String,
    "options": pl.List(pl.String),
    "target": pl.Int32,
    "act": pl.String,
    "part": pl.String,
}
_CHOICES: _Types = {
    **_COMMON,
    "participant_id": pl.String,
    "session_id": pl.String,
    "choice": pl.Int32,
}
_RATES: _Types = {
    **_COMMON,
    "choice_rate": pl.List(pl.Float64),
    "n_choices": pl.Int32,
    "n_participants": pl.Int32,
}


@dataclass(frozen=True)
class Imported:
    """What came of an import: the spec, the Decision table, and the rows that were left out.

    ``dropped`` has the columns ``line``, ``column``, ``found`` and ``expected``; ``n_passed_over``
    counts the rows that the spec's ``where`` leaves out, ``n_unreached`` the rounds that
    participants who left never reached. ``notes`` say what else has to be known of the import.
    """

    spec: Spec
    decisions: pl.DataFrame
    dropped: pl.DataFrame
    n_passed_over: int
    n_unreached: int = 0
    notes: tuple[str, ...] = ()


def import_file(path: Path, spec_path: Path, *, on_invalid: OnInvalid = "raise") -> Imported:
    """Return the decisions of a file as its spec describes them.

    Parameters
    ----------
    path : Path
        CSV, Parquet or Excel (the first sheet), the first row naming the columns.
    spec_path : Path
        See :class:`~silicus.datasets.importing.spec.Spec`.
    on_invalid : "raise" or "drop"
        Whether a row that cannot be used is an error, or is left out and listed, together with
        the later rounds of its play.

    Raises
    ------
    DataError
        If the file, the spec or (with "raise") a row cannot be used: names file, line, column,
        value found and value expected.
    """
    if on_invalid not in ("raise", "drop"):
        raise DataError(f'on_invalid must be "raise" or "drop", found "{on_invalid}".')
    spec = read_spec(spec_path)
    if spec.layout == "transcript":
        made = _import_transcripts(path, spec, spec_path, on_invalid)
    else:
        made = _import_rows(path, spec, spec_path, on_invalid)
    if spec.sample is None:
        return made
    taken = sample(made.decisions, spec.sample, where=str(spec_path))
    said = (
        f"a sample: {taken.height} of {made.decisions.height} decisions (seed {spec.sample.seed})"
    )
    return replace(made, decisions=taken, notes=(*made.notes, said))


def _import_rows(path: Path, spec: Spec, spec_path: Path, on_invalid: OnInvalid) -> Imported:
    """Return the decisions of a file whose rows are decisions, events or situations."""
    check_game(spec, str(spec_path))
    columns, rows = read_rows(path, spec.missing, spec.numerals, spec.sheet)
    if spec.games is not None:
        columns, rows = with_games(path, columns, rows, spec, spec_path)
    arranged = arrange(path, spec, columns, rows, str(spec_path))
    require_columns(path, arranged.columns, _wanted(spec), str(spec_path))
    harvest = _harvest(spec, arranged.rows)
    for line, cause in arranged.failed:
        harvest.drop(line, cause.column, cause.found, cause.expected)
    dropped = _dropped(path, harvest.dropped, on_invalid, usable=bool(harvest.decisions))
    return Imported(
        spec,
        _table(spec, harvest),
        dropped,
        arranged.n_passed_over,
        arranged.n_unreached,
        _notes(spec, harvest),
    )


def _notes(spec: Spec, harvest: Harvest) -> tuple[str, ...]:
    """Return what has to be said of rates and of acts with several cases."""
    notes = []
    if harvest.rescaled:
        notes.append(
            f"the shares of {len(harvest.rescaled)} row(s) missed 1 by rounding (by up to "
            f"{max(harvest.rescaled):.3g}) and were scaled to sum to 1"
        )
    if spec.layout == "rates" and spec.rates and spec.columns.n is None:
        notes.append(
            "the numbers of choices behind the rates are not known: each game counts once, and "
            "games alone are resampled"
        )
    if spec.threshold or spec.strategy:
        notes.append("the cases of one act are weighted together as one decision of one person")
    return tuple(notes)


def _import_transcripts(path: Path, spec: Spec, spec_path: Path, on_invalid: str) -> Imported:
    found = read_transcripts(path, spec, salt(), str(spec_path))
    dropped = _dropped(path, found.dropped, on_invalid, usable=bool(found.tables))
    decisions = pl.concat(found.tables, rechunk=False)
    return Imported(spec, decisions, dropped, found.n_passed_over, notes=tuple(found.notes()))


def _dropped(
    path: Path, left_out: list[dict[str, Any]], on_invalid: str, *, usable: bool
) -> pl.DataFrame:
    """Return the rows that were left out, or raise where that is not allowed, or all were."""
    dropped = pl.DataFrame(left_out, schema=DROPPED).sort("line", maintain_order=True)
    if len(dropped) and on_invalid == "raise":
        first = dropped.row(0, named=True)
        raise DataError(
            f'{path.name}, line {first["line"]}, column "{first["column"]}": found '
            f'"{first["found"]:.80}", expected {first["expected"]} ({dropped.height} row(s) cannot '
            f"be used{_causes(dropped)}). Correct the file or the spec, or import with "
            'on_invalid="drop" (--on-invalid drop), which lists what is left out.'
        )
    if not usable:
        raise DataError(
            f"{path.name}: no row can be used as a decision ({dropped.height} dropped"
            f"{_causes(dropped, least=1)}). Correct the file or the spec."
        )
    return dropped


def _causes(dropped: pl.DataFrame, *, least: int = 2) -> str:
    """Return every cause for which rows cannot be used, with their numbers, where there are many.

    Rows that differ only in the numbers of their message have one cause.
    """
    causes = (
        dropped.with_columns(pl.col("expected").str.replace_all(r"\d+(\.\d+)?", "#").alias("kind"))
        .group_by("column", "kind", maintain_order=True)
        .agg(pl.len().alias("rows"), pl.col("expected").first(), pl.col("line").first())
        .sort("rows", descending=True, maintain_order=True)
    )
    if causes.height < least:
        return ""
    listed = (
        f'{rows} in column "{column}" from line {line} on: expected {why}'
        for column, _, rows, why, line in causes.iter_rows()
    )
    return ": " + "; ".join(listed)


def _harvest(spec: Spec, rows: list[SourceRow]) -> Harvest:
    if spec.layout == "rates":
        return from_rates(spec, rows)
    if spec.layout == "events":
        return from_events(spec, rows, salt())
    return from_decisions(spec, rows, salt())


def _wanted(spec: Spec) -> list[str]:
    """Return every column of the file that a spec names."""
    columns = spec.columns
    named = [
        columns.session,
        *columns.participants,
        *columns.plays,
        *spec.not_chosen,
        columns.round,
        columns.choice,
    ]
    named += [columns.n, columns.n_participants, columns.actor, columns.kind]
    named += [columns.action, columns.amount, columns.text]
    if spec.layout == "otree":
        named += [otree.PARTICIPANT, otree.SESSION, otree.ROUND]
    named += [*spec.counts.values()]
    named += [one if isinstance(one, str) else one.column for one in spec.rates.values()]
    told = [one for entry in spec.history for one in (entry.action, entry.amount, entry.text)]
    named += [cell.column for cell in cells([*spec.game.values(), *told, spec.offered])]
    return list(dict.fromkeys(name for name in named if name is not None))


def _table(spec: Spec, harvest: Harvest) -> pl.DataFrame:
    schema = _RATES if spec.layout == "rates" else _CHOICES
    rows = pl.DataFrame(harvest.decisions, schema=schema)
    rows = add_history(rows, pl.DataFrame(harvest.events, schema=_EVENTS))
    rows = rows.with_columns(
        pl.coalesce(pl.col("play_id").first().over("act"), "play_id").alias("play_id")
        if spec.threshold or spec.strategy
        else "play_id"
    )
    number = pl.format("r{}", pl.col("round").cast(pl.String).str.zfill(2))
    table = decision_table(
        rows,
        dataset=spec.name,
        family=spec.family,
        decision_id=pl.concat_str(["play_id", number, "part"], separator="/", ignore_nulls=True),
    )
    return check(table, Decision, where=f"data set {spec.name}")
