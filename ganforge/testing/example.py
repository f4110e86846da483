"""One way to call a component: what it is given, what it goes through, and what is known of the outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import EllipsisType
from typing import Any

import torch
from torch import Tensor, nn

from ganforge.testing.faults import refused

Shape = tuple[int | EllipsisType | None, ...]
Call = Callable[[Mapping[str, Any]], Mapping[str, Any]]
CALL_SEED = 11


@dataclass(frozen=True)
class Example:
    """A component and what to call it with.

    Attributes:
        label: what is particular about this example, for messages.
        component: the live component.
        call: gives outputs by name for inputs by name.
        inputs: what to call it with.
        networks: what the call goes through, by name.
        shapes: of the outputs; None for an axis of any length, ... at the end for any further axes.
        bounds: of inputs, and of those outputs that are known to have some.
        batched: the inputs whose first axis is the batch.
        drawn: those of them that are noise, which is never other than it is drawn.
        learns: groups of inputs and parameters, each with a tensor that the outputs' gradient must reach; parameters
            are called `network.name`.
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

    def __str__(self) -> str:
        return self.label

    def run(self, *, train: bool = True, seed: int | None = CALL_SEED) -> dict[str, Any]:
        """The outputs.

        Args:
            train: the networks' mode.
            seed: of torch's generator, which the engine seeds in each step; None leaves it as it is.
        """
        for network in self.networks.values():
            network.train(train)
        if seed is not None:
            torch.manual_seed(seed)
        return dict(self.call(self.inputs))

    def gradients(self) -> dict[str, Tensor | None]:
        """The gradient of the outputs, weighted at random, by input and parameter; None where it does not arrive.

        Empty where no output has a gradient.
        """
        given = {
            name: value.detach().clone().requires_grad_() if _is_float(value) else value
            for name, value in self.inputs.items()
        }
        leaves = {name: value for name, value in given.items() if _is_float(value)} | self.parameters()
        outputs = replace(self, inputs=given).run().values()
        # Plain sums would not do: the sum over what a norm or a softmax gives never changes.
        draw = torch.Generator().manual_seed(CALL_SEED)
        total = sum(
            (value * torch.randn(value.shape, generator=draw).to(value)).sum() if value.ndim else value
            for value in outputs
            if _is_float(value) and value.requires_grad
        )
        if not isinstance(total, Tensor):
            return {}
        return dict(zip(leaves, torch.autograd.grad(total, list(leaves.values()), allow_unused=True), strict=True))

    def parameters(self) -> dict[str, Tensor]:
        """The networks' parameters that can be trained."""
        return {
            f"{role}.{name}": parameter
            for role, network in self.networks.items()
            for name, parameter in network.named_parameters()
            if parameter.requires_grad
        }

    def given(self, changes: Mapping[str, Any]) -> Example:
        """The same example with other inputs."""
        return replace(self, inputs={**self.inputs, **changes})

    def rows(self, count: int) -> Example:
        """The same example with the first so many of its batch."""
        return self.given({name: self.inputs[name][:count] for name in self.batched})

    def to(self, *, device: str | None = None, dtype: torch.dtype | None = None) -> Example:
        """Elsewhere or in another precision; the networks are moved in place, as the engine does it."""
        for network in self.networks.values():
            network.to(device=device, dtype=dtype)
        moved = {
            name: value.to(device=device, dtype=dtype if _is_float(value) else None)
            for name, value in self.inputs.items()
            if isinstance(value, Tensor)
        }
        return self.given(moved)

    def channels_last(self) -> Example:
        """With images and weights in the memory layout that the engine prefers."""
        for network in self.networks.values():
            network.to(memory_format=torch.channels_last)
        images = {name: value for name, value in self.inputs.items() if isinstance(value, Tensor) and value.ndim == 4}
        return self.given({name: value.contiguous(memory_format=torch.channels_last) for name, value in images.items()})


def fits(value: Tensor, shape: Shape) -> bool:
    """Whether a tensor is of a shape."""
    axes = shape[:-1] if shape[-1:] == (...,) else shape
    long_enough = value.ndim >= len(axes) if len(axes) < len(shape) else value.ndim == len(axes)
    return long_enough and all(axis in (None, size) for axis, size in zip(axes, value.shape, strict=False))


def accepted(examples: Iterable[Example]) -> Iterator[Example]:
    """Those examples that a component does not refuse in words, such as codes that a distance of images is given.

    Raises:
        Exception: the first refusal, if it refuses all of them.
    """
    refusals: list[Exception] = []
    found = False
    for example in examples:
        try:
            example.run()
        except Exception as error:
            if refused(error):
                refusals.append(error)
                continue
        found = True
        yield example
    if refusals and not found:
        raise refusals[0]


def _is_float(value: Any) -> bool:
    return isinstance(value, Tensor) and value.is_floating_point()
