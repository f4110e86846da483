"""The f-constancy loss: f reads G(s) as it reads s.

Taigman et al. (2016), equation 5, use the mean squared error between codes. Here the distance is a component, and the
names of its two parameters say what it compares: `reference` and `value` are codes; `reference_logits` and
`value_logits` are class scores; `reference_labels` are true labels, which make the training supervised.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from torch import Tensor

from ganforge.plugins import Nested, positional

# By reader: the quantities that stand for each parameter of a distance; ganforge_dtn.method computes them.
VIEWS = {
    "encoder": {
        "reference": "source_code",
        "value": "view_code",
        "reference_logits": "source_logits",
        "value_logits": "view_logits",
        "reference_labels": "source_labels",
    },
    "teacher": {
        "reference_logits": "source_teacher_logits",
        "value_logits": "view_teacher_logits",
        "reference_labels": "source_labels",
    },
}


class FConstancy:
    """Distance between f's readings of s and of G(s) (L_CONST; Taigman et al., 2016, equation 5).

    The codes of f are unbounded, and their scale differs from one f to the next, so a weight that suits one f can be
    hundreds of times too large for another; `standardize` removes the scale.

    Args:
        distance: compares codes, class scores or labels.
        standardize: subtract the codes' mean over the source data and divide by their standard deviation.
        reader: source of the class scores that a distance on logits compares: f's own head, or the network `teacher`.

    Raises:
        ValueError: the distance compares a quantity that this reader lacks, or `standardize` is set without codes.

    Example:
        >>> import torch
        >>> FConstancy(distance=lambda reference, value: (reference - value).square().mean()).quantities
        ('source_code', 'view_code')
    """

    def __init__(
        self,
        *,
        distance: Annotated[Callable[..., Tensor], Nested("distance", default="basics/mse")],
        standardize: bool = False,
        reader: Literal["encoder", "teacher"] = "encoder",
    ) -> None:
        compared = positional(distance)
        unknown = [name for name in compared if name not in VIEWS[reader]]
        if unknown:
            raise ValueError(
                f"the distance compares {unknown[0]!r}; with reader {reader!r} it may compare "
                f"{', '.join(VIEWS[reader])}"
            )
        if standardize and compared != ("reference", "value"):
            raise ValueError("standardize is for distances between codes; this one compares " + " and ".join(compared))
        self.distance = distance
        self.standardize = standardize
        self.quantities = tuple(VIEWS[reader][name] for name in compared)
        if standardize:
            self.quantities += ("source_code_mean", "source_code_std")

    def __call__(self, reference: Tensor, value: Tensor, *statistics: Tensor) -> Tensor:
        """Return the distance, a scalar averaged over the batch.

        Args:
            reference: code of s, [N, code_dim], its class scores, [N, classes], or its labels, [N].
            value: code of G(s), of the same shape as that of s, or its class scores.
            statistics: mean and standard deviation of f(s), [code_dim] each; given with `standardize` only.
        """
        if self.standardize:
            mean, std = statistics
            reference, value = (reference - mean) / std, (value - mean) / std
        return self.distance(reference, value)
