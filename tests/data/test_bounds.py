"""Data files that claim more than they hold: refused from their headers, early, with little memory."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from evil.images import jpeg
from ganforge.data.image_file import read_image
from ganforge.data.npz import read_array
from ganforge.errors import DataError
from memory import Spent, spent

LIMIT = 64


def npz(path: Path) -> Spent:
    before = "from pathlib import Path\nfrom ganforge.data.npz import read_images"
    return spent(before, f"read_images(Path({path.name!r}), fix='replace it')", path.parent)


def image(path: Path) -> Spent:
    before = "from pathlib import Path\nfrom ganforge.data.image_file import read_image"
    return spent(before, f"read_image(Path({path.name!r}))", path.parent)


@pytest.mark.promise("A data file that claims more than it holds is refused before memory is taken.", about="stranger")
@pytest.mark.parametrize("version", [1, 2])
def test_an_npz_header_of_any_length_is_refused(tmp_path: Path, version: int) -> None:
    size = 400_000_000 if version == 2 else 65_535
    with (
        zipfile.ZipFile(tmp_path / "x.npz", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("images.npy", "w") as to,
    ):
        to.write(b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<I" if version == 2 else "<H", size))
        for _ in range(size // 5_000_000 or 1):
            to.write(b" " * min(size, 5_000_000))
    memory, message = npz(tmp_path / "x.npz")
    assert "header" in message.lower()
    assert len(message) < 2000
    assert memory < LIMIT


def test_an_npz_directory_of_any_length_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        for number in range(3000):
            archive.writestr(f"{number:05d}{'y' * 20_000}", b"")
    memory, message = npz(tmp_path / "x.npz")
    assert "directory" in message
    assert memory < LIMIT


def test_of_an_npz_that_declares_a_terabyte_nothing_is_allocated(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (10**6, 1000, 1000)})
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("images.npy", header.getvalue())
    memory, message = npz(tmp_path / "x.npz")
    assert "than its header says" in message
    assert memory < LIMIT


def test_large_arrays_are_read_as_before(tmp_path: Path) -> None:
    array = np.random.default_rng(0).integers(0, 256, (50, 300, 300, 3), np.uint8)
    np.savez(tmp_path / "plain.npz", images=array)
    np.savez_compressed(tmp_path / "small.npz", images=array)
    for name in ("plain.npz", "small.npz"):
        np.testing.assert_array_equal(read_array(tmp_path / name, "images", fix=""), array)


@pytest.mark.promise("A small image that claims to be large is refused before it is decoded.", about="stranger")
def test_a_tiny_jpeg_that_claims_to_be_large_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(jpeg(3900, 4000))
    assert (tmp_path / "x.jpg").stat().st_size < 700
    memory, message = image(tmp_path / "x.jpg")
    assert "claims 3,900 x 4,000 pixels in" in message
    assert memory < 8


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP"])
@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_a_real_image_of_one_colour_is_read(tmp_path: Path, kind: str, mode: str) -> None:
    if (kind, mode) == ("JPEG", "1") or kind == "WEBP":
        mode = "RGB"
    lossless = {"lossless": True} if kind == "WEBP" else {"quality": 1, "progressive": True, "optimize": True}
    side = 900 if kind == "WEBP" else 3000
    Image.new(mode, (side, side)).save(tmp_path / "x", kind, **lossless)
    assert read_image(tmp_path / "x").shape[:2] == (side, side)


@pytest.mark.promise("Pipes and devices are never waited for.", about="stranger")
@pytest.mark.parametrize("on_bad", ["error", "skip"])
def test_a_pipe_among_images_is_not_waited_for(tmp_path: Path, on_bad: str) -> None:
    (tmp_path / "photos").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "photos" / "a.png")
    os.mkfifo(tmp_path / "photos" / "b.png")
    before = (
        "from pathlib import Path\nfrom ganforge.data.cache import decode_once\n"
        "from ganforge_basics.image_folder import ImageFolder"
    )
    code = (
        f"folder = ImageFolder(path=Path('photos'), on_bad={on_bad!r}, data_root=Path.cwd())\n"
        "images = decode_once(folder, {}, Path('cache')).images\nassert len(images) == 1"
    )
    _, message = spent(before, code, tmp_path)
    assert ("b.png is neither a file nor a folder, but a pipe" in message) == (on_bad == "error")


@pytest.mark.parametrize("reader", ["read_idx", "arrays"])
def test_no_reader_waits_for_a_pipe(tmp_path: Path, reader: str) -> None:
    os.mkfifo(tmp_path / "x")
    module, more = {"read_idx": ("idx", "dimensions=3, "), "arrays": ("mat", "")}[reader]
    before = f"from pathlib import Path\nfrom ganforge_digits.{module} import {reader}"
    assert "a pipe" in spent(before, f"{reader}(Path('x'), {more}fix='replace it')", tmp_path).message


def test_a_device_is_no_image() -> None:
    with pytest.raises(DataError, match="a pipe or a device"):
        read_image(Path(os.devnull))
