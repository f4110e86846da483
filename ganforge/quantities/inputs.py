"""Inputs for measuring a method: images, and rows of every other leaf that outputs are made of.

Numbers are drawn on the CPU, so that they are the same for every device.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganforge.data.images import Array
from ganforge.data.source import ImageSet, even_blocks
from ganforge.errors import UsageError
from ganforge.method import Method


def draw(method: Method, name: str, count: int, seed: int) -> Tensor:
    """Draw `count` rows of a method's noise or given value, [count, ...] on the CPU."""
    generator = torch.Generator()
    generator.manual_seed(seed)
    drawn: Tensor = getattr(method, name)(count, generator)
    return drawn


def given_rows(name: str, value: Any, drawn: Tensor, values: int | None) -> Tensor:
    """Return rows of a leaf like those drawn, [N, ...], with a user's value: one for all rows, or an array of N.

    Raises:
        UsageError: the value differs from the leaf in type or shape, is not finite, or is not in [0, `values` - 1].
    """
    shape, count = list(drawn.shape[1:]), len(drawn)
    kind = "number" if drawn.is_floating_point() else "integer"
    wanted = f"{kind}s {shape}" if shape else f"one {kind}"
    limits = "" if values is None else f" from 0 to {values - 1}"
    error = UsageError(f"{name} cannot be {_shown(value)}", fix=f"give {wanted}{limits}, or {count} of them, one a row")
    try:
        rows = torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError, OverflowError) as refusal:
        raise error from refusal
    if rows.dtype == torch.bool or rows.is_complex() or rows.is_floating_point() > drawn.is_floating_point():
        raise error
    if list(rows.shape) not in (shape, list(drawn.shape)) or not bool(rows.isfinite().all()):
        raise error
    if values is not None and rows.numel() and not 0 <= int(rows.min()) <= int(rows.max()) < values:
        raise error
    return rows.to(drawn.dtype).expand(drawn.shape)


def _shown(value: Any) -> str:
    shape = list(getattr(value, "shape", ()))
    return f"{getattr(value, 'dtype', '')} {shape}" if shape else repr(value)


@dataclass(frozen=True)
class Inputs:
    """Rows of every leaf that outputs are made of.

    Attributes:
        name: the image set, or the name of the draws.
        images: the images, or None where there are none: outputs are made of draws alone, or only partners are read.
        rows: the other leaves by name, [N, ...] on the CPU.
        labels: int64 [N], or None.
        classes: number of label values, or None.
        partners: images of other data roles, paired with these one to one.
    """

    name: str
    images: ImageSet | None
    rows: Mapping[str, Tensor]
    labels: Array | None = None
    classes: int | None = None
    partners: Mapping[str, ImageSet] = field(default_factory=dict)

    def __len__(self) -> int:
        if self.images is not None:
            return len(self.images)
        return len(next(iter(self.rows.values()))) if self.rows else len(next(iter(self.partners.values())))

    def blocks(self, size: int) -> list[slice]:
        """Split all rows into even blocks of at most `size`."""
        return even_blocks(len(self), size)

    def first(self, count: int) -> Inputs:
        """Return the first rows, at most `count`."""
        images = {"": self.images, **self.partners}
        cut = {role: found.slice(0, count, found.name) for role, found in images.items() if found}
        rows = {leaf: drawn[:count] for leaf, drawn in self.rows.items()}
        labels = None if self.labels is None else self.labels[:count]
        return Inputs(self.name, cut.pop("", None), rows, labels, self.classes, cut)

    def for_each(self, name: str, values: Array) -> Inputs:
        """Return all rows once for each value, int64 [K], of a leaf, one value after the other."""
        count, images = len(self), self.images
        rows = {leaf: drawn.repeat(len(values), *[1] * (drawn.ndim - 1)) for leaf, drawn in self.rows.items()}
        rows[name] = torch.from_numpy(values).repeat_interleave(count)
        if images is not None:
            images = replace(images, images=np.tile(images.images, (len(values), 1, 1, 1)), labels=None)
        return Inputs(self.name, images, rows, None, self.classes)
