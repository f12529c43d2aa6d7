"""A few of the architecture families that `benchmarks/architectures.py` tries, one of each kind."""

from pathlib import Path
from typing import Any

import pytest

from silicus.backends.transformers import load
from silicus.engine import choose_method
from tests.backends import families

FASTEST = {
    "cohere2": "packed",  # layers without positions
    "deepseek_v2": "packed",  # latent attention, experts
    "diffllama": "packed",  # a layer attends twice, with other values
    "dory": "packed",  # layers are gone through more than once
    "falcon": "cached",
    "gpt2": "packed",  # learned positions
    "gpt_oss": "cached",  # sinks
    "llama4_text": "cached",  # chunks; routers that return a tuple
    "mpt": "cached",  # position biases
    "phi": "packed",  # rotary angles for a part
    "recurrent_gemma": "sequence",
    "smollm3": "packed",
}
"""The way that is chosen for each."""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", list(FASTEST))
def test_family_when_scored_then_is_what_the_library_gives(tmp_path: Path, name: str) -> None:
    """The way chosen gives the numbers of the plain library, beyond windows and chunks.

    Blocks are short, so that what one hands on to the next is tried too.
    """
    folder = families.save(name, tmp_path)
    backend: Any = load(model_id=name, source=f"folder:{folder}", n_threads=1)
    requests = families.prompts()
    chosen = choose_method(backend, requests).method
    assert chosen == FASTEST[name]
    found = families.differences(backend, folder, requests)
    assert found[chosen] < 1e-4  # type: ignore[operator]
    assert found["sequence"] < 1e-4  # type: ignore[operator]
