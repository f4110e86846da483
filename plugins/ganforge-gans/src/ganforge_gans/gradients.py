"""Gradient of a discriminator's scores with respect to the images, for losses that bound it."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def input_gradient(discriminator: nn.Module, images: Tensor) -> Tensor:
    """Return the gradient of each image's score with respect to the image.

    The result is differentiable in D's parameters; no gradient flows to the source of the images. D must score each
    image on its own: batch norm would mix the gradients of a batch (Gulrajani et al., 2017, section 4).

    Args:
        discriminator: maps images to scores [N, ...].
        images: [N, C, H, W].

    Returns:
        [N, C, H, W], at least float32.

    Example:
        >>> discriminator = nn.Flatten()  # scores are the pixels: each has gradient 1
        >>> input_gradient(discriminator, torch.zeros(1, 1, 1, 2)).flatten().tolist()
        [1.0, 1.0]
    """
    # bf16 has too few bits for a penalty on the difference from 1.
    precise = images.detach().to(torch.promote_types(images.dtype, torch.float32)).requires_grad_()
    with torch.enable_grad():
        (gradient,) = torch.autograd.grad(discriminator(precise).float().sum(), precise, create_graph=True)
    return gradient
