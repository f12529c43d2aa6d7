"""What the engine gives back for a request, and the key under which it is stored."""

import hashlib
from typing import NamedTuple

import numpy as np

from silicus.backends.base import ModelCard, Request
from silicus.errors import ScoringError


class ScoredRequest(NamedTuple):
    """Log-probabilities (nats) of one request.

    ``form_logprobs[o][f]`` is the whole surface form f of option o with its end;
    ``first_token_logprobs[o]`` the first token of the option alone (forms added), or None where
    two options begin with the same token.
    """

    key: str
    form_logprobs: tuple[tuple[float, ...], ...]
    first_token_logprobs: tuple[float, ...] | None
    n_prompt_tokens: int


def request_key(card: ModelCard, request: Request, end_ids: np.ndarray) -> str:
    """Return the key of a request: same weights, number format, backend and token ids, same key.

    The way of evaluation is not part of it: all ways agree with brute force.
    """
    digest = hashlib.sha256()
    digest.update(f"{card.fingerprint}|{card.dtype}|{card.backend}|".encode())
    digest.update(np.ascontiguousarray(request.prompt, dtype="<i4").tobytes())
    forms = [
        tuple(tuple(int(token) for token in form) for form in option.forms)
        for option in request.options
    ]
    digest.update(repr(forms).encode())
    digest.update(np.ascontiguousarray(end_ids, dtype="<i4").tobytes())
    return digest.hexdigest()


def combine(
    key: str,
    request: Request,
    steps: list[list[list[float]]],
) -> ScoredRequest:
    """Return the score of a request from the log-probability of each of its steps.

    Parameters
    ----------
    key : str
    request : Request
    steps : list
        ``steps[o][f]`` holds, for form f of option o, the log-probability of each of its tokens
        and, last, of its end.

    Raises
    ------
    ScoringError
        If a value is above 0 or not a number; names the option.
    """
    for o, option in enumerate(steps):
        for values in option:
            if not all(value <= 1e-4 for value in values):  # also catches NaN
                raise ScoringError(
                    f"option {o} of the prompt ending in {request.text[-60:]!r} got the "
                    f"log-probabilities {values}; each must be a number of at most 0. Use dtype "
                    "float32, or check the weights of the model."
                )
    forms = tuple(tuple(float(sum(values)) for values in option) for option in steps)
    firsts: list[dict[int, float]] = [
        {form[0]: values[0] for form, values in zip(option.forms, values_of, strict=True)}
        for option, values_of in zip(request.options, steps, strict=True)
    ]
    n_distinct = len({token for option in firsts for token in option})
    first = None
    if n_distinct == sum(len(option) for option in firsts):
        first = tuple(float(np.logaddexp.reduce(list(option.values()))) for option in firsts)
    return ScoredRequest(key, forms, first, len(request.prompt))
