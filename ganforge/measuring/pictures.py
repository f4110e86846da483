"""Images that a user gives a finished run: one or many; arrays, tensors, PIL images or files.

By its shape, an array may be one image or many, and have its channels first or last. What is not plain is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from PIL import Image
from torch import Tensor

from ganforge.data.image_file import pixels_of, read_image
from ganforge.data.images import Array, channels_first
from ganforge.errors import DataError

Picture = Array | Tensor | Image.Image | str | Path
Pictures = Picture | Sequence[Picture]
FORMS = "give uint8 or uint16: an array [N, H, W, C], a tensor [N, C, H, W], a PIL image, a path, or a list of images"
_UNREADABLE = ("I", "F", "I;16B", "I;16L", "I;16N")


def pictures(given: Pictures, channels: int) -> Iterator[Array]:
    """Yield the images, uint8 or uint16 [n, H, W, C], one array for each entry of a list.

    Args:
        given: one image or many.
        channels: those that the networks read.

    Raises:
        DataError: something is no image, could be one image or many, or cannot be read; or there are no images.
    """
    if not isinstance(given, list | tuple):
        yield _read(given, channels)[0]
        return
    if not given:
        raise DataError("there are no images", fix="give at least one")
    for number, entry in enumerate(given):
        try:
            images, _ = _read(entry, channels)
        except DataError as error:
            raise DataError(f"image {number} of the list: {error.message}", fix=error.fix) from error
        if len(images) > 1:
            what = f"image {number} of the list is {_shown(entry)}, {len(images)} images"
            raise DataError(what, fix="give lists of single images: an array [H, W, C], a PIL image, a path ...")
        yield images


def is_one(given: Pictures, channels: int) -> bool:
    """Return True if this is a single image, and neither a list nor an array of images."""
    if isinstance(given, np.ndarray | Tensor):
        return _read(given, channels)[1]
    return not isinstance(given, list | tuple)


def holds_tensors(given: Pictures) -> bool:
    """Return True for a tensor, and for a list that begins with one."""
    return isinstance(given[0] if isinstance(given, list | tuple) else given, Tensor)


def joined(parts: Sequence[Array]) -> Array:
    """Join images [n, H, W, C] of one size to one array; if any are uint16, all become so."""
    if len({part.dtype for part in parts}) > 1:
        parts = [part if part.dtype == np.uint16 else part.astype(np.uint16) * 257 for part in parts]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _read(given: Any, channels: int) -> tuple[Array, bool]:
    """Return images [n, H, W, C], and True for a single one."""
    if isinstance(given, str | Path):
        if Path(given).is_dir():
            raise DataError(f"{given} is a folder", fix="give a list of its files, or use `ganforge transfer`")
        return read_image(Path(given))[None], True
    if isinstance(given, Image.Image):
        if given.mode in _UNREADABLE:
            _refuse(given, 'convert it: image.convert("RGB"), or "L" for grey, with values from 0 to 255')
        return pixels_of(given)[None], True
    if not isinstance(given, np.ndarray | Tensor):
        _refuse(given, FORMS)
    kind = str(given.dtype).removeprefix("torch.")
    if kind not in ("uint8", "uint16"):
        scaled = "(images * 255).round()"
        as_bytes = f"{scaled}.to(torch.uint8)" if isinstance(given, Tensor) else f"{scaled}.astype(np.uint8)"
        _refuse(given, f"{FORMS}; for values from 0 to 1, that is {as_bytes}")
    if 0 in given.shape:
        _refuse(given, "give at least one image, of at least one pixel")
    # Grey images and RGB are converted to each other; other numbers of channels stay as they are.
    known = (1, 3) if channels in (1, 3) else (channels,)
    return _tensor(given, known) if isinstance(given, Tensor) else _array(given, known)


def _array(given: Array, known: tuple[int, ...]) -> tuple[Array, bool]:
    shape = given.shape
    last = shape[-1]
    if given.ndim == 4 and last in known:
        return given, False
    if given.ndim == 3 and last in known:
        return given[None], True
    if given.ndim in (2, 3) and 1 in known and not (given.ndim == 3 and (last <= 4 or shape[0] in (3, 4))):
        return given[..., None] if given.ndim == 3 else given[None, ..., None], given.ndim == 2
    if last == 4 and given.ndim > 2:
        _refuse(given, "leave out the transparency: images[..., :3]; for grey images 4 pixels wide, images[..., None]")
    if given.ndim == 3 and shape[0] in (3, 4):
        colour = "image[:3]" if shape[0] == 4 else "image"
        _refuse(given, f"for one RGB image give {colour}.transpose(1, 2, 0), for grey images images[..., None]")
    if channels_first(shape) or (given.ndim == 4 and shape[1] in known):
        _refuse(given, "put the channels last: images.transpose(0, 2, 3, 1); or give a tensor")
    _refuse(given, _wanted(known))


def _tensor(given: Tensor, known: tuple[int, ...]) -> tuple[Array, bool]:
    shape = tuple(given.shape)
    if given.ndim in (3, 4) and shape[-3] in known:
        array: Array = given.detach().movedim(-3, -1).cpu().numpy()
        return (array, False) if given.ndim == 4 else (array[None], True)
    if given.ndim == 2 and 1 in known:
        return given.detach().cpu().numpy()[None, ..., None], True
    if given.ndim in (3, 4) and shape[-1] in known:
        _refuse(given, f"put the channels before height and width: .movedim(-1, {given.ndim - 3})")
    if given.ndim == 3 and 1 in known:
        _refuse(given, "for grey images give images.unsqueeze(1), [N, 1, H, W]")
    _refuse(given, _wanted(known))


def _wanted(known: tuple[int, ...]) -> str:
    return f"{FORMS}; of {' or '.join(map(str, known))} channels"


def _refuse(given: Any, fix: str) -> NoReturn:
    raise DataError(f"cannot take {_shown(given)}", fix=fix)


def _shown(given: Any) -> str:
    if isinstance(given, Image.Image):
        return f"a PIL image of mode {given.mode!r}"
    if isinstance(given, np.ndarray | Tensor):
        return f"{type(given).__name__} {given.dtype} {list(given.shape)}"
    return type(given).__name__
