"""Pictures that a page carries inside itself: data URIs of pairs, and the sample grids of a run over its steps."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PIL import Image

from ganforge.data.images import Array
from ganforge.report.grid import SCALE

MOST_GRIDS = 40
LARGEST_GRIDS = 2_000_000
"""Characters of all grids together, at most."""
_STEP = re.compile(r"step-(\d+)\.png")
Item = TypeVar("Item")


@dataclass(frozen=True)
class Grid:
    """A sample grid, cut in the middle: two halves side by side on a wide screen, below each other on a narrow one.

    Attributes:
        step: when it was drawn.
        halves: data URIs.
        width: of a half, in pixels.
        height: in pixels.
    """

    step: int
    halves: tuple[str, str]
    width: int
    height: int


def picture_uri(picture: Array, largest: int | None = None) -> str:
    """A uint8 picture [H, W, 1 or 3] as a PNG data URI; with sides of at most so many pixels."""
    image = Image.fromarray(picture[..., 0] if picture.shape[2] == 1 else picture)
    if largest is not None:
        image.thumbnail((largest, largest))
    return _uri(image)


def grids(folder: Path, keep: Iterable[int] = ()) -> list[Grid]:
    """The sample grids of a run, in order of steps, as many as a page can carry, spread evenly over the steps.

    Args:
        folder: of `step-N.png` files; those that cannot be read are left out.
        keep: steps to show in any case.
    """
    files = [(int(found[1]), path) for path in _entries(folder) if (found := _STEP.fullmatch(path.name))]
    files.sort()
    if not files:
        return []
    chosen = _thinned(files, MOST_GRIDS, keep)
    largest = _grid(*max(chosen, key=lambda file: file[1].stat().st_size))
    if largest:
        room = LARGEST_GRIDS // sum(map(len, largest.halves))
        chosen = _thinned(chosen, max(2, room), keep)
    return [grid for step, path in chosen if (grid := _grid(step, path))]


def _thinned(files: Sequence[tuple[int, Item]], count: int, keep: Iterable[int]) -> list[tuple[int, Item]]:
    if len(files) <= count:
        return list(files)
    places = {round(index * (len(files) - 1) / (count - 1)) for index in range(count)}
    return [file for place, file in enumerate(files) if place in places or file[0] in set(keep)]


def _grid(step: int, path: Path) -> Grid | None:
    try:
        with Image.open(path) as image:
            # Drawn several times as large as the pictures are; a browser can enlarge them itself.
            small = image.convert("RGB").resize((image.width // SCALE, image.height // SCALE), Image.Resampling.NEAREST)
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    width = small.width // 2
    halves = [small.crop((left, 0, left + width, small.height)) for left in (0, width)]
    return Grid(step, (_uri(halves[0]), _uri(halves[1])), width, small.height)


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _uri(image: Image.Image) -> str:
    content = io.BytesIO()
    image.save(content, "PNG")
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"
