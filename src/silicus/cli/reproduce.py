"""``silicus reproduce``: the published figures of the reference study, counted again."""

from pathlib import Path
from typing import Annotated

import typer

from silicus import report
from silicus.analysis import published, recount
from silicus.cli.printing import Json, print_json, print_table, stdout
from silicus.errors import StudyError, unknown_name
from silicus.store.atomic import write_text

STUDIES = ("shapira2026",)


def reproduce(
    study: Annotated[str, typer.Argument(help="shapira2026")] = "shapira2026",
    out: Annotated[
        Path, typer.Option(help="A folder for the page, report.html; or a file ending in .html.")
    ] = Path("runs/shapira2026.html"),
    as_json: Json = False,
) -> None:
    """Recount the reference study from its printed table, and write the page of its figures."""
    if study not in STUDIES:
        raise StudyError(unknown_name("published study", study, STUDIES))
    page_path = out if out.suffix == ".html" and not out.is_dir() else out / "report.html"
    pairs, checks = published.published_pairs(), recount.recompute()
    page = report.published_page(pairs, published.filter_grid(pairs), checks)
    write_text(page_path, page)
    if as_json:
        print_json({"page": str(page_path), "figures": checks.to_dicts()})
        return
    print_table(checks.select("name", "where", "printed", "recount", "possible", "agrees"))
    stdout.print(f"page: {page_path}", soft_wrap=True)
