"""A head that scores classes by their attributes, for codes of faces.

One linear layer scores every value of every attribute; the score of a class is the sum of its values' scores. The
softmax over the classes is then the product of a softmax for each attribute, so what is defined for class scores
becomes a sum over the attributes: cross-entropy with a class index is the sum of the attributes' cross-entropies, the
divergence between two images' class probabilities is the sum of the attributes' divergences, and the class with the
highest score has the likeliest value of each attribute. Losses, distances and judges of classes need no change.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ganforge.errors import ShapeError


class AttributeHead(nn.Module):
    """Class scores of codes, as sums of scores of attributes.

    Args:
        code_dim: size of the codes.
        classes: number of classes, the product of `sizes`.
        sizes: number of values of each attribute, the most significant digit of a class index first.

    Raises:
        ShapeError: `classes` is another number than the product of `sizes`.

    Example:
        >>> AttributeHead(8, 6, (3, 2))(torch.zeros(4, 8)).shape
        torch.Size([4, 6])
    """

    def __init__(self, code_dim: int, classes: int, sizes: Sequence[int]) -> None:
        super().__init__()
        if classes != math.prod(sizes):
            raise ShapeError(
                f"the attributes have {math.prod(sizes)} combinations of values, and the data {classes} classes",
                fix='use data with the labels of "faces/synthetic-portraits", or another encoder for these classes',
            )
        self.sizes = list(sizes)
        self.values = nn.Linear(code_dim, sum(sizes))

    def forward(self, code: Tensor) -> Tensor:
        """Return class scores [N, classes], before softmax, of codes [N, code_dim], in float32 or wider."""
        scores: Tensor = self.values(code)
        # The sums are of seven terms; in half precision their rounding would drown the rarer attributes' differences.
        scores = scores.to(torch.promote_types(scores.dtype, torch.float32))
        total = scores.new_zeros(len(scores), 1)
        for own in torch.split(scores, self.sizes, dim=1):
            total = (total[:, :, None] + own[:, None, :]).flatten(1)
        return total
