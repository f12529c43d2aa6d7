"""Alternating offers solved backward, and without an end: what a proposer can keep.

Two players take turns to propose a division of a pie; what player i gets in round t is worth its
share times own discount to the power t - 1. The responder accepts a share at least as good as
being the proposer one round later.

References
----------
.. [Stahl1972] Stahl 1972, Bargaining Theory, for a limited number of rounds (backward induction).
.. [Rubinstein1982] Rubinstein 1982, Econometrica 50, conclusion 2: without a limit the
   first proposer gets (1 - d2) / (1 - d1 d2).
.. [ShakedSutton1984] Shaked and Sutton 1984, Econometrica 52; [BinmoreShakedSutton1989]_: an
   outside option matters only where it beats the share without it.
"""

from functools import lru_cache

from silicus.errors import DataError


@lru_cache(maxsize=1 << 14)
def proposer_share(
    proposer_discount: float, responder_discount: float, rounds_left: int | None
) -> float | None:
    """Return the share that the proposer keeps in subgame-perfect equilibrium.

    Parameters
    ----------
    proposer_discount, responder_discount : float
        Discount factors in (0, 1] of the one who proposes now and the one who answers.
    rounds_left : int or None
        Rounds left, this one included (at least 1); None where there is no end.

    Returns
    -------
    float in [0, 1], or None where every division is an equilibrium (no end, nobody impatient)

    Raises
    ------
    DataError
        If a discount factor or the number of rounds is out of range.

    Examples
    --------
    >>> round(proposer_share(0.9, 0.9, None), 3)
    0.526
    """
    if not (0 < proposer_discount <= 1 and 0 < responder_discount <= 1):
        raise DataError(
            f"discount factors {proposer_discount:g} and {responder_discount:g} must be above 0 "
            "and at most 1. Correct the loader."
        )
    if rounds_left is None:
        if proposer_discount == responder_discount == 1:
            return None
        return (1 - responder_discount) / (1 - proposer_discount * responder_discount)
    if rounds_left < 1:
        raise DataError(
            f"{rounds_left} rounds are left at an offer, but at least this one must be. "
            "Correct the rounds of the decision or the game's limit."
        )
    if rounds_left == 1:
        return 1.0
    later = proposer_share(responder_discount, proposer_discount, rounds_left - 1)
    assert later is not None
    return 1 - responder_discount * later


def least_acceptable(
    own_discount: float, other_discount: float, rounds_left: int | None, outside: float = 0.0
) -> float | None:
    """Return the smallest share of this round's pie that a responder accepts in equilibrium.

    Parameters
    ----------
    own_discount, other_discount : float
        The responder's and the proposer's discount factors.
    rounds_left : int or None
        As in :func:`proposer_share`; in the last round every share is accepted.
    outside : float
        The share that the responder can have now by leaving; taken where it is better than
        waiting [ShakedSutton1984]_.

    Returns
    -------
    float in [0, 1], or None where theory leaves it open
    """
    if rounds_left == 1:
        return outside
    later = proposer_share(
        own_discount, other_discount, None if rounds_left is None else rounds_left - 1
    )
    return None if later is None else max(own_discount * later, outside)
