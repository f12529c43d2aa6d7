"""What every backend owes the engine; a backend's tests inherit it and add what is its own."""

from typing import Any

import numpy as np
import pytest

from silicus.backends.base import Backend, Request
from silicus.engine import choose_method, score, score_by_brute_force
from silicus.engine.plan import blocks
from silicus.engine.trie import build
from silicus.errors import ModelError, PromptError
from tests.backends.prompts import prompt

SESSION = [
    prompt("Rules of the game.\n" + "Round. F or J?\nJ. You got 5.\n" * n + "Round. F or J?\n")
    for n in range(4)
]


class BackendContract:
    """Inherit, and give the fixture ``backend``."""

    @pytest.fixture
    def backend(self) -> Any:
        """Return a loaded backend."""
        raise NotImplementedError

    @pytest.fixture
    def requests(self, backend: Any) -> list[Request]:
        """Return a short session and a prompt of another kind."""
        return backend.encode([*SESSION, prompt("Guess a number.\n", "10", "100")])

    def test_object_when_loaded_then_is_a_backend(self, backend: Any) -> None:
        """It has the contract's members, and tells what it is and can do as plain data."""
        assert isinstance(backend, Backend)
        assert "sequence" in backend.capabilities.methods
        assert set(backend.capabilities.methods) <= {"packed", "cached", "sequence"}
        assert len(backend.card.fingerprint) == 64
        assert backend.card.vocab_size > 1

    def test_encode_when_called_twice_then_gives_the_same(self, backend: Any) -> None:
        """Token ids depend on the row alone, not on the batch it comes in."""
        together = backend.encode(SESSION)
        for row, request in zip(SESSION, together, strict=True):
            (alone,) = backend.encode([row])
            assert np.array_equal(alone.prompt, request.prompt)
            assert alone.options == request.options
            assert alone.prompt.dtype == np.int32

    def test_options_when_encoded_then_follow_the_prompt(self, backend: Any) -> None:
        """Options are tokens of their own, none empty, different forms different."""
        (request,) = backend.encode([prompt("Guess a number.\n", "10", "100")])
        forms = [form for option in request.options for form in option.forms]
        assert all(len(form) > 0 for form in forms)
        assert len(set(forms)) == len(forms)

    def test_tokens_when_spelled_then_are_the_text(self, backend: Any) -> None:
        """People can read what the model sees: the pieces put together are prompt and option."""
        row = prompt("Guess a number.\n", "10", "100")
        (request,) = backend.encode([row])
        for form, option in zip(("10", "100"), request.options, strict=True):
            assert "".join(backend.spell(option.forms[0])) == form
            whole = "".join(backend.spell([*request.prompt.tolist(), *option.forms[0]]))
            assert whole.endswith('Guess a number.\n{"decision": "' + form)

    def test_ends_when_asked_for_then_are_sorted_and_not_empty(self, backend: Any) -> None:
        """The set of tokens that begin with an end is the same each time."""
        ids = backend.token_set(('"',))
        assert len(ids) > 0
        assert np.array_equal(ids, np.unique(ids))
        assert set(ids.tolist()) < set(backend.token_set(('"', ".")).tolist())

    def test_distribution_when_summed_over_the_vocabulary_then_is_one(
        self, backend: Any, requests: list[Request]
    ) -> None:
        """Values are log-probabilities over the whole vocabulary: normalised, none above 0."""
        tokens = requests[0].prompt
        size = backend.card.vocab_size
        values = backend.sequence(
            tokens, np.full(size, len(tokens) - 1), np.arange(size, dtype=np.int32), []
        )
        assert values.max() <= 1e-6
        assert np.logaddexp.reduce(values) == pytest.approx(0, abs=1e-4)

    def test_token_set_when_wanted_then_is_the_sum_of_its_members(
        self, backend: Any, requests: list[Request]
    ) -> None:
        """A set's probability is that of its members together."""
        tokens = requests[0].prompt
        ids = backend.token_set(('"', "\n"))
        at = np.full(len(ids) + 1, len(tokens) - 1)
        values = backend.sequence(tokens, at, np.asarray([*ids, -1], dtype=np.int32), [ids])
        assert values[-1] == pytest.approx(np.logaddexp.reduce(values[:-1]), abs=1e-4)

    def test_every_way_when_used_then_equals_brute_force(
        self, backend: Any, requests: list[Request]
    ) -> None:
        """Each way that the capabilities list gives the numbers of one sequence at a time."""
        expected = {(s := score_by_brute_force(backend, r)).key: s for r in requests}
        used = choose_method(backend, requests)
        assert used.method == backend.capabilities.methods[0], used.warning
        for method in backend.capabilities.methods:
            for max_nodes in (5, 1000):
                parts = score(backend, requests, method=method, max_nodes=max_nodes)
                found = {item.key: item for part in parts for item in part}
                assert set(found) == set(expected)
                for key, item in found.items():
                    for a, b in zip(item.form_logprobs, expected[key].form_logprobs, strict=True):
                        assert a == pytest.approx(b, abs=1e-4)

    def test_block_when_its_path_is_not_held_then_is_refused(
        self, backend: Any, requests: list[Request]
    ) -> None:
        """Blocks out of order are an error, never a wrong number."""
        if backend.capabilities.methods[0] != "packed":
            pytest.skip("has no packed way")
        sets = {ends: k for k, ends in enumerate(sorted({r.ends for r in requests}))}
        planned = list(blocks(build(requests, sets), max_nodes=12))
        ends = [backend.token_set(end) for end in sets]
        backend.evaluate(
            planned[0].block._replace(keep=planned[0].block.keep), ends, method="packed"
        )
        later = next(p.block for p in planned[2:] if p.block.n_path > planned[0].block.n_path + 12)
        with pytest.raises(ModelError, match="path tokens"):
            backend.evaluate(later, ends, method="packed")

    def test_way_when_unknown_then_is_refused(self, backend: Any, requests: list[Request]) -> None:
        """Only the ways of the contract exist."""
        (planned, *_) = blocks(build(requests[:1], {requests[0].ends: 0}))
        with pytest.raises(ModelError, match="guessed"):
            backend.evaluate(planned.block, [backend.token_set(('"',))], method="guessed")

    def test_prompt_when_longer_than_the_context_then_is_refused(self, backend: Any) -> None:
        """Nothing is cut on the left without an error.

        lm-evaluation-harness#1642, #3115, PR #2585: long prompts lost their beginning, the rules
        of the task, without an error.
        """
        if backend.capabilities.n_context > 1 << 24:
            pytest.skip("has no bound on its context")
        row = prompt("F J " * (backend.capabilities.n_context + 1))
        with pytest.raises(PromptError, match=r"context|at most"):
            backend.encode([row])

    def test_text_when_it_holds_a_control_token_then_is_refused(self, backend: Any) -> None:
        """Text of a data set cannot end a turn or begin another role's."""
        with pytest.raises(PromptError, match="control token"):
            backend.encode([prompt(f"He said {self.control} to me.\n")])

    control = "<|im_end|>"
    """A control token of the backend's model."""
