"""Quantities of one step, computed on demand, and recomputed after an update of a network that they go through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, nn

from ganforge.method import Method
from ganforge.quantities.graph import Graph


class Values:
    """Quantities by name.

    Args:
        graph: the graph of quantities.
        method: computes them.
        networks: by role.
        leaf: returns the leaves of the batch and the known quantities, by name.
        known: the quantities that `leaf` returns instead of the method.
    """

    def __init__(
        self,
        graph: Graph,
        method: Method,
        networks: Mapping[str, nn.Module],
        leaf: Callable[[str], Tensor],
        known: frozenset[str] = frozenset(),
    ) -> None:
        self._graph = graph
        self._method = method
        self._networks = networks
        self._leaf = leaf
        self._known = known
        self._memo: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name in self._networks:
            return self._networks[name]
        if name not in self._memo:
            if name in self._known or name not in self._graph.quantities:
                self._memo[name] = self._leaf(name)
            else:
                needs = self._graph.quantities[name].needs
                self._memo[name] = getattr(self._method, name)(*(self[need] for need in needs))
        return self._memo[name]

    def __contains__(self, name: str) -> bool:
        """Return True for leaves, networks and quantities that are computed already."""
        return name in self._memo or name not in self._graph.quantities

    def forget(self, role: str) -> None:
        """Drop the quantities that go through a network, after an update."""
        for name in [name for name in self._memo if name not in self._known and role in self._graph.roles(name)]:
            del self._memo[name]
