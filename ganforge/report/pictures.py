"""Pictures: grids of inputs and outputs, and pictures inside a page, as data URIs."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image, ImageOps

from ganforge import atomic
from ganforge.data.images import Array

COLUMNS = 8
"""Pairs in a row of a grid."""
SCALE = 2
"""Enlargement of the pictures in a grid."""
GAP = 2
"""Pixels between pictures, and around them."""
MOST_GRIDS = 40
LARGEST_GRIDS = 2_000_000
"""Characters of all grids of a page together, at most."""
_STEP = re.compile(r"step-(\d+)\.png")
Item = TypeVar("Item")


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
    """Write a uint8 [H, W, 3] picture as PNG, atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_file(path, _png(Image.fromarray(picture)))


def picture_uri(picture: Array, largest: int | None = None) -> str:
    """Return a uint8 picture [H, W, 1 or 3] as a PNG data URI, shrunk if a side is longer than `largest` pixels."""
    image = Image.fromarray(picture[..., 0] if picture.shape[2] == 1 else picture)
    if largest is not None:
        image.thumbnail((largest, largest))
    return _uri(image)


@dataclass(frozen=True)
class StepGrid:
    """A sample grid in two halves, which stand side by side on a wide screen and below each other on a narrow one.

    Attributes:
        step: the step at which it was drawn.
        halves: data URIs.
        width: of a half, in pixels.
        height: in pixels.
    """

    step: int
    halves: tuple[str, str]
    width: int
    height: int


def grids(folder: Path, keep: Collection[int] = ()) -> list[StepGrid]:
    """Return the sample grids of a run in order of steps, spread evenly if a page cannot hold all of them.

    Args:
        folder: the folder of `step-N.png` files; unreadable ones are skipped.
        keep: steps that are never left out.
    """
    entries = folder.iterdir() if folder.is_dir() else ()
    files = sorted((int(found[1]), path) for path in entries if (found := _STEP.fullmatch(path.name)))
    if not files:
        return []
    chosen = _thinned(files, MOST_GRIDS, keep)
    largest = _step_grid(*max(chosen, key=lambda file: file[1].stat().st_size))
    if largest:
        room = LARGEST_GRIDS // sum(map(len, largest.halves))
        chosen = _thinned(chosen, max(2, room), keep)
    return [grid for step, path in chosen if (grid := _step_grid(step, path))]


def _thinned(files: Sequence[tuple[int, Item]], count: int, keep: Collection[int]) -> list[tuple[int, Item]]:
    if len(files) <= count:
        return list(files)
    places = {round(index * (len(files) - 1) / (count - 1)) for index in range(count)}
    return [file for place, file in enumerate(files) if place in places or file[0] in keep]


def _step_grid(step: int, path: Path) -> StepGrid | None:
    try:
        with Image.open(path) as image:
            # A browser enlarges pictures by itself, so they are embedded in their own size.
            small = image.convert("RGB").resize((image.width // SCALE, image.height // SCALE), Image.Resampling.NEAREST)
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    width = small.width // 2
    halves = [small.crop((left, 0, left + width, small.height)) for left in (0, width)]
    return StepGrid(step, (_uri(halves[0]), _uri(halves[1])), width, small.height)


def _enlarged(picture: Array, width: int, height: int) -> Image.Image:
    image = Image.fromarray(picture[:, :, 0] if picture.shape[2] == 1 else picture[:, :, :3])
    return ImageOps.pad(image.convert("RGB"), (width, height), Image.Resampling.NEAREST, "white")


def _uri(image: Image.Image) -> str:
    return f"data:image/png;base64,{base64.b64encode(_png(image)).decode()}"


def _png(image: Image.Image) -> bytes:
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()
