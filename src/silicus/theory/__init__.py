"""Decision table to Score table: a theory is one more predictor, in the columns of a model."""

from silicus.theory.base import Estimates, FittedTheory, Theory
from silicus.theory.best import BEST, chosen
from silicus.theory.crossfit import CrossFit, cross_fit
from silicus.theory.listing import catalogue, describe
from silicus.theory.named import predict_all, theory_named

__all__ = [
    "BEST",
    "CrossFit",
    "Estimates",
    "FittedTheory",
    "Theory",
    "catalogue",
    "chosen",
    "cross_fit",
    "describe",
    "predict_all",
    "theory_named",
]
