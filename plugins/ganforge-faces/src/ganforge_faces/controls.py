"""Controls of measures of identity: pictures that are no transfer, measured as if they were one.

A photograph reduced to 8x8 colours is found by most encoders, though no feature of the face is left, so an output must
beat it to show identity beyond colours; the real avatar that f holds nearest to the photograph is what a search gives
without any generator; outputs paired with other photographs give chance.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from ganforge_basics.metrics.features import Pictures

BLOCK = 500
LEAST_SPREAD = 0.05
"""Least standard deviation of a dimension of codes, as a share of the mean over all."""


def colours(images: Pictures, side: int = 8) -> Pictures:
    """Return images without their detail: the mean colours of a grid, scaled up again, uint8 [N, H, W, C].

    Args:
        images: uint8 [N, H, W, C].
        side: fields of the grid per side of the image; at most as many pixels are fields of their own.

    Example:
        >>> colours(np.array([[0, 4], [8, 12]], np.uint8).reshape(1, 2, 2, 1), side=1).flatten().tolist()
        [6, 6, 6, 6]
    """
    return np.concatenate([_reduced(images[start : start + BLOCK], side) for start in range(0, len(images), BLOCK)])


def _reduced(images: Pictures, side: int) -> Pictures:
    height, width = images.shape[1:3]
    planes = torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float()
    grid = functional.interpolate(planes, (min(side, height), min(side, width)), mode="area")
    whole = functional.interpolate(grid, (height, width), mode="bilinear", align_corners=False)
    return whole.round().clamp(0, 255).byte().permute(0, 2, 3, 1).contiguous().numpy()


def nearest(code: Tensor, others: Tensor) -> npt.NDArray[np.int64]:
    """Return the row of `others` nearest to each row of `code` by cosine, int64 [N].

    Both are first standardised by their own mean and standard deviation per dimension, since f may place two domains
    apart.

    Args:
        code: f's codes of images, [N, ...].
        others: f's codes of the images to choose from, [M, ...].

    Example:
        >>> code = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
        >>> nearest(code, code.flip(0) + 7).tolist()
        [1, 0]
    """
    own, there = (functional.normalize(_standardised(one.double().flatten(1))) for one in (code, others))
    blocks = (own[start : start + BLOCK] for start in range(0, len(own), BLOCK))
    found: npt.NDArray[np.int64] = torch.cat([(block @ there.T).argmax(1) for block in blocks]).numpy()
    return found


def _standardised(code: Tensor) -> Tensor:
    spread = code.std(0, unbiased=False)
    return (code - code.mean(0)) / torch.maximum(spread, (LEAST_SPREAD * spread.mean()).clamp_min(1e-12))


def strangers(count: int, seed: int) -> npt.NDArray[np.int64]:
    """Return a random order of `count` items in which none keeps its place, int64 [count]; a single one does.

    One cycle through all items, each such cycle with equal probability (Sattolo, 1986).

    Example:
        >>> sorted(strangers(4, seed=0).tolist())
        [0, 1, 2, 3]
    """
    draw, order = np.random.default_rng(seed), np.arange(count)
    for last in range(count - 1, 0, -1):
        other = int(draw.integers(last))
        order[last], order[other] = order[other], order[last]
    return order
