"""Weight initialisation: PyTorch's default, or DCGAN's."""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn

Init = Literal["default", "dcgan"]

SPREAD = 0.02  # the standard deviation of DCGAN's weights


@torch.no_grad()
def initialize(network: nn.Module, init: Init) -> None:
    """Redraw the weights of `network` in place, or leave them as they are for `default`.

    `dcgan`: convolutions from N(0, 0.02²), scales of norms from N(1, 0.02²), all biases 0 (Radford, Metz and Chintala,
    2016, Sec. 4, and the authors' code for the norms). Draws from torch's global random generator.
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
