"""Penalties on the gradient of D with respect to its images, which keep D smooth; terms of the discriminator."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import Tensor

from ganforge.method import term


@term(updates="discriminator")
def gradient_penalty(interpolate_gradient: Tensor, *, target: Annotated[float, Field(ge=0)] = 1.0) -> Tensor:
    """WGAN-GP: between real and generated images, D's gradient should have norm 1 (Gulrajani et al., 2017, equation 3).

    The mean of (‖gradient‖ - target)²; the paper's weight is 10. D must judge image by image, without batch norm.

    Args:
        interpolate_gradient: [N, C, H, W].
        target: the norm that D's gradient should have.
    """
    norms: Tensor = interpolate_gradient.flatten(1).norm(dim=1)
    return (norms - target).square().mean()


@term(updates="discriminator")
def r1(real_gradient: Tensor) -> Tensor:
    """R1: D's gradient at real images should vanish (Mescheder et al., 2018, equation 9): half its mean squared norm.

    The weight is the paper's gamma. It may be computed lazily, with `interval = 16` (Karras et al., 2020, appendix B).
    D must judge image by image, without batch norm.

    Args:
        real_gradient: [N, C, H, W].
    """
    return real_gradient.flatten(1).square().sum(1).mean() / 2
