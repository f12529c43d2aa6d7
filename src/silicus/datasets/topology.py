"""One canonical orientation of 2x2 games, and the twelve ordinal types of a player's payoffs.

Rows and columns of a game on a screen can be swapped without changing the game. Following
Robinson and Goforth, a game is oriented so that the row player's best payoff lies in the first
column and the column player's best one in the first row. In that orientation the order of the row
player's payoffs a = (up, left), b = (up, right), c = (down, left), d = (down, right) is one of
twelve, and each has a name; so has the order of the column player's, seen from its own side. A
game of strict payoffs is a pair of such names, the same one twice if it is symmetric.

References
----------
.. [1] Robinson, D., Goforth, D. (2005). The topology of the 2x2 games. Routledge.
.. [2] Zhu, J.-Q., Peterson, J. C., Enke, B., Griffiths, T. L. (2025). Nature Human Behaviour 9,
   2114-2120.
"""

from itertools import pairwise

import polars as pl

ORDERS = {
    "cadb": "dilemma",
    "cabd": "chicken",
    "acdb": "staghunt",
    "cbad": "leader",
    "cbda": "hero",
    "cdba": "compromise",
    "cdab": "deadlock",
    "adbc": "safecoord",
    "adcb": "assurance",
    "abcd": "harmony",
    "abdc": "peace",
    "acbd": "concord",
}
"""A player's own payoffs from the best to the worst, and the name of that order."""

TIED = "tied"
"""The type where a player has two equal payoffs."""

CELLS = ("UL", "UR", "DL", "DR")
_ROWS_SWAPPED = ("DL", "DR", "UL", "UR")
_COLUMNS_SWAPPED = ("UR", "UL", "DR", "DL")


def orient(games: pl.DataFrame) -> pl.DataFrame:
    """Return 2x2 games in the canonical orientation, with what was swapped and the types.

    Parameters
    ----------
    games : polars.DataFrame
        With payoff columns ``own_UL``, ``own_UR``, ``own_DL``, ``own_DR`` and ``opp_UL`` ...
        (up/down is the own action, left/right the other player's).

    Returns
    -------
    polars.DataFrame
        The payoff columns reordered; ``rows_swapped`` and ``columns_swapped`` (boolean);
        ``own_type`` and ``other_type``, one of :data:`ORDERS` or :data:`TIED`. Where best
        payoffs are tied, the orientation whose payoffs are lexicographically greatest is taken,
        so that it does not depend on how the game was shown.
    """
    variants = []
    for rows in (False, True):
        for columns in (False, True):
            shown = list(CELLS)
            if rows:
                shown = [_ROWS_SWAPPED[CELLS.index(cell)] for cell in shown]
            if columns:
                shown = [_COLUMNS_SWAPPED[CELLS.index(cell)] for cell in shown]
            own = [pl.col(f"own_{cell}") for cell in shown]
            other = [pl.col(f"opp_{cell}") for cell in shown]
            fits = (pl.max_horizontal(own[0], own[2]) >= pl.max_horizontal(own[1], own[3])) & (
                pl.max_horizontal(other[0], other[1]) >= pl.max_horizontal(other[2], other[3])
            )
            variants.append(
                pl.struct(
                    fits.alias("fits"),
                    *(e.alias(f"own_{cell}") for e, cell in zip(own, CELLS, strict=True)),
                    *(e.alias(f"opp_{cell}") for e, cell in zip(other, CELLS, strict=True)),
                    pl.lit(rows).alias("rows_swapped"),
                    pl.lit(columns).alias("columns_swapped"),
                )
            )
    rest = [name for name in games.columns if name[4:] not in CELLS or name[:4] not in _SIDES]
    payoffs = [f"{side}{cell}" for side in _SIDES for cell in CELLS]
    # Of the four ways to show a game, the greatest that fits: unique up to equal games.
    return (
        games.with_row_index("_game")
        .select("_game", *rest, pl.concat_list(variants).alias("_variant"))
        .explode("_variant")
        .unnest("_variant")
        .filter("fits")
        .sort("_game", *payoffs, descending=[False] + [True] * len(payoffs), maintain_order=True)
        .unique("_game", keep="first", maintain_order=True)
        .with_columns(
            _type(["own_UL", "own_UR", "own_DL", "own_DR"]).alias("own_type"),
            _type(["opp_UL", "opp_DL", "opp_UR", "opp_DR"]).alias("other_type"),
        )
        .drop("_game", "fits")
    )


_SIDES = ("own_", "opp_")


def _type(cells: list[str]) -> pl.Expr:
    """Return the name of the order of four payoff columns a, b, c, d."""
    name = pl.lit(TIED)
    for order, word in ORDERS.items():
        columns = [pl.col(cells["abcd".index(letter)]) for letter in order]
        falling = pl.all_horizontal(better > worse for better, worse in pairwise(columns))
        name = pl.when(falling).then(pl.lit(word)).otherwise(name)
    return name
