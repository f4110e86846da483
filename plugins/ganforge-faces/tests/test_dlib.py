"""dlib's face network: its file's reader, its layers against naive ones, and dlib itself where it is installed."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from ganforge.errors import DataError
from ganforge.networks.weights import load_weights, read_weights
from ganforge.plugins.component import find_packaged
from ganforge_faces import dlib_file
from ganforge_faces.crop import crop
from ganforge_faces.dlib_resnet import BLOCKS, Block, DlibResNet

SHAPES = {name: value.shape for name, value in DlibResNet().state_dict().items()}


def integer(value: int) -> bytes:
    size = max(1, (abs(value).bit_length() + 7) // 8)
    return bytes([size | (0x80 if value < 0 else 0)]) + abs(value).to_bytes(size, "little")


def tensor(values: np.ndarray, *dimensions: int) -> bytes:
    return integer(2) + b"".join(map(integer, dimensions)) + values.astype("<f4").tobytes()


def dlib_layers(seed: int = 0) -> list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """Return random weights, biases, scales and shifts of each convolution, from the image on."""
    draw, channels, found = np.random.default_rng(seed), 3, []
    for wider, side in [(32, 7), *[(wider, 3) for wider, _ in BLOCKS for _ in range(2)]]:
        weight = draw.normal(size=(wider, channels, side, side)).astype(np.float32) / (side * channels**0.5)
        found.append((weight, *(draw.normal(1, 0.1, wider).astype(np.float32) for _ in range(3))))
        channels = wider
    return found


def dlib_bytes(seed: int = 0) -> bytes:
    """Write a file as dlib serialises the network, with tags between the layers that hold no values."""
    data = integer(2) + b"\x05input"
    for weight, bias, scale, shift in dlib_layers(seed):
        flat = np.concatenate([weight.ravel(), bias])
        data += b"\x05con_4" + tensor(flat, len(flat), 1, 1, 1) + integer(-3) + b"\x07affine_"
        data += tensor(np.concatenate([scale, shift]), 2 * len(scale), 1, 1, 1) + b"\x05relu_"
    code = np.random.default_rng(seed + 1).normal(size=(256, 128))
    return data + b"\x04fc_2" + integer(128) + integer(256) + tensor(code, 256, 128, 1, 1) + b"end"


@pytest.fixture(scope="module")
def data() -> bytes:
    return dlib_bytes()


@pytest.fixture(scope="module")
def starts(data: bytes) -> list[int]:
    """Return where the tags of the 59 layers with values are."""
    return [match.start() for match in re.finditer(rb"\x05con_4|\x07affine_|\x04fc_2", data)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damaged")


def test_the_reader_gives_every_layer_its_values(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.dat"
    path.write_bytes(data)
    network = DlibResNet()
    load_weights(network, dlib_file.read(path), "x.dat", {})
    convolutions = [network.stem, *(c for b in network.blocks for c in (b.convolution1, b.convolution2))]
    for convolution, (weight, bias, scale, shift) in zip(convolutions, dlib_layers(), strict=True):
        images = torch.randn(1, weight.shape[1], 9, 9, generator=torch.Generator().manual_seed(1))
        plain = functional.conv2d(images, torch.tensor(weight), torch.tensor(bias), convolution.stride)
        naive = plain * torch.tensor(scale)[:, None, None] + torch.tensor(shift)[:, None, None]
        found = functional.conv2d(images, convolution.weight, convolution.bias, convolution.stride)
        torch.testing.assert_close(found, naive, atol=1e-4, rtol=1e-4)
    code = np.random.default_rng(1).normal(size=(256, 128)).astype(np.float32)
    assert torch.equal(network.code(torch.eye(256)), torch.tensor(code))


@settings(max_examples=40, deadline=None)
@given(
    layer=st.integers(0, 58),
    offset=st.integers(0, 30),
    change=st.sampled_from(["cut", "flip", "insert"]),
    noise=st.binary(min_size=1, max_size=40),
)
def test_a_damaged_file_is_refused_and_nothing_else_happens(
    data: bytes, starts: list[int], folder: Path, layer: int, offset: int, change: str, noise: bytes
) -> None:
    path, at = folder / "damaged.dat", starts[layer] + offset
    if change == "cut":
        damaged = data[:at]
    elif change == "flip":
        damaged = data[:at] + bytes([data[at] ^ (noise[0] or 1)]) + data[at + 1 :]
    else:
        damaged = data[:at] + noise + data[at:]
    path.write_bytes(damaged)
    refused: DataError | None = None
    found = {}
    try:
        found = dlib_file.read(path)
    except DataError as error:
        refused = error
    path.unlink()
    if refused is not None:
        assert str(path) in str(refused)
        assert refused.fix
    else:  # a value was hit, or a byte that means nothing
        assert change != "cut"
        assert {name: value.shape for name, value in found.items()} == SHAPES


@pytest.mark.parametrize("foreign", [b"", b"con_4", b"\x89PNG" + bytes(99), b"con_4" + bytes([1, 2] + [8, 255] * 30)])
def test_a_foreign_file_is_refused(foreign: bytes, tmp_path: Path) -> None:
    path = tmp_path / "foreign.dat"
    path.write_bytes(foreign)
    with pytest.raises(DataError, match="is not dlib's face network"):
        dlib_file.read(path)


@pytest.mark.parametrize(("side", "halved"), [(10, 5), (9, 4), (3, 1), (2, 1)])
def test_a_halving_block_adds_maps_of_different_sizes_as_dlib_does(side: int, halved: int) -> None:
    torch.manual_seed(0)
    block, maps = Block(4, 8, halves=True), torch.randn(2, 4, side, side)
    wide = functional.pad(maps, (0, max(0, 3 - side), 0, max(0, 3 - side)))
    inner = block.convolution2(block.convolution1(wide).clamp_min(0))
    pooled = functional.avg_pool2d(maps, 2)
    reach = max(inner.shape[-1], pooled.shape[-1])
    assert reach == halved
    expected = torch.zeros(2, 8, reach, reach)
    expected[:, :, : inner.shape[-1], : inner.shape[-1]] += inner
    expected[:, :4, : pooled.shape[-1], : pooled.shape[-1]] += pooled
    assert torch.allclose(block(maps), expected.clamp_min(0), atol=1e-6)


def test_a_crop_of_whole_pixels_is_a_slice() -> None:
    images = torch.rand(2, 3, 8, 8)
    assert torch.allclose(crop(images, (0.25, 0.5, 0.75, 1.0), 4), images[:, :, 4:, 2:6], atol=1e-6)


def test_colours_are_the_last_part_of_the_code() -> None:
    torch.manual_seed(0)
    with_colours, images = DlibResNet(size=80, colours=2), torch.rand(2, 3, 32, 32) * 2 - 1
    alone = DlibResNet(size=80)
    alone.load_state_dict(with_colours.state_dict())
    code = with_colours(images)
    assert torch.equal(code[:, :128], alone(images))
    means = images.unflatten(3, (2, 16)).unflatten(2, (2, 16)).mean((3, 5))
    assert torch.allclose(code[:, 128:], means.flatten(1), atol=1e-6)


def _trained(size: int) -> DlibResNet:
    path = find_packaged("ganforge_faces:dlib-resnet.safetensors")
    if path is None or not path.is_file():
        pytest.skip("the weights are not here: ganforge download faces/dlib-resnet")
    network = DlibResNet(size=size, crop=(0.0, 0.0, 1.0, 1.0))
    load_weights(network, read_weights(path), str(path), {})
    return network.eval()


def _photographs(count: int) -> np.ndarray:
    from PIL import Image

    folder = Path(os.environ.get("GANFORGE_DATA", "")) / "faces" / "celebahq"
    if not os.environ.get("GANFORGE_DATA") or not folder.is_dir():
        pytest.skip("there are no photographs: set GANFORGE_DATA")
    chips = (Image.open(path).convert("RGB").crop((21, 38, 109, 126)) for path in sorted(folder.glob("*.jpg"))[:count])
    return np.stack([np.asarray(chip.resize((150, 150), Image.Resampling.BICUBIC)) for chip in chips])


def test_the_code_is_that_of_dlib_itself() -> None:
    dlib = pytest.importorskip("dlib", reason="python-dlib is not installed")
    published = dlib_file.SOURCE.find() if dlib_file.SOURCE.find else None
    if published is None:
        pytest.skip("dlib's own file is not installed: ganforge-faces[dlib]")
    network, chips = _trained(150), _photographs(20)
    reference = dlib.face_recognition_model_v1(str(published))
    expected = torch.tensor(np.array([reference.compute_face_descriptor(chip) for chip in chips]))
    with torch.no_grad():
        found = network(torch.from_numpy(chips).permute(0, 3, 1, 2) / 127.5 - 1)
    assert (found - expected).abs().max().item() < 1e-5


def test_the_code_knows_a_person_again() -> None:
    network, chips = _trained(150), _photographs(30)
    images = torch.from_numpy(chips).permute(0, 3, 1, 2) / 127.5 - 1
    with torch.no_grad():
        codes, mirrored = network(images), network(images.flip(3))
    distances = torch.cdist(codes, mirrored)
    own = distances.diagonal()
    strangers = distances[~torch.eye(30, dtype=torch.bool)]
    assert own.max() < 0.6  # dlib's threshold for the same person
    assert (strangers > own.max()).double().mean() > 0.9
