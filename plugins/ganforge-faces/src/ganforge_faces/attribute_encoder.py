"""Base class of the encoders of face attributes: features that end in a code, and a head that scores its attributes."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from ganforge.errors import ShapeError
from ganforge_faces.attribute_head import AttributeHead
from ganforge_faces.attributes import SIZES


class AttributeEncoder(nn.Module):
    """Encoder of images to codes (`forward`), with a head from codes to class scores (`classify`).

    Args:
        features: maps images [N, in_channels, H, W] in [-1, 1] to [N, code_dim] or [N, code_dim, 1, 1].
        in_channels: channels of the images.
        code_dim: size of the code.
        classes: number of combinations of attributes; None for an encoder without a head.

    Raises:
        ShapeError: `classes` is not the number of combinations of the attributes.

    Example:
        >>> import torch
        >>> encoder = AttributeEncoder(nn.Flatten(), in_channels=1, code_dim=4, classes=576)
        >>> encoder.classify(encoder(torch.zeros(3, 1, 2, 2))).shape
        torch.Size([3, 576])
    """

    def __init__(self, features: nn.Module, *, in_channels: int, code_dim: int, classes: int | None) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.code_dim = code_dim
        self.features = features
        self.head = None if classes is None else AttributeHead(code_dim, classes, SIZES)

    def forward(self, images: Tensor) -> Tensor:
        """Return the code [N, code_dim], unbounded, of images [N, in_channels, H, W] in [-1, 1]."""
        code: Tensor = self.features(images)
        return code.flatten(1)

    def classify(self, code: Tensor) -> Tensor:
        """Return the class scores [N, classes], before softmax, of codes [N, code_dim].

        Raises:
            ShapeError: the encoder was built with `classes=None`.
        """
        if self.head is None:
            raise ShapeError(
                f"{type(self).__name__} was built without classes, so it has no class scores",
                fix="leave `classes` to the data, or use losses and metrics that need no classes",
            )
        scores: Tensor = self.head(functional.relu(code))
        return scores
