"""From the rows of a file to decisions and events, every unusable row accounted for."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from silicus.datasets.importing import otree
from silicus.datasets.importing.identities import hashed
from silicus.datasets.importing.source import InvalidRow, SourceRow
from silicus.datasets.importing.spec import Spec
from silicus.datasets.importing.values import event, game_text

Play = tuple[str, ...]


@dataclass
class Harvest:
    """What was taken from a file: decisions, what happened around them, and what was left out.

    Each row that was left out is a mapping with ``line``, ``column``, ``found`` and ``expected``.
    """

    decisions: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    dropped: list[dict[str, Any]] = field(default_factory=list)

    def drop(self, line: int, column: str, found: str | None, expected: str) -> None:
        """Note a row that cannot be used."""
        shown = "" if found is None else found
        self.dropped.append({"line": line, "column": column, "found": shown, "expected": expected})


@dataclass(frozen=True)
class _Taken:
    """One row that can be used."""

    line: int
    round: int
    decision: dict[str, Any] | None
    events: list[dict[str, Any]]


class Plays:
    """Rows by play; a play ends before the first row of it that cannot be used.

    What came later in such a play would have a history with a gap, so it is left out too.
    """

    def __init__(self, harvest: Harvest) -> None:
        self._harvest = harvest
        self._rows: dict[Play, list[_Taken]] = defaultdict(list)
        self._ends: dict[Play, int] = {}

    def take(self, play: Play, row: _Taken) -> None:
        """Add a row to its play."""
        self._rows[play].append(row)

    def end(self, play: Play, number: int) -> None:
        """Let a play end before this round."""
        self._ends[play] = min(number, self._ends.get(play, number))

    def gather(self, *, name: Callable[[Play], str], round_column: str) -> None:
        """Move what can be used into the harvest, in the order of plays and rounds."""
        for play, rows in self._rows.items():
            play_id = name(play)
            rows = sorted(rows, key=lambda one: one.round)
            end, why_end = self._ends.get(play), "a play without gaps; an earlier row broke it off"
            doubled = _first_doubled(rows)
            if doubled is not None and (end is None or doubled <= end):
                end, why_end = doubled, "one decision for each round of a play (see columns.play)"
            expected = 1
            for row in rows:
                why = why_end if end is not None and row.round >= end else ""
                if not why and row.round > expected:
                    end = row.round
                    why = why_end = f"round {expected} of this play before it, which is missing"
                if why:
                    self._harvest.drop(row.line, round_column, str(row.round), why)
                    continue
                if row.decision is not None:
                    self._harvest.decisions.append({**row.decision, "play_id": play_id})
                self._harvest.events += [
                    {**one, "play_id": play_id, "round": row.round} for one in row.events
                ]
                expected = max(expected, row.round + 1)


def _first_doubled(rows: list[_Taken]) -> int | None:
    """Return the first round in which a play has more than one decision."""
    decided = [row.round for row in rows if row.decision is not None]
    return next((one for one, two in pairwise(decided) if one == two), None)


def from_decisions(spec: Spec, rows: list[SourceRow], secret: bytes) -> Harvest:
    """Return what one row per decision says (also oTree's rows, made long)."""
    harvest = Harvest()
    plays = Plays(harvest)
    is_otree = spec.layout == "otree"
    participant = spec.columns.participant or otree.PARTICIPANT
    session = spec.columns.session or (otree.SESSION if is_otree else None)
    round_column = spec.columns.round or (otree.ROUND if is_otree else None)
    lines: dict[str, int] = defaultdict(int)
    for row in rows:
        play: Play | None = None
        number = 0
        try:
            if is_otree and spec.otree and not spec.otree.bots and _is_bot(row):
                raise InvalidRow(otree.IS_BOT, row.values[otree.IS_BOT], "a person, not a bot")
            who = hashed("p", row.required(participant), secret)
            sitting = hashed("s", row.required(session), secret) if session else None
            parts = [row.required(column) for column in spec.columns.plays]
            number = row.whole(round_column, 1) if round_column else 1
            lines[who] += 1
            if spec.plays == "independent":
                parts, number = [*parts, str(number), str(lines[who])], 1
            play = (who, sitting or "", *parts)
            plays.take(play, _decided(spec, row, number, who, sitting))
        except InvalidRow as cause:
            harvest.drop(row.line, cause.column, cause.found, cause.expected)
            if play is not None:
                plays.end(play, number)
    plays.gather(name=_namer(spec), round_column=round_column or "round")
    return harvest


def _is_bot(row: SourceRow) -> bool:
    return row.values.get(otree.IS_BOT) not in (None, "0", "False")


def _decided(spec: Spec, row: SourceRow, number: int, who: str, sitting: str | None) -> _Taken:
    column = str(spec.columns.choice)
    option = _option(spec, row, column)
    own = {
        "actor": "self",
        "kind": spec.own_kind,
        "action": option,
        "amount": None,
        "text": None,
        "shown_before": False,
    }
    happened = [event(spec, entry, row) for entry in spec.history]
    before = [one for one in happened if one and one["shown_before"]]
    after = [one for one in happened if one and not one["shown_before"]]
    decision = {
        "participant_id": who,
        "session_id": sitting,
        "round": number,
        "game": game_text(spec, row),
        "choice": spec.options.index(option),
    }
    return _Taken(row.line, number, decision, [*before, own, *after])


def _option(spec: Spec, row: SourceRow, column: str) -> str:
    value = row.required(column)
    if value not in spec.choices and value.lower() in ("true", "false"):
        value = value.lower()  # YAML's own spelling of what a table may write as True
    if value not in spec.choices:
        known = ", ".join(spec.choices)
        raise InvalidRow(row.original(column), value, f"one of {known}")
    return spec.choices[value]


def _namer(spec: Spec) -> Callable[[Play], str]:
    """Return a function from plays to ids: the participant and a number of the play."""
    counts: dict[str, int] = defaultdict(int)

    def name(play: Play) -> str:
        counts[play[0]] += 1
        return f"{spec.name}/{play[0]}/g{counts[play[0]]}"

    return name


def from_events(spec: Spec, rows: list[SourceRow], secret: bytes) -> Harvest:
    """Return what one row per event says; within a round the order of the rows holds."""
    harvest = Harvest()
    plays = Plays(harvest)
    columns = spec.columns
    latest: dict[Play, int] = {}
    for row in rows:
        play: Play | None = None
        number = 0
        try:
            who = hashed("p", row.required(str(columns.participant)), secret)
            sitting = (
                hashed("s", row.required(columns.session), secret) if columns.session else None
            )
            play = (who, sitting or "", *(row.required(column) for column in columns.plays))
            number = max(latest.get(play, 1), 1)
            found = row.whole(str(columns.round), 1)
            if found < number:
                raise InvalidRow(
                    str(columns.round), str(found), f"rounds in order ({number} came before)"
                )
            number = latest[play] = found
            plays.take(play, _happened(spec, row, number, who, sitting))
        except InvalidRow as cause:
            harvest.drop(row.line, cause.column, cause.found, cause.expected)
            if play is not None:
                plays.end(play, number)
    plays.gather(name=_namer(spec), round_column=str(columns.round))
    return harvest


def _happened(spec: Spec, row: SourceRow, number: int, who: str, sitting: str | None) -> _Taken:
    columns = spec.columns
    said = row.required(str(columns.actor))
    if said not in spec.actors:
        raise InvalidRow(str(columns.actor), said, f"one of {', '.join(spec.actors)}")
    actor, kind = spec.actors[said], row.required(str(columns.kind))
    if actor == "self" and kind == spec.decisions:
        option = _option(spec, row, str(columns.action))
        decision = {
            "participant_id": who,
            "session_id": sitting,
            "round": number,
            "game": game_text(spec, row),
            "choice": spec.options.index(option),
        }
        own = _event(actor, spec.own_kind, option, None, None, before=False)
        return _Taken(row.line, number, decision, [own])
    action = row.text(columns.action, optional=True) if columns.action else None
    action = spec.choices.get(action, action) if action is not None else None
    amount = row.number(columns.amount) if columns.amount and row.values[columns.amount] else None
    text = row.text(columns.text, optional=True) if columns.text else None
    before = kind in spec.seen_before
    return _Taken(
        row.line, number, None, [_event(actor, kind, action, amount, text, before=before)]
    )


def _event(
    actor: str,
    kind: str,
    action: str | None,
    amount: float | None,
    text: str | None,
    *,
    before: bool,
) -> dict[str, Any]:
    return {
        "actor": actor,
        "kind": kind,
        "action": action,
        "amount": amount,
        "text": text,
        "shown_before": before,
    }


def from_rates(spec: Spec, rows: list[SourceRow]) -> Harvest:
    """Return what one row per situation says, with the share or number of each option."""
    harvest = Harvest()
    for row in rows:
        try:
            decision, events = _rated(spec, row)
        except InvalidRow as cause:
            harvest.drop(row.line, cause.column, cause.found, cause.expected)
            continue
        play_id = f"{spec.name}/row{row.line - 1:05d}"
        harvest.decisions.append({**decision, "play_id": play_id})
        harvest.events += [{**one, "play_id": play_id} for one in events]
    return harvest


def _rated(spec: Spec, row: SourceRow) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    columns = spec.columns
    n = row.whole(str(columns.n), 1)
    if spec.counts:
        chosen = {option: row.whole(column, 0) for option, column in spec.counts.items()}
        if sum(chosen.values()) != n:
            raise InvalidRow(
                str(columns.n), str(n), f"the sum of the counts, {sum(chosen.values())}"
            )
        shares = [count / n for count in chosen.values()]
    else:
        shares = [row.number(column) for column in spec.rates.values()]
        for column, share in zip(spec.rates.values(), shares, strict=True):
            if not 0 <= share <= 1:
                raise InvalidRow(column, row.values[column], "a share from 0 to 1")
        if abs(sum(shares) - 1) > 0.005:
            column = next(iter(spec.rates.values()))
            raise InvalidRow(
                column, row.values[column], f"shares that sum to 1, not {sum(shares):g}"
            )
        shares = [share / sum(shares) for share in shares]
    events = []
    for entry in spec.history:
        found = event(spec, entry, row)
        if found is not None:
            events.append({**found, "round": entry.round})
    told = [one["round"] for one in events if not one["shown_before"]]
    number = row.whole(columns.round, 1) if columns.round else max(told, default=0) + 1
    if told and max(told) >= number:
        raise InvalidRow(
            str(columns.round), str(number), f"a round after the history, which ends in {max(told)}"
        )
    people = row.whole(columns.n_participants, 1) if columns.n_participants else None
    return (
        {
            "round": number,
            "game": game_text(spec, row),
            "choice_rate": shares,
            "n_choices": n,
            "n_participants": people,
        },
        events,
    )
