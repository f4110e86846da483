import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganforge.data.cache import decode_once
from ganforge.errors import DataError
from ganforge_basics.image_folder import ImageFolder

REAL = os.environ.get("GANFORGE_DATA")
FOLDER = Path("photos")


def colour(value: int, size: tuple[int, int] = (4, 4)) -> np.ndarray:
    return np.full((size[1], size[0], 3), (value, 0, 0), np.uint8)


def save(root: Path, name: str, pixels: np.ndarray) -> Path:
    path = root / FOLDER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, format="PNG")
    return path


def folder(root: Path, **options: object) -> ImageFolder:
    return ImageFolder(path=FOLDER, data_root=root, **options)  # type: ignore[arg-type]


def test_images_come_in_natural_order_without_hidden_and_other_files(tmp_path):
    for name, value in {"10.png": 3, "2.png": 2, "B/1.png": 5, "a/1.PNG": 4, "1.png": 1}.items():
        save(tmp_path, name, colour(value))
    for name in (".hidden.png", ".thumbnails/1.png"):
        save(tmp_path, name, colour(99))
    (tmp_path / FOLDER / "README.txt").write_text("not an image")
    dataset = folder(tmp_path)
    read = dataset.decode()
    assert read.images[:, 0, 0, 0].tolist() == [1, 2, 3, 4, 5]
    assert read.labels is None
    assert dataset.classes is None
    assert [file.path.name for file in dataset.files()] == ["1.png", "2.png", "10.png", "1.PNG", "1.png"]


def test_folders_are_classes_in_natural_order(tmp_path):
    for name, value in {"10/a.png": 1, "9/x/b.png": 2, "9/a.png": 3}.items():
        save(tmp_path, name, colour(value))
    dataset = folder(tmp_path, classes_from="folders")
    read = dataset.decode()
    assert dataset.classes == 11
    assert read.images[:, 0, 0, 0].tolist() == [3, 2, 1]
    assert read.labels.tolist() == [9, 9, 10]
    assert read.class_names is None
    assert "the names of the class folders are the labels: 9, 10" in read.notices


@pytest.mark.parametrize(
    ("folders", "labels", "names"),
    [
        (["cat", "dog-2", "dog-10"], [0, 1, 2], ["cat", "dog-2", "dog-10"]),
        (["ant", "(bee)", "cat", "(.hidden)"], [0, 2], ["ant", "bee", "cat"]),
        (["0", "1", "3", "7"], [0, 1, 3, 7], None),
        (["1", "2", "3", "10", "(__MACOSX)"], [1, 2, 3, 10], None),
        (["1", "two"], [0, 1], ["1", "two"]),
        (["01", "1"], [0, 1], ["01", "1"]),
        (["7", "0123456"], [0, 1], ["7", "0123456"]),
    ],
)
def test_labels_of_folders(tmp_path, folders, labels, names):
    for name in folders:
        if name.startswith("("):
            (tmp_path / FOLDER / name.strip("()")).mkdir()
        else:
            save(tmp_path, f"{name}/1.png", colour(9))
    dataset = folder(tmp_path, classes_from="folders")
    read = dataset.decode()
    assert read.labels.tolist() == labels
    assert read.class_names == (names and tuple(names))
    assert dataset.classes == (len(names) if names else max(labels) + 1)


def test_with_classes_a_file_outside_of_the_folders_is_an_error(tmp_path):
    save(tmp_path, "a/1.png", colour(1))
    save(tmp_path, "stray.png", colour(1))
    with pytest.raises(DataError, match=r"stray\.png is not in a class folder"):
        folder(tmp_path, classes_from="folders")


def test_different_sizes_are_an_error_unless_size_is_set(tmp_path):
    save(tmp_path, "1.png", colour(1, (8, 4)))
    save(tmp_path, "2.png", colour(2, (4, 8)))
    with pytest.raises(DataError, match=r"different sizes: .*2\.png is 4x8, .*1\.png is 8x4") as caught:
        folder(tmp_path).decode()
    assert "set size" in caught.value.fix
    read = folder(tmp_path, size=3).decode()
    assert read.images.shape == (2, 3, 3, 3)
    assert read.images[:, 1, 1].tolist() == [[1, 0, 0], [2, 0, 0]]
    assert folder(tmp_path, size=(6, 4)).decode().images.shape == (2, 6, 4, 3)


def test_auto_is_grey_when_all_images_are(tmp_path):
    grey = np.arange(16, dtype=np.uint8).reshape(4, 4)
    save(tmp_path, "1.png", grey)
    save(tmp_path, "2.png", grey)
    read = folder(tmp_path).decode()
    np.testing.assert_array_equal(read.images, np.stack([grey, grey])[..., None])
    save(tmp_path, "3.png", colour(3))
    assert folder(tmp_path).decode().images.shape == (3, 4, 4, 3)
    assert folder(tmp_path, mode="L").decode().images.shape == (3, 4, 4, 1)


def test_sixteen_bits_are_kept_and_not_mixed(tmp_path):
    deep = np.full((4, 4), 40_000, np.uint16)
    save(tmp_path, "1.png", deep)
    read = folder(tmp_path).decode()
    assert read.images.dtype == np.uint16
    assert (read.images == 40_000).all()
    save(tmp_path, "2.png", deep.astype(np.uint8))
    with pytest.raises(DataError, match="different depths"):
        folder(tmp_path).decode()


@pytest.fixture
def partly_bad(tmp_path):
    for number in range(5):
        save(tmp_path, f"a/{number}.png", colour(number))
    whole = (tmp_path / FOLDER / "a/0.png").read_bytes()
    (tmp_path / FOLDER / "a/0.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / FOLDER / "a/3.png").write_bytes(b"")
    return tmp_path


def test_all_bad_files_are_named(partly_bad):
    with pytest.raises(DataError, match=r"2 of 5 images cannot be used:\n.*0\.png.*\n.*3\.png") as caught:
        folder(partly_bad).decode()
    assert 'on_bad = "skip"' in caught.value.fix


def test_bad_files_can_be_left_out_with_a_notice(partly_bad):
    read = folder(partly_bad, on_bad="skip", classes_from="folders").decode()
    assert read.images[:, 0, 0, 0].tolist() == [1, 2, 4]
    assert read.labels.tolist() == [0, 0, 0]
    (notice,) = read.notices
    assert "left out 2 of 5 images" in notice
    assert "0.png" in notice
    assert "3.png" in notice


@pytest.fixture
def with_a_dead_link(tmp_path):
    for number in range(3):
        save(tmp_path, f"{number}.png", colour(number))
    (tmp_path / FOLDER / "3.png").symlink_to(tmp_path / "gone.png")
    return tmp_path


def test_a_link_to_nothing_is_a_bad_file_like_others(with_a_dead_link):
    with pytest.raises(DataError, match=r"1 of 4 images cannot be used:\n.*3\.png") as caught:
        decode_once(folder(with_a_dead_link), {}, with_a_dead_link / "cache")
    assert 'on_bad = "skip"' in caught.value.fix
    read = decode_once(folder(with_a_dead_link, on_bad="skip"), {}, with_a_dead_link / "cache")
    assert len(read.images) == 3
    assert "3.png" in read.notices[0]
    save(with_a_dead_link, "../gone.png", colour(9))
    again = decode_once(folder(with_a_dead_link, on_bad="skip"), {}, with_a_dead_link / "cache")
    assert again.images[:, 0, 0, 0].tolist() == [0, 1, 2, 9]


def test_pictures_in_formats_that_are_not_read_are_counted(tmp_path):
    for name in ("1.png", "2.jfif", "3.jpe"):
        save(tmp_path, name, colour(1))
    for name in ("4.gif", "5.GIF", "6.heic", "._7.gif"):
        (tmp_path / FOLDER / name).write_bytes(b"")
    read = folder(tmp_path).decode()
    assert len(read.images) == 3
    assert read.notices == ("left out pictures in other formats: 2 .gif, 1 .heic",)
    for path in (tmp_path / FOLDER).glob("[123].*"):
        path.unlink()
    with pytest.raises(DataError, match=r"holds no images .*, but 2 \.gif, 1 \.heic"):
        folder(tmp_path).decode()


def test_a_long_list_of_bad_files_is_cut(tmp_path):
    for number in range(15):
        save(tmp_path, f"{number}.png", colour(number)).write_bytes(b"")
    with pytest.raises(DataError, match="15 of 15 images") as caught:
        folder(tmp_path, on_bad="skip").decode()
    assert "and 5 more" in caught.value.message


def test_images_over_the_limit_count_as_bad(tmp_path):
    save(tmp_path, "1.png", colour(1))
    save(tmp_path, "2.png", colour(2, (200, 100)))
    with pytest.raises(DataError, match=r"2\.png has 200 x 100 pixels"):
        folder(tmp_path, max_megapixels=0.01).decode()
    assert len(folder(tmp_path, max_megapixels=0.01, on_bad="skip").decode().images) == 1


@pytest.mark.parametrize("classes_from", ["none", "folders"])
def test_a_missing_folder_is_found_when_it_is_decoded(tmp_path, classes_from):
    dataset = folder(tmp_path, classes_from=classes_from)
    for act in (dataset.files, dataset.decode):
        with pytest.raises(DataError, match="photos is missing or not a folder"):
            act()


def test_a_folder_without_images(tmp_path):
    (tmp_path / FOLDER).mkdir()
    with pytest.raises(DataError, match="holds no images"):
        folder(tmp_path).decode()


@pytest.mark.skipif(not REAL, reason="GANFORGE_DATA names no folder of real data")
def test_the_real_faces_are_read():
    dataset = ImageFolder(path=Path("faces"), classes_from="folders", size=64, data_root=Path(REAL or ""))
    read = dataset.decode()
    assert dataset.classes == 2
    assert read.images.shape == (4000, 64, 64, 3)
    assert np.bincount(read.labels).tolist() == [2000, 2000]
