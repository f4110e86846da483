"""Small pictures of components that can be drawn without data: generated images, augmentations, schedules."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from PIL import Image

from ganforge.plugins.entry import Entry
from ganforge.plugins.registry import Registry

COUNT = 8
"""Images in a row."""
COLOURS = 64
"""Of a picture, to keep its file small."""
EXAMPLE = "digits/synthetic-street"
"""The dataset of the images that show augmentations."""
STEPS = 1000
"""The training length, in steps, over which schedules are drawn."""
REQUIRED: dict[str, Any] = {
    "start": 0.2,
    "end": 0.9,
    "length": 250,
    "milestones": [500, 750],
    "factor": 0.5,
    "every": 250,
}
"""Values of the schedules' options that have no default."""


def pictures(entries: Iterable[Entry]) -> dict[str, bytes]:
    """Return the files of these components: name and content."""
    return {name: DRAW[entry.kind](entry) for entry in entries if (name := file_name(entry))}


def file_name(entry: Entry) -> str | None:
    """Return the name of a component's picture, or None if there is nothing to draw."""
    if entry.kind not in DRAW:
        return None
    if entry.kind == "dataset" and "count" not in {option.name for option in entry.schema.options}:
        return None  # it reads files
    if any(option.required and option.name not in REQUIRED for option in entry.schema.options):
        return None
    return f"{entry.name.replace('/', '-')}.{'svg' if entry.kind == 'scheduler' else 'png'}"


def caption(entry: Entry) -> str:
    """Describe the picture in words."""
    if entry.kind == "dataset":
        return f"The first {COUNT} images of {entry.name}"
    if entry.kind == "augmentation":
        return f"Above, images as they are; below, after {entry.name}"
    given = ", ".join(f"{name} = {json.dumps(value)}" for name, value in _required(entry).items())
    return f"The factor from the first step to the last of {STEPS}{f', with {given}' if given else ''}"


def _required(entry: Entry) -> dict[str, Any]:
    return {option.name: REQUIRED[option.name] for option in entry.schema.options if option.required}


def _dataset(entry: Entry) -> bytes:
    return _png([entry.load()(count=COUNT).decode().images])


def _augmentation(entry: Entry) -> bytes:
    before = Registry().get("dataset", EXAMPLE).load()(count=COUNT).decode().images
    images = torch.from_numpy(before).permute(0, 3, 1, 2) / 255
    after = entry.load()(images, torch.Generator().manual_seed(0), **_required(entry))
    return _png([before, (after * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()])


def _png(rows: list[np.ndarray[Any, Any]]) -> bytes:
    """Rows of uint8 images [N, H, W, C], each pixel drawn as 2 x 2."""
    picture = np.concatenate([np.concatenate(list(row), axis=1) for row in rows]).repeat(2, axis=0).repeat(2, axis=1)
    file = io.BytesIO()
    Image.fromarray(picture.squeeze()).quantize(COLOURS).save(file, "png", optimize=True)
    return file.getvalue()


def _scheduler(entry: Entry) -> bytes:
    """Draw the curve of the factor, from 0 at the bottom to 1 at the top."""
    factor, given = entry.load(), _required(entry)
    heights = {step: factor(step, STEPS, **given) for step in range(0, STEPS, 10)}
    points = " ".join(f"{step / 5 + 4:g},{60 - 52 * height:.1f}" for step, height in heights.items())
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="208" height="64" viewBox="0 0 208 64">\n'
        '<path d="M4 4V60H204" fill="none" stroke="#999"/>\n'
        f'<polyline points="{points}" fill="none" stroke="#4a7dff" stroke-width="2"/>\n</svg>\n'
    ).encode()


DRAW: dict[str, Callable[[Entry], bytes]] = {
    "dataset": _dataset,
    "augmentation": _augmentation,
    "scheduler": _scheduler,
}
"""The function that draws each kind's pictures."""
