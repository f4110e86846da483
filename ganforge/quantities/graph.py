"""The dependency graph of a method's quantities: needs, networks passed through, and constants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from ganforge.errors import GanforgeError
from ganforge.method import PROGRESS, Method, Quantity
from ganforge.state import declared_states


class Graph:
    """The quantities of a method as a graph.

    Args:
        method: the method's class.
        networks: the roles that the recipe fills.
        data: the data roles that the recipe fills.

    Attributes:
        leaves: the role of each leaf that the data gives in training: images, labels, and what is trained from them.
        trained_from: the images or labels that take the place of a given value in training.
        noises: the leaves that are drawn anew for each batch.

    Raises:
        GanforgeError: the method's quantities need each other in a circle, one has the name of the engine's own, or a
            given value is trained from no data.
    """

    def __init__(self, method: type[Method], networks: Iterable[str], data: Iterable[str]) -> None:
        self.quantities: Mapping[str, Quantity] = method.quantities()
        self.networks = frozenset(networks)
        leaves, draws = method.leaves(), method.draws()
        self.trained_from = {name: drawn.trained_from for name, drawn in draws.items() if drawn.trained_from}
        for name, leaf in self.trained_from.items():
            if leaf not in leaves:
                raise GanforgeError(
                    f"{name!r} of the method {method.__name__} is trained from {leaf!r}, which no data role gives",
                    fix="this is a mistake in the method: report it to the plugin's author",
                )
        leaves |= {name: leaves[leaf] for name, leaf in self.trained_from.items()}
        self.leaves = {name: role for name, role in leaves.items() if role in set(data)}
        self.noises = frozenset(draws) - self.trained_from.keys()
        self.states = frozenset(declared_states(method))
        self._absent = {name: f"[data.{role}]" for name, role in leaves.items() if name not in self.leaves}
        self._absent |= {role: f"[networks.{role}]" for role in method.networks if role not in self.networks}
        if PROGRESS in {*self.quantities, *leaves, *draws, *self.states, *method.networks}:
            raise GanforgeError(
                f"the method {method.__name__} gives {PROGRESS!r} a meaning of its own",
                fix="this is a mistake in the method: report it to the plugin's author",
            )
        self._sources = _sources(self.quantities, method.__name__)

    def require(self, name: str) -> None:
        """Make sure that a quantity can be computed.

        Raises:
            GanforgeError: the method has no such quantity, or the recipe lacks a table that it goes through.
        """
        if name in self._absent:
            raise GanforgeError(f"{name!r} needs {self._absent[name]}", fix=f"add {self._absent[name]} to the recipe")
        if name in {*self.networks, *self.leaves, *self.noises, *self.states, PROGRESS}:
            return
        if name not in self.quantities:
            known = ", ".join([*self.leaves, *sorted(self.noises), *self.quantities, *sorted(self.states), PROGRESS])
            raise GanforgeError(f"the method has no quantity {name!r}", fix=f"it has: {known}")
        for need in self.quantities[name].needs:
            self.require(need)

    def sources(self, name: str) -> frozenset[str]:
        """Return the networks and leaves that a quantity is computed from in the end.

        Leaves are images, labels, noises, states and the progress.
        """
        return self._sources.get(name, frozenset([name]))

    def roles(self, name: str) -> frozenset[str]:
        """The networks that a quantity goes through."""
        return self.sources(name) & self.networks

    def heads(self, name: str) -> frozenset[str]:
        """Return the networks whose head a quantity uses, itself or through what it is computed from."""
        quantity = self.quantities.get(name)
        return frozenset(quantity.heads).union(*map(self.heads, quantity.needs)) if quantity else frozenset()

    def readers(self, name: str, of: str) -> frozenset[str]:
        """Return the networks through which a quantity reads what `of` gives: those after it on the way to `name`.

        Args:
            name: a quantity, such as `D(G(s))`.
            of: a quantity that it is computed from, such as `G(s)`, or a network, such as G.
        """
        if name == of or name not in self.quantities or not self._depends(name, of):
            return frozenset()
        needs = self.quantities[name].needs
        own = self.networks.intersection(needs) - {of}
        return own.union(*(self.readers(need, of) for need in needs))

    def _depends(self, name: str, of: str) -> bool:
        needs = self.quantities[name].needs if name in self.quantities else ()
        return name == of or any(self._depends(need, of) for need in needs)

    def data(self, name: str) -> frozenset[str]:
        """The data roles that a quantity is computed from."""
        return frozenset(self.leaves[leaf] for leaf in self.sources(name) if leaf in self.leaves)

    def is_statistic(self, name: str) -> bool:
        """Return True if a quantity is a statistic of the whole training set, or computed from one."""
        quantity = self.quantities.get(name)
        return quantity is not None and (quantity.over_data or any(map(self.is_statistic, quantity.needs)))

    def constants(self, wanted: Iterable[str], frozen: Iterable[str], augmented: Iterable[str]) -> list[str]:
        """The quantities worth computing once for the whole training set.

        Args:
            wanted: what the losses ask for.
            frozen: the roles that are never updated.
            augmented: the data roles whose images differ each time.

        Returns:
            Those quantities that go through frozen networks and one unchanging data role only, without noise,
            states and progress, and that something changing asks for, and statistics over the data; what a statistic
            needs stands before it.

        Raises:
            GanforgeError: what a statistic is computed from changes.
        """
        frozen, augmented = frozenset(frozen), frozenset(augmented)
        found: list[str] = []

        def visit(name: str) -> None:
            if name not in self.quantities or name in found:
                return
            quantity = self.quantities[name]
            roles, data = self.roles(name), self.data(name)
            moving = bool(self.sources(name) - self.networks - self.leaves.keys())
            unchanging = roles <= frozen and len(data) == 1 and not data & augmented and not moving
            if quantity.over_data and not unchanging:
                raise GanforgeError(
                    f"{name!r} is a statistic over the data, so what it is computed from must not change",
                    fix="freeze the network that it goes through, and use no augmentation on that data",
                )
            # What no network computes is as quickly computed again as looked up, and what goes through a statistic can
            # only be computed once that is there.
            if unchanging and roles and not self.is_statistic(name):
                found.append(name)
                return
            for need in quantity.needs:
                visit(need)
            if quantity.over_data:
                found.append(name)

        for name in wanted:
            visit(name)
        return found


def _sources(quantities: Mapping[str, Quantity], method: str) -> dict[str, frozenset[str]]:
    """Return the leaves and networks that each quantity is ultimately computed from."""
    found: dict[str, frozenset[str]] = {}
    try:
        order = list(TopologicalSorter({name: quantity.needs for name, quantity in quantities.items()}).static_order())
    except CycleError as error:
        raise GanforgeError(
            f"the quantities of the method {method} need each other in a circle: {' -> '.join(error.args[1])}",
            fix="this is a mistake in the method: report it to the plugin's author",
        ) from None
    for name in order:
        needs = quantities[name].needs if name in quantities else ()
        found[name] = frozenset().union(*(found[need] for need in needs)) if name in quantities else frozenset([name])
    return found
