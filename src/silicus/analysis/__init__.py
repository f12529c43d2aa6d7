"""Decision and Score tables to Result tables: pure functions, no files.

:func:`analyse` is the front door (agreement and declared differences); :func:`over_pairs` and
:func:`boundary` compare base and aligned models over many pairs; the others add one kind of
figure each. Win counts (:mod:`silicus.analysis.wins`) describe and do not test.
"""

from silicus.analysis.answer import Cast, answers
from silicus.analysis.base_rate import BASE_RATE, base_rate_scores
from silicus.analysis.between_data_sets import heterogeneity
from silicus.analysis.boundary import boundary, nameable
from silicus.analysis.calibration import calibration
from silicus.analysis.ceiling import noise_ceilings
from silicus.analysis.history import history_scores
from silicus.analysis.mass_bounds import mass_bounds
from silicus.analysis.multiplicity import adjusted, declared_and_exploratory
from silicus.analysis.normative import normative_bias
from silicus.analysis.over_pairs import over_pairs
from silicus.analysis.specification import specification_curve, variance_shares
from silicus.analysis.stand_in import stand_in_card
from silicus.analysis.summary import analyse
from silicus.analysis.wins import pair_table, win_grid, wins_by
from silicus.analysis.within import within_groups
from silicus.analysis.yardsticks import against_yardsticks

__all__ = [
    "BASE_RATE",
    "Cast",
    "adjusted",
    "against_yardsticks",
    "analyse",
    "answers",
    "base_rate_scores",
    "boundary",
    "calibration",
    "declared_and_exploratory",
    "heterogeneity",
    "history_scores",
    "mass_bounds",
    "nameable",
    "noise_ceilings",
    "normative_bias",
    "over_pairs",
    "pair_table",
    "specification_curve",
    "stand_in_card",
    "variance_shares",
    "win_grid",
    "wins_by",
    "within_groups",
]
