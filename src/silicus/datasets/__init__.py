"""Files of human decisions to Decision tables: one module per published data set, and own ones."""

from silicus.datasets.importing import draft_spec, import_data, import_file, remove
from silicus.datasets.reading import (
    at_hand,
    catalogue,
    check_counts,
    describe,
    fetch,
    load,
    names,
    where,
)
from silicus.datasets.sampling import Sample, sample

__all__ = [
    "Sample",
    "at_hand",
    "catalogue",
    "check_counts",
    "describe",
    "draft_spec",
    "fetch",
    "import_data",
    "import_file",
    "load",
    "names",
    "remove",
    "sample",
    "where",
]
