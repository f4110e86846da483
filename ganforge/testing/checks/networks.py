"""Checks of networks: image sizes that they do not support, packaged weights, and a complete saved state."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from ganforge.errors import ShapeError
from ganforge.image_size import shown
from ganforge.networks.weights import load_weights, read_weights_file
from ganforge.plugins.component import find_packaged
from ganforge.recipe.recipe import WeightsFile
from ganforge.testing.check import NETWORKS, Flaw, Inapplicable, check, describe_error, is_refusal
from ganforge.testing.compare import difference
from ganforge.testing.examples import Examples
from ganforge.testing.examples.example import fits
from ganforge.testing.examples.networks import accepted_sizes, network_example
from ganforge.testing.subject import Subject

STEPS = 3


@check(
    NETWORKS,
    why="The user needs to read which sizes are supported, not which matrices cannot be multiplied.",
    fix="Raise ShapeError(message, fix=...) in `__init__` for sizes that it does not support.",
)
def refusal(subject: Subject) -> None:
    """Find image sizes that a network accepts when it is built, and fails on when it is called."""
    if "image_size" in subject.options:
        raise Inapplicable("its image_size is given")
    Examples(subject).require()
    for size in (9, 20, 28, (20, 36)):
        try:
            example = network_example(subject, size, 1, 10)
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
    Examples(subject).require()
    file = WeightsFile(declared, find_packaged(declared) or Path(declared), subject.entry.component.sha256)
    if not file.path.is_file():
        raise Flaw(f"its weights {declared} are not there")
    tensors, mismatches = read_weights_file(file), []
    for (size, *_), channels, classes in itertools.product(accepted_sizes(subject), (1, 3), (10, 3)):
        try:
            load_weights(network_example(subject, size, channels, classes).component, tensors, declared, {})
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
    for trained, other in zip(Examples(subject), Examples(replace(subject, seed=1)).unchecked(), strict=True):
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
