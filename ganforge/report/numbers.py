"""Numbers formatted for readers: times, sizes, table entries, and shares with confidence intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

_Z = NormalDist().inv_cdf(0.975)
"""Half-width of a 95 % interval, in standard deviations."""
_MANY = 1000
"""Number of images above which a second decimal of a percentage is meaningful."""


def clock(seconds: float) -> str:
    """Format seconds as `m:ss` or `h:mm:ss`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def gibibytes(size: float) -> str:
    """Format bytes as `1.5 GiB`."""
    return f"{size / 2**30:.1f} GiB"


def number(value: float, is_share: bool) -> str:
    """Format an entry of a table: a share in percent, anything else with four significant digits."""
    return f"{100 * value:.2f}" if is_share else f"{value:.4g}"


@dataclass(frozen=True)
class Share:
    """A share of images with its 95 % confidence interval, all in [0, 1].

    Attributes:
        value: the share.
        images: the number of images.
        low: the lower end of the interval.
        high: the upper end.
    """

    value: float
    images: int
    low: float
    high: float

    def percent(self, value: float) -> str:
        """Format a share as `95.2`, with as many decimals as the number of images supports."""
        return f"{100 * value:.{2 if self.images > _MANY else 1}f}"


def share(value: float, images: int) -> Share:
    """Return a share with its Wilson score interval (Wilson 1927, "Probable inference", p. 209).

    The ends are (p + z²/2n ± z sqrt(p(1 - p)/n + z²/4n²)) / (1 + z²/n).

    Args:
        value: the share p, in [0, 1].
        images: the number of images n, at least 1.
    """
    shrink = 1 + _Z**2 / images
    center = (value + _Z**2 / (2 * images)) / shrink
    half = _Z / shrink * math.sqrt(value * (1 - value) / images + _Z**2 / (4 * images**2))
    # Rounding must not put the share outside its own interval.
    return Share(value, images, max(0.0, min(value, center - half)), min(1.0, max(value, center + half)))
