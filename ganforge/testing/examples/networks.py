"""Calls of networks at the sizes and channels that recipes use."""

from __future__ import annotations

import contextlib
import inspect
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

from ganforge.contracts import has_head, reads_images
from ganforge.image_size import shown, sides
from ganforge.testing.check import Flaw, is_refusal
from ganforge.testing.examples.example import Example, Shape
from ganforge.testing.subject import Subject

BATCH = 4
WANTED = 2
Size = int | tuple[int, int]
# Pixels, channels, and classes or scores; the first that a network accepts are taken.
SIZES: tuple[tuple[Size, int, int], ...] = (
    *((16, 3, 10), ((32, 64), 1, 3), (32, 1, 3), (28, 1, 10)),
    *((64, 3, 10), ((64, 128), 3, 10), (128, 3, 10)),
)
CODE = 24


def network_examples(subject: Subject) -> Iterator[Example]:
    """Yield calls of a network at two sizes.

    Raises:
        Flaw: it is no torch.nn.Module.
        GanforgeError: it rejects all sizes.
    """
    for size in accepted_sizes(subject):
        yield network_example(subject, *size)


@lru_cache(maxsize=8)
def accepted_sizes(subject: Subject) -> list[tuple[Size, int, int]]:
    """Return the first of the usual sizes that a network accepts, both when it is built and when it is called.

    Raises:
        GanforgeError: it rejects all of them.
    """
    found = []
    refusal: Exception | None = None
    for size in SIZES:
        try:
            network_example(subject, *size).run()
        except Exception as error:
            if is_refusal(error):
                refusal = refusal or error
                continue
        found.append(size)
        if len(found) == WANTED:
            break
    if not found and refusal is not None:
        raise refusal
    return found


def network_example(subject: Subject, size: Size, channels: int, classes: int) -> Example:
    """Return a call of a network that reads or makes images of a size."""
    facts: dict[str, Any] = {
        "image_size": size,
        "in_channels": channels,
        "out_channels": channels,
        "code_dim": CODE,
        "classes": classes,
        "outputs": classes,
    }
    if subject.kind == "encoder":
        del facts["code_dim"]  # an encoder says itself how large its codes are
    facts |= {name: value for name, value in subject.options.items() if name in facts}
    network = subject.build(facts)
    if not isinstance(network, nn.Module):
        raise Flaw(f"it is a {type(network).__name__}, no torch.nn.Module", fix="derive the class from nn.Module")
    draw = torch.Generator().manual_seed(1)
    images = torch.rand(BATCH, facts["in_channels"], *sides(facts["image_size"]), generator=draw) * 2 - 1
    inputs, bounds = {"images": images}, {"images": (-1.0, 1.0)}
    if subject.kind == "generator" and not reads_images(network):
        inputs, bounds = {"code": torch.randn(BATCH, facts["code_dim"], generator=draw)}, {}

    inputs |= _further_inputs(network, next(iter(inputs.values())), facts["classes"] or classes, draw)

    def call(given: Mapping[str, Any]) -> dict[str, Tensor]:
        return _call(subject.kind, network, facts, *given.values())

    example = Example(
        f"{shown(facts['image_size'])} pixels, {facts['in_channels']} channels",
        network,
        call,
        inputs,
        {"network": network},
        _shapes(subject.kind, network, facts),
        bounds | {"pictures": (-1.0, 1.0)},
        frozenset(inputs),
    )
    learns = [*(name for name, value in inputs.items() if value.is_floating_point()), *example.parameters()]
    return replace(example, learns=tuple(frozenset([name]) for name in learns))


def _further_inputs(network: nn.Module, first: Tensor, classes: int, draw: torch.Generator) -> dict[str, Tensor]:
    """The required inputs of a network besides the first: classes, or codes where it takes no classes."""
    parameters = list(inspect.signature(network.forward).parameters.values())[1:]
    positional = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    names = [one.name for one in parameters if one.kind in positional and one.default is one.empty]
    kinds = torch.arange(BATCH) % classes, torch.randn(BATCH, CODE, generator=draw)
    choices = [dict(zip(names, chosen, strict=True)) for chosen in itertools.product(kinds, repeat=len(names))]
    for choice in choices if names else ():
        with contextlib.suppress(Exception), torch.no_grad():
            network(first, *choice.values())
            return choice
    return choices[0]


def _call(kind: str, network: nn.Module, facts: Mapping[str, Any], *given: Tensor) -> dict[str, Tensor]:
    output = network(*given)
    if kind == "discriminator":
        return {"scores": output}
    if kind == "generator":
        return {"pictures": output}
    if facts["classes"] is None or not has_head(network):
        return {"code": output}
    return {"code": output, "scores": network.classify(output)}


def _shapes(kind: str, network: nn.Module, facts: Mapping[str, Any]) -> dict[str, Shape]:
    if kind == "discriminator":
        return {"scores": (BATCH, facts["outputs"], ...)}  # of the whole image, or of many places
    if kind == "generator":
        return {"pictures": (BATCH, facts["out_channels"], *sides(facts["image_size"]))}
    return {"code": (BATCH, getattr(network, "code_dim", None)), "scores": (BATCH, facts["classes"])}
