"""From a trie to blocks that a backend evaluates one after the other.

Nodes in depth-first order have a property that makes planning trivial: all ancestors of the nodes
of a run that are not in the run itself are ancestors of the run's first node. So any cut of the
order into consecutive runs is a valid plan in which every node is computed exactly once and the
only state between runs is one path from the root.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from silicus.backends.base import Block
from silicus.engine.trie import Trie

MAX_NODES = 1024
"""Nodes of a block: enough rows for fast matrix products, few enough to stay in the cache between
them (in bfloat16 and mixed an eighth faster than 2048, in float32 the same)."""


class PlannedBlock(NamedTuple):
    """A block, and the slice of the trie's wanted pairs that it answers."""

    block: Block
    first_wanted: int
    stop_wanted: int


def blocks(
    trie: Trie, *, max_nodes: int = MAX_NODES, max_rows: int = 256, computed_as: int = 0
) -> Iterator[PlannedBlock]:
    """Yield the blocks of a trie in the order in which they must be evaluated.

    Parameters
    ----------
    trie : Trie
    max_nodes : int
        Most nodes of a block.
    max_rows : int
        Most nodes of a block after which something is wanted (bounds the logits in memory).
    computed_as : int
        See :class:`silicus.backends.base.Block`.
    """
    n_nodes = len(trie.token)
    wanting = np.unique(trie.wanted_node)
    start = 0
    while start < n_nodes:
        stop = min(start + max_nodes, n_nodes)
        first_row = int(np.searchsorted(wanting, start))
        if first_row + max_rows < len(wanting):
            stop = min(stop, int(wanting[first_row + max_rows]))
        first, last = np.searchsorted(trie.wanted_node, [start, stop])
        parent = trie.parent[start:stop] - start
        parent[parent < 0] = -1
        keep = []
        above = int(trie.parent[stop]) if stop < n_nodes else -1
        while above >= start:
            keep.append(above - start)
            above = int(trie.parent[above])
        block = Block(
            n_path=int(trie.depth[start]),
            token=trie.token[start:stop],
            depth=trie.depth[start:stop],
            parent=parent,
            wanted_node=trie.wanted_node[first:last] - np.int32(start),
            wanted_token=trie.wanted_token[first:last],
            keep=np.asarray(keep[::-1], dtype=np.int32),
            computed_as=computed_as,
        )
        yield PlannedBlock(block, int(first), int(last))
        start = stop
