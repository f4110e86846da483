"""Decoding of an image file: formats, size limit, orientation, transparency and depth."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ganforge.data.geometry import crop_image
from ganforge.data.images import Array
from ganforge.data.reading import reading
from ganforge.errors import DataError
from ganforge.printable import printable

FORMATS = ("PNG", "JPEG", "WEBP", "BMP")
SUFFIXES = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp")
"""File name suffixes of images that datasets of folders read."""
MAX_MEGAPIXELS = 16.0
"""Default size limit of an image file, in millions of pixels."""
PLAIN_PIXELS = 1_000_000
"""Pixels of an image of one colour, which may compress without limit."""
_PIXELS_OF_A_BYTE = {"JPEG": 1024}  # Its blocks of 8 by 8 take a bit each at least, colours and all.
Mode = Literal["auto", "RGB", "L"]
"""Colour mode: as the file has it, RGB, or greyscale."""

_GREY = {"1", "L", "LA", "La", "I;16"}


def read_image(
    path: Path,
    *,
    mode: Mode = "auto",
    size: int | tuple[int, int] | None = None,
    half: Literal["left", "right"] | None = None,
    max_megapixels: float = MAX_MEGAPIXELS,
) -> Array:
    """Decode an image for display: EXIF orientation applied, transparency composited over white.

    Only the first frame of an animation is read. Grey PNGs of 16 bits keep their depth; colours have 8 bits.

    Args:
        path: a PNG, JPEG, WebP or BMP file, of any name.
        mode: "RGB" for 3 channels, "L" for 1 (grey), "auto" for the file's own.
        size: side, or height and width, in pixels: the largest centred crop of that shape is scaled to it, bicubic;
            None keeps the size.
        half: the half of the image that is cropped before scaling; None takes the whole.
        max_megapixels: limit in millions of pixels; larger images are refused before they are decoded.

    Returns:
        uint8, or uint16 for grey images of 16 bits: [H, W, C].

    Raises:
        DataError: the file is missing, damaged, of another format or too large.
    """
    with _opened(path) as image:
        width, height = image.size
        if width * height > max_megapixels * 1e6:
            raise DataError(
                f"{printable(path)} has {width:,} x {height:,} pixels, over the limit of {max_megapixels:g} megapixels",
                fix="make the image smaller, or raise max_megapixels",
            )
        if width * height > max(PLAIN_PIXELS, _PIXELS_OF_A_BYTE.get(image.format or "", 10_000) * path.stat().st_size):
            raise DataError(
                f"{printable(path)} claims {width:,} x {height:,} pixels in {path.stat().st_size:,} bytes: no image "
                "compresses so far",
                fix="remove the file",
            )
        return pixels_of(image, mode=mode, size=size, half=half)


def pixels_of(
    image: Image.Image,
    *,
    mode: Mode = "auto",
    size: int | tuple[int, int] | None = None,
    half: Literal["left", "right"] | None = None,
) -> Array:
    """Return the pixels of an open image as `read_image` does of a file, uint8 or uint16 [H, W, C]."""
    target = mode if mode != "auto" else "L" if image.mode in _GREY else "RGB"
    upright = ImageOps.exif_transpose(image)
    plain = upright if upright.mode == "I;16" else _over_white(upright).convert(target)
    if half is not None:
        wide, high = plain.size
        plain = plain.crop((0, 0, wide // 2, high) if half == "left" else (wide - wide // 2, 0, wide, high))
    if size is not None:
        plain = crop_image(plain, size)
    pixels = np.asarray(plain)
    pixels = pixels if pixels.ndim == 3 else pixels[..., None]
    return np.repeat(pixels, 3, axis=2) if target == "RGB" and pixels.shape[2] == 1 else pixels


def is_grey(path: Path) -> bool:
    """Return True if the file's header declares a grey image; raise DataError as `read_image` does."""
    with _opened(path) as image:
        return image.mode in _GREY


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """Yield the image with its header read; raise failures of the block as DataError, and suppress warnings."""
    fix = "replace the file with a whole PNG, JPEG, WebP or BMP image, or remove it"
    if not path.exists():
        raise DataError(f"{printable(path)} is missing", fix="give a file that is there")
    with reading(path, fix=fix), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = Image.open(path, formats=FORMATS)
        except UnidentifiedImageError as error:
            raise DataError(f"{printable(path)} is no PNG, JPEG, WebP or BMP image", fix=fix) from error
        with image:
            yield image


def _over_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image
    image = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
