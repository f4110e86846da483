"""Examples: calls of components on small inputs, how each kind gets its own, and comparing their outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import EllipsisType
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from ganforge.errors import GanforgeError
from ganforge.meaning import Meaning
from ganforge.testing.flaw import Flaw, Inapplicable, describe_error, is_refusal
from ganforge.testing.subject import Subject

Shape = tuple[int | EllipsisType | None, ...]
Call = Callable[[Mapping[str, Any]], Mapping[str, Any]]
Choice = TypeVar("Choice")
CALL_SEED = 11


@dataclass(frozen=True)
class Example:
    """A call of a component.

    Attributes:
        label: a short description, for messages.
        component: the component.
        call: returns outputs by name, given inputs by name.
        inputs: the inputs by name.
        networks: the networks that the call goes through, by name.
        shapes: of the outputs; None for an axis of any length, ... at the end for any further axes.
        bounds: of the inputs, and of the outputs that have any.
        batched: the inputs with the batch as their first axis.
        drawn: the inputs that are noise, which has no values but those that are drawn.
        learns: groups of inputs and parameters, each with a tensor that the outputs' gradient must reach; parameters
            are named `network.name`.
        meanings: declared units and directions of the outputs; None for outputs that need none.
    """

    label: str
    component: Any
    call: Call
    inputs: Mapping[str, Any]
    networks: Mapping[str, nn.Module] = field(default_factory=dict)
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    batched: frozenset[str] = frozenset()
    drawn: frozenset[str] = frozenset()
    learns: tuple[frozenset[str], ...] = ()
    meanings: Mapping[str, Meaning] | None = None

    def __str__(self) -> str:
        return self.label

    def run(self, *, train: bool = True, seed: int | None = CALL_SEED) -> dict[str, Any]:
        """Return the outputs, with networks in train or eval mode; without a seed, torch's generator stays as it is."""
        for network in self.networks.values():
            network.train(train)
        if seed is not None:
            torch.manual_seed(seed)
        return dict(self.call(self.inputs))

    def gradients(self) -> dict[str, Tensor | None]:
        """Return the gradient of the outputs, weighted at random, by input and parameter; None where it is missing.

        The result is empty when no output has a gradient.
        """
        floats = {name: value for name, value in self.inputs.items() if is_float(value)}
        leaves: dict[str, Tensor] = {name: value.detach().clone().requires_grad_() for name, value in floats.items()}
        outputs = self.with_inputs(leaves).run().values()
        leaves |= self.parameters()
        # A plain sum would not do: the sum over a softmax's or a normalisation's outputs is constant.
        draw = torch.Generator().manual_seed(CALL_SEED)
        total = sum(
            (value * torch.randn(value.shape, generator=draw).to(value)).sum() if value.ndim else value
            for value in outputs
            if is_float(value) and value.requires_grad
        )
        if not isinstance(total, Tensor):
            return {}
        return dict(zip(leaves, torch.autograd.grad(total, list(leaves.values()), allow_unused=True), strict=True))

    def parameters(self) -> dict[str, Tensor]:
        """Return the networks' trainable parameters."""
        return {
            f"{role}.{name}": parameter
            for role, network in self.networks.items()
            for name, parameter in network.named_parameters()
            if parameter.requires_grad
        }

    def with_inputs(self, changes: Mapping[str, Any]) -> Example:
        """Return the same example with some other inputs."""
        return replace(self, inputs={**self.inputs, **changes})

    def to(self, *, device: str | None = None, dtype: torch.dtype | None = None) -> Example:
        """Return the same example on another device or in another precision; networks are moved in place."""
        for network in self.networks.values():
            network.to(device=device, dtype=dtype)
        given = {name: value for name, value in self.inputs.items() if isinstance(value, Tensor)}
        return self.with_inputs(
            {name: one.to(device=device, dtype=dtype if is_float(one) else None) for name, one in given.items()}
        )

    def channels_last(self) -> Example:
        """Return the same example in the channels-last memory format; networks are converted in place."""
        for network in self.networks.values():
            network.to(memory_format=torch.channels_last)
        images = {name: value for name, value in self.inputs.items() if isinstance(value, Tensor) and value.ndim == 4}
        return self.with_inputs(
            {name: value.contiguous(memory_format=torch.channels_last) for name, value in images.items()}
        )


Builder = Callable[[Subject], Iterator[Example]]
BUILDERS: dict[str, Builder] = {}


def builds_examples(*kinds: str) -> Callable[[Builder], Builder]:
    """Register a function that builds components of these kinds and yields examples of them."""

    def register(build: Builder) -> Builder:
        BUILDERS.update(dict.fromkeys(kinds, build))
        return build

    return register


def examples_of(subject: Subject) -> Iterator[Example]:
    """Build a component and yield its examples; raise Flaw, or GanforgeError if it rejects all that it is given."""
    return BUILDERS[subject.kind](subject)


def require_callable(subject: Subject) -> None:
    """Raise Inapplicable if a component cannot be called at all; the check `runs` reports why."""
    trouble = trouble_of(subject)
    if isinstance(trouble, Inapplicable):
        raise trouble
    if trouble is not None:
        raise Inapplicable("it cannot be called: see the check `runs`")


@lru_cache(maxsize=8)  # the checks of a component follow each other
def trouble_of(subject: Subject) -> GanforgeError | Inapplicable | None:
    """Return why a component cannot be built and called at all; None when it can."""
    label = ""
    try:
        for example in examples_of(subject):
            label = f"{example}: "
            example.run()
            label = ""
    except (GanforgeError, Inapplicable) as error:
        return error
    except Exception as error:
        return Flaw(f"{label}{describe_error(error)}")
    return None


def accepted(choices: Iterable[Choice], build: Callable[[Choice], Example]) -> Iterator[Choice]:
    """Yield the choices with an example that the component does not reject; raise its first error if it rejects all."""
    rejection: Exception | None = None
    found = False
    for choice in choices:
        try:
            build(choice).run()
        except Exception as error:
            if is_refusal(error):
                rejection = rejection or error
                continue
        found = True
        yield choice
    if rejection is not None and not found:
        raise rejection


def call_of(function: Callable[..., Any], needs: Sequence[str], output: str) -> Call:
    """Return the call that passes a function the inputs that it needs, in order, and names its result."""
    return lambda given: {output: function(*(given[need] for need in needs))}


def is_float(value: Any) -> bool:
    """Return whether a value is a floating-point tensor."""
    return isinstance(value, Tensor) and value.is_floating_point()


def fits(value: Tensor, shape: Shape) -> bool:
    """Return whether a tensor has a shape."""
    wanted = (*shape[:-1], *value.shape[len(shape) - 1 :]) if shape[-1:] == (...,) else shape
    return len(wanted) == value.ndim and all(map(lambda axis, size: axis in (None, size), wanted, value.shape))


def axes(shape: Shape) -> str:
    """Return a shape as messages show it, such as `[4, any, ...]`."""
    return f"[{', '.join('...' if axis is ... else 'any' if axis is None else str(axis) for axis in shape)}]"


def tensors(outputs: Mapping[str, Any]) -> dict[str, Tensor]:
    """Return the tensors, arrays and numbers among outputs by name; those of nested tables as `name/part`."""
    found: dict[str, Tensor] = {}
    for name, value in outputs.items():
        if isinstance(value, Mapping):
            found |= {f"{name}/{part}": inner for part, inner in tensors(value).items()}
        elif isinstance(value, Tensor):
            found[str(name)] = value.detach()
        elif isinstance(value, np.ndarray):
            found[str(name)] = torch.from_numpy(value.copy())
        elif isinstance(value, bool | int | float):
            found[str(name)] = torch.tensor(value, dtype=torch.float64)
    return found


def snapshot(values: Mapping[Any, Any]) -> dict[str, Any]:
    """Return copies that are equal if the values are the same to the bit; nested tables and lists as `name/part`.

    Objects of other types than tensors, arrays, numbers, tables, lists and sets stand for themselves.
    """
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping | list):
            parts = value if isinstance(value, Mapping) else dict(enumerate(value))
            found |= {f"{name}/{part}": inner for part, inner in snapshot(parts).items()}
        elif isinstance(value, Tensor):
            plain = value.detach().reshape(-1).contiguous().view(torch.uint8)
            found[str(name)] = value.dtype, value.shape, plain.numpy().tobytes()
        elif isinstance(value, np.ndarray):
            found[str(name)] = value.dtype, value.shape, value.tobytes()
        elif isinstance(value, float | set):
            found[str(name)] = repr(value) if isinstance(value, float) else frozenset(value)  # NaN equals itself
        else:
            found[str(name)] = value
    return found


def difference(first: Mapping[str, Any], second: Mapping[str, Any]) -> str | None:
    """Return the name of a value that is not the same to the bit in both, or in a snapshot of one; None if all are."""
    ours, theirs = snapshot(first), snapshot(second)
    for name in {**ours, **theirs}:
        one, other = ours.get(name), theirs.get(name)
        if one is not other and one != other:
            return name
    return None


def gap(first: Tensor, second: Tensor) -> float:
    """Return the largest difference relative to the largest value of the second; infinity if one is not finite."""
    one, other = first.detach().double(), second.detach().double()
    if not (bool(one.isfinite().all()) and bool(other.isfinite().all())):
        return float("inf")
    return float((one - other).abs().max() / other.abs().max().clamp_min(1e-6)) if one.numel() else 0.0


def require_finite(outputs: Mapping[str, Any], label: str) -> None:
    """Raise Flaw, such as `label: code is not finite`, if an output holds NaN or infinity."""
    for name, value in tensors(outputs).items():
        if not bool(value.isfinite().all()):
            raise Flaw(f"{label} {name} is not finite")
