"""A call of a component: its inputs, the networks it goes through, and what is known of its outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import EllipsisType
from typing import Any

import torch
from torch import Tensor, nn

from ganforge.meaning import Meaning
from ganforge.testing.check import is_refusal

Shape = tuple[int | EllipsisType | None, ...]
Call = Callable[[Mapping[str, Any]], Mapping[str, Any]]
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
        batched: the inputs whose first axis is the batch.
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
        """Return the outputs.

        Args:
            train: whether the networks are in train mode.
            seed: for torch's generator, which the engine seeds in each step; None leaves it as it is.
        """
        for network in self.networks.values():
            network.train(train)
        if seed is not None:
            torch.manual_seed(seed)
        return dict(self.call(self.inputs))

    def gradients(self) -> dict[str, Tensor | None]:
        """Return the gradient of the outputs, weighted at random, by input and parameter; None where it is missing.

        The result is empty when no output has a gradient.
        """
        given = {
            name: value.detach().clone().requires_grad_() if _is_float(value) else value
            for name, value in self.inputs.items()
        }
        leaves = {name: value for name, value in given.items() if _is_float(value)} | self.parameters()
        outputs = replace(self, inputs=given).run().values()
        # A plain sum would not do: the sum over a softmax's or a normalisation's outputs is constant.
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
        """Return the networks' trainable parameters."""
        return {
            f"{role}.{name}": parameter
            for role, network in self.networks.items()
            for name, parameter in network.named_parameters()
            if parameter.requires_grad
        }

    def given(self, changes: Mapping[str, Any]) -> Example:
        """Return the same example with some other inputs."""
        return replace(self, inputs={**self.inputs, **changes})

    def rows(self, count: int) -> Example:
        """Return the same example with the first rows of its batch."""
        return self.given({name: self.inputs[name][:count] for name in self.batched})

    def to(self, *, device: str | None = None, dtype: torch.dtype | None = None) -> Example:
        """Return the same example on another device or in another precision; networks are moved in place."""
        for network in self.networks.values():
            network.to(device=device, dtype=dtype)
        moved = {
            name: value.to(device=device, dtype=dtype if _is_float(value) else None)
            for name, value in self.inputs.items()
            if isinstance(value, Tensor)
        }
        return self.given(moved)

    def channels_last(self) -> Example:
        """Return the same example in the channels-last memory format; networks are converted in place."""
        for network in self.networks.values():
            network.to(memory_format=torch.channels_last)
        images = {name: value for name, value in self.inputs.items() if isinstance(value, Tensor) and value.ndim == 4}
        return self.given({name: value.contiguous(memory_format=torch.channels_last) for name, value in images.items()})


def fits(value: Tensor, shape: Shape) -> bool:
    """Return whether a tensor has a shape."""
    axes = shape[:-1] if shape[-1:] == (...,) else shape
    long_enough = value.ndim >= len(axes) if len(axes) < len(shape) else value.ndim == len(axes)
    return long_enough and all(axis in (None, size) for axis, size in zip(axes, value.shape, strict=False))


def accepted(examples: Iterable[Example]) -> Iterator[Example]:
    """Yield the examples that a component accepts; skip those that it rejects with an explicit error.

    Raises:
        Exception: the first rejection, if it rejects all of them.
    """
    rejections: list[Exception] = []
    found = False
    for example in examples:
        try:
            example.run()
        except Exception as error:
            if is_refusal(error):
                rejections.append(error)
                continue
        found = True
        yield example
    if rejections and not found:
        raise rejections[0]


def axes(shape: Shape) -> str:
    """Return a shape as messages show it, such as `[4, any, ...]`."""
    return f"[{', '.join('...' if axis is ... else 'any' if axis is None else str(axis) for axis in shape)}]"


def _is_float(value: Any) -> bool:
    return isinstance(value, Tensor) and value.is_floating_point()
