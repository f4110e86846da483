"""The dependency graph of a method's quantities: their needs, networks and constants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from ganforge.errors import GanforgeError
from ganforge.method import PROGRESS, Method, Quantity
from ganforge.state import declared_states

REPORT = "this is a mistake in the method: report it to the plugin's author"


class Graph:
    """The quantities of a method as a graph, given the networks and data roles that the recipe fills.

    Attributes:
        leaves: the data role of each leaf in training: images, labels, and the given values trained from them.
        trained_from: the images or labels that replace a given value in training.
        noises: the leaves that are drawn for each batch.
        statistics: the quantities computed once over the whole training set, and known from then on.

    Raises:
        GanforgeError: the method's quantities need each other in a circle, one is named like the engine's own, or a
            given value is trained from no data.
    """

    def __init__(self, method: type[Method], networks: Iterable[str], data: Iterable[str]) -> None:
        self.quantities: Mapping[str, Quantity] = method.quantities()
        self.networks = frozenset(networks)
        leaves, draws = method.leaves(), method.draws()
        self.trained_from = {name: drawn.trained_from for name, drawn in draws.items() if drawn.trained_from}
        for name, leaf in self.trained_from.items():
            if leaf not in leaves:
                what = f"{name!r} of the method {method.__name__} is trained from {leaf!r}, which no data role gives"
                raise GanforgeError(what, fix=REPORT)
        leaves |= {name: leaves[leaf] for name, leaf in self.trained_from.items()}
        self.leaves = {name: role for name, role in leaves.items() if role in set(data)}
        self.noises = frozenset(draws) - self.trained_from.keys()
        self.statistics = frozenset(name for name, quantity in self.quantities.items() if quantity.over_data)
        self.states = frozenset(declared_states(method))
        self._absent = {name: f"[data.{role}]" for name, role in leaves.items() if name not in self.leaves}
        self._absent |= {role: f"[networks.{role}]" for role in method.networks if role not in self.networks}
        if PROGRESS in {*self.quantities, *leaves, *draws, *self.states, *method.networks}:
            raise GanforgeError(f"the method {method.__name__} gives {PROGRESS!r} a meaning of its own", fix=REPORT)
        self._sources = _sources(self.quantities, method.__name__)
        self._measured_from = _sources(self.quantities, method.__name__, self.statistics)

    def require(self, name: str) -> None:
        """Make sure that a quantity can be computed.

        Raises:
            GanforgeError: the method has no such quantity, or the recipe lacks a table that it depends on.
        """
        if name in self._absent:
            raise GanforgeError(f"{name!r} needs {self._absent[name]}", fix=f"add {self._absent[name]} to the recipe")
        if not self.knows(name):
            known = ", ".join([*self.leaves, *sorted(self.noises), *self.quantities, *sorted(self.states), PROGRESS])
            raise GanforgeError(f"the method has no quantity {name!r}", fix=f"it has: {known}")
        for need in self._needs(name):
            self.require(need)

    def knows(self, name: str) -> bool:
        """Return True for a quantity, leaf, state, network or the progress."""
        return name == PROGRESS or any(
            name in kind for kind in (self.quantities, self.networks, self.leaves, self.noises, self.states)
        )

    def sources(self, name: str) -> frozenset[str]:
        """Return the networks and leaves (images, labels, noises, states, progress) that a quantity depends on."""
        return self._sources.get(name, frozenset([name]))

    def measured_from(self, name: str) -> frozenset[str]:
        """Return the networks and leaves that a quantity is computed from where the statistics are known."""
        return self._measured_from.get(name, frozenset([name]))

    def statistics_of(self, names: Iterable[str]) -> frozenset[str]:
        """Return the statistics among quantities and their needs."""
        found = (self.statistics_of(self._needs(name)) | self.statistics.intersection([name]) for name in names)
        return frozenset().union(*found)

    def roles(self, name: str) -> frozenset[str]:
        """Return the networks that a quantity goes through."""
        return self.sources(name) & self.networks

    def heads(self, name: str) -> frozenset[str]:
        """Return the networks with a head that a quantity or one of its needs uses."""
        quantity = self.quantities.get(name)
        return frozenset(quantity.heads).union(*map(self.heads, quantity.needs)) if quantity else frozenset()

    def readers(self, name: str, of: str) -> frozenset[str]:
        """Return the networks that process `of`, such as `G(s)` or G, on the way to a quantity, such as `D(G(s))`."""
        if name == of or not self.depends(name, of):
            return frozenset()
        needs = self._needs(name)
        own = self.networks.intersection(needs) - {of}
        return own.union(*(self.readers(need, of) for need in needs))

    def depends(self, name: str, of: str) -> bool:
        """Return True if a quantity is, or is computed from, another one."""
        return name == of or any(self.depends(need, of) for need in self._needs(name))

    def data(self, name: str) -> frozenset[str]:
        """Return the data roles that a quantity depends on."""
        return frozenset(self.leaves[leaf] for leaf in self.sources(name) if leaf in self.leaves)

    def _needs(self, name: str) -> tuple[str, ...]:
        return self.quantities[name].needs if name in self.quantities else ()

    def is_statistic(self, name: str) -> bool:
        """Return True if a quantity is a statistic over the training set, or computed from one."""
        return bool(self.statistics_of([name]))

    def constants(self, wanted: Iterable[str], frozen: Iterable[str], augmented: Iterable[str]) -> list[str]:
        """Return those of the wanted quantities and their needs to compute once for the whole training set, in order.

        These are statistics over the data, and quantities that something changing needs and that depend only on frozen
        networks and one data role that is not augmented, without noise, states and progress. A statistic is one of the
        images as they are, augmented or not.

        Raises:
            GanforgeError: a statistic changes with a network that is trained, or with what is drawn.
        """
        frozen, augmented = frozenset(frozen), frozenset(augmented)
        found: list[str] = []

        def visit(name: str) -> None:
            if name not in self.quantities or name in found:
                return
            quantity = self.quantities[name]
            roles, data = self.roles(name), self.data(name)
            moving = bool(self.sources(name) - self.networks - self.leaves.keys())
            unchanging = roles <= frozen and len(data) == 1 and not moving
            if quantity.over_data and not unchanging:
                raise GanforgeError(
                    f"{name!r} is a statistic over the data, so what it is computed from must not change",
                    fix="freeze the network that it goes through",
                )
            # Recomputing a quantity without a network is as fast as a look-up, and one that needs a statistic can only
            # be computed after it.
            if unchanging and roles and not data & augmented and not self.is_statistic(name):
                found.append(name)
                return
            for need in quantity.needs:
                visit(need)
            if quantity.over_data:
                found.append(name)

        for name in wanted:
            visit(name)
        return found


def _sources(
    quantities: Mapping[str, Quantity], method: str, known: frozenset[str] = frozenset()
) -> dict[str, frozenset[str]]:
    """Return the leaves and networks that each quantity depends on; those that are known depend on nothing."""
    found: dict[str, frozenset[str]] = {}
    try:
        order = list(TopologicalSorter({name: quantity.needs for name, quantity in quantities.items()}).static_order())
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        what = f"the quantities of the method {method} need each other in a circle: {circle}"
        raise GanforgeError(what, fix=REPORT) from None
    for name in order:
        needs = () if name in known or name not in quantities else quantities[name].needs
        needed = [found[need] for need in needs] if name in quantities else [frozenset([name])]
        found[name] = frozenset().union(*needed)
    return found
