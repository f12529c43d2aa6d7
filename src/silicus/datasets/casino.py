"""CaSiNo (2021): two people talk about sharing out packages, one submits a deal, one answers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import polars as pl

from silicus.datasets.base import Dataset, SourceFile
from silicus.datasets.history import add_history
from silicus.datasets.ids import joined, numbered
from silicus.datasets.table import decision_table
from silicus.errors import DataError
from silicus.games import IssuesGame

ORIGIN = (
    "https://raw.githubusercontent.com/kushalchawla/CaSiNo/"
    "2f6ed4a6a55110152a7699fbaa8150d6036314be/data/split"
)
SPLITS = {
    "train": "6b953d153fc8c78f27e911c1439b93b9b3519357e3ba825091b2e567845ba3a7",
    "valid": "91f2d1f09accedf98667ac081fd5083752738390734e991601b036643da077e0",
    "test": "bf6da2d7c105396300d85a65819c04d99304ac9abb8a590ba342fd0c86b4dd12",
}
ANSWERS = {"Accept-Deal": "accept", "Reject-Deal": "reject", "Walk-Away": "walk_away"}
SUBMIT = "Submit-Deal"
SEATS = ("mturk_agent_1", "mturk_agent_2")
ISSUES = ("Food", "Water", "Firewood")
N_PACKAGES = 3
POINTS = {"High": 5.0, "Medium": 4.0, "Low": 3.0}
WALK_AWAY_POINTS = 5.0


class Casino(Dataset):
    """Every answer to a submitted deal is a decision; the chat before it is its history."""

    name = "casino"
    title = "Campsite negotiation dialogues (CaSiNo)"
    citation = (
        "Chawla, K., Ramirez, J., Clever, R., Lucas, G., May, J., Gratch, J. (2021). CaSiNo: a "
        "corpus of campsite negotiation dialogues for automatic negotiation systems. NAACL 2021. "
        "DOI 10.18653/v1/2021.naacl-main.254"
    )
    licence = "CC BY 4.0"
    source = "https://github.com/kushalchawla/CaSiNo"
    families = ("negotiation",)
    folder = "casino"
    files = tuple(
        SourceFile(f"casino_{split}.json", digest, f"{ORIGIN}/casino_{split}.json")
        for split, digest in SPLITS.items()
    )
    aggregate = False
    n_decisions = 1181
    n_participants = 1084
    expected_choices: ClassVar = {"accept": 1005, "reject": 167, "walk_away": 9}
    dropped: ClassVar = {"walked away with no deal to answer": 16}
    notes = (
        "People usually agree in the chat and then submit, so the text mostly gives the answer "
        "away.",
        "Of 25 walk-aways 9 answer a submitted deal; the other 16 happen in the chat, where there "
        "is nothing to accept or reject, and are left out.",
        "A participant is a seat in one dialogue; whether one person took part twice is not "
        "published. Demographics, personality and outcomes are left out.",
    )

    def read(self, folder: Path) -> pl.DataFrame:
        """Return one decision per answer to a submitted deal."""
        decisions: list[dict[str, Any]] = []
        events: list[dict[str, Any]] = []
        for split in SPLITS:
            for dialogue in _dialogues(folder / f"casino_{split}.json"):
                try:
                    _walk(dialogue, decisions, events)
                except (KeyError, ValueError, TypeError) as cause:
                    raise DataError(
                        f"casino_{split}.json, dialogue {dialogue.get('dialogue_id')}: not in the "
                        f"documented form ({cause!r}). Restore the file from its source."
                    ) from cause
        rows = add_history(pl.DataFrame(decisions), pl.DataFrame(events, infer_schema_length=None))
        return decision_table(
            rows,
            dataset=self.name,
            family="negotiation",
            decision_id=joined(pl.col("play_id"), numbered("deal", "round", 1)),
            options=list(ANSWERS.values()),
            target=0,
        )

    def extra_counts(self, table: pl.DataFrame) -> dict[str, tuple[int, int | None]]:
        """Return in how many of the 1,030 dialogues a deal was answered."""
        return {"dialogues (of 1030) with an answered deal": (table["session_id"].n_unique(), 1016)}


def _dialogues(path: Path) -> list[dict[str, Any]]:
    try:
        dialogues: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as cause:
        raise DataError(
            f"{path.name} is not JSON: {cause}. Restore the file from its source."
        ) from cause
    if not isinstance(dialogues, list) or not all(isinstance(one, dict) for one in dialogues):
        raise DataError(
            f"{path.name}: expected a list of dialogues. Restore the file from its source."
        )
    return dialogues


def _walk(
    dialogue: dict[str, Any], decisions: list[dict[str, Any]], events: list[dict[str, Any]]
) -> None:
    """Add the answers of a dialogue, and what happened as each of the two seats saw it."""
    name = f"d{int(dialogue['dialogue_id']):04d}"
    plays = {seat: f"casino/{name}/seat{seat[-1]}" for seat in SEATS}
    games = {seat: _game(dialogue["participant_info"][seat]) for seat in SEATS}
    deal = 1
    standing = None
    for turn in dialogue["chat_logs"]:
        who, text = turn["id"], turn["text"]
        if text in ANSWERS:
            if standing is not None:
                if who == standing:
                    raise ValueError("a deal was answered by who submitted it")
                decisions.append(
                    {
                        "play_id": plays[who],
                        "participant_id": f"{name}-seat{who[-1]}",
                        "session_id": name,
                        "round": deal,
                        "game": games[who],
                        "choice": list(ANSWERS).index(text),
                    }
                )
                answer = {"kind": "answer", "action": ANSWERS[text], "shown_before": False}
                events.extend(_as_seen(plays, who, deal, answer))
                deal += 1
            standing = None
        elif text == SUBMIT:
            if standing is not None:
                raise ValueError("a deal was submitted before the last one was answered")
            standing = who
            for seat, sees in plays.items():
                side = "issue2youget" if seat == who else "issue2theyget"
                for issue in ISSUES:
                    packages = int(turn["task_data"][side][issue])
                    offer = {"kind": "offer", "action": issue, "amount": float(packages)}
                    events.extend(_as_seen({seat: sees}, who, deal, offer))
            totals = [
                int(turn["task_data"]["issue2youget"][issue])
                + int(turn["task_data"]["issue2theyget"][issue])
                for issue in ISSUES
            ]
            if totals != [N_PACKAGES] * len(ISSUES):
                raise ValueError(f"a deal shares out {totals} packages")
        else:
            events.extend(_as_seen(plays, who, deal, {"kind": "message", "text": text}))


def _as_seen(
    plays: dict[str, str], who: str, deal: int, event: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield an event for each seat; all but answers are seen before the deal is answered."""
    if who not in SEATS:
        raise ValueError(f"unknown seat {who}")
    for seat, play in plays.items():
        yield {
            "play_id": play,
            "round": deal,
            "actor": "self" if seat == who else "other",
            "action": None,
            "amount": None,
            "text": None,
            "shown_before": True,
            **event,
        }


def _game(info: dict[str, Any]) -> str:
    worth = {issue: POINTS[rank] for rank, issue in info["value2issue"].items()}
    reasons = {info["value2issue"][rank]: text for rank, text in info["value2reason"].items()}
    return IssuesGame(
        issues=ISSUES,
        packages=(N_PACKAGES,) * len(ISSUES),
        own_points=tuple(worth[issue] for issue in ISSUES),
        own_reasons=tuple(reasons[issue] for issue in ISSUES),
        walk_away_points=WALK_AWAY_POINTS,
        labels={"accept": "accept", "reject": "reject", "walk_away": "walk_away"},
    ).model_dump_json()
