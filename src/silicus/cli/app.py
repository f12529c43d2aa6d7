"""The commands, and what happens when one fails."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

import silicus
from silicus import report
from silicus.cli import data, doctor, pairs, prompts, reproduce
from silicus.cli.planning import print_plan
from silicus.cli.printing import Json, print_json, stderr, stdout
from silicus.errors import SilicusError
from silicus.store import Run

app = typer.Typer(
    name="silicus",
    help="Measure how well language models predict what people actually do.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(data.app, name="data")
app.add_typer(prompts.app, name="prompts")
app.add_typer(pairs.app, name="pairs")
app.command("doctor")(doctor.doctor)
app.command("reproduce")(reproduce.reproduce)


class _Settings:
    debug = False


def _version(asked: bool) -> None:
    if asked:
        stdout.print(f"silicus {silicus.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback when something fails.")
    ] = False,
    _show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    _Settings.debug = _Settings.debug or debug


StudyPath = Annotated[Path, typer.Argument(help="The study file (YAML).", show_default=False)]
RunPath = Annotated[Path, typer.Argument(help="The run folder.", show_default=False)]


@app.command("run")
def run(
    study: StudyPath,
    out: Annotated[
        Path | None, typer.Option(help="The run folder; runs/<study name> if left out.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Run a study, or continue it where it was interrupted."""
    from silicus.study import read_study, run_study

    content, given = read_study(study)
    done = run_study(content, given, study, out or Path("runs") / content.study, stderr)
    _show(done, as_json=as_json)


@app.command("report")
def make_report(
    run_folder: RunPath,
    out: Annotated[
        Path | None,
        typer.Option(help="A folder for the page, every figure (SVG, PNG) and every table."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the report of a run again from its tables, and print its table."""
    from silicus.study import export_report, write_report

    done = Run(run_folder)
    write_report(done)
    if out is not None:
        export_report(done, out)
    _show(done, as_json=as_json)


@app.command("plan")
def plan(study: StudyPath, as_json: Json = False) -> None:
    """Say what a study would cost, before anything is run."""
    from silicus.study import plan_study, read_study

    content, _ = read_study(study)
    plans = plan_study(content, stderr)
    if as_json:
        print_json(plans)
    else:
        print_plan(plans)


def _show(done: Run, *, as_json: bool) -> None:
    results = done.read_table("results")
    page = done.folder / "report.html"
    if as_json:
        print_json({"report": str(page), "results": results.to_dicts()})
        return
    report.terminal(done.manifest, results, stdout)
    stdout.print(f"report: {page}", soft_wrap=True)


def main() -> None:
    """Run the command line; a refusal is one paragraph and exit status 2."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    arguments = sys.argv[1:]
    _Settings.debug = "--debug" in arguments  # accepted anywhere on the line
    try:
        app(args=[argument for argument in arguments if argument != "--debug"])
    except SilicusError as error:
        if _Settings.debug:
            raise
        stderr.print(
            f"{type(error).__name__}: {error}",
            style="red",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
        sys.exit(2)
    except KeyboardInterrupt:
        stderr.print("Stopped. Run the same command again to continue where it was.")
        sys.exit(130)
