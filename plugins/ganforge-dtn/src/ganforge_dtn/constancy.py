"""f-constancy: what f reads in G(s) should be what it reads in s.

Taigman et al., equation 5. They use the mean squared error between codes; here the distance is a component, and what
it compares follows from the names of its two parameters: `reference`, `value` are codes; `reference_logits`,
`value_logits` are class scores; `reference_labels` are true labels, which make the training supervised.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from torch import Tensor

from ganforge.plugins import Nested, positional

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
    """The distance between what f reads in s and in G(s) (Taigman et al., equation 5).

    f's codes are unbounded and their scale differs from one f to another, so that a weight that works with one may
    be hundreds of times too large with the next; `standardize` removes the scale.

    Args:
        distance: how codes, class scores or labels are compared.
        standardize: compare codes in units of their standard deviation over the source data, around their mean.
        reader: whose class scores a distance on logits compares: f's own head, or the network `teacher`.

    Raises:
        ValueError: the distance compares what this reader cannot give, or `standardize` is set without codes.
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
        """The distance, a scalar: a mean over the batch.

        Args:
            reference: what f reads in s, [N, code_dim], or class scores [N, classes], or labels [N].
            value: what it reads in G(s), of the same shape, or class scores.
            statistics: mean and standard deviation of f(s), [code_dim] each, when standardising.
        """
        if self.standardize:
            mean, std = statistics
            reference, value = (reference - mean) / std, (value - mean) / std
        return self.distance(reference, value)
