"""Peak signal-to-noise ratio of outputs and their true partners."""

from __future__ import annotations

import numpy as np

from ganforge.method import metric
from ganforge_basics.metrics.features import Pictures

PEAK = 255.0
HIGHEST = 100.0
BLOCK = 256


@metric(unit="ratio", better="higher")
def psnr(outputs: Pictures, partners: Pictures) -> float:
    """Measure the peak signal-to-noise ratio of outputs and their true partners, in decibels.

    The mean over pairs of 10 log10(255² / MSE) (Wang and Bovik, 2009), with the mean squared error over all pixels and
    channels; equal images count 100, the maximum.

    Args:
        outputs: the transferred images, uint8 [N, H, W, C].
        partners: the true image for each output, uint8 [N, H, W, C].

    Example:
        >>> images = np.zeros((1, 2, 2, 1), np.uint8)
        >>> psnr(images, images + 255)
        0.0
    """
    errors = np.empty(len(outputs))
    for start in range(0, len(outputs), BLOCK):
        block = slice(start, start + BLOCK)
        apart = outputs[block].astype(np.float64) - partners[block]
        errors[block] = np.square(apart).mean(axis=(1, 2, 3))
    least = PEAK**2 / 10 ** (HIGHEST / 10)
    return float(np.mean(10 * np.log10(PEAK**2 / np.maximum(errors, least))))
