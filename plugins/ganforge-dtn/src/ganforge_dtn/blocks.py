"""One block of a generator or discriminator: a convolution and the optional layers after it.

Children have names, not positions: a network's parameters keep their names when an option adds or drops a layer
without parameters.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Literal

from torch import nn

Norm = Literal["none", "batch", "instance"]
Activation = Literal["relu", "leaky-relu"]

LEAK = 0.2  # the slope below zero that DCGAN and its descendants use


def activation_layer(name: Activation) -> nn.Module:
    """Return ReLU, or leaky ReLU (Maas et al., 2013, section 2) with DCGAN's slope of 0.2."""
    return nn.ReLU() if name == "relu" else nn.LeakyReLU(LEAK)


def norm_layer(name: Norm, channels: int) -> nn.Module | None:
    """Return a norm with learnt scale and shift, or None.

    Batch norm: Ioffe and Szegedy, 2015, Algorithm 1; instance norm: Ulyanov et al., 2016, section 2.
    """
    if name == "batch":
        return nn.BatchNorm2d(channels)
    return nn.InstanceNorm2d(channels, affine=True) if name == "instance" else None


def block(convolution: nn.Module, **rest: nn.Module | None) -> nn.Sequential:
    """Return a convolution followed by the given layers, in their order and under their names; skip None."""
    layers: OrderedDict[str, nn.Module] = OrderedDict(convolution=convolution)
    layers.update({name: layer for name, layer in rest.items() if layer is not None})
    return nn.Sequential(layers)
