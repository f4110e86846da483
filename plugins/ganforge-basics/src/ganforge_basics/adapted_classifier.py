"""Training of a classifier that adapts to a second, unlabelled domain.

The source is supervised; the target gets a consistency loss: a confident prediction for an image should hold for the
changed image too (Sohn et al., FixMatch, 2020, section 2; Berthelot et al., AdaMatch, 2022, section 3).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

import torch
from torch import Tensor

from ganforge.contracts import EncoderWithHead
from ganforge.data.transform import changed_view
from ganforge.method import DataRole, quantity
from ganforge.plugins import Nested
from ganforge_basics.classifier import Classifier


class AdaptedClassifier(Classifier):
    """Training of a classifier on labelled images and on unlabelled images of a target domain.

    The labels of the target are never used, not even to choose a checkpoint: the last one is kept.

    Args:
        views: augmentations that change an image of the target for the consistency loss; for images in [-1, 1].

    Example:
        >>> method = AdaptedClassifier()
        >>> method.target_view(torch.zeros(2, 1, 4, 4)).shape  # no views: unchanged
        torch.Size([2, 1, 4, 4])
    """

    data = {
        "images": DataRole("labelled images", labels="images_labels"),
        "target": DataRole("images of the target domain; their labels are not used", labels="target_labels"),
    }
    select = None

    def __init__(
        self, *, views: Annotated[Sequence[Callable[[Tensor, torch.Generator], Tensor]], Nested("augmentation")] = ()
    ) -> None:
        self.views = views

    @quantity("[N, classes]", scores=True)
    def target_logits(self, classifier: EncoderWithHead, target: Tensor) -> Tensor:
        """Class scores of target images, without gradient, for pseudo-labels."""
        with torch.no_grad():
            return self.logits(classifier, self.code(classifier, target))

    @quantity("[N, C, H, W]")
    def target_view(self, target: Tensor) -> Tensor:
        """Images of the target, changed by `views`."""
        return changed_view(target, self.views)

    @quantity("[N, classes]", scores=True)
    def view_logits(self, classifier: EncoderWithHead, target_view: Tensor) -> Tensor:
        """Class scores of the changed images."""
        return self.logits(classifier, self.code(classifier, target_view))
