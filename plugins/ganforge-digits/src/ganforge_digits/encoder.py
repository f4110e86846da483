"""Base of the digit encoders: features that end in a code, and a linear head that classifies the code."""

from __future__ import annotations

from torch import Tensor, nn

from ganforge.errors import ShapeError


class Encoder(nn.Module):
    """Images to codes (`forward`), codes to class scores (`classify`).

    The head is there for training the encoder, for judging, and for losses that ask for classes; a transfer that uses
    the code alone leaves it out of its graph.

    Args:
        features: images [N, in_channels, S, S] in [-1, 1] to [N, code_dim] or [N, code_dim, 1, 1].
        in_channels: the images' channels.
        code_dim: the code's size.
        classes: how many classes the head tells apart; None for an encoder without a head.
        head_activation: what the head applies to the code before its linear layer.
        dropout: the share of what enters the linear layer that training sets to zero.
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
        """The code [N, code_dim] of images [N, in_channels, S, S] in [-1, 1]."""
        code: Tensor = self.features(images)
        return code.flatten(1)

    def classify(self, code: Tensor) -> Tensor:
        """The class scores [N, classes], before softmax, of codes [N, code_dim].

        Raises:
            ShapeError: the encoder was built with `classes=None`.
        """
        if self.head is None:
            raise ShapeError(
                f"{type(self).__name__} was built without classes, so it has no class scores",
                fix="set `classes` to the number of label values, or use a loss and a metric that need no classes",
            )
        scores: Tensor = self.head(self.head_dropout(self.head_activation(code)))
        return scores
