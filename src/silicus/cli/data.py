"""``silicus data``: which data sets there are, where they come from, and one's own."""

from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from silicus import datasets
from silicus.cli.printing import Json, print_facts, print_table, stderr, stdout
from silicus.study import transcripts

app = typer.Typer(
    help="Published data sets of human decisions, and your own.", no_args_is_help=True
)

Name = Annotated[str, typer.Argument(help="A data set, see: silicus data list.")]


@app.command("list")
def list_data(as_json: Json = False) -> None:
    """List the data sets, their families and counts, and whether they are on this machine."""
    print_table(datasets.catalogue(), as_json=as_json)


@app.command("show")
def show(name: Name, as_json: Json = False) -> None:
    """Show a data set's citation, licence, files and what to know about it."""
    print_facts(datasets.describe(name), as_json=as_json)


@app.command("get")
def get(name: Name) -> None:
    """Download a data set from its public source, with checksums."""
    folder = datasets.fetch(name)
    stdout.print(f"{name}: {folder}", soft_wrap=True)
    print_facts({k: v for k, v in datasets.describe(name).items() if k in ("citation", "licence")})


@app.command("check")
def check(
    names: Annotated[list[str] | None, typer.Argument(help="Data sets; none: all at hand.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Check every data set at hand.")] = False,
    as_json: Json = False,
) -> None:
    """Read data sets whole and compare their counts with the published ones."""
    checked = datasets.at_hand() if every or not names else dict.fromkeys(names)
    print_table(pl.concat([datasets.check_counts(one) for one in checked]), as_json=as_json)


@app.command("remove")
def remove(
    names: Annotated[list[str], typer.Argument(help="Imported data sets.")],
) -> None:
    """Remove imported data sets from this machine; the files they came from stay as they are."""
    for folder in datasets.remove(names):
        stdout.print(f"removed {folder}", soft_wrap=True, markup=False, highlight=False)


@app.command("import")
def import_data(
    file: Annotated[Path, typer.Argument(help="A file, or a folder of files.")],
    spec: Annotated[Path, typer.Option(help="What its columns mean (YAML).")],
    on_invalid: Annotated[
        str, typer.Option(help="raise, or drop (a list of dropped rows is kept).")
    ] = "raise",
    as_json: Json = False,
) -> None:
    """Bring in your own experiment as a data set that studies can name."""
    print_facts(datasets.import_data(file, spec, on_invalid=on_invalid), as_json=as_json)


@app.command("export")
def export(
    name: Name,
    out: Annotated[Path, typer.Option(help="The file to write (JSON lines).")],
    format: Annotated[str, typer.Option(help="psych101: texts with <<choices>>.")] = "psych101",
    as_json: Json = False,
) -> None:
    """Write a data set as transcripts, one text per participant and session."""
    print_facts(transcripts.export(name, out, format=format), as_json=as_json)


@app.command("spec")
def spec(
    file: Annotated[Path, typer.Argument(help="The file, or the folder, to look at.")],
    out: Annotated[Path | None, typer.Option(help="Write here instead of printing.")] = None,
) -> None:
    """Draft a commented spec by looking at a file's columns."""
    text = datasets.draft_spec(file)
    if out is None:
        stdout.print(text, markup=False, highlight=False, soft_wrap=True)
    else:
        out.write_text(text, encoding="utf-8")
        stderr.print(f"wrote {out}")
