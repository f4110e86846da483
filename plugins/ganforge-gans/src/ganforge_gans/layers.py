"""Layers shared by this plugin's networks: norms, spectral norm, and DCGAN's initial weights."""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn
from torch.nn.utils import parametrizations

Norm = Literal["none", "batch", "instance", "layer"]
Init = Literal["default", "dcgan"]

LEAK = 0.2  # the slope below zero of DCGAN's leaky ReLU
SPREAD = 0.02  # the standard deviation of DCGAN's weights


def norm_layer(name: Norm, channels: int) -> list[nn.Module]:
    """Return a norm with learnt scale and shift, or an empty list.

    Batch norm: Ioffe and Szegedy, 2015, Algorithm 1; instance norm: Ulyanov et al., 2016, section 2; layer norm over
    channels and positions: Ba et al., 2016, equation 3, as in the D of WGAN-GP (Gulrajani et al., 2017, section 4).
    """
    if name == "batch":
        return [nn.BatchNorm2d(channels)]
    if name == "instance":
        return [nn.InstanceNorm2d(channels, affine=True)]
    return [nn.GroupNorm(1, channels)] if name == "layer" else []


@torch.no_grad()
def initialize(network: nn.Module, init: Init) -> None:
    """Redraw the weights in place for `dcgan`; leave them unchanged for `default`.

    Convolutions from N(0, 0.02²), scales of norms from N(1, 0.02²), biases 0 (Radford et al., 2016, section 4; for the
    norms, the authors' code).
    """
    if init == "default":
        return
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            module.weight.normal_(0.0, SPREAD)
        elif isinstance(module, (nn.BatchNorm2d, nn.InstanceNorm2d, nn.GroupNorm)):
            module.weight.normal_(1.0, SPREAD)
        else:
            continue
        if module.bias is not None:
            module.bias.zero_()


def normalize_spectrally(network: nn.Module) -> None:
    """Divide the weights of every convolution in place by their largest singular value.

    Miyato et al., 2018, equation 8; the value is estimated by power iteration, Algorithm 1.
    """
    for module in list(network.modules()):
        if isinstance(module, nn.Conv2d):
            parametrizations.spectral_norm(module)
