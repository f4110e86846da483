import numpy as np
import pytest
from scipy.ndimage import label

from ganforge.options.schema import schema_of
from ganforge_digits.synthetic_handwriting import SyntheticHandwriting


def decode(**options):
    return SyntheticHandwriting(**options).decode()


def test_images_are_like_mnist():
    decoded = decode(count=500)
    assert decoded.images.shape == (500, 28, 28, 1)
    assert decoded.images.dtype == np.uint8
    assert decoded.labels.dtype == np.int64
    assert np.bincount(decoded.labels).tolist() == [50] * 10
    assert SyntheticHandwriting().classes == 10
    assert SyntheticHandwriting().files() == ()
    # White on black: the margin is black, the strokes are nearly white.
    assert decoded.images[:, [0, -1]].max() == 0
    assert decoded.images.max(axis=(1, 2, 3)).min() > 150
    # MNIST's own figures: 19 % of the pixels are not black, 10 % are over 200.
    assert 0.14 < (decoded.images > 0).mean() < 0.26
    assert 0.06 < (decoded.images > 200).mean() < 0.14


def test_digits_fit_twenty_pixels_around_the_centre_of_mass():
    images = decode(count=300).images[..., 0].astype(np.float64)
    pixels = np.arange(28)
    for image in images:
        rows, columns = np.flatnonzero(image.max(1) > 127), np.flatnonzero(image.max(0) > 127)
        longer = max(np.ptp(rows), np.ptp(columns)) + 1
        assert 17 <= longer <= 22
        mass = np.array([image.sum(1) @ pixels, image.sum(0) @ pixels]) / image.sum()
        assert np.abs(mass - 13.5).max() < 3


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


def test_nearest_neighbours_of_another_seed_read_the_labels():
    train, test = decode(count=2000, seed=0), decode(count=500, seed=1)
    known = train.images.reshape(2000, -1).astype(np.float32)
    unknown = test.images.reshape(500, -1).astype(np.float32)
    distance = (known**2).sum(1) - 2 * unknown @ known.T
    assert (train.labels[distance.argmin(1)] == test.labels).mean() > 0.97


def test_digits_have_their_holes():
    """The topology shows the digit: 0, 6 and 9 have one hole, 8 has two, the others none."""
    decoded = decode(count=100, difficulty=0.0)
    holes = {0: {1}, 1: {0}, 2: {0, 1}, 3: {0}, 4: {0, 1}, 5: {0}, 6: {1}, 7: {0}, 8: {2}, 9: {1}}
    for image, digit in zip(decoded.images[..., 0], decoded.labels, strict=True):
        _, regions = label(image < 100, structure=np.ones((3, 3)))
        assert regions - 1 in holes[int(digit)], digit


def test_difficulty_spreads_the_writing():
    def spread(difficulty):
        decoded = decode(count=400, difficulty=difficulty)
        return np.mean([decoded.images[decoded.labels == digit].std(axis=0).mean() for digit in range(10)])

    assert spread(0.0) < spread(0.5) < spread(1.0)


@pytest.mark.parametrize(
    "options", [{"count": 0}, {"count": 1.5}, {"seed": -1}, {"difficulty": 1.1}, {"difficulty": -0.1}]
)
def test_options_out_of_range_are_refused(options):
    schema = schema_of(SyntheticHandwriting, "digits/synthetic-handwriting")
    assert [complaint[0] for complaint in schema.validate(options)[1]] == [(name,) for name in options]
    assert schema.validate({"count": 1, "seed": 2**40, "difficulty": 1}) == (
        {"count": 1, "seed": 2**40, "difficulty": 1.0},
        [],
    )
    assert all(option.doc for option in schema.options)
