"""Portraits and avatars that are drawn from attributes."""

import itertools

import numpy as np
import pytest

from ganforge.options.schema import schema_of
from ganforge_faces.attributes import ATTRIBUTES, CLASS_NAMES, NAMES, to_values
from ganforge_faces.drawing_draws import BLOCK
from ganforge_faces.synthetic_avatars import SyntheticAvatars
from ganforge_faces.synthetic_portraits import SyntheticPortraits

SIZE = 48
UNIT = 0.6 * SIZE / 2  # pixels in half a head's height, about

both = pytest.mark.parametrize("dataset", [SyntheticPortraits, SyntheticAvatars])


@pytest.fixture(scope="module", params=[SyntheticPortraits, SyntheticAvatars])
def drawn(request):
    """Images in 0..1 and the values of their attributes."""
    decoded = request.param(count=2880, size=SIZE, seed=5).decode()
    return decoded.images / np.float32(255), to_values(decoded.labels)


def part(images, top, bottom, left, right):
    """Return a part of the images; its edges are in half heads from the middle of the head."""
    rows = slice(round(SIZE / 2 + top * UNIT) - 1, round(SIZE / 2 + bottom * UNIT) - 1)
    columns = slice(round(SIZE / 2 + left * UNIT), round(SIZE / 2 + right * UNIT))
    return images[:, rows, columns]


def means(images, values, attribute):
    """Return the mean image of each value of an attribute, [1, S, S, 3] each."""
    which = values[:, NAMES.index(attribute)]
    return [images[which == value].mean(0, keepdims=True) for value in np.unique(which)]


@both
def test_images_have_the_size_asked_for_and_the_names_of_their_classes(dataset):
    decoded = dataset(count=100, size=40).decode()
    assert decoded.images.shape == (100, 40, 40, 3)
    assert decoded.images.dtype == np.uint8
    assert decoded.labels.dtype == np.int64
    assert tuple(decoded.class_names) == CLASS_NAMES
    assert (dataset(size=40).image_size, dataset().image_size, dataset().classes) == (40, 64, 576)
    assert dataset().files() == ()


@both
def test_every_value_is_equally_frequent_and_independent_of_the_others(dataset):
    values = to_values(dataset(count=30 * BLOCK, size=32).decode().labels)
    for column, attribute in enumerate(ATTRIBUTES):
        blocks = values[:, column].reshape(-1, BLOCK)
        for value in range(len(attribute.values)):
            assert ((blocks == value).sum(1) == BLOCK // len(attribute.values)).all()
    correlation = np.corrcoef(values, rowvar=False) - np.eye(len(ATTRIBUTES))
    assert np.abs(correlation).max() < 0.08


@both
def test_the_same_options_give_the_same_bits_and_another_seed_other_images(dataset):
    first, again, other = (dataset(count=120, size=32, seed=seed).decode() for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.images, again.images)
    np.testing.assert_array_equal(first.labels, again.labels)
    assert len(np.unique(np.concatenate([first.images, other.images]), axis=0)) == 240
    assert (first.labels != other.labels).any()
    np.testing.assert_array_equal(dataset(count=30, size=32).decode().images, first.images[:30])


def test_the_two_domains_have_other_faces_for_one_seed():
    portraits, avatars = (dataset(count=96, size=32).decode() for dataset in (SyntheticPortraits, SyntheticAvatars))
    assert (portraits.labels != avatars.labels).any()


def test_the_domains_differ_as_photographs_and_drawings_do():
    portraits, avatars = (dataset(count=96).decode().images for dataset in (SyntheticPortraits, SyntheticAvatars))
    corners = np.s_[:, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert (avatars[corners][:, :2] == 255).all()
    assert portraits[corners].std() > 40
    # A flat area repeats its colour; the neighbours of a portrait's pixel seldom do.
    flat = [(np.diff(images.astype(int), axis=2) == 0).all(-1).mean() for images in (portraits, avatars)]
    assert flat[0] < 0.25 < 0.7 < flat[1]


@pytest.mark.parametrize(
    ("attribute", "where", "least"),
    [
        ("skin", (0.1, 0.35, -0.3, 0.3), 0.1),
        ("hair", (-1.0, -0.75, -0.3, 0.3), 0.05),
        ("glasses", (-0.35, 0.3, -0.7, 0.7), 0.03),
        ("beard", (0.7, 0.95, -0.3, 0.3), 0.1),
        ("brows", (-0.55, -0.25, -0.6, 0.6), 0.03),
        ("mouth", (0.4, 0.65, -0.3, 0.3), 0.04),
    ],
)
def test_an_attribute_shows_where_it_belongs(drawn, attribute, where, least):
    """The mean images of any two values differ there, and more than elsewhere on the average."""
    images, values = drawn
    for first, second in itertools.combinations(means(images, values, attribute), 2):
        there = np.abs(part(first, *where) - part(second, *where)).mean()
        assert there > max(least, 1.5 * np.abs(first - second).mean())


def test_medium_hair_reaches_the_chin_and_long_hair_the_shoulders(drawn):
    short, medium, long = means(*drawn, "length")
    cheek, shoulder = (0.2, 0.6, -1.1, -0.85), (1.0, 1.3, -1.0, -0.7)
    for where, differs in ((cheek, (short, medium)), (cheek, (short, long)), (shoulder, (medium, long))):
        assert np.abs(part(differs[0], *where) - part(differs[1], *where)).mean() > 0.1
    for where, alike in ((cheek, (medium, long)), (shoulder, (short, medium))):
        assert np.abs(part(alike[0], *where) - part(alike[1], *where)).mean() < 0.04


def test_difficulty_scatters_the_portraits():
    def spread(difficulty):
        decoded = SyntheticPortraits(count=960, size=32, difficulty=difficulty).decode()
        light = to_values(decoded.labels)[:, 0] == 0
        return decoded.images[light, 10:22, 10:22].astype(np.float32).std(0).mean()

    assert spread(0.0) < spread(0.5) < spread(1.0)


@both
def test_options_out_of_range_are_refused(dataset):
    schema = schema_of(dataset, "faces/synthetic")
    options = {"count": 0, "seed": -1, "size": 31}
    assert [complaint[0] for complaint in schema.validate(options)[1]] == [(name,) for name in options]
    assert schema.validate({"count": 1, "seed": 2**40, "size": 48})[1] == []
    assert all(option.doc for option in schema.options)
    assert [complaint[0] for complaint in schema_of(SyntheticPortraits, "x").validate({"difficulty": 1.1})[1]] == [
        ("difficulty",)
    ]
