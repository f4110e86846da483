"""Ranks, their interval and their controls, against sorting and in known cases."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from ganforge.errors import DataError
from ganforge.judge import counted
from ganforge.marks import marks_of
from ganforge.meaning import Meanings
from ganforge_faces.controls import colours, strangers
from ganforge_faces.interval import bootstrap
from ganforge_faces.retrieval import retrieval

COUNT = 30


def naive(outputs: Any, inputs: Any, centred: bool = True) -> list[int]:
    """Return the rank of each output's own input, by sorting cosines."""
    made, read = (one.reshape(len(one), -1).astype(float) for one in (outputs, inputs))
    if centred:
        made, read = made - made.mean(0), read - read.mean(0)
    unit = read / np.linalg.norm(read, axis=1, keepdims=True)
    cosines = made @ unit.T
    return [1 + sum(row > row[own]) for own, row in enumerate(cosines)]


@pytest.fixture
def faces(noise: Any) -> dict[str, Any]:
    """Photographs, outputs that resemble them a little, real avatars, and codes of f."""
    inputs = noise(COUNT, 16, 16, 3, seed=1)
    outputs = (inputs * 0.12 + noise(COUNT, 16, 16, 3, seed=2) * 0.6).astype(np.uint8)
    draw = torch.Generator().manual_seed(3)
    return {
        "inputs": inputs,
        "outputs": outputs,
        "targets": noise(20, 16, 16, 3, seed=4),
        "source_code": torch.randn(COUNT, 6, generator=draw),
        "target_code": torch.randn(20, 6, generator=draw) * 3 + 5,
    }


@pytest.mark.parametrize("centred", [True, False])
def test_the_value_and_each_control_are_those_of_sorting(faces: Any, judges: Any, centred: bool) -> None:
    found = retrieval(**faces, judges=judges, centred=centred, side=4, seed=7)
    inputs, outputs = faces["inputs"], faces["outputs"]
    own, there = ((code - code.mean(0)) / code.std(0) for code in (faces["source_code"], faces["target_code"]))
    picks = torch.nn.functional.cosine_similarity(own[:, None], there[None], dim=2).argmax(1).numpy()
    for control, pictures in {
        "": outputs,
        "-colours": colours(inputs, 4),
        "-nearest": faces["targets"][picks],
        "-shuffled": outputs[strangers(COUNT, 7)],
    }.items():
        ranks = naive(pictures, inputs, centred)
        assert found[f"median-rank{control}/pixels"] == pytest.approx(np.median(ranks), abs=0.5)
        assert found[f"rank-1{control}/pixels"] == ranks.count(1) / COUNT
        assert found[f"top-10-percent{control}/pixels"] == sum(rank <= COUNT / 10 for rank in ranks) / COUNT
    assert found["median-rank/pixels"] < found["median-rank-shuffled/pixels"]


def test_a_control_stands_right_behind_its_value(faces: Any, judges: Any) -> None:
    names = [key.partition("/")[0] for key in retrieval(**faces, judges=judges)]
    ends = ("", "-low", "-high", "-colours", "-nearest", "-shuffled")
    assert names == [f"{measure}{end}" for measure in ("median-rank", "rank-1", "top-10-percent") for end in ends]


def test_a_control_is_declared_and_selects_nothing(faces: Any, judges: Any) -> None:
    values = {f"faces/{key}": value for key, value in retrieval(**faces, judges=judges).items()}
    assert list(counted(values, "faces/median-rank")) == ["faces/median-rank/pixels"]
    meanings = Meanings({f"faces/{part}": meaning for part, meaning in marks_of(retrieval).meanings.items()})
    assert (meanings["faces/median-rank/pixels"].unit, meanings["faces/median-rank/pixels"].better) == (
        "count",
        "lower",
    )
    assert meanings["faces/rank-1/pixels"].better == "higher"
    for control in ("low", "colours", "nearest", "shuffled"):
        meaning = meanings[f"faces/rank-1-{control}/pixels"]
        assert (meaning.unit, meaning.better) == ("share", None)


def test_photographs_find_themselves_and_so_do_their_colours_where_nothing_else_differs(
    judges: Any, noise: Any
) -> None:
    flat = np.repeat(np.repeat(noise(COUNT, 8, 8, 3), 2, axis=1), 2, axis=2)
    codes = torch.randn(COUNT, 3), torch.randn(9, 3)
    found = retrieval(flat, flat, noise(9, 16, 16, 3, seed=5), *codes, judges=judges)
    assert {found[f"{name}/pixels"] for name in ("median-rank", "median-rank-low", "median-rank-high")} == {1}
    assert found["rank-1/pixels"] == found["rank-1-colours/pixels"] == 1
    assert found["rank-1-shuffled/pixels"] == 0


def test_features_that_tell_nobody_apart_are_chance(judges: Any) -> None:
    same = np.full((9, 8, 8, 3), 7, np.uint8)
    found = retrieval(same, same, same, torch.randn(9, 3), torch.randn(9, 3), judges=judges)
    assert found["median-rank/pixels"] == found["median-rank-colours/pixels"] == 5


def test_one_image_is_refused(judges: Any, noise: Any) -> None:
    with pytest.raises(DataError, match="too few"):
        retrieval(noise(1, 8, 8, 3), noise(1, 8, 8, 3), noise(3, 8, 8, 3), torch.zeros(1, 2), torch.zeros(3, 2), judges)


def test_images_are_taken_with_their_codes(faces: Any, judges: Any) -> None:
    third = {
        name: value[::3] if name != "targets" and name != "target_code" else value for name, value in faces.items()
    }
    assert retrieval(**faces, judges=judges, images=10) == retrieval(**third, judges=judges)


def test_the_interval_of_a_share_is_that_of_the_binomial_distribution() -> None:
    values = np.repeat([0.0, 1.0], 400)
    low, high = bootstrap(values, lambda rows: rows.mean(1), 4000, seed=0)
    half = 1.96 * np.sqrt(0.25 / 800)
    assert low == pytest.approx(0.5 - half, abs=0.004)
    assert high == pytest.approx(0.5 + half, abs=0.004)
    assert bootstrap(values, lambda rows: rows.mean(1), 4000, seed=0) == (low, high)
