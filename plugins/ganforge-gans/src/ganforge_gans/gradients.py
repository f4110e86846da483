"""The gradient of a discriminator's scores with respect to the images, for losses that bound it."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def input_gradient(discriminator: nn.Module, images: Tensor) -> Tensor:
    """The gradient of each image's score with respect to the image.

    It can be differentiated again, with respect to D's parameters; nothing flows back to where the images came from.
    D must judge image by image: batch norm would mix the gradients of a batch.

    Args:
        discriminator: gives scores [N, ...] of images.
        images: [N, C, H, W].

    Returns:
        [N, C, H, W], at least float32.
    """
    # bf16 has too few bits for a penalty that is a difference from 1.
    precise = images.detach().to(torch.promote_types(images.dtype, torch.float32)).requires_grad_()
    with torch.enable_grad():
        (gradient,) = torch.autograd.grad(discriminator(precise).float().sum(), precise, create_graph=True)
    return gradient
