"""The same requests through lm-evaluation-harness, minicons, and brute force.

Each peer is asked the way its documentation says, with its own tokenisation, and measured on a
few requests: what it needs for all is scaled by the number of tokens. Two questions are asked:
the option alone (one token; the harness then evaluates each prompt once for all options, its best
case), and the option with the closing quote, which is what our scores mean, less the tokens that
begin with a quote and go on.
"""

import contextlib
import functools
import io
import os
import time
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from silicus.backends.base import Request
from silicus.engine import ScoredRequest, score_by_brute_force


class Measured(NamedTuple):
    """Seconds for a number of requests, and the first options' log-probabilities (nats).

    ``cpu_seconds`` is the processor time, which other programs on the machine change less; it
    compares well with one thread only.
    """

    seconds: float
    cpu_seconds: float
    n_tokens: int
    logprobs: list[list[float]]

    def scaled_to(self, n_tokens: int) -> dict[str, float]:
        """Return the seconds measured, and those for as many tokens of prompts."""
        times = n_tokens / self.n_tokens
        return {
            "seconds": self.seconds,
            "scaled": self.seconds * times,
            "cpu_scaled": self.cpu_seconds * times,
        }


def n_tokens(requests: list[Request]) -> int:
    """Return the tokens of all prompts, equal ones counted as often as they occur."""
    return sum(len(request.prompt) for request in requests)


def brute_force(backend: Any, requests: list[Request]) -> tuple[Measured, list[ScoredRequest]]:
    """Measure the oracle: one sequence per option with its end, weights unpacked for each."""
    start = _clocks()
    scored = [score_by_brute_force(backend, request) for request in requests]
    seconds, cpu_seconds = np.subtract(_clocks(), start).tolist()
    found = [list(item.first_token_logprobs or ()) for item in scored]
    return Measured(seconds, cpu_seconds, n_tokens(requests), found), scored


def harness(
    backend: Any, folder: str, requests: list[Request], rows: list[Any], end: str, batch: int
) -> Measured:
    """Measure ``HFLM.loglikelihood`` of lm-evaluation-harness."""
    with _quiet():
        from lm_eval.api.instance import Instance
        from lm_eval.models.huggingface import HFLM

        model = HFLM(
            pretrained=own_model(folder),
            tokenizer=_own_tokenizer(folder),
            batch_size=batch,
            backend="causal",
            max_length=backend.capabilities.n_context,
            add_bos_token=backend.encoder.adds_bos,
        )
        asked = [
            Instance("loglikelihood", {}, (_text(backend, request), form + end), i)
            for i, (request, row) in enumerate(zip(requests, rows, strict=True))
            for (form,) in row["forms"]
        ]
        start = _clocks()
        answers = model.loglikelihood(asked, disable_tqdm=True)
        seconds, cpu_seconds = np.subtract(_clocks(), start).tolist()
    values = [value for value, _ in answers]
    return Measured(seconds, cpu_seconds, n_tokens(requests), _by_request(values, rows))


def minicons(
    backend: Any, folder: str, requests: list[Request], rows: list[Any], end: str, batch: int
) -> Measured:
    """Measure ``IncrementalLMScorer.conditional_score`` of minicons."""
    with _quiet():
        from minicons.scorer import IncrementalLMScorer

        scorer = IncrementalLMScorer(own_model(folder), "cpu", tokenizer=_own_tokenizer(folder))
        texts = [_text(backend, request) for request in requests]
        asked = [
            (text, form + end)
            for text, row in zip(texts, rows, strict=True)
            for (form,) in row["forms"]
        ]
        start = _clocks()
        values: list[float] = []
        for at in range(0, len(asked), batch):
            prefixes, options = zip(*asked[at : at + batch], strict=True)
            values += scorer.conditional_score(
                list(prefixes),
                list(options),
                separator="",
                reduction=lambda x: x.sum(0).item(),
                bos_token=backend.encoder.adds_bos,
            )
        seconds, cpu_seconds = np.subtract(_clocks(), start).tolist()
    return Measured(seconds, cpu_seconds, n_tokens(requests), _by_request(values, rows))


def largest_difference(measured: Measured, scored: list[ScoredRequest]) -> float:
    """Return the largest difference from brute force of the first tokens' log-probabilities."""
    return max(
        float(np.abs(np.subtract(values, item.first_token_logprobs)).max())
        for values, item in zip(measured.logprobs, scored, strict=True)
    )


def _clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _by_request(values: list[float], rows: list[Any]) -> list[list[float]]:
    left = iter(values)
    return [[next(left) for _ in row["forms"]] for row in rows]


def _text(backend: Any, request: Request) -> str:
    """Return the prompt as text; a BOS that the tokenizer adds itself is left to it."""
    bos = backend.encoder.tokenizer.bos_token or ""
    return request.text.removeprefix(bos) if backend.encoder.adds_bos else request.text


@functools.cache
def own_model(folder: str) -> Any:
    """Return the model with the library's own layers and attention, as peers load it."""
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype="float32", attn_implementation="sdpa"
    )
    return model.eval()


def _own_tokenizer(folder: str) -> Any:
    """Return a tokenizer of the peer's own: peers change the one they are given."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder)


@contextlib.contextmanager
def _quiet() -> Any:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


Peer = Callable[[Any, str, list[Request], list[Any], str, int], Measured]
PEERS: dict[str, Peer] = {"lm-evaluation-harness": harness, "minicons": minicons}
