"""Pairs become models and comparisons: each model once per format and template."""

from collections import Counter

import pytest

from silicus import pairs
from silicus.errors import StudyError
from silicus.study import read_study
from silicus.study.analyses import native_formats

HEAD = "study: pairs\ndatasets: [sample_lottery]\n"
QWEN = ("Qwen3-4B-Base+Qwen3-4B", "Qwen3-4B-Base+Qwen3-4B-Instruct-2507")


def read(tmp_path, text):
    path = tmp_path / "study.yaml"
    path.write_text(HEAD + text)
    return read_study(path)[0]


def cells(study):
    return [(entry.predictor_id, entry.format, entry.chat_template_of) for entry in study.models]


def test_pair_when_native_is_base_plain_against_aligned_chat(tmp_path):
    """One pair is two models in their own formats, and one comparison."""
    study = read(tmp_path, "pairs: [SmolLM2-135M+SmolLM2-135M-Instruct]\n")
    assert cells(study) == [
        ("SmolLM2-135M", "plain", None),
        ("SmolLM2-135M-Instruct", "chat", None),
    ]
    assert [(c.base, c.aligned) for c in study.comparisons] == [
        ("SmolLM2-135M", "SmolLM2-135M-Instruct")
    ]


def test_pair_when_all_cells_borrows_the_partners_template(tmp_path):
    """The four cells: the base model in chat format is shown its partner's template."""
    study = read(tmp_path, "pairs: [SmolLM2-135M+SmolLM2-135M-Instruct]\ncells: all\n")
    assert set(cells(study)) == {
        ("SmolLM2-135M", "plain", None),
        ("SmolLM2-135M", "chat", "SmolLM2-135M-Instruct"),
        ("SmolLM2-135M-Instruct", "chat", None),
        ("SmolLM2-135M-Instruct", "plain", None),
    }
    assert native_formats(study) == {"SmolLM2-135M": "plain", "SmolLM2-135M-Instruct": "chat"}
    assert len(study.comparisons) == 1


def test_base_when_in_two_pairs_is_one_plain_predictor_and_two_chat_ones(tmp_path):
    """A base with two partners is scored once in plain text, and once with each template."""
    study = read(tmp_path, f"pairs: [{', '.join(QWEN)}]\ncells: all\n")
    of_base = [cell for cell in cells(study) if cell[0].startswith("Qwen3-4B-Base")]
    assert sorted(of_base, key=str) == [
        ("Qwen3-4B-Base", "plain", None),
        ("Qwen3-4B-Base@Qwen3-4B", "chat", "Qwen3-4B"),
        ("Qwen3-4B-Base@Qwen3-4B-Instruct-2507", "chat", "Qwen3-4B-Instruct-2507"),
    ]
    assert [(c.base, c.aligned, c.control) for c in study.comparisons] == [
        ("Qwen3-4B-Base", "Qwen3-4B", False),
        ("Qwen3-4B-Base@Qwen3-4B", "Qwen3-4B", True),
        ("Qwen3-4B-Base", "Qwen3-4B-Instruct-2507", False),
        ("Qwen3-4B-Base@Qwen3-4B-Instruct-2507", "Qwen3-4B-Instruct-2507", True),
    ]


def test_base_when_in_two_pairs_and_native_needs_no_second_name(tmp_path):
    """Without borrowed templates a base of two pairs is one model, scored once."""
    study = read(tmp_path, f"pairs: [{', '.join(QWEN)}]\n")
    assert Counter(cell[0] for cell in cells(study))["Qwen3-4B-Base"] == 1
    assert len(study.models) == 3


def test_published_when_all_cells_holds_every_printed_pair(tmp_path):
    """The word ``published`` is the study's 120 pairs, nothing missing and nothing twice."""
    study = read(tmp_path, "pairs: published\ncells: all\n")
    printed = [pair for pair in pairs.pairs() if pair.row is not None]
    natural = [(c.base, c.aligned) for c in study.comparisons if not c.control]
    assert natural == [(pair.base, pair.aligned) for pair in printed]
    assert len(natural) == 120
    keys = [(entry.predictor_id, entry.format) for entry in study.models]
    assert len(keys) == len(set(keys))
    n_base = len({pair.base for pair in printed})
    n_aligned = len({pair.aligned for pair in printed})
    n_templates = len({(pair.base, pair.aligned) for pair in printed})
    assert len(keys) == n_base + n_templates + 2 * n_aligned


def test_member_when_its_part_is_not_its_kind_is_asked_by_its_part(tmp_path):
    """The study takes SeaLLM-7B-v2, itself aligned, as a base model: so it is asked in plain."""
    study = read(tmp_path, "pairs: [SeaLLM-7B-v2+SeaLLM-7B-v2.5]\ncells: all\n")
    assert pairs.model("SeaLLM-7B-v2").kind == "aligned"
    assert native_formats(study)["SeaLLM-7B-v2"] == "plain"


def test_model_when_listed_too_keeps_its_own_settings(tmp_path):
    """A model that the study lists itself is not scored twice, and keeps its number type."""
    study = read(
        tmp_path,
        "pairs: [SmolLM2-135M+SmolLM2-135M-Instruct]\n"
        "models: [{name: SmolLM2-135M, format: plain, dtype: bfloat16}]\n",
    )
    assert [(entry.name, entry.dtype) for entry in study.models] == [
        ("SmolLM2-135M", "bfloat16"),
        ("SmolLM2-135M-Instruct", None),
    ]


OWN = """\
- id: mine
  base: folder:models/my-base
  aligned: folder:models/my-chat
  provider: My Lab
"""


def test_own_pairs_when_named_are_read_beside_the_study(tmp_path):
    """A pairs file beside the study adds models by folder; the partner's folder is its template."""
    (tmp_path / "mine.yaml").write_text(OWN)
    study = read(tmp_path, "pairs_file: mine.yaml\npairs: [mine]\ncells: all\n")
    chat = f"folder:{tmp_path / 'models' / 'my-chat'}"
    assert set(cells(study)) == {
        ("my-base", "plain", None),
        ("my-base", "chat", chat),
        ("my-chat", "chat", None),
        ("my-chat", "plain", None),
    }
    assert {entry.provider for entry in study.models} == {"My Lab"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "pairs: [SmolLM2-135M+SmolLM2-135M-Instrct]\n",
            r'line 3: unknown pair "SmolLM2-135M\+SmolLM2-135M-Instrct": did you mean',
        ),
        ("pairs: [mine]\n", r'line 3: unknown pair "mine"'),
        ("pairs: publisht\n", r"line 3: pairs"),
        ("pairs: published\ncells: four\n", r"line 4: cells.*'native' or 'all'"),
        ("theories: [nash]\ncells: all\n", r"cells: all is about the models of pairs"),
        ("theories: [nash]\npairs_file: mine.yaml\n", r"pairs names none of its pairs"),
        ("pairs: [mine, mine]\npairs_file: mine.yaml\n", r'pair "mine" is listed twice'),
        ("pairs: [mine]\npairs_file: nowhere.yaml\n", r"nowhere\.yaml cannot be read"),
        (
            "pairs: [mine, other]\npairs_file: chain.yaml\n",
            r'"my-chat" is the base model of the pair "other" and the aligned model of the pair '
            r'"mine".*two studies',
        ),
        (
            "pairs: [SmolLM2-135M+SmolLM2-135M-Instruct]\ncells: all\n"
            "models: [{name: SmolLM2-135M, format: chat, chat_template_of: Qwen3-4B}]\n",
            r'lists the model "SmolLM2-135M" in format chat with chat_template_of Qwen3-4B, but '
            r"the pair .* needs SmolLM2-135M-Instruct",
        ),
        (
            "models: [{name: SmolLM2-135M, format: chat, chat_template_of: SmolLM2-135M-Instrct}]",
            r'line 3: unknown model "SmolLM2-135M-Instrct": did you mean "SmolLM2-135M-Instruct"',
        ),
        (
            "theories: [nash]\nformulations_of:\n  sample_loterry: all\n",
            r'formulations_of names "sample_loterry", which is not among the datasets',
        ),
        (
            "theories: [nash]\nformulations_of:\n  sample_lottery: [obsever]\n",
            r'line 5: unknown formulation "obsever": did you mean "observer"',
        ),
        (
            "theories: [nash]\nformulations_of:\n  sample_lottery: []\n",
            r'gives "sample_lottery" no formulation',
        ),
        ("theories: [nash]\nformulations: [expert, expert]\n", r'formulation "expert" is listed'),
    ],
)
def test_pairs_when_mistaken_get_line_and_remedy(tmp_path, text, message):
    """What does not fit together is refused before anything is run, naming what is meant."""
    (tmp_path / "mine.yaml").write_text(OWN)
    chain = OWN + OWN.replace("mine", "other").replace("my-chat", "my-dpo").replace(
        "my-base", "my-chat"
    )
    (tmp_path / "chain.yaml").write_text(chain)
    with pytest.raises(StudyError, match=message):
        read(tmp_path, text)


def test_formulations_when_given_by_data_set_hold_for_it_alone(tmp_path):
    """One data set is shown in all fourteen wordings, the others in the study's own."""
    study = read(
        tmp_path,
        "theories: [nash]\nformulations: [expert]\nformulations_of: {sample_lottery: all}\n",
    )
    assert len(study.formulations_for("sample_lottery")) == 14
    assert study.formulations_for("sample_ultimatum") == ("expert",)
