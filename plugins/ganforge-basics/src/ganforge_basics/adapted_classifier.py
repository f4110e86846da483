"""Training a classifier that must also read a second domain, of which it sees images and no labels.

Supervision on the source, and consistency on the target: what the classifier is sure of in an image of the target, it
should still say of that image when it is changed (Sohn et al., FixMatch, 2020; Berthelot et al., AdaMatch, 2022).
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
    """A classifier trained on labelled images and, without labels, on images of a target domain.

    The labels of the target are never asked for, so neither can they choose a checkpoint: the last one is kept.

    Args:
        views: augmentations that change an image of the target for the consistency loss; for images in [-1, 1].
    """

    data = {
        "images": DataRole("labelled images", labels="images_labels"),
        "target": DataRole("images of the target domain, whose labels are not used", labels="target_labels"),
    }
    select = None

    def __init__(
        self, *, views: Annotated[Sequence[Callable[[Tensor, torch.Generator], Tensor]], Nested("augmentation")] = ()
    ) -> None:
        self.views = views

    @quantity("[N, classes]", scores=True)
    def target_logits(self, classifier: EncoderWithHead, target: Tensor) -> Tensor:
        """The class scores of images of the target, as guesses of their labels: they pass no gradient on."""
        with torch.no_grad():
            return self.logits(classifier, self.code(classifier, target))

    @quantity("[N, C, H, W]")
    def target_view(self, target: Tensor) -> Tensor:
        """Images of the target, changed by `views`."""
        return changed_view(target, self.views)

    @quantity("[N, classes]", scores=True)
    def view_logits(self, classifier: EncoderWithHead, target_view: Tensor) -> Tensor:
        """The class scores of the changed images."""
        return self.logits(classifier, self.code(classifier, target_view))
