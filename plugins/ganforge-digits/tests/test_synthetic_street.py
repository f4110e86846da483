import subprocess
import sys

import numpy as np
import pytest

from ganforge.options.schema import schema_of
from ganforge_digits.synthetic_street import SyntheticStreet

LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def decode(**options):
    return SyntheticStreet(**options).decode()


def test_images_are_like_svhn():
    decoded = decode(count=500)
    assert decoded.images.shape == (500, 32, 32, 3)
    assert decoded.images.dtype == np.uint8
    assert decoded.labels.dtype == np.int64
    assert np.bincount(decoded.labels).tolist() == [50] * 10
    assert SyntheticStreet().classes == 10
    assert SyntheticStreet().files() == ()
    luma = decoded.images @ LUMA
    # SVHN's own figures: a mean of 116 and, within an image, a deviation of 32 on average.
    assert 95 < luma.mean() < 140
    assert 24 < luma.std(axis=(1, 2)).mean() < 48
    # Colours, but muted: the channels of a pixel differ by less than a third of the range nearly everywhere.
    assert 10 < np.ptp(decoded.images, axis=-1).mean() < 60


def test_the_same_options_give_the_same_images_and_another_seed_others():
    first, again, other = decode(count=120), decode(count=120), decode(count=120, seed=1)
    np.testing.assert_array_equal(first.images, again.images)
    np.testing.assert_array_equal(first.labels, again.labels)
    assert len(np.unique(np.concatenate([first.images, other.images]), axis=0)) == 240
    np.testing.assert_array_equal(decode(count=30).images, first.images[:30])


def test_the_global_generator_is_neither_used_nor_moved():
    np.random.seed(3)
    before = decode(count=10).images
    drawn = np.random.random()
    np.random.seed(3)
    assert np.random.random() == drawn
    np.testing.assert_array_equal(decode(count=10).images, before)


def strokes_against_sign(images):
    """Return the difference in luma of the lightest and darkest twentieth around the digit, [n], 0..255."""
    middle = (images[:, 5:27, 8:24] @ LUMA).reshape(len(images), -1)
    return np.subtract(*np.percentile(middle, [97, 3], axis=1))


def test_digits_stand_out():
    clean, default = decode(count=500, difficulty=0.0), decode(count=500)
    # Half of the range without disturbances; thin strokes do not quite reach their colour.
    assert strokes_against_sign(clean.images).min() > 100
    assert np.percentile(strokes_against_sign(default.images), 5) > 35


def test_digits_are_dark_on_light_and_light_on_dark():
    luma = decode(count=500, difficulty=0.0).images @ LUMA
    lighter = luma[:, 5:27, 8:24].mean(axis=(1, 2)) > luma[:, :2].mean(axis=(1, 2))
    assert 0.35 < lighter.mean() < 0.65


@pytest.mark.parametrize(("difficulty", "share"), [(0.0, 0.97), (0.4, 0.9)])
def test_nearest_neighbours_of_another_seed_read_the_labels(difficulty, share):
    """The most correlated image shows the same digit, for light and for dark digits."""

    def normalised(images):
        middle = (images[:, 3:29, 6:26] @ LUMA).reshape(len(images), -1)
        middle = middle - middle.mean(axis=1, keepdims=True)
        return middle / np.linalg.norm(middle, axis=1, keepdims=True)

    train, test = decode(count=2000, difficulty=difficulty), decode(count=500, seed=1, difficulty=difficulty)
    nearest = np.abs(normalised(test.images) @ normalised(train.images).T).argmax(axis=1)
    assert (train.labels[nearest] == test.labels).mean() > share


def test_difficulty_lowers_contrast_and_shows_neighbours():
    clean, default, worst = (decode(count=400, difficulty=difficulty).images for difficulty in (0.0, 0.7, 1.0))
    contrast = [strokes_against_sign(images).mean() for images in (clean, default, worst)]
    assert contrast[0] > contrast[1] > contrast[2]
    # A clean sign shows one digit: its left and right borders are of one colour.
    border = clean[:, :, [0, -1]].reshape(400, -1, 3)
    assert np.ptp(border, axis=1).max() <= 1
    assert np.ptp(default[:, :, [0, -1]] @ LUMA, axis=(1, 2)).mean() > 60


def test_neither_torch_nor_matplotlib_is_imported():
    program = (
        "import sys; from ganforge_digits.synthetic_street import SyntheticStreet as S; S(count=1).decode(); "
        "sys.exit(bool({'torch', 'matplotlib'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize(
    "options", [{"count": 0}, {"count": 1.5}, {"seed": -1}, {"difficulty": 1.1}, {"difficulty": -0.1}]
)
def test_options_out_of_range_are_refused(options):
    schema = schema_of(SyntheticStreet, "digits/synthetic-street")
    assert [complaint[0] for complaint in schema.validate(options)[1]] == [(name,) for name in options]
    assert schema.validate({"count": 1, "seed": 2**40, "difficulty": 1}) == (
        {"count": 1, "seed": 2**40, "difficulty": 1.0},
        [],
    )
    assert all(option.doc for option in schema.options)
