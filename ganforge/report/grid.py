"""Grids of pictures: inputs, each beside what the networks make of it, or what they make of noise."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from ganforge.data.images import Array
from ganforge.runs import atomic

COLUMNS = 8
SCALE = 2
GAP = 2


def pair_grid(inputs: Array, outputs: Array, columns: int = COLUMNS) -> Array:
    """Lay out pairs of pictures.

    Args:
        inputs: uint8 [N, H, W, C] with C 1 or 3.
        outputs: uint8 [N, h, w, c], as many.
        columns: pairs in a row.

    Returns:
        uint8 [height, width, 3] on white, twice the size of the inputs; outputs are fitted into that, undistorted.
    """
    height, width = inputs.shape[1] * SCALE, inputs.shape[2] * SCALE
    rows = -(-len(inputs) // columns)
    pair_width, row_height = 2 * width + 3 * GAP, height + 2 * GAP
    sheet = Image.new("RGB", (columns * pair_width, rows * row_height), "white")
    for index, pair in enumerate(zip(inputs, outputs, strict=True)):
        row, column = divmod(index, columns)
        for side, picture in enumerate(pair):
            left = column * pair_width + side * (width + GAP) + GAP
            sheet.paste(_enlarged(picture, width, height), (left, row * row_height + GAP))
    return np.asarray(sheet).copy()


def picture_grid(outputs: Array | Sequence[Array], columns: int = 2 * COLUMNS) -> Array:
    """Lay out pictures one after another.

    Args:
        outputs: uint8 [h, w, C] each, with C 1 or 3.
        columns: pictures in a row.

    Returns:
        uint8 [height, width, 3] on white, each picture in twice the size of the last.
    """
    height, width = outputs[-1].shape[0] * SCALE, outputs[-1].shape[1] * SCALE
    rows = -(-len(outputs) // columns)
    sheet = Image.new("RGB", (columns * (width + 2 * GAP), rows * (height + 2 * GAP)), "white")
    for index, picture in enumerate(outputs):
        row, column = divmod(index, columns)
        left, top = column * (width + 2 * GAP) + GAP, row * (height + 2 * GAP) + GAP
        sheet.paste(_enlarged(picture, width, height), (left, top))
    return np.asarray(sheet).copy()


def save_picture(picture: Array, path: Path) -> None:
    """Write a uint8 [H, W, 3] picture as PNG, whole or not at all."""
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "PNG")
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_file(path, content.getvalue())


def _enlarged(picture: Array, width: int, height: int) -> Image.Image:
    image = Image.fromarray(picture[:, :, 0] if picture.shape[2] == 1 else picture[:, :, :3])
    return ImageOps.pad(image.convert("RGB"), (width, height), Image.Resampling.NEAREST, "white")
