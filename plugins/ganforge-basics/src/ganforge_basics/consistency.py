"""The loss that adapts a classifier to unlabelled images."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import Tensor
from torch.nn import functional


def consistency(
    target_logits: Tensor,
    view_logits: Tensor,
    *,
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.9,
    align: bool = True,
) -> Tensor:
    """Return the cross-entropy of changed images with confident pseudo-labels (FixMatch, 2020, equation 4).

    The pseudo-labels are the classes predicted for the unchanged images (Sohn et al., 2020). The result is a mean over
    the batch; an image with a prediction below the threshold counts 0.

    Args:
        target_logits: class scores of the unchanged images, [N, classes]; they get no gradient.
        view_logits: class scores of the changed images, [N, classes].
        threshold: least probability of a confident prediction.
        align: divide the predicted probabilities by their mean over the batch first, so that no class takes over
            (distribution alignment to a uniform prior; Berthelot et al., ReMixMatch, 2020, section 3.1).

    Example:
        >>> import torch
        >>> consistency(torch.tensor([[9.0, 0.0], [0.0, 9.0]]), torch.zeros(2, 2))  # log 2
        tensor(0.6931)
    """
    guess = target_logits.detach().softmax(1)
    if align:
        guess = guess / guess.mean(0, keepdim=True).clamp_min(1e-6)
        guess = guess / guess.sum(1, keepdim=True)
    probability, label = guess.max(1)
    loss = functional.cross_entropy(view_logits, label, reduction="none")
    return (loss * (probability >= threshold)).mean()
