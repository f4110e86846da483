"""Pictures: grids of inputs and outputs, and pictures inside a page, as data URIs."""

from __future__ import annotations

import base64
import io
import re
import struct
import warnings
import zlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from ganforge import atomic
from ganforge.data.images import Array
from ganforge.regular_file import read_regular

COLUMNS = 8
"""Pairs in a row of a grid."""
SCALE = 2
"""Enlargement of the pictures in a grid."""
GAP = 2
"""Pixels between pictures, and around them."""
MOST_GRIDS = 40
LARGEST_FILE = 16 << 20  # bytes of a grid
MOST_PIXELS = 40_000_000
PLAIN_PIXELS = 16_000_000
"""Largest grid that is opened though it compresses more than pictures do."""
LARGEST_GRIDS = 2_000_000
"""Characters of all grids of a page together, at most."""
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_STEP = re.compile(r"step-(\d+)\.png")


def pair_grid(inputs: Array, outputs: Array, columns: int = COLUMNS) -> Array:
    """Lay out pairs of pictures.

    Args:
        inputs: uint8 [N, H, W, C] with C 1 or 3.
        outputs: uint8 [N, h, w, c], as many.
        columns: pairs in a row.

    Returns:
        uint8 [height, width, 3] on white, twice the size of the inputs; outputs are fitted into that, undistorted.
    """
    pictures = [picture for pair in zip(inputs, outputs, strict=True) for picture in pair]
    return _sheet(pictures, inputs.shape[1:3], columns, beside=2)


def picture_grid(outputs: Array | Sequence[Array], columns: int = 2 * COLUMNS) -> Array:
    """Lay out pictures one after another.

    Args:
        outputs: uint8 [h, w, C] each, with C 1 or 3.
        columns: pictures in a row.

    Returns:
        uint8 [height, width, 3] on white, each picture in twice the size of the last.
    """
    return _sheet(outputs, outputs[-1].shape[:2], columns, beside=1)


def _sheet(pictures: Array | Sequence[Array], size: tuple[int, ...], columns: int, beside: int) -> Array:
    """Lay out cells of `beside` pictures each, with a gap between pictures and one around each cell."""
    height, width = (side * SCALE for side in size)
    cell_width, cell_height = beside * (width + GAP) + GAP, height + 2 * GAP
    rows = -(-len(pictures) // (beside * columns))
    sheet = Image.new("RGB", (columns * cell_width, rows * cell_height), "white")
    for index, picture in enumerate(pictures):
        cell, side = divmod(index, beside)
        row, column = divmod(cell, columns)
        image = Image.fromarray(picture[:, :, 0] if picture.shape[2] == 1 else picture[:, :, :3]).convert("RGB")
        fitted = ImageOps.pad(image, (width, height), Image.Resampling.NEAREST, "white")
        sheet.paste(fitted, (column * cell_width + side * (width + GAP) + GAP, row * cell_height + GAP))
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


def grids(
    folder: Path, keep: Collection[int] = (), on_damaged: Callable[[int], None] = lambda step: None
) -> list[StepGrid]:
    """Return the sample grids of a run in order of steps, spread evenly if a page cannot hold all of them.

    Args:
        folder: the folder of `step-N.png` files; those that are not as they were written are skipped.
        keep: steps that are never left out.
        on_damaged: called with the step of each file that is skipped.
    """
    entries = folder.iterdir() if folder.is_dir() else ()
    files = sorted((int(found[1]), path) for path in entries if (found := _STEP.fullmatch(path.name)))
    if not files:
        return []
    chosen = _thinned(files, MOST_GRIDS, keep)
    largest = _step_grid(*max(chosen, key=lambda file: file[1].lstat().st_size))
    if largest:
        room = LARGEST_GRIDS // sum(map(len, largest.halves))
        chosen = _thinned(chosen, max(2, room), keep)
    whole = []
    for step, path in chosen:
        if grid := _step_grid(step, path):
            whole.append(grid)
        else:
            on_damaged(step)
    return whole


def _thinned(files: Sequence[tuple[int, Path]], count: int, keep: Collection[int]) -> list[tuple[int, Path]]:
    if len(files) <= count:
        return list(files)
    places = {round(index * (len(files) - 1) / (count - 1)) for index in range(count)}
    return [file for place, file in enumerate(files) if place in places or file[0] in keep]


def _step_grid(step: int, path: Path) -> StepGrid | None:
    try:
        # The run may have come from somebody else: no format but the one that is written, nothing outside of it.
        data = read_regular(path, LARGEST_FILE, path.parent.parent)
        _require_whole(data)
        content = io.BytesIO(data)
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(content, formats=("PNG",))
        with image:
            pixels = image.width * image.height
            if pixels > min(MOST_PIXELS, max(PLAIN_PIXELS, 32 * content.getbuffer().nbytes)):
                return None
            # A browser enlarges pictures by itself, so they are embedded in their own size.
            small = image.resize((image.width // SCALE, image.height // SCALE), Image.Resampling.NEAREST).convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    width = small.width // 2
    halves = [small.crop((left, 0, left + width, small.height)) for left in (0, width)]
    return StepGrid(step, (_uri(halves[0]), _uri(halves[1])), width, small.height)


def _require_whole(png: bytes) -> None:
    """Refuse a PNG file in which anything was changed: decoders skip the checksums of pixels.

    Raises:
        ValueError: it is cut short, or a checksum does not fit.
    """
    place = len(_SIGNATURE)
    kind = b""
    while place < len(png) and kind != b"IEND":
        size, kind = struct.unpack_from(">I4s", png, place) if place + 8 <= len(png) else (0, b"")
        end = place + 8 + size
        if png[end : end + 4] != zlib.crc32(png[place + 4 : end]).to_bytes(4, "big"):
            raise ValueError("a checksum does not fit")
        place = end + 4
    if not png.startswith(_SIGNATURE) or kind != b"IEND":
        raise ValueError("it is no whole PNG")


def _uri(image: Image.Image) -> str:
    return f"data:image/png;base64,{base64.b64encode(_png(image)).decode()}"


def _png(image: Image.Image) -> bytes:
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()
