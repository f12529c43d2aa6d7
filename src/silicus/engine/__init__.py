"""The engine: requests in, exact option probabilities out, every token computed once.

Backend-neutral and NumPy only; it knows a backend through :mod:`silicus.backends.base`.
"""

from silicus.engine.cost import SCORE_BYTES, Count, Counter, Rate, calibrate, plan_cost
from silicus.engine.oracle import score_by_brute_force
from silicus.engine.request import ScoredRequest, request_key
from silicus.engine.score import MethodCheck, choose_method, score
from silicus.engine.table import score_table

__all__ = [
    "SCORE_BYTES",
    "Count",
    "Counter",
    "MethodCheck",
    "Rate",
    "ScoredRequest",
    "calibrate",
    "choose_method",
    "plan_cost",
    "request_key",
    "score",
    "score_by_brute_force",
    "score_table",
]
