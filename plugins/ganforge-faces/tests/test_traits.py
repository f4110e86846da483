"""Traits of drawn faces, whose skin, hair and length are known, and of real ones."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganforge.errors import DataError
from ganforge_faces.traits import TRAITS, spearman, traits

SIZE = 50


def heads(skin: Any, hair: Any, length: Any, lower: int = 0) -> Any:
    """Draw heads: hair of a grey value down to a height, a face within, on white."""
    images = np.full((len(skin), SIZE, SIZE, 3), 255, np.uint8)
    for image, face, top, down in zip(images, skin, hair, length, strict=True):
        image[2 : 30 + int(down * 20), 2:48] = top
        image[20 + lower : 40 + lower, 15:35] = face
    return images


@pytest.fixture
def people() -> Any:
    draw = np.random.default_rng(0)
    return draw.permutation(np.arange(100, 220, 6)), draw.permutation(np.arange(20, 180, 8)), draw.permutation(20) / 20


def test_each_trait_is_what_was_drawn(people: Any) -> None:
    skin, hair, length = people
    images = heads(skin, hair, length)
    assert TRAITS["skin"](images, 0).tolist() == skin.tolist()
    assert TRAITS["hair"](images, 0).tolist() == hair.tolist()
    assert spearman(TRAITS["length"](images, 0), length) > 0.9


def test_agreement_is_1_for_the_same_people_and_each_trait_is_read_alone(people: Any) -> None:
    skin, hair, length = people
    found = traits(heads(skin, hair, length), heads(skin, 200 - hair, length, lower=2), lower=0.04, circular=False)
    assert found["skin"] == pytest.approx(1)
    assert found["hair"] == pytest.approx(-1)
    assert found["length"] == pytest.approx(1)
    assert all(abs(found[f"{name}-shuffled"]) < 0.7 for name in ("skin", "hair", "length"))


def test_numbers_are_marked_as_circular_unless_f_reads_no_colours(people: Any) -> None:
    images = heads(*people)
    assert list(traits(images, images)) == [
        *("skin (circular)", "skin-shuffled", "hair (circular)", "hair-shuffled"),
        *("length (circular)", "length-shuffled"),
    ]


def test_a_trait_that_is_the_same_for_all_agrees_by_0(people: Any) -> None:
    skin, hair, length = people
    found = traits(heads(skin, hair, length), heads(np.full(20, 150), hair, length), lower=0, circular=False)
    assert (found["skin"], found["hair"]) == (0, pytest.approx(1))


def test_spearman_shares_the_ranks_of_equal_values() -> None:
    first, second = np.array([1.0, 2.0, 2.0, 5.0]), np.array([3.0, 1.0, 4.0, 4.0])
    ranks = np.corrcoef([1, 2.5, 2.5, 4], [2, 1, 3.5, 3.5])[0, 1]
    assert spearman(first, second) == pytest.approx(ranks)


def test_one_image_is_refused(people: Any) -> None:
    images = heads(*people)[:1]
    with pytest.raises(DataError, match="no rank"):
        traits(images, images)


def test_small_images_have_regions_of_a_pixel_at_least() -> None:
    images = np.arange(3 * 2 * 2 * 3, dtype=np.uint8).reshape(3, 2, 2, 3)
    assert traits(images, images, circular=False)["skin"] == pytest.approx(1)


def test_real_faces_agree_with_their_mirror_images_and_not_with_strangers() -> None:
    root = os.environ.get("GANFORGE_DATA")
    if not root or not (Path(root) / "faces").is_dir():
        pytest.skip("GANFORGE_DATA names no folder with faces")
    from PIL import Image

    for folder in ("bitmoji", "celebahq"):
        paths = sorted((Path(root) / "faces" / folder).glob("*.jpg"))[:100]
        images = np.stack([np.asarray(Image.open(path).convert("RGB")) for path in paths])
        found = traits(images, images[:, :, ::-1], lower=0, circular=False)
        assert all(found[name] > 0.8 for name in ("skin", "hair", "length")), (folder, found)
        assert all(abs(found[f"{name}-shuffled"]) < 0.35 for name in ("skin", "hair", "length")), (folder, found)
