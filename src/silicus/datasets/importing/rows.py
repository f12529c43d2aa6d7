"""From the rows of a file to decisions and events, every unusable row accounted for."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from silicus.datasets.importing import otree
from silicus.datasets.importing.arrangement import fits
from silicus.datasets.importing.identities import hashed
from silicus.datasets.importing.offering import Offer, chosen, offer, said, target
from silicus.datasets.importing.plays import Harvest, Play, Plays, Taken
from silicus.datasets.importing.source import InvalidRow, SourceRow
from silicus.datasets.importing.spec import EVENTS, Cell, Spec
from silicus.datasets.importing.unfolding import ITEM, PART
from silicus.datasets.importing.values import as_number, event, game_text, recoded
from silicus.datasets.importing.varying import Terms, tells_terms

ROUNDING = 0.005
"""How far published shares may miss 1 by rounding; they are scaled to sum to 1."""


def from_decisions(spec: Spec, rows: list[SourceRow], secret: bytes) -> Harvest:
    """Return what one row per decision says (also oTree's rows, made long)."""
    harvest = Harvest()
    plays = Plays(harvest, spec)
    is_otree = spec.layout == "otree"
    participants = spec.columns.participants or (otree.PARTICIPANT,)
    session = spec.columns.session or (otree.SESSION if is_otree else None)
    round_column = spec.columns.round or (otree.ROUND if is_otree else None)
    lines: dict[str, int] = defaultdict(int)
    for row in rows:
        play: Play | None = None
        number = 0
        try:
            if is_otree and spec.otree and not spec.otree.bots and _is_bot(row):
                raise InvalidRow(otree.IS_BOT, row.values[otree.IS_BOT], "a person, not a bot")
            who = _who(participants, row, secret)
            sitting = hashed("s", row.required(session), secret) if session else None
            parts = [row.required(column) for column in spec.columns.plays]
            if is_otree:
                parts.append(row.required(otree.APP))
            number = _round(spec, row, round_column) if round_column else 1
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


def _who(columns: tuple[str, ...], row: SourceRow, secret: bytes) -> str:
    """Return the hash of the columns that together name a participant."""
    return hashed("p", "\x1f".join(row.required(column) for column in columns), secret)


def _round(spec: Spec, row: SourceRow, column: str) -> int:
    """Return the round, counted from 1 wherever the file begins."""
    return row.whole(column, spec.first_round) - spec.first_round + 1


def _is_bot(row: SourceRow) -> bool:
    return row.values.get(otree.IS_BOT) not in (None, "0", "False")


def _decided(spec: Spec, row: SourceRow, number: int, who: str, sitting: str | None) -> Taken:
    column = str(spec.columns.choice)
    made_by_person = not (spec.not_chosen and fits(row, spec.not_chosen))
    offered = offer(spec, row)
    happened = [
        event(spec, entry, row, lambda value: said(spec, value, offered)) for entry in spec.history
    ]
    before = [one for one in happened if one and one["shown_before"]]
    after = [one for one in happened if one and not one["shown_before"]]
    if not made_by_person and row.text(column, optional=True) is None:
        return Taken(
            row,
            number,
            None,
            [*before, *after],
            (_game(spec, row, number, offered), offered.options),
        )
    choice = chosen(spec, row, column, offered)
    option = offered.options[choice]
    own = _event("self", spec.own_kind, option, None, None, before=False)
    decision = {
        "participant_id": who,
        "session_id": sitting,
        "round": number,
        "game": _game(spec, row, number, offered),
        "choice": choice,
        **_options(spec, row, offered),
    }
    if PART in row.values:
        part = f"c{row.required(PART).zfill(2)}"
        decision |= {"act": f"{who}/{row.line}/{row.values.get(ITEM)}", "part": part}
    terms = (decision["game"], offered.options)
    return Taken(row, number, decision if made_by_person else None, [*before, own, *after], terms)


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
    plays = Plays(harvest, spec)
    columns = spec.columns
    latest: dict[Play, int] = {}
    decided: dict[Play, int] = {}
    for row in rows:
        play: Play | None = None
        number = 0
        try:
            who = _who(columns.participants, row, secret)
            sitting = (
                hashed("s", row.required(columns.session), secret) if columns.session else None
            )
            play = (who, sitting or "", *(row.required(column) for column in columns.plays))
            number = max(latest.get(play, 1), 1)
            found = _round(spec, row, str(columns.round))
            if found < number:
                raise InvalidRow(
                    str(columns.round), str(found), f"rounds in order ({number} came before)"
                )
            number = latest[play] = found
            taken = _happened(spec, row, number, who, sitting)
            if taken.decision is not None:
                decided[play] = number
            elif decided.get(play) == number:
                # What follows the choice of its round was not known at it, whatever its kind.
                taken = taken.seen_afterwards()
            plays.take(play, taken)
        except InvalidRow as cause:
            harvest.drop(row.line, cause.column, cause.found, cause.expected)
            if play is not None:
                plays.end(play, number)
    plays.gather(name=_namer(spec), round_column=str(columns.round))
    return harvest


def _happened(spec: Spec, row: SourceRow, number: int, who: str, sitting: str | None) -> Taken:
    columns = spec.columns
    said = row.required(str(columns.actor))
    if said not in spec.actors:
        raise InvalidRow(str(columns.actor), said, f"one of {', '.join(spec.actors)}")
    actor, kind = spec.actors[said], row.required(str(columns.kind))
    if actor == "self" and kind == spec.decisions:
        offered = offer(spec, row)
        choice = chosen(spec, row, str(columns.action), offered)
        decision = {
            "participant_id": who,
            "session_id": sitting,
            "round": number,
            "game": _game(spec, row, number, offered),
            "choice": choice,
            **_options(spec, row, offered),
        }
        own = _event(actor, spec.own_kind, offered.options[choice], None, None, before=False)
        return Taken(row, number, decision, [own], (decision["game"], offered.options))
    known = EVENTS.get(spec.game["kind"])
    if known is not None and kind not in known:
        raise InvalidRow(str(columns.kind), kind, f"one of {', '.join(known)}")
    action = row.text(columns.action, optional=True) if columns.action else None
    if action is not None:
        action = recoded(spec, action) or action
    amount = row.number(columns.amount) if columns.amount and row.values[columns.amount] else None
    text = row.text(columns.text, optional=True) if columns.text else None
    before = kind in spec.seen_before
    terms: Terms | None = None
    if tells_terms(spec, row):
        offered = offer(spec, row)
        terms = (_game(spec, row, number, offered), offered.options)
    told = [_event(actor, kind, action, amount, text, before=before)]
    return Taken(row, number, None, told, terms)


def _game(spec: Spec, row: SourceRow, number: int, offered: Offer) -> str:
    return game_text(spec, row, number, offered.options, offered.places)


def _options(spec: Spec, row: SourceRow, offered: Offer) -> dict[str, Any]:
    """Return the columns of a decision that say what was offered."""
    return {"options": list(offered.options), "target": target(spec, row, offered)}


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
            decision, events = _rated(spec, row, harvest.rescaled)
        except InvalidRow as cause:
            harvest.drop(row.line, cause.column, cause.found, cause.expected)
            continue
        play_id = f"{spec.name}/row{row.line - 1:05d}"
        harvest.decisions.append({**decision, "play_id": play_id})
        harvest.events += [{**one, "play_id": play_id} for one in events]
    return harvest


def _rated(
    spec: Spec, row: SourceRow, rescaled: list[float]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    columns = spec.columns
    n = row.whole(columns.n, 1) if columns.n else None
    shares, n = _shares(spec, row, n, rescaled)
    happened = [(entry.round or 1, event(spec, entry, row)) for entry in spec.history]
    events = [{**one, "round": number} for number, one in happened if one is not None]
    # The decision comes after what was seen afterwards in earlier rounds.
    least = max((one["round"] + (not one["shown_before"]) for one in events), default=1)
    number = _round(spec, row, columns.round) if columns.round else least
    if number < least:
        expected = f"a round from {least} on, after what the history tells"
        raise InvalidRow(str(columns.round), str(number), expected)
    offered = offer(spec, row)
    people = row.whole(columns.n_participants, 1) if columns.n_participants else None
    return (
        {
            "round": number,
            "game": _game(spec, row, number, offered),
            **_options(spec, row, offered),
            "choice_rate": shares,
            "n_choices": n,
            "n_participants": people,
        },
        events,
    )


def _shares(
    spec: Spec, row: SourceRow, n: int | None, rescaled: list[float]
) -> tuple[list[float], int | None]:
    """Return the share of each option, from counts or rates, summing to 1, and the choices.

    How far rounded shares missed 1 is added to ``rescaled``.
    """
    if spec.counts:
        counts = [row.whole(column, 0) for column in spec.counts.values()]
        counted = sum(counts)
        if n is not None and counted != n:
            raise InvalidRow(str(spec.columns.n), str(n), f"the sum of the counts, {counted}")
        if counted == 0:
            name = next(iter(spec.counts.values()))
            raise InvalidRow(name, row.values[name], "counts of at least one choice together")
        return [count / counted for count in counts], counted
    shares = []
    for one in spec.rates.values():
        cell = one if isinstance(one, Cell) else Cell(column=one)
        share = as_number(cell.model_copy(update={"optional": False}), row)
        if share is None or not 0 <= share <= 1:
            found = row.values[cell.column]
            raise InvalidRow(cell.column, found, f"a share from 0 to 1, not {share}")
        shares.append(share)
    total = sum(shares)
    allowed = ROUNDING
    if spec.rounded_to is not None:
        allowed = len(shares) * spec.rounded_to / 2 + 1e-9
    if abs(total - 1) > allowed:
        hint = "" if spec.rounded_to else " (say rounded_to: 0.01 where they are whole per cent)"
        first = next(iter(spec.rates.values()))
        column = first if isinstance(first, str) else first.column
        raise InvalidRow(column, row.values[column], f"shares that sum to 1, not {total:g}" + hint)
    if abs(total - 1) > 1e-9:
        rescaled.append(abs(total - 1))
    return [share / total for share in shares], n
