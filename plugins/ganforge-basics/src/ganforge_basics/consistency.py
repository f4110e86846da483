"""The loss that adapts a classifier to images without labels."""

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
    """The cross-entropy of changed images with the labels guessed from the unchanged ones, where the guess is sure.

    A mean over the batch, images whose guess is not sure counting 0 (Sohn et al., FixMatch, 2020, equation 4).

    Args:
        target_logits: class scores of the unchanged images, [N, classes]; no gradient goes to them.
        view_logits: class scores of the changed images, [N, classes].
        threshold: the probability above which a guess is sure.
        align: divide the guessed probabilities by their mean over the batch first, so that no class takes over
            (distribution alignment to a uniform prior; Berthelot et al., ReMixMatch, 2020).
    """
    guess = target_logits.detach().softmax(1)
    if align:
        guess = guess / guess.mean(0, keepdim=True).clamp_min(1e-6)
        guess = guess / guess.sum(1, keepdim=True)
    probability, label = guess.max(1)
    loss = functional.cross_entropy(view_logits, label, reduction="none")
    return (loss * (probability >= threshold)).mean()
