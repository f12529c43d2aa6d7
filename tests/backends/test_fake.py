"""The shipped test double: probabilities that can be worked out by hand."""

import json
import math
from typing import Any

import numpy as np
import pytest

from silicus import plugins
from silicus.backends.fake import Fake, load
from silicus.engine import choose_method, score, score_by_brute_force, score_table
from silicus.errors import ModelError, PromptError
from tests.backends.contract import BackendContract
from tests.backends.prompts import prompt

TABLE = {
    "": {"J": 0.2, "F": 0.3, "1": 0.1, "0": 0.1, '"': 0.1, "\n": 0.1, "<|end|>": 0.1},
    'on": "': {"J": 0.5, "F": 0.25, "1": 0.25},
    "J": {'"': 0.75, "F": 0.25},
    "1": {"0": 0.5, '"': 0.5},
    "10": {"0": 0.4, '"': 0.6},
    "100": {'"': 1.0},
    # After a game in which J was played, F is likely; the table sees 20 characters back.
    'J. F or J?\n{"decision": "': {"F": 0.9, "J": 0.1},
}


class TestFake(BackendContract):
    """The contract, on the written-down table."""

    control = "<|end|>"

    @pytest.fixture
    def backend(self) -> Fake:
        """Return the table as a model with a short context."""
        return Fake(TABLE, n_context=500)


def _scores(backend: Any, row: dict[str, Any], method: str) -> Any:
    (request,) = backend.encode([row])
    (item,) = [item for part in score(backend, [request], method=method) for item in part]
    return item


@pytest.mark.parametrize("method", ["packed", "cached", "sequence"])
@pytest.mark.parametrize("max_nodes", [3, 2048])
def test_options_when_worked_out_by_hand_then_agree(method: str, max_nodes: int) -> None:
    """P(J and end) = 0.5 x 0.75; 10 and 100 begin alike and each ends for itself."""
    backend = Fake(TABLE)
    requests = backend.encode([prompt("Go.\n", "J", "F"), prompt("Go.\n", "1", "10", "100")])
    parts = score(backend, requests, method=method, max_nodes=max_nodes)
    found = {item.key: item for part in parts for item in part}
    letters, numbers = (found[score_by_brute_force(backend, r).key] for r in requests)
    values = [math.exp(forms[0]) for forms in letters.form_logprobs]
    assert values == pytest.approx([0.5 * 0.75, 0.25 * 0.1])
    assert letters.first_token_logprobs == pytest.approx((math.log(0.5), math.log(0.25)))
    nested = [math.exp(forms[0]) for forms in numbers.form_logprobs]
    assert nested == pytest.approx([0.25 * 0.5, 0.25 * 0.5 * 0.6, 0.25 * 0.5 * 0.4 * 1.0])
    assert numbers.first_token_logprobs is None


@pytest.mark.parametrize("method", ["packed", "cached", "sequence"])
def test_history_when_it_differs_then_its_own_row_holds(method: str) -> None:
    """The table's longer entry applies to the prompt that ends with it, and to no other."""
    backend = Fake(TABLE)
    requests = backend.encode([prompt("J. F or J?\n"), prompt("F. F or J?\n")])
    found = {item.key: item for part in score(backend, requests, method=method) for item in part}
    after_j, after_f = (found[score_by_brute_force(backend, r).key] for r in requests)
    assert [math.exp(x[0]) for x in after_j.form_logprobs] == pytest.approx([0.9 * 0.1, 0.1 * 0.75])
    assert [math.exp(x[0]) for x in after_f.form_logprobs] == pytest.approx(
        [0.25 * 0.1, 0.5 * 0.75]
    )


def test_forms_when_several_then_add_in_the_score_table() -> None:
    """Option mass and shares follow from sums over surface forms."""
    backend = Fake(TABLE)
    row = prompt("Go.\n") | {"forms": [["J", "JF"], ["F"]]}
    item = _scores(backend, row, "packed")
    table = score_table([{**row, "formulation": "f", "request_key": item.key}], {item.key: item},
                        predictor_id="fake")  # fmt: skip
    j, f = 0.5 * 0.75 + 0.5 * 0.25 * 0.1, 0.25 * 0.1
    assert table["option_mass"][0] == pytest.approx(j + f)
    assert table["option_prob"].to_list() == pytest.approx([j / (j + f), f / (j + f)])


def test_chat_when_rendered_then_names_the_roles() -> None:
    """The double has a template of its own, so that both formats can be tried."""
    (request,) = Fake(TABLE).encode(
        [prompt(format="chat", messages=[("system", "Be brief."), ("user", "F or J?")])]
    )
    assert request.text == '[system] Be brief.\n[user] F or J?\n[assistant] {"decision": "'


def test_way_when_the_double_lacks_it_then_the_next_is_used() -> None:
    """Capabilities are data: a double without packed evaluation is scored cached."""
    backend = Fake(TABLE, methods=("cached", "sequence"))
    requests = backend.encode([prompt()])
    assert choose_method(backend, requests).method == "cached"


@pytest.mark.parametrize(
    "table",
    [{"": {"J": 0.5}}, {"x": {"J": 1.0}}, {"": {"J": 1.5, "F": -0.5}}, {"": {"JF": 1.0}}],
)
def test_table_when_it_is_no_distribution_then_is_refused(table: Any) -> None:
    """Rows sum to 1, name tokens, and one holds for any other text."""
    with pytest.raises(ModelError, match="table"):
        Fake(table)


def test_character_when_it_is_no_token_then_is_refused() -> None:
    """Nothing is replaced silently."""
    with pytest.raises(PromptError, match="'é' is no token"):
        Fake(TABLE).encode([prompt("Café or J?\n")])


def test_file_when_loaded_by_name_then_is_the_table(tmp_path: Any) -> None:
    """The plug-in "fake" reads a table from a JSON file and checks its checksum."""
    file = tmp_path / "table.json"
    file.write_text(json.dumps(TABLE))
    backend = plugins.load("backends", "fake")(model_id="toy", source=f"table:{file}")
    assert backend.card.model_id == "toy"
    assert backend.card.fingerprint == Fake(TABLE).card.fingerprint
    with pytest.raises(ModelError, match="expected 00"):
        load(model_id="toy", source=f"table:{file}", sha256="00")
    with pytest.raises(ModelError, match="readable JSON"):
        load(model_id="toy", source=f"table:{tmp_path / 'none.json'}")
    with pytest.raises(ModelError, match='"table:PATH"'):
        load(model_id="toy", source="folder:x")


def test_impossible_option_when_scored_then_is_minus_infinity_and_its_share_zero() -> None:
    """A probability of exactly zero is a number, not an error, while others are possible."""
    backend = Fake({"": {"J": 1.0}, "J": {'"': 1.0}})
    item = _scores(backend, prompt(), "packed")
    assert item.form_logprobs[0] == (-np.inf,)
    assert item.form_logprobs[1] == pytest.approx((0.0,))
