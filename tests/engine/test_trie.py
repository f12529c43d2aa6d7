"""A trie holds every distinct beginning once; its blocks compute each exactly once."""

from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from silicus.backends.base import Request
from silicus.engine.plan import blocks
from silicus.engine.trie import Trie, build, common_length
from tests.engine.requests import request, request_sets


def _sequences(requests: list[Request]) -> list[tuple[int, ...]]:
    return [
        (*item.prompt.tolist(), *form)
        for item in requests
        for option in item.options
        for form in option.forms
    ]


def _beginnings(requests: list[Request]) -> set[tuple[int, ...]]:
    return {part for whole in _sequences(requests) for part in accumulate(zip(whole))}


def _sets(requests: list[Request]) -> dict[tuple[str, ...], int]:
    return {ends: k for k, ends in enumerate(sorted({item.ends for item in requests}))}


def _spelled(trie: Trie) -> list[tuple[int, ...]]:
    """Return the token path of every node."""
    paths: list[tuple[int, ...]] = []
    for token, parent in zip(trie.token.tolist(), trie.parent.tolist(), strict=True):
        paths.append((*(paths[parent] if parent >= 0 else ()), token))
    return paths


@given(request_sets())
def test_trie_when_built_then_holds_each_beginning_once(requests: list[Request]) -> None:
    """Nodes are the distinct beginnings of prompt + form, in depth-first order, no more."""
    trie = build(requests, _sets(requests))
    paths = _spelled(trie)
    assert len(paths) == len(set(paths))
    assert set(paths) == _beginnings(requests)
    assert paths == sorted(paths)
    assert [len(path) - 1 for path in paths] == trie.depth.tolist()


@given(request_sets())
def test_trie_when_built_then_every_step_points_to_its_pair(requests: list[Request]) -> None:
    """Each token of each form is wanted after the text before it, and an end after the form."""
    sets = _sets(requests)
    trie = build(requests, sets)
    paths = _spelled(trie)
    at = 0
    for r, item in enumerate(requests):
        assert trie.first_step[r] == at
        for option in item.options:
            for form in option.forms:
                for n, token in enumerate([*form, -1 - sets[item.ends]]):
                    pair = trie.step[at]
                    assert paths[trie.wanted_node[pair]] == (*item.prompt.tolist(), *form[:n])
                    assert trie.wanted_token[pair] == token
                    at += 1
    assert trie.first_step[-1] == at == len(trie.step)
    pairs = list(zip(trie.wanted_node.tolist(), trie.wanted_token.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    assert trie.wanted_node.tolist() == sorted(trie.wanted_node.tolist())


@given(request_sets(), st.randoms(use_true_random=False))
def test_trie_when_requests_are_shuffled_then_is_the_same(requests: list[Request], order) -> None:
    """Node for node: the plan, and with it the rounding, depends on the set of requests alone."""
    shuffled = list(requests)
    order.shuffle(shuffled)
    one, other = build(requests, _sets(requests)), build(shuffled, _sets(requests))
    for name in ("token", "depth", "parent", "wanted_node", "wanted_token"):
        assert np.array_equal(getattr(one, name), getattr(other, name))


@given(request_sets(), st.integers(1, 30), st.integers(1, 8))
def test_blocks_when_cut_anywhere_then_cover_everything_once(
    requests: list[Request], max_nodes: int, max_rows: int
) -> None:
    """Each node in one block, each wanted pair answered once, no block over its budgets."""
    trie = build(requests, _sets(requests))
    done = list(blocks(trie, max_nodes=max_nodes, max_rows=max_rows))
    assert np.array_equal(np.concatenate([p.block.token for p in done]), trie.token)
    assert [p.first_wanted for p in done] == [0, *(p.stop_wanted for p in done[:-1])]
    assert done[-1].stop_wanted == len(trie.wanted_node)
    for planned in done:
        block = planned.block
        assert 0 < len(block.token) <= max_nodes
        assert len(np.unique(block.wanted_node)) <= max_rows
        assert len(block.wanted_token) == planned.stop_wanted - planned.first_wanted
        assert (np.diff(block.wanted_node) >= 0).all()


@given(request_sets(), st.integers(1, 12))
def test_blocks_when_replayed_then_each_node_finds_its_whole_path(
    requests: list[Request], max_nodes: int
) -> None:
    """A backend that holds n_path tokens and adds the kept nodes always has every ancestor."""
    trie = build(requests, _sets(requests))
    expected = iter(_spelled(trie))
    path: list[int] = []
    for planned in blocks(trie, max_nodes=max_nodes):
        block = planned.block
        assert block.n_path <= len(path)
        del path[block.n_path :]
        inside: list[list[int]] = []
        for token, depth, parent in zip(
            block.token.tolist(), block.depth.tolist(), block.parent.tolist(), strict=True
        ):
            above = inside[parent] if parent >= 0 else path[:depth]
            inside.append([*above, token])
            assert tuple(inside[-1]) == next(expected)
        if len(block.keep):
            del path[int(block.depth[block.keep[0]]) :]
            path.extend(int(block.token[node]) for node in block.keep)


def test_trie_when_options_begin_one_another_then_the_shorter_is_an_inner_node() -> None:
    """10 and 100: two nodes for both options, and an end wanted after each."""
    trie = build([request([1, 2], [(10,)], [(10, 0)])], {('"',): 0})
    assert trie.token.tolist() == [1, 2, 10, 0]
    pairs = set(zip(trie.wanted_node.tolist(), trie.wanted_token.tolist(), strict=True))
    assert pairs == {(1, 10), (2, -1), (2, 0), (3, -1)}


@pytest.mark.parametrize(
    ("a", "b", "n"), [([], [], 0), ([], [1], 0), ([1, 2], [1, 2], 2), ([1, 2], [1, 3], 1)]
)
def test_common_length_when_compared_then_counts_shared_beginning(a, b, n) -> None:
    """Also of empty sequences, and of ones that contain each other."""
    assert common_length(np.array(a, dtype=int), np.array(b, dtype=int)) == n
