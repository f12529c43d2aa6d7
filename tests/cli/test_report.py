"""silicus report: one run again, or several together."""

import json
import sys

import pytest
from rich.console import Console

from silicus.cli import app as cli
from silicus.cli import printing
from silicus.study import read_study, run_study


def call(monkeypatch, *arguments):
    """Run the command as a shell would; return its exit status."""
    monkeypatch.setattr(sys, "argv", ["silicus", *map(str, arguments)])
    monkeypatch.setattr(cli._Settings, "debug", False)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code or 0


@pytest.fixture(scope="module")
def theory_run(tmp_path_factory):
    """Return the folder of a real run of theories on one data set; each is run once."""
    made = {}

    def folder(name, theories):
        if name not in made:
            parent = tmp_path_factory.mktemp("theories")
            path = parent / "study.yaml"
            path.write_text(
                f"study: {name}\ndatasets: [sample_lottery]\ntheories: [{theories}]\n"
                "n_resamples: 100\n"
            )
            content, given = read_study(path)
            run_study(content, given, path, parent / name, Console(quiet=True))
            made[name] = parent / name
        return made[name]

    return folder


@pytest.fixture
def two(theory_run):
    """Two runs of different theories on the same decisions."""
    return theory_run("linear", "expected_value_logit"), theory_run("bent", "cpt_logit")


def test_report_when_of_several_runs_then_page_and_tables_name_each(
    monkeypatch, capsys, tmp_path, two
):
    """Two runs become one page in a folder of its own, and the printed JSON holds both."""
    out = tmp_path / "out"
    assert call(monkeypatch, "report", *two, "--out", out, "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["report"] == str(out / "report.html")
    assert {"expected_value_logit", "cpt_logit"} <= {r["predictor_id"] for r in printed["results"]}
    page = (out / "report.html").read_text()
    assert "silicus report of 2 runs: linear, bent" in page
    assert "Manifest of the run bent" in page
    assert (out / "tables" / "results.parquet").is_file()
    assert all(not (folder / "tables").exists() for folder in two)


def test_report_when_a_comparison_is_asked_for_then_its_difference_is_there(
    monkeypatch, capsys, tmp_path, two
):
    """Predictors of two runs are compared on the same decisions, by the analysis."""
    pair = "cpt_logit+expected_value_logit"
    out = tmp_path / "out"
    assert call(monkeypatch, "report", *two, "--out", out, "--compare", pair, "--json") == 0
    rows = json.loads(capsys.readouterr().out)["results"]
    (found,) = (
        row
        for row in rows
        if (row["metric"], row["predictor_id"], row["reference_id"], row["slice"])
        == ("pearson_r", "cpt_logit", "expected_value_logit", "all")
    )
    assert found["n_decisions"] == 14
    assert found["ci_low"] < found["estimate"] < found["ci_high"]


def test_report_when_printed_then_the_terminal_names_the_run_of_each_line(
    monkeypatch, capsys, tmp_path, two
):
    """The table on the terminal says which run a predictor is from, too."""
    monkeypatch.setattr(printing.stdout, "_width", 200)
    assert call(monkeypatch, "report", *two, "--out", tmp_path / "out") == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split() == ["linear"] or " linear " in line for line in lines)


@pytest.mark.parametrize("where", [None, "run"])
def test_report_when_several_runs_have_no_folder_of_their_own_then_it_is_refused(
    monkeypatch, capsys, two, where
):
    """A joined report never lands in one of its runs, and nothing is written without a place."""
    before = {path: path.stat().st_mtime_ns for path in two[0].iterdir()}
    out = ["--out", two[0]] if where else []
    assert call(monkeypatch, "report", *two, *out) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "a report of several runs needs a folder of its own" in said
    assert {path: path.stat().st_mtime_ns for path in two[0].iterdir()} == before


def test_report_when_one_run_is_to_be_compared_then_it_says_where(monkeypatch, capsys, two):
    """Within one run, comparisons are declared before the data are seen."""
    assert call(monkeypatch, "report", two[0], "--compare", "a+b") == 2
    assert "declared in its study file" in " ".join(capsys.readouterr().err.split())
