"""The scalar parameters of games as columns, by which an analysis can split."""

import polars as pl

from silicus.games.custom import TEMPLATES
from silicus.games.kinds import read_game


def configuration(decisions: pl.DataFrame) -> pl.DataFrame:
    """Return one row per decision with its scalar game parameters as columns.

    Parameters
    ----------
    decisions : Decision table

    Returns
    -------
    polars.DataFrame
        ``decision_id`` and one string column per scalar parameter that any game has, those of an
        own game (``parameters``) included; null where a game has no such parameter.
        ``ambiguous`` says whether any lottery hides its probabilities.
    """
    distinct = decisions.select("game").unique(maintain_order=True)
    rows = []
    for text in distinct["game"]:
        values = read_game(text).model_dump()
        values |= values.pop("parameters", {})
        if values.get("ambiguous") is not None:
            values["ambiguous"] = any(values["ambiguous"])
        scalars = {
            name: str(value)
            for name, value in values.items()
            if isinstance(value, str | int | float | bool) and name not in TEMPLATES
        }
        rows.append({"game": text, **scalars})
    table = pl.DataFrame(rows, infer_schema_length=None)
    listed = decisions.select("decision_id", "game")
    return listed.join(table, on="game", how="left", maintain_order="left").drop("game")
