"""One's own experiment as a data set: files and a spec to Decision tables."""

from silicus.datasets.importing.build import Imported, import_file
from silicus.datasets.importing.draft import draft_spec
from silicus.datasets.importing.library import find_imported, import_data, imported_names, remove

__all__ = [
    "Imported",
    "draft_spec",
    "find_imported",
    "import_data",
    "import_file",
    "imported_names",
    "remove",
]
