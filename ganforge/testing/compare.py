"""Comparing outputs: equal to the bit, how far apart, finite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor


def tensors(outputs: Mapping[str, Any]) -> dict[str, Tensor]:
    """Return the tensors, arrays and numbers among outputs by name; those of nested tables as `name/part`."""
    found: dict[str, Tensor] = {}
    for name, value in outputs.items():
        if isinstance(value, Mapping):
            found |= {f"{name}/{part}": inner for part, inner in tensors(value).items()}
        elif isinstance(value, Tensor):
            found[str(name)] = value.detach()
        elif isinstance(value, np.ndarray):
            found[str(name)] = torch.from_numpy(value.copy())
        elif isinstance(value, bool | int | float):
            found[str(name)] = torch.tensor(value, dtype=torch.float64)
    return found


def difference(first: Mapping[str, Any], second: Mapping[str, Any]) -> str | None:
    """Return the name of an output that is not the same to the bit in both, or None; NaN equals NaN."""
    ours, theirs = tensors(first), tensors(second)
    for name in {**ours, **theirs}:
        one, other = ours.get(name), theirs.get(name)
        if one is None or other is None or one.shape != other.shape or one.dtype != other.dtype:
            return name
        if not torch.allclose(one, other, rtol=0.0, atol=0.0, equal_nan=True):
            return name
    return None


def gap(first: Tensor, second: Tensor) -> float:
    """Return the largest difference relative to the largest value of the second; infinity if one is not finite."""
    one, other = first.detach().double(), second.detach().double()
    if not (bool(one.isfinite().all()) and bool(other.isfinite().all())):
        return float("inf")
    if not one.numel():
        return 0.0
    return float((one - other).abs().max() / other.abs().max().clamp_min(1e-6))


def widest_gap(first: Mapping[str, Any], second: Mapping[str, Any]) -> tuple[float, str]:
    """Return the largest gap among the outputs that both have, and its name."""
    ours, theirs = tensors(first), tensors(second)
    gaps = [(gap(ours[name], theirs[name]), name) for name in ours if name in theirs]
    return max(gaps, default=(0.0, ""))


def not_finite(outputs: Mapping[str, Any]) -> str | None:
    """Return the name of an output that holds NaN or infinity, or None."""
    found = tensors(outputs).items()
    return next((name for name, value in found if not bool(value.isfinite().all())), None)
