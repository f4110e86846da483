"""Grids of pictures: inputs, each beside what the networks make of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from ganforge.data.images import Array

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
        uint8 [height, width, 3] on white, twice the size of the inputs.
    """
    size = inputs.shape[1] * SCALE
    rows = -(-len(inputs) // columns)
    width, height = columns * (2 * size + 3 * GAP), rows * (size + 2 * GAP)
    sheet = Image.new("RGB", (width, height), "white")
    for index, pair in enumerate(zip(inputs, outputs, strict=True)):
        row, column = divmod(index, columns)
        for side, picture in enumerate(pair):
            left = column * (2 * size + 3 * GAP) + side * (size + GAP) + GAP // 2
            sheet.paste(_enlarged(picture, size), (left, row * (size + 2 * GAP) + GAP))
    return np.asarray(sheet).copy()


def save_picture(picture: Array, path: Path) -> None:
    """Write a uint8 [H, W, 3] picture as PNG, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    Image.fromarray(picture).save(temporary, "PNG")
    temporary.replace(path)


def _enlarged(picture: Array, size: int) -> Image.Image:
    image = Image.fromarray(picture[:, :, 0] if picture.shape[2] == 1 else picture[:, :, :3])
    return image.convert("RGB").resize((size, size), Image.Resampling.NEAREST)
