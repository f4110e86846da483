from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ganforge.report import pictures
from ganforge.report.pictures import grids, pair_grid, picture_uri, save_picture


def decoded(uri: str) -> Any:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.removeprefix("data:image/png;base64,")))))


@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_is_carried_to_the_bit(channels: int) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (5, 7, channels), np.uint8)
    np.testing.assert_array_equal(decoded(picture_uri(picture)), picture.squeeze(2) if channels == 1 else picture)


def test_the_halves_of_a_grid_hold_every_picture_as_it_is(writer: Any, tmp_path: Path) -> None:
    save_picture(pair_grid(writer.inputs[:16], writer.outputs[:16]), tmp_path / "step-00000010.png")
    (grid,) = grids(tmp_path)
    assert grid.step == 10
    halves = np.concatenate([decoded(half) for half in grid.halves], 1)
    assert halves.shape == (grid.height, 2 * grid.width, 3)
    # Pairs of 8 pixels with a gap of one on each side: the second pair of the second row.
    np.testing.assert_array_equal(halves[11:19, 20:28], writer.inputs[9])
    np.testing.assert_array_equal(halves[11:19, 29:37], np.repeat(writer.outputs[9], 3, axis=2))


def test_of_many_grids_the_first_the_last_and_the_kept_are_shown(
    writer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "MOST_GRIDS", 5)
    for step in range(30):
        save_picture(pair_grid(writer.inputs[:8], writer.outputs[:8]), tmp_path / f"step-{step:08d}.png")
    steps = [grid.step for grid in grids(tmp_path, [17])]
    assert {0, 17, 29} <= set(steps)
    assert len(steps) <= 6
    assert steps == sorted(steps)
    monkeypatch.setattr(pictures, "LARGEST_GRIDS", 1)
    assert [grid.step for grid in grids(tmp_path, [17])] == [0, 17, 29]


def test_what_is_no_grid_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "step-00000001.png").write_bytes(b"not a picture")
    (tmp_path / "notes.txt").write_text("hello")
    assert grids(tmp_path) == []
    assert grids(tmp_path / "missing") == []
