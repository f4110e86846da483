"""Realism, diversity and copies: the controls are the same measures of other pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ganforge.errors import DataError
from ganforge_basics.metrics.density_coverage import density_coverage
from ganforge_basics.metrics.kernel_distance import kernel_distance
from ganforge_basics.metrics.precision_recall import precision_recall
from ganforge_faces.diversity import copies, diversity
from ganforge_faces.realism import realism


@pytest.fixture
def faces(noise: Any) -> tuple[Any, Any, Any]:
    """Draw dark photographs, brighter outputs, and avatars like these."""
    inputs, outputs, targets = noise(40, 4, 4, 1, seed=1) // 2, noise(40, 4, 4, 1, seed=2), noise(50, 4, 4, 1, seed=3)
    return inputs, outputs, targets


def test_each_number_is_that_of_the_general_metric(faces: Any, scaled: Any) -> None:
    inputs, outputs, targets = faces
    judges = scaled(1 / np.sqrt(targets.reshape(50, -1).astype(float).var(0, ddof=1).mean()))
    found = realism(inputs, outputs, targets, judges, neighbours=3, subsets=5, subset_size=20, seed=1)
    order = np.random.default_rng(1).permutation(50)
    halves = targets[order[:25]], targets[order[25:]]
    for control, pictures, real in (
        ("", outputs, targets),
        ("-photographs", inputs, targets),
        ("-real", halves[1], halves[0]),
    ):
        kid = kernel_distance(pictures, real, judges, subsets=5, subset_size=20, seed=1)
        assert found[f"kid{control}/pixels"] == pytest.approx(kid["pixels"], rel=1e-9)
        others = precision_recall(pictures, real, judges, neighbours=3)
        others |= density_coverage(pictures, real, judges, neighbours=3)
        for key, value in others.items():
            measure, judge = key.split("/")
            assert found[f"{measure}{control}/{judge}"] == value
    assert found["kid/pixels"] < found["kid-photographs/pixels"]
    assert list(found)[:3] == ["kid/pixels", "kid-photographs/pixels", "kid-real/pixels"]


def test_the_scale_of_a_judge_is_no_part_of_the_numbers(faces: Any, scaled: Any) -> None:
    one, thousand = realism(*faces, scaled(1.0)), realism(*faces, scaled(1000.0))
    assert one == pytest.approx(thousand, rel=1e-9)
    assert one["kid-photographs/pixels"] > 0.1


def test_too_few_avatars_for_two_halves_are_refused(faces: Any, judges: Any) -> None:
    inputs, outputs, targets = faces
    assert realism(inputs, outputs, targets[:8], judges, neighbours=3)
    with pytest.raises(DataError, match="7 images are too few"):
        realism(inputs, outputs, targets[:7], judges, neighbours=3)


def distances(first: Any, second: Any) -> Any:
    one, other = (images.reshape(len(images), -1).astype(float) for images in (first, second))
    return np.linalg.norm(one[:, None] - other[None], axis=2)


def pairs(images: Any) -> float:
    found = distances(images, images)
    return float(found.sum() / (len(images) * (len(images) - 1)))


def test_diversity_is_the_mean_distance_of_pairs_over_that_of_real_ones(faces: Any, judges: Any) -> None:
    inputs, outputs, targets = faces
    assert diversity(inputs, outputs, targets, judges) == {
        "ratio/pixels": pytest.approx(pairs(outputs) / pairs(targets)),
        "ratio-photographs/pixels": pytest.approx(pairs(inputs) / pairs(targets)),
    }
    assert diversity(inputs, np.tile(outputs[:1], (9, 1, 1, 1)), targets, judges)["ratio/pixels"] == 0


def test_copies_are_found(faces: Any, judges: Any) -> None:
    inputs, outputs, examples = faces
    apart = distances(examples, examples)
    np.fill_diagonal(apart, np.inf)
    between = apart.min(1).mean()
    assert copies(inputs, outputs, examples, judges) == {
        "ratio/pixels": pytest.approx(distances(outputs, examples).min(1).mean() / between),
        "ratio-least/pixels": pytest.approx(distances(outputs, examples).min() / between),
        "ratio-photographs/pixels": pytest.approx(distances(inputs, examples).min(1).mean() / between),
    }
    learnt = copies(inputs, examples[::-1][:20], examples, judges)
    assert learnt["ratio/pixels"] == learnt["ratio-least/pixels"] == 0
    one = np.concatenate([outputs[:9], examples[:1]])
    assert copies(inputs, one, examples, judges)["ratio-least/pixels"] == 0 < learnt["ratio-photographs/pixels"]


def test_avatars_that_are_all_alike_are_refused(faces: Any, judges: Any) -> None:
    inputs, outputs, targets = faces
    same = np.tile(targets[:1], (15, 1, 1, 1))
    for metric in (diversity, copies, realism):
        with pytest.raises(DataError, match="all avatars alike"):
            metric(inputs, outputs, same, judges)
