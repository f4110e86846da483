"""Networks: examples at usual sizes, and checks of sizes not supported, packaged weights and a complete saved state."""

from __future__ import annotations

import contextlib
import inspect
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ganforge.contracts import has_head, reads_images
from ganforge.data.transform import match_channels
from ganforge.errors import ShapeError
from ganforge.image_size import shown, sides
from ganforge.networks.weights import load_weights, read_weights_file
from ganforge.plugins.component import find_packaged
from ganforge.recipe.recipe import WeightsFile
from ganforge.testing.check import NETWORKS, check
from ganforge.testing.example import Example, accepted, builds_examples, difference, examples_of, fits
from ganforge.testing.flaw import Flaw, Inapplicable, describe_error, is_refusal
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
STEPS = 3


@builds_examples(*NETWORKS)
def network_examples(subject: Subject) -> Iterator[Example]:
    """Yield calls of a network at two sizes; raise GanforgeError if it rejects all."""
    for size in _accepted_sizes(subject):
        yield _example(subject, *size)


@lru_cache(maxsize=8)
def _accepted_sizes(subject: Subject) -> list[tuple[Size, int, int]]:
    """Return the first of the usual sizes that a network accepts, both when it is built and when it is called."""
    return list(itertools.islice(accepted(SIZES, lambda size: _example(subject, *size)), WANTED))


def _example(subject: Subject, size: Size, channels: int, classes: int) -> Example:
    """Return a call of a network that reads or makes images of a size."""
    kind = subject.kind
    facts: dict[str, Any] = {
        "image_size": size,
        "in_channels": channels,
        "out_channels": channels,
        "code_dim": CODE,
        "classes": classes,
        "outputs": classes,
    }
    if kind == "encoder":
        del facts["code_dim"]  # an encoder says itself how large its codes are
    facts |= {name: value for name, value in subject.options.items() if name in facts}
    network = subject.build(facts)
    if not isinstance(network, nn.Module):
        raise Flaw(f"it is a {type(network).__name__}, no torch.nn.Module", fix="derive the class from nn.Module")
    pixels = sides(facts["image_size"])
    draw = torch.Generator().manual_seed(1)
    images = torch.rand(BATCH, facts["in_channels"], *pixels, generator=draw) * 2 - 1
    if kind == "encoder" and reads_images(network) and network.in_channels == 3:
        images = match_channels(images, 3)  # as methods do, for an encoder that reads colour images alone
    inputs = {"images": images}
    if kind == "generator" and not reads_images(network):
        inputs = {"code": torch.randn(BATCH, facts["code_dim"], generator=draw)}
    inputs |= _further_inputs(network, next(iter(inputs.values())), facts["classes"] or classes, draw)

    def call(given: Mapping[str, Any]) -> dict[str, Tensor]:
        output = network(*given.values())
        if kind != "encoder":
            return {"pictures" if kind == "generator" else "scores": output}
        if facts["classes"] is None or not has_head(network):
            return {"code": output}
        return {"code": output, "scores": network.classify(output)}

    example = Example(
        f"{shown(facts['image_size'])} pixels, {facts['in_channels']} channels",
        network,
        call,
        inputs,
        {"network": network},
        {
            "code": (BATCH, getattr(network, "code_dim", None)),
            # A discriminator may judge the whole image, or many places of it.
            "scores": (BATCH, facts["outputs"], ...) if kind == "discriminator" else (BATCH, facts["classes"]),
            "pictures": (BATCH, facts["out_channels"], *pixels),
        },
        {name: (-1.0, 1.0) for name in ({*inputs} & {"images"} | {"pictures"})},
        frozenset(inputs),
    )
    learns = [*(name for name, value in inputs.items() if value.is_floating_point()), *example.parameters()]
    return replace(example, learns=tuple(frozenset([name]) for name in learns))


def _further_inputs(network: nn.Module, first: Tensor, classes: int, draw: torch.Generator) -> dict[str, Tensor]:
    """Return the required inputs of a network after the first: classes, or codes where it takes no classes."""
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


@check(
    NETWORKS,
    why="The user needs to read which sizes are supported, not which matrices cannot be multiplied.",
    fix="Raise ShapeError(message, fix=...) in `__init__` for sizes that it does not support.",
)
def refusal(subject: Subject) -> None:
    """Find image sizes that a network accepts when it is built, and fails on when it is called."""
    if "image_size" in subject.options:
        raise Inapplicable("its image_size is given")
    for size in (9, 20, 28, (20, 36)):
        try:
            example = _example(subject, size, 1, 10)
            outputs = example.run(train=False)
        except Exception as error:
            if is_refusal(error):
                continue
            raise Flaw(f"it does not reject {shown(size)} pixels, and fails: {describe_error(error)}") from error
        for name, value in outputs.items():
            if not fits(value, example.shapes[name]):
                raise Flaw(f"it does not reject {shown(size)} pixels, and gives {name} {list(value.shape)}")


@check(
    NETWORKS,
    why="A frozen network and a judge start from these weights, and the run ends where they cannot be loaded.",
    fix="Ship the file as package data, and declare the SHA-256 of exactly that file.",
)
def weights(subject: Subject) -> None:
    """Find packaged weights that are missing, differ from their digest, or fit the network at no usual size."""
    declared = subject.entry.component.weights
    if declared is None:
        return
    file = WeightsFile(declared, find_packaged(declared) or Path(declared), subject.entry.component.sha256)
    if not file.path.is_file() and subject.entry.component.weights_source:
        raise Inapplicable("its weights are made by `ganforge download`, and have not been made here")
    if not file.path.is_file():
        raise Flaw(f"its weights {declared} are not there")
    tensors, mismatches = read_weights_file(file), []
    for (size, *_), channels, classes in itertools.product(_accepted_sizes(subject), (1, 3), (10, 3)):
        try:
            load_weights(_example(subject, size, channels, classes).component, tensors, declared, {})
            return
        except ShapeError as error:
            mismatches.append(error.message)
    raise Flaw(mismatches[0], fix="give the options that they were trained with in `options`")


@check(
    NETWORKS,
    why="A checkpoint holds the state_dict alone, so the saved network would be a different one.",
    fix="Use nn.Parameter, register_buffer, nn.ModuleList and nn.ModuleDict.",
)
def state(subject: Subject) -> None:
    """Find state outside of the state_dict: tensors that are no buffers, modules in lists, counts in attributes."""
    for trained, other in zip(examples_of(subject), examples_of(replace(subject, seed=1)), strict=True):
        network: nn.Module = trained.component
        draw = torch.Generator().manual_seed(8)
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.add_(0.02 * torch.randn(parameter.shape, generator=draw))
            for seed in range(STEPS):
                trained.run(seed=seed)
        kept = network.state_dict()
        for name, value in kept.items():
            if not isinstance(value, Tensor):
                raise Flaw(f"its state holds {name}, a {type(value).__name__}, which is no tensor and cannot be saved")
        try:
            other.component.load_state_dict(kept)
        except RuntimeError as error:
            raise Flaw(f"{trained}: its state does not fit a network that was built like it: {error}") from error
        different = difference(trained.run(train=False), other.run(train=False))
        if different is not None:
            raise Flaw(f"{trained}: with the same state, another network's {different} differs")
