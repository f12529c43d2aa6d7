"""``silicus pairs``: base/aligned pairs, what is known of them, and whether they fit together."""

from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from silicus import hub, model_folder, own_pairs, pairs
from silicus.cli.printing import Json, print_facts, print_table

app = typer.Typer(help="Base and aligned models that belong together.", no_args_is_help=True)


@app.command("list")
def list_pairs(
    lineages: Annotated[
        bool, typer.Option("--lineages", help="List staged recipes (base, SFT, DPO, RL) instead.")
    ] = False,
    file: Annotated[
        Path | None, typer.Option(help="A file of your own pairs, listed after the registry's.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List every pair of the registry."""
    held = None if file is None else own_pairs.load_pairs(file)
    table = pairs.lineages_table(held) if lineages else pairs.pairs_table(held)
    print_table(table, as_json=as_json)


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="A pair (BASE+ALIGNED) or a model.")],
    as_json: Json = False,
) -> None:
    """Show what is known of a pair or a model, and what each fact rests on."""
    if any(model.id == name for model in pairs.models()):
        print_facts(pairs.model(name).model_dump(mode="json"), as_json=as_json)
        return
    pair = pairs.pair(name)
    facts = pair.model_dump(mode="json")
    facts["base"] = pairs.model(pair.base).model_dump(mode="json")
    facts["aligned"] = pairs.model(pair.aligned).model_dump(mode="json")
    print_facts(facts, as_json=as_json)


@app.command("check")
def check(
    base: Annotated[
        str,
        typer.Argument(
            help="A pair; or the base model: its name, a folder, or hub:ORGANISATION/NAME."
        ),
    ],
    aligned: Annotated[
        str | None, typer.Argument(help="The aligned model, where the first is no pair.")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="A file of your own pairs.")] = None,
    as_json: Json = False,
) -> None:
    """Compare two models: same tokenizer, same vocabulary, template differences.

    Of models on the hub the tokenizer files are fetched, no weights.
    """
    held = pairs.registry() if file is None else own_pairs.load_pairs(file)
    if aligned is None:
        pair = held.pair(base)
        base, aligned = pair.base, pair.aligned
    folders = [hub.tokenizer_folder(_source(name, held)) for name in (base, aligned)]
    findings: pl.DataFrame = model_folder.compare_folders(*folders)
    print_table(findings, as_json=as_json)


def _source(name: str, held: pairs.Registry) -> str:
    """Return where the tokenizer of a model is; what is no name is a source already."""
    if ":" in name or Path(name).expanduser().is_dir():
        return name
    sources = held.model(name).sources
    # A package holds a weight file alone; the same model on the hub has the tokenizer's files.
    return next((one for one in sources if not one.startswith("package:")), sources[0])
