"""Files with two images each, and folders with images paired by name."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganforge.errors import DataError
from ganforge_basics.image_folder import ImageFolder
from ganforge_basics.side_by_side import SideBySide


def save(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


@pytest.fixture
def pictures(tmp_path):
    """Files of two 4x6 images: file i has the value i in the left one and i + 100 in the right one."""
    for number in (2, 10, 1):
        left, right = (np.full((4, 6), number + more, np.uint8) for more in (0, 100))
        save(tmp_path / "both" / f"{number}.png", np.hstack([left, right]))
    return tmp_path


def half(root: Path, which: str, **options: object) -> np.ndarray:
    return SideBySide(path=Path("both"), half=which, data_root=root, **options).decode().images  # type: ignore[arg-type]


@pytest.mark.parametrize(("which", "expected"), [("left", [1, 2, 10]), ("right", [101, 102, 110])])
def test_halves_come_in_natural_order(pictures, which, expected):
    images = half(pictures, which)
    assert images.shape == (3, 4, 6, 1)
    assert [np.unique(image).tolist() for image in images] == [[value] for value in expected]


@pytest.mark.parametrize("which", ["left", "right"])
def test_halves_are_cut_and_scaled_each_for_itself(pictures, which):
    images = half(pictures, which, size=(8, 4))
    assert images.shape == (3, 8, 4, 1)
    assert all(len(np.unique(image)) == 1 for image in images)


def test_the_middle_column_of_an_odd_width_belongs_to_neither(tmp_path):
    save(tmp_path / "both" / "a.png", np.array([[1, 1, 9, 2, 2]], np.uint8))
    assert half(tmp_path, "left").flatten().tolist() == [1, 1]
    assert half(tmp_path, "right").flatten().tolist() == [2, 2]


def test_damaged_files_are_listed_as_those_of_a_folder_are(pictures):
    (pictures / "both" / "3.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"1 of 4 images cannot be used:\n.*3\.png"):
        half(pictures, "left")
    assert len(half(pictures, "left", on_bad="skip")) == 3


def test_images_are_named_by_their_files_without_suffix(tmp_path):
    for name in ("b/2.png", "b/10.bmp", "a.b.png"):
        save(tmp_path / "photos" / name, np.zeros((2, 2), np.uint8))
    (tmp_path / "photos" / "b" / "3.png").write_bytes(b"")
    read = ImageFolder(path=Path("photos"), on_bad="skip", data_root=tmp_path).decode()
    assert read.names == ["a.b", "b/2", "b/10"]
