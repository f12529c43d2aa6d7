"""``silicus theories``: what predicts beside the models, and what each rests on."""

from typing import Annotated

import typer

from silicus import theory
from silicus.cli.printing import Json, print_facts, print_table

app = typer.Typer(help="Theories of choice, as predictors beside the models.", no_args_is_help=True)


@app.command("list")
def list_theories(as_json: Json = False) -> None:
    """List the theories, the games they are about, and what they fit."""
    print_table(theory.catalogue(), as_json=as_json)


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="A theory, by its name or a common one.")],
    as_json: Json = False,
) -> None:
    """Show what a theory needs, its parameters with bounds, its source and its noisy form."""
    print_facts(theory.describe(name), as_json=as_json)
