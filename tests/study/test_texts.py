"""Texts go to the models in batches: the same prompts, in files that are read again."""

import polars as pl
import pytest
from rich.console import Console

from silicus import datasets, prompts
from silicus.study import plan_study, read_study, run_study, texts
from silicus.study.file import StudyFile
from silicus.study.texts import situations, write_batches
from tests.backends.loading import tiny_folder

__all__ = ["tiny_folder"]

NAME = "sample_repeated_pd"
WORDINGS = ("baseline", "observer", "numbers_only")
STUDY = StudyFile(
    study="t", datasets=(NAME,), theories=("nash",), formulations=WORDINGS, history="message"
)
QUIET = Console(quiet=True)


@pytest.fixture
def small_batches(monkeypatch):
    """Let a batch hold seven decisions at most."""
    monkeypatch.setattr(texts, "BATCH_PROMPTS", 21)


@pytest.mark.parametrize("format", ["plain", "chat"])
@pytest.mark.usefixtures("small_batches")
def test_batches_when_joined_are_the_prompts_written_at_once(tmp_path, format):
    """No prompt is lost, repeated or changed, and no batch is larger than allowed."""
    decisions = datasets.load(NAME)
    told = []
    batches = list(write_batches(STUDY, NAME, decisions, format, tmp_path, told.append))
    assert len(batches) == -(-decisions.height // 7)
    assert all(batch.n_prompts <= 21 for batch in batches)
    joined = pl.concat([batch.read() for batch in batches])
    at_once = pl.concat(
        prompts.write(decisions, formulation=wording, format=format, history="message")
        for wording in WORDINGS
    )
    assert joined.sort("prompt_id").equals(at_once.sort("prompt_id"))
    assert sum(told) == joined.height == sum(batch.n_prompts for batch in batches)
    assert batches[0].read("formulation", "format").columns == ["formulation", "format"]


@pytest.mark.usefixtures("small_batches")
def test_batches_when_of_situations_hold_each_text_once_and_its_times(tmp_path):
    """Distinct texts stand for all decisions; numbers alone are the same in every round."""
    decisions = datasets.load(NAME)
    distinct = situations(pl.concat([decisions, decisions.head(20)]))
    assert distinct.height <= decisions.height
    batches = list(write_batches(STUDY, NAME, distinct, "plain", tmp_path))
    for batch in batches:
        table = batch.read()
        shown = table.select("formulation", "messages", "answer_prefix", "forms")
        assert shown.n_unique() == table.height
    times = pl.concat([batch.read() for batch in batches]).group_by("formulation")
    counted = dict(times.agg(pl.sum("times")).iter_rows())
    assert counted == dict.fromkeys(WORDINGS, decisions.height + 20)


RUN = """\
study: small
datasets: [sample_lottery, sample_ultimatum]
models:
  - {{name: one, source: "folder:{one}", kind: base, provider: Someone, format: plain}}
  - {{name: two, source: "folder:{two}", kind: aligned, provider: Another, format: chat}}
  - {{name: one, source: "folder:{one}", kind: base, provider: Someone, format: chat,
     chat_template_of: "folder:{two}"}}
  - {{name: two, source: "folder:{two}", kind: aligned, provider: Another, format: plain}}
formulations: [baseline, observer]
comparisons: [{{base: one, aligned: two}}]
n_resamples: 100
n_threads: 1
"""


@pytest.fixture
def study(tmp_path, tiny_folder):
    path = tmp_path / "small.yaml"
    path.write_text(RUN.format(one=tiny_folder("llama"), two=tiny_folder("gemma3")))
    return path


def run(path, out):
    held, given = read_study(path)
    return run_study(held, given, path, out, QUIET)


def test_model_when_asked_in_two_formats_is_loaded_once(study, tmp_path, monkeypatch):
    """Four cells of two models take two loadings; tables keep the order of the study."""
    from silicus.backends import transformers

    loads = []
    load = transformers.load

    def counted(**how):
        loads.append(how["model_id"])
        return load(**how)

    monkeypatch.setattr(transformers, "load", counted)
    done = run(study, tmp_path / "out")
    assert loads == ["one", "two"]
    cells = [(one["id"], one["format"]) for one in done.manifest["predictors"] if "sha256" in one]
    assert cells == [("one", "plain"), ("two", "chat"), ("one", "chat"), ("two", "plain")]
    templates = {
        (one["id"], one["format"]): one["template_sha256"] for one in done.manifest["predictors"]
        if "sha256" in one
    }  # fmt: skip
    assert templates["one", "chat"] == templates["two", "chat"] != templates["one", "plain"]
    shown = done.read_extra("renderings").join(done.read_table("prompts"), on="prompt_id")
    borrowed = shown.filter((pl.col("predictor_id") == "one") & (pl.col("format") == "chat"))
    assert borrowed["text"].str.contains("<start_of_turn>", literal=True).all()
    assert not (done.folder / ".texts").exists()


def test_study_when_in_small_batches_gives_the_same_scores(study, tmp_path, monkeypatch):
    """Scores, prompts and renderings do not depend on how many prompts go through at a time."""
    whole = run(study, tmp_path / "whole")
    monkeypatch.setattr(texts, "BATCH_PROMPTS", 6)
    (tmp_path / "parts" / ".texts").mkdir(parents=True)
    (tmp_path / "parts" / ".texts" / "left.parquet").write_bytes(b"of a killed run")
    parts = run(study, tmp_path / "parts")
    keys = ["predictor_id", "format", "formulation", "decision_id", "option"]
    a, b = (one.read_table("scores").sort(keys) for one in (whole, parts))
    assert a.select(*keys, "request_key").equals(b.select(*keys, "request_key"))
    assert (a["logprob"] - b["logprob"]).abs().max() < 1e-4
    prompt_tables = [one.read_table("prompts").sort("prompt_id") for one in (whole, parts)]
    assert prompt_tables[0].equals(prompt_tables[1])
    by = ["predictor_id", "prompt_id"]
    renderings = [one.read_extra("renderings").sort(by) for one in (whole, parts)]
    # which prompts are kept token by token does depend on it: the longest one always is
    assert renderings[0].drop("tokens").equals(renderings[1].drop("tokens"))
    for table in renderings:
        longest = table.filter(pl.col("n_tokens") == pl.col("n_tokens").max())
        assert longest["tokens"].list.len().max() == longest["n_tokens"][0]
    assert renderings[0].height == 2 * prompt_tables[0].height


def test_plan_when_in_small_batches_counts_the_same_texts(study, monkeypatch):
    """Prompts, distinct texts, characters and naive tokens are exact whatever the batch is."""
    held = read_study(study)[0]
    whole = plan_study(held, QUIET, calibrate_s=0)
    monkeypatch.setattr(texts, "BATCH_PROMPTS", 6)
    parts = plan_study(held, QUIET, calibrate_s=0)
    assert [one["predictor"] for one in whole] == ["one", "two", "one", "two"]
    for a, b in zip(whole, parts, strict=True):
        # Beginnings that two batches share are computed in each.
        assert a.pop("n_tokens_computed") <= b.pop("n_tokens_computed")
        for one in (a, b):
            del one["memory_bytes"], one["petaflop"]
            for counts in one["datasets"].values():
                del counts["n_tokens_computed"]
        assert a == b


def test_wordings_when_two_names_are_the_same_words_then_they_are_written_once(tmp_path):
    """In plain text a history has no messages, so one message and dialogue turns are the same."""
    both = ("baseline", "baseline+one_message", "baseline+rows_reversed+columns_reversed")
    study = STUDY.model_copy(update={"formulations": both, "history": "turns"})
    decisions = datasets.load(NAME).head(3)
    for format, n_wordings in (("plain", 2), ("chat", 3)):
        batches = write_batches(study, NAME, decisions, format, tmp_path, lambda _: None)
        table = pl.concat([batch.read() for batch in batches])
        assert table["formulation"].n_unique() == n_wordings
        assert len(table) == 3 * n_wordings == table["prompt_id"].n_unique()
