"""How a method's quantities hang together: what each needs, which networks it goes through, what never changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ganforge.errors import GanforgeError
from ganforge.method import Method, Quantity


class Graph:
    """The quantities of a method as a graph.

    Args:
        method: the method's class.
        networks: the roles that the recipe fills.
        data: the data roles that the recipe fills.
    """

    def __init__(self, method: type[Method], networks: Iterable[str], data: Iterable[str]) -> None:
        self.quantities: Mapping[str, Quantity] = method.quantities()
        self.networks = frozenset(networks)
        leaves = method.leaves()
        self.leaves = {name: role for name, role in leaves.items() if role in set(data)}
        self._absent = {name: f"[data.{role}]" for name, role in leaves.items() if name not in self.leaves}
        self._absent |= {role: f"[networks.{role}]" for role in method.networks if role not in self.networks}

    def require(self, name: str) -> None:
        """Make sure that a quantity can be computed.

        Raises:
            GanforgeError: the method has no such quantity, or the recipe lacks a table that it goes through.
        """
        if name in self._absent:
            raise GanforgeError(f"{name!r} needs {self._absent[name]}", fix=f"add {self._absent[name]} to the recipe")
        if name in self.networks or name in self.leaves:
            return
        if name not in self.quantities:
            known = ", ".join([*self.leaves, *self.quantities])
            raise GanforgeError(f"the method has no quantity {name!r}", fix=f"it has: {known}")
        for need in self.quantities[name].needs:
            self.require(need)

    def roles(self, name: str) -> frozenset[str]:
        """The networks that a quantity goes through."""
        if name in self.networks:
            return frozenset([name])
        if name not in self.quantities:
            return frozenset()
        return frozenset().union(*(self.roles(need) for need in self.quantities[name].needs))

    def data(self, name: str) -> frozenset[str]:
        """The data roles that a quantity is computed from."""
        if name in self.leaves:
            return frozenset([self.leaves[name]])
        if name not in self.quantities:
            return frozenset()
        return frozenset().union(*(self.data(need) for need in self.quantities[name].needs))

    def constants(self, wanted: Iterable[str], frozen: Iterable[str], augmented: Iterable[str]) -> list[str]:
        """The quantities worth computing once for the whole training set.

        Args:
            wanted: what the losses ask for.
            frozen: the roles that are never updated.
            augmented: the data roles whose images differ each time.

        Returns:
            Those quantities that go through frozen networks and one unchanging data role only, and that something
            changing asks for; statistics over the data and what these need are included.
        """
        frozen, augmented = frozenset(frozen), frozenset(augmented)
        found: list[str] = []

        def visit(name: str) -> None:
            if name not in self.quantities or name in found:
                return
            quantity = self.quantities[name]
            roles, data = self.roles(name), self.data(name)
            if roles and roles <= frozen and len(data) == 1 and not data & augmented:
                if quantity.over_data:
                    for need in quantity.needs:
                        visit(need)
                found.append(name)
                return
            if quantity.over_data:
                raise GanforgeError(
                    f"{name!r} is a statistic over the data, so what it is computed from must not change",
                    fix="freeze the network that it goes through, and use no augmentation on that data",
                )
            for need in quantity.needs:
                visit(need)

        for name in wanted:
            visit(name)
        return found
