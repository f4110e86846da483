"""Shares of images, with their confidence intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass

_Z = 1.959963984540054
"""The 97.5 % quantile of the standard normal distribution, for intervals that hold in 95 % of cases."""
_MANY = 1000
"""Images from which on a second decimal of a percentage says something."""


@dataclass(frozen=True)
class Share:
    """A share of images with its 95 % interval, all in [0, 1].

    Attributes:
        value: the share.
        images: how many images it is of.
        low: where the interval begins.
        high: where it ends.
    """

    value: float
    images: int
    low: float
    high: float

    def percent(self, value: float) -> str:
        """A share such as `95.2`, with as many decimals as so many images carry."""
        return f"{100 * value:.{2 if self.images > _MANY else 1}f}"


def share(value: float, images: int) -> Share:
    """A share of `images` images with its Wilson score interval (Wilson, 1927).

    Args:
        value: in [0, 1].
        images: at least 1.
    """
    shrink = 1 + _Z**2 / images
    center = (value + _Z**2 / (2 * images)) / shrink
    half = _Z / shrink * math.sqrt(value * (1 - value) / images + _Z**2 / (4 * images**2))
    # Rounding must not put the share outside of its own interval.
    return Share(value, images, max(0.0, min(value, center - half)), min(1.0, max(value, center + half)))
