"""``silicus prompts``: which formulations there are, and exactly what a model sees."""

from typing import Annotated, Any

import polars as pl
import typer
from rich.text import Text

from silicus import datasets, plugins, prompts
from silicus.cli.printing import Json, print_json, print_table, stdout
from silicus.errors import StudyError, unknown_name
from silicus.study.file import ModelEntry, StudyFile

app = typer.Typer(help="Look at what people's decisions look like in words.", no_args_is_help=True)


@app.command("list")
def list_formulations(as_json: Json = False) -> None:
    """List the formulations and what can be counterbalanced."""
    rows = [{"name": name, "kind": "formulation"} for name in prompts.formulations()]
    rows += [{"name": name, "kind": "own formulation"} for name in plugins.known("formulations")]
    rows += [{"name": f"+{name}", "kind": "counterbalancing"} for name in prompts.counterbalances()]
    print_table(pl.DataFrame(rows), as_json=as_json)


@app.command("show")
def show(
    dataset: Annotated[str, typer.Argument(help="A data set, see: silicus data list.")],
    formulation: Annotated[str, typer.Option(help="See: silicus prompts list.")] = "baseline",
    format: Annotated[str, typer.Option(help="plain or chat")] = "plain",
    history: Annotated[str, typer.Option(help="In chat: turns or message.")] = "turns",
    model: Annotated[
        str | None, typer.Option(help="Show this model's rendering, tokens and scored options.")
    ] = None,
    template_of: Annotated[
        str | None, typer.Option(help="In chat: the model whose template --model borrows.")
    ] = None,
    decision: Annotated[
        str | None, typer.Option(help="A decision id; the one with the longest history if none.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Print exactly what is shown for one decision, and what is scored after it."""
    table = datasets.load(dataset)
    row = _pick(table, decision, dataset)
    written = prompts.write(row, formulation=formulation, format=format, history=history)  # type: ignore[arg-type]
    prompt = written.row(0, named=True)
    if model is not None:
        prompt |= _seen_by(model, format, prompt, template_of)
    if as_json:
        print_json(prompt)
        return
    stdout.print(Text(f"decision {prompt['decision_id']}, {prompt['formulation']}, {format}\n"))
    if model is None:
        for message in prompt["messages"]:
            stdout.print(Text(f"[{message['role']}]", style="bold cyan"))
            stdout.print(Text(message["content"]))
        stdout.print(Text(prompt["answer_prefix"], style="bold"), end="")
    else:
        stdout.print(_tokens_shown(prompt["tokens"]), end="")
    options = row["options"][0].to_list()
    for option, forms in zip(options, prompt["forms"], strict=True):
        stdout.print(Text(f"\n  option {option}: scored {forms}", style="green"), end="")
        if model is not None:
            tokens = prompt["option_tokens"][options.index(option)]
            stdout.print(Text(f" as tokens {tokens}", style="green"), end="")
    stdout.print(Text(f"\n  each followed by one of {prompt['ends']}", style="green"))


def _pick(table: pl.DataFrame, decision: str | None, dataset: str) -> pl.DataFrame:
    if decision is None:
        return table.sort(pl.col("history").list.len(), descending=True, maintain_order=True).head(
            1
        )
    row = table.filter(pl.col("decision_id") == decision)
    if row.is_empty():
        known = table["decision_id"].head(2000).to_list()
        raise StudyError(f"data set {dataset}: {unknown_name('decision', decision, known)}")
    return row


def _seen_by(
    model: str, format: str, prompt: dict[str, Any], template_of: str | None
) -> dict[str, Any]:
    from silicus.study.scoring import as_asked, loaded

    entry = ModelEntry(name=model, format=format, chat_template_of=template_of)  # type: ignore[arg-type]
    study = StudyFile(study="show", datasets=("none",), models=(entry,))
    with loaded(study, entry) as held, as_asked(study, entry, held) as backend:
        request = backend.encode([prompt])[0]
        return {
            "text": request.text,
            "tokens": backend.spell(request.prompt),
            "option_tokens": [
                [backend.spell(form) for form in option.forms] for option in request.options
            ],
        }


def _tokens_shown(tokens: list[str]) -> Text:
    """Return tokens with alternating backgrounds, so that every boundary is seen."""
    shown = Text()
    for n, token in enumerate(tokens):
        shown.append(token.replace("\n", "\u21b5\n"), style="on grey15" if n % 2 else "on grey30")
    return shown
