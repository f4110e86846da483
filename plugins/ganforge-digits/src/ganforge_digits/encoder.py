"""Base class of the digit encoders: features that end in a code, and a linear head that classifies the code."""

from __future__ import annotations

from torch import Tensor, nn

from ganforge.errors import ShapeError


class Encoder(nn.Module):
    """Encoder of images to codes (`forward`), with a head from codes to class scores (`classify`).

    The head serves to train the encoder, to judge, and to compute losses of class scores; a transfer that uses the code
    alone does not run it.

    Args:
        features: maps images [N, in_channels, H, W] in [-1, 1] to [N, code_dim] or [N, code_dim, 1, 1].
        in_channels: channels of the images.
        code_dim: size of the code.
        classes: number of classes of the head; None for an encoder without a head.
        head_activation: activation of the code before the head's linear layer.
        dropout: share of the linear layer's input set to zero in training (Srivastava et al., 2014, section 4).

    Example:
        >>> import torch
        >>> options = {"in_channels": 1, "code_dim": 4, "head_activation": nn.ReLU(), "dropout": 0.0}
        >>> encoder = Encoder(nn.Flatten(), classes=2, **options)
        >>> encoder.classify(encoder(torch.zeros(3, 1, 2, 2))).shape
        torch.Size([3, 2])
    """

    def __init__(
        self,
        features: nn.Module,
        *,
        in_channels: int,
        code_dim: int,
        classes: int | None,
        head_activation: nn.Module,
        dropout: float,
    ) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.code_dim = code_dim
        self.classes = classes
        self.features = features
        self.head_activation = head_activation
        self.head_dropout = nn.Dropout(dropout)
        self.head = None if classes is None else nn.Linear(code_dim, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return the code [N, code_dim] of images [N, in_channels, H, W] in [-1, 1]."""
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
                fix="set `classes` to the number of classes, or use losses and metrics that need no classes",
            )
        scores: Tensor = self.head(self.head_dropout(self.head_activation(code)))
        return scores
