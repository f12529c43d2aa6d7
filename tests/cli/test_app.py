"""The command line prints tables or JSON, and refuses in one paragraph with exit status 2."""

import json
import subprocess
import sys

import pytest

from silicus.cli import app as cli
from silicus.errors import StudyError
from tests.backends.loading import tiny_folder

__all__ = ["tiny_folder"]


def call(monkeypatch, *arguments):
    """Run the command as a shell would; return its exit status."""
    monkeypatch.setattr(sys, "argv", ["silicus", *arguments])
    monkeypatch.setattr(cli._Settings, "debug", False)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code or 0


def test_refusal_is_one_paragraph_with_status_2(monkeypatch, capsys, tmp_path):
    """What silicus refuses is told in one paragraph on standard error, without a traceback."""
    study = tmp_path / "study.yaml"
    study.write_text("study: x\ndatasets: [akata]\nmodels: []\n")
    assert call(monkeypatch, "run", str(study)) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Traceback" not in printed.err
    assert printed.err.startswith("StudyError: ")


def test_refusal_with_debug_shows_the_traceback(monkeypatch, tmp_path):
    """With --debug, anywhere on the line, the error itself comes through."""
    monkeypatch.setattr(sys, "argv", ["silicus", "run", str(tmp_path / "none.yaml"), "--debug"])
    monkeypatch.setattr(cli._Settings, "debug", False)
    with pytest.raises(StudyError, match="cannot be read"):
        cli.main()


@pytest.mark.parametrize(
    "arguments",
    [
        ("data", "list"),
        ("data", "show", "sample_lottery"),
        ("data", "check", "sample_lottery"),
        ("prompts", "list"),
        ("prompts", "show", "sample_lottery"),
        ("pairs", "list"),
        ("pairs", "list", "--lineages"),
        ("pairs", "show", "gemma-3-270m"),
        ("doctor",),
    ],
)
def test_command_with_json_prints_one_document(monkeypatch, capsys, arguments):
    """Everything that prints a table prints the same as JSON on demand."""
    assert call(monkeypatch, *arguments, "--json") == 0
    assert json.loads(capsys.readouterr().out)
    assert call(monkeypatch, *arguments) == 0
    assert capsys.readouterr().out.strip()


def test_prompts_show_marks_what_is_scored(monkeypatch, capsys):
    """What is shown ends where scoring begins, and the scored options are named."""
    assert call(monkeypatch, "prompts", "show", "sample_lottery", "--json") == 0
    prompt = json.loads(capsys.readouterr().out)
    assert prompt["answer_prefix"].endswith('"')
    assert prompt["forms"] == [["A"], ["B"]]


def test_unknown_name_is_answered_with_the_nearest(monkeypatch, capsys):
    """A mistyped data set is answered with the one that was probably meant."""
    assert call(monkeypatch, "data", "show", "sample_lotery") == 2
    assert 'did you mean "sample_lottery"' in " ".join(capsys.readouterr().err.split())


def test_report_when_folder_is_no_run_says_so(monkeypatch, capsys, tmp_path):
    """A folder without a run is refused, not written to."""
    assert call(monkeypatch, "report", str(tmp_path)) == 2
    assert "run folder" in " ".join(capsys.readouterr().err.split())
    assert not list(tmp_path.iterdir())


def test_import_of_the_package_loads_no_model_library():
    """``import silicus`` and the command's help stay light: no torch, no transformers."""
    code = (
        "import sys, silicus, silicus.cli;"
        "heavy = {'torch', 'transformers', 'sklearn', 'pygambit'} & set(sys.modules);"
        "sys.exit(', '.join(heavy) or 0)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


def test_plan_prints_what_a_study_would_cost(monkeypatch, capsys, tmp_path, tiny_folder):
    """A plan counts prompts and tokens and runs nothing: no run folder is made."""
    study = tmp_path / "study.yaml"
    study.write_text(
        "study: planned\ndatasets: [sample_lottery]\nmodels:\n"
        f"  - {{name: tiny, source: 'folder:{tiny_folder('llama')}', kind: base, "
        "provider: Someone, format: plain}\nn_threads: 1\n"
    )
    monkeypatch.chdir(tmp_path)
    assert call(monkeypatch, "plan", str(study), "--json") == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["n_prompts"] == 14
    assert 0 < found["n_tokens_computed"] < found["n_tokens_naive"]
    assert call(monkeypatch, "plan", str(study)) == 0
    assert "tokens computed" in " ".join(capsys.readouterr().out.split())
    assert not (tmp_path / "runs").exists()


def test_reproduce_writes_the_page_of_the_published_figures(monkeypatch, capsys, tmp_path):
    """One command recounts the reference study and writes its page."""
    page = tmp_path / "page.html"
    assert call(monkeypatch, "reproduce", "--out", str(page), "--json") == 0
    figures = json.loads(capsys.readouterr().out)["figures"]
    main = next(row for row in figures if row["name"] == "main/bargaining")
    assert main["printed"] == "75:4"
    assert "Shapira" in page.read_text()
    assert call(monkeypatch, "reproduce", "shapira2025") == 2


def test_reproduce_when_out_is_a_folder_then_the_page_is_in_it(monkeypatch, tmp_path):
    """--out takes a folder that is there or not, as in every other command, or one file."""
    (tmp_path / "there").mkdir()
    for name in ("there", "new"):
        assert call(monkeypatch, "reproduce", "--out", str(tmp_path / name), "--json") == 0
        assert (tmp_path / name / "report.html").is_file()


def test_report_when_asked_to_open_then_the_page_is_given_to_the_browser(monkeypatch, tmp_path):
    """--open hands the file to the browser, and a machine without one is told the path."""
    asked = []
    monkeypatch.setattr(cli.webbrowser, "open", lambda address: asked.append(address))
    cli._open(tmp_path / "report.html", asked=True)
    cli._open(tmp_path / "other.html", asked=False)
    assert asked == [(tmp_path / "report.html").as_uri()]
