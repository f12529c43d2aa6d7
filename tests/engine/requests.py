"""Requests made of token ids, at random or to a shape."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from silicus.backends.base import OptionTokens, Request
from silicus.engine import ScoredRequest, score, score_by_brute_force

FIRST_ID = 270
"""Token ids below are control tokens or single bytes of the tiny tokenizers."""

LAST_ID = 400


def request(
    prompt: list[int] | np.ndarray,
    *options: list[tuple[int, ...]],
    ends: tuple[str, ...] = ('"',),
) -> Request:
    """Return a request from ids; each option is a list of forms."""
    return Request(
        np.asarray(prompt, dtype=np.int32),
        tuple(OptionTokens(tuple(tuple(form) for form in forms)) for forms in options),
        ends,
    )


def random_requests(n: int, *, seed: int = 0, longest: int = 60) -> list[Request]:
    """Return requests that share beginnings, with options of one to three tokens."""
    rng = np.random.default_rng(seed)
    trunk = rng.integers(FIRST_ID, LAST_ID, longest)
    made = []
    for _ in range(n):
        shared = int(rng.integers(0, longest))
        own = rng.integers(FIRST_ID, LAST_ID, int(rng.integers(1, 20)))
        options = [
            [tuple(rng.integers(FIRST_ID, LAST_ID, int(rng.integers(1, 4))).tolist())]
            for _ in range(int(rng.integers(2, 4)))
        ]
        if len({form for forms in options for form in forms}) < len(options):
            continue
        made.append(request(np.concatenate([trunk[:shared], own]), *options))
    return made


def sessions(n_sessions: int, n_rounds: int, *, seed: int = 0) -> list[Request]:
    """Return dialogues: every prompt of a session continues the one before, choice included."""
    rng = np.random.default_rng(seed)
    rules = rng.integers(FIRST_ID, LAST_ID, 30)
    made = []
    for _ in range(n_sessions):
        text = rules
        for _ in range(n_rounds):
            made.append(request(text, [(300,)], [(301,)]))
            choice = 300 + int(rng.integers(2))
            text = np.concatenate([text, [choice, 290], rng.integers(FIRST_ID, LAST_ID, 6)])
    return made


def all_scores(backend: Any, requests: list[Request], **how: Any) -> dict[str, ScoredRequest]:
    """Return scores by key."""
    return {item.key: item for part in score(backend, requests, **how) for item in part}


def oracle(backend: Any, requests: list[Request]) -> dict[str, ScoredRequest]:
    """Return brute-force scores by key."""
    scored = [score_by_brute_force(backend, item) for item in requests]
    return {item.key: item for item in scored}


def flat(item: ScoredRequest) -> np.ndarray:
    """Return all log-probabilities of the forms of a score."""
    return np.asarray([value for forms in item.form_logprobs for value in forms])


def largest_difference(a: dict[str, ScoredRequest], b: dict[str, ScoredRequest]) -> float:
    """Return the largest difference in nats between two sets of scores of the same requests."""
    assert set(a) == set(b)
    differences = [np.abs(flat(a[key]) - flat(b[key])).max() for key in a]
    firsts = [
        np.abs(np.subtract(a[key].first_token_logprobs, b[key].first_token_logprobs)).max()
        for key in a
        if a[key].first_token_logprobs is not None
    ]
    return float(max([*differences, *firsts]))


@st.composite
def request_sets(draw: st.DrawFn) -> list[Request]:
    """Draw requests over very few tokens, so that all kinds of sharing occur."""
    token = st.integers(FIRST_ID, FIRST_ID + 2)
    form = st.lists(token, min_size=1, max_size=3).map(tuple)
    made = []
    for _ in range(draw(st.integers(1, 6))):
        prompt = draw(st.lists(token, min_size=1, max_size=12))
        forms = draw(st.lists(form, min_size=2, max_size=5, unique=True))
        cut = draw(st.integers(1, len(forms) - 1))
        ends = draw(st.sampled_from([('"',), (".", "\n")]))
        made.append(request(prompt, forms[:cut], forms[cut:], ends=ends))
    return made
