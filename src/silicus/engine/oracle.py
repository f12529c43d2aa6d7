"""Brute force: one full sequence per surface form, with the library's own attention.

The reference that every faster path is tested against, and the way to score models whose state
cannot be shared between continuations.
"""

import numpy as np

from silicus.backends.base import Backend, Request
from silicus.engine.request import ScoredRequest, combine, request_key


def score_by_brute_force(backend: Backend, request: Request) -> ScoredRequest:
    """Return the score of one request, each form as a sequence of its own.

    Raises
    ------
    ScoringError
        If the model answers with something that is not a log-probability.
    """
    end_ids = backend.token_set(request.ends)
    steps = [
        [_form_steps(backend, request.prompt, form, end_ids) for form in option.forms]
        for option in request.options
    ]
    return combine(request_key(backend.card, request, end_ids), request, steps)


def _form_steps(
    backend: Backend, prompt: np.ndarray, form: tuple[int, ...], end_ids: np.ndarray
) -> list[float]:
    """Return the log-probability of each token of a form after the prompt, and of its end."""
    tokens = np.concatenate([prompt, np.asarray(form, dtype=np.int32)])
    position = np.arange(len(prompt) - 1, len(tokens), dtype=np.int32)
    wanted = np.asarray([*form, -1], dtype=np.int32)
    return [float(value) for value in backend.sequence(tokens, position, wanted, [end_ids])]
