"""The commands, and what happens when one fails."""

import os
import sys
import webbrowser
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer

import silicus
from silicus import report
from silicus.cli import data, doctor, pairs, prompts, reproduce, theories
from silicus.cli.planning import print_plan
from silicus.cli.printing import Json, print_json, stderr, stdout
from silicus.errors import SilicusError, StudyError
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
app.add_typer(theories.app, name="theories")
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
    run_folders: Annotated[
        list[Path],
        typer.Argument(help="One run folder or several.", metavar="RUN...", show_default=False),
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="A folder for the page, every figure (SVG, PNG) and every table."),
    ] = None,
    compare: Annotated[
        list[str] | None,
        typer.Option(
            help="Of several runs: also compare these two, BASE+ALIGNED. May be given again.",
            metavar="BASE+ALIGNED",
        ),
    ] = None,
    open_: Annotated[
        bool, typer.Option("--open", help="Open the page in the browser when it is written.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write the report of a run again from its tables, or of several runs together."""
    from silicus.study import export_merged, export_report, merge, write_report

    if len(run_folders) == 1 and not compare:
        done = Run(run_folders[0])
        write_report(done)
        if out is not None:
            export_report(done, out)
        _show(done, as_json=as_json)
        _open(done.folder / "report.html", asked=open_)
        return
    if len(run_folders) == 1:
        raise StudyError(
            "--compare is for several runs. A comparison within one run is declared in its study "
            "file, under comparisons."
        )
    if out is None or out.resolve() in {folder.resolve() for folder in run_folders}:
        raise StudyError(
            "a report of several runs needs a folder of its own, which is none of the runs. Name "
            "one with --out."
        )
    merged = merge(run_folders, compare or ())
    export_merged(merged, out)
    _print_results(merged.manifest, merged.results, out / "report.html", as_json=as_json)
    _open(out / "report.html", asked=open_)


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


def _open(page: Path, *, asked: bool) -> None:
    """Open a page in the browser, or say that there is none."""
    if asked and not webbrowser.open(page.resolve().as_uri()):
        stderr.print(f"No browser could be started here. Open {page} yourself.", soft_wrap=True)


def _show(done: Run, *, as_json: bool) -> None:
    results, page = done.read_table("results"), done.folder / "report.html"
    _print_results(done.manifest, results, page, as_json=as_json)


def _print_results(
    manifest: dict[str, Any], results: pl.DataFrame, page: Path, *, as_json: bool
) -> None:
    from silicus.study.answering import answered

    found = answered(manifest, results)
    if as_json:
        told = {"answer": found.answer.to_dicts(), "stand_in_card": found.card.to_dicts()}
        print_json({"report": str(page), **told, "results": results.to_dicts()})
        return
    report.terminal(manifest, results, found, stdout)
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
