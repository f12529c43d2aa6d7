"""Decision and Score tables to Result tables: pure functions, no files."""

from silicus.analysis.base_rate import BASE_RATE, base_rate_scores
from silicus.analysis.summary import analyse

__all__ = ["BASE_RATE", "analyse", "base_rate_scores"]
