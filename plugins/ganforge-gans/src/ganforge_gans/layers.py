"""Shared layers of this plugin's networks: norms, spectral norm, and DCGAN's initial weights."""

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
    """A norm with learnt scale and shift, or nothing; layer norm is over channels and places, as WGAN-GP's D has it."""
    if name == "batch":
        return [nn.BatchNorm2d(channels)]
    if name == "instance":
        return [nn.InstanceNorm2d(channels, affine=True)]
    return [nn.GroupNorm(1, channels)] if name == "layer" else []


@torch.no_grad()
def initialize(network: nn.Module, init: Init) -> None:
    """Redraw the weights in place for `dcgan`: N(0, 0.02²), of norms N(1, 0.02²), biases 0 (Radford et al., 2016)."""
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
    """Divide the weights of every convolution by their largest singular value (Miyato et al., 2018), in place."""
    for module in list(network.modules()):
        if isinstance(module, nn.Conv2d):
            parametrizations.spectral_norm(module)
