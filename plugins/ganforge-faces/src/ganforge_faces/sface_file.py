"""The reader of SFace's file: the tensors of an ONNX graph by name, batch norms joined to convolutions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ganforge.errors import DataError
from ganforge.plugins import WeightsSource
from ganforge_faces.sface import CODE, PAIRS

Values = npt.NDArray[np.float64]

_NAME = "face_recognition_sface_2021dec.onnx"
_INNER, _OUTER = 1e-3, 2e-5  # the epsilons of the batch norms of convolutions, and of those around the last layer


def read(path: Path) -> dict[str, Tensor]:
    """Return the weights of `SFace` from the OpenCV zoo's file, float32 by name.

    Raises:
        DataError: the package onnx is not installed, or the file is not that network.
    """
    try:
        import onnx
        from onnx import numpy_helper
    except ImportError:
        raise DataError(
            "the package onnx, which reads the weights of SFace, is not installed",
            fix="pip install 'ganforge-faces[sface]'",
        ) from None
    try:
        graph = onnx.load(str(path), load_external_data=False).graph
        values = {item.name: numpy_helper.to_array(item).astype(np.float64) for item in graph.initializer}
        return _joined(values)
    except KeyError as error:
        raise DataError(f"{path} is not SFace: it has no tensor {error}", fix=f"get {_NAME} again") from error
    except Exception as error:  # protobuf's own errors, of many types
        raise DataError(f"{path} is not SFace, or is damaged: {error}", fix=f"get {_NAME} again") from error


def _joined(values: dict[str, Any]) -> dict[str, Tensor]:
    found: dict[str, Values] = {}
    parts = {"stem": ("conv_1", ("convolution", "activation"))}
    for index in range(len(PAIRS)):
        parts[f"pairs.{index}"] = (f"conv_{index + 2}_dw", ("depthwise", "activation"))
        parts[f"pairs.{index} "] = (f"conv_{index + 2}", ("pointwise", "wide_activation"))
    for key, (layer, (convolution, activation)) in parts.items():
        place = key.strip()
        scale, shift = _affine(values, f"{layer}_batchnorm", _INNER)
        found[f"{place}.{convolution}.weight"] = values[f"{layer}_conv2d_weight"] * scale[:, None, None, None]
        found[f"{place}.{convolution}.bias"] = shift
        found[f"{place}.{activation}.weight"] = values[f"{layer}_relu_gamma"].ravel()
    inner_scale, inner_shift = _affine(values, "bn1", _OUTER)
    outer_scale, outer_shift = _affine(values, "fc1", _OUTER)
    last = values["pre_fc1_weight"].reshape(CODE, len(inner_scale), -1)
    found["code.weight"] = (last * inner_scale[:, None]).reshape(CODE, -1) * outer_scale[:, None]
    bias = values["pre_fc1_bias"] + (last * inner_shift[:, None]).sum((1, 2))
    found["code.bias"] = bias * outer_scale + outer_shift
    return {name: torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32)) for name, array in found.items()}


def _affine(values: dict[str, Any], norm: str, epsilon: float) -> tuple[Values, Values]:
    """Return the scale and shift that a batch norm is at inference."""
    scale = values[f"{norm}_gamma"] / np.sqrt(values[f"{norm}_moving_var"] + epsilon)
    return scale, values[f"{norm}_beta"] - values[f"{norm}_moving_mean"] * scale


SOURCE = WeightsSource(
    name=_NAME,
    sha256="0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79",
    terms="weights: SFace by Yaoyao Zhong, from the OpenCV zoo, Apache-2.0",
    read=read,
    url="https://media.githubusercontent.com/media/opencv/opencv_zoo/main/models/face_recognition_sface/" + _NAME,
    md5="943693ea9c7ddfd9a66dc7b7e8d52a4f",
    fix=f"get {_NAME} of the OpenCV zoo, and give it by --from FILE",
)
