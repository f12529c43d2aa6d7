"""A study runs from its file to its report, and can be killed anywhere on the way."""

import json
import os
import subprocess
import sys

import polars as pl
import pytest
from rich.console import Console

from silicus.errors import SilicusError, StoreError
from silicus.study import read_study, run_study, write_report
from silicus.study.shown import examples
from tests.backends.loading import tiny_folder

__all__ = ["tiny_folder"]

STUDY = """\
study: small
datasets: [sample_lottery, sample_ultimatum]
models:
  - {{name: tiny-base, source: "folder:{base}", kind: base, provider: Someone, format: plain}}
  - {{name: tiny-chat, source: "folder:{chat}", kind: aligned, provider: Another, format: chat}}
theories: [expected_value_logit]
comparisons:
  - {{base: tiny-base, aligned: tiny-chat}}
n_resamples: 200
n_threads: 1
"""

QUIET = Console(quiet=True)


@pytest.fixture
def study_path(tmp_path, tiny_folder):
    """Return a study of two tiny random models on embedded data."""
    path = tmp_path / "small.yaml"
    path.write_text(STUDY.format(base=tiny_folder("llama"), chat=tiny_folder("qwen3")))
    return path


def run(path, out):
    study, given = read_study(path)
    return run_study(study, given, path, out, QUIET)


def test_study_when_run_leaves_every_table_and_a_page(study_path, tmp_path):
    """A run folder holds manifest, four tables and report, and the manifest says what was run."""
    done = run(study_path, tmp_path / "out")
    decisions, scores, results = (
        done.read_table(name) for name in ("decisions", "scores", "results")
    )
    assert decisions.height == 24
    per_predictor = dict(scores.group_by("predictor_id").len().iter_rows())
    assert per_predictor["tiny-base"] == per_predictor["tiny-chat"] == 2 * 24
    sums = scores.group_by("predictor_id", "decision_id").agg(pl.col("option_prob").sum())
    assert (sums["option_prob"] - 1).abs().max() < 1e-9
    differences = results.filter(
        pl.col("reference_id").is_not_null() & (pl.col("metric") == "pearson_r")
    )
    assert set(differences["family"]) == {"lottery", "bargaining"}
    tested = results.filter(pl.col("p_value").is_not_null(), pl.col("slice") == "all")
    declared = tested.filter(pl.col("reference_id") == "tiny-chat")
    assert declared["note"].str.contains("Holm over 2 tests").all()
    rival = tested.filter(pl.col("reference_id") == "best_theory")
    assert set(rival["predictor_id"]) == {"tiny-base", "tiny-chat"}
    assert rival["note"].str.contains("Benjamini-Hochberg").all()
    notes = {facts["id"]: facts.get("note", "") for facts in done.manifest["predictors"]}
    chosen = "sample_ultimatum: chosen fehr_schmidt in 3 of 5 folds, charness_rabin in 2 of 5 folds"
    assert chosen in notes["best_theory"]
    manifest = done.manifest
    models = {entry["id"]: entry for entry in manifest["predictors"]}
    assert models["tiny-base"]["sha256"] != models["tiny-chat"]["sha256"]
    assert models["tiny-base"]["method"] == "packed"
    assert manifest["comparisons"][0]["same_provider"] is False
    assert manifest["settings"]["in_force"]["history"] == "turns"
    assert len(manifest["datasets"][0]["files"]) >= 1
    page = (done.folder / "report.html").read_text()
    assert "not a same-provider pair" in page
    assert "tiny-base" in page


def test_report_when_written_shows_prompts_with_their_tokens(study_path, tmp_path):
    """One prompt of each cell is on the page, split into the tokens that the model was given."""
    done = run(study_path, tmp_path / "out")
    shown = examples(done)
    cells = {tuple(one[n] for n in ("dataset", "format", "predictor_id")) for one in shown}
    assert len(cells) == len(shown) == 4
    for one in shown:
        assert len(one["tokens"]) == one["n_tokens"]
        assert one["text"].endswith("".join(one["tokens"])[-10:])
    renderings = done.read_extra("renderings")
    assert renderings["tokens"].is_not_null().sum() == 4
    page = (done.folder / "report.html").read_text()
    assert page.count("as tokens (") == 4


def test_study_when_run_again_scores_nothing_anew_and_gives_the_same(study_path, tmp_path):
    """A finished run started again reads its journal and ends with the same tables."""
    first = run(study_path, tmp_path / "out")
    before = {name: first.read_table(name) for name in ("scores", "results", "prompts")}
    second = run(study_path, tmp_path / "out")
    assert all(
        entry["n_scored_now"] == 0
        for entry in second.manifest["predictors"]
        if entry["kind"] != "theory"
    )
    for name, table in before.items():
        assert second.read_table(name).equals(table)


PAIRS = """\
study: cells
datasets: [sample_lottery, sample_ultimatum]
pairs_file: mine.yaml
pairs: [one, two]
cells: all
formulations_of: {sample_ultimatum: [baseline, observer]}
n_resamples: 100
n_threads: 1
"""


def test_pairs_when_all_cells_are_run_compare_native_and_controls(tmp_path, tiny_folder):
    """A base with two partners is scored with both templates, each against its own partner."""
    places = [tiny_folder(name) for name in ("llama", "qwen3", "mistral")]
    pair = "- {{id: {}, base: 'folder:{}', aligned: 'folder:{}', provider: Someone}}\n"
    text = "".join(
        pair.format(name, places[0], aligned)
        for name, aligned in zip(("one", "two"), places[1:], strict=True)
    )
    (tmp_path / "mine.yaml").write_text(text)
    path = tmp_path / "cells.yaml"
    path.write_text(PAIRS)
    done = run(path, tmp_path / "out")
    scores = done.read_table("scores")
    bases = [places[0].name, f"{places[0].name}@{places[1].name}"]
    cells = {row[:2] for row in scores.select("predictor_id", "format").unique().iter_rows()}
    assert len(cells) == 7
    assert {(bases[0], "plain"), (bases[1], "chat")} <= cells
    assert (bases[0], "chat") not in cells
    formulations = dict(
        scores.join(done.read_table("decisions").select("decision_id", "dataset"), on="decision_id")
        .group_by("dataset")
        .agg(pl.col("formulation").unique().sort())
        .iter_rows()
    )
    assert formulations["sample_lottery"] == ["baseline"]
    assert formulations["sample_ultimatum"] == ["baseline", "observer"]
    differences = done.read_table("results").filter(
        (pl.col("metric") == "pearson_r")
        & (pl.col("reference_id") == places[1].name)
        & (pl.col("slice") == "all")
        & (pl.col("dataset") == "sample_lottery")
    )
    compared = {row[:2] for row in differences.select("predictor_id", "format").iter_rows()}
    assert compared == {(bases[0], "plain|chat"), (bases[0], "plain"), (bases[1], "chat")}
    assert len(done.manifest["comparisons"]) == len(done.manifest["controls"]) == 2
    templates = {(e["id"], e["format"]): e["template_sha256"] for e in done.manifest["predictors"]}
    assert templates[bases[1], "chat"] == templates[places[1].name, "chat"]


KILLER = """\
import os, signal, sys
from silicus.store import journal
journal.FLUSH_S = 0.0
add, count, last = journal.Journal.add, 0, int(sys.argv[1])
def dying(self, entry):
    global count
    add(self, entry)
    count += 1
    if count == last:
        os.kill(os.getpid(), signal.SIGKILL)
journal.Journal.add = dying
sys.argv = ["silicus", "run", *sys.argv[2:]]
from silicus.cli import main
main()
"""


def test_study_when_killed_loses_nothing_scored_and_mixes_no_models(study_path, tmp_path):
    """Killed with -9 in the first and in the second model, a study ends as if never killed."""
    whole = run(study_path, tmp_path / "whole")
    out = tmp_path / "killed"
    kept = []
    for kill_at in (5, 30):
        ended = subprocess.run(
            [sys.executable, "-c", KILLER, str(kill_at), str(study_path), "--out", str(out)],
            capture_output=True,
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
        )
        assert ended.returncode == -9, ended.stderr.decode()
        kept.append(sum(pl.read_parquet(p).height for p in (out / "journal").glob("part-*")))
    assert kept == [5, 35]
    done = run(study_path, out)
    keys = ["predictor_id", "decision_id", "option"]
    a, b = (r.read_table("scores").sort(keys) for r in (whole, done))
    assert a.select(*keys, "request_key").equals(b.select(*keys, "request_key"))
    # what was scored in another grouping differs in the last bits only
    assert (a["logprob"] - b["logprob"]).abs().max() < 1e-4
    scored_now = {e["id"]: e["n_scored_now"] for e in done.manifest["predictors"] if "sha256" in e}
    assert scored_now["tiny-base"] == 0
    assert 0 < scored_now["tiny-chat"] < 24


def test_folder_when_of_another_study_is_refused(study_path, tmp_path):
    """One run folder never mixes two studies."""
    run(study_path, tmp_path / "out")
    other = tmp_path / "other.yaml"
    other.write_text(study_path.read_text().replace("study: small", "study: other"))
    with pytest.raises(StoreError, match='holds the study "small", not "other"'):
        run(other, tmp_path / "out")


def test_report_when_a_table_is_corrupt_names_it(study_path, tmp_path):
    """A damaged table is named, and the run mends it from the journal."""
    done = run(study_path, tmp_path / "out")
    results = done.folder / "results.parquet"
    results.write_bytes(results.read_bytes()[:100])
    with pytest.raises(StoreError, match=r"results\.parquet is not a readable Parquet file"):
        write_report(done)
    assert run(study_path, tmp_path / "out").read_table("results").height > 0


def test_study_when_weights_are_missing_keeps_what_was_scored(study_path, tmp_path, tiny_folder):
    """A second model that cannot be loaded is refused; the first one's scores stay."""
    broken = tmp_path / "broken.yaml"
    broken.write_text(study_path.read_text().replace(str(tiny_folder("qwen3")), "nowhere"))
    with pytest.raises(SilicusError, match=r"tiny-chat.*holds no config\.json"):
        run(broken, tmp_path / "out")
    done = run(study_path, tmp_path / "out")
    models = {entry["id"]: entry for entry in done.manifest["predictors"]}
    assert models["tiny-base"]["n_scored_now"] == 0


def test_manifest_holds_no_secret_of_the_environment(study_path, tmp_path, monkeypatch):
    """API keys live in the environment only: no file of a run repeats one."""
    monkeypatch.setenv("HF_TOKEN", "hf_secretvalue123")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secretvalue456")
    done = run(study_path, tmp_path / "out")
    for file in done.folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert b"secretvalue123" not in content
            assert b"secretvalue456" not in content
    assert json.loads((done.folder / "manifest.json").read_text())["finished"]
