"""Penalties on the gradient of D with respect to its images, which keep D smooth; terms of the discriminator."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import Tensor

from ganforge.method import term


@term(updates="discriminator")
def gradient_penalty(interpolate_gradient: Tensor, *, target: Annotated[float, Field(ge=0)] = 1.0) -> Tensor:
    """Penalise norms of D's gradient other than 1 (WGAN-GP; Gulrajani et al., 2017, equation 3).

    The mean of (‖gradient‖ - target)² between real and generated images; the paper's weight is 10. D must score each
    image on its own, without batch norm (section 4).

    Args:
        interpolate_gradient: [N, C, H, W].
        target: norm that D's gradient should have.

    Example:
        >>> import torch
        >>> gradient_penalty(torch.full((1, 1, 2, 2), 1.0))  # the norm is 2
        tensor(1.)
    """
    norms: Tensor = interpolate_gradient.flatten(1).norm(dim=1)
    return (norms - target).square().mean()


@term(updates="discriminator")
def r1(real_gradient: Tensor) -> Tensor:
    """Penalise D's gradient at real images by half its mean squared norm (R1; Mescheder et al., 2018, equation 9).

    The weight is the paper's gamma. It may be lazy, with `interval = 16` (Karras et al., 2020, StyleGAN2, appendix B).
    D must score each image on its own, without batch norm.

    Args:
        real_gradient: [N, C, H, W].

    Example:
        >>> import torch
        >>> r1(torch.full((1, 1, 2, 2), 1.0))  # the squared norm is 4
        tensor(2.)
    """
    return real_gradient.flatten(1).square().sum(1).mean() / 2
