"""The residual block of the encoders: it halves a map, and shortens the way of the gradient."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


class Halving(nn.Module):
    """Residual block that halves a map: two 3x3 convolutions and a 1x1 shortcut, all with batch norm.

    He, Zhang, Ren and Sun, "Deep residual learning for image recognition" (2016), equation 2, with a projection in
    every shortcut. Odd heights and widths are rounded up.

    Args:
        channels: channels of the input.
        wider: channels of the output.

    Example:
        >>> import torch
        >>> Halving(2, 4)(torch.zeros(1, 2, 5, 5)).shape
        torch.Size([1, 4, 3, 3])
    """

    def __init__(self, channels: int, wider: int) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            nn.Conv2d(channels, wider, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(wider),
            nn.ReLU(),
            nn.Conv2d(wider, wider, 3, padding=1, bias=False),
            nn.BatchNorm2d(wider),
        )
        self.shortcut = nn.Sequential(nn.Conv2d(channels, wider, 1, stride=2, bias=False), nn.BatchNorm2d(wider))

    def forward(self, maps: Tensor) -> Tensor:
        """Map [N, channels, H, W] to [N, wider, ceil(H/2), ceil(W/2)]."""
        return functional.relu(self.residual(maps) + self.shortcut(maps))
