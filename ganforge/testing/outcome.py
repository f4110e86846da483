"""Outcomes compared: whether they are the same to the bit, how far apart they are, whether they are finite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor


def tensors(outcome: Mapping[str, Any]) -> dict[str, Tensor]:
    """The tensors, arrays and numbers of an outcome by name; those of tables within by `name/part`."""
    found: dict[str, Tensor] = {}
    for name, value in outcome.items():
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
    """The name of something that is not the same to the bit in both; None when all is."""
    ours, theirs = tensors(first), tensors(second)
    for name in {**ours, **theirs}:
        one, other = ours.get(name), theirs.get(name)
        if one is None or other is None or one.shape != other.shape or one.dtype != other.dtype:
            return name
        if not torch.equal(one.nan_to_num(7) if one.is_floating_point() else one, _same_nans(other)):
            return name
    return None


def gap(first: Tensor, second: Tensor) -> float:
    """The largest difference, relative to the largest value of the second; infinite where one is not finite."""
    one, other = first.detach().double(), second.detach().double()
    if not (bool(one.isfinite().all()) and bool(other.isfinite().all())):
        return float("inf")
    if not one.numel():
        return 0.0
    return float((one - other).abs().max() / other.abs().max().clamp_min(1e-6))


def widest_gap(first: Mapping[str, Any], second: Mapping[str, Any]) -> tuple[float, str]:
    """The largest gap of what both have, and its name."""
    ours, theirs = tensors(first), tensors(second)
    gaps = [(gap(ours[name], theirs[name]), name) for name in ours if name in theirs]
    return max(gaps, default=(0.0, ""))


def not_finite(outcome: Mapping[str, Any]) -> str | None:
    """The name of something that holds NaN or infinity; None when nothing does."""
    found = (name for name, value in tensors(outcome).items() if value.is_floating_point() and _infinite(value))
    return next(found, None)


def _infinite(value: Tensor) -> bool:
    return not bool(value.isfinite().all())


def _same_nans(value: Tensor) -> Tensor:
    return value.nan_to_num(7) if value.is_floating_point() else value
