"""Image transforms: size and channels once per dataset, range once per batch, and the inverse for pictures."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ganforge.data.geometry import crop
from ganforge.data.images import Array
from ganforge.errors import DataError
from ganforge.image_size import Fit, sides
from ganforge.seeding import default_generator_of

CHUNK = 4096


def to_unit(images: Tensor) -> Tensor:
    """Convert uint8 or uint16 [N, H, W, C] to float32 [N, C, H, W] in [0, 1] (channels-last in memory)."""
    return images.permute(0, 3, 1, 2).to(torch.float32) / torch.iinfo(images.dtype).max


def to_pictures(unit: Tensor) -> Array:
    """Convert float [N, C, H, W] in [0, 1] to uint8 [N, H, W, C], rounded, values outside clipped."""
    scaled = (unit.detach().float().clamp(0, 1) * 255).round().to(torch.uint8)
    return scaled.permute(0, 2, 3, 1).contiguous().cpu().numpy()


def convert(
    images: Array, resize: int | tuple[int, int] | None = None, channels: int | None = None, fit: Fit = "stretch"
) -> Array:
    """Change size and channels of integer images.

    Args:
        images: uint8 or uint16 [N, H, W, C].
        resize: new side, or height and width, in pixels.
        channels: 1 (luma of ITU-R BT.601) or 3 (grey replicated).
        fit: "stretch" resizes the whole image, bilinear, antialiased when shrinking; "crop" its largest centred part of
            the new shape, bicubic.

    Returns:
        The same type, [N, height, width, channels]; `images` itself if nothing changes.

    Raises:
        DataError: the number of channels must change, and is not 1 or 3.
    """
    count, height, width, depth = images.shape
    wanted = channels or depth
    if depth != wanted and {depth, wanted} != {1, 3}:
        raise DataError(f"images with {depth} channels cannot become {wanted}", fix="leave `channels` unset")
    size = sides(resize) if resize else (height, width)
    if (*size, wanted) == (height, width, depth):
        return images
    if fit == "crop" and size != (height, width):
        return crop(convert(images, None, wanted), size)
    result = np.empty((count, *size, wanted), images.dtype)
    top = float(np.iinfo(images.dtype).max)
    for start in range(0, count, CHUNK):
        part = torch.from_numpy(np.array(images[start : start + CHUNK])).permute(0, 3, 1, 2).float()
        part = match_channels(part, wanted)
        if (height, width) != size:
            part = functional.interpolate(part, size, mode="bilinear", antialias=True)
        part = part.round().clamp(0, top).permute(0, 2, 3, 1)
        result[start : start + CHUNK] = part.numpy().astype(images.dtype)
    return result


def match_channels(images: Tensor, channels: int) -> Tensor:
    """Convert images [N, C, H, W] with C in {1, channels}, or RGB to grey, to [N, channels, H, W]."""
    if images.shape[1] == channels:
        return images
    if images.shape[1] == 1:
        return images.expand(-1, channels, -1, -1)
    weights = images.new_tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    return (images * weights).sum(1, keepdim=True)


def changed_view(images: Tensor, changes: Sequence[Callable[[Tensor, torch.Generator], Tensor]]) -> Tensor:
    """Apply random, differentiable changes to the images that a loss sees.

    The changes draw from torch's default generator, which the engine seeds in every step.

    Args:
        images: float [N, C, H, W] in [-1, 1].
        changes: augmentations of images in [0, 1], in order; without any, the images are returned unchanged.

    Returns:
        The same shape, in [-1, 1]; at least float32, in which the changes are computed under autocast too.
    """
    if not changes:
        return images
    view = ((images.float() if images.dtype in (torch.bfloat16, torch.float16) else images) + 1) / 2
    device = view.device.type
    with contextlib.ExitStack() as stack:
        if torch.amp.is_autocast_available(device):
            # Under autocast, positions of pixels in bf16 would be off by up to a tenth of a pixel.
            stack.enter_context(torch.autocast(device, enabled=False))
        for change in changes:
            view = change(view, default_generator_of(view.device))
    return view * 2 - 1


@dataclass(frozen=True)
class Normalization:
    """The affine map from [0, 1] to the networks' range, per channel: (x - mean) / std."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def apply(self, unit: Tensor) -> Tensor:
        """Map images from [0, 1] to the networks' range; float [N, C, H, W]."""
        return (unit - _factor(self.mean, unit)) / _factor(self.std, unit)

    def invert(self, images: Tensor) -> Tensor:
        """Map images from the networks' range back to [0, 1]; float [N, C, H, W]."""
        return images * _factor(self.std, images) + _factor(self.mean, images)


def _factor(values: tuple[float, ...], like: Tensor) -> Tensor | float:
    """Return one value as a number, which needs no transfer to the device, or one per channel as a tensor."""
    return values[0] if len(values) == 1 else like.new_tensor(values).view(1, -1, 1, 1)


SYMMETRIC = Normalization((0.5,), (0.5,))  # [0, 1] -> [-1, 1]
UNIT = Normalization((0.0,), (1.0,))
