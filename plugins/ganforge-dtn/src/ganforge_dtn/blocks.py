"""One block of a generator or discriminator: a convolution, and whatever the options put behind it.

Children have names, not positions, so that a network's parameters keep their names when an option adds or drops
a layer that has none.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Literal

from torch import nn

Norm = Literal["none", "batch", "instance"]
Activation = Literal["relu", "leaky-relu"]

LEAK = 0.2  # the slope below zero that DCGAN and its descendants use


def activation_layer(name: Activation) -> nn.Module:
    """ReLU, or leaky ReLU with slope 0.2."""
    return nn.ReLU() if name == "relu" else nn.LeakyReLU(LEAK)


def norm_layer(name: Norm, channels: int) -> nn.Module | None:
    """Batch norm, or instance norm with a learnt scale and shift; None for none."""
    if name == "batch":
        return nn.BatchNorm2d(channels)
    return nn.InstanceNorm2d(channels, affine=True) if name == "instance" else None


def block(convolution: nn.Module, **rest: nn.Module | None) -> nn.Sequential:
    """A convolution and what follows it, in the order given and under the names given; None is left out."""
    layers: OrderedDict[str, nn.Module] = OrderedDict(convolution=convolution)
    layers.update({name: layer for name, layer in rest.items() if layer is not None})
    return nn.Sequential(layers)
