"""The reader of dlib's file of the face network: numbers are parsed, and nothing is executed.

dlib serialises a network as text tags and tensors in turn. A tensor is its version, its four dimensions, and float32
values; integers are a byte that holds the sign and the number of bytes, and these bytes. The tags of the layers with
values are `con_4` (weights, then biases), `affine_` (scales, then shifts) and `fc_2` (after its numbers of outputs and
inputs, a matrix); they come in the order of the layers, from the image to the code.
"""

from __future__ import annotations

import importlib.util
import math
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ganforge.errors import DataError
from ganforge.plugins import WeightsSource
from ganforge_faces.dlib_resnet import BLOCKS, CODE

Values = npt.NDArray[np.float32]

_LAYER = re.compile(rb"con_4|affine_|fc_2")
_PACKAGE = "face_recognition_models"
_NAME = "dlib_face_recognition_resnet_model_v1.dat"


def read(path: Path) -> dict[str, Tensor]:
    """Return the weights of `DlibResNet` from dlib's file, float32 by name, affine layers joined to convolutions.

    Raises:
        DataError: the file is not that network, or is damaged.
    """
    data = path.read_bytes()
    layers = _layers(data, path)
    channels = 3
    found: dict[str, Tensor] = {}
    names = [("stem", 32, 7)]
    for index, (wider, _) in enumerate(BLOCKS):
        names += [(f"blocks.{index}.convolution1", wider, 3), (f"blocks.{index}.convolution2", wider, 3)]
    try:
        for name, wider, side in names:
            kernel = _take(next(layers), "con_4", wider * channels * side * side + wider, path).astype(np.float64)
            affine = _take(next(layers), "affine_", 2 * wider, path).astype(np.float64)
            weight = kernel[:-wider].reshape(wider, channels, side, side)
            scale, shift = affine[:wider], affine[wider:]
            found[f"{name}.weight"] = torch.from_numpy((weight * scale[:, None, None, None]).astype(np.float32))
            found[f"{name}.bias"] = torch.from_numpy((kernel[-wider:] * scale + shift).astype(np.float32))
            channels = wider
        code = _take(next(layers), "fc_2", channels * CODE, path)
    except StopIteration:
        raise _damaged(path, "it ends before its last layer") from None
    # dlib multiplies rows by this matrix, [channels, CODE]; torch keeps the transpose.
    found["code.weight"] = torch.from_numpy(code.reshape(channels, CODE).T.copy())
    return found


def _layers(data: bytes, path: Path) -> Iterator[tuple[str, Values]]:
    """Yield the kind and the values of each layer that has any."""
    position = 0
    while match := _LAYER.search(data, position):
        kind, position = match.group().decode(), match.end()
        for _ in range(3 if kind == "fc_2" else 1):  # its numbers of outputs and inputs; the tensor's version
            _, position = _integer(data, position, path)
        dimensions = []
        for _ in range(4):
            size, position = _integer(data, position, path)
            dimensions.append(size)
        count = math.prod(dimensions)
        if min(dimensions) < 1 or position + 4 * count > len(data):
            raise _damaged(path, f"a layer claims {dimensions} values")
        yield kind, np.frombuffer(data, "<f4", count, position)
        position += 4 * count


def _integer(data: bytes, position: int, path: Path) -> tuple[int, int]:
    """Read dlib's compressed integer: sign and length in one byte, then the bytes, lowest first."""
    if position >= len(data):
        raise _damaged(path, "it ends within a number")
    head = data[position]
    size = head & 0x0F
    if not 1 <= size <= 8 or head & 0x70:
        raise _damaged(path, f"byte {position} begins no number")
    end = position + 1 + size
    value = int.from_bytes(data[position + 1 : end], "little")
    return (-value if head & 0x80 else value), end


def _take(layer: tuple[str, Values], kind: str, count: int, path: Path) -> Values:
    """Return the values of a layer, which is to be of this kind and size."""
    found, values = layer
    if found != kind or values.size != count:
        raise _damaged(path, f"a layer is {found!r} with {values.size} values, not {kind!r} with {count}")
    # The largest of the network is 23; a damaged one may be no number, or overflow float32 where layers are joined.
    if not np.abs(values).max() < 1e6:
        raise _damaged(path, f"a layer {found!r} has values that no trained network has")
    return values


def _damaged(path: Path, why: str) -> DataError:
    return DataError(f"{path} is not dlib's face network, or is damaged: {why}", fix=f"get {_NAME} again")


def _find() -> Path | None:
    """Return the file of the package `face_recognition_models`, which is located and not imported."""
    spec = importlib.util.find_spec(_PACKAGE)
    folders = list(spec.submodule_search_locations or []) if spec else []
    return next((path for folder in folders if (path := Path(folder) / "models" / _NAME).is_file()), None)


SOURCE = WeightsSource(
    name=_NAME,
    sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
    terms="weights: dlib's face recognition ResNet v1 by Davis King, public domain (CC0 1.0)",
    read=read,
    find=_find,
    fix=f"{Path(sys.executable).name} -m pip install 'ganforge-faces[dlib]', or --from FILE with a copy of {_NAME}",
)
