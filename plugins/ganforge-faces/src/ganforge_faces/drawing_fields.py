"""Smooth random fields and blurs for a block of images; both are separable, so each is two small matrix products."""

from __future__ import annotations

import numpy as np

from ganforge_faces.drawing_draws import Draws, Floats


def gaussian_matrix(inputs: Floats, outputs: Floats, sigma: Floats) -> Floats:
    """Return the weights of a Gaussian average; rows sum to 1.

    Args:
        inputs: positions [I].
        outputs: positions [O].
        sigma: standard deviation in the unit of the positions, [n, 1, 1].

    Returns:
        float32 [n, O, I].
    """
    weights = np.exp(np.float32(-0.5) * np.square((outputs[:, None] - inputs[None, :]) / sigma))
    weights[weights < 1e-6] = 0  # denormal numbers would make the products many times slower
    result: Floats = weights / weights.sum(axis=-1, keepdims=True)
    return result


def blur(images: Floats, sigma: Floats) -> Floats:
    """Return images [n, C, S, S], each blurred by a Gaussian of its own width in pixels, above 0, [n, 1, 1]."""
    pixels = np.arange(images.shape[-1], dtype=np.float32)
    weights = gaussian_matrix(pixels, pixels, sigma)[:, None]
    blurred: Floats = weights @ images @ weights.swapaxes(-1, -2)
    return blurred


def smooth_field(draws: Draws, size: int, knots: int) -> Floats:
    """Return random fields [n, size, size] of about unit deviation, interpolated from `knots` x `knots` Gaussians."""
    at = np.linspace(0, size - 1, knots, dtype=np.float32)
    spacing = np.full((1, 1, 1), 0.5 * (size - 1) / (knots - 1), dtype=np.float32)
    spread = gaussian_matrix(at, np.arange(size, dtype=np.float32), spacing)[0]
    field: Floats = spread @ draws.normal(1.6, knots, knots) @ spread.T
    return field
