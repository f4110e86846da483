"""One block of a digit encoder: a convolution and the optional layers after it.

Children have names, not positions: a network's parameters keep their names when an option adds or drops a layer
without parameters.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Literal

from torch import nn

from ganforge.layers import Conv2d

Norm = Literal["none", "batch"]
Activation = Literal["relu", "leaky-relu"]

LEAK = 0.2  # the slope below zero that DCGAN and its descendants use


def activation_layer(name: Activation) -> nn.Module:
    """Return ReLU, or leaky ReLU (Maas et al., 2013, section 2) with DCGAN's slope of 0.2."""
    return nn.ReLU() if name == "relu" else nn.LeakyReLU(LEAK)


def convolution_block(
    channels_in: int,
    channels_out: int,
    kernel_size: int | tuple[int, int],
    *,
    stride: int = 1,
    padding: int = 0,
    norm: Norm = "none",
    pool: int | tuple[int, int] = 1,
    activation: nn.Module | None = None,
    dropout: float = 0.0,
) -> nn.Sequential:
    """Return convolution, norm, max pooling, activation and dropout in this order, without layers that do nothing.

    Batch norm: Ioffe and Szegedy, 2015, Algorithm 1; the convolution before it has no bias, since the norm has a shift.
    Dropout: Srivastava et al., 2014, section 4.

    Example:
        >>> [name for name, _ in convolution_block(1, 4, 3, norm="batch", pool=2).named_children()]
        ['convolution', 'norm', 'pool']
    """
    bias = norm == "none"
    convolution = Conv2d(channels_in, channels_out, kernel_size, stride=stride, padding=padding, bias=bias)
    layers: OrderedDict[str, nn.Module] = OrderedDict(convolution=convolution)
    if norm == "batch":
        layers["norm"] = nn.BatchNorm2d(channels_out)
    if pool != 1:
        layers["pool"] = nn.MaxPool2d(pool)
    if activation is not None:
        layers["activation"] = activation
    if dropout > 0:
        layers["dropout"] = nn.Dropout(dropout)
    return nn.Sequential(layers)
