"""Published files of human decisions to Decision tables; one data set per module."""

from silicus.datasets.reading import (
    at_hand,
    catalogue,
    check_counts,
    describe,
    fetch,
    load,
    where,
)

__all__ = ["at_hand", "catalogue", "check_counts", "describe", "fetch", "load", "where"]
