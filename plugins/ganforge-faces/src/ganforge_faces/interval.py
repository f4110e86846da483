"""Confidence intervals by the bootstrap: how far a number of these images would differ on others like them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]


def bootstrap(values: Values, statistic: Callable[[Values], Values], draws: int, seed: int) -> tuple[float, float]:
    """Return the 95 % interval of a statistic of independent values by percentiles (Efron, 1979; 1981).

    Args:
        values: the values, float64 [N].
        statistic: maps rows of values, [draws, N], to a number for each row, [draws].
        draws: samples of N values, with replacement.
        seed: seed of the samples.

    Example:
        >>> bootstrap(np.ones(5), lambda rows: rows.mean(1), draws=10, seed=0)
        (1.0, 1.0)
    """
    rows = np.random.default_rng(seed).integers(len(values), size=(draws, len(values)))
    low, high = np.quantile(statistic(values[rows]), [0.025, 0.975])
    return float(low), float(high)
