"""Weight initialisation: PyTorch's default or DCGAN's (Radford, Metz and Chintala, 2016, section 4)."""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn

Init = Literal["default", "dcgan"]

SPREAD = 0.02  # the standard deviation of DCGAN's weights


@torch.no_grad()
def initialize(network: nn.Module, init: Init) -> None:
    """Redraw the weights of `network` in place for `dcgan`; leave them unchanged for `default`.

    `dcgan` draws convolutions from N(0, 0.02²) and scales of norms from N(1, 0.02²), and sets all biases to 0 (Radford,
    Metz and Chintala, 2016, section 4; for the norms, the authors' code). It uses torch's global random generator.

    Example:
        >>> layer = nn.Conv2d(1, 1, 3)
        >>> initialize(layer, "dcgan")
        >>> layer.bias.item()
        0.0
    """
    if init == "default":
        return
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            module.weight.normal_(0.0, SPREAD)
        elif isinstance(module, (nn.BatchNorm2d, nn.InstanceNorm2d)):
            module.weight.normal_(1.0, SPREAD)
        else:
            continue
        if module.bias is not None:
            module.bias.zero_()
