"""``python -m silicus`` is the command ``silicus``."""

from silicus.cli import main

main()
