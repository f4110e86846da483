"""SFace: the reader of its ONNX file against unjoined batch norms, and ONNX Runtime where it and the file are here."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from ganforge.errors import DataError
from ganforge.networks.weights import load_weights
from ganforge_faces import sface_file
from ganforge_faces.sface import PAIRS, SFace

onnx = pytest.importorskip("onnx", reason="onnx is not installed: ganforge-faces[sface]")


def tensors(seed: int = 0) -> dict[str, np.ndarray]:
    """Return random tensors under the names of the published file."""
    draw, found = np.random.default_rng(seed), {}

    def norm(name: str, channels: int) -> None:
        for part in ("gamma", "beta", "moving_mean"):
            found[f"{name}_{part}"] = draw.normal(0.5, 0.1, channels)
        found[f"{name}_moving_var"] = draw.uniform(0.5, 2, channels)

    def layer(name: str, shape: tuple[int, ...]) -> None:
        found[f"{name}_conv2d_weight"] = draw.normal(0, shape[1] ** -0.5 / shape[2], shape)
        found[f"{name}_relu_gamma"] = draw.uniform(0.1, 0.4, (shape[0], 1, 1))
        norm(f"{name}_batchnorm", shape[0])

    layer("conv_1", (32, 3, 3, 3))
    channels = 32
    for index, (wider, _) in enumerate(PAIRS, start=2):
        layer(f"conv_{index}_dw", (channels, 1, 3, 3))
        layer(f"conv_{index}", (wider, channels, 1, 1))
        channels = wider
    norm("bn1", channels)
    found["pre_fc1_weight"], found["pre_fc1_bias"] = draw.normal(0, 0.01, (128, 49 * channels)), draw.normal(size=128)
    norm("fc1", 128)
    return {name: value.astype(np.float32) for name, value in found.items()}


def write(path: Path, values: dict[str, np.ndarray]) -> Path:
    graph = onnx.helper.make_graph(
        [], "sface", [], [], [onnx.numpy_helper.from_array(value, name) for name, value in values.items()]
    )
    onnx.save(onnx.helper.make_model(graph), str(path))
    return path


def naive(values: dict[str, np.ndarray], pixels: Tensor) -> Tensor:
    """Evaluate the published graph, layer by layer, on pixels of 0 to 255."""
    value = {name: torch.tensor(array) for name, array in values.items()}

    def norm(maps: Tensor, name: str, epsilon: float) -> Tensor:
        parts = [value[f"{name}_{part}"] for part in ("moving_mean", "moving_var", "gamma", "beta")]
        return functional.batch_norm(maps, *parts, eps=epsilon)

    def layer(maps: Tensor, name: str, **options: int) -> Tensor:
        maps = norm(functional.conv2d(maps, value[f"{name}_conv2d_weight"], **options), f"{name}_batchnorm", 1e-3)
        return functional.prelu(maps, value[f"{name}_relu_gamma"].flatten())

    maps = layer((pixels - 127.5) * 0.0078125, "conv_1", padding=1)
    for index, (_, stride) in enumerate(PAIRS, start=2):
        maps = layer(maps, f"conv_{index}_dw", padding=1, stride=stride, groups=maps.shape[1])
        maps = layer(maps, f"conv_{index}")
    code = functional.linear(norm(maps, "bn1", 2e-5).flatten(1), value["pre_fc1_weight"], value["pre_fc1_bias"])
    return norm(code, "fc1", 2e-5)


def test_joined_batch_norms_change_nothing(tmp_path: Path) -> None:
    values = tensors()
    network = SFace(crop=(0.0, 0.0, 1.0, 1.0)).eval()
    load_weights(network, sface_file.read(write(tmp_path / "x.onnx", values)), "x.onnx", {})
    pixels = torch.rand(2, 3, 112, 112, generator=torch.Generator().manual_seed(0)) * 255
    with torch.no_grad():
        expected, found = naive(values, pixels), network(pixels / 127.5 - 1)
    assert expected.std() > 0.1
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=1e-3)


def test_a_file_without_a_layer_is_refused(tmp_path: Path) -> None:
    values = tensors()
    del values["conv_7_batchnorm_beta"]
    with pytest.raises(DataError, match=r"x\.onnx is not SFace: it has no tensor 'conv_7_batchnorm_beta'"):
        sface_file.read(write(tmp_path / "x.onnx", values))


@pytest.mark.parametrize("foreign", [b"no protobuf at all", bytes(64), b""])
def test_a_foreign_file_is_refused(foreign: bytes, tmp_path: Path) -> None:
    path = tmp_path / "foreign.onnx"
    path.write_bytes(foreign)
    with pytest.raises(DataError, match="is not SFace"):
        sface_file.read(path)


def test_the_code_is_that_of_onnx_runtime() -> None:
    runtime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
    published = Path(os.environ.get("GANFORGE_SFACE", ""))
    if not published.is_file():
        pytest.skip("GANFORGE_SFACE names no copy of the published file")
    network = SFace(crop=(0.0, 0.0, 1.0, 1.0)).eval()
    load_weights(network, sface_file.read(published), str(published), {})
    pixels = (torch.rand(4, 3, 112, 112, generator=torch.Generator().manual_seed(0)) * 255).round()
    session = runtime.InferenceSession(str(published))
    name = session.get_inputs()[0].name
    expected = torch.cat([torch.tensor(session.run(None, {name: image[None].numpy()})[0]) for image in pixels])
    with torch.no_grad():
        found = network(pixels / 127.5 - 1)
    assert (found - expected).abs().max().item() < 1e-4
