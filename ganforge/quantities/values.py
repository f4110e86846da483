"""Quantities of one step, computed on demand, and recomputed after an update of a network that they go through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from ganforge.method import Method
from ganforge.quantities.graph import Graph


@dataclass
class Values:
    """Quantities by name.

    Attributes:
        leaf: returns the leaves of the batch and the known quantities, by name.
        known: the quantities that `leaf` returns instead of the method.
    """

    graph: Graph
    method: Method
    networks: Mapping[str, nn.Module]
    leaf: Callable[[str], Tensor]
    known: frozenset[str] = frozenset()
    _memo: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        if name in self.networks:
            return self.networks[name]
        if name not in self._memo:
            if name in self.known or name not in self.graph.quantities:
                self._memo[name] = self.leaf(name)
            else:
                needs = self.graph.quantities[name].needs
                self._memo[name] = getattr(self.method, name)(*(self[need] for need in needs))
        return self._memo[name]

    def __contains__(self, name: str) -> bool:
        """Return True for leaves, networks and quantities that are computed already."""
        return name in self._memo or name not in self.graph.quantities

    def forget(self, role: str) -> None:
        """Drop the quantities that go through a network, after an update."""
        for name in [name for name in self._memo if name not in self.known and role in self.graph.roles(name)]:
            del self._memo[name]
