"""The states of a run: small tensors kept from step to step, each a function of its old value and of quantities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ganforge.method import DataFacts
from ganforge.quantities.graph import Graph
from ganforge.recipe.document import Key
from ganforge.state import declared_states

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class KeptState:
    """A state of a live method, loss or augmentation, in the recipe's table `key`.

    `function` computes the new value from `needs`, names of quantities and states; `initial` returns the initial value,
    a number or a tensor, from the facts of each data role.
    """

    function: Callable[..., Any]
    needs: tuple[str, ...]
    initial: Callable[[Mapping[str, DataFacts]], Any]
    key: Key

    def first(self, data: Mapping[str, DataFacts]) -> Tensor:
        """Return the initial value; a plain number becomes a float scalar."""
        import torch

        value = self.initial(data)
        return value if isinstance(value, torch.Tensor) else torch.tensor(float(value))

    @property
    def loss(self) -> str | None:
        """The loss that it belongs to, or None."""
        return self.key[1] if self.key[0] == "losses" else None


def own_names(owner: Any, prefix: str) -> dict[str, str]:
    """Return the names of an owner's states in a run, the prefix and their own name, by their own names."""
    return {name: f"{prefix}{name}" for name in declared_states(type(owner))}


def states_of(owner: Any, prefix: str = "", key: Key = ("method",)) -> dict[str, KeptState]:
    """Return the states of a live method, loss or augmentation by their names in a run; see `own_names`."""
    names = own_names(owner, prefix)
    return {
        names[name]: KeptState(
            getattr(owner, name),
            tuple(names.get(need, need) for need in state.needs),
            lambda data, state=state: state.initial(owner, data) if callable(state.initial) else state.initial,  # type: ignore[misc]
            key,
        )
        for name, state in declared_states(type(owner)).items()
    }


def with_asked(
    states: Mapping[str, KeptState], others: Mapping[str, KeptState], asked: Iterable[str], graph: Graph
) -> dict[str, KeptState]:
    """Return states, and those of others that they or the quantities asked for depend on."""
    found = dict(states)
    pending = [*asked, *(need for state in states.values() for need in state.needs)]
    while pending:
        for name in graph.sources(pending.pop()) & others.keys() - found.keys():
            found[name] = others[name]
            pending += others[name].needs
    return found
