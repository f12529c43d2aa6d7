"""The page as text: what it says, and what it does not let through."""

import base64
import hashlib
import html.parser
import json
import re
from typing import Any

import polars as pl
import pytest

from silicus.errors import AnalysisError
from silicus.report import cells

from .pages import page
from .synthetic import ALIGNED, BASE, figure_manifest, figure_rows, result, table

HOSTILE = "</script><script>window.hacked=1</script><img src=x onerror=window.hacked=1>\"'&"
KEPT = {"format", "kind", "family", "sha256", "base", "aligned", "id", "predictor_id", "name"}


class Reader(html.parser.HTMLParser):
    """Collects tags, attributes and text of a page as a browser would separate them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.text: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside.append(tag)
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._inside and self._inside[-1] == "script":
            self.scripts[-1] += data
        elif self._inside and self._inside[-1] != "style":
            self.text.append(data)


def read(text: str) -> Reader:
    """Return a page taken apart."""
    reader = Reader()
    reader.feed(text)
    reader.close()
    return reader


def hostile(value: Any) -> Any:
    """Return a manifest or prompt with every free text made hostile; ids and kinds stay."""
    if isinstance(value, dict):
        kept = {
            "format",
            "kind",
            "family",
            "sha256",
            "base",
            "aligned",
            "id",
            "predictor_id",
            "name",
        }
        return {k: v if k in kept else hostile(v) for k, v in value.items()}
    if isinstance(value, list):
        return [hostile(one) for one in value]
    return value + HOSTILE if isinstance(value, str) else value


def test_page_when_made_then_every_estimate_with_interval_is_on_it(
    manifest: dict[str, Any], results: pl.DataFrame, prompts_examples: list[dict[str, Any]]
) -> None:
    """Each row of the Result table is shown with its interval, unit, citation and licence."""
    text = " ".join(" ".join(read(page(manifest, results, prompts_examples)).text).split())
    for row in results.iter_rows(named=True):
        assert cells.estimate(row) in text
    for data in manifest["datasets"]:
        assert data["citation"] in text
        assert data["licence"] in text
    for part in ("60 participants", "40 rows", "ab" * 32, "Round 1.", '{"decision": "'):
        assert part in text


def test_page_when_models_are_no_pair_then_it_is_said_on_top_and_beside_the_figures(
    manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """The warning stands on the first screen, and in the section of every figure that compares."""
    text = page(manifest, results, [])
    assert "Not a same-provider pair" in text[: text.index('<ul class="lines">')]
    for name in ("base-against-aligned", "difference"):
        end = text.index(f'id="figure-{name}"')
        assert "not a same-provider pair" in text[text.rindex("<section", 0, end) : end]
    manifest["comparisons"][0]["same_provider"] = True
    pair = page(manifest, results, [])
    assert "not a same-provider pair" not in pair.lower()


def test_page_when_every_text_is_hostile_then_no_element_is_added(
    manifest: dict[str, Any], results: pl.DataFrame, prompts_examples: list[dict[str, Any]]
) -> None:
    """Names, notes, labels, messages and tokens with HTML and script in them stay text."""
    clean = read(page(manifest, results, prompts_examples))
    dirty_results = results.with_columns(
        (pl.col(name) + HOSTILE).alias(name) for name in ("formulation", "note", "dataset")
    )
    for data in manifest["datasets"]:
        data["name"] += HOSTILE
    spoiled = hostile(manifest) | {"<script>window.hacked=1</script>": {HOSTILE: HOSTILE}}
    text = page(spoiled, dirty_results, hostile(prompts_examples))
    found = read(text)
    assert sum(tag == "script" for tag, _ in found.tags) == sum(
        t == "script" for t, _ in clean.tags
    )
    assert not any(tag in ("img", "iframe", "object", "link") for tag, _ in found.tags)
    assert not any(name.startswith("on") for _, attrs in found.tags for name in attrs)
    assert "<img src=x" not in text
    assert "".join(found.text).count(HOSTILE) > 20


def test_page_when_predictors_have_hostile_names_then_they_stay_text(
    manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """The names of models reach tables, charts and warnings without becoming elements."""
    spoil = pl.col("predictor_id", "reference_id") + HOSTILE
    for predictor in manifest["predictors"]:
        predictor["id"] += HOSTILE
    manifest["comparisons"][0].update(base=BASE + HOSTILE, aligned=ALIGNED + HOSTILE)
    text = page(manifest, results.with_columns(spoil), [])
    assert "<img src=x" not in text
    assert text.count("<script") == text.count("</script")
    specs = [s for s in read(text).scripts if s.startswith("{")]
    assert any(
        HOSTILE in json.dumps(json.loads(s), ensure_ascii=False).replace('\\"', '"') for s in specs
    )


def test_page_when_opened_then_its_policy_allows_its_own_scripts_only(
    manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """Nothing may be fetched; each executable script is allowed by its hash, and no other is."""
    text = page(manifest, results, [])
    found = read(text)
    policy = next(a["content"] for t, a in found.tags if t == "meta" and "http-equiv" in a)
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "script-src 'sha256-" in policy
    assert "unsafe-eval" not in policy
    executable = re.findall(r"<script>(.*?)</script>", text, flags=re.DOTALL)
    hashes = {
        "'sha256-" + base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() + "'"
        for one in executable
    }
    assert len(hashes) == 1  # the drawing library is on pages with filters alone
    assert set(re.findall(r"'sha256-[^']+'", policy)) == hashes


def test_page_when_a_run_has_one_predictor_then_it_has_no_comparison(
    manifest: dict[str, Any],
) -> None:
    """A run of one model makes a page without scatter and differences."""
    manifest["comparisons"] = []
    text = page(manifest, table([result()]), [])
    assert 'id="figure-base-against-aligned"' not in text
    assert 'id="figure-difference"' not in text
    assert 'id="figure-agreement"' in text
    assert 'id="differences"' not in text
    assert "0.31" in text


def test_page_when_results_are_empty_then_it_is_refused(
    manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """No page is written for nothing."""
    with pytest.raises(AnalysisError, match="nothing to report"):
        page(manifest, results.clear(), [])


def test_page_when_made_twice_then_it_is_the_same(
    manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """The same run gives the same page, byte for byte."""
    assert page(manifest, results, []) == page(manifest, results, [])


def test_page_when_it_has_more_rows_than_it_shows_then_it_says_so(
    manifest: dict[str, Any],
) -> None:
    """A long table is never cut silently."""
    rows = [result(slice=f"condition={n}") for n in range(700)]
    text = page(manifest, table([result(), *rows]), [])
    assert "The first 600 of 700 rows are shown here" in text


def test_page_when_a_note_is_given_then_it_is_shown_with_its_row(manifest: dict[str, Any]) -> None:
    """Why a number is missing stands beside the dash."""
    missing = result(estimate=None, ci_low=None, ci_high=None, note="nobody varied")
    assert "baseline, plain; nobody varied" in page(manifest, table([missing]), [])


def test_page_when_read_from_the_top_then_its_parts_come_in_order() -> None:
    """Answer, card, scatter, figures, tables, and then everything to repeat it."""
    text = page(figure_manifest(), table(figure_rows()), [])
    places = [
        text.index(f'id="{name}"')
        for name in (
            *("answer", "card", "pairs", "figure-base-against-aligned", "parts", "size"),
            *("wordings", "calibration", "mass", "bias", "tables", "differences", "others"),
            *("repeat", "data", "manifest"),
        )
    ]
    assert places == sorted(places)


def test_page_when_of_several_runs_then_each_number_names_its_run() -> None:
    """Tables have a column for the run, which a page of one run does not have."""
    rows = table(figure_rows())
    several = " ".join(read(page(figure_manifest(2), rows, [])).text)
    assert "silicus report of 2 runs: first, second" in several
    for label in ("first", "second", "first, second"):
        assert label in several
    assert "Manifest of the run second" in several
    assert several.count(" run ") > read(page(figure_manifest(), rows, [])).text.count(" run ")
    assert 'scope="col">run</th>' in page(figure_manifest(2), rows, [])
    assert 'scope="col">run</th>' not in page(figure_manifest(), rows, [])


def test_page_when_a_pair_is_in_the_study_then_its_printed_figures_stand_beside(
    manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """Printed and own figures share a table, each own one with interval, n and unit."""
    printed = {"mass_base": 0.99, "mass_aligned": 1.0, "r_base": 0.37, "r_aligned": -0.21}
    where = {"base": BASE, "aligned": ALIGNED, "dataset": "synthetic_pd", "table_row": 105}
    manifest["published"] = [where | printed]
    text = page(manifest, results, [])
    part = text[text.index('<section id="published"') : text.index('<section id="repeat"')]
    said = " ".join(" ".join(read(part).text).split())
    assert "row 105 of the printed table" in said
    for row in results.filter(
        pl.col("dataset") == "synthetic_pd",
        pl.col("slice") == "all",
        pl.col("reference_id").is_null(),
        pl.col("metric").is_in(["pearson_r", "option_mass"]),
        pl.col("predictor_id").is_in([BASE, ALIGNED]),
    ).iter_rows(named=True):
        assert cells.estimate(row) in said
        assert cells.unit(row) in said
    for value in printed.values():
        assert cells.number(value, 2) in said
    del manifest["published"]
    assert 'id="published"' not in page(manifest, results, [])


def test_page_when_many_lines_share_a_note_then_it_is_told_once(manifest: dict[str, Any]) -> None:
    """What holds for many rows is a footnote, what holds for one stands in its row."""
    rows = [
        result(formulation=f"wording-{n}", note="rows resampled" + ("; odd" if n == 2 else ""))
        for n in range(3)
    ]
    text = page(manifest, table(rows), [])
    tables_alone = text[text.index('<section id="tables"') : text.index('<section id="repeat"')]
    assert tables_alone.count("rows resampled") == 1
    assert "wording-2, plain; odd" in text


def test_page_when_a_run_has_very_many_prompts_then_the_rest_is_counted(
    manifest: dict[str, Any], results: pl.DataFrame, prompts_examples: list[dict[str, Any]]
) -> None:
    """One prompt of every wording comes first; that there are more is said."""
    many = [prompts_examples[0] | {"predictor_id": f"model-{n}"} for n in range(80)]
    other = prompts_examples[0] | {"formulation": "observer"}
    text = page(manifest, results, [*many, other])
    assert "60 of 81 examples are shown here" in text
    assert ": observer, chat" in text
