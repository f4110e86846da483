from pathlib import Path

import numpy as np
import pytest

from ganforge.errors import DataError
from ganforge_basics.npz import NpzImages

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 4, 5), np.uint8)
LABELS = np.array([0, 3, 1, 1, 2, 3])
PATH = Path("set.npz")


@pytest.fixture
def root(tmp_path):
    names = np.array(["a", "b"])
    np.savez(tmp_path / PATH, images=IMAGES, labels=LABELS, x=IMAGES[..., None], y=LABELS % 2, names=names)
    return tmp_path


def test_images_labels_and_classes(root):
    dataset = NpzImages(path=PATH, data_root=root)
    read = dataset.decode()
    np.testing.assert_array_equal(read.images, IMAGES[..., None])
    np.testing.assert_array_equal(read.labels, LABELS)
    assert dataset.classes == 4
    assert [file.path for file in dataset.files()] == [root / PATH]


def test_an_absolute_path_is_taken_as_it_is(root):
    assert len(NpzImages(path=root / PATH, data_root=root / "elsewhere").decode().images) == 6


def test_arrays_of_other_names(root):
    dataset = NpzImages(path=PATH, images="x", labels="y", data_root=root)
    assert dataset.classes == 2
    assert dataset.decode().labels.tolist() == [0, 1, 1, 1, 0, 1]


def test_without_labels(root):
    dataset = NpzImages(path=PATH, labels="", data_root=root)
    assert dataset.classes is None
    assert dataset.decode().labels is None


@pytest.mark.parametrize("options", [{"images": "gone"}, {"labels": "gone"}, {"images": "labels"}])
def test_what_does_not_fit_is_a_data_error_that_names_the_array(root, options):
    with pytest.raises(DataError, match=repr(next(iter(options.values())))) as caught:
        NpzImages(path=PATH, data_root=root, **options).decode()
    assert "the options images and labels name the arrays" in caught.value.fix


def test_a_missing_file_is_found_when_it_is_decoded(tmp_path):
    dataset = NpzImages(path=PATH, data_root=tmp_path)
    with pytest.raises(DataError, match=r"set\.npz is missing"):
        dataset.decode()
