"""The two ways in which images come to another size: stretched as a whole, or cut to their largest centred part.

A recipe chooses between them once, with `fit`; training, judges and a finished run then do the same to an image.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageOps

from ganforge.data.images import Array
from ganforge.image_size import sides


def crop_image(image: Image.Image, size: int | tuple[int, int]) -> Image.Image:
    """Cut an image to its largest centred part of a shape, and scale that to the size in pixels, bicubic."""
    return ImageOps.fit(image, sides(size)[::-1], method=Image.Resampling.BICUBIC)


def crop(images: Array, size: int | tuple[int, int]) -> Array:
    """Cut and scale uint8 or uint16 images [N, H, W, C] as `crop_image` does, to [N, height, width, C]."""
    cut = np.empty((len(images), *sides(size), images.shape[3]), images.dtype)
    for made, image in zip(cut, images, strict=True):
        for channel in range(images.shape[3]):  # PIL has no colour images of 16 bits, and no more than four channels
            made[..., channel] = np.asarray(crop_image(Image.fromarray(image[..., channel]), size))
    return cut
