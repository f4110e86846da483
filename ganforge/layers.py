"""Convolutions for networks of plugins, computed in the fastest of several equal ways.

A convolution over a whole map, to a single position, is a linear layer; so is a transposed one from a single position.
Libraries of convolutions are made for other shapes, and on a CPU take several times as long over these. A 3x3
convolution of a map that was doubled by repetition, or before an average over 2x2, is a 4x4 convolution of stride 2,
with a kernel of sums and less than half of the products. Parameters and their names are those of torch's layers, and
results the same but for rounding.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


class Conv2d(nn.Conv2d):
    """`torch.nn.Conv2d`, computed as a linear layer where its kernel covers the whole map.

    Example:
        >>> import torch
        >>> Conv2d(8, 3, 4)(torch.zeros(2, 8, 4, 4)).shape
        torch.Size([2, 3, 1, 1])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Return maps [N, out_channels, H', W'] of maps [N, in_channels, H, W]."""
        if not _is_plain(self) or input.ndim != 4 or input.shape[2:] != self.kernel_size:
            return super().forward(input)
        return functional.linear(_rows(input, self.weight), _rows(self.weight), self.bias)[:, :, None, None]


class ConvTranspose2d(nn.ConvTranspose2d):
    """`torch.nn.ConvTranspose2d`, computed as a linear layer where it starts from a single position.

    Example:
        >>> import torch
        >>> ConvTranspose2d(8, 3, 4)(torch.zeros(2, 8, 1, 1)).shape
        torch.Size([2, 3, 4, 4])
    """

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        """Return maps [N, out_channels, H', W'] of maps [N, in_channels, H, W]."""
        asked = output_size is not None or any(self.output_padding)
        if asked or not _is_plain(self) or input.ndim != 4 or input.shape[2:] != (1, 1):
            return super().forward(input, output_size)
        rows = input.flatten(1) @ _rows(self.weight)
        channels, (height, width) = self.out_channels, self.kernel_size
        if _is_channels_last(self.weight):
            maps = rows.view(len(rows), height, width, channels).permute(0, 3, 1, 2)
        else:
            maps = rows.view(len(rows), channels, height, width)
        return maps if self.bias is None else maps + self.bias[:, None, None]


class DoublingConv2d(nn.Conv2d):
    """A 3x3 convolution of a map that is first doubled by repetition: [N, in_channels, H, W] to [.., 2H, 2W].

    The same as `torch.nn.Upsample(scale_factor=2)` and `torch.nn.Conv2d(in_channels, out_channels, 3, padding=1)`.

    Example:
        >>> import torch
        >>> DoublingConv2d(8, 3)(torch.zeros(2, 8, 4, 4)).shape
        torch.Size([2, 3, 8, 8])
    """

    def __init__(self, in_channels: int, out_channels: int, bias: bool = True) -> None:
        super().__init__(in_channels, out_channels, 3, padding=1, bias=bias)

    def forward(self, input: Tensor) -> Tensor:
        """Return maps [N, out_channels, 2H, 2W] of maps [N, in_channels, H, W]."""
        kernel = _over_squares(self.weight).flip(2, 3).transpose(0, 1)
        return functional.conv_transpose2d(input, kernel, self.bias, stride=2, padding=1)


class HalvingConv2d(nn.Conv2d):
    """A 3x3 convolution, then the average over squares of 2x2: [N, in_channels, H, W] to [.., H/2, W/2].

    The same as `torch.nn.Conv2d(in_channels, out_channels, 3, padding=1)` and `torch.nn.AvgPool2d(2)`.

    Example:
        >>> import torch
        >>> HalvingConv2d(8, 3)(torch.zeros(2, 8, 4, 4)).shape
        torch.Size([2, 3, 2, 2])
    """

    def __init__(self, in_channels: int, out_channels: int, bias: bool = True) -> None:
        super().__init__(in_channels, out_channels, 3, padding=1, bias=bias)

    def forward(self, input: Tensor) -> Tensor:
        """Return maps [N, out_channels, H/2, W/2] of maps [N, in_channels, H, W]."""
        return functional.conv2d(input, _over_squares(self.weight) / 4, self.bias, stride=2, padding=1)


def _over_squares(weight: Tensor) -> Tensor:
    """Return the sum of a kernel [O, I, 3, 3] at the four places of a square of 2x2, [O, I, 4, 4]."""
    upper = functional.pad(weight, (0, 1, 0, 1)) + functional.pad(weight, (1, 0, 0, 1))
    return upper + functional.pad(weight, (0, 1, 1, 0)) + functional.pad(weight, (1, 0, 1, 0))


def _is_plain(layer: nn.Conv2d | nn.ConvTranspose2d) -> bool:
    return layer.groups == 1 and layer.dilation == (1, 1) and layer.padding in ((0, 0), "valid")


def _is_channels_last(weight: Tensor) -> bool:
    return not weight.is_contiguous() and weight.permute(0, 2, 3, 1).is_contiguous()


def _rows(maps: Tensor, like: Tensor | None = None) -> Tensor:
    """Return maps [N, C, H, W] as [N, C H W] in the memory order of a weight, which is then not copied."""
    last = _is_channels_last(maps if like is None else like)
    return maps.permute(0, 2, 3, 1).flatten(1) if last else maps.flatten(1)
