"""Several runs make one report: the same figures as one run, and no contradiction unseen."""

import json
import shutil

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from rich.console import Console

from silicus.errors import DataError, StoreError, StudyError
from silicus.study import export_merged, merge, read_study, run_study
from silicus.study.shown import published_beside
from tests.backends.loading import tiny_folder

__all__ = ["tiny_folder"]

ROW = ["dataset", "family", "formulation", "format", "metric", "predictor_id", "reference_id"]
BASE = '{{name: SmolLM2-135M, source: "folder:{base}", kind: base, provider: HF, format: plain}}'
ALIGNED = (
    '{{name: SmolLM2-135M-Instruct, source: "folder:{chat}", kind: aligned, provider: HF, '
    "format: chat}}"
)
COMPARED = "comparisons:\n  - {{base: SmolLM2-135M, aligned: SmolLM2-135M-Instruct}}\n"
BOTH = "[sample_lottery, sample_ultimatum]"


@pytest.fixture(scope="module")
def run_of(tmp_path_factory, tiny_folder):
    """Return the folder of a run of some models on some data sets; each is run once."""
    made = {}
    places = {"base": tiny_folder("llama"), "chat": tiny_folder("qwen3")}

    def folder(name, datasets, *models, extra="", study="parts"):
        if name not in made:
            text = f"study: {study}\ndatasets: {datasets}\nmodels:\n"
            text += "".join(f"  - {model}\n" for model in models) + extra
            text += "n_resamples: 100\nn_threads: 1\n"
            parent = tmp_path_factory.mktemp("runs")
            path = parent / "study.yaml"
            path.write_text(text.format(**places))
            content, given = read_study(path)
            run_study(content, given, path, parent / name, Console(quiet=True))
            made[name] = parent / name
        return made[name]

    return folder


@pytest.fixture
def whole(run_of):
    """The run of both models on both data sets."""
    return run_of("whole", BOTH, BASE, ALIGNED, extra=COMPARED)


def results_of(folder):
    return pl.read_parquet(folder / "results.parquet")


def assert_same_figures(one, other, abs_tol=1e-9):
    """Two Result tables hold the same rows, in whatever order."""
    keys = [*ROW, "slice"]
    assert_frame_equal(one.sort(keys), other.sort(keys), abs_tol=abs_tol)


def test_merge_when_the_models_are_in_two_runs_then_the_figures_are_those_of_one(run_of, whole):
    """Base in one run and aligned in another: a pair of the registry, compared like any other."""
    merged = merge([run_of("base", BOTH, BASE), run_of("aligned", BOTH, ALIGNED)])
    assert_same_figures(merged.results, results_of(whole))
    assert merged.manifest["comparisons"][0]["same_provider"] is True
    assert any("registry lists them as a pair" in text for text in merged.manifest["notices"])
    assert [run["label"] for run in merged.manifest["runs"]] == ["base", "aligned"]


def test_merge_when_the_data_are_in_two_runs_then_the_figures_are_those_of_one(run_of, whole):
    """Each data set draws from its own stream, and tests are adjusted over all of them."""
    lottery = run_of("lottery", "[sample_lottery]", BASE, ALIGNED, extra=COMPARED)
    ultimatum = run_of("ultimatum", "[sample_ultimatum]", BASE, ALIGNED, extra=COMPARED)
    merged = merge([lottery, ultimatum])
    # what was scored in another grouping differs in the last bits of a float32
    assert_same_figures(merged.results, results_of(whole), abs_tol=1e-3)
    scored = {run["label"]: run["scored"] for run in merged.manifest["runs"]}
    assert {cell["dataset"] for cell in scored["lottery"]} == {"sample_lottery"}


def test_merge_when_a_cell_was_scored_twice_and_agrees_then_it_counts_once(run_of, whole):
    """Runs may overlap, as those of machines that were given some of the same work."""
    merged = merge([whole, run_of("base", BOTH, BASE)])
    assert_same_figures(merged.results, results_of(whole))
    base = next(p for p in merged.manifest["predictors"] if p["id"] == "SmolLM2-135M")
    assert base["runs"] == ["whole", "base"]


def test_merge_when_runs_contradict_each_other_then_it_names_them(whole, tmp_path):
    """One model on one decision has one probability: the cell and both values are told."""
    other = tmp_path / "other"
    shutil.copytree(whole, other)
    scores = pl.read_parquet(other / "scores.parquet")
    bent = (pl.col("predictor_id") == "SmolLM2-135M") & (pl.col("option") == 0)
    changed = pl.when(bent).then(pl.col("option_prob") / 2).otherwise(pl.col("option_prob"))
    scores.with_columns(option_prob=changed).write_parquet(other / "scores.parquet")
    with pytest.raises(StoreError, match=r"whole and other contradict.*SmolLM2-135M, baseline, pl"):
        merge([whole, other])


def test_merge_when_the_decisions_differ_then_it_is_refused(whole, tmp_path):
    """Two data sets of one name are never mixed, whether a choice differs or a decision is gone."""
    other = tmp_path / "other"
    shutil.copytree(whole, other)
    decisions = pl.read_parquet(other / "decisions.parquet")
    other_count = decisions.with_columns(n_choices=pl.col("n_choices") + 1)
    other_count.write_parquet(other / "decisions.parquet")
    with pytest.raises(DataError, match="decisions differ in n_choices, the first is"):
        merge([whole, other])
    decisions.head(-1).write_parquet(other / "decisions.parquet")
    with pytest.raises(DataError, match="1 are only in the first and 0 only in the second"):
        merge([whole, other])


def test_merge_when_the_files_differ_but_the_decisions_do_not_then_it_is_noted(whole, tmp_path):
    """Another checksum of the files is worth a note, as long as the same is read from them."""
    other = tmp_path / "other"
    shutil.copytree(whole, other)
    manifest = json.loads((other / "manifest.json").read_text())
    manifest["datasets"][0]["files"] = {"data.csv": "0" * 64}
    (other / "manifest.json").write_text(json.dumps(manifest))
    notices = merge([whole, other]).manifest["notices"]
    assert any("other checksums in other than in whole" in text for text in notices)


def test_merge_when_a_model_is_there_in_two_number_types_then_both_are_compared(run_of, whole):
    """The same model in two dtypes is two predictors, and the difference between them is shown."""
    short = run_of("short", BOTH, BASE, ALIGNED, extra=COMPARED + "dtype: bfloat16\n")
    merged = merge([whole, short])
    names = {p["id"] for p in merged.manifest["predictors"] if p["kind"] != "history"}
    assert names == {
        f"SmolLM2-135M{end}@{dtype}"
        for end in ("", "-Instruct")
        for dtype in ("float32", "bfloat16")
    }
    differences = merged.results.filter(pl.col("reference_id").is_not_null())
    compared = {row[:2] for row in differences.select("predictor_id", "reference_id").iter_rows()}
    assert ("SmolLM2-135M@float32", "SmolLM2-135M@bfloat16") in compared
    assert ("SmolLM2-135M@bfloat16", "SmolLM2-135M-Instruct@bfloat16") in compared
    assert not merged.results["metric"].str.ends_with("_mean_over_these_pairs").any()
    own = results_of(short).filter(
        pl.col("predictor_id") == "SmolLM2-135M", pl.col("p_value").is_null()
    )
    again = merged.results.filter(
        pl.col("predictor_id") == "SmolLM2-135M@bfloat16",
        pl.col("p_value").is_null(),
        pl.col("reference_id").is_null(),
    )
    own = own.filter(pl.col("reference_id").is_null())
    assert_same_figures(again, own.with_columns(predictor_id=pl.lit("SmolLM2-135M@bfloat16")))


def test_merge_when_a_comparison_is_asked_for_then_it_is_made(run_of):
    """Any two predictors can be compared; one that no run has is refused."""
    folders = [run_of("base", BOTH, BASE), run_of("aligned", BOTH, ALIGNED)]
    merged = merge(folders, ["SmolLM2-135M-Instruct+SmolLM2-135M"])
    assert ("SmolLM2-135M-Instruct", "SmolLM2-135M") in {
        (one["base"], one["aligned"]) for one in merged.manifest["comparisons"]
    }
    with pytest.raises(StudyError, match='no run has a predictor "nobody"'):
        merge(folders, ["nobody+SmolLM2-135M"])
    with pytest.raises(StudyError, match=r"Write it as BASE\+ALIGNED"):
        merge(folders, ["SmolLM2-135M"])


def test_merge_when_a_run_is_unfinished_or_given_twice_then_it_is_refused(whole, tmp_path):
    """A report is made of finished runs, each of which counts once."""
    with pytest.raises(StoreError, match="given twice"):
        merge([whole, whole])
    other = tmp_path / "other"
    shutil.copytree(whole, other)
    manifest = json.loads((other / "manifest.json").read_text())
    (other / "manifest.json").write_text(json.dumps({**manifest, "finished": None}))
    with pytest.raises(StoreError, match="is not finished"):
        merge([whole, other])


def test_merge_when_settings_differ_then_the_first_holds_and_it_is_said(run_of, whole):
    """One seed makes the intervals of the whole page; that a run had another is on it."""
    other = run_of("seeded", "[sample_ultimatum]", BASE, extra="seed: 7\n", study="another")
    merged = merge([whole, other])
    assert merged.manifest["seed"] == 20260317
    assert any("different settings of seed" in text for text in merged.manifest["notices"])
    assert merged.manifest["study"]["title"] == "2 runs: parts; another"


def test_report_of_several_runs_when_written_then_it_names_the_run_of_every_number(
    run_of, tmp_path
):
    """Page and tables of a merged report are there, with both runs and their full manifests."""
    merged = merge([run_of("base", BOTH, BASE), run_of("aligned", BOTH, ALIGNED)])
    files = export_merged(merged, tmp_path / "out")
    assert tmp_path / "out" / "report.html" in files
    page = (tmp_path / "out" / "report.html").read_text()
    assert "base, aligned" in page
    kept = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert [run["manifest"]["study"]["name"] for run in kept["runs"]] == ["parts", "parts"]
    agreement = pl.read_csv(tmp_path / "out" / "tables" / "agreement.csv")
    runs = dict(agreement.select("predictor_id", "run").iter_rows())
    assert runs["SmolLM2-135M"] == "base"
    assert runs["SmolLM2-135M-Instruct"] == "aligned"


def test_published_when_pair_and_data_are_those_of_the_study_then_its_figures_are_found():
    """A pair of the study on its data gets the printed figures, under whatever name it has here."""
    manifest = {
        "predictors": [
            {"id": "SmolLM2-135M@float32", "model": "SmolLM2-135M"},
            {"id": "SmolLM2-135M-Instruct"},
        ],
        "comparisons": [{"base": "SmolLM2-135M@float32", "aligned": "SmolLM2-135M-Instruct"}],
        "datasets": [{"name": "akata_repeated"}, {"name": "choices13k"}],
    }
    (found,) = published_beside(manifest)
    assert found["dataset"] == "akata_repeated"
    assert (found["r_base"], found["r_aligned"]) == (0.02, 0.09)
